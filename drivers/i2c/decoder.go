package i2c

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "i2c"

// ErrProfile says that a profile's I2C part has no meaning.
var ErrProfile = errors.New("profile has no I2C meaning")

// Quantity is what a point is of an answer.
type Quantity string

// The quantities.
const (
	Temperature Quantity = "temperature" // Cel
	Humidity    Quantity = "humidity"    // %RH; the formula of SHT4x goes from -6 to 119, and nothing is cut off
)

// Unit is the SenML unit that the data sheet's formula gives.
func (q Quantity) Unit() (string, bool) {
	switch q {
	case Temperature:
		return "Cel", true
	case Humidity:
		return "%RH", true
	}
	return "", false
}

// AppendRequest writes the compiled form of an exchange: [chip, stretch].
func AppendRequest(b []byte, chip string, stretch bool) []byte {
	return cborx.AppendBool(cborx.AppendText(cborx.AppendArray(b, 2), chip), stretch)
}

func parseRequest(item []byte) (Command, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(2)
	chip, stretch := r.Text(16), r.Bool()
	if err := r.Done(); err != nil {
		return Command{}, err
	}
	return Find(chip, stretch)
}

// AppendSource writes the compiled form of a point's source: the quantity's name.
func AppendSource(b []byte, q Quantity) []byte { return cborx.AppendText(b, string(q)) }

func parseSource(item []byte) (Quantity, error) {
	r := cborx.NewReader(item)
	q := Quantity(r.Text(16))
	return q, r.Done()
}

// Map is a profile whose I2C part has been read and checked.
type Map struct {
	Profile    *profile.Profile
	Commands   []Command  // by exchange
	Quantities []Quantity // by point
}

// Bind reads the I2C part of a profile.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	m := &Map{Profile: p}
	for i, e := range p.Exchanges {
		c, err := parseRequest(e.Request)
		if err != nil {
			return nil, bad("exchange %d: %w", i, err)
		}
		for _, have := range m.Commands {
			if bytes.Equal(have.Bytes, c.Bytes) {
				return nil, bad("exchange %d measures what another one does; merge them", i)
			}
		}
		m.Commands = append(m.Commands, c)
	}
	for i := range p.Points {
		x := &p.Points[i]
		q, err := parseSource(x.Source)
		if err != nil {
			return nil, bad("point %s: %w", x.Name, err)
		}
		unit, ok := q.Unit()
		switch {
		case int(x.Exchange) >= len(m.Commands):
			return nil, bad("point %s: exchange %d does not exist", x.Name, x.Exchange)
		case !ok:
			return nil, bad("point %s: an answer has %s and %s, no %q", x.Name, Temperature, Humidity, q)
		case x.Unit != unit:
			return nil, bad("point %s: unit %q; the data sheet's formula gives %q", x.Name, x.Unit, unit)
		case x.Span != nil || len(x.NoValue) > 0:
			return nil, bad("point %s: the chip's formula is fixed; leave span and no_value out", x.Name)
		case x.Scale.Mantissa == 0:
			return nil, bad("point %s: scale 0 would make every value the same", x.Name)
		}
		m.Quantities = append(m.Quantities, q)
	}
	return m, nil
}

// Decoder decodes measurements. A frame's Sent is what was written to the chip and
// Received what was read from it, both without the address.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	return m.Decode(d, f, earlier)
}

// Decode is as Decoder's, of a profile that was bound already.
func (m *Map) Decode(d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	if _, err := ParseAddress(d.Address); err != nil {
		return nil, fmt.Errorf("device %s: %w: %w", d.ID, cborx.ErrMalformed, err)
	}
	if len(earlier) > 0 || len(f.Earlier) > 0 || f.Device != d.ID {
		return nil, fmt.Errorf("%w: a measurement stands alone and is of its own device, %s", cborx.ErrMalformed, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	exchange := -1
	for i, c := range m.Commands {
		if bytes.Equal(c.Bytes, f.Sent) {
			exchange = i
		}
	}
	if exchange < 0 {
		return nil, fmt.Errorf("%w: device %s: profile %s does not write % x", cborx.ErrMalformed, d.ID, m.Profile.ID, f.Sent)
	}
	t, h, err := words(f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: answer: %w", d.ID, err)
	}
	c := &m.Commands[exchange]
	var out []profile.Decoded
	for i, q := range m.Quantities {
		x := &m.Profile.Points[i]
		if int(x.Exchange) != exchange {
			continue
		}
		raw := linear(-45, 175, t)
		if q == Humidity {
			raw = linear(c.low, c.span, h)
		}
		v := profile.Decoded{Point: x.Name}
		if v.Value, err = scaled(x, raw); err != nil {
			v = profile.Decoded{Point: x.Name, Missing: true}
		}
		out = append(out, v)
	}
	return out, nil
}

// scaled is raw × Scale + Offset, rounded once, half to even.
func scaled(x *profile.Point, raw *big.Rat) (decimal.D, error) {
	raw.Mul(raw, x.Scale.Rat())
	return decimal.FromRat(raw.Add(raw, x.Offset.Rat()), x.Decimals)
}
