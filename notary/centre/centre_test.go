package centre_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/centre"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

// desk is a centre on a lab's notary.
type desk struct {
	*testing.T
	n       *lab.Notary
	live    *live.Live
	centre  *centre.Centre
	covered uint64
	cfg     live.Config
	stop    func()
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, n: lab.New(t, lab.Options{})}
	d.cfg = live.Config{Log: d.n.Log, Store: d.n.Store, Covered: func() uint64 { return d.covered }, Moved: func() <-chan struct{} { return nil },
		Now: d.n.Now, Logger: slog.New(slog.DiscardHandler)}
	d.follow()
	d.reopen()
	return d
}

// follow opens the stream, as at a start.
func (d *desk) follow() {
	d.Helper()
	if d.stop != nil {
		d.stop()
	}
	var err error
	if d.live, err = live.Open(d.cfg); err != nil {
		d.Fatal(err)
	}
	d.n.Admitted = d.live.Take
	d.stop = d.background(d.live.Run)
}

// background runs f until the test or the returned function ends it.
func (d *desk) background(f func(context.Context) error) func() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	ended := false
	end := func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			d.Error(err)
		}
	}
	d.Cleanup(end)
	return end
}

// reopen opens the centre on what is stored, as after a power cut.
func (d *desk) reopen() {
	d.Helper()
	var err error
	d.centre, err = centre.Open(centre.Config{Log: d.n.Log, Store: d.n.Store, Events: d.live, Registry: d.n.Registry, Covered: func() uint64 { return d.covered },
		Now: d.n.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		d.Fatal(err)
	}
}

// settle waits until every batch sent so far is an event, and takes it in.
func (d *desk) settle() {
	d.Helper()
	head := d.n.Settle()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		_, next, _, err := d.live.Kept()
		if err != nil {
			d.Fatal(err)
		}
		_ = next
		if d.reached(head.Size) {
			break
		}
		if time.Now().After(end) {
			d.Fatal("the events did not come")
		}
	}
	if err := d.centre.TakeAll(); err != nil {
		d.Fatal(err)
	}
}

// reached says whether a state event tells of the log's size.
func (d *desk) reached(size uint64) bool {
	last := d.live.Last()
	if last == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for after := max(last, 8) - 8; after < last; {
		events, err := d.live.Wait(ctx, after)
		if err != nil {
			d.Fatal(err)
		}
		for _, e := range events {
			after = e.ID
			if e.Kind == live.State && e.Size >= size {
				return true
			}
		}
	}
	return false
}

func (d *desk) rows(n int) {
	d.Helper()
	d.centre.Begin()
	if err := d.centre.Write(n); err != nil {
		d.Fatal(err)
	}
}

// sum is what a bucket must hold.
type sum struct {
	count    uint64
	min, max string
}

