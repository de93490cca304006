package onewire

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
const Protocol = "w1"

// Chip is the chip that an exchange names.
const Chip = "ds18b20"

// Temperature is the quantity that a point names; its unit is Cel.
const Temperature = "temperature"

// ErrProfile says that a profile's 1-wire part has no meaning.
var ErrProfile = errors.New("profile has no 1-wire meaning")

// AppendRequest writes the compiled form of an exchange: the chip's name.
func AppendRequest(b []byte) []byte { return cborx.AppendText(b, Chip) }

// Source is what a point takes of an answer.
type Source struct {
	// KeepPowerOn believes 85 °C even where it may be the value that stands in the
	// chip before it has measured.
	KeepPowerOn bool
}

// Append writes the compiled form: ["temperature", keep power-on value].
func (s Source) Append(b []byte) []byte {
	return cborx.AppendBool(cborx.AppendText(cborx.AppendArray(b, 2), Temperature), s.KeepPowerOn)
}

func parseSource(item []byte) (Source, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(2)
	if q := r.Text(16); r.Err() == nil && q != Temperature {
		r.Failf("the chip measures %s, no %q", Temperature, q)
	}
	s := Source{r.Bool()}
	return s, r.Done()
}

// Map is a profile whose 1-wire part has been read and checked.
type Map struct {
	Profile *profile.Profile
	Sources []Source // by point
}

// Bind reads the 1-wire part of a profile. It has one exchange.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) != 1 {
		return nil, bad("it has %d exchanges; a chip has one", len(p.Exchanges))
	}
	r := cborx.NewReader(p.Exchanges[0].Request)
	if chip := r.Text(16); r.Done() != nil || chip != Chip {
		return nil, bad("chip %q is not known; %s is", chip, Chip)
	}
	m := &Map{Profile: p}
	for i := range p.Points {
		x := &p.Points[i]
		s, err := parseSource(x.Source)
		switch {
		case err != nil:
			return nil, bad("point %s: %w", x.Name, err)
		case x.Exchange != 0:
			return nil, bad("point %s: exchange %d does not exist", x.Name, x.Exchange)
		case x.Unit != "Cel":
			return nil, bad("point %s: unit %q; the chip measures Cel", x.Name, x.Unit)
		case x.Span != nil || len(x.NoValue) > 0:
			return nil, bad("point %s: the chip's form is fixed; leave span and no_value out", x.Name)
		case x.Scale.Mantissa == 0:
			return nil, bad("point %s: scale 0 would make every value the same", x.Name)
		}
		m.Sources = append(m.Sources, s)
	}
	return m, nil
}

// Decoder decodes measurements. A frame with nothing Sent holds the kernel's text;
// one of the bus has chosen the chip and read its scratchpad.
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
	a, err := ParseAddress(d.Address)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w: %w", d.ID, cborx.ErrMalformed, err)
	}
	if len(earlier) > 0 || len(f.Earlier) > 0 || f.Device != d.ID {
		return nil, fmt.Errorf("%w: a measurement stands alone and is of its own device, %s", cborx.ErrMalformed, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	s, err := parse(a, f)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	var out []profile.Decoded
	for i, source := range m.Sources {
		out = append(out, value(&m.Profile.Points[i], source, s))
	}
	return out, nil
}

// parse takes the scratchpad out of either form of a frame.
func parse(a Address, f *record.Frame) (Scratchpad, error) {
	if len(f.Sent) == 0 {
		return ParseText(f.Received)
	}
	if !bytes.Equal(f.Sent, a.AppendSelect(nil, ReadScratchpad)) {
		return Scratchpad{}, fmt.Errorf("%w: % x does not ask this chip for its scratchpad", cborx.ErrMalformed, f.Sent)
	}
	return ParseScratchpad(f.Received)
}

func value(x *profile.Point, source Source, s Scratchpad) profile.Decoded {
	none := profile.Decoded{Point: x.Name, Missing: true}
	t := s.Sixteenths()
	// Outside -55 to 125 °C the chip cannot measure.
	if t < -55*16 || t > 125*16 || s.Unmeasured() && !source.KeepPowerOn {
		return none
	}
	r := big.NewRat(int64(t), 16)
	r.Mul(r, x.Scale.Rat())
	v, err := decimal.FromRat(r.Add(r, x.Offset.Rat()), x.Decimals)
	if err != nil {
		return none
	}
	return profile.Decoded{Point: x.Name, Value: v}
}
