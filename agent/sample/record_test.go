package sample

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/check"
	"fieldseal/agent/clock"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// course answers each poll with the next value; below -90 it is silent.
type course struct {
	clock  *clock.Clock
	values []int64
	before func(poll int)
	done   chan struct{}
	polls  int
}

func (c *course) Ask(ctx context.Context) Answer {
	if c.polls == len(c.values) {
		close(c.done)
		<-ctx.Done()
		return Answer{Cancelled: true}
	}
	if c.before != nil {
		c.before(c.polls)
	}
	v := c.values[c.polls]
	c.polls++
	a := Answer{Sent: []byte{1}, RecvAt: c.clock.Boot(), Outcome: record.OutcomeNoAnswer, Cause: record.CauseNoAnswer}
	if v > -90 {
		a.Received, a.Outcome, a.Cause = []byte{2}, record.OutcomeOK, 0
		a.Values = []profile.Decoded{{Point: "x", Value: decimal.New(v, 0)}}
	}
	return a
}

// follow polls each minute and gives the minutes of the readings handed on, how
// many frames, and the events with the minutes at which they stand.
func follow(t *testing.T, dev profile.Device, door map[int]int64, values ...int64) (minutes []int, frames int, events map[int]record.EventType, gaps []record.Gap) {
	t.Helper()
	events = map[int]record.EventType{}
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		board, out := check.NewBoard(), &sink{clock: ck}
		d := &course{clock: ck, values: values, done: make(chan struct{}), before: func(i int) {
			if v, ok := door[i]; ok {
				board.Set("door/open", decimal.New(v, 0), ck.Boot())
			}
		}}
		dev.ID, dev.Bus = "d", "a"
		s, err := New(Config{Device: &dev, Profile: &profile.Profile{Points: []profile.Point{{Name: "x"}}},
			Cadence: time.Minute, Driver: d, Presence: &Presence{}, Board: board, Sink: out, Clock: ck})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Run(ctx); close(ended) }()
		<-d.done
		cancel()
		<-ended
		for _, x := range out.all {
			if x.Frame != nil {
				frames++
			}
			for _, r := range x.Readings {
				minutes = append(minutes, int(r.Mono/60_000_000))
			}
			for _, e := range x.Events {
				events[int(e.Mono/60_000_000)] = e.Type
			}
			gaps = append(gaps, x.Gaps...)
		}
	})
	return minutes, frames, events, gaps
}

// patient answers the first poll and then waits for a line that is never free.
type patient struct{ clock *clock.Clock }

func (p *patient) Ask(ctx context.Context) Answer {
	if p.clock.Boot() > 1_000_000 {
		<-ctx.Done()
		return Answer{Cancelled: true}
	}
	return Answer{Sent: []byte{1}, Received: []byte{2}, RecvAt: p.clock.Boot(), Outcome: record.OutcomeOK, Values: []profile.Decoded{{Point: "x", Value: decimal.New(5, 0)}}}
}

func TestAPollThatStillWaitsWhenTheAgentStopsIsAGap(t *testing.T) {
	for _, c := range []struct {
		stops time.Duration
		gaps  int
	}{{5 * time.Second, 0}, {12 * time.Second, 1}} {
		synctest.Test(t, func(t *testing.T) {
			ck := clock.New(clock.NewFake(0))
			out := &sink{clock: ck}
			s, err := New(Config{Device: &profile.Device{ID: "d", Bus: "a"}, Profile: &profile.Profile{Points: []profile.Point{{Name: "x"}}},
				Cadence: 3 * time.Second, Driver: &patient{ck}, Presence: &Presence{}, Sink: out, Clock: ck})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { s.Run(ctx); close(ended) }()
			time.Sleep(c.stops)
			cancel()
			<-ended
			gaps, readings, _ := all(out.all)
			if len(readings) != 1 || len(gaps) != c.gaps {
				t.Fatalf("stopped after %v: %d readings, gaps %+v", c.stops, len(readings), gaps)
			}
			if c.gaps > 0 && (gaps[0].To-gaps[0].From != c.stops.Microseconds() || gaps[0].Cause != record.CauseBus || gaps[0].Missed != 4) {
				t.Errorf("gap %+v", gaps[0])
			}
		})
	}
}

