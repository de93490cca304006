package alarm

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/notary/coverage"
)

const (
	begin  = int64(1_772_359_200) * second
	minute = 60 * second
	hour   = 60 * minute
)

// site is a gateway whose batches can be taken in in any order.
type site struct {
	state *coverage.State
	book  *book
	index uint64
}

func newSite() *site {
	return &site{state: coverage.NewState(), book: newBook(func(batch.ID) (*entry, error) { return nil, nil })}
}

type sealedAt struct {
	index uint64
	h     batch.Header
	p     batch.Payload
}

func (s *site) seal(at int64, records ...record.Body) sealedAt {
	x := sealedAt{s.index, batch.Header{Gateway: batch.ID{1}, Site: batch.ID{2}, Boot: record.BootID{3}, Seq: s.index, First: at - minute, Last: at}, batch.Payload{Records: append([]record.Body{&record.Contents{}}, records...)}}
	s.index++
	return x
}

func (s *site) take(now int64, all ...sealedAt) {
	for _, x := range all {
		took := s.state.Take(now, x.index, &x.h, &x.p, nil)
		s.book.sealedBatch(now, x.index, &x.h, &x.p, &took)
		s.book.take()
	}
}

// tell is the alarms as a person sees them: when they began, ended, and whether
// they stand.
func (s *site) tell() (out []string) {
	for _, e := range s.book.byID {
		out = append(out, fmt.Sprintf("%s %d-%d", e.Kind, (e.Raised-begin)/minute, max(-1, (e.Cleared-begin)/minute)))
	}
	slices.Sort(out)
	return out
}

func event(typ record.EventType, at int64) *record.Event {
	v, limit := decimal.New(12, 0), decimal.New(8, 0)
	return &record.Event{Type: typ, Time: at, Subject: "fridge/temperature", Value: &v, Limit: &limit}
}

func raise(at int64) *record.Event { return event(record.EventAlarmRaised, at) }
func end(at int64) *record.Event   { return event(record.EventAlarmCleared, at) }

func TestALateBatchNeitherRaisesAgainNorClearsWhatCameAfterIt(t *testing.T) {
	s := newSite()
	first, over := s.seal(begin+minute, raise(begin)), s.seal(begin+6*minute, end(begin+5*minute))
	second := s.seal(begin+61*minute, raise(begin+hour))
	s.take(begin+2*hour, second) // live first
	if got := s.tell(); !slices.Equal(got, []string{"edge 60--1"}) {
		t.Fatal(got)
	}
	s.take(begin+2*hour, over) // a clear that is older than what stands
	if got := s.tell(); !slices.Equal(got, []string{"edge 60--1"}) {
		t.Fatal(got)
	}
	s.take(begin+2*hour, first) // and its raise
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-5", "edge 60--1"}) {
		t.Fatal(got)
	}
	s.take(begin+2*hour, first, over, second) // again
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-5", "edge 60--1"}) {
		t.Fatal(got)
	}
}

func TestALateRaiseOfWhatWasClearedStaysCleared(t *testing.T) {
	s := newSite()
	first, again, over := s.seal(begin+minute, raise(begin)), s.seal(begin+3*minute, raise(begin+2*minute)), s.seal(begin+6*minute, end(begin+5*minute))
	s.take(begin+hour, first, over)
	for _, e := range s.book.byID {
		e.Answered = true
	}
	s.take(begin+hour, again)
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-5"}) {
		t.Fatal(got)
	}
	for _, e := range s.book.byID {
		if !e.Answered || e.Times != 2 {
			t.Errorf("%+v", e)
		}
	}
}

