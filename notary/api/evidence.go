package api

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/accounts"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
)

// VerdictHeader carries this notary's own verdict on an evidence file. It is for
// people's screens and proves nothing.
const VerdictHeader = "Fieldseal-Verdict"

// NewestWord stands for a point's newest reading in from and to.
const NewestWord = "latest"

// query is what an evidence request asks for: one record, or a point of a site.
type query struct {
	record  *recordRef
	entry   *entryRef
	site    string // configuration id or hex
	point   string
	gateway *batch.ID
	grant   *[32]byte // permission that the evidence tells about
	newest  bool
	alarms  bool  // with the steps of its alarms
	from    int64 // Unix µs
	to      int64
}

type recordRef struct {
	gateway batch.ID
	boot    record.BootID
	seq     uint64
	leaf    uint32
}

// entryRef names a record by its place in the log.
type entryRef struct {
	index uint64
	leaf  uint32
}

// parseQuery reads site, point, from, to and optionally gateway; or gateway,
// boot, seq and leaf.
func parseQuery(v url.Values) (q query, err error) {
	allowed := []string{"site", "point", "gateway", "from", "to"}
	if v.Has("boot") {
		allowed = []string{"gateway", "boot", "seq", "leaf"}
	}
	if v.Has("index") {
		allowed = []string{"index", "leaf"}
	}
	if v.Has("alarms") {
		if q.alarms = v.Get("alarms") == "true"; !q.alarms {
			return q, usage("alarms %q; it is true, or left out", v.Get("alarms"))
		}
		allowed = append(allowed, "alarms")
	}
	if v.Has("grant") {
		g, err := hex.DecodeString(strings.TrimPrefix(v.Get("grant"), "0x"))
		if err != nil || len(g) != 32 {
			return q, usage("grant %q is not the id of a permission, 64 hex digits", v.Get("grant"))
		}
		q.grant = (*[32]byte)(g)
		allowed = append(allowed, "grant")
	}
	for k, all := range v {
		if !slices.Contains(allowed, k) || len(all) != 1 || all[0] == "" {
			return q, usage("parameter %q is unknown here, empty or repeated; give site, point, from and to, or gateway, boot, seq and leaf, or index and leaf", k)
		}
	}
	if v.Has("index") {
		e := &entryRef{}
		if e.index, err = strconv.ParseUint(v.Get("index"), 10, 64); err != nil {
			return q, usage("index %q is not a log index", v.Get("index"))
		}
		if e.leaf, err = parseLeaf(v.Get("leaf")); err != nil {
			return q, err
		}
		q.entry = e
		return q, nil
	}
	if v.Has("gateway") {
		g, err := batch.ParseID(v.Get("gateway"))
		if err != nil {
			return q, usage("gateway: %v", err)
		}
		q.gateway = &g
	}
	if v.Has("boot") {
		return q, q.parseRecord(v)
	}
	if q.site, q.point = v.Get("site"), v.Get("point"); q.site == "" || q.point == "" || len(q.site) > 64 || len(q.point) > record.MaxName {
		return q, usage("site and point are needed: site=ID&point=DEVICE/NAME")
	}
	from, to := v.Get("from"), v.Get("to")
	if q.newest = from == NewestWord && (to == "" || to == NewestWord) || from == "" && to == NewestWord; q.newest {
		return q, nil
	}
	if q.from, err = parseTime("from", from); err != nil {
		return q, err
	}
	if q.to, err = parseTime("to", to); err != nil {
		return q, err
	}
	if q.to <= q.from {
		return q, usage("to must be after from; the range includes from and ends before to")
	}
	return q, nil
}

func (q *query) parseRecord(v url.Values) error {
	if q.gateway == nil {
		return usage("gateway is needed beside boot, seq and leaf")
	}
	r := &recordRef{gateway: *q.gateway}
	boot, err := hex.DecodeString(v.Get("boot"))
	if err != nil || len(boot) != len(r.boot) {
		return usage("boot %q is not 32 hex digits", v.Get("boot"))
	}
	copy(r.boot[:], boot)
	if r.seq, err = strconv.ParseUint(v.Get("seq"), 10, 64); err != nil {
		return usage("seq %q is not a number", v.Get("seq"))
	}
	if r.leaf, err = parseLeaf(v.Get("leaf")); err != nil {
		return err
	}
	q.record = r
	return nil
}

func parseLeaf(s string) (uint32, error) {
	leaf, err := strconv.ParseUint(s, 10, 20)
	if err != nil || leaf == 0 {
		return 0, usage("leaf %q is not the number of a reading's leaf, from 1 on", s)
	}
	return uint32(leaf), nil
}

// parseTime reads RFC 3339, to the microsecond.
func parseTime(name, s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, usage("%s %q is neither RFC 3339, such as 2026-03-01T10:00:00Z, nor %q", name, s, NewestWord)
	}
	if y := t.UTC().Year(); y < 1979 || y > 9998 {
		return 0, usage("%s: the year %d", name, y)
	}
	return t.UnixMicro(), nil
}

