package check

import (
	"fmt"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Change tells that a limit's pause began or ended.
type Change uint8

// The changes.
const (
	Unchanged Change = iota
	Paused           // alarms are not raised from this reading on
	Resumed          // and are again
)

// limit holds the readings of one point to what the site file says.
type limit struct {
	low, high *decimal.D
	clearLow  *decimal.D // an alarm of low is cleared from here on upwards
	clearHigh *decimal.D // and one of high from here on downwards
	after     uint64     // µs
	pauses    []profile.Pause
	board     *Board

	passed *decimal.D // low or high, whichever the newest reading is outside of; nil: within
	since  uint64     // boot time since when readings are outside of passed
	alarm  *decimal.D // low or high, whichever an alarm stands about; nil: none stands
	paused *profile.Pause
}

// newLimit brings the bounds to the digits of the point.
func newLimit(l *profile.Limit, scale uint8, board *Board) (limit, error) {
	out := limit{low: rescale(l.Low, scale), high: rescale(l.High, scale), after: l.After, pauses: l.Pauses, board: board}
	out.clearLow, out.clearHigh = out.low, out.high
	if l.Hysteresis == nil {
		return out, nil
	}
	by := l.Hysteresis.Rat()
	for _, b := range []struct {
		from *decimal.D
		to   **decimal.D
		sign int
	}{{l.Low, &out.clearLow, 1}, {l.High, &out.clearHigh, -1}} {
		if b.from == nil {
			continue
		}
		at := b.from.Rat()
		if b.sign > 0 {
			at.Add(at, by)
		} else {
			at.Sub(at, by)
		}
		v, err := decimal.FromRat(at, max(b.from.Scale, l.Hysteresis.Scale))
		if err != nil {
			return limit{}, fmt.Errorf("limit %v with a hysteresis of %v: %w", b.from, l.Hysteresis, err)
		}
		*b.to = rescale(&v, scale)
	}
	return out, nil
}

// judge holds a value to the limit: each reading outside is marked, an alarm is
// raised once and cleared once.
func (c *limit) judge(v decimal.D, at uint64, out *Verdict) {
	var passed *decimal.D
	switch {
	case c.high != nil && v.Cmp(*c.high) > 0:
		passed = c.high
	case c.low != nil && v.Cmp(*c.low) < 0:
		passed = c.low
	}
	c.pause(at, out)
	if passed != nil {
		out.Marks = append(out.Marks, record.MarkLimit)
		// Two readings outside with none between them are one stretch: a silence
		// does not start the clock anew.
		if c.passed != passed {
			c.since = at
		}
	}
	out.Turned = c.passed != passed
	c.passed = passed
	switch {
	// The clock runs on in a pause: what is still outside when it ends has been so
	// for all that time, and a door opened again and again hides nothing for ever.
	// From below the low limit to above the high one is a new alarm.
	case passed != nil && c.alarm != passed && at-c.since >= c.after && c.paused == nil:
		out.Crossing, out.Limit = Raised, *passed
		c.alarm = passed
	case passed == nil && c.alarm != nil && c.cleared(v):
		out.Crossing, out.Limit = Cleared, *c.alarm
		c.alarm = nil
	}
	out.Outside = c.passed != nil || c.alarm != nil
}

// stand takes up an alarm that was raised before the agent began; false: the limit is
// not among the present ones.
func (c *limit) stand(l decimal.D) bool {
	for _, x := range []*decimal.D{c.low, c.high} {
		if x != nil && x.Cmp(l) == 0 {
			c.alarm = x
			return true
		}
	}
	return false
}

// cleared reports whether a value lies far enough within to end the alarm.
func (c *limit) cleared(v decimal.D) bool {
	if c.alarm == c.high {
		return v.Cmp(*c.clearHigh) <= 0
	}
	return v.Cmp(*c.clearLow) >= 0
}

// pause looks which pause holds now, if any.
func (c *limit) pause(at uint64, out *Verdict) {
	if len(c.pauses) == 0 {
		return
	}
	var now *profile.Pause
	for i := range c.pauses {
		p := &c.pauses[i]
		// Another sampler may have written after this reading was taken.
		if began, ok := c.board.since(p.Point, p.Equals); ok && (at <= began || at-began < p.Most) {
			now = p
			break
		}
	}
	switch {
	case now != nil && c.paused == nil:
		out.Pause = Paused
		out.Why = fmt.Sprintf("while %s is %v, for at most %v", now.Point, now.Equals, time.Duration(now.Most)*time.Microsecond)
	case now == nil && c.paused != nil:
		out.Pause = Resumed
		out.Why = fmt.Sprintf("%s is no longer %v", c.paused.Point, c.paused.Equals)
		if _, still := c.board.since(c.paused.Point, c.paused.Equals); still {
			out.Why = fmt.Sprintf("%s is %v for longer than %v", c.paused.Point, c.paused.Equals, time.Duration(c.paused.Most)*time.Microsecond)
		}
	}
	c.paused = now
}
