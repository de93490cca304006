//go:build peers

package e2e

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/internal/rig"
	"fieldseal/notary/store/badgerstore"
)

// shortest is how much longer than twice its cadence a point may go without a reading
// and without a gap: a poll may come as much as a cadence late before it is one that
// was missed, and clocks are read at two moments.
const shortest = 100 * time.Millisecond

// said is one sealed reading, with when its instrument looked at its clock.
type said struct {
	*record.Reading
	from, to time.Time
	lag      time.Duration
}

// hole is a gap as one point sees it.
type hole struct {
	from, to int64
	cause    record.Cause
}

// sealed is all that a gateway sealed, by point and in order of time.
type sealed struct {
	readings    map[string][]said
	holes       map[string][]hole
	frames      map[string]int             // by device: those that hold something from the instrument
	packets     map[string]map[string]bool // by device: the different sound ones
	first, last int64
	batches     int
	boots       int
	events      map[record.EventType]int
	outcomes    map[record.Outcome]int
}

// unseal reads back every batch that the notary of a rig holds; it must not run.
func unseal(t *testing.T, r *rig.Rig, points []string) *sealed {
	t.Helper()
	st, err := badgerstore.Open(filepath.Join(r.NotaryDir(), "store"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s := &sealed{readings: map[string][]said{}, holes: map[string][]hole{}, frames: map[string]int{}, packets: map[string]map[string]bool{}, events: map[record.EventType]int{}, outcomes: map[record.Outcome]int{}}
	type place struct {
		boot record.BootID
		seq  uint64
	}
	all := map[place]*batch.Payload{}
	headers := map[place]*batch.Signed{}
	head, err := st.Head()
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range st.Payloads(0, head.Size) {
		if err != nil {
			t.Fatal(err)
		}
		entry, err := st.Entry(e.Index)
		if err != nil {
			t.Fatal(err)
		}
		h, err := batch.ParseHeader(entry)
		if err != nil {
			continue // a statement
		}
		p, err := batch.ParsePayload(e.Data)
		if err != nil {
			t.Fatalf("batch %s: %v", h.Name(), err)
		}
		if err := p.Verify(&h.Header); err != nil {
			t.Fatalf("batch %s: %v", h.Name(), err)
		}
		all[place{h.Boot, h.Seq}], headers[place{h.Boot, h.Seq}] = p, h
	}
	// A sample that was in hand while its batch closed bears the time at which the next
	// one opened; its monotonic time is its own. Where the two meet is known by those
	// readings that had not to wait.
	wall := map[record.BootID]int64{}
	for at, p := range all {
		for _, b := range p.Records {
			if r, ok := b.(*record.Reading); ok {
				if d, have := wall[at.boot]; !have || r.Time-int64(r.Mono) < d {
					wall[at.boot] = r.Time - int64(r.Mono)
				}
			}
		}
	}
	boots := map[record.BootID]bool{}
	for at, p := range all {
		h := headers[at]
		boots[h.Boot] = true
		s.batches++
		if s.first == 0 || h.First < s.first {
			s.first = h.First
		}
		s.last = max(s.last, h.Last)
		for _, b := range p.Records {
			switch b := b.(type) {
			case *record.Reading:
				if b.Frame == nil {
					t.Fatalf("a reading of %s names no frame", b.Point)
				}
				where := at
				if b.Frame.Batch != nil {
					where = place{b.Frame.Batch.Boot, b.Frame.Batch.Seq}
				}
				in := all[where]
				if in == nil || int(b.Frame.Leaf) >= len(in.Records) {
					t.Fatalf("a reading of %s names a frame that is not there", b.Point)
				}
				f, ok := in.Records[b.Frame.Leaf].(*record.Frame)
				if !ok {
					t.Fatalf("a reading of %s names a leaf that is no frame", b.Point)
				}
				x := said{Reading: b}
				if b.Instrument != 0 {
					// It wrote down the second at which it looked.
					x.from, x.to, x.lag = time.UnixMicro(b.Instrument), time.UnixMicro(b.Instrument), tick+500*time.Millisecond
				} else {
					x.from, x.to = time.UnixMicro(wall[at.boot]+int64(f.SentAt)), time.UnixMicro(wall[at.boot]+int64(f.RecvAt))
				}
				s.readings[b.Point] = append(s.readings[b.Point], x)
			case *record.Frame:
				s.outcomes[b.Outcome]++
				if len(b.Received) > 0 && b.Speaker == record.SpeakerAgent {
					s.frames[b.Device]++
					if s.packets[b.Device] == nil {
						s.packets[b.Device] = map[string]bool{}
					}
					if b.Outcome == record.OutcomeOK {
						s.packets[b.Device][string(b.Received)] = true
					}
				}
			case *record.Event:
				s.events[b.Type]++
			case *record.Gap:
				for _, id := range points {
					if b.Covers(id) {
						s.holes[id] = append(s.holes[id], hole{b.From, b.To, b.Cause})
					}
				}
			}
		}
	}
	s.boots = len(boots)
	for _, x := range s.readings {
		slices.SortStableFunc(x, func(a, b said) int { return cmp.Compare(a.Time, b.Time) })
	}
	for _, x := range s.holes {
		slices.SortStableFunc(x, func(a, b hole) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	}
	return s
}

// verdict is what the judge finds wrong.
type verdict struct {
	wrong, uncovered, inside, overlaps []string
	values                             int
}

func (v *verdict) faults() int {
	return len(v.wrong) + len(v.uncovered) + len(v.inside) + len(v.overlaps)
}

// judge holds all that was sealed against what the instruments measured.
func judge(s *sealed, m *mixed, w *witness) *verdict {
	v := &verdict{}
	for _, id := range m.points {
		for _, x := range s.readings[id] {
			v.values++
			// What the wire's last digit rounds away.
			bound := 0.5001*math.Pow10(-int(x.Value.Scale)) + 1e-9
			truths := w.truths(id, x.from, x.to, x.lag)
			if x.Path != path(id) {
				v.wrong = append(v.wrong, fmt.Sprintf("%s says that it was acquired by path %v", id, x.Path))
			}
			if !slices.ContainsFunc(truths, func(truth float64) bool { return math.Abs(truth-x.Value.Float()) <= bound }) {
				v.wrong = append(v.wrong, fmt.Sprintf("%s is %v at %v; it was one of %v", id, x.Value, x.from.UTC().Format(time.StampMilli), truths))
			}
		}
		v.cover(id, s, 2*m.cadence[id]+shortest)
	}
	return v
}

// cover finds the stretches of a point's time that neither readings nor a gap cover.
func (v *verdict) cover(id string, s *sealed, most time.Duration) {
	at, span := s.first, func(t int64) string { return time.UnixMicro(t).UTC().Format(time.StampMilli) }
	step := func(to int64) {
		d := time.Duration(to-at) * time.Microsecond
		if d > most {
			v.uncovered = append(v.uncovered, fmt.Sprintf("%s from %s to %s, %v", id, span(at), span(to), d))
		}
		at = max(at, to)
	}
	holes := s.holes[id]
	for i, h := range holes {
		if i > 0 && h.cause != record.CauseJournal && h.from < holes[i-1].to {
			v.overlaps = append(v.overlaps, fmt.Sprintf("%s: a gap (%v) from %s to %s and one (%v) from %s to %s", id, holes[i-1].cause, span(holes[i-1].from), span(holes[i-1].to), h.cause, span(h.from), span(h.to)))
		}
	}
	next := 0
	enter := func(until int64) {
		for ; next < len(holes) && holes[next].from <= until; next++ {
			step(holes[next].from)
			at = max(at, holes[next].to)
		}
	}
	for _, x := range s.readings[id] {
		// A reading at the very beginning of a gap is the one before it.
		enter(x.Time - 1)
		for _, h := range holes[max(0, next-2):next] {
			if h.from < x.Time && x.Time < h.to {
				v.inside = append(v.inside, fmt.Sprintf("%s: a reading at %s in the gap (%v) from %s to %s", id, span(x.Time), h.cause, span(h.from), span(h.to)))
			}
		}
		if !slices.Contains(x.Marks, record.MarkBackfilled) {
			step(x.Time)
		}
	}
	enter(s.last)
	step(s.last)
}

// spoil changes what was sealed in four ways, each of which the judge must see; if it
// does not, its silence means nothing.
func spoil(t *testing.T, s *sealed, m *mixed, w *witness) {
	t.Helper()
	var id string
	wide := func(h hole) bool { return h.to-h.from > (2*m.cadence[id] + tick).Microseconds() }
	for _, id = range m.points {
		if m.places[id] != 0 && len(s.readings[id]) > 3 && slices.ContainsFunc(s.holes[id], wide) {
			break
		}
	}
	x, holes := s.readings[id], s.holes[id]
	if len(x) < 4 || !slices.ContainsFunc(holes, wide) {
		t.Fatal("no point has readings and a gap that is longer than two cadences: this would prove nothing")
	}
	try := func(what string, seen func(v *verdict) bool, change func()) {
		s.readings[id], s.holes[id] = slices.Clone(x), slices.Clone(holes)
		change()
		if !seen(judge(s, m, w)) {
			t.Errorf("the judge does not see %s of %s", what, id)
		}
		s.readings[id], s.holes[id] = x, holes
	}
	set := func(i int, change func(r *record.Reading)) {
		other := *x[i].Reading
		change(&other)
		s.readings[id][i].Reading = &other
	}
	try("a value that is a little off", func(v *verdict) bool { return len(v.wrong) > 0 }, func() {
		set(1, func(r *record.Reading) { r.Value.Mantissa += 2 })
	})
	try("the value of another reading", func(v *verdict) bool { return len(v.wrong) > 0 }, func() {
		set(len(x)/2, func(r *record.Reading) { r.Value = x[len(x)/2-1].Value })
	})
	try("another path of acquisition", func(v *verdict) bool { return len(v.wrong) > 0 }, func() {
		set(1, func(r *record.Reading) { r.Path = record.PathLocal })
	})
	try("a gap that is missing", func(v *verdict) bool { return len(v.uncovered) > 0 }, func() { s.holes[id] = nil })
	try("a reading within a gap", func(v *verdict) bool { return len(v.inside) > 0 }, func() {
		h := holes[slices.IndexFunc(holes, wide)]
		set(0, func(r *record.Reading) { r.Time = (h.from + h.to) / 2 })
		slices.SortStableFunc(s.readings[id], func(a, b said) int { return cmp.Compare(a.Time, b.Time) })
	})
	try("gaps that overlap", func(v *verdict) bool { return len(v.overlaps) > 0 }, func() {
		i := slices.IndexFunc(holes, wide)
		s.holes[id] = slices.Insert(s.holes[id], i+1, hole{holes[i].to - 1, holes[i].to, holes[i].cause})
	})
}