// expect sums up batches by hand.
func expect(t *testing.T, width int64, from int64, sent []*lab.Sealed) map[int64]sum {
	t.Helper()
	type running struct {
		n    uint64
		a, b *record.Reading
	}
	all := map[int64]*running{}
	for _, s := range sent {
		p, err := batch.ParsePayload(s.Payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Records {
			r, ok := r.(*record.Reading)
			if !ok || r.Point != lab.PM10 || r.Time < from {
				continue
			}
			k := (r.Time-from)/width*width + from
			x := all[k]
			if x == nil {
				x = &running{a: r, b: r}
				all[k] = x
			}
			x.n++
			if r.Value.Cmp(x.a.Value) < 0 {
				x.a = r
			}
			if r.Value.Cmp(x.b.Value) > 0 {
				x.b = r
			}
		}
	}
	out := map[int64]sum{}
	for k, x := range all {
		out[k] = sum{x.n, x.a.Value.String(), x.b.Value.String()}
	}
	return out
}

func (d *desk) compare(site batch.ID, from, to int64, buckets int, sent []*lab.Sealed) {
	d.Helper()
	h, err := d.centre.History(d.Context(), centre.All{}, centre.HistoryQuery{Site: site, Point: lab.PM10, From: from, To: to, Buckets: buckets})
	if err != nil {
		d.Fatal(err)
	}
	want := expect(d.T, h.Width, h.From, sent)
	if len(h.Buckets) != len(want) {
		d.Errorf("%d buckets of %v, want %d", len(h.Buckets), time.Duration(h.Width)*time.Microsecond, len(want))
	}
	for _, b := range h.Buckets {
		if got := (sum{b.Count, b.Min.Value, b.Max.Value}); got != want[b.From] {
			d.Errorf("bucket at %d: %+v, want %+v", b.From, got, want[b.From])
		}
		if b.First.Time > b.Last.Time || b.First.Time < b.From || b.Last.Time >= b.From+h.Width {
			d.Errorf("bucket at %d: first %d, last %d", b.From, b.First.Time, b.Last.Time)
		}
	}
}

// The centre is killed between any two writes, batches come in any order, and
// every reading is in the sums exactly once.
func TestSumsHoldEveryReadingOnceWhateverHappens(t *testing.T) {
	defer centre.SumsOnly()()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			d := open(t)
			g := d.n.Enrol("north-yard", "gw-1")
			from := (time.Now().UnixMicro() - 600*lab.Minute) / (60 * lab.Minute) * 60 * lab.Minute
			s := d.n.NewSealer(g, from)
			var sent, held []*lab.Sealed
			for range 40 {
				b := s.Seal(lab.Minute*int64(1+rnd.IntN(4)), 20*lab.Second)
				if rnd.IntN(3) == 0 {
					held = append(held, b) // it comes later
				} else {
					d.n.Send(b)
					sent = append(sent, b)
				}
				switch rnd.IntN(5) {
				case 0:
					d.settle()
				case 1:
					d.settle()
					d.rows(1 + rnd.IntN(8))
				case 2:
					d.reopen()
				case 3:
					for _, b := range held {
						d.n.Send(b)
					}
					sent, held = append(sent, held...), nil
				}
			}
			d.settle()
			d.compare(g.Site, from, s.Clock, 10, sent)
			d.compare(g.Site, from, s.Clock, 500, sent)
			d.reopen()
			d.settle()
			d.compare(g.Site, from, s.Clock, 500, sent)
			if err := d.centre.Rebuild(); err != nil {
				t.Fatal(err)
			}
			d.settle()
			d.compare(g.Site, from, s.Clock, 10, sent)
		})
	}
}

func TestShortHistoryIsReadingsAndGapsWithTheirPlaces(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	from := time.Now().UnixMicro() - 60*lab.Minute
	s := d.n.NewSealer(g, from)
	a := s.Seal(lab.Minute, 10*lab.Second)
	hole := &record.Gap{Points: []string{lab.PM10}, From: s.Clock, To: s.Clock + lab.Minute, Cause: record.CauseNoAnswer}
	other := &record.Gap{Points: []string{lab.PM25}, From: s.Clock, To: s.Clock + lab.Minute, Cause: record.CauseBus}
	b := s.Seal(lab.Minute, 0, hole, other)
	c := s.Seal(lab.Minute, 10*lab.Second)
	d.n.Send(a, b, c)
	d.settle()
	for _, written := range []bool{false, true} {
		if written {
			d.rows(1000)
		}
		h, err := d.centre.History(t.Context(), centre.All{}, centre.HistoryQuery{Site: g.Site, Point: lab.PM10, From: from, To: s.Clock, Buckets: 2000})
		if err != nil {
			t.Fatal(err)
		}
		if h.Readings != 12 || len(h.Buckets) != 12 || h.Unit != "ug/m3" {
			t.Errorf("%d readings in %d buckets", h.Readings, len(h.Buckets))
		}
		if len(h.Gaps) != 1 || h.Gaps[0].Cause != "no answer" || h.Gaps[0].From != hole.From || h.Gaps[0].To != hole.To {
			t.Fatalf("gaps %+v", h.Gaps)
		}
		r, err := d.centre.Record(centre.All{}, h.Gaps[0].Index, h.Gaps[0].Leaf)
		if err != nil || r.Kind != "gap" || r.Gap.Points[0] != lab.PM10 {
			t.Errorf("the gap's record: %+v, %v", r, err)
		}
		x := h.Buckets[3].Last
		r, err = d.centre.Record(centre.All{}, x.Index, x.Leaf)
		if err != nil || r.Reading == nil || r.Reading.Value != x.Value || r.Reading.Time != x.Time || r.Frame == nil || r.Frame.Sent != "3f" || r.Frame.Received == "" {
			t.Errorf("the reading's record: %+v, %v", r, err)
		}
	}
}

