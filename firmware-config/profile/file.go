package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// Protocol is the family of protocols of instruments whose master the agent is.
// The bus decides between its serial and its network form. All others are written
// in a dialect each.
const Protocol = "modbus"

// File is one profile as written.
type File struct {
	Name string // path or name, as errors call it
	// Profile is ready to compile; where its Protocol is empty, For fills it in.
	Profile   profile.Profile
	Exchanges []string           // names, by index in Profile.Exchanges
	Reads     []registers.Read   // by exchange
	Sources   []registers.Source // by point
	Line      Line
	// Timeout is how long the instrument may take to begin and end an answer,
	// beyond the time on the wire; Lateness how long after that it is known to
	// answer still. 0: the bus's.
	Timeout, Lateness time.Duration
	Golden            []Golden

	dialect       *dialect // nil: Modbus
	words, places []string // what each exchange and point is on the wire, for people
}

// Line is what the instrument's serial line needs.
type Line struct {
	Bauds    []int // possible rates, the factory setting first
	DataBits int
	Parity   byte // 'N', 'E' or 'O'
	StopBits int
	Echo     bool   // the instrument's own adapter gives back what is sent
	RTS      string // none, rts-high-on-send or rts-low-on-send
}

// Settings is the line at a rate as an engineer writes it, such as "9600 8N1".
func (l Line) Settings(baud int) string {
	return fmt.Sprintf("%d %d%c%d", baud, l.DataBits, l.Parity, l.StopBits)
}

// String is every possible setting, the factory's first.
func (l Line) String() string {
	all := make([]string, len(l.Bauds))
	for i, b := range l.Bauds {
		all[i] = l.Settings(b)
	}
	return strings.Join(all, " or ")
}

// Fits reports whether the instrument can be on a line of these settings.
func (l Line) Fits(baud, dataBits int, parity byte, stopBits int) bool {
	return slices.Contains(l.Bauds, baud) && l.DataBits == dataBits && l.Parity == parity && l.StopBits == stopBits
}

// Golden is a request with a raw reply and what they must decode to. It drives
// tests, the simulator and the docs.
type Golden struct {
	Name    string
	Source  string // where the frame comes from
	Request []byte // a whole RTU frame, checksum included; of a speaker, what was sent, if anything
	Reply   []byte
	Address string               // of a speaker: the device's, as in a site file
	Topic   string               // of a speaker: the MQTT topic
	Params  []profile.ParamValue // ascending by name
	Values  []Expected           // every point of the exchange, in the profile's order
	Line    int                  // in the file
}

// Expected is the value of one point of a golden frame.
type Expected struct {
	Point string
	Value *decimal.D // nil: the bytes mean "no value"
}

// Kind is a kind of bus.
type Kind string

// The kinds of bus.
const (
	Serial Kind = "serial"
	TCP    Kind = "tcp"
	Listen Kind = "listen" // stations dial in
	MQTT   Kind = "mqtt"   // sensors publish
	GPIO   Kind = "gpio"   // contacts and counters
	I2C    Kind = "i2c"
	W1     Kind = "w1" // 1-wire
)

// Kinds are all of them.
var Kinds = []Kind{Serial, TCP, Listen, MQTT, GPIO, I2C, W1}

// Speaks says that the agent is not the instrument's Modbus master: it reports by
// itself, or its driver's own link asks it.
func (f *File) Speaks() bool { return f.dialect != nil }

// Fits says whether the instrument can be on a bus of a kind.
func (f *File) Fits(k Kind) bool {
	if f.dialect == nil {
		return k == Serial || k == TCP
	}
	return slices.Contains(f.dialect.kinds, k)
}

// Buses names the kinds of bus that the instrument can be on.
func (f *File) Buses() string {
	kinds := []Kind{Serial, TCP}
	if f.dialect != nil {
		kinds = f.dialect.kinds
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

// Address is the remedy when a site file does not say which instrument of a
// speaker's bus is meant; empty: there is nothing to say.
func (f *File) Address() string { return f.dialect.address }

// CheckAddress refuses an address that no such instrument can have.
func (f *File) CheckAddress(address string) error {
	if f.dialect.checkAddress == nil {
		return nil
	}
	return f.dialect.checkAddress(address)
}

// Protocol is the protocol's name for people.
func (f *File) Protocol() string {
	if f.dialect == nil {
		return Protocol
	}
	return f.Profile.Protocol
}

// Roams says that such an instrument is mostly reached over a network that is not the
// site's own.
func (f *File) Roams() bool { return f.dialect != nil && f.dialect.roams }

// Station says that a site file names the instrument by station:, its MN.
func (f *File) Station() bool { return f.Profile.Protocol == hj212.Protocol }

// For is the profile as it applies on a bus: the same instrument behind a serial
// line and behind a network has the same points and another protocol, and so
// another digest.
func (f *File) For(k Kind) *profile.Profile {
	p := f.Profile
	if f.Speaks() {
		return &p
	}
	p.Protocol = registers.ProtocolRTU
	if k == TCP {
		p.Protocol = registers.ProtocolTCP
	}
	return &p
}

// Compile gives the compiled bytes for a kind of bus, and their digest.
func (f *File) Compile(k Kind) ([]byte, [32]byte, error) { return f.For(k).Compile() }
