package centre

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
)

// Desk puts the centre's requests on the API.
type Desk struct {
	*Centre
	View func(context.Context) Viewer // who asks
}

var (
	readSite    = rest.Need{Resource: "site", Action: "read"}
	readReading = rest.Need{Resource: "reading", Action: "read"}
	readHealth  = rest.Need{Resource: "health", Action: "read"}
	search      = rest.Need{Resource: "search", Action: "read"}
)

// answer is what every request of the centre brings along.
type answer[T any] struct {
	Status      int
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	Link        string `header:"Link" doc:"the next page of a table (RFC 8288)"`
	Body        T
}

// Asked is what every request that may be asked again takes.
type Asked struct {
	Match string `header:"If-None-Match"`
}

// Formatted is what every request takes that has a table.
type Formatted struct {
	Format string `query:"format" enum:"json,csv" default:"json" doc:"csv: RFC 4180, UTF-8 with a byte order mark"`
}

// same makes the answer to one who has it already.
func same[T any](tag, match string) (*answer[T], bool) {
	a := &answer[T]{Status: http.StatusOK, ETag: tag}
	if match != "" && rest.Matches(match, tag) {
		a.Status = http.StatusNotModified
		return a, true
	}
	return a, false
}

// as gives the answer in a format; link is that of a table's next page.
func (a *answer[T]) as(format, link string) *answer[T] {
	if format == "csv" {
		a.ContentType, a.Link = rest.CSV, link
	} else {
		a.ContentType = "application/json"
	}
	return a
}

// Operations puts the requests on a router.
func (d *Desk) Operations(r *rest.Router) {
	list := []int{http.StatusBadRequest, http.StatusNotFound}
	rest.Handle(r, rest.Operation{ID: "centre-sites", Method: http.MethodGet, Path: client.CentreSitesPath, Tag: "centre", Summary: "Sites and how each stands", Needs: readSite, CSV: true}, d.sites)
	rest.Handle(r, rest.Operation{ID: "centre-site", Method: http.MethodGet, Path: client.CentreSitesPath + "/{site}", Tag: "centre", Summary: "One site and how it stands", Needs: readSite, Errors: list}, d.site)
	rest.Handle(r, rest.Operation{ID: "list-points", Method: http.MethodGet, Path: client.PointsPath, Tag: "centre", Summary: "Points with their newest readings, now or as known at a moment",
		Detail: "at=T replays: what the centre had admitted by then, whatever the readings' own times. At most 1,000 a page.", Needs: readReading, CSV: true, Errors: append(list, http.StatusGone)}, d.points)
	rest.Handle(r, rest.Operation{ID: "history", Method: http.MethodGet, Path: client.HistoryPath, Tag: "centre", Summary: "A point over a time, down-sampled",
		Detail: "At most 2,000 buckets and 1,000 gaps. Where many batches lie in the time, buckets are whole minutes or hours and from and to move outwards to them. at=T replays: readings, gaps and alarms as the centre knew them then.", Needs: readReading, CSV: true, Errors: append(list, http.StatusGone)}, d.history)
	rest.Handle(r, rest.Operation{ID: "record", Method: http.MethodGet, Path: client.RecordsPath + "/{index}/{leaf}", Tag: "centre", Summary: "One sealed record with the frame it was decoded from", Needs: readReading, Errors: list}, d.record)
	rest.Handle(r, rest.Operation{ID: "evidence-health", Method: http.MethodGet, Path: client.HealthPath, Tag: "centre", Summary: "How the evidence stands", Needs: readHealth}, d.health)
	rest.Handle(r, rest.Operation{ID: "search", Method: http.MethodGet, Path: client.SearchPath, Tag: "centre", Summary: "Sites, devices, points, batches, log entries, blocks",
		Detail: "A name, a time, the beginning of a hash (8 hex digits or more), a log index or a block number. At most 50 are found.", Needs: search, CSV: true, Errors: list}, d.search)
}

func (d *Desk) sites(ctx context.Context, in *struct {
	Asked
	Formatted
	District string `query:"district" maxLength:"64"`
	Business string `query:"business" maxLength:"64"`
}) (*answer[client.List[client.CentreSite]], error) {
	out := client.List[client.CentreSite]{Items: []client.CentreSite{}}
	for _, s := range d.Sites(d.View(ctx)) {
		if (in.District == "" || s.District == in.District) && (in.Business == "" || s.Business == in.Business) {
			out.Items = append(out.Items, s)
		}
	}
	a := &answer[client.List[client.CentreSite]]{Status: http.StatusOK, Body: out}
	return a.as(in.Format, ""), nil
}

