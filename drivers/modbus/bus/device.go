package bus

import (
	"fmt"
	"sort"
	"time"
)

// Health is what the bus knows of a device.
type Health uint8

const (
	// Untried: not yet one valid answer, not yet lost.
	Untried Health = iota
	// Healthy: its newest answers were valid.
	Healthy
	// Lost: its breaker is open.
	Lost
)

func (h Health) String() string {
	switch h {
	case Healthy:
		return "healthy"
	case Lost:
		return "lost"
	}
	return "untried"
}

// DeviceState is a device as of now.
type DeviceState struct {
	Device   string
	Health   Health
	Since    time.Duration // boot-monotonic, when Health last changed
	Failures int           // in a row
	Counters Counters
}

// Change tells that a device was lost or found.
type Change struct {
	Device string
	Health Health // Healthy or Lost
	At     time.Duration
	Last   Exchange // the exchange that decided it
}

// Counters count since the bus was made.
type Counters struct {
	Requests   uint64 // handed to Do
	Answers    uint64 // Outcome OK
	Exceptions uint64
	Timeouts   uint64
	CRCErrors  uint64
	WrongUnit  uint64
	Truncated  uint64
	Surplus    uint64
	Malformed  uint64
	BusFaults  uint64
	Skipped    uint64
	// The rest belong to the line and stay 0 in a DeviceState.
	Quarantines    uint64 // times the line was kept silent or the connection dropped
	Noisy          uint64 // quarantines that ended without silence
	DiscardedBytes uint64
	Opens          uint64 // ports opened
	OpenFailures   uint64
}

func (c *Counters) count(o Outcome) {
	c.Requests++
	switch o {
	case OK:
		c.Answers++
	case Exceptional:
		c.Exceptions++
	case NoAnswer:
		c.Timeouts++
	case BadCRC:
		c.CRCErrors++
	case WrongUnit:
		c.WrongUnit++
	case Truncated:
		c.Truncated++
	case Surplus:
		c.Surplus++
	case Malformed:
		c.Malformed++
	case BusFault:
		c.BusFaults++
	case Skipped:
		c.Skipped++
	}
}

// device is a breaker: after some failures in a row only a slow probe goes out.
type device struct {
	health   Health
	since    time.Duration
	failures int
	probeAt  time.Time     // while lost
	interval time.Duration // to the probe after that
	counters Counters
}

// due reports whether a request may go out.
func (d *device) due(now time.Time) bool {
	return d.health != Lost || !now.Before(d.probeAt)
}

func (d *device) succeed() (changed bool) {
	d.failures = 0
	d.interval = 0
	changed = d.health != Healthy
	d.health = Healthy
	return changed
}

func (d *device) fail(c *Config, now time.Time) (changed bool) {
	d.failures++
	if d.failures < c.Failures && d.health != Lost {
		return false
	}
	changed = d.health != Lost
	d.health = Lost
	if d.interval == 0 {
		d.interval = c.ProbeFirst
	}
	d.probeAt = now.Add(c.jitter(d.interval))
	d.interval = min(2*d.interval, c.ProbeMax)
	return changed
}

// device finds or makes the entry of a name; b.mu is held.
func (b *Bus) device(name string) *device {
	d := b.devices[name]
	if d == nil {
		d = &device{since: b.cfg.Clock()}
		b.devices[name] = d
	}
	return d
}

// admit reports why a request to a lost device must wait.
func (b *Bus) admit(name string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.device(name)
	if d.due(now) {
		return nil
	}
	return fmt.Errorf("%s: next probe in %v: %w", name, d.probeAt.Sub(now).Round(time.Millisecond), ErrBreakerOpen)
}

// settle books the end of an exchange and tells of a change.
func (b *Bus) settle(ex *Exchange) {
	b.mu.Lock()
	d := b.device(ex.Device)
	d.counters.count(ex.Outcome)
	b.counters.count(ex.Outcome)
	changed := false
	switch verdict(ex) {
	case alive:
		changed = d.succeed()
	case silent:
		changed = d.fail(&b.cfg, time.Now())
	}
	if changed {
		d.since = b.cfg.Clock()
	}
	change := Change{Device: ex.Device, Health: d.health, At: d.since, Last: *ex}
	b.mu.Unlock()
	if !changed {
		return
	}
	b.cfg.Log.Info("device "+change.Health.String(), "bus", b.cfg.Name, "device", ex.Device, "outcome", ex.Outcome.String())
	if b.cfg.OnChange != nil {
		b.cfg.OnChange(change)
	}
}

// Device tells the state of one device; false if it was never asked.
func (b *Bus) Device(name string) (DeviceState, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.devices[name]
	if !ok {
		return DeviceState{Device: name}, false
	}
	return d.state(name), true
}

// Devices tells the state of every device asked so far, by name.
func (b *Bus) Devices() []DeviceState {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]DeviceState, 0, len(b.devices))
	for name, d := range b.devices {
		all = append(all, d.state(name))
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Device < all[j].Device })
	return all
}

// Counters is a snapshot of the whole bus.
func (b *Bus) Counters() Counters {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counters
}

func (d *device) state(name string) DeviceState {
	return DeviceState{Device: name, Health: d.health, Since: d.since, Failures: d.failures, Counters: d.counters}
}
