package crane

import (
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "crane-0e"

// ErrProfile says that a profile's crane part has no meaning.
var ErrProfile = errors.New("profile has no crane meaning")

// AppendName writes the compiled form of a point's source: a reading's name, such
// as load or alarm-wind, a text in CBOR. A profile has no exchanges: real-time
// data are all that carries values.
func AppendName(b []byte, name string) []byte { return cborx.AppendText(b, name) }

// names are the readings that there are.
var names = func() (all []string) {
	for _, c := range columns {
		all = append(all, c.name)
	}
	for _, n := range limitNames {
		all = append(all, "limit-"+n)
	}
	for _, n := range alarmNames {
		if n != "" {
			all = append(all, "warning-"+n, "alarm-"+n)
		}
	}
	return all
}()

// Bind reads the crane part of a profile: the name of each point's reading.
func Bind(p *profile.Profile) ([]string, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) > 0 {
		return nil, bad("a crane is not asked; leave the exchanges out")
	}
	var sources []string
	for i := range p.Points {
		x := &p.Points[i]
		r := cborx.NewReader(x.Source)
		s := r.Text(32)
		switch {
		case r.Done() != nil || !slices.Contains(names, s):
			return nil, bad("point %s: no reading %q", x.Name, s)
		case x.Span != nil || len(x.NoValue) > 0 || x.Scale.Mantissa == 0:
			return nil, bad("point %s: leave span and no_value out, and scale by no 0", x.Name)
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// Decoder decodes frames of protocol 0EH.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. What was received is one frame; its device
// id is the device's address. A frame that is no real-time data carries no values.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	sources, err := Bind(p)
	if err != nil {
		return nil, err
	}
	if len(earlier) > 0 || len(f.Earlier) > 0 || f.Device != d.ID {
		return nil, fmt.Errorf("%w: a frame stands alone and is of its own device, %s", cborx.ErrMalformed, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	x, err := Parse(f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: frame: %w", d.ID, err)
	}
	if x.Device != d.Address {
		return nil, fmt.Errorf("%w: device %s is crane %s, the frame is of %s", cborx.ErrMalformed, d.ID, d.Address, x.Device)
	}
	if x.Data == nil {
		return nil, nil
	}
	readings, _ := x.Readings()
	var out []profile.Decoded
	for i, name := range sources {
		pt := &p.Points[i]
		v := profile.Decoded{Point: pt.Name, Missing: true}
		if !x.Data.Time.IsZero() {
			v.Time = x.Data.Time.UnixMicro()
		}
		for _, r := range readings {
			if r.Point != name {
				continue
			}
			if value, err := pt.Exact(r.Value); err == nil {
				v.Value, v.Missing = value, false
			}
		}
		out = append(out, v)
	}
	return out, nil
}
