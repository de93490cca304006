// Package rounds says whose turn it is on a bus whose instruments are asked one after
// the other, each at its pace.
//
// It asks nobody and knows no bus; a Modbus line has a master of its own
// (drivers/modbus/bus). Its invariant: turns never pile up; one that came late is not
// made up for.
package rounds

import (
	"context"
	"time"
)

// Turn is when something is to be asked again. It is embedded in what says what that is.
type Turn struct {
	Every time.Duration
	due   time.Time
}

// Due is when the turn comes.
func (t *Turn) Due() time.Time { return t.due }

// Begin makes the turn due at an instant.
func (t *Turn) Begin(at time.Time) { t.due = at }

// Taken sets the turn's next time.
func (t *Turn) Taken() {
	if t.due = t.due.Add(t.Every); !t.due.After(time.Now()) {
		t.due = time.Now().Add(t.Every)
	}
}

// Begin makes all turns due now.
func Begin[T interface{ Begin(at time.Time) }](all []T) {
	now := time.Now()
	for _, t := range all {
		t.Begin(now)
	}
}

// Next waits for the turn that comes first, of at least one; the first of those that
// come together. False: ctx ended before.
func Next[T interface{ Due() time.Time }](ctx context.Context, all []T) (T, bool) {
	best := all[0]
	for _, t := range all[1:] {
		if t.Due().Before(best.Due()) {
			best = t
		}
	}
	return best, Pause(ctx, time.Until(best.Due()))
}

// Pause waits; false: ctx ended first.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
