// Package cranebox simulates tower cranes' black boxes of protocol 0EH: real-time data
// of 66 bytes at a pace, heartbeats in between.
//
// It is not a model of any product, and shares no code with drivers/crane. Invariant:
// what a profile does not name is sent as zero.
package cranebox

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// Config is one box.
type Config struct {
	Device  *profile.Device // its address is the box's id, 6 hexadecimal digits
	Profile *profile.Profile
	Value   number.Value
	Dial    func(ctx context.Context) (net.Conn, error)
	Now     func() time.Time
}

// Box is one black box.
type Box struct {
	cfg   Config
	id    []byte
	names []string // by point

	mu    sync.Mutex
	dead  bool
	away  bool
	next  []Kind
	delay time.Duration
	cut   func()
}

// fields are where numbers stand and how many of their units make one.
var fields = map[string]struct {
	at, bytes int
	units     float64
}{
	"lon": {18, 4, 1e5}, "lat": {22, 4, 1e5}, "height": {26, 2, 100}, "radius": {28, 2, 100}, "slew": {30, 2, 10}, "load": {32, 2, 100}, "wind": {34, 2, 100},
	"tilt-x": {36, 2, 100}, "tilt-y": {38, 2, 100}, "safe-torque": {40, 2, 10}, "safe-load": {42, 2, 100}, "falls": {44, 1, 1},
}

// bits are where switches and alarms stand: byte and bit.
var bits = map[string][2]int{
	"limit-left": {51, 0}, "limit-right": {51, 2}, "limit-up": {51, 5}, "limit-down": {51, 6}, "limit-outer": {52, 1}, "limit-inner": {52, 2},
	"warning-wind": {55, 0}, "warning-overload": {55, 1}, "warning-collision": {55, 2}, "warning-torque": {55, 3}, "warning-tilt": {55, 4},
	"alarm-wind": {59, 0}, "alarm-overload": {59, 1}, "alarm-collision": {59, 2}, "alarm-torque": {59, 3}, "alarm-tilt": {59, 4},
}

// New makes a box of a compiled profile.
func New(cfg Config) (*Box, error) {
	b := &Box{cfg: cfg}
	var err error
	if b.id, err = hex.DecodeString(cfg.Device.Address); err != nil || len(b.id) != 3 {
		return nil, fmt.Errorf("simulate %s: %q is no id of 6 hexadecimal digits", cfg.Device.ID, cfg.Device.Address)
	}
	if cfg.Device.Cadence == 0 {
		return nil, fmt.Errorf("simulate %s: it has no cadence", cfg.Device.ID)
	}
	for i := range cfg.Profile.Points {
		r := cborx.NewReader(cfg.Profile.Points[i].Source)
		name := r.Text(32)
		_, isBit := bits[name]
		if _, ok := fields[name]; r.Done() != nil || !ok && !isBit {
			return nil, fmt.Errorf("simulate %s: reading %q cannot be simulated", cfg.Device.ID, name)
		}
		b.names = append(b.names, name)
	}
	return b, nil
}

// SetAlive lets the box report, or takes its power away.
func (b *Box) SetAlive(alive bool) { b.set(func() { b.dead = !alive }) }

// SetReach cuts the box off, or lets it dial again. It keeps nothing meanwhile.
func (b *Box) SetReach(reach bool) { b.set(func() { b.away = !reach }) }

// Late delays the next frame.
func (b *Box) Late(delay time.Duration) { b.set(func() { b.delay = delay }) }

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave, each of the next frame, which is not sent again.
const (
	Garbage Kind = iota + 1 // bytes of something else before it
	BadTail                 // its end is not that of a frame; it has no check
	Torn                    // its second half is missing
)

// Next makes the next frames misbehave, one each.
func (b *Box) Next(k ...Kind) { b.set(func() { b.next = append(b.next, k...) }) }

func (b *Box) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	if (b.dead || b.away) && b.cut != nil {
		b.cut()
	}
}

// Run reports until ctx ends.
func (b *Box) Run(ctx context.Context) {
	for ctx.Err() == nil {
		// What ended a connection is for its other end to tell.
		_ = b.connect(ctx)
		pause(ctx, 500*time.Millisecond)
	}
}

func (b *Box) connect(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	b.mu.Lock()
	if b.dead || b.away {
		b.mu.Unlock()
		return nil
	}
	b.cut = stop
	b.mu.Unlock()
	c, err := b.cfg.Dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	tick := time.NewTicker(time.Duration(b.cfg.Device.Cadence) * time.Microsecond)
	defer tick.Stop()
	for {
		b.mu.Lock()
		delay, how := b.delay, Kind(0)
		b.delay = 0
		if len(b.next) > 0 {
			how, b.next = b.next[0], b.next[1:]
		}
		b.mu.Unlock()
		pause(ctx, delay)
		f, err := b.frame(b.cfg.Now())
		if err == nil {
			switch how {
			case Garbage:
				f = append([]byte{0x7E, 0x41, 0x54, 0x0D, 0x7E}, f...)
			case BadTail:
				f[len(f)-1] ^= 0x40
			case Torn:
				f = f[:len(f)/2]
			}
			if _, err := c.Write(f); err != nil {
				return err
			}
		}
		if _, err := c.Write(append(append([]byte{0x7E, 0x7E, 0x0E, 0x00, 0x00}, b.id...), 0x7D, 0x7D)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// frame is the real-time data of an instant.
func (b *Box) frame(at time.Time) ([]byte, error) {
	f := make([]byte, 66)
	copy(f, []byte{0x7E, 0x7E, 0x0E, 0x01, 0x00})
	copy(f[5:], b.id)
	clock, err := hex.DecodeString(at.In(time.FixedZone("", 8*3600)).Format("060102150405"))
	if err != nil {
		return nil, err
	}
	copy(f[12:], clock)
	for i, name := range b.names {
		x := &b.cfg.Profile.Points[i]
		v, ok := b.cfg.Value(x.Name, at)
		if !ok {
			continue
		}
		raw, err := number.Raw(b.cfg.Profile, b.cfg.Device, x, v)
		if err != nil {
			return nil, fmt.Errorf("point %s: %w", x.Name, err)
		}
		value, _ := raw.Float64()
		if p, isBit := bits[name]; isBit {
			if value != 0 {
				f[p[0]] |= 1 << p[1]
			}
			continue
		}
		p := fields[name]
		n := int64(math.Round(value * p.units))
		for k := range p.bytes {
			f[p.at+k] = byte(n >> (8 * k))
		}
	}
	f[64], f[65] = 0x7D, 0x7D
	return f, nil
}

// String is the box's id.
func (b *Box) String() string { return strings.ToUpper(hex.EncodeToString(b.id)) }

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
