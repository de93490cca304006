package registers

import (
	"errors"
	"fmt"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Values decodes the data of one exchange: every point of that exchange, in the
// profile's order. A point is Missing when its bytes are a "no value" pattern, a
// float that is no number, or a number that 64 bits cannot hold at its decimals.
// The error says that the data or the device's parameters do not fit the profile.
func (m *Map) Values(d *profile.Device, exchange int, data modbus.Data) ([]profile.Decoded, error) {
	if exchange < 0 || exchange >= len(m.Reads) {
		return nil, fmt.Errorf("profile %s: exchange %d does not exist", m.Profile.ID, exchange)
	}
	if data.Read != m.Reads[exchange] || !whole(data) {
		return nil, malformed("profile %s: the data is not that of exchange %d", m.Profile.ID, exchange)
	}
	out := make([]profile.Decoded, 0, len(m.Sources))
	for i := range m.Sources {
		x := &m.Profile.Points[i]
		if int(x.Exchange) != exchange {
			continue
		}
		v, err := m.value(d, i, data)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", d.ID, x.Name, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// whole reports whether data holds as many values as it says.
func whole(d modbus.Data) bool {
	if d.Function <= modbus.ReadDiscreteInputs {
		return len(d.Bits) == int(d.Count)
	}
	return len(d.Words) == int(d.Count)
}

func (m *Map) value(d *profile.Device, point int, data modbus.Data) (profile.Decoded, error) {
	x, s := &m.Profile.Points[point], m.Sources[point]
	missing := profile.Decoded{Point: x.Name, Missing: true}
	if len(x.NoValue) > 0 && noValue(x, s.raw(data)) {
		return missing, nil
	}
	n := s.number(data)
	if !n.finite() {
		return missing, nil
	}
	v, err := m.convert(d, x, n)
	if errors.Is(err, decimal.ErrRange) {
		return missing, nil
	}
	return profile.Decoded{Point: x.Name, Value: v}, err
}

func (m *Map) convert(d *profile.Device, x *profile.Point, n number) (decimal.D, error) {
	if x.Span == nil {
		return n.scaled(x)
	}
	low, err := d.Resolve(m.Profile, x.Span.Low)
	if err != nil {
		return decimal.D{}, err
	}
	high, err := d.Resolve(m.Profile, x.Span.High)
	if err != nil {
		return decimal.D{}, err
	}
	return n.spanned(x, low, high)
}

// RTU decodes frames of Modbus RTU.
type RTU struct{}

// TCP decodes frames of Modbus TCP.
type TCP struct{}

var (
	_ profile.Decoder = RTU{}
	_ profile.Decoder = TCP{}
)

// Decode implements profile.Decoder. A frame is decoded only with Outcome OK or
// Surplus, and its bytes must show that outcome; a surplus is cut off at the
// length that the reply itself declares.
func (RTU) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	return decode(p, d, f, earlier, ProtocolRTU, modbus.ParseExchange, modbus.ExpectedLength)
}

// Decode implements profile.Decoder; see RTU.Decode.
func (TCP) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	return decode(p, d, f, earlier, ProtocolTCP, modbus.ParseExchangeTCP, modbus.ExpectedLengthTCP)
}

func decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame, protocol string,
	parse func(request, reply []byte) (modbus.Data, error), length func(request, reply []byte) (int, error)) ([]profile.Decoded, error) {
	if p.Protocol != protocol {
		return nil, fmt.Errorf("profile %s is for %q, this decoder is for %q", p.ID, p.Protocol, protocol)
	}
	if len(earlier) > 0 || len(f.Earlier) > 0 {
		return nil, malformed("a %s frame stands alone; this one names %d earlier frames", protocol, len(f.Earlier))
	}
	if f.Device != d.ID {
		return nil, malformed("the frame is of device %q, not of %q", f.Device, d.ID)
	}
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	unit, err := Unit(protocol, d.Address)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	data, err := parseOutcome(f, parse, length)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	if data.Unit != unit {
		return nil, malformed("device %s is unit %d, the request went to %d", d.ID, unit, data.Unit)
	}
	i, ok := m.Exchange(data.Read)
	if !ok {
		return nil, malformed("device %s: profile %s asks for no such read (function %d, address %d, count %d)", d.ID, p.ID, data.Function, data.Address, data.Count)
	}
	return m.Values(d, i, data)
}

// parseOutcome parses the bytes and holds the frame to the outcome it states.
func parseOutcome(f *record.Frame, parse func(request, reply []byte) (modbus.Data, error), length func(request, reply []byte) (int, error)) (modbus.Data, error) {
	switch f.Outcome {
	case record.OutcomeOK:
		data, err := parse(f.Sent, f.Received)
		if err != nil {
			return data, fmt.Errorf("frame: %w", err)
		}
		return data, nil
	case record.OutcomeSurplus:
		n, err := length(f.Sent, f.Received)
		if err != nil {
			return modbus.Data{}, fmt.Errorf("frame: %w", err)
		}
		if n == 0 || n >= len(f.Received) {
			return modbus.Data{}, malformed("the frame says surplus bytes, and none follow its reply")
		}
		data, err := parse(f.Sent, f.Received[:n])
		if err != nil {
			return data, fmt.Errorf("frame: %w", err)
		}
		return data, nil
	}
	return modbus.Data{}, fmt.Errorf("frame: outcome %q carries no values", f.Outcome)
}
