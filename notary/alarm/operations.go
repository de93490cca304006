package alarm

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/coverage"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Asker is who asks, and what of alarms is theirs.
type Asker struct {
	Name string // account; empty: nobody who could take a step
	Role string
	All  bool                // no site is hidden; the notary's own alarms are theirs to see
	Sees func(batch.ID) bool // sites
	May  func(statement.Step) bool
}

func (a *Asker) sees(site batch.ID) bool {
	if site == (batch.ID{}) {
		return a.All
	}
	return a.All || a.Sees(site)
}

// Places tells where sites are.
type Places interface {
	Place(site batch.ID) (business, district string)
}

// Desk puts alarms and coverage on the API.
type Desk struct {
	*Keeper
	Ask    func(context.Context) Asker
	Places Places                        // nil: nothing is registered
	SiteOf func(string) (batch.ID, bool) // by configuration id
}

var (
	readAlarms   = rest.Need{Resource: "alarm", Action: "read"}
	addSteps     = rest.Need{Resource: "alarm-step", Action: "add"}
	readCoverage = rest.Need{Resource: "coverage", Action: "read"}
)

// Operations puts the requests on a router.
func (d *Desk) Operations(r *rest.Router) {
	wrong := []int{http.StatusBadRequest, http.StatusNotFound}
	rest.Handle(r, rest.Operation{ID: "list-alarms", Method: http.MethodGet, Path: client.AlarmsPath, Tag: "alarms", Summary: "Alarms, unanswered first, then newest", Needs: readAlarms, CSV: true, Errors: wrong}, d.alarms)
	rest.Handle(r, rest.Operation{ID: "alarm", Method: http.MethodGet, Path: client.AlarmsPath + "/{id}", Tag: "alarms", Summary: "One alarm with its life", Needs: readAlarms, Errors: wrong}, d.alarm)
	rest.Handle(r, rest.Operation{ID: "take-step", Method: http.MethodPost, Path: client.AlarmsPath + "/{id}/steps", Tag: "alarms", Summary: "Acknowledge an alarm, or say something about it",
		Detail: "The step is a statement in the log before it is answered. The same Idempotency-Key of the same account takes no second step.", Needs: addSteps, MaxBody: 32 << 10,
		Errors: append(wrong, http.StatusConflict, http.StatusServiceUnavailable, http.StatusInsufficientStorage)}, d.step)
	rest.Handle(r, rest.Operation{ID: "list-excursions", Method: http.MethodGet, Path: client.ExcursionsPath, Tag: "alarms", Summary: "How points were outside their limits, unanswered first, then newest", Needs: readAlarms, CSV: true, Errors: wrong}, d.excursions)
	rest.Handle(r, rest.Operation{ID: "coverage", Method: http.MethodGet, Path: client.CoveragePath, Tag: "alarms", Summary: "What each site must send by its plan, and what is missing", Needs: readCoverage, CSV: true, Errors: wrong}, d.coverage)
}

// Where chooses sites.
type Where struct {
	Site     string `query:"site" maxLength:"64" doc:"configuration id or 32 hex digits; none: all"`
	District string `query:"district" maxLength:"64"`
}

