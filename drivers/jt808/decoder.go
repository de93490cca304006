package jt808

import (
	"bytes"
	"errors"
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "jt808"

// ErrProfile says that a profile's JT/T 808 part has no meaning.
var ErrProfile = errors.New("profile has no JT/T 808 meaning")

// Bind reads the JT/T 808 part of a profile: the source of each point. A profile
// has no exchanges: position reports are all that carries values.
func Bind(p *profile.Profile) ([]Source, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) > 0 {
		return nil, bad("a terminal is not asked; leave the exchanges out")
	}
	var sources []Source
	for i := range p.Points {
		x := &p.Points[i]
		s, err := ParseSource(x.Source)
		switch {
		case err != nil:
			return nil, bad("point %s: %w", x.Name, err)
		case x.Span != nil || x.Scale.Mantissa == 0:
			return nil, bad("point %s: leave the span out, and scale by no 0", x.Name)
		case s.Name != "" && x.Unit != units[s.Name]:
			return nil, bad("point %s: unit %q; the standard fixes %q", x.Name, x.Unit, units[s.Name])
		case s.Name != "" && len(x.NoValue) > 0:
			return nil, bad("point %s: %s has no pattern for \"no value\"", x.Name, s.Name)
		}
		for _, v := range x.NoValue {
			if len(v) != int(s.Bytes) {
				return nil, bad("point %s: \"no value\" pattern %x has %d bytes, the number has %d", x.Name, v, len(v), s.Bytes)
			}
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// Decoder decodes messages of JT/T 808.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. What was received is one message, or the last
// part of one whose other parts are earlier; its phone is the device's address. A
// message without a position report carries no values, nor does a part alone.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	sources, err := Bind(p)
	if err != nil {
		return nil, err
	}
	if len(earlier) >= MaxParts {
		return nil, fmt.Errorf("%w: %d earlier frames; a message has at most %d parts", cborx.ErrMalformed, len(earlier), MaxParts)
	}
	var parts []*Message
	for _, x := range append(earlier[:len(earlier):len(earlier)], f) {
		m, err := parseOf(d, x)
		if err != nil {
			return nil, err
		}
		parts = append(parts, m)
	}
	m := parts[len(parts)-1]
	if len(earlier) > 0 {
		if m, err = Join(parts); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
	}
	locations, err := m.Locations()
	if err != nil {
		return nil, fmt.Errorf("device %s: frame: %w", d.ID, err)
	}
	return values(p, sources, m, locations), nil
}

// parseOf reads the message of a frame, which must be of the device.
func parseOf(d *profile.Device, f *record.Frame) (*Message, error) {
	if f.Device != d.ID {
		return nil, fmt.Errorf("%w: the frame is of device %s, not of %s", cborx.ErrMalformed, f.Device, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	if len(f.Received) == 0 && len(f.Sent) > 0 {
		return nil, fmt.Errorf("%w: device %s: the frame is an answer to the terminal", cborx.ErrMalformed, d.ID)
	}
	m, err := Parse(f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: frame: %w", d.ID, err)
	}
	if m.Phone != d.Address {
		return nil, fmt.Errorf("%w: device %s is terminal %s, the message is of %s", cborx.ErrMalformed, d.ID, d.Address, m.Phone)
	}
	return m, nil
}

// Value is the value of a point in the report. ok is false when the report does
// not carry it: an item that was not sent is not a missing value.
func (l *Location) Value(x *profile.Point, s Source) (v profile.Decoded, ok bool) {
	v = profile.Decoded{Point: x.Name, Missing: true}
	if !l.Time.IsZero() {
		v.Time = l.Time.UnixMicro()
	}
	if s.Name != "" {
		readings, _ := l.Readings()
		for _, r := range readings {
			if r.Point == s.Name {
				return l.exact(v, x, r), true
			}
		}
		_, isItem := itemOf(s.Name)
		return v, !isItem
	}
	for _, e := range l.Extras {
		if e.ID != s.Item {
			continue
		}
		n, whole := s.number(e.Value)
		if !whole {
			return v, true
		}
		for _, pattern := range x.NoValue {
			if bytes.Equal(pattern, s.raw(e.Value)) {
				return v, true
			}
		}
		return l.exact(v, x, Reading{Value: n}), true
	}
	return v, false
}

func (l *Location) exact(v profile.Decoded, x *profile.Point, r Reading) profile.Decoded {
	if value, err := x.Exact(r.Value); err == nil {
		v.Value, v.Missing = value, false
	}
	return v
}

// itemOf finds the additional item of a standard reading; those of the report's
// fixed part have none.
func itemOf(name string) (byte, bool) {
	for id, e := range extras {
		if e.point == name {
			return id, true
		}
	}
	return 0, false
}