// A replay knows what had come by then, and not what was measured by then.
func TestReplayKnowsOnlyWhatHadCome(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	s := d.n.NewSealer(g, time.Now().UnixMicro()-60*lab.Minute)
	first, late, last := s.Seal(lab.Minute, 10*lab.Second), s.Seal(lab.Minute, 10*lab.Second), s.Seal(lab.Minute, 10*lab.Second)
	moment := func() int64 {
		d.settle()
		time.Sleep(2 * time.Millisecond)
		at := d.n.Now().UnixMicro()
		time.Sleep(2 * time.Millisecond)
		return at
	}
	before := moment()
	d.n.Send(first)
	one := moment()
	d.n.Send(late)
	two := moment()
	d.covered = 1 << 40
	d.n.Send(last)
	three := moment()
	end := d.background(d.centre.Run)
	for _, c := range []struct {
		at   int64
		want *lab.Sealed
	}{{before, nil}, {one, first}, {two, late}, {three, last}} {
		list, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{At: c.at})
		if err != nil {
			t.Fatal(err)
		}
		if c.want == nil {
			if len(list.Items) != 0 {
				t.Errorf("before anything had come: %+v", list.Items)
			}
			continue
		}
		if len(list.Items) != 2 {
			t.Fatalf("%d points", len(list.Items))
		}
		p := list.Items[0]
		if want := c.want.Last/(10*lab.Second)*0 + c.want.First + 50*lab.Second; p.Time != want || p.Seq != c.want.Seq {
			t.Errorf("at %d: reading of %d, batch %d; want %d, batch %d", c.at, p.Time, p.Seq, want, c.want.Seq)
		}
		if p.Admitted > c.at {
			t.Errorf("at %d something is shown that came at %d", c.at, p.Admitted)
		}
		if c.at != three && p.State == centre.Anchored {
			t.Errorf("at %d it is shown as anchored, which came later", c.at)
		}
	}
	if _, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{At: d.n.Now().Add(time.Hour).UnixMicro()}); !errors.Is(err, centre.ErrFuture) {
		t.Errorf("the future: %v", err)
	}
	end()
}

// One who sees one site is told of no other, by no request.
type only batch.ID

func (o only) Sees(s batch.ID) bool { return s == batch.ID(o) }
func (o only) SeesAll() bool        { return false }
func (o only) Reads(string) bool    { return true }