// Which chooses alarms.
type Which struct {
	Where
	Formatted
	State  string `query:"state" enum:"open,unanswered,cleared"`
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type page[T any] struct {
	ContentType string `header:"Content-Type"`
	Link        string `header:"Link" doc:"the next page of a table (RFC 8288)"`
	Body        client.List[T]
}

// Formatted is what every request takes that has a table.
type Formatted struct {
	Format string `query:"format" enum:"json,csv" default:"json" doc:"csv: RFC 4180, UTF-8 with a byte order mark"`
}

func paged[T any](ctx context.Context, items []T, next, format string) *page[T] {
	p := &page[T]{ContentType: "application/json", Body: client.List[T]{Items: items, Next: next}}
	if format == "csv" {
		p.ContentType, p.Link = rest.CSV, rest.Next(ctx, next)
	}
	return p
}

// query makes a query of what is asked.
func (d *Desk) query(ctx context.Context, in *Which) (Query, error) {
	who := d.Ask(ctx)
	q := Query{State: in.State, Cursor: in.Cursor, Limit: in.Limit, Sees: who.sees}
	if in.Site != "" {
		id, err := d.site(in.Site, &who)
		if err != nil {
			return q, err
		}
		q.Site = &id
	}
	if in.District != "" {
		sees := q.Sees
		q.Sees = func(s batch.ID) bool { return d.place(s).district == in.District && sees(s) }
	}
	return q, nil
}

// site finds a site that the asker sees.
func (d *Desk) site(s string, who *Asker) (batch.ID, error) {
	id, ok := d.SiteOf(s)
	if !ok {
		var err error
		if id, err = batch.ParseID(s); err != nil {
			return id, noSite(s)
		}
	}
	if !who.sees(id) {
		return id, noSite(s)
	}
	return id, nil
}

func noSite(s string) error {
	return rest.Fail(http.StatusNotFound, "there is no site "+strconv.Quote(s), "GET "+client.SitesPath+" lists those that you may see")
}

type place struct{ business, district string }

func (d *Desk) place(s batch.ID) (p place) {
	if d.Places != nil && s != (batch.ID{}) {
		p.business, p.district = d.Places.Place(s)
	}
	return p
}

func (d *Desk) alarms(ctx context.Context, in *struct {
	Which
	Kind string `query:"kind" enum:"edge,gap,blind,log,chain"`
}) (*page[Alarm], error) {
	q, err := d.query(ctx, &in.Which)
	if err != nil {
		return nil, err
	}
	q.Kind = in.Kind
	all, next, err := d.List(q)
	if err != nil {
		return nil, refused(err)
	}
	return paged(ctx, all, next, in.Format), nil
}

func (d *Desk) alarm(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"32"`
}) (*struct{ Body Alarm }, error) {
	id, err := batch.ParseID(in.ID)
	if err != nil {
		return nil, rest.Fail(http.StatusBadRequest, "alarm: "+err.Error(), "an alarm's id is 32 hex digits, as GET "+client.AlarmsPath+" gives it")
	}
	who := d.Ask(ctx)
	a, err := d.Get(id, who.sees)
	if err != nil {
		return nil, refused(err)
	}
	return &struct{ Body Alarm }{a}, nil
}

func (d *Desk) step(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"32"`
	Key  string `header:"Idempotency-Key" maxLength:"128"`
	Body struct {
		Step string `json:"step" enum:"acknowledged,statement"`
		Note string `json:"note,omitempty" maxLength:"4096"`
	}
}) (*struct{ Body Alarm }, error) {
	id, err := batch.ParseID(in.ID)
	if err != nil {
		return nil, rest.Fail(http.StatusBadRequest, "alarm: "+err.Error(), "an alarm's id is 32 hex digits, as GET "+client.AlarmsPath+" gives it")
	}
	who := d.Ask(ctx)
	a := Answer{Step: statement.StepAcknowledged, By: who.Name, Role: who.Role, Note: in.Body.Note, Request: in.Key, Sees: who.sees}
	if in.Body.Step == statement.StepStatement.String() {
		a.Step = statement.StepStatement
	}
	if who.Name == "" || !who.May(a.Step) {
		return nil, rest.Fail(http.StatusForbidden, "the role "+who.Role+" may not take the step "+strconv.Quote(in.Body.Step), "a supervision centre or inspector acknowledges, the site's company makes a statement")
	}
	out, err := d.Answer(ctx, id, a)
	if err != nil {
		return nil, refused(err)
	}
	return &struct{ Body Alarm }{out}, nil
}

