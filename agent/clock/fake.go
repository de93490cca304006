package clock

import (
	"sync"
	"time"

	"fieldseal/evidence/batch"
)

// Fake is a source that a test sets. Time passes with package time, so inside
// testing/synctest it is virtual.
type Fake struct {
	mu      sync.Mutex
	start   time.Time
	boot    uint64
	shift   int64
	quality batch.Clock
	machine string
}

// NewFake starts at the begin of 2026 with a good clock, on a machine that has
// been up for boot.
func NewFake(boot time.Duration) *Fake {
	return &Fake{
		start:   time.Now(),
		boot:    uint64(boot.Microseconds()),
		shift:   time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
		quality: batch.Clock{Source: batch.ClockNTP, Bound: 5000},
		machine: "fake-machine",
	}
}

// Read implements Source.
func (f *Fake) Read() (int64, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	passed := time.Since(f.start).Microseconds()
	return f.shift + passed, f.boot + uint64(passed)
}

// Quality implements Source.
func (f *Fake) Quality() batch.Clock {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.quality
}

// Machine implements Source.
func (f *Fake) Machine() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.machine
}

// Set moves the wall clock by d, as a person or a time daemon does.
func (f *Fake) Set(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shift += d.Microseconds()
}

// SetQuality changes what Quality says.
func (f *Fake) SetQuality(q batch.Clock) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.quality = q
}

// Restart is a restart of the machine: boot time begins again.
func (f *Fake) Restart(machine string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	passed := time.Since(f.start).Microseconds()
	f.shift += passed
	f.start, f.boot, f.machine = time.Now(), 0, machine
}
