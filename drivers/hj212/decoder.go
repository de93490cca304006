package hj212

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "hj212"

// ErrProfile says that a profile's HJ 212 part has no meaning.
var ErrProfile = errors.New("profile has no HJ 212 meaning")

// Map is a profile whose HJ 212 part has been read and checked.
type Map struct {
	Profile  *profile.Profile
	Messages []Message // by exchange
	Sources  []Source  // by point
}

// Bind reads the HJ 212 part of a profile.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) == 0 {
		return nil, bad("it names no message")
	}
	m := &Map{Profile: p}
	for i, e := range p.Exchanges {
		x, err := ParseMessage(e.Request)
		if err != nil {
			return nil, bad("message %d: %w", i, err)
		}
		for _, other := range m.Messages {
			if other.Command == x.Command {
				return nil, bad("command %d twice", x.Command)
			}
			if !slices.Equal(other.Rules, x.Rules) || other.LongLength != x.LongLength {
				return nil, bad("a station has one way to count and check for all its messages")
			}
		}
		m.Messages = append(m.Messages, x)
	}
	for i := range p.Points {
		x := &p.Points[i]
		s, err := ParseSource(x.Source)
		switch {
		case err != nil:
			return nil, bad("point %s: %w", x.Name, err)
		case int(x.Exchange) >= len(m.Messages):
			return nil, bad("point %s: message %d does not exist", x.Name, x.Exchange)
		case x.Span != nil:
			return nil, bad("point %s: a span is for raw numbers; HJ 212 sends values", x.Name)
		case x.Scale.Mantissa == 0:
			return nil, bad("point %s: scale 0 would make every value the same", x.Name)
		}
		for j, other := range m.Sources {
			if other == s && p.Points[j].Exchange == x.Exchange {
				return nil, bad("points %s and %s are the same field", p.Points[j].Name, x.Name)
			}
		}
		m.Sources = append(m.Sources, s)
	}
	return m, nil
}

// Options are what the profile allows beyond the standard.
func (m *Map) Options() Options {
	return Options{Rules: m.Messages[0].Rules, LongLength: m.Messages[0].LongLength}
}

// Point finds the point that a reading of a command is.
func (m *Map) Point(command string, r Reading) (*profile.Point, bool) {
	for i, s := range m.Sources {
		x := &m.Profile.Points[i]
		if s.Factor == r.Factor && s.Suffix == r.Suffix && strconv.Itoa(int(m.Messages[x.Exchange].Command)) == command {
			return x, true
		}
	}
	return nil, false
}

// Convert makes the profile's value of a number: raw × scale + offset, exactly.
// Digits are never rounded away, for the station sends as many as it means to;
// there are at least as many as the point's decimals. ok is false when the text
// is a pattern for "no value", or when 64 bits cannot hold the value.
func Convert(x *profile.Point, r Reading) (v decimal.D, ok bool) {
	for _, pattern := range x.NoValue {
		if string(pattern) == r.Text {
			return decimal.D{}, false
		}
	}
	v, err := x.Exact(r.Value)
	return v, err == nil
}

// Decoder decodes frames of HJ 212.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. What was received is one packet; its MN is
// the device's address. A packet of a command that the profile does not name carries
// no values, and neither does a part of a split message: the part that completes it
// carries those of all, with the frames of the other parts as the earlier ones.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	if len(earlier) != len(f.Earlier) && len(f.Earlier) > 0 || len(earlier) >= MaxParts {
		return nil, malformed("%d earlier frames, the frame names %d", len(earlier), len(f.Earlier))
	}
	var packets []wire
	for _, x := range append(slices.Clone(earlier), f) {
		if x.Device != d.ID {
			return nil, malformed("the frame is of device %q, not of %q", x.Device, d.ID)
		}
		if x.Outcome != record.OutcomeOK {
			return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, x.Outcome)
		}
		packets = append(packets, wire{x.Received, x.Opened})
	}
	x, err := m.parse(packets)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	if x == nil {
		return nil, nil
	}
	if x.Header.MN != d.Address {
		return nil, malformed("device %s is station %q, the packet is of %q", d.ID, d.Address, x.Header.MN)
	}
	return m.values(x), nil
}

// values are the profile's points in the packet, in the profile's order. A point
// that the packet holds for several times comes once for each, oldest first; two
// values for one time are Missing, for which one holds is not for us to guess.
func (m *Map) values(f *Frame) []profile.Decoded {
	readings := f.Readings()
	backfilled := f.Backfilled()
	var out []profile.Decoded
	for i := range m.Profile.Points {
		first := len(out)
		for _, r := range readings {
			x, ok := m.Point(f.Header.CN, r)
			if !ok || x != &m.Profile.Points[i] {
				continue
			}
			v := profile.Decoded{Point: x.Name, Flag: r.Flag, Backfilled: backfilled}
			if !r.Time.IsZero() {
				v.Time = r.Time.UnixMicro()
			}
			if v.Value, ok = Convert(x, r); !ok {
				v.Value, v.Missing = decimal.D{}, true
			}
			at := slices.IndexFunc(out[first:], func(o profile.Decoded) bool { return o.Time == v.Time })
			if at >= 0 {
				out[first+at] = profile.Decoded{Point: x.Name, Time: v.Time, Missing: true}
				continue
			}
			out = append(out, v)
		}
		slices.SortStableFunc(out[first:], func(x, y profile.Decoded) int { return cmp.Compare(x.Time, y.Time) })
	}
	return out
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{cborx.ErrMalformed}, args...)...)
}
