package site

import (
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

// Version is the version of the site file.
const Version = 1

// Defaults of what a site file may leave out.
const (
	DefaultInterval     = 10 * time.Second
	DefaultMaxBytes     = 512 << 20
	DefaultMaxAge       = 90 * 24 * time.Hour
	DefaultKeepReleased = 7 * 24 * time.Hour
	DefaultBacklog      = 20
	DefaultHealth       = "127.0.0.1:9411"
)

// Site is a whole site file, checked.
type Site struct {
	File     string
	ID       string        // of the site
	Name     string        // for people; the id when none is given
	Interval time.Duration // how long a batch stays open
	Gateway  Gateway
	Notary   Notary
	Buses    []Bus    // in the file's order
	Devices  []Device // ascending by id
	Journal  Journal
	Uplink   Uplink
	Listen   Listen
	Lamp     Lamp // of alarms; zero: there is none
	// Warnings are what works and should be looked at.
	Warnings []document.Problem
}

// Gateway is the machine that runs the agent.
type Gateway struct {
	ID   string
	Data string // folder of key, journal and what enrolment left; as written
}

// Notary is where the gateway enrols; what it learns there stays in its data folder.
type Notary struct {
	Address string // host:port of the enrolment service; may be empty
}

// Device is one instrument on a bus.
type Device struct {
	ID       string
	Bus      string
	Unit     byte   // of a Modbus instrument
	Named    string // what any other is told by on its bus, such as an MN; empty where a bus has one
	Profile  *instrument.File
	Cadence  time.Duration // 0: the profile's
	Params   []profile.ParamValue
	Limits   []profile.Limit
	Record   Record
	Instance string // maker's serial number
	Keys     []Key  // of what it encrypts
	Area     *profile.Area
	Line     int // in the file

	pauseLines []pauseLine
}

// Key is a key that opens encrypted content: the name by which records speak of it,
// and the file that holds it.
type Key struct{ ID, File string }

// CadenceOf is how often an exchange of the device is read, or expected; 0: not
// expected.
func (d *Device) CadenceOf(exchange int) time.Duration {
	if d.Cadence > 0 {
		return d.Cadence
	}
	if exchange >= len(d.Profile.Profile.Exchanges) {
		return 0
	}
	return time.Duration(d.Profile.Profile.Exchanges[exchange].Cadence) * time.Microsecond
}

// Journal bounds what the gateway keeps.
type Journal struct {
	MaxBytes     int64         // of payloads
	MaxAge       time.Duration // of payloads not yet released
	KeepReleased time.Duration // how long released entries stay while there is room
}

// Uplink is the way to the notary.
type Uplink struct {
	Broker  string // host:port in place of the one that enrolment gave
	Backlog int    // batches of the backlog sent in a second, at most
}

// Listen is where the agent itself listens.
type Listen struct {
	Health string // host:port of /healthz and /metrics; "off" for nowhere
}

// Bus finds a bus by id.
func (s *Site) Bus(id string) (*Bus, bool) {
	for i := range s.Buses {
		if s.Buses[i].ID == id {
			return &s.Buses[i], true
		}
	}
	return nil, false
}

// Hears says that the agent is not the device's Modbus master: it speaks by
// itself, its driver's own link asks it, or its line is tapped.
func (s *Site) Hears(d *Device) bool {
	b, ok := s.Bus(d.Bus)
	return d.Profile.Speaks() || ok && b.Tap
}

// Messages are the names of what the device is expected to say.
func (d *Device) Messages() []string {
	if len(d.Profile.Exchanges) == 0 {
		return []string{"all"} // the protocol has one message with values
	}
	return d.Profile.Exchanges
}

// Heard are the devices on a bus that the agent is not the Modbus master of, in
// the file's order; a bus has none or nothing else.
func (s *Site) Heard(bus string) []*Device {
	var out []*Device
	for i := range s.Devices {
		if d := &s.Devices[i]; d.Bus == bus && s.Hears(d) {
			out = append(out, d)
		}
	}
	return out
}

// Polled reports whether the agent is the Modbus master of a bus.
func (s *Site) Polled(b *Bus) bool {
	return (b.Kind == instrument.Serial || b.Kind == instrument.TCP) && len(s.Heard(b.ID)) == 0
}

// Device finds a device by id.
func (s *Site) Device(id string) (*Device, bool) {
	for i := range s.Devices {
		if s.Devices[i].ID == id {
			return &s.Devices[i], true
		}
	}
	return nil, false
}
