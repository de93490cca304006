package gpio

import (
	"errors"
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this package.
const Protocol = "gpio"

// ErrProfile says that a profile's GPIO part has no meaning.
var ErrProfile = errors.New("profile has no GPIO meaning")

// Quantity is what a point is of a line.
type Quantity string

// The quantities.
const (
	State    Quantity = "state"    // of a contact: 1 active, 0 not
	Interval Quantity = "interval" // of a counter: pulses in the cadence that ended
	Total    Quantity = "total"    // of a counter: pulses since the line was opened, from 0
)

// AppendSource writes the compiled form of a point's source: the quantity's name.
func AppendSource(b []byte, q Quantity) []byte { return cborx.AppendText(b, string(q)) }

// Map is a profile whose GPIO part has been read and checked.
type Map struct {
	Profile    *profile.Profile
	Input      Input
	Quantities []Quantity // by point
}

// Bind reads the GPIO part of a profile. It has one exchange, the line.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) != 1 {
		return nil, bad("it describes %d lines; a device is one line", len(p.Exchanges))
	}
	in, err := ParseInput(p.Exchanges[0].Request)
	if err != nil {
		return nil, bad("%w", err)
	}
	m := &Map{Profile: p, Input: in}
	for i := range p.Points {
		x := &p.Points[i]
		r := cborx.NewReader(x.Source)
		q := Quantity(r.Text(16))
		contact := q == State
		switch {
		case r.Done() != nil || q != State && q != Interval && q != Total:
			return nil, bad("point %s: source %q is not known; write %s of a contact, %s or %s of a counter", x.Name, q, State, Interval, Total)
		case contact != (in.Kind == Contact):
			return nil, bad("point %s: a %s has no %s", x.Name, in.Kind, q)
		case x.Exchange != 0:
			return nil, bad("point %s: exchange %d does not exist", x.Name, x.Exchange)
		case x.Span != nil || len(x.NoValue) > 0:
			return nil, bad("point %s: leave span and no_value out", x.Name)
		case x.Scale.Mantissa == 0:
			return nil, bad("point %s: scale 0 would make every value the same", x.Name)
		case contact && (x.Scale != decimal.New(1, 0) || x.Offset != decimal.D{} || x.Decimals != 0 || x.Unit != "/"):
			return nil, bad("point %s: a contact is 0 or 1; write unit: /, leave scale, offset and decimals out, and say which level counts with active", x.Name)
		}
		m.Quantities = append(m.Quantities, q)
	}
	return m, nil
}

// Alarmed is the name of the point that events of the line are about; empty: the
// profile has no such point.
func (m *Map) Alarmed() string {
	for i, q := range m.Quantities {
		if q == State {
			return m.Profile.Points[i].Name
		}
	}
	return ""
}

// Contact gives the points of a contact's state; moving says that the line does
// not hold still, so that there is none.
func (m *Map) Contact(active, moving bool) []profile.Decoded {
	raw := decimal.D{}
	if active {
		raw.Mantissa = 1
	}
	var out []profile.Decoded
	for i := range m.Quantities {
		out = append(out, value(&m.Profile.Points[i], raw, !moving))
	}
	return out
}

// Counts gives the points of a counter. complete is false when the line was not
// watched during the whole interval: then interval is left out, for nobody knows it.
func (m *Map) Counts(interval, total uint64, complete bool) []profile.Decoded {
	var out []profile.Decoded
	for i, q := range m.Quantities {
		switch {
		case q == Total:
			out = append(out, value(&m.Profile.Points[i], decimal.New(int64(total), 0), true))
		case complete:
			out = append(out, value(&m.Profile.Points[i], decimal.New(int64(interval), 0), true))
		}
	}
	return out
}

func value(x *profile.Point, raw decimal.D, known bool) profile.Decoded {
	v, err := x.Exact(raw)
	if !known || err != nil {
		return profile.Decoded{Point: x.Name, Missing: true}
	}
	return profile.Decoded{Point: x.Name, Value: v}
}

// Decoder refuses every frame: a line has no bytes.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder.
func (Decoder) Decode(_ *profile.Profile, d *profile.Device, _ *record.Frame, _ []*record.Frame) ([]profile.Decoded, error) {
	return nil, fmt.Errorf("%w: device %s is a digital line; it sends no bytes, so a frame cannot be its own", cborx.ErrMalformed, d.ID)
}
