package registers

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// The protocols that this package decodes, as a profile names them.
const (
	ProtocolRTU = "modbus-rtu"
	ProtocolTCP = "modbus-tcp"
)

// ErrProfile says that a profile's Modbus part has no meaning.
var ErrProfile = errors.New("profile has no Modbus meaning")

// Map is a profile whose Modbus part has been read and checked.
type Map struct {
	Profile *profile.Profile
	Reads   []modbus.Read // by exchange
	Sources []Source      // by point
}

// Bind reads the Modbus part of a profile. What Bind accepts, every answer can be
// decoded with: offsets lie inside their exchange and 16- and 32-bit integers
// cannot overflow.
func Bind(p *profile.Profile) (*Map, error) {
	if p.Protocol != ProtocolRTU && p.Protocol != ProtocolTCP {
		return nil, fmt.Errorf("profile %s: %w: its protocol is %q; %s and %s are", p.ID, ErrProfile, p.Protocol, ProtocolRTU, ProtocolTCP)
	}
	m := &Map{Profile: p, Reads: make([]modbus.Read, len(p.Exchanges)), Sources: make([]Source, len(p.Points))}
	for i := range p.Exchanges {
		var err error
		if m.Reads[i], err = ParseRequest(p.Exchanges[i].Request); err != nil {
			return nil, fmt.Errorf("profile %s: exchange %d: %w: %w", p.ID, i, ErrProfile, err)
		}
		// A frame tells its exchange by its request alone.
		for j, other := range m.Reads[:i] {
			if other == m.Reads[i] {
				return nil, fmt.Errorf("profile %s: %w: exchanges %d and %d are the same request", p.ID, ErrProfile, j, i)
			}
		}
	}
	for i := range p.Points {
		var err error
		if m.Sources[i], err = m.bindPoint(&p.Points[i]); err != nil {
			return nil, fmt.Errorf("profile %s: point %s: %w: %w", p.ID, p.Points[i].Name, ErrProfile, err)
		}
	}
	return m, nil
}

func (m *Map) bindPoint(x *profile.Point) (Source, error) {
	s, err := ParseSource(x.Source)
	if err != nil {
		return s, err
	}
	if int(x.Exchange) >= len(m.Reads) {
		return s, fmt.Errorf("exchange %d does not exist", x.Exchange)
	}
	return s, CheckPoint(x, s, m.Reads[x.Exchange])
}

// CheckPoint reports what no answer to the read could give.
func CheckPoint(x *profile.Point, s Source, r modbus.Read) error {
	bits := r.Function == modbus.ReadCoils || r.Function == modbus.ReadDiscreteInputs
	if bits && (s.Type != Bit || s.Bit != 0) {
		return fmt.Errorf("function %d gives bits; write type bit and no bit number", r.Function)
	}
	if end := int(s.Offset) + s.Type.Registers(); end > int(r.Count) {
		return fmt.Errorf("%v at offset %d ends beyond the %d that the exchange reads; raise its count", s.Type, s.Offset, r.Count)
	}
	for _, v := range x.NoValue {
		if s.Type == Bit {
			return fmt.Errorf("a bit has no pattern for \"no value\"")
		}
		if len(v) != 2*s.Type.Registers() {
			return fmt.Errorf("\"no value\" pattern %x has %d bytes, %v has %d", v, len(v), s.Type, 2*s.Type.Registers())
		}
	}
	if x.Decimals > decimal.MaxScale {
		return fmt.Errorf("%d decimals; 0 to %d are possible", x.Decimals, decimal.MaxScale)
	}
	if x.Span != nil {
		if x.Scale != decimal.New(1, 0) || x.Offset != (decimal.D{}) {
			return fmt.Errorf("a span takes the place of scale and offset; leave them out")
		}
		return nil
	}
	if x.Scale.Mantissa == 0 {
		return fmt.Errorf("scale 0 would make every value the same")
	}
	if s.Type.float() {
		return nil
	}
	if x.Scale.Scale > x.Decimals || x.Offset.Scale > x.Decimals {
		return fmt.Errorf("scale %v and offset %v need more digits than decimals: %d keeps", x.Scale, x.Offset, x.Decimals)
	}
	low, high := s.Type.bounds()
	for _, raw := range [...]number{low, high} {
		if s.Type == U64 || s.Type == S64 {
			break // no scale would hold all of them; values beyond are Missing
		}
		if _, err := raw.scaled(x); err != nil {
			return fmt.Errorf("%v × %v + %v at %d decimals: %w; use fewer decimals", raw, x.Scale, x.Offset, x.Decimals, err)
		}
	}
	return nil
}

// bounds are the least and greatest raw integer of a type.
func (t Type) bounds() (low, high number) {
	switch t {
	case Bit:
		return number{}, number{i: 1}
	case U16:
		return number{}, number{i: math.MaxUint16}
	case S16:
		return number{i: math.MinInt16}, number{i: math.MaxInt16}
	case U32:
		return number{}, number{i: math.MaxUint32}
	}
	return number{i: math.MinInt32}, number{i: math.MaxInt32}
}

// Unit reads a device's address: 1 to 247 on a serial line, 0 to 255 on TCP.
func Unit(protocol, address string) (byte, error) {
	n, err := strconv.ParseUint(address, 10, 8)
	if err != nil || strconv.FormatUint(n, 10) != address {
		return 0, fmt.Errorf("address %q is not a Modbus unit; write a number such as 3", address)
	}
	if protocol == ProtocolRTU && (n == 0 || n > modbus.MaxUnit) {
		return 0, fmt.Errorf("unit %d cannot be on a serial line; 1 to %d can", n, modbus.MaxUnit)
	}
	return byte(n), nil
}

// Request is what to send for an exchange of a device, without envelope.
func (m *Map) Request(d *profile.Device, exchange int) (unit byte, pdu []byte, err error) {
	if exchange < 0 || exchange >= len(m.Reads) {
		return 0, nil, fmt.Errorf("profile %s: exchange %d does not exist; it has %d", m.Profile.ID, exchange, len(m.Reads))
	}
	if unit, err = Unit(m.Profile.Protocol, d.Address); err != nil {
		return 0, nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	pdu, err = m.Reads[exchange].PDU()
	return unit, pdu, err
}

// Request is Map.Request for a caller that asks once.
func Request(p *profile.Profile, d *profile.Device, exchange int) (unit byte, pdu []byte, err error) {
	m, err := Bind(p)
	if err != nil {
		return 0, nil, err
	}
	return m.Request(d, exchange)
}

// Exchange finds the exchange that asks for a read.
func (m *Map) Exchange(r modbus.Read) (int, bool) {
	for i := range m.Reads {
		if m.Reads[i] == r {
			return i, true
		}
	}
	return 0, false
}

// Compiled is a profile parsed and bound from its compiled bytes.
func Compiled(compiled []byte) (*Map, error) {
	p, err := profile.Parse(compiled)
	if err != nil {
		return nil, err
	}
	return Bind(p)
}

// malformed marks an exchange that is not what it says.
func malformed(f string, args ...any) error {
	return fmt.Errorf("%w: "+f, append([]any{cborx.ErrMalformed}, args...)...)
}