// slow answers each poll after a while.
type slow struct {
	clock *clock.Clock
	first time.Duration
}

func (p *slow) Ask(ctx context.Context) Answer {
	time.Sleep(p.first)
	p.first = 0
	return Answer{Sent: []byte{1}, Received: []byte{2}, RecvAt: p.clock.Boot(), Outcome: record.OutcomeOK, Values: []profile.Decoded{{Point: "x", Value: decimal.New(5, 0)}}}
}

func TestAFirstPollThatWaitsForTheLineIsAGapFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		out := &sink{clock: ck}
		s, err := New(Config{Device: &profile.Device{ID: "d", Bus: "a"}, Profile: &profile.Profile{Points: []profile.Point{{Name: "x"}}},
			Cadence: 3 * time.Second, Driver: &slow{ck, 7 * time.Second}, Presence: &Presence{}, Sink: out, Clock: ck})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Run(ctx); close(ended) }()
		time.Sleep(10 * time.Second)
		cancel()
		<-ended
		gaps, _, _ := all(out.all)
		if len(gaps) != 1 || gaps[0].To-gaps[0].From != 7_000_000 || gaps[0].Missed != 2 {
			t.Errorf("gaps %+v", gaps)
		}
	})
}

func repeat(v int64, n int) []int64 { return slices.Repeat([]int64{v}, n) }

func TestRecordingTightensWhileOutside(t *testing.T) {
	high := decimal.New(8, 0)
	dev := profile.Device{Record: 10 * 60_000_000, RecordOutside: 2 * 60_000_000, Limits: []profile.Limit{{Point: "x", High: &high}}}
	minutes, frames, events, gaps := follow(t, dev, nil, slices.Concat(repeat(5, 13), repeat(9, 5), repeat(5, 12))...)
	if want := []int{0, 10, 13, 15, 17, 18, 28}; !slices.Equal(minutes, want) || frames != len(want) || len(gaps) != 0 {
		t.Errorf("handed on at minutes %v with %d frames and %d gaps, want %v", minutes, frames, len(gaps), want)
	}
	if len(events) != 2 || events[13] != record.EventAlarmRaised || events[18] != record.EventAlarmCleared {
		t.Errorf("events %v", events)
	}
}

func TestGapAmongReadingsNotHandedOnBeginsAtTheLastJudged(t *testing.T) {
	minutes, _, _, gaps := follow(t, profile.Device{Record: 10 * 60_000_000}, nil, 5, 5, 5, -99, 5, 5)
	if !slices.Equal(minutes, []int{0, 4}) || len(gaps) != 1 || gaps[0].To-gaps[0].From != 120_000_000 || gaps[0].Missed != 1 {
		t.Errorf("handed on at minutes %v, gaps %+v", minutes, gaps)
	}
}

func TestDefrostPausesAndADoorLeftOpenRaises(t *testing.T) {
	high := decimal.New(8, 0)
	dev := profile.Device{Limits: []profile.Limit{{Point: "x", High: &high, Pauses: []profile.Pause{{Point: "door/open", Equals: decimal.New(1, 0), Most: 10 * 60_000_000}}}}}
	_, _, events, _ := follow(t, dev, map[int]int64{0: 0, 2: 1, 6: 0}, slices.Concat(repeat(5, 2), repeat(9, 4), repeat(5, 3))...)
	if len(events) != 2 || events[2] != record.EventPaused || events[6] != record.EventResumed {
		t.Errorf("a short opening: %v", events)
	}
	// Resumed and raised stand in one sample; the alarm is the later of the two.
	_, _, events, _ = follow(t, dev, map[int]int64{0: 0, 2: 1}, slices.Concat(repeat(5, 2), repeat(9, 14))...)
	if len(events) != 2 || events[2] != record.EventPaused || events[12] != record.EventAlarmRaised {
		t.Errorf("left open: %v", events)
	}
}
