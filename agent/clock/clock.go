package clock

import (
	"sync"
	"time"

	"fieldseal/evidence/batch"
)

// Usable is the earliest wall time at which a reading can be timed at all, in
// Unix µs: 2020-01-01. Before it the clock was certainly never set, for the
// software is younger; such a moment must not be sealed as a reading's time.
const Usable = 1_577_836_800 * 1_000_000

// Threshold is how far wall time may move against boot time before that is a
// step. Slewing moves both clocks alike, so what is left is reading jitter.
const Threshold = 50 * time.Millisecond

// Source reads the machine's clocks.
type Source interface {
	// Read gives the wall clock (Unix µs) and the time since the machine started
	// (µs, sleep included) of one instant.
	Read() (wall int64, boot uint64)
	// Quality tells how the wall clock is set as of now.
	Quality() batch.Clock
	// Machine names this run of the machine; it changes with each restart.
	Machine() string
}

// Step is a change of the wall clock that was not the passing of time.
type Step struct {
	Before, After int64  // Unix µs just before and just after
	Boot          uint64 // µs since the machine started
}

// Clock holds the offset between wall and boot time from step to step. It is
// safe for many goroutines.
type Clock struct {
	src Source

	mu     sync.Mutex
	offset int64 // wall − boot, µs
	drift  int64 // of the last look, µs, below Threshold
}

// New reads the source once.
func New(src Source) *Clock {
	wall, boot := src.Read()
	return &Clock{src: src, offset: wall - int64(boot)}
}

// Boot is the time since the machine started, in µs.
func (c *Clock) Boot() uint64 {
	_, boot := c.src.Read()
	return boot
}

// Since is Boot as a duration: what a bus master stamps its exchanges with.
func (c *Clock) Since() time.Duration { return time.Duration(c.Boot()) * time.Microsecond }

// Now is the wall time in Unix µs and the boot time in µs of one instant, by the
// offset in force. Call [Clock.Check] first where a step must not be missed.
func (c *Clock) Now() (wall int64, boot uint64) {
	_, boot = c.src.Read()
	return c.At(boot), boot
}

// At is the wall time of a boot time, by the offset in force.
func (c *Clock) At(boot uint64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(boot) + c.offset
}

// Check looks whether the wall clock was set or stepped since the last Check. If
// so, it tells the step once and takes the new offset.
func (c *Clock) Check() (Step, bool) {
	wall, boot := c.src.Read()
	c.mu.Lock()
	defer c.mu.Unlock()
	held := int64(boot) + c.offset
	c.drift = wall - held
	if abs(c.drift) <= Threshold.Microseconds() {
		return Step{}, false
	}
	c.offset, c.drift = wall-int64(boot), 0
	return Step{Before: held, After: wall, Boot: boot}, true
}

// Quality is the source's quality; what the held offset is off counts too.
func (c *Clock) Quality() batch.Clock {
	q := c.src.Quality()
	c.mu.Lock()
	defer c.mu.Unlock()
	if q.Bound > 0 {
		q.Bound += uint64(abs(c.drift))
	}
	if q.Source == batch.ClockUnset {
		q.Bound = 0
	}
	return q
}

// Machine names this run of the machine.
func (c *Clock) Machine() string { return c.src.Machine() }

// Worse is the quality of a stretch that had a at its begin and b at its end.
func Worse(a, b batch.Clock) batch.Clock {
	out := b
	if rank(a.Source) < rank(b.Source) {
		out = a
	}
	switch {
	case a.Bound == 0 || b.Bound == 0:
		out.Bound = 0 // not known at one end is not known
	default:
		out.Bound = max(a.Bound, b.Bound)
	}
	return out
}

func rank(s batch.ClockSource) int {
	switch s {
	case batch.ClockManual:
		return 1
	case batch.ClockRTC:
		return 2
	case batch.ClockNTP:
		return 3
	case batch.ClockGNSS:
		return 4
	}
	return 0
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
