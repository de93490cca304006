package site

import (
	"fmt"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
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

// Bus is one serial line, one server that is dialled, or one port at which
// stations dial in.
type Bus struct {
	ID   string
	Kind instrument.Kind
	// Of a serial line. The settings are the file's, else those that the profiles
	// of its devices agree on.
	Path     string
	Baud     int
	DataBits int
	Parity   byte // 'N', 'E' or 'O'
	StopBits int
	Echo     bool
	RTS      string // none, rts-high-on-send or rts-low-on-send
	// Of a TCP server, or of the port at which stations dial in.
	Address string // host:port
	// Tee is the platform, host:port, that had the stations' bytes before and goes
	// on having them; empty: the agent answers the stations itself.
	Tee string
	Via record.Path
	// Timeout is how long a slave may take, Quiet how long the line must be silent
	// after a fault; 0: the bus master's defaults.
	Timeout, Quiet time.Duration
	Line           int // in the file
}

// Settings is the line as an engineer writes it, such as "9600 8N1".
func (b *Bus) Settings() string {
	if b.Kind != instrument.Serial {
		return string(b.Kind)
	}
	return fmt.Sprintf("%d %d%c%d", b.Baud, b.DataBits, b.Parity, b.StopBits)
}

// CharTime is how long one character takes on the wire; 0 for TCP.
func (b *Bus) CharTime() time.Duration {
	if b.Kind != instrument.Serial || b.Baud <= 0 {
		return 0
	}
	bits := 1 + b.DataBits + b.StopBits
	if b.Parity != 'N' {
		bits++
	}
	return time.Duration(bits) * time.Second / time.Duration(b.Baud)
}

// Where is the path of a serial line or the address of a server.
func (b *Bus) Where() string {
	if b.Kind != instrument.Serial {
		return b.Address
	}
	return b.Path
}

// Device is one instrument on a bus.
type Device struct {
	ID       string
	Bus      string
	Unit     byte   // of a Modbus instrument
	Station  string // MN of a station that reports by HJ 212
	Profile  *instrument.File
	Cadence  time.Duration // 0: the profile's
	Params   []profile.ParamValue
	Limits   []profile.Limit
	Instance string // maker's serial number
	Line     int    // in the file
}

// CadenceOf is how often an exchange of the device is read.
func (d *Device) CadenceOf(exchange int) time.Duration {
	if d.Cadence > 0 {
		return d.Cadence
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

// Stations are the devices on a bus that report by themselves, in the file's
// order; a bus has none or nothing else.
func (s *Site) Stations(bus string) []*Device {
	var out []*Device
	for i := range s.Devices {
		if d := &s.Devices[i]; d.Bus == bus && d.Profile.Speaks() {
			out = append(out, d)
		}
	}
	return out
}

// Polled reports whether the agent is the master of a bus.
func (s *Site) Polled(b *Bus) bool {
	return b.Kind != instrument.Listen && len(s.Stations(b.ID)) == 0
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