func TestAnAlarmThatComesBackIsTheSameAndMustBeAnsweredAgain(t *testing.T) {
	s := newSite()
	s.take(begin, s.seal(begin, raise(begin)), s.seal(begin+minute, end(begin+minute)))
	for _, e := range s.book.byID {
		e.Answered = true
	}
	s.take(begin+9*minute, s.seal(begin+9*minute, raise(begin+9*minute)))
	if got := s.tell(); !slices.Equal(got, []string{"edge 0--1"}) {
		t.Fatal(got)
	}
	for _, e := range s.book.byID {
		if e.Answered || e.Times != 2 {
			t.Errorf("%+v", e)
		}
	}
	// After ten minutes it is another.
	s.take(begin+hour, s.seal(begin+10*minute, end(begin+10*minute)), s.seal(begin+21*minute, raise(begin+21*minute)))
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-10", "edge 21--1"}) {
		t.Fatal(got)
	}
}

// TestTheStandingAlarmsDoNotDependOnTheOrderOfAdmission plays random lives in
// random orders, each batch once or twice.
func TestTheStandingAlarmsDoNotDependOnTheOrderOfAdmission(t *testing.T) {
	for seed := range int64(300) {
		r := rand.New(rand.NewSource(seed))
		s := newSite()
		var all []sealedAt
		at, up := begin, false
		for range 1 + r.Intn(12) {
			at += int64(1+r.Intn(40)) * minute
			if up = !up || r.Intn(5) == 0; up { // sometimes an agent restarts and raises again
				all = append(all, s.seal(at, raise(at)))
			} else {
				all = append(all, s.seal(at, end(at)))
			}
		}
		order := slices.Clone(all)
		for _, x := range all {
			if r.Intn(3) == 0 {
				order = append(order, x)
			}
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		s.take(at, order...)
		standing, last := 0, int64(0)
		for _, e := range s.book.byID {
			if e.open() {
				standing++
			}
			last = max(last, e.newest())
		}
		if want := map[bool]int{true: 1}[up]; standing != want {
			t.Fatalf("seed %d: %d alarms stand, %d do: %v", seed, standing, want, s.tell())
		}
		if last != at {
			t.Errorf("seed %d: the newest fact is of %d, it was sealed at %d", seed, last, at)
		}
	}
}

func reading(point string, at int64, value int64, marks ...record.Mark) *record.Reading {
	return &record.Reading{Point: point, Time: at, Value: decimal.New(value, 0), Unit: "Cel", Marks: marks}
}

func hole(from, to int64, points ...string) *record.Gap {
	return &record.Gap{Points: points, From: from, To: to, Cause: record.CauseNoAnswer}
}

func TestAGapIsOneAlarmOfItsDeviceAndCloses(t *testing.T) {
	s := newSite()
	s.take(begin, s.seal(begin, reading("dust/a", begin, 1), reading("dust/b", begin, 1)))
	s.take(begin+30*second, s.seal(begin+30*second, hole(begin, begin+30*second, "dust/a", "dust/b")))
	if got := s.tell(); len(got) != 0 {
		t.Fatalf("a gap of half a minute: %v", got)
	}
	s.take(begin+90*second, s.seal(begin+90*second, hole(begin+30*second, begin+90*second, "dust/a", "dust/b")))
	if got := s.tell(); !slices.Equal(got, []string{"gap 0--1"}) {
		t.Fatal(got)
	}
	s.take(begin+3*minute, s.seal(begin+3*minute, hole(begin+90*second, begin+150*second, "dust/a", "dust/b")))
	// One of two points reads again, then the other.
	s.take(begin+4*minute, s.seal(begin+4*minute, reading("dust/a", begin+4*minute, 1)))
	if got := s.tell(); !slices.Equal(got, []string{"gap 0--1"}) {
		t.Fatal(got)
	}
	s.take(begin+5*minute, s.seal(begin+5*minute, reading("dust/b", begin+5*minute, 1)))
	if got := s.tell(); !slices.Equal(got, []string{"gap 0-5"}) {
		t.Fatal(got)
	}
	for _, e := range s.book.byID {
		if e.Cause != "no answer" || !slices.Equal(e.Points, []string{"dust/a", "dust/b"}) || e.Device != "dust" {
			t.Errorf("%+v", e)
		}
		if n := len(e.Steps); n != 2 || e.Steps[0].Leaf == nil || e.Steps[1].Leaf == nil || *e.Steps[1].Index != 5 {
			t.Errorf("steps %+v", e.Steps)
		}
	}
}

func TestAGapOfTheBacklogIsToldAsOver(t *testing.T) {
	s := newSite()
	s.take(begin+hour, s.seal(begin+hour, reading("dust/a", begin+hour, 1)))
	s.take(begin+hour, s.seal(begin+10*minute, hole(begin, begin+10*minute, "dust/a")))
	if got := s.tell(); !slices.Equal(got, []string{"gap 0-10"}) {
		t.Fatal(got)
	}
	s.take(begin+hour, s.seal(begin+20*minute, hole(begin+10*minute, begin+20*minute, "dust/a")))
	if got := s.tell(); !slices.Equal(got, []string{"gap 0-20"}) {
		t.Fatal(got)
	}
}

func TestAnExcursionBeginsWithTheFirstReadingOutside(t *testing.T) {
	const point = "fridge/temperature"
	s := newSite()
	s.take(begin, s.seal(begin, reading(point, begin, 5)))
	for i, v := range []int64{9, 11, 10} {
		at := begin + int64(i+1)*20*second
		s.take(at, s.seal(at, reading(point, at, v, record.MarkLimit)))
	}
	s.take(begin+70*second, s.seal(begin+70*second, raise(begin+70*second)))
	s.take(begin+2*minute, s.seal(begin+2*minute, reading(point, begin+2*minute, 14, record.MarkLimit)))
	late := s.seal(begin+3*minute, reading(point, begin+3*minute, 15, record.MarkLimit))
	s.take(begin+5*minute, s.seal(begin+5*minute, reading(point, begin+5*minute, 5), end(begin+5*minute)))
	s.take(begin+hour, late, s.seal(begin+hour, reading(point, begin+hour, 30, record.MarkLimit))) // the last is not its own
	n := 0
	for _, e := range s.book.byID {
		x, ok := e.excursion(begin + 2*hour)
		if !ok {
			t.Fatal("no excursion")
		}
		n++
		if x.From != begin+20*second || x.To != begin+5*minute || x.Duration != 5*minute-20*second || x.Worst == nil || x.Worst.Value != "15" || x.Worst.Index != late.index || x.Group != "cabinet" {
			t.Errorf("%+v %+v", x, x.Worst)
		}
	}
	if n != 1 {
		t.Errorf("%d alarms", n)
	}
}

func TestATamperedInputIsOverAsItHappensAndWaitsForAnAnswer(t *testing.T) {
	s := newSite()
	s.take(begin, s.seal(begin, &record.Event{Type: record.EventTampered, Time: begin, Subject: "box/lid"}))
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-0"}) {
		t.Fatal(got)
	}
	for _, e := range s.book.byID {
		if e.Answered || e.Cause != "tamper input" {
			t.Errorf("%+v", e)
		}
	}
}

func TestAFlappingAlarmStaysBounded(t *testing.T) {
	s := newSite()
	for i := range int64(1000) {
		at := begin + i*minute
		s.take(at, s.seal(at, raise(at), end(at+30*second)))
	}
	if got := s.tell(); !slices.Equal(got, []string{"edge 0-999"}) {
		t.Fatal(got)
	}
	for _, e := range s.book.byID {
		if len(e.Steps) > maxSealed || len(e.Facts) > maxFacts || e.Times != 1000 || e.Steps[0].Time != begin {
			t.Errorf("%d steps, %d facts, raised %d times", len(e.Steps), len(e.Facts), e.Times)
		}
	}
}

func TestALongTextIsCutBetweenCharacters(t *testing.T) {
	for _, text := range []string{"", "ab", strings.Repeat("门", 10), strings.Repeat("a门", 10)} {
		for n := range 12 {
			if got := clip(text, n); len(got) > n || !strings.HasPrefix(text, got) || strings.ToValidUTF8(got, "?") != got {
				t.Errorf("%q cut to %d: %q", text, n, got)
			}
		}
	}
}
