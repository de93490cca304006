//go:build linux

package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// Instrument is one device to play: how the site file binds it, what its profile
// says, and how each of its points goes through the day.
type Instrument struct {
	Device  *profile.Device
	Profile *profile.Profile
	Curves  map[string]Curve // by point name
}

// Player plays the instruments of one site on pseudo-terminals, one a bus.
type Player struct {
	buses map[string]*bus
	units map[string]*instrument // by device
	now   func() time.Time
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

type bus struct {
	pty    *line.PTY
	slaves *device.Slaves
}

// Think is how long an instrument takes to answer.
const Think = 12 * time.Millisecond

// Start makes dir/<bus> for every bus that the instruments name and answers
// there until Close.
func Start(dir string, seed uint64, now func() time.Time, instruments ...Instrument) (*Player, error) {
	p := &Player{buses: map[string]*bus{}, units: map[string]*instrument{}, now: now}
	byBus := map[string][]*instrument{}
	for _, x := range instruments {
		in, err := newInstrument(seed, x.Device, x.Profile, x.Curves)
		if err != nil {
			return nil, err
		}
		for _, other := range byBus[x.Device.Bus] {
			if other.unit == in.unit {
				return nil, fmt.Errorf("simulate %s: unit %d of bus %s is %s already", x.Device.ID, in.unit, x.Device.Bus, other.device.ID)
			}
		}
		byBus[x.Device.Bus] = append(byBus[x.Device.Bus], in)
		p.units[x.Device.ID] = in
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for name, on := range byBus {
		pty, err := line.NewPTY(filepath.Join(dir, name))
		if err != nil {
			p.Close()
			return nil, fmt.Errorf("bus %s: %w", name, err)
		}
		var units []byte
		for _, in := range on {
			units = append(units, in.unit)
		}
		b := &bus{pty, device.New(seed, image(on, now), units...)}
		for _, u := range units {
			b.slaves.SetTurnaround(u, Think)
		}
		p.buses[name] = b
		p.wg.Go(func() { b.slaves.ServeLine(ctx, pty.Slave()) })
	}
	return p, nil
}

func image(on []*instrument, now func() time.Time) device.Image {
	return func(unit, function byte, address, count uint16) ([]uint16, byte) {
		i := slices.IndexFunc(on, func(in *instrument) bool { return in.unit == unit })
		if i < 0 {
			return nil, device.DeviceFailure
		}
		return on[i].read(function, address, count, now())
	}
}

// Path is what an agent opens for a bus.
func (p *Player) Path(bus string) string {
	if b := p.buses[bus]; b != nil {
		return b.pty.Path()
	}
	return ""
}

// Close takes the lines away and waits for the instruments to fall silent.
func (p *Player) Close() error {
	p.stop()
	p.wg.Wait()
	var errs []error
	for _, b := range p.buses {
		errs = append(errs, b.pty.Close())
	}
	return errors.Join(errs...)
}

// with runs f on a device's unit.
func (p *Player) with(id string, f func(b *bus, in *instrument)) {
	if in := p.units[id]; in != nil {
		f(p.buses[in.device.Bus], in)
	}
}

// point runs f on the instrument that has a point "device/name".
func (p *Player) point(id string, f func(in *instrument, name string)) {
	dev, name, _ := strings.Cut(id, "/")
	p.with(dev, func(_ *bus, in *instrument) {
		in.mu.Lock()
		defer in.mu.Unlock()
		f(in, name)
	})
}

// Late makes the next answer of a device late. With the others, it makes a
// Player a fault.Injector.
func (p *Player) Late(id string, delay time.Duration) {
	p.with(id, func(b *bus, in *instrument) { b.slaves.Next(in.unit, device.Fault{Kind: device.Late, Delay: delay}) })
}

// Dead lets a device fall silent, or brings it back.
func (p *Player) Dead(id string, dead bool) {
	p.with(id, func(b *bus, in *instrument) { b.slaves.SetAlive(in.unit, !dead) })
}

// Hold keeps a point at a value, in its own unit.
func (p *Player) Hold(id string, value float64) {
	p.point(id, func(in *instrument, name string) { in.held[name] = value })
}

// NoValue makes a point show its "no value" pattern, if its profile has one.
func (p *Player) NoValue(id string) {
	p.point(id, func(in *instrument, name string) { in.blank[name] = true })
}

// Free lets a point go its own way again.
func (p *Player) Free(id string) {
	p.point(id, func(in *instrument, name string) {
		delete(in.held, name)
		delete(in.blank, name)
	})
}

// Vanish pulls the adapter of a bus, or plugs it in again.
func (p *Player) Vanish(id string, gone bool) {
	b := p.buses[id]
	switch {
	case b == nil:
	case gone:
		b.pty.Vanish()
	default:
		// A pseudo-terminal that cannot be had now is asked for again with the next
		// return; the agent sees a bus that stays away.
		_ = b.pty.Return()
	}
}