func (d *Desk) site(ctx context.Context, in *struct {
	Site string `path:"site" maxLength:"64"`
}) (*answer[client.CentreSite], error) {
	id, err := d.siteID(in.Site)
	if err != nil {
		return nil, err
	}
	s, ok := d.Site(d.View(ctx), id)
	if !ok {
		return nil, noSite(in.Site)
	}
	a := &answer[client.CentreSite]{Status: http.StatusOK, Body: s}
	return a.as("json", ""), nil
}

func noSite(s string) error {
	return rest.Fail(http.StatusNotFound, "there is no site "+strconv.Quote(s), "GET "+client.CentreSitesPath+" lists those that you may see")
}

// siteID finds a site by its configuration id or its random one.
func (d *Desk) siteID(s string) (batch.ID, error) {
	if id, ok := d.Registry.SiteOf(s); ok {
		return id, nil
	}
	id, err := batch.ParseID(s)
	if err != nil {
		return id, noSite(s)
	}
	return id, nil
}

// chosen are the sites that a filter chooses; nil: all.
func (d *Desk) chosen(site, district string) (map[batch.ID]bool, error) {
	if site == "" && district == "" {
		return nil, nil
	}
	out := map[batch.ID]bool{}
	if site != "" {
		id, err := d.siteID(site)
		if err != nil {
			return nil, err
		}
		out[id] = true
	} else {
		for _, e := range d.Registry.List() {
			out[e.Site] = true
		}
	}
	if district != "" {
		for id := range out {
			if d.Places == nil || d.Places.Register(id).District != district {
				delete(out, id)
			}
		}
	}
	return out, nil
}