func TestNothingOfOtherSitesIsShown(t *testing.T) {
	d := open(t)
	a, b := d.n.Enrol("north-yard", "gw-1"), d.n.Enrol("south-yard", "gw-2")
	sa, sb := d.n.NewSealer(a, time.Now().UnixMicro()-60*lab.Minute), d.n.NewSealer(b, time.Now().UnixMicro()-60*lab.Minute)
	d.n.Send(sa.Seal(lab.Minute, 10*lab.Second))
	foreign := sb.Seal(lab.Minute, 10*lab.Second, &record.Gap{From: sb.Clock, To: sb.Clock, Cause: record.CauseBus})
	d.n.Send(foreign)
	d.settle()
	v := only(a.Site)
	list, err := d.centre.Points(t.Context(), v, centre.PointQuery{})
	if err != nil || len(list.Items) != 2 {
		t.Fatalf("%d points, %v", len(list.Items), err)
	}
	for _, p := range list.Items {
		if p.Site != a.Site {
			t.Errorf("point of %s", p.Site)
		}
	}
	if sites := d.centre.Sites(v); len(sites) != 1 || sites[0].ID != a.Site || sites[0].Points != 2 {
		t.Errorf("sites %+v", sites)
	}
	if _, err := d.centre.History(t.Context(), v, centre.HistoryQuery{Site: b.Site, Point: lab.PM10, From: 0, To: 1}); !errors.Is(err, centre.ErrNothing) {
		t.Errorf("history: %v", err)
	}
	all, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{})
	if err != nil || len(all.Items) != 4 {
		t.Fatalf("%d points in all, %v", len(all.Items), err)
	}
	for _, p := range all.Items {
		_, err := d.centre.Record(v, p.Index, p.Leaf)
		if mine := p.Site == a.Site; mine != (err == nil) || !mine && !errors.Is(err, centre.ErrNothing) {
			t.Errorf("record of %s: %v", p.Site, err)
		}
	}
	digest := foreign.Digest()
	for _, q := range []string{"south", "gw-2", fmt.Sprintf("%x", digest), b.Site.String(), b.Gateway.String()} {
		if found, err := d.centre.Search(v, q); err != nil || len(found) != 0 {
			t.Errorf("search for %q: %+v, %v", q, found, err)
		}
		if found, err := d.centre.Search(centre.All{}, q); err != nil || q != "gw-2" && len(found) == 0 {
			t.Errorf("search for %q by one who may see it: %+v, %v", q, found, err)
		}
	}
	h, err := d.centre.Health(v)
	if err != nil || h.GapsToday != 0 {
		t.Errorf("health: %+v, %v", h, err)
	}
}

func TestPagesOfPointsMissNoneAndRepeatNone(t *testing.T) {
	d := open(t)
	for _, site := range []string{"a", "b", "c"} {
		s := d.n.NewSealer(d.n.Enrol(site, "gw-1"), time.Now().UnixMicro()-60*lab.Minute)
		d.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
	d.settle()
	seen := map[string]bool{}
	after := ""
	for pages := 0; ; pages++ {
		list, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{After: after, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list.Items {
			k := p.Site.String() + p.Point
			if seen[k] {
				t.Errorf("%s twice", k)
			}
			seen[k] = true
		}
		if after = list.Next; after == "" || pages > 10 {
			break
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d points", len(seen))
	}
	if _, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{After: "AAAA"}); !errors.Is(err, centre.ErrCursor) {
		t.Errorf("a made-up cursor: %v", err)
	}
}

// What the notary forgets of its events, the log still knows; only when it came is lost.
func TestHistoryIsMadeFromTheLogWhereEventsAreForgotten(t *testing.T) {
	defer centre.SumsOnly()()
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	from := time.Now().UnixMicro()/(60*lab.Minute)*60*lab.Minute - 600*lab.Minute
	s := d.n.NewSealer(g, from)
	var sent []*lab.Sealed
	for range 20 {
		b := s.Seal(lab.Minute, 10*lab.Second)
		d.n.Send(b)
		sent = append(sent, b)
	}
	d.settle()
	d.cfg.KeepEvents = 5
	d.follow() // forgets at once
	for end := time.Now().Add(5 * time.Second); d.live.First() == 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was forgotten")
		}
	}
	if _, err := d.live.Follow(1, live.Filter{}); !errors.Is(err, live.ErrForgotten) {
		t.Errorf("one who resumes into what is forgotten: %v", err)
	}
	d.reopen()
	if err := d.centre.Rebuild(); err != nil {
		t.Fatal(err)
	}
	more := s.Seal(lab.Minute, 10*lab.Second)
	d.n.Send(more)
	d.settle()
	d.compare(g.Site, from, s.Clock, 500, append(sent, more))
	if _, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{At: from}); !errors.Is(err, centre.ErrForgotten) {
		t.Errorf("replay of a forgotten time: %v", err)
	}
}