func (a *API) evidence(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		refuse(w, err)
		return
	}
	res, err := a.inTurn(r, q)
	switch {
	case errors.Is(err, errTurn):
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, "other evidence is being assembled", "try again in a few seconds")
		return
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		if !errors.Is(err, errUsage) {
			a.Logger.WarnContext(r.Context(), "evidence", "query", r.URL.RawQuery, "error", err)
		}
		refuse(w, err)
		return
	}
	// The turn is over: who reads slowly holds up nobody else, and not for long.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(readingTime(len(res.Text)))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		a.Logger.WarnContext(r.Context(), "evidence", "query", r.URL.RawQuery, "error", err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+res.Name+`"`)
	h.Set(VerdictHeader, res.Report.Verdict.String())
	w.Write(res.Text)
}

// readingTime is how long a client may take to read an evidence file.
func readingTime(size int) time.Duration {
	return 15*time.Second + time.Duration(size)*time.Second/(64<<10)
}

// errTurn: no turn to assemble evidence came in time.
var errTurn = errors.New("evidence: no turn")

// inTurn assembles evidence, at most maxExports at the same time.
func (a *API) inTurn(r *http.Request, q query) (*export.Result, error) {
	select {
	case a.exports <- struct{}{}:
		defer func() { <-a.exports }()
	case <-time.After(10 * time.Second):
		return nil, errTurn
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	ctx, cancel := context.WithTimeout(r.Context(), exportTime)
	defer cancel()
	return a.assemble(r.WithContext(ctx), q)
}

func (a *API) assemble(req *http.Request, q query) (*export.Result, error) {
	ctx := req.Context()
	exporter := a.Exporter
	if q.alarms {
		// The steps name people.
		if !accounts.From(ctx).May(accounts.Read, accounts.Alarm) {
			return nil, nothing("alarms are not yours to see")
		}
		exporter = exporter.Recounting()
	}
	if q.grant != nil {
		exporter = exporter.Granting(*q.grant)
	}
	if e := q.entry; e != nil {
		h, err := a.batchAt(e.index)
		if err != nil {
			return nil, err
		}
		q.record = &recordRef{h.Gateway, h.Boot, h.Seq, e.leaf}
	}
	if r := q.record; r != nil {
		if !accounts.From(ctx).Sees(a.siteOf(r.gateway)) {
			return nil, nothing("there is no gateway %s", r.gateway)
		}
		return exporter.Reading(ctx, r.gateway, r.boot, r.seq, r.leaf)
	}
	site, err := a.site(req, q.site)
	if err != nil {
		return nil, err
	}
	if q.gateway != nil && a.siteOf(*q.gateway) != site {
		return nil, nothing("site %s has no gateway %s", q.site, q.gateway)
	}
	if q.newest {
		found := a.Board.Point(site, q.point)
		if q.gateway != nil {
			found = slices.DeleteFunc(found, func(l Latest) bool { return l.Gateway != *q.gateway })
		}
		switch {
		case len(found) == 0:
			return nil, nothing("no gateway of site %s has sent %s lately", q.site, q.point)
		case len(found) > 1:
			return nil, ambiguous(q.point, found[0].Gateway, found[1].Gateway)
		}
		l := found[0]
		return exporter.Reading(ctx, l.Gateway, record.BootID(l.Boot), l.Seq, l.Leaf)
	}
	gateways := []batch.ID{}
	if q.gateway != nil {
		gateways = append(gateways, *q.gateway)
	} else if gateways, err = exporter.Gateways(site, q.point, q.from, q.to); err != nil {
		return nil, err
	}
	switch len(gateways) {
	case 0:
		return nil, nothing("no gateway of site %s sealed %s in that time", q.site, q.point)
	case 1:
		return exporter.Range(ctx, gateways[0], q.point, q.from, q.to)
	}
	return nil, ambiguous(q.point, gateways[0], gateways[1])
}

// batchAt is the header of the batch at a log index.
func (a *API) batchAt(index uint64) (*batch.Signed, error) {
	none := nothing("log entry %d holds no batch", index)
	if index >= a.Log.Size() {
		return nil, none
	}
	raw, err := a.Log.Entry(index)
	if err != nil {
		return nil, err
	}
	if kind, err := statement.EntryKind(raw); err != nil || kind == statement.KindStatement {
		return nil, none
	}
	return batch.ParseHeader(raw)
}

// site finds a site by its configuration id or its random one. One that the
// viewer does not see is not there.
func (a *API) site(r *http.Request, s string) (batch.ID, error) {
	id, ok := a.Registry.SiteOf(s)
	if !ok {
		if x, err := batch.ParseID(s); err == nil {
			id, ok = x, slices.ContainsFunc(a.Registry.List(), func(e enrol.Entry) bool { return e.Site == x })
		}
	}
	if !ok || !accounts.From(r.Context()).Sees(id) {
		return batch.ID{}, nothing("there is no site %q", s)
	}
	return id, nil
}

// siteOf is the site of a gateway; the zero id, which no limited viewer sees, for
// one that is not known.
func (a *API) siteOf(g batch.ID) batch.ID {
	e, _ := a.Registry.Get(g)
	return e.Site
}
