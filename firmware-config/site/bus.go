package site

import (
	"fmt"
	"time"

	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

// Bus is one way to instruments: a serial line, a server that is dialled, a port
// at which they dial in, a broker to which they publish, or pins of the gateway.
type Bus struct {
	ID   string
	Kind instrument.Kind
	Via  record.Path
	// Path is a serial line's or I2C bus's device, or the folder in which the
	// kernel shows 1-wire sensors.
	Path string
	// Of a serial line. The settings are the file's, else those that the profiles
	// of its devices agree on.
	Baud     int
	DataBits int
	Parity   byte // 'N', 'E' or 'O'
	StopBits int
	Echo     bool
	RTS      string // none, rts-high-on-send or rts-low-on-send
	// Tap says that the line has a master already: the agent listens to it and
	// never sends.
	Tap bool
	// Address is the server, the port at which instruments dial in, or the broker,
	// host:port.
	Address string
	// RTU says that behind a TCP address stands a bare serial line, with no Modbus
	// gateway that would know its frames.
	RTU bool
	// Tee is the platform, host:port, that had the stations' bytes before and goes
	// on having them; empty: the agent answers the stations itself.
	Tee  string
	MQTT MQTT
	Chip string // of GPIO pins, such as gpiochip0
	// Networked: the file says which network the instruments come over.
	Networked bool
	// Timeout is how long a slave may take, Quiet how long the line must be silent
	// after a fault; 0: the bus master's defaults.
	Timeout, Quiet time.Duration
	Line           int // in the file
}

// MQTT is how the broker of a bus of sensors is reached, or what the agent's own
// asks of those who publish to it.
type MQTT struct {
	Own       bool   // the agent is the broker, at Address
	User      string // at the site's broker
	Password  string // file with the password, or with name:password lines of an own broker
	Anonymous bool   // an own broker takes clients without a name
	CA        string // file of the certificates that the site's broker is trusted by; empty: no TLS
	Client    string // client identifier at the site's broker; empty: the gateway's id
}

// Form is the kind of bus whose protocol is spoken on this one: a bare serial line
// behind a TCP address speaks as a serial line does.
func (b *Bus) Form() instrument.Kind {
	if b.RTU {
		return instrument.Serial
	}
	return b.Kind
}

// Settings is the line as an engineer writes it, such as "9600 8N1".
func (b *Bus) Settings() string {
	switch {
	case b.RTU:
		return "rtu over tcp"
	case b.Kind != instrument.Serial:
		return string(b.Kind)
	}
	return fmt.Sprintf("%d %d%c%d", b.Baud, b.DataBits, b.Parity, b.StopBits)
}

// CharTime is how long one character takes on the wire; 0 where that is not known.
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

// Where is the path of a line, the address of a server or the chip of pins.
func (b *Bus) Where() string {
	switch b.Kind {
	case instrument.Serial, instrument.I2C, instrument.W1:
		return b.Path
	case instrument.GPIO:
		return b.Chip
	}
	return b.Address
}

// Where buses are when the file does not say.
const (
	DefaultI2C  = "/dev/i2c-1"
	DefaultW1   = "/sys/bus/w1/devices"
	DefaultChip = "gpiochip0"
)

func (s *Site) readBus(n *document.Node) {
	m := n.Mapping()
	b := Bus{Line: n.Line(), Via: record.PathSerial}
	b.ID = m.Take("id").Required("name the bus, such as a").ID()
	kind := m.Take("kind").Required("write kind: serial, kind: tcp, kind: listen where instruments dial in, kind: mqtt, or of the gateway's own pins gpio, i2c or w1")
	words := make([]string, len(instrument.Kinds))
	for i, k := range instrument.Kinds {
		words[i] = string(k)
	}
	b.Kind = instrument.Kind(kind.Choice(words...))
	switch b.Kind {
	case instrument.Serial:
		b.readTiming(m)
		b.readSerial(m)
	case instrument.TCP:
		b.readTiming(m)
		b.Address = readHostPort(m.Take("address").Required("write the server, such as 192.168.1.20:502"))
		if v := m.Take("framing"); !v.Absent() {
			b.RTU = v.Choice("tcp", "rtu") == "rtu"
		}
		b.readTee(m)
		b.readNetwork(m)
	case instrument.Listen:
		b.Address = readHostPort(m.Take("address").Required("write where to listen, such as 192.168.1.10:9001"))
		b.readTee(m)
		b.readNetwork(m)
	case instrument.MQTT:
		b.readMQTT(n, m)
		b.readNetwork(m)
	case instrument.GPIO:
		b.Via, b.Chip = record.PathLocal, textOr(m.Take("chip"), DefaultChip)
	case instrument.I2C:
		b.Via, b.Path = record.PathLocal, textOr(m.Take("path"), DefaultI2C)
	case instrument.W1:
		b.Via, b.Path = record.PathLocal, textOr(m.Take("path"), DefaultW1)
	default:
		return // reported; which keys belong here is not known
	}
	m.Done()
	for _, o := range s.Buses {
		switch {
		case o.ID == b.ID && b.ID != "":
			n.Failf("bus %s is described in line %d already; give this one another id", b.ID, o.Line)
		case b.Where() != "" && o.Where() == b.Where():
			n.Failf("bus %s: %s belongs to bus %s in line %d already; one line has one owner, put the devices on one bus", b.ID, b.Where(), o.ID, o.Line)
		}
	}
	s.Buses = append(s.Buses, b)
}

func textOr(n *document.Node, otherwise string) string {
	if n.Absent() {
		return otherwise
	}
	return n.Text(4096)
}

func (b *Bus) readTiming(m *document.Mapping) {
	b.Timeout = m.Take("timeout").Duration(10*time.Millisecond, 10*time.Second)
	b.Quiet = m.Take("quiet").Duration(10*time.Millisecond, time.Minute)
}

func (b *Bus) readSerial(m *document.Mapping) {
	b.Path = m.Take("path").Required("write the device of the line, such as /dev/ttyUSB0").Text(4096)
	b.Baud = instrument.ReadBaud(m.Take("baud"))
	b.DataBits = int(m.Take("data_bits").Int(7, 8))
	if v := m.Take("parity"); !v.Absent() {
		b.Parity = instrument.Parity(v.Choice("none", "even", "odd"))
	}
	b.StopBits = int(m.Take("stop_bits").Int(1, 2))
	if v := m.Take("echo"); !v.Absent() {
		b.Echo = v.Bool()
	}
	b.RTS = "none"
	if v := m.Take("rts"); !v.Absent() {
		b.RTS = v.Choice("none", "rts-high-on-send", "rts-low-on-send")
	}
	if v := m.Take("tap"); !v.Absent() {
		b.Tap = v.Bool()
	}
	b.readTee(m)
}

func (b *Bus) readTee(m *document.Mapping) { b.Tee = readHostPort(m.Take("tee")) }

func (b *Bus) readNetwork(m *document.Mapping) {
	b.Via = record.PathSite
	v := m.Take("network")
	if b.Networked = !v.Absent(); b.Networked && v.Choice("site", "public") == "public" {
		b.Via = record.PathPublic
	}
}

func (b *Bus) readMQTT(n *document.Node, m *document.Mapping) {
	address, own := m.Take("address"), m.Take("listen")
	q := &b.MQTT
	q.Own = !own.Absent()
	users := m.Take("users_file")
	user, password, ca, client := m.Take("user"), m.Take("password_file"), m.Take("ca_file"), m.Take("client_id")
	anonymous := m.Take("anonymous")
	if !q.Own {
		b.Address = readHostPort(address.Required("write the site's broker, such as 192.168.1.5:1883; or listen: with where the agent's own one is, such as 192.168.1.10:1883"))
		refuse(users, "bus %s: users_file: is for the agent's own broker; write user: and password_file:", b.ID)
		refuse(anonymous, "bus %s: anonymous: is for the agent's own broker", b.ID)
		q.User, q.Password, q.CA, q.Client = user.Text(256), password.Text(4096), ca.Text(4096), client.Text(128)
		return
	}
	b.Address = readHostPort(own)
	for _, k := range []*document.Node{address, user, password, ca, client} {
		refuse(k, "bus %s: the agent is its own broker here; leave address, user, password_file, ca_file and client_id out", b.ID)
	}
	q.Password = users.Text(4096)
	q.Anonymous = !anonymous.Absent() && anonymous.Bool()
	if q.Password == "" && !q.Anonymous {
		n.Failf("bus %s: nobody may publish; write users_file: with a file of name:password lines, or anonymous: true", b.ID)
	}
}
