package nmea

import (
	"errors"
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "nmea"

// ErrProfile says that a profile's NMEA part has no meaning.
var ErrProfile = errors.New("profile has no NMEA meaning")

// points are the readings of each sentence type, with their units. An exchange's
// request is a type and a point's source one of its readings, a text in CBOR each.
var points = map[string]map[string]string{
	"RMC": {"lat": "deg", "lon": "deg", "speed": "kn", "course": "deg"},
	"GGA": {"lat": "deg", "lon": "deg", "altitude": "m", "satellites": "/", "hdop": "/"},
	"GNS": {"lat": "deg", "lon": "deg", "altitude": "m", "satellites": "/", "hdop": "/"},
	"GLL": {"lat": "deg", "lon": "deg"},
	"VTG": {"course": "deg", "speed": "kn", "speed-kmh": "km/h"},
}

// AppendName writes the compiled form of a sentence type or a reading's name.
func AppendName(b []byte, name string) []byte { return cborx.AppendText(b, name) }

func parseName(item []byte) (string, error) {
	r := cborx.NewReader(item)
	s := r.Text(16)
	return s, r.Done()
}

// Map is a profile whose NMEA part has been read and checked.
type Map struct {
	Profile *profile.Profile
	Types   []string // by exchange
	Names   []string // by point
}

// Bind reads the NMEA part of a profile.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	m := &Map{Profile: p}
	for i, e := range p.Exchanges {
		s, err := parseName(e.Request)
		if err != nil || points[s] == nil {
			return nil, bad("exchange %d: no readings come from sentence %q", i, s)
		}
		for _, have := range m.Types {
			if have == s {
				return nil, bad("sentence %s twice", s)
			}
		}
		m.Types = append(m.Types, s)
	}
	for i := range p.Points {
		x := &p.Points[i]
		s, err := parseName(x.Source)
		if err != nil || int(x.Exchange) >= len(m.Types) {
			return nil, bad("point %s: no source or exchange", x.Name)
		}
		unit, ok := points[m.Types[x.Exchange]][s]
		switch {
		case !ok:
			return nil, bad("point %s: %s has no %q", x.Name, m.Types[x.Exchange], s)
		case unit != x.Unit:
			return nil, bad("point %s: unit %q; the standard fixes %q", x.Name, x.Unit, unit)
		case x.Span != nil || len(x.NoValue) > 0 || x.Scale.Mantissa == 0:
			return nil, bad("point %s: a receiver sends decimals; leave span, no_value and scale out", x.Name)
		}
		m.Names = append(m.Names, s)
	}
	return m, nil
}

// Decoder decodes sentences of NMEA 0183.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. What was received is one sentence. A point
// of its type that the sentence has no usable value for is Missing.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	if len(earlier) > 0 || len(f.Earlier) > 0 || f.Device != d.ID {
		return nil, fmt.Errorf("%w: a sentence stands alone and is of its own device, %s", cborx.ErrMalformed, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	s, err := Parse(f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: frame: %w", d.ID, err)
	}
	fix := s.Fix()
	var out []profile.Decoded
	for i, name := range m.Names {
		x := &p.Points[i]
		if m.Types[x.Exchange] != s.Type {
			continue
		}
		v := profile.Decoded{Point: x.Name, Missing: true}
		for _, r := range fix.Readings {
			if r.Point != name {
				continue
			}
			if value, err := x.Exact(r.Value); err == nil {
				v.Value, v.Missing = value, false
			}
			if !r.Time.IsZero() {
				v.Time = r.Time.UnixMicro()
			}
		}
		out = append(out, v)
	}
	return out, nil
}