func (d *Desk) points(ctx context.Context, in *struct {
	Asked
	Formatted
	Site     string `query:"site" maxLength:"64"`
	District string `query:"district" maxLength:"64"`
	Device   string `query:"device" maxLength:"128"`
	Point    string `query:"point" maxLength:"256"`
	At       string `query:"at" maxLength:"40" doc:"Unix µs or RFC 3339: as it was known then"`
	Cursor   string `query:"cursor" maxLength:"2048"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}) (*answer[client.List[client.Point]], error) {
	q := PointQuery{Device: in.Device, Point: in.Point, After: in.Cursor, Limit: in.Limit}
	var err error
	if q.Sites, err = d.chosen(in.Site, in.District); err != nil {
		return nil, err
	}
	if in.At != "" {
		if q.At, err = moment("at", in.At); err != nil {
			return nil, err
		}
	}
	v := d.View(ctx)
	// What is blind changes with time alone, so that a tag holds five seconds at most.
	tag := rest.Tag("points", v.SeesAll(), viewerName(v), in.Site, in.District, q.Device, q.Point, q.At, q.After, q.Limit, in.Format, d.version(), d.Now().Unix()/5)
	a, done := same[client.List[client.Point]](tag, in.Match)
	if done {
		return a, nil
	}
	if a.Body, err = d.Points(ctx, v, q); err != nil {
		return nil, explain(err)
	}
	return a.as(in.Format, rest.Next(ctx, a.Body.Next)), nil
}

// viewerName tells viewers apart whose sights differ.
func viewerName(v Viewer) string {
	if n, ok := v.(interface{ Label() string }); ok {
		return n.Label()
	}
	return ""
}

// version changes with everything that is shown of readings.
func (d *Desk) version() [3]uint64 {
	covered := d.Covered()
	d.mu.RLock()
	defer d.mu.RUnlock()
	return [3]uint64{d.event, d.Log.Head().Size, covered}
}

func (d *Desk) history(ctx context.Context, in *struct {
	Asked
	Formatted
	Site    string `query:"site" required:"true" maxLength:"64"`
	Point   string `query:"point" required:"true" maxLength:"256" doc:"DEVICE/NAME"`
	Unit    string `query:"unit" maxLength:"64" doc:"where the point had several"`
	From    string `query:"from" required:"true" maxLength:"40" doc:"Unix µs or RFC 3339"`
	To      string `query:"to" required:"true" maxLength:"40" doc:"excluded"`
	Buckets int    `query:"buckets" minimum:"1" maximum:"2000" default:"500"`
	At      string `query:"at" maxLength:"40" doc:"replay: what the centre had admitted by then"`
}) (*answer[*client.History], error) {
	q := HistoryQuery{Point: in.Point, Unit: in.Unit, Buckets: in.Buckets}
	var err error
	if q.Site, err = d.siteID(in.Site); err != nil {
		return nil, err
	}
	if q.From, err = moment("from", in.From); err != nil {
		return nil, err
	}
	if q.To, err = moment("to", in.To); err != nil {
		return nil, err
	}
	if in.At != "" {
		if q.At, err = moment("at", in.At); err != nil {
			return nil, err
		}
	}
	v := d.View(ctx)
	if !v.Sees(q.Site) {
		return nil, noSite(in.Site)
	}
	tag := rest.Tag("history", v.Reads("alarm"), q, in.Format, d.newestOf(q.Site), d.Now().Unix()/5)
	a, done := same[*client.History](tag, in.Match)
	if done {
		return a, nil
	}
	h, err := d.History(ctx, v, q)
	if err != nil {
		return nil, explain(err)
	}
	a.Body = h
	return a.as(in.Format, ""), nil
}

// newestOf is the newest event that brought a site something.
func (d *Desk) newestOf(site batch.ID) (n int64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, g := range d.gateways {
		if g.site == site {
			n = max(n, g.at)
		}
	}
	return n
}

func (d *Desk) record(ctx context.Context, in *struct {
	Index uint64 `path:"index"`
	Leaf  uint32 `path:"leaf"`
}) (*answer[client.Record], error) {
	r, err := d.Record(d.View(ctx), in.Index, in.Leaf)
	if err != nil {
		return nil, explain(err)
	}
	a := &answer[client.Record]{Status: http.StatusOK, Body: *r}
	return a.as("json", ""), nil
}

func (d *Desk) health(ctx context.Context, _ *struct{}) (*answer[client.EvidenceHealth], error) {
	h, err := d.Health(d.View(ctx))
	if err != nil {
		return nil, err
	}
	a := &answer[client.EvidenceHealth]{Status: http.StatusOK, Body: *h}
	return a.as("json", ""), nil
}

func (d *Desk) search(ctx context.Context, in *struct {
	Formatted
	Q string `query:"q" required:"true" maxLength:"128"`
}) (*answer[client.List[client.Found]], error) {
	items, err := d.Search(d.View(ctx), in.Q)
	if err != nil {
		return nil, explain(err)
	}
	a := &answer[client.List[client.Found]]{Status: http.StatusOK, Body: client.List[client.Found]{Items: items}}
	return a.as(in.Format, ""), nil
}

// moment reads Unix µs or RFC 3339.
func moment(name, s string) (int64, error) {
	const last = 253402300799 * 1_000_000 // the year 9999
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n <= last {
		return n, nil
	}
	// A plus sign that was not escaped in a query is a blank.
	if t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1)); err == nil && t.Unix() >= 0 && t.UnixMicro() <= last {
		return t.UnixMicro(), nil
	}
	return 0, rest.Fail(http.StatusUnprocessableEntity, name+" "+strconv.Quote(s)+" is no time", "give Unix µs, or RFC 3339 such as 2026-03-01T10:00:00Z")
}

// explain makes an error of the centre a problem.
func explain(err error) error {
	for _, c := range []struct {
		is     error
		status int
		remedy string
	}{
		{ErrCursor, http.StatusBadRequest, "begin the list again without a cursor"},
		{ErrNothing, http.StatusNotFound, "GET " + client.PointsPath + " lists what there is"},
		{ErrWithheld, http.StatusNotFound, "it may come with the gateway's next session; if it was erased, it does not come back"},
		{ErrSpan, http.StatusUnprocessableEntity, "give from before to"},
		{ErrSearch, http.StatusUnprocessableEntity, "give a name, a time, a hash in hex, a log index or a block number"},
		{ErrForgotten, http.StatusGone, "ask for a later moment; history and evidence hold every reading"},
		{ErrFuture, http.StatusUnprocessableEntity, "give a moment in the past"},
	} {
		if errors.Is(err, c.is) {
			return rest.Fail(c.status, err.Error(), c.remedy)
		}
	}
	return err
}
