package pipeline

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/agent/clock"
	"fieldseal/agent/journal"
	"fieldseal/agent/lamp"
	"fieldseal/agent/seal"
	"fieldseal/agent/uplink"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/drivers/source"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/profile"
)

// Defaults, used where a Config leaves zero.
const (
	DefaultInterval = 10 * time.Second
	// StopPatience is how long a clean stop waits for receipts of what it sealed.
	DefaultStopPatience = 5 * time.Second
)

// Config is the whole agent in plain values.
type Config struct {
	Software string // name and version, as in the configuration's settings
	Identity seal.Identity
	Signer   cose.Signer
	LogKey   note.Verifier
	// SealedBefore says that this key sealed batches in the past, so that an empty
	// journal is a lost one. MarkSealed makes it so, before the first batch.
	SealedBefore bool
	MarkSealed   func() error

	Configuration profile.Config
	Profiles      [][]byte // compiled, every one that a device names
	Buses         []Bus
	Listens       []Listen
	Timing        map[string]Timing // by device id; may lack any
	Lamp          lamp.Output       // of alarms; nil: there is none

	Interval     time.Duration
	StopPatience time.Duration
	Journal      journal.Options
	Dial         uplink.Dial
	Pace         float64 // batches of the backlog a second

	Clock  clock.Source
	Random io.Reader
	Log    *slog.Logger
}

// Bus is one line.
type Bus struct {
	Config bus.Config // Clock, OnChange and Log are set here
	Dial   bus.Dial
}

// Listen is a source with the devices that it hears; these are not polled.
type Listen struct {
	// Open makes the source. boot is the time since the machine started, in µs.
	Open    func(boot func() uint64) (source.Source, error)
	Devices []string
}

// Timing is what a device needs besides its bus's settings; zero means those.
type Timing struct {
	Timeout, Lateness time.Duration
}

// poll is one exchange of one device, bound.
type poll struct {
	device   *profile.Device
	m        *registers.Map
	exchange int
	cadence  time.Duration
	request  bus.Request
}

// heard is a device that speaks by itself, bound.
type heard struct {
	device  *profile.Device
	profile *profile.Profile
}

// expect is the greatest time between two readings of a point; 0: not expected.
func (h *heard) expect(x *profile.Point) time.Duration {
	micros := h.device.Cadence
	if micros == 0 && int(x.Exchange) < len(h.profile.Exchanges) {
		micros = h.profile.Exchanges[x.Exchange].Cadence
	}
	return time.Duration(micros) * time.Microsecond
}

// bind resolves devices, profiles and exchanges: those that are polled, and those
// that are listened to.
func (c *Config) bind() (polls []poll, listened []heard, err error) {
	profiles := map[[32]byte][]byte{}
	for _, b := range c.Profiles {
		profiles[profile.Digest(b)] = b
	}
	speaks := map[string]bool{}
	for _, l := range c.Listens {
		for _, id := range l.Devices {
			speaks[id] = true
		}
	}
	maps := map[[32]byte]*registers.Map{}
	buses := map[string]bool{}
	for _, b := range c.Buses {
		buses[b.Config.Name] = true
	}
	for i := range c.Configuration.Devices {
		d := &c.Configuration.Devices[i]
		compiled := profiles[d.Profile]
		if compiled == nil {
			return nil, nil, fmt.Errorf("device %s: its profile %x is not among those given", d.ID, d.Profile[:4])
		}
		if speaks[d.ID] {
			p, err := profile.Parse(compiled)
			if err != nil {
				return nil, nil, fmt.Errorf("device %s: %w", d.ID, err)
			}
			listened = append(listened, heard{d, p})
			continue
		}
		m := maps[d.Profile]
		if m == nil {
			if m, err = registers.Compiled(compiled); err != nil {
				return nil, nil, fmt.Errorf("device %s: %w", d.ID, err)
			}
			maps[d.Profile] = m
		}
		if !buses[d.Bus] {
			return nil, nil, fmt.Errorf("device %s: bus %q does not exist", d.ID, d.Bus)
		}
		for x := range m.Profile.Exchanges {
			unit, pdu, err := m.Request(d, x)
			if err != nil {
				return nil, nil, fmt.Errorf("device %s: %w", d.ID, err)
			}
			cadence := d.Cadence
			if cadence == 0 {
				cadence = m.Profile.Exchanges[x].Cadence
			}
			if cadence == 0 {
				return nil, nil, fmt.Errorf("device %s: exchange %d of profile %s has no cadence; set one in the site file", d.ID, x, m.Profile.ID)
			}
			t := c.Timing[d.ID]
			polls = append(polls, poll{device: d, m: m, exchange: x, cadence: time.Duration(cadence) * time.Microsecond,
				request: bus.Request{Device: d.ID, Unit: unit, PDU: pdu, Timeout: t.Timeout, Lateness: t.Lateness}})
		}
	}
	if len(listened) < len(speaks) {
		return nil, nil, fmt.Errorf("%d devices are listened to and %d of them are configured", len(speaks), len(listened))
	}
	return polls, listened, nil
}
