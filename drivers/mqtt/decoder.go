package mqtt

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "mqtt"

// ErrProfile says that a profile's MQTT part has no meaning.
var ErrProfile = errors.New("profile has no MQTT meaning")

// Map is a profile whose MQTT part has been read and checked.
type Map struct {
	Profile  *profile.Profile
	Messages []Message // by exchange
	Sources  []Source  // by point
}

// Encoding is that of every message of the profile.
func (m *Map) Encoding() Encoding { return m.Messages[0].Encoding }

// Bind reads the MQTT part of a profile.
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
			switch {
			case other.Encoding != x.Encoding:
				return nil, bad("its messages are %s and %s; a device speaks one", other.Encoding, x.Encoding)
			case other.Topic == x.Topic && other.Port == x.Port || x.Port == 0 && x.Encoding == ChirpStack || other.Port == 0 && x.Encoding == ChirpStack:
				return nil, bad("message %d is one that another is already: give each its own topic or port", i)
			}
		}
		m.Messages = append(m.Messages, x)
	}
	for i := range p.Points {
		x := &p.Points[i]
		if int(x.Exchange) >= len(m.Messages) {
			return nil, bad("point %s: message %d does not exist", x.Name, x.Exchange)
		}
		s, err := ParseSource(x.Source)
		if err == nil {
			err = m.fits(x, s)
		}
		if err != nil {
			return nil, bad("point %s: %w", x.Name, err)
		}
		for j := range m.Sources {
			if m.Sources[j].same(s) && p.Points[j].Exchange == x.Exchange {
				return nil, bad("points %s and %s are the same place", p.Points[j].Name, x.Name)
			}
		}
		m.Sources = append(m.Sources, s)
	}
	return m, nil
}

// fits holds a point against the encoding of its message.
func (m *Map) fits(x *profile.Point, s Source) error {
	e := m.Encoding()
	switch {
	case (s.Metric != "") != (e == Sparkplug):
		return malformed("a metric is a place in %s and in nothing else; the profile is %s", Sparkplug, e)
	case s.Bytes != nil && e != ChirpStack:
		return malformed("bytes are a place in an uplink of %s; the profile is %s", ChirpStack, e)
	case s.Metric == "" && s.Bytes == nil && e == ChirpStack && len(s.Path) == 0:
		return malformed("the whole object is no number")
	case s.Metric != "" && len(x.NoValue) > 0:
		return malformed("Sparkplug says by itself when a metric is null; leave no_value out")
	case s.Bytes != nil && slices.ContainsFunc(x.NoValue, func(b []byte) bool { return len(b) != 2*size[s.Bytes.Type] }):
		return malformed("no_value of %d bytes: write %d hexadecimal digits, such as ffff", size[s.Bytes.Type], 2*size[s.Bytes.Type])
	case x.Span != nil:
		return malformed("a span is for raw counts; use scale and offset")
	case x.Scale.Mantissa == 0:
		return malformed("scale 0 would make every value the same")
	}
	return nil
}

// Topic is the topic under which a message of a device comes; for Sparkplug and
// ChirpStack it is not one, and empty.
func (m *Map) Topic(exchange int, address string) string {
	switch x := m.Messages[exchange]; {
	case x.Encoding != JSON:
		return ""
	case x.Topic != "":
		return address + "/" + x.Topic
	default:
		return address
	}
}

// Decoder decodes messages of MQTT sensors.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. Of Sparkplug, earlier is the birth
// certificate by which the frame's metrics are named, or nothing where they name
// themselves.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	return m.Decode(d, f, earlier)
}

