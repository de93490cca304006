package registers

import (
	"fmt"
	"strings"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// Step is one step of a decoding in words, for the engineer at the cabinet.
type Step struct {
	What   string // such as "register 1" or "as s16"
	Result string // such as "ff 9b" or "-101"
}

// Trace is how one point came out of an exchange.
type Trace struct {
	Point   *profile.Point
	Steps   []Step
	Decoded profile.Decoded
	Err     error // the device's parameters do not fit the profile
}

// Steps tells every decoding step of an exchange, point by point, with the same
// arithmetic as Values.
func (m *Map) Steps(d *profile.Device, exchange int, data modbus.Data) ([]Trace, error) {
	if _, err := m.Values(d, exchange, data); err != nil && (exchange < 0 || exchange >= len(m.Reads) || data.Read != m.Reads[exchange] || !whole(data)) {
		return nil, err
	}
	var out []Trace
	for i := range m.Sources {
		if int(m.Profile.Points[i].Exchange) == exchange {
			out = append(out, m.trace(d, i, data))
		}
	}
	return out, nil
}

func (m *Map) trace(d *profile.Device, point int, data modbus.Data) Trace {
	x, s := &m.Profile.Points[point], m.Sources[point]
	t := Trace{Point: x}
	t.Decoded, t.Err = m.value(d, point, data)
	say := func(what, f string, args ...any) { t.Steps = append(t.Steps, Step{what, fmt.Sprintf(f, args...)}) }
	raw, at := s.raw(data), int(data.Address)+int(s.Offset)
	switch {
	case data.Bits != nil:
		say(fmt.Sprintf("bit %d", at), "%v", s.number(data))
	case s.Type == Bit:
		say(fmt.Sprintf("register %d", at), "%04x", data.Words[s.Offset])
		say(fmt.Sprintf("bit %d of it", s.Bit), "%v", s.number(data))
	case len(raw) == 2:
		say(fmt.Sprintf("register %d", at), "% x", raw)
	default:
		say(fmt.Sprintf("registers %d to %d", at, at+len(raw)/2-1), "% x", raw)
	}
	if noValue(x, raw) {
		say("pattern for \"no value\"", "no value")
		return t
	}
	n := s.number(data)
	if s.Type != Bit {
		if s.Order != Big {
			say("in order "+s.Order.String(), "%0*x", 2*len(raw), s.bitsOf(data))
		}
		say("as "+s.Type.String(), "%v", n)
	}
	if !n.finite() {
		say("not a number", "no value")
		return t
	}
	m.sayConversion(d, x, n, say)
	switch {
	case t.Err != nil:
		say("error", "%v", t.Err)
	case t.Decoded.Missing:
		say(fmt.Sprintf("beyond 64 bits at %d decimals", x.Decimals), "no value")
	default:
		say("value", "%s", strings.TrimSpace(t.Decoded.Value.String()+" "+x.Unit))
	}
	return t
}

func (m *Map) sayConversion(d *profile.Device, x *profile.Point, n number, say func(what, f string, args ...any)) {
	if s := x.Span; s != nil {
		low, err1 := d.Resolve(m.Profile, s.Low)
		high, err2 := d.Resolve(m.Profile, s.High)
		if err1 == nil && err2 == nil {
			say(fmt.Sprintf("span %v to %v onto %v to %v", s.RawLow, s.RawHigh, low, high), "rounded to %d decimals", x.Decimals)
		}
		return
	}
	if x.Scale.Cmp(decimal.New(1, 0)) != 0 {
		say(fmt.Sprintf("times %v", x.Scale), "%v", product(n, x.Scale))
	}
	if x.Offset.Mantissa != 0 {
		say(fmt.Sprintf("plus %v", x.Offset), "%v", sum(n, x))
	}
	if n.kind == float {
		say("rounded half to even", "%d decimals", x.Decimals)
	}
}

// product is raw × scale as text, exact but cut at 18 digits for people.
func product(n number, scale decimal.D) string {
	v := n.rat()
	return short(v.Mul(v, scale.Rat()).FloatString(decimal.MaxScale))
}

func sum(n number, x *profile.Point) string {
	v := n.rat()
	v.Mul(v, x.Scale.Rat())
	return short(v.Add(v, x.Offset.Rat()).FloatString(decimal.MaxScale))
}

func short(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }
