package check

import (
	"fmt"
	"math"
	"math/big"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Crossing tells that a reading raised or cleared the alarm of a limit.
type Crossing uint8

// The crossings.
const (
	None    Crossing = iota
	Raised           // outside for as long as the limit allows
	Cleared          // within again, by the limit's hysteresis
)

// Verdict is what a reading adds.
type Verdict struct {
	Marks    []record.Mark // ascending; nil for a good reading
	Crossing Crossing
	Limit    decimal.D // the limit that was crossed, in either direction
	Outside  bool      // of the limit, or its alarm stands
	Turned   bool      // from within to outside, back, or to the other side
	Pause    Change    // of the limit
	Why      string    // of Pause
}

// Point judges the readings of one point. It is for one goroutine.
type Point struct {
	min, max *decimal.D
	rate     *decimal.D // per second
	stuck    uint64     // µs
	limit    limit

	seen    bool
	value   decimal.D
	at      uint64 // boot time of value
	changed uint64 // boot time since when value has not changed
}

// New takes the bounds of a point from its profile and its device. Pauses of its
// limit look at the board; without one they never hold.
func New(p *profile.Profile, d *profile.Device, x *profile.Point, board *Board) (*Point, error) {
	c := &Point{stuck: x.Stuck, rate: x.MaxRate}
	for _, b := range []struct {
		from *profile.Bound
		to   **decimal.D
	}{{x.Min, &c.min}, {x.Max, &c.max}} {
		if b.from == nil {
			continue
		}
		v, err := d.Resolve(p, *b.from)
		if err != nil {
			return nil, fmt.Errorf("point %s/%s: %w", d.ID, x.Name, err)
		}
		*b.to = rescale(&v, x.Decimals)
	}
	for i := range d.Limits {
		if d.Limits[i].Point != x.Name {
			continue
		}
		var err error
		if c.limit, err = newLimit(&d.Limits[i], x.Decimals, board); err != nil {
			return nil, fmt.Errorf("point %s/%s: %w", d.ID, x.Name, err)
		}
	}
	return c, nil
}

// Stand takes up an alarm of a limit that was raised and not cleared before the agent
// began: it is not raised again, and a reading far enough within clears it. False: the
// point has no such limit any more.
func (c *Point) Stand(limit decimal.D) bool { return c.limit.stand(limit) }

// rescale brings a bound to the digits of the readings where that is exact, so
// that comparing is comparing integers.
func rescale(d *decimal.D, scale uint8) *decimal.D {
	if d == nil {
		return nil
	}
	if out, err := decimal.FromRat(d.Rat(), scale); err == nil && out.Cmp(*d) == 0 {
		return &out
	}
	return d
}

// normalFlag reports whether an instrument's own flag says that all is well:
// none, or the N of HJ 212-2017 §6.6.
func normalFlag(flag string) bool { return flag == "" || flag == "N" }

// Check judges a value taken at a boot time in µs. Times must ascend.
func (c *Point) Check(v decimal.D, flag string, at uint64) Verdict {
	var out Verdict
	mark := func(m record.Mark) { out.Marks = append(out.Marks, m) }
	if c.min != nil && v.Cmp(*c.min) < 0 || c.max != nil && v.Cmp(*c.max) > 0 {
		mark(record.MarkRange)
	}
	if c.seen && c.rate != nil && at > c.at && faster(c.value, v, at-c.at, *c.rate) {
		mark(record.MarkRate)
	}
	if !c.seen || v.Cmp(c.value) != 0 {
		c.changed = at
	} else if c.stuck > 0 && at-c.changed > c.stuck {
		mark(record.MarkStuck)
	}
	if !normalFlag(flag) {
		mark(record.MarkInstrument)
	}
	c.limit.judge(v, at, &out)
	c.seen, c.value, c.at = true, v, at
	return out
}

// faster reports whether b - a within µs exceeds rate per second. Floats settle
// what is plain; what is close is settled exactly.
func faster(a, b decimal.D, micros uint64, rate decimal.D) bool {
	moved := math.Abs(b.Float() - a.Float())
	may := rate.Float() * float64(micros) / 1e6
	if moved < may*0.999 {
		return false
	}
	diff := new(big.Rat).Sub(b.Rat(), a.Rat())
	bound := new(big.Rat).Mul(rate.Rat(), big.NewRat(int64(micros), 1_000_000))
	return diff.Abs(diff).Cmp(bound) > 0
}
