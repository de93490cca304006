package crane

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"fieldseal/evidence/decimal"
)

// Lengths of a frame.
const (
	shortFrame = 66 // real-time data with a card number of 4 bytes
	longFrame  = 70 // the same with a card number of 8 ASCII characters
	minFrame   = 8
	// MaxFrame bounds frames whose inside this package does not read.
	MaxFrame = 512
)

var (
	// ErrStart: the frame does not begin with 7E 7E 0E.
	ErrStart = errors.New("no crane frame of protocol 0E begins here")
	// ErrLength: the frame is not as long as its type has it, or does not end with 7D 7D.
	ErrLength = errors.New("length does not fit")
)

// Type is what a frame is for.
type Type byte

// The types.
const (
	Heartbeat  Type = 0
	RealTime   Type = 1
	Auth       Type = 2
	Offline    Type = 3
	Parameters Type = 4
	IPAck      Type = 5
	ControlAck Type = 6
	RunTime    Type = 7
)

var typeNames = [...]string{"heartbeat", "real-time", "auth", "offline", "parameters", "ip-ack", "control-ack", "run-time"}

func (t Type) String() string {
	if int(t) >= len(typeNames) {
		return fmt.Sprintf("type %02X", byte(t))
	}
	return typeNames[t]
}

// Frame is one frame.
type Frame struct {
	Type   Type
	Device string // 6 hexadecimal digits; empty in a frame too short for it
	Data   *Data  // of real-time data, nil otherwise
}

// Data is what real-time data holds.
type Data struct {
	Card    string    // the driver's, in hexadecimal or ASCII by the variant: personal data
	Clock   string    // the 12 digits of the crane's own time, as sent
	Time    time.Time // Clock as an instant in UTC+8; zero when it is none
	Numbers []Number
	Limits  uint16
	Sensors uint16 // the meaning of its bits is not known
	Warning uint32
	Alarm   uint32
}

// Number is one measured value.
type Number struct {
	Name  string
	Value decimal.D
}

// zone is that of the crane's clock, which names none.
var zone = time.FixedZone("UTC+8", 8*60*60)

// column is a little-endian field of the 66-byte frame; what stands behind the
// card lies 4 bytes later in the 70-byte frame.
type column struct {
	name   string
	at     int
	bytes  int
	scale  uint8
	signed bool
}

var columns = [...]column{
	{"lon", 18, 4, 5, true},
	{"lat", 22, 4, 5, true},
	{"height", 26, 2, 2, false},
	{"radius", 28, 2, 2, false},
	{"slew", 30, 2, 1, true},
	{"load", 32, 2, 2, false},
	{"wind", 34, 2, 2, false},
	{"tilt-x", 36, 2, 2, true},
	{"tilt-y", 38, 2, 2, true},
	{"safe-torque", 40, 2, 1, false},
	{"safe-load", 42, 2, 2, false},
	{"falls", 44, 1, 0, false},
}

// Parse reads one whole frame; nothing may follow it.
func Parse(b []byte) (*Frame, error) {
	if len(b) < 3 || b[0] != 0x7E || b[1] != 0x7E || b[2] != 0x0E {
		return nil, fmt.Errorf("a frame begins with 7E 7E 0E: %w", ErrStart)
	}
	if len(b) < minFrame || len(b) > MaxFrame {
		return nil, fmt.Errorf("%d bytes; %d to %d are possible: %w", len(b), minFrame, MaxFrame, ErrLength)
	}
	if b[len(b)-2] != 0x7D || b[len(b)-1] != 0x7D {
		return nil, fmt.Errorf("the frame ends with %X and not with 7D7D: %w", b[len(b)-2:], ErrLength)
	}
	f := &Frame{Type: Type(b[3])}
	if len(b) >= 10 {
		f.Device = strings.ToUpper(hex.EncodeToString(b[5:8]))
	}
	// Offline data are real-time data kept while there was no link.
	if f.Type != RealTime && f.Type != Offline {
		return f, nil
	}
	shift := 0
	switch len(b) {
	case shortFrame:
	case longFrame:
		shift = longFrame - shortFrame
	default:
		if f.Type == Offline {
			return f, nil
		}
		return nil, fmt.Errorf("%d bytes; real-time data have %d or %d: %w", len(b), shortFrame, longFrame, ErrLength)
	}
	f.Data = parseData(b, shift)
	return f, nil
}

func parseData(b []byte, shift int) *Data {
	d := &Data{Card: strings.ToUpper(hex.EncodeToString(b[8:12]))}
	if shift > 0 {
		d.Card = ascii(b[8:16])
	}
	b = b[shift:]
	d.Clock = strings.ToUpper(hex.EncodeToString(b[12:18]))
	if t, err := time.ParseInLocation("20060102150405", "20"+d.Clock, zone); err == nil {
		d.Time = t
	}
	for _, c := range columns {
		d.Numbers = append(d.Numbers, Number{c.name, c.value(b)})
	}
	d.Limits = binary.LittleEndian.Uint16(b[51:])
	d.Sensors = binary.LittleEndian.Uint16(b[53:])
	d.Warning = binary.LittleEndian.Uint32(b[55:])
	d.Alarm = binary.LittleEndian.Uint32(b[59:])
	return d
}

func (c column) value(b []byte) decimal.D {
	var n int64
	switch {
	case c.bytes == 1:
		n = int64(b[c.at])
	case c.bytes == 2 && c.signed:
		n = int64(int16(binary.LittleEndian.Uint16(b[c.at:])))
	case c.bytes == 2:
		n = int64(binary.LittleEndian.Uint16(b[c.at:]))
	default:
		n = int64(int32(binary.LittleEndian.Uint32(b[c.at:])))
	}
	return decimal.New(n, c.scale)
}

// ascii keeps what a card number can hold and shows the rest as dots.
func ascii(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, x := range b {
		if x < 0x20 || x > 0x7E {
			x = '.'
		}
		out = append(out, x)
	}
	return strings.TrimRight(string(out), ".")
}
