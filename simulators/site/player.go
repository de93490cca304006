//go:build linux

package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/station"
)

// Instrument is one device to play: how the site file binds it, what its profile
// says, and how each of its points goes through the day.
type Instrument struct {
	Device  *profile.Device
	Profile *profile.Profile
	Curves  map[string]Curve // by point name
	Bus     *config.Bus      // nil: a serial line
}

// Player plays the instruments of one site: on pseudo-terminals, at ports, and as
// those who dial in or publish.
type Player struct {
	ways  map[string]*way
	parts map[string]part      // by device
	all   map[string]*measured // by device
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

// part is one instrument as its protocol plays it.
type part interface {
	SetAlive(alive bool)
	Late(delay time.Duration)
	Spoil(how fault.Kind) // Garbage, BadCheck or Torn
}

// way is one bus.
type way struct {
	path   string // what an agent opens; empty where it is no line
	vanish func(gone bool)
	close  func() error
}

// stage is what a protocol gets to play a bus.
type stage struct {
	*Player
	ctx  context.Context
	name string
	dir  string
	seed uint64
	now  func() time.Time
	on   *config.Bus
	cast []Instrument
}

// Start plays every bus that the instruments name until Close; a serial line is
// dir/<bus>.
func Start(dir string, seed uint64, now func() time.Time, instruments ...Instrument) (*Player, error) {
	p := &Player{ways: map[string]*way{}, parts: map[string]part{}, all: map[string]*measured{}}
	buses := map[string]*stage{}
	for _, x := range instruments {
		m, err := measure(seed, x.Device, x.Profile, x.Curves)
		if err != nil {
			return nil, err
		}
		p.all[x.Device.ID] = m
		b := buses[x.Device.Bus]
		if b == nil {
			b = &stage{Player: p, name: x.Device.Bus, dir: dir, seed: seed, now: now, on: x.Bus}
			buses[x.Device.Bus] = b
		}
		b.cast = append(b.cast, x)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for _, name := range slices.Sorted(maps.Keys(buses)) {
		b := buses[name]
		b.ctx = ctx
		protocol := b.cast[0].Profile.Protocol
		play, ok := protocols[protocol]
		err := fmt.Errorf("instruments of protocol %s cannot be simulated", protocol)
		if ok {
			p.ways[name], err = play(b)
		}
		if err != nil {
			delete(p.ways, name)
			return nil, errors.Join(fmt.Errorf("bus %s: %w", name, err), p.Close())
		}
	}
	return p, nil
}

// Path is what an agent opens for a serial bus.
func (p *Player) Path(bus string) string {
	if b := p.ways[bus]; b != nil {
		return b.path
	}
	return ""
}

// Close takes the lines away and waits for the instruments to fall silent.
func (p *Player) Close() error {
	p.stop()
	var errs []error
	for _, b := range p.ways {
		if b.close != nil {
			errs = append(errs, b.close())
		}
	}
	p.wg.Wait()
	return errors.Join(errs...)
}

// point runs f on the device that has a point "device/name".
func (p *Player) point(id string, f func(m *measured, name string)) {
	dev, name, _ := strings.Cut(id, "/")
	if m := p.all[dev]; m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		f(m, name)
	}
}

// Late makes the next answer or report of a device late. With the others, it makes
// a Player a fault.Injector.
func (p *Player) Late(id string, delay time.Duration) {
	if x := p.parts[id]; x != nil {
		x.Late(delay)
	}
}

// Spoil damages the next answer or report of a device.
func (p *Player) Spoil(id string, how fault.Kind) {
	if x := p.parts[id]; x != nil {
		x.Spoil(how)
	}
}

// Dead lets a device fall silent, or brings it back.
func (p *Player) Dead(id string, dead bool) {
	if x := p.parts[id]; x != nil {
		x.SetAlive(!dead)
	}
}

// Hold keeps a point at a value, in its own unit.
func (p *Player) Hold(id string, value float64) {
	p.point(id, func(m *measured, name string) { m.held[name] = value })
}

// NoValue makes a point show its "no value" pattern, or nothing if its profile has
// none.
func (p *Player) NoValue(id string) {
	p.point(id, func(m *measured, name string) { m.blank[name] = true })
}

// Free lets a point go its own way again.
func (p *Player) Free(id string) {
	p.point(id, func(m *measured, name string) {
		delete(m.held, name)
		delete(m.blank, name)
	})
}

// Split makes a station send its next message in parts; other devices have none.
func (p *Player) Split(id string) {
	if x, ok := p.parts[id].(ofStation); ok {
		x.Next(station.Fault{Kind: station.Split})
	}
}

// Acknowledged is how many messages of a device were acknowledged to it; ok is false
// for devices that are asked or get no answer.
func (p *Player) Acknowledged(id string) (n int, ok bool) {
	if x, ok := p.parts[id].(interface{ Acknowledged() int }); ok {
		return x.Acknowledged(), true
	}
	return 0, false
}

// Value is what a point "device/name" measures at an instant; ok is false while it
// has no value.
func (p *Player) Value(id string, at time.Time) (v float64, ok bool) {
	dev, name, _ := strings.Cut(id, "/")
	m := p.all[dev]
	if m == nil {
		return 0, false
	}
	return m.Value(name, at)
}

// Vanish pulls the adapter of a bus or cuts its connections, or mends it again.
func (p *Player) Vanish(id string, gone bool) {
	if b := p.ways[id]; b != nil && b.vanish != nil {
		b.vanish(gone)
	}
}
