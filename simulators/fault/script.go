package fault

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Kind is a way in which a site misbehaves.
type Kind uint8

const (
	_        Kind = iota
	Late          // one reply of a device comes after Step.Delay
	Dead          // a device does not answer for Step.For
	Value         // a point stands at Step.Value for Step.For
	NoValue       // a point shows its "no value" pattern for Step.For
	Vanish        // the port of a bus is pulled for Step.For
	Garbage       // bytes that mean nothing come before the next answer or report of a device, or in its place
	BadCheck      // the next answer or report of a device fails its own check
	Torn          // the end of the next answer or report of a device is missing
)

// Once tells whether the misbehaviour is that of one answer or report, so that a
// step of it has no duration.
func (k Kind) Once() bool { return k == Late || k >= Garbage }

func (k Kind) String() string {
	names := [...]string{"", "late", "dead", "value", "no-value", "vanish", "garbage", "bad-check", "torn"}
	if k == 0 || int(k) >= len(names) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return names[k]
}

// Step is one misbehaviour.
type Step struct {
	At     time.Duration // from the script's start
	Kind   Kind
	Target string        // a device, "device/point" or a bus, as Kind wants
	For    time.Duration // 0 for what happens once
	Delay  time.Duration // Late
	Value  float64       // Value, in the point's unit
}

// Injector does what a step asks.
type Injector interface {
	Late(device string, delay time.Duration)
	Spoil(device string, how Kind) // Garbage, BadCheck or Torn
	Dead(device string, dead bool)
	Hold(point string, value float64)
	NoValue(point string)
	Free(point string) // ends Hold and NoValue
	Vanish(bus string, gone bool)
}

// Event tells that a step begins or has ended.
type Event struct {
	Step
	Ended bool
}

// Script is what happens, in order of time; with a Period it happens again.
type Script struct {
	Steps  []Step
	Period time.Duration // 0: once
}

// Check finds steps that could not be carried out as written.
func (s Script) Check() error {
	for i, x := range s.Steps {
		switch {
		case x.Kind < Late || x.Kind > Torn:
			return fmt.Errorf("fault script: step %d: %v does not exist", i, x.Kind)
		case x.At < 0 || x.For < 0 || x.Delay < 0:
			return fmt.Errorf("fault script: step %d: a time below zero", i)
		case !x.Kind.Once() && x.For == 0:
			return fmt.Errorf("fault script: step %d: %v of %s without a duration", i, x.Kind, x.Target)
		case s.Period > 0 && x.At+x.For > s.Period:
			return fmt.Errorf("fault script: step %d: %v of %s ends after the period of %v", i, x.Kind, x.Target, s.Period)
		}
	}
	return nil
}

// Run plays the script until it is over or ctx ends. tell is called at each
// beginning and end, on the same goroutine.
func (s Script) Run(ctx context.Context, in Injector, tell func(Event)) error {
	if err := s.Check(); err != nil {
		return err
	}
	type act struct {
		at  time.Duration
		end bool
		Step
	}
	var acts []act
	for _, x := range s.Steps {
		acts = append(acts, act{x.At, false, x})
		if !x.Kind.Once() {
			acts = append(acts, act{x.At + x.For, true, x})
		}
	}
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.at - b.at) })
	var open []Step
	defer func() {
		for _, x := range open {
			end(in, x)
		}
	}()
	start := time.Now()
	for {
		for _, a := range acts {
			if !wait(ctx, time.Until(start.Add(a.at))) {
				return nil
			}
			if a.end {
				end(in, a.Step)
				open = slices.DeleteFunc(open, func(x Step) bool { return x == a.Step })
			} else {
				begin(in, a.Step)
				if !a.Kind.Once() {
					open = append(open, a.Step)
				}
			}
			tell(Event{a.Step, a.end})
		}
		if s.Period <= 0 || len(acts) == 0 {
			return nil
		}
		start = start.Add(s.Period)
	}
}

func begin(in Injector, x Step) {
	switch x.Kind {
	case Late:
		in.Late(x.Target, x.Delay)
	case Garbage, BadCheck, Torn:
		in.Spoil(x.Target, x.Kind)
	case Dead:
		in.Dead(x.Target, true)
	case Value:
		in.Hold(x.Target, x.Value)
	case NoValue:
		in.NoValue(x.Target)
	case Vanish:
		in.Vanish(x.Target, true)
	}
}

func end(in Injector, x Step) {
	switch x.Kind {
	case Dead:
		in.Dead(x.Target, false)
	case Value, NoValue:
		in.Free(x.Target)
	case Vanish:
		in.Vanish(x.Target, false)
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
