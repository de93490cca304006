package coverage

import (
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/evidence/trust"
)

const second = int64(1_000_000) // µs

// Bounds of silence, in µs.
const (
	// Floor is how long a point may say nothing at least, whatever its cadence.
	Floor = 60 * second
	// times is how many of its slowest cadences.
	times = 3
	// Silence is how long a gateway may say nothing: an idle one seals an empty
	// batch every minute.
	Silence = 90 * second
)

// joined is how far two gaps of a point may lie apart and still be one.
const joined = second

// maxClocks are the runs of a gateway's clock that are kept; batches come late.
const maxClocks = 8

// Ref names a sealed record.
type Ref struct {
	Index uint64 `json:"index"`
	Leaf  uint32 `json:"leaf"`
}

// Reason is what was sealed about a silence. Times are of the gateway's clock.
type Reason struct {
	Text string `json:"text"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Ref  Ref    `json:"ref"`
	Ends bool   `json:"ends,omitempty"` // a reading at or after To is there
}

// joins reports whether a gap lies next to r or overlaps it.
func (r *Reason) joins(from, to int64) bool { return from <= r.To+joined && to >= r.From-joined }

// Point is what came of a point.
type Point struct {
	Last  int64   `json:"last"`           // newest reading by the gateway's clock; 0: none
	Fresh int64   `json:"fresh"`          // when that was, by the notary's clock
	Ref   Ref     `json:"ref"`            // of the newest reading
	Hole  *Reason `json:"hole,omitempty"` // newest gap, those beside it joined
	Out   *Out    `json:"out,omitempty"`  // its readings are outside the limit of the site file
}

// Out is a run of readings outside a limit, one after the other.
type Out struct {
	From int64  `json:"from"` // first and newest, by the gateway's clock
	Last int64  `json:"last"`
	Low  Sample `json:"low"` // the least and the greatest of them
	High Sample `json:"high"`
}

// Sample is a sealed reading.
type Sample struct {
	Time  int64     `json:"time"`
	Value decimal.D `json:"value"`
	Ref   Ref       `json:"ref"`
}

// Clock is a run of a gateway's clock between two settings: how much later than
// it the notary's is, as the batch that was on its way shortest shows. It is what
// tells a slow clock from a late delivery.
type Clock struct {
	Boot file.Boot `json:"boot"`
	Seq  uint64    `json:"seq"` // of the batch in which it begins
	Lag  int64     `json:"lag"` // µs
}

// Gateway is what came of a gateway.
type Gateway struct {
	ID       batch.ID           `json:"id"`
	Site     batch.ID           `json:"site"`
	Config   trust.Hex32        `json:"config"`
	Interval int64              `json:"interval"`
	Last     int64              `json:"last"`  // newest batch's closing, by its clock
	Fresh    int64              `json:"fresh"` // when that was, by the notary's clock
	Index    uint64             `json:"index"` // of the newest batch
	Heard    int64              `json:"heard"` // Fresh of the first batch after the last silence
	Clocks   []Clock            `json:"clocks"`
	Points   map[string]*Point  `json:"points"`
	Hole     *Reason            `json:"hole,omitempty"` // newest gap of all points
	Said     *Reason            `json:"said,omitempty"` // newest event that tells of an end: stopping, mains lost
	Lost     map[string]*Reason `json:"lost,omitempty"` // devices that stopped answering

	config *Configuration
	dirty  bool
}

// State is what came of all gateways. Its owner serialises access.
type State struct {
	Gateways map[batch.ID]*Gateway
	// Listening is since when the notary has been taking batches without a pause;
	// what could not come before is nobody's fault. Unix µs.
	Listening int64

	sites map[batch.ID][]*Gateway // nil: to be made again
}

// NewState is empty.
func NewState() *State { return &State{Gateways: map[batch.ID]*Gateway{}} }

// Gateway is what is known of a gateway, made if need be.
func (s *State) Gateway(id, site batch.ID) *Gateway {
	g := s.Gateways[id]
	if g == nil {
		g = &Gateway{ID: id, Site: site, Points: map[string]*Point{}, Lost: map[string]*Reason{}}
		s.Gateways[id], s.sites = g, nil
	}
	return g
}

// Restore takes in a gateway as it was stored.
func (s *State) Restore(g *Gateway) {
	if g.Points == nil {
		g.Points = map[string]*Point{}
	}
	if g.Lost == nil {
		g.Lost = map[string]*Reason{}
	}
	s.Gateways[g.ID], s.sites = g, nil
}

// Dirty gives the gateways that changed since it was last asked.
func (s *State) Dirty() (out []*Gateway) {
	for _, g := range s.Gateways {
		if g.dirty {
			g.dirty = false
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *Gateway) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return out
}

// Rewind is for a notary's clock that was set back: nothing was heard after now.
func (s *State) Rewind(now int64) {
	s.Listening = min(s.Listening, now)
	for _, g := range s.Gateways {
		g.Fresh, g.Heard = min(g.Fresh, now), min(g.Heard, now)
		for i := range g.Clocks {
			// The next batch shows the new difference.
			g.Clocks[i].Lag = maxLag
		}
		for _, p := range g.Points {
			p.Fresh = min(p.Fresh, now)
		}
		g.dirty = true
	}
}

const maxLag = int64(1) << 60

// lag is how much later than the gateway's clock the notary's is, as far as the
// batches of this run of the clock show, this one among them.
func (g *Gateway) lag(boot record.BootID, seq uint64, this int64, set bool) int64 {
	at := -1
	for i, c := range g.Clocks {
		if c.Boot == file.Boot(boot) && c.Seq <= seq && (at < 0 || c.Seq >= g.Clocks[at].Seq) {
			at = i
		}
	}
	if at < 0 || set && g.Clocks[at].Seq != seq {
		begin := uint64(0)
		if set {
			begin = seq
		}
		g.Clocks = append(g.Clocks, Clock{file.Boot(boot), begin, this})
		if over := len(g.Clocks) - maxClocks; over > 0 {
			g.Clocks = slices.Delete(g.Clocks, 0, over)
		}
		return this
	}
	c := &g.Clocks[at]
	c.Lag = min(c.Lag, this)
	return c.Lag
}

// Took is what a batch changed that others act on.
type Took struct {
	Gateway *Gateway
	// Back are points whose gap a reading of this batch ended, with that reading.
	Back []Back
	// Gaps are the gaps of the batch as they stand joined with those beside them.
	Gaps []Gap
}

// Back is a point that reads again.
type Back struct {
	Point string
	Time  int64 // of the reading
	Ref   Ref
}

// Gap is a sealed stretch without readings.
type Gap struct {
	Point  string // empty: every point of the gateway
	Reason *Reason
}

// Take takes in an admitted batch. at is when the notary came to know of it, by
// its own clock, Unix µs.
func (s *State) Take(at int64, index uint64, h *batch.Header, p *batch.Payload, conf *Configuration) (out Took) {
	g := s.Gateway(h.Gateway, h.Site)
	g.dirty = true
	out.Gateway = g
	set := slices.ContainsFunc(p.Records, func(r record.Body) bool { e, ok := r.(*record.Event); return ok && e.Type == record.EventClockSet })
	lag := g.lag(h.Boot, h.Seq, at-h.Last, set)
	fresh := min(at, h.Last+lag)
	if fresh > g.Fresh || g.Fresh == 0 {
		if g.Fresh == 0 || fresh-g.Fresh > g.silence() {
			g.Heard = fresh
		}
		if g.Site != h.Site {
			s.sites = nil
		}
		g.Site, g.Last, g.Fresh, g.Index = h.Site, h.Last, fresh, index
		if g.Config != trust.Hex32(h.Config) || g.config == nil {
			g.Config = trust.Hex32(h.Config)
			g.configure(conf, fresh)
		}
	}
	// Gaps first: a reading of the same batch may end one.
	for i, r := range p.Records {
		switch r := r.(type) {
		case *record.Gap:
			out.Gaps = append(out.Gaps, g.gap(r, Ref{index, uint32(i)})...)
		case *record.Event:
			g.event(r, Ref{index, uint32(i)})
		}
	}
	for i, r := range p.Records {
		if r, ok := r.(*record.Reading); ok {
			g.reading(r, min(at, r.Time+lag), Ref{index, uint32(i)}, &out)
		}
	}
	return out
}

// configure begins to expect what a configuration names.
func (g *Gateway) configure(c *Configuration, now int64) {
	g.config = c
	if c == nil {
		return
	}
	g.Interval = c.Interval
	for _, name := range c.Names {
		if g.Points[name] == nil {
			g.Points[name] = &Point{Fresh: now}
		}
	}
	for name, p := range g.Points {
		if c.Points[name] == nil && p.Last == 0 {
			delete(g.Points, name) // it never came and is not expected any more
		}
	}
}

func (g *Gateway) point(name string) *Point {
	p := g.Points[name]
	if p == nil {
		p = &Point{}
		g.Points[name] = p
	}
	return p
}

func (g *Gateway) reading(r *record.Reading, fresh int64, ref Ref, out *Took) {
	p := g.point(r.Point)
	if fresh > p.Fresh || p.Last == 0 || fresh == p.Fresh && r.Time > p.Last {
		p.Last, p.Fresh, p.Ref = r.Time, max(fresh, p.Fresh), ref
	}
	if h := p.Hole; h != nil && !h.Ends && r.Time >= h.To {
		h.Ends = true
		out.Back = append(out.Back, Back{r.Point, r.Time, ref})
	}
	p.outside(r, ref)
	if l := g.Lost[deviceOf(r.Point)]; l != nil && r.Time > l.From {
		delete(g.Lost, deviceOf(r.Point))
	}
}

// outside follows the readings outside the limit, as they come; a late one is for
// the alarm that it belongs to.
func (p *Point) outside(r *record.Reading, ref Ref) {
	if !slices.Contains(r.Marks, record.MarkLimit) {
		if p.Out != nil && r.Time > p.Out.Last {
			p.Out = nil
		}
		return
	}
	x := Sample{r.Time, r.Value, ref}
	switch {
	case p.Out == nil:
		p.Out = &Out{r.Time, r.Time, x, x}
	case r.Time > p.Out.Last:
		p.Out.Last = r.Time
		if r.Value.Cmp(p.Out.Low.Value) < 0 {
			p.Out.Low = x
		}
		if r.Value.Cmp(p.Out.High.Value) > 0 {
			p.Out.High = x
		}
	}
}

func (g *Gateway) gap(r *record.Gap, ref Ref) (out []Gap) {
	if len(r.Points) == 0 {
		// The batch that says so came after it: it has ended.
		if g.Hole != nil && !g.Hole.joins(r.From, r.To) && g.Hole.From > r.To {
			return append(out, Gap{Reason: &Reason{r.Cause.String(), r.From, r.To, ref, true}})
		}
		g.Hole = join(g.Hole, r, ref)
		g.Hole.Ends = true
		return append(out, Gap{Reason: g.Hole})
	}
	for _, name := range r.Points {
		p := g.point(name)
		if p.Hole != nil && !p.Hole.joins(r.From, r.To) && p.Hole.From > r.To {
			// A late one, older than the newest: told, not kept.
			out = append(out, Gap{name, &Reason{r.Cause.String(), r.From, r.To, ref, true}})
			continue
		}
		p.Hole = join(p.Hole, r, ref)
		p.Hole.Ends = p.Last >= p.Hole.To
		out = append(out, Gap{name, p.Hole})
	}
	return out
}

// join is a gap with the one beside it, or by itself. The cause is the newest.
func join(have *Reason, r *record.Gap, ref Ref) *Reason {
	if have == nil || !have.joins(r.From, r.To) {
		return &Reason{Text: r.Cause.String(), From: r.From, To: r.To, Ref: ref}
	}
	if r.To < have.To {
		have.From = min(have.From, r.From)
		return have
	}
	return &Reason{Text: r.Cause.String(), From: min(have.From, r.From), To: r.To, Ref: ref}
}

func (g *Gateway) event(e *record.Event, ref Ref) {
	switch e.Type {
	case record.EventDeviceLost:
		if l := g.Lost[e.Subject]; l == nil || l.From <= e.Time {
			g.Lost[e.Subject] = &Reason{Text: e.Type.String(), From: e.Time, To: e.Time, Ref: ref}
		}
	case record.EventDeviceFound:
		if l := g.Lost[e.Subject]; l != nil && l.From <= e.Time {
			delete(g.Lost, e.Subject)
		}
	case record.EventStopping, record.EventMainsLost:
		if g.Said == nil || g.Said.From <= e.Time {
			g.Said = &Reason{Text: e.Type.String(), From: e.Time, To: e.Time, Ref: ref}
		}
	case record.EventStarted, record.EventMainsBack:
		if g.Said != nil && g.Said.From <= e.Time {
			g.Said = nil
		}
	}
}

// silence is how long the gateway may say nothing, in µs.
func (g *Gateway) silence() int64 { return max(Silence, g.Interval+g.Interval/2) }

// Silent reports whether the gateway says nothing, and since when by the notary's
// clock. since is a moment before which it cannot have been expected.
func (g *Gateway) Silent(now, since int64) bool { return now-max(g.Fresh, since) > g.silence() }

// Threshold is how long a point of that cadence may say nothing, in µs.
func Threshold(every int64) int64 { return max(Floor, times*every) }