// refused makes a problem of what a step or query can run into.
func refused(err error) error {
	for _, c := range []struct {
		is     error
		status int
		remedy string
		again  int // seconds
	}{
		{ErrUnknown, http.StatusNotFound, "GET " + client.AlarmsPath + " lists those that you may see", 0},
		{ErrStep, http.StatusBadRequest, "docs/api.md shows what a step holds", 0},
		{ErrQuery, http.StatusBadRequest, "begin without a cursor; docs/api.md shows the parameters", 0},
		{ErrMany, http.StatusConflict, "say it elsewhere; the alarm's record is full", 0},
		{ErrStopped, http.StatusServiceUnavailable, "try again with the same Idempotency-Key when the notary has started again", 10},
		{log.ErrReadOnly, http.StatusServiceUnavailable, "the notary's operator must bring the newest store back", 60},
		{log.ErrFatal, http.StatusServiceUnavailable, "try again with the same Idempotency-Key when the notary has started again", 10},
		{store.ErrFull, http.StatusInsufficientStorage, "the notary's operator must make room", 60},
	} {
		if errors.Is(err, c.is) {
			p := rest.Fail(c.status, err.Error(), c.remedy)
			p.RetryAfter = c.again
			return p
		}
	}
	return err
}

// food says whether a stretch outside belongs on the food board: by the site's
// register, and where that is silent by the kind of place.
func food(business, group string) bool {
	return business == "food" || business == "" && group != "other"
}

func (d *Desk) excursions(ctx context.Context, in *struct {
	Which
	Business string `query:"business" enum:"construction,food"`
	From     int64  `query:"from" minimum:"0" doc:"Unix µs: still outside then, or later"`
}) (*page[Excursion], error) {
	q, err := d.query(ctx, &in.Which)
	if err != nil {
		return nil, err
	}
	q.Since = in.From
	q.Excursion = func(x *Excursion, site batch.ID) bool {
		p := d.place(site)
		x.Business, x.District = p.business, p.district
		return in.Business == "" || (in.Business == "food") == food(p.business, x.Group)
	}
	all, next, err := d.Excursions(q)
	if err != nil {
		return nil, refused(err)
	}
	return paged(ctx, all, next, in.Format), nil
}

func (d *Desk) coverage(ctx context.Context, in *struct {
	Where
	Formatted
}) (*covered, error) {
	who := d.Ask(ctx)
	sites := d.Sites()
	if in.Site != "" {
		id, err := d.site(in.Site, &who)
		if err != nil {
			return nil, err
		}
		sites = []batch.ID{id}
	}
	out := []coverage.Site{}
	for _, id := range sites {
		if who.sees(id) && (in.District == "" || d.place(id).district == in.District) {
			out = append(out, d.Judge(id))
		}
	}
	c := &covered{ContentType: "application/json", Body: Covered{Items: out}}
	if in.Format == "csv" {
		c.ContentType = rest.CSV
	}
	return c, nil
}

type covered struct {
	ContentType string `header:"Content-Type"`
	Body        Covered
}

// Covered is the coverage of sites.
type Covered struct {
	Items []coverage.Site `json:"items"`
}

// Table is a row for each point.
func (c Covered) Table() (head []string, rows [][]string) {
	head = []string{"site", "plan_index", "point", "gateway", "expected_us", "last", "blind", "since", "reason", "index", "leaf", "planned"}
	for _, s := range c.Items {
		plan := ""
		if s.Plan != nil {
			plan = strconv.FormatUint(s.Plan.Index, 10)
		}
		for _, p := range s.Points {
			rows = append(rows, []string{s.Site.String(), plan, p.Point, p.Gateway.String(), strconv.FormatInt(p.Every, 10), client.Clock(p.Last), strconv.FormatBool(p.Blind),
				client.Clock(p.Since), p.Reason, strconv.FormatUint(p.Index, 10), strconv.FormatUint(uint64(p.Leaf), 10), strconv.FormatBool(p.Planned)})
		}
	}
	return head, rows
}

// Sites are those that sent something or have a plan, by id.
func (k *Keeper) Sites() []batch.ID {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := append(k.state.Sites(), k.plans.Sites()...)
	slices.SortFunc(out, func(a, b batch.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}
