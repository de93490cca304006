package alarm

import (
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/notary/coverage"
)

// pairs are the events that raise and clear an alarm at the edge. Where none
// clears, the event is over as it happens.
var pairs = map[record.EventType]struct {
	class string
	raise bool
	cause string
}{
	record.EventAlarmRaised:  {"limit", true, ""},
	record.EventAlarmCleared: {"limit", false, ""},
	record.EventAreaLeft:     {"area", true, "outside its area"},
	record.EventAreaEntered:  {"area", false, ""},
	record.EventMainsLost:    {"mains", true, "mains lost"},
	record.EventMainsBack:    {"mains", false, ""},
	record.EventTampered:     {"tamper", true, "tamper input"},
}

const (
	belowLimit = "below its limit"
	tamper     = "tamper"
)

// sealedBatch takes in what a batch says of alarms. at is when the notary came to
// know of it.
func (b *book) sealedBatch(at int64, index uint64, h *batch.Header, p *batch.Payload, took *coverage.Took) {
	g := took.Gateway
	for i, r := range p.Records {
		if e, ok := r.(*record.Event); ok {
			b.event(e, coverage.Ref{Index: index, Leaf: uint32(i)}, at, h, g)
		}
	}
	b.readings(index, h, p, g)
	for _, x := range took.Gaps {
		b.gap(h, g, x, at)
	}
	for _, x := range took.Back {
		b.back(h.Gateway, x, at)
	}
}

func (b *book) event(e *record.Event, ref coverage.Ref, at int64, h *batch.Header, g *coverage.Gateway) {
	p, ok := pairs[e.Type]
	if !ok {
		return
	}
	s := subject{p.class, h.Gateway, e.Subject}
	f := fact{e.Time, p.raise, ref}
	if !p.raise {
		b.clear(s, f, at)
		return
	}
	a := b.raise(s, f, at, func(a *entry) {
		a.Site, a.Device, a.Cause = h.Site, deviceOf(e.Subject), p.cause
		if strings.Contains(e.Subject, "/") {
			a.Points = []string{e.Subject}
		}
		if a.Value, a.Limit = "", ""; e.Value != nil {
			a.Value = e.Value.String()
		}
		if e.Limit != nil {
			a.Limit = e.Limit.String()
		}
		if p.class == "limit" {
			a.Cause = side(e.Value, e.Limit)
		}
	})
	if a != nil && p.class == "limit" {
		b.before(a, g)
	}
	if a != nil && p.class == tamper {
		a.cleared(b, fact{e.Time, false, ref}, at)
	}
}

// side says which limit was passed.
func side(v, limit *decimal.D) string {
	if v == nil || limit == nil {
		return "outside its limit"
	}
	if v.Cmp(*limit) < 0 {
		return belowLimit
	}
	return "above its limit"
}

func deviceOf(point string) string {
	d, _, _ := strings.Cut(point, "/")
	return d
}

// absence is the subject of all alarms about readings that do not come.
func absence(g batch.ID, device string) subject { return subject{"absence", g, device} }

// overlapping is an absence of the device, or of the whole gateway, that a stretch
// falls into; one that stands before one that is over.
func (b *book) overlapping(g batch.ID, device string, from, to int64) *entry {
	var found *entry
	for _, name := range []string{device, ""} {
		for _, e := range b.about[absence(g, name)] {
			if from <= e.until()+second && to >= e.Raised-second && (found == nil || e.open() && !found.open()) {
				found = e
			}
		}
		if device == "" {
			break
		}
	}
	return found
}

// gap takes in a sealed gap, joined with those beside it. A short one is counted
// and raises nothing.
func (b *book) gap(h *batch.Header, g *coverage.Gateway, x coverage.Gap, at int64) {
	r := x.Reason
	device, limit := deviceOf(x.Point), coverage.Silence
	if x.Point != "" {
		limit = coverage.Floor
		if e := g.Expected(x.Point); e != nil {
			limit = coverage.Threshold(e.Poll)
		}
	}
	e := b.overlapping(h.Gateway, device, r.From, r.To)
	switch {
	case e == nil && r.To-r.From < limit:
		return
	case e == nil:
		e = &entry{ID: newID(absence(h.Gateway, device), r.Ref, 0), Subject: absence(h.Gateway, device), Kind: gapKind, Site: h.Site, Gateway: h.Gateway,
			Device: device, Cause: r.Text, Raised: r.From, Ref: &coverage.Ref{Index: r.Ref.Index, Leaf: r.Ref.Leaf}}
		if b.get(e.ID) != nil {
			return
		}
		b.add(e)
		e.Times++
		b.note(e, sealed(stepRaised, fact{r.From, true, r.Ref}, at))
	}
	if e.Kind != gapKind {
		// The notary saw it first; this is the sealed reason.
		if e.Cause == "" || e.Ref == nil {
			e.Cause, e.Ref = r.Text, &coverage.Ref{Index: r.Ref.Index, Leaf: r.Ref.Leaf}
			b.note(e, nil)
		}
		return
	}
	e.Cause, e.Raised = r.Text, min(e.Raised, r.From)
	if x.Point != "" && e.Device != "" {
		e.Points = insert(e.Points, x.Point)
	}
	switch {
	case r.Ends && len(e.Missing) == 0 && (e.open() || r.To > e.Cleared):
		again := !e.open()
		e.Cleared = r.To
		if s := sealed(stepCleared, fact{r.To, false, r.Ref}, at); again {
			b.note(e, nil) // a late piece of what is over
		} else {
			b.note(e, s)
		}
	case r.Ends, !e.open() && r.To <= e.Cleared:
		b.note(e, nil)
	default:
		e.Missing = insert(e.Missing, x.Point)
		if !e.open() {
			e.Cleared, e.Answered = 0, false
			e.Times++
			b.note(e, sealed(stepRaised, fact{r.From, true, r.Ref}, at))
		} else {
			b.note(e, nil)
		}
	}
}

// back ends a gap of a point; the alarm is cleared with the last of its points.
func (b *book) back(g batch.ID, x coverage.Back, at int64) {
	for _, e := range b.about[absence(g, deviceOf(x.Point))] {
		if !e.open() || e.Kind != gapKind || !slices.Contains(e.Missing, x.Point) {
			continue
		}
		e.Missing = slices.DeleteFunc(e.Missing, func(p string) bool { return p == x.Point })
		if len(e.Missing) > 0 {
			b.note(e, nil)
			continue
		}
		e.Cleared = x.Time
		b.note(e, sealed(stepCleared, fact{x.Time, false, x.Ref}, at))
	}
}

func insert(all []string, x string) []string {
	at, found := slices.BinarySearch(all, x)
	if found || x == "" {
		return all
	}
	return slices.Insert(all, at, x)
}
