package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/evidence/batch"
)

func TestPassingTimeIsNoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(NewFake(time.Minute))
		for range 24 {
			time.Sleep(time.Hour)
			if s, ok := c.Check(); ok {
				t.Fatalf("step %+v without one", s)
			}
		}
	})
}

func TestEachStepIsToldOnceWithBothTimes(t *testing.T) {
	for _, d := range []time.Duration{-time.Hour, time.Hour, 60 * time.Millisecond, -60 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			f := NewFake(time.Minute)
			c := New(f)
			time.Sleep(10 * time.Second)
			before, _ := c.Now()
			f.Set(d)
			if held, _ := c.Now(); held != before {
				t.Fatalf("time moved by %d µs before the step was told", held-before)
			}
			s, ok := c.Check()
			if !ok || s.Before != before || s.After-s.Before != d.Microseconds() || s.Boot != 70_000_000 {
				t.Fatalf("step %+v %v", s, ok)
			}
			if now, _ := c.Now(); now != s.After {
				t.Fatalf("after the step it is %d, want %d", now, s.After)
			}
			if s, ok := c.Check(); ok {
				t.Fatalf("told twice: %+v", s)
			}
		})
	}
}

func TestSmallStepsAddUpToOne(t *testing.T) {
	f := NewFake(0)
	c := New(f)
	for i := range 3 {
		f.Set(20 * time.Millisecond)
		if _, ok := c.Check(); ok != (i == 2) {
			t.Fatalf("after %d × 20 ms: step %v", i+1, ok)
		}
	}
}

func TestQualityOfAStretchIsItsWorstEnd(t *testing.T) {
	ntp, rtc, unset := batch.Clock{Source: batch.ClockNTP, Bound: 900}, batch.Clock{Source: batch.ClockRTC}, batch.Clock{}
	for _, x := range []struct{ a, b, want batch.Clock }{
		{ntp, ntp, ntp}, {ntp, rtc, rtc}, {rtc, ntp, rtc}, {unset, ntp, unset},
		{ntp, batch.Clock{Source: batch.ClockNTP, Bound: 1200}, batch.Clock{Source: batch.ClockNTP, Bound: 1200}},
	} {
		if got := Worse(x.a, x.b); got != x.want {
			t.Errorf("Worse(%v, %v) = %v, want %v", x.a, x.b, got, x.want)
		}
	}
}

func TestSystemClocksAgreeWithTheRuntime(t *testing.T) {
	s := System()
	wall, a := s.Read()
	if d := time.Since(time.UnixMicro(wall)); d < -time.Second || d > time.Second {
		t.Errorf("wall clock is off by %v", d)
	}
	if _, b := s.Read(); b < a {
		t.Errorf("boot time went from %d to %d", a, b)
	}
	if s.Machine() == "" {
		t.Error("the machine's boot has no name")
	}
	t.Log(s.Quality())
}
