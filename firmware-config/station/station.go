package station

import (
	"slices"
	"strings"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
)

// Version is the version of the YAML form.
const Version = 1

const (
	maxMessages = 16
	lengthLong  = "with-crc"
)

// Profile is one station profile as written.
type Profile struct {
	Name     string // of the file, as errors call it
	Profile  profile.Profile
	Messages []string // names, by index in Profile.Exchanges
	Map      *hj212.Map
}

// Parse reads a profile. name is what errors call the file. The error joins
// every problem found, each with file and line.
func Parse(name string, data []byte) (*Profile, error) {
	doc, err := document.Open(name, data)
	if err != nil {
		return nil, err
	}
	m := doc.Root().Mapping()
	m.Version(Version)
	f := &Profile{Name: name}
	p := &f.Profile
	p.ID = readID(m.Take("id").Required("name it kind/model, such as dust/station-a"))
	p.Title = readTitle(m.Take("title").Required("write title: {en: …, zh: …}"))
	p.Protocol = m.Take("protocol").Required("write protocol: " + hj212.Protocol).Choice(hj212.Protocol)
	rules := readRules(m.Take("crc"))
	length := m.Take("length")
	long := !length.Absent() && length.Choice("standard", lengthLong) == lengthLong
	messages := m.Take("messages").Required("write at least one, such as - {id: live, command: 2011}")
	for _, n := range messages.List(maxMessages) {
		f.readMessage(n, rules, long)
	}
	points := m.Take("points").Required("write at least one point")
	for _, n := range points.List(profile.MaxPoints) {
		f.readPoint(n)
	}
	if doc.Err() == nil && len(p.Points) == 0 {
		points.Failf("points is empty; write at least one point")
	}
	m.Done()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	// What is left is what only the whole can show, such as a field used twice.
	if _, _, err := p.Compile(); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	if f.Map, err = hj212.Bind(p); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	return f, nil
}

func readID(n *document.Node) string {
	s := n.Text(profile.MaxText)
	for part := range strings.SplitSeq(s, "/") {
		if s != "" && !document.ValidID(part) {
			n.Failf("id %q: write small letters, digits and hyphens, with slashes between, such as dust/station-a", s)
			return ""
		}
	}
	return s
}

func readTitle(n *document.Node) profile.Text {
	m := n.Mapping()
	t := profile.Text{}
	if !n.Absent() {
		t.EN = m.Take("en").Required("write the English title").Text(profile.MaxText)
		t.ZH = m.Take("zh").Required("write the Chinese title").Text(profile.MaxText)
	}
	m.Done()
	return t
}

// readRules reads the CRC rules allowed besides the standard's.
func readRules(n *document.Node) []hj212.Rule {
	var rules []hj212.Rule
	for _, x := range n.List(4) {
		r, err := hj212.ParseRule(x.Text(32))
		switch {
		case err != nil:
			x.Fail(err)
		case r == hj212.RuleHJ212:
			x.Failf("crc: %v always holds; name only what the station does besides", r)
		case slices.Contains(rules, r):
			x.Failf("crc: %v twice", r)
		default:
			rules = append(rules, r)
		}
	}
	slices.Sort(rules)
	return rules
}

func (f *Profile) readMessage(n *document.Node, rules []hj212.Rule, long bool) {
	m := n.Mapping()
	id := m.Take("id").Required("name the message, such as id: live").ID()
	x := hj212.Message{Rules: rules, LongLength: long,
		Command: uint16(m.Take("command").Required("write the command number CN, such as command: 2011").Int(1000, 9999))}
	every := m.Take("every").Duration(time.Second, 24*time.Hour)
	m.Done()
	if slices.Contains(f.Messages, id) && id != "" {
		n.Failf("message %s is described twice; give one another id", id)
	}
	f.Messages = append(f.Messages, id)
	f.Profile.Exchanges = append(f.Profile.Exchanges, profile.Exchange{Request: x.Append(nil), Cadence: uint64(every / time.Microsecond)})
}

func (f *Profile) readPoint(n *document.Node) {
	m := n.Mapping()
	x := profile.Point{
		Name:  m.Take("name").Required("name the point, such as name: pm10").ID(),
		Title: readTitle(m.Take("title").Required("write title: {en: …, zh: …}")),
		Unit:  m.Take("unit").Required("write the unit in which this station sends it; write '' for a bare number").Text(record.MaxName),
		Scale: decimal.New(1, 0),
	}
	if _, twice := f.Profile.Point(x.Name); twice && x.Name != "" {
		n.Failf("point %s is described twice; give one another name", x.Name)
	}
	x.Exchange = f.readMessageOf(m.Take("message"), n)
	factor := m.Take("factor").Required("write factor and suffix as sent, such as factor: a34002-Rtd")
	name := factor.Text(2*hj212.MaxName + 1)
	var s hj212.Source
	s.Factor, s.Suffix, _ = strings.Cut(name, "-")
	if err := s.Check(); err != nil && name != "" {
		factor.Fail(err)
	}
	x.Source = s.Append(nil)
	if v := m.Take("scale"); !v.Absent() {
		if x.Scale = v.Decimal(); x.Scale.Mantissa == 0 {
			v.Failf("point %s: scale 0 would make every value the same", x.Name)
		}
	}
	x.Offset = m.Take("offset").Decimal()
	x.Decimals = uint8(m.Take("decimals").Int(0, decimal.MaxScale))
	x.Min, x.Max = bound(m.Take("min")), bound(m.Take("max"))
	if x.Min != nil && x.Max != nil && x.Min.Value.Cmp(x.Max.Value) > 0 {
		n.Failf("point %s: min %v is above max %v", x.Name, x.Min.Value, x.Max.Value)
	}
	for _, v := range m.Take("no_value").List(profile.MaxNoValue) {
		x.NoValue = append(x.NoValue, []byte(v.Text(64)))
	}
	if x.MaxRate = m.Take("max_rate").OptionalDecimal(); x.MaxRate != nil && x.MaxRate.Mantissa <= 0 {
		n.Failf("point %s: max_rate %v; write the greatest change a second, above 0", x.Name, x.MaxRate)
	}
	x.Stuck = uint64(m.Take("stuck").Duration(time.Second, 720*time.Hour) / time.Microsecond)
	m.Done()
	f.Profile.Points = append(f.Profile.Points, x)
}

func (f *Profile) readMessageOf(n, point *document.Node) uint32 {
	if n.Absent() {
		if len(f.Messages) > 1 {
			point.Failf("the profile has %d messages; write which one this point is in, such as message: %s", len(f.Messages), f.Messages[0])
		}
		return 0
	}
	name := n.ID()
	i := slices.Index(f.Messages, name)
	if i < 0 && name != "" {
		n.Failf("message %q does not exist; known are %s", name, strings.Join(f.Messages, ", "))
	}
	return uint32(max(i, 0))
}

func bound(n *document.Node) *profile.Bound {
	if n.Absent() {
		return nil
	}
	return &profile.Bound{Value: n.Decimal()}
}
