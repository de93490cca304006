package site

import (
	"hash/fnv"
	"math"
	"time"
)

// Curve is how a quantity goes through a day: a base, a swing with its peak at
// an hour, something that comes and goes, and noise on top.
type Curve struct {
	Base  float64 // in the point's unit
	Swing float64 // half of what lies between day and night
	Peak  float64 // hour of the day, UTC, at which the swing is highest
	Noise float64 // greatest slow deviation; it wanders over Wander
	// Wander is how long the noise takes to find another value; 0 means a minute.
	Wander time.Duration
	// Cycle makes a saw of Depth and this length on top: a compressor that runs,
	// a hook that goes up and down.
	Cycle time.Duration
	Depth float64
	// Low and High are where the quantity ends, such as 0 and 100 % of humidity;
	// both 0: nowhere.
	Low, High float64
}

// At is the value at an instant.
func (c Curve) At(seed uint64, at time.Time) float64 {
	at = at.UTC()
	day := at.Sub(at.Truncate(24 * time.Hour)).Hours()
	v := c.Base + c.Swing*math.Cos((day-c.Peak)/24*2*math.Pi)
	wander := c.Wander
	if wander <= 0 {
		wander = time.Minute
	}
	v += c.Noise * drift(seed, at, wander)
	if c.Cycle > 0 {
		phase := float64(at.UnixNano()%int64(c.Cycle)) / float64(c.Cycle)
		v += c.Depth * (1 - math.Abs(2*phase-1)) // up and down again
	}
	if c.Low != 0 || c.High != 0 {
		v = min(max(v, c.Low), c.High)
	}
	return v
}

// drift wanders between -1 and 1 without a jump: drawn afresh at each step,
// joined by a smooth curve in between.
func drift(seed uint64, at time.Time, step time.Duration) float64 {
	n := at.UnixNano()
	i := n / int64(step)
	x := float64(n%int64(step)) / float64(step)
	x = x * x * (3 - 2*x)
	return draw(seed, i)*(1-x) + draw(seed, i+1)*x
}

// draw is the random number of one step, between -1 and 1.
func draw(seed uint64, i int64) float64 {
	h := fnv.New64a()
	var b [16]byte
	for k := range 8 {
		b[k], b[8+k] = byte(seed>>(8*k)), byte(uint64(i)>>(8*k))
	}
	h.Write(b[:])
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11)/(1<<52) - 1
}
