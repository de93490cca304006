package sample

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/clock"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// script answers polls one after the other, each after a while.
type script struct {
	clock *clock.Clock
	mu    sync.Mutex
	turns []turn
	at    []uint64 // boot times at which it was asked
}

func (s *script) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.turns)
}

type turn struct {
	takes   time.Duration
	outcome record.Outcome
	cause   record.Cause
	lost    bool
}

func (s *script) Ask(ctx context.Context) Answer {
	s.at = append(s.at, s.clock.Boot())
	if s.left() == 0 {
		<-ctx.Done()
		return Answer{Cancelled: true}
	}
	s.mu.Lock()
	t := s.turns[0]
	s.turns = s.turns[1:]
	s.mu.Unlock()
	time.Sleep(t.takes)
	a := Answer{Sent: []byte{1}, Received: []byte{2}, RecvAt: s.clock.Boot(), Outcome: t.outcome, Cause: t.cause, Lost: t.lost}
	if t.outcome == record.OutcomeOK {
		a.Values = []profile.Decoded{{Point: "x", Value: decimal.New(1, 0)}}
	}
	return a
}

// sink keeps what it takes.
type sink struct {
	clock *clock.Clock
	all   []*Sample
}

func (s *sink) Take(x *Sample) int64 {
	wall := s.clock.At(x.Taken)
	for i := range x.Gaps {
		if x.Gaps[i].To == 0 {
			x.Gaps[i].To = wall
		}
	}
	s.all = append(s.all, x)
	return wall
}

func play(t *testing.T, cadence time.Duration, turns ...turn) (gaps []record.Gap, readings int, c Counters, asked []uint64, events []record.Event) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		d, out := &script{clock: ck, turns: turns}, &sink{clock: ck}
		s, err := New(Config{Device: &profile.Device{ID: "d", Bus: "a"}, Profile: &profile.Profile{Points: []profile.Point{{Name: "x"}}},
			Cadence: cadence, Driver: d, Presence: &Presence{}, Sink: out, Clock: ck})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		for d.left() > 0 {
			time.Sleep(cadence)
		}
		time.Sleep(cadence / 2)
		synctest.Wait()
		cancel()
		<-done
		for _, x := range out.all {
			gaps, events = append(gaps, x.Gaps...), append(events, x.Events...)
			readings += len(x.Readings)
		}
		c, asked = s.Counters(), d.at
	})
	return gaps, readings, c, asked, events
}

var (
	ok     = turn{outcome: record.OutcomeOK}
	silent = turn{outcome: record.OutcomeNoAnswer, cause: record.CauseNoAnswer}
	noise  = turn{outcome: record.OutcomeCheck, cause: record.CauseBus}
)

const second = 1_000_000

func TestScheduleDoesNotDrift(t *testing.T) {
	slow := ok
	slow.takes = 400 * time.Millisecond
	_, n, c, asked, _ := play(t, time.Second, slow, ok, slow, slow, ok)
	if n != 5 || c.Late != 0 {
		t.Fatalf("%d readings, %+v", n, c)
	}
	for i, at := range asked {
		if at != uint64(i)*second {
			t.Errorf("poll %d was at %d µs", i, at)
		}
	}
}

func TestPollsWhoseTimePassedAreCountedAndCovered(t *testing.T) {
	long := ok
	long.takes = 3500 * time.Millisecond
	gaps, n, c, asked, _ := play(t, time.Second, ok, long, ok)
	if n != 3 || c.Late != 3 || c.Missed != 3 || c.Polls != 6 {
		t.Errorf("%d readings, %+v", n, c)
	}
	if asked[2] != 5*second {
		t.Errorf("after the long poll it asked at %d µs", asked[2])
	}
	if len(gaps) != 1 || gaps[0].Missed != 3 || gaps[0].Cause != record.CauseUnknown || gaps[0].To-gaps[0].From != 4_500_000 {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestCauseThatChangesBeginsAnotherGapWhereTheFirstEnds(t *testing.T) {
	gaps, _, _, _, _ := play(t, time.Second, ok, silent, silent, noise, noise, ok)
	if len(gaps) != 2 || gaps[0].Cause != record.CauseNoAnswer || gaps[1].Cause != record.CauseBus || gaps[0].To != gaps[1].From {
		t.Fatalf("gaps %+v", gaps)
	}
	if gaps[0].Missed != 2 || gaps[1].Missed != 2 || gaps[1].To-gaps[0].From != 5*second {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestLongGapIsHandedOnEachMinute(t *testing.T) {
	turns := []turn{ok}
	for range 300 {
		turns = append(turns, silent)
	}
	gaps, _, _, _, _ := play(t, time.Second, append(turns, ok)...)
	if len(gaps) != 5 {
		t.Fatalf("%d gaps", len(gaps))
	}
	for i, g := range gaps {
		if d := g.To - g.From; d > 62*second || i > 0 && g.From != gaps[i-1].To {
			t.Errorf("gap %d: %+v", i, g)
		}
	}
}

func TestGapThatIsOpenAtTheEndIsHandedOn(t *testing.T) {
	gaps, _, _, _, events := play(t, time.Second, silent, silent, turn{outcome: record.OutcomeNoAnswer, cause: record.CauseNoAnswer, lost: true})
	// There was no reading before: it begins where the agent began to look.
	if len(gaps) != 1 || gaps[0].From == 0 || gaps[0].To-gaps[0].From < 2*second || gaps[0].Missed != 3 {
		t.Errorf("gaps %+v", gaps)
	}
	if len(events) != 1 || events[0].Type != record.EventDeviceLost {
		t.Errorf("events %+v", events)
	}
}

func TestNotesAreCutBetweenCharacters(t *testing.T) {
	long := ""
	for len(long) < 600 {
		long += "设备无应答"
	}
	for i := range 3 {
		got := clip("abc"[:i] + long)
		if len(got) > record.MaxNote || len(got) < record.MaxNote-3 || !validUTF8(got) {
			t.Errorf("cut to %d bytes, valid %v", len(got), validUTF8(got))
		}
	}
}

func validUTF8(s string) bool {
	for _, r := range s {
		if r == '\ufffd' {
			return false
		}
	}
	return true
}