// Decode is Decoder's, for a profile that is bound already.
func (m *Map) Decode(d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	if f.Device != d.ID {
		return nil, malformed("the frame is of device %q, not of %q", f.Device, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	if len(earlier) != len(f.Earlier) && len(f.Earlier) > 0 || len(earlier) > 1 || len(earlier) == 1 && m.Encoding() != Sparkplug {
		return nil, malformed("device %s: %d earlier frames; only a Sparkplug message has one, its birth certificate", d.ID, max(len(earlier), len(f.Earlier)))
	}
	var out []profile.Decoded
	var err error
	switch m.Encoding() {
	case Sparkplug:
		out, err = m.decodeSparkplug(d, f, earlier)
	case ChirpStack:
		out, err = m.decodeChirpStack(d, f)
	default:
		out, err = m.decodeJSON(d, f)
	}
	if err != nil {
		return nil, fmt.Errorf("device %s: topic %s: %w", d.ID, f.Topic, err)
	}
	return out, nil
}

func (m *Map) decodeJSON(d *profile.Device, f *record.Frame) ([]profile.Decoded, error) {
	at := -1
	for i := range m.Messages {
		if m.Topic(i, d.Address) == f.Topic {
			at = i
		}
	}
	if at < 0 {
		return nil, malformed("no message of %s comes under it", d.Address)
	}
	doc, err := parseDocument(f.Received)
	if err != nil {
		return nil, err
	}
	when := m.Messages[at].Time.in(doc)
	var out []profile.Decoded
	for i := range m.Profile.Points {
		x := &m.Profile.Points[i]
		v := profile.Decoded{Point: x.Name, Time: when}
		if int(x.Exchange) == at && m.Sources[i].fill(&v, x, doc) {
			out = append(out, v)
		}
	}
	return out, nil
}

// fill reads a point out of a document; false where the document says nothing
// of it.
func (s *Source) fill(v *profile.Decoded, x *profile.Point, doc *value) bool {
	found, twice := doc.at(s.Path)
	if found == nil && !twice {
		return false
	}
	v.Missing = true
	if found == nil {
		return true
	}
	if s.Flag != nil {
		if flag, _ := doc.at(s.Flag); flag != nil && flag.kind != '{' && flag.kind != '[' && len(flag.text) <= record.MaxFlag {
			v.Flag = flag.text
		}
	}
	if d, ok := convert(x, found, s.Words); ok {
		v.Value, v.Missing = d, false
	}
	return true
}

func (m *Map) decodeChirpStack(d *profile.Device, f *record.Frame) ([]profile.Decoded, error) {
	eui, ok := UplinkOf(f.Topic)
	if !ok || eui != d.Address {
		return nil, malformed("it is no topic of uplinks of %s", d.Address)
	}
	u, err := ParseUplink(f.Received)
	if err != nil {
		return nil, err
	}
	if u.EUI != d.Address {
		return nil, malformed("the uplink is of %s, not of %s", u.EUI, d.Address)
	}
	return m.uplink(u), nil
}

// decodeSparkplug gives the values of a birth or of data. Commands and death
// certificates carry none.
func (m *Map) decodeSparkplug(d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	t, ok := ParseTopic(f.Topic)
	switch {
	case !ok || t.Address() != d.Address:
		return nil, malformed("it is no Sparkplug topic of %s", d.Address)
	case !t.Kind.Birth() && !t.Kind.Data():
		return nil, nil
	}
	p, err := ParsePayload(f.Received)
	if err != nil {
		return nil, err
	}
	var names Aliases
	if len(earlier) == 1 {
		b := earlier[0]
		bt, ok := ParseTopic(b.Topic)
		if !ok || !bt.Kind.Birth() || bt.Address() != d.Address || b.Device != d.ID || b.Outcome != record.OutcomeOK || !t.Kind.Data() {
			return nil, malformed("the frame before it, under %s, is no birth certificate of %s", b.Topic, d.Address)
		}
		birth, err := ParsePayload(b.Received)
		if err != nil {
			return nil, fmt.Errorf("birth certificate: %w", err)
		}
		names = AliasesOf(birth)
	}
	return m.metrics(p, names), nil
}

// metrics are the profile's points in a payload. A point that it holds for
// several times comes once for each, oldest first; two values for one time are
// Missing, for which one holds is not for us to guess.
func (m *Map) metrics(p *Payload, names Aliases) []profile.Decoded {
	by := make(map[string][]profile.Decoded, len(m.Sources))
	at := make(map[string]*profile.Point, len(m.Sources))
	for i := range m.Sources {
		at[m.Sources[i].Metric] = &m.Profile.Points[i]
	}
	for i := range p.Metrics {
		q := &p.Metrics[i]
		born := Born{q.Name, q.Type}
		if q.Name == "" && q.HasAlias {
			born = names.ByAlias[q.Alias]
		} else if q.Type == 0 {
			born.Type = names.ByName[q.Name].Type
		}
		if q.Type != 0 {
			born.Type = q.Type
		}
		x := at[born.Name]
		if x == nil || born.Name == "" {
			continue
		}
		v := profile.Decoded{Point: x.Name, Flag: q.Quality, Backfilled: q.Historical, Missing: true, Time: milli(cmp.Or(q.Time, p.Time))}
		if n, ok := q.number(born.Type); ok {
			if d, ok := n.convert(x); ok {
				v.Value, v.Missing = d, false
			}
		}
		by[x.Name] = add(by[x.Name], v)
	}
	var out []profile.Decoded
	for i := range m.Profile.Points {
		values := by[m.Profile.Points[i].Name]
		slices.SortStableFunc(values, func(x, y profile.Decoded) int { return cmp.Compare(x.Time, y.Time) })
		out = append(out, values...)
	}
	return out
}

func add(values []profile.Decoded, v profile.Decoded) []profile.Decoded {
	i := slices.IndexFunc(values, func(o profile.Decoded) bool { return o.Time == v.Time })
	switch {
	case i < 0:
		return append(values, v)
	case values[i] != v:
		values[i] = profile.Decoded{Point: v.Point, Time: v.Time, Missing: true}
	}
	return values
}

// milli is a time in ms as Unix µs; 0 where it is none.
func milli(ms uint64) int64 {
	if ms > math.MaxInt64/1000 {
		return 0
	}
	return plausible(int64(ms) * 1000)
}

// convert makes the profile's value of a number. An integer keeps every digit; a
// float is rounded half to even at the point's decimals, from its exact value.
func (n num) convert(x *profile.Point) (decimal.D, bool) {
	if !n.float {
		d, err := x.Exact(decimal.New(n.i, 0))
		return d, err == nil
	}
	if math.IsNaN(n.f) || math.IsInf(n.f, 0) {
		return decimal.D{}, false
	}
	r := new(big.Rat).SetFloat64(n.f)
	r.Mul(r, x.Scale.Rat())
	d, err := decimal.FromRat(r.Add(r, x.Offset.Rat()), x.Decimals)
	return d, err == nil
}
