package profile

import (
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
)

// A dialect is how one protocol's part of a profile is written. Everything else
// of a profile, such as titles, units and plausible ranges, is written alike for
// all of them.
type dialect struct {
	// kinds are the buses on which such an instrument can be.
	kinds []Kind
	// address is the remedy when the site file does not say which instrument on the
	// bus is meant; empty: a bus has one instrument and the file says nothing.
	address string
	// roams says that such instruments are mostly on the road or behind a mobile
	// network, so that nobody may guess how they are reached.
	roams bool
	// checkAddress refuses what no instrument can have; nil: any text.
	checkAddress func(address string) error
	// head reads keys of the whole profile and hands what it read to message; nil:
	// there are none.
	head func(m *document.Mapping) any
	// message reads the keys of one message, and tells it in a few words; nil: the
	// protocol has only one message with values, and profiles name none.
	message func(n *document.Node, m *document.Mapping, head any) (request []byte, words string)
	// point reads the keys that say where a point stands in its message.
	point func(n *document.Node, m *document.Mapping) (source []byte, words string)
	// noValue reads one pattern that means "no value"; nil: text as sent.
	noValue func(n *document.Node) []byte
	// bind checks the whole.
	bind func(p *profile.Profile) error
}

const maxMessages = 64

// Protocols are the protocols of profiles, Modbus first.
func Protocols() []string {
	var names []string
	for name := range dialects {
		names = append(names, name)
	}
	slices.Sort(names)
	return append([]string{Protocol}, names...)
}

// parseSpeaker reads the profile of an instrument that is heard, or is asked by
// a link of its own: every one but those of a Modbus master.
func parseSpeaker(name string, doc *document.Doc, m *document.Mapping, protocol string) (*File, error) {
	d := dialects[protocol]
	m.Version(Version)
	f := &File{Name: name, dialect: d}
	p := &f.Profile
	p.Protocol = protocol
	p.ID = readID(m.Take("id").Required("name it kind/model, such as dust/station-a"))
	p.Title = readTitle(m.Take("title").Required("write title: {en: …, zh: …}"))
	if line := m.Take("line"); !line.Absent() {
		f.Line = readLine(line)
	}
	var head any
	if d.head != nil {
		head = d.head(m)
	}
	if d.message != nil {
		messages := m.Take("messages").Required("write at least one, with an id and what the protocol's page in docs/drivers says")
		for _, n := range messages.List(maxMessages) {
			f.readMessage(n, head)
		}
	}
	for _, n := range m.Take("params").List(profile.MaxParams) {
		p.Params = append(p.Params, readParam(n))
	}
	points := m.Take("points").Required("write at least one point")
	for _, n := range points.List(profile.MaxPoints) {
		f.readHeardPoint(n)
	}
	if doc.Err() == nil && len(p.Points) == 0 {
		points.Failf("points is empty; write at least one point")
	}
	golden := m.Take("golden")
	if doc.Err() == nil {
		for _, n := range golden.List(64) {
			f.readHeardGolden(n)
		}
	}
	m.Done()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	// What is left is what only the whole can show, such as a field used twice.
	if _, _, err := p.Compile(); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	if err := d.bind(p); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	return f, nil
}

func (f *File) readMessage(n *document.Node, head any) {
	m := n.Mapping()
	id := m.Take("id").Required("name the message, such as id: live").ID()
	request, words := f.dialect.message(n, m, head)
	every := m.Take("every").Duration(100*time.Millisecond, 24*time.Hour)
	m.Done()
	if slices.Contains(f.Exchanges, id) && id != "" {
		n.Failf("message %s is described twice; give one another id", id)
	}
	f.Exchanges, f.words = append(f.Exchanges, id), append(f.words, words)
	f.Profile.Exchanges = append(f.Profile.Exchanges, profile.Exchange{Request: request, Cadence: uint64(every / time.Microsecond)})
}

func (f *File) readHeardPoint(n *document.Node) {
	m := n.Mapping()
	x := profile.Point{
		Name:  m.Take("name").Required("name the point, such as name: pm10").ID(),
		Title: readTitle(m.Take("title").Required("write title: {en: …, zh: …}")),
		Unit:  m.Take("unit").Required("write the unit in which the instrument sends it, such as Cel; write / for a bare number").Text(record.MaxName),
		Scale: decimal.New(1, 0),
	}
	if _, twice := f.Profile.Point(x.Name); twice && x.Name != "" {
		n.Failf("point %s is described twice; give one another name", x.Name)
	}
	if f.dialect.message != nil {
		x.Exchange = f.readMessageOf(m.Take("message"), n)
	}
	var words string
	x.Source, words = f.dialect.point(n, m)
	f.places = append(f.places, words)
	if v := m.Take("scale"); !v.Absent() {
		if x.Scale = v.Decimal(); x.Scale.Mantissa == 0 {
			v.Failf("point %s: scale 0 would make every value the same", x.Name)
		}
	}
	x.Offset = m.Take("offset").Decimal()
	x.Decimals = uint8(m.Take("decimals").Int(0, decimal.MaxScale))
	f.readBounds(n, m, &x)
	for _, v := range m.Take("no_value").List(profile.MaxNoValue) {
		if f.dialect.noValue != nil {
			x.NoValue = append(x.NoValue, f.dialect.noValue(v))
		} else {
			x.NoValue = append(x.NoValue, []byte(v.Text(64)))
		}
	}
	f.readPlausible(n, m, &x)
	m.Done()
	f.Profile.Points = append(f.Profile.Points, x)
}

// readBounds reads the plausible range, which parameters of the site may set.
func (f *File) readBounds(n *document.Node, m *document.Mapping, x *profile.Point) {
	x.Min, x.Max = f.optionalBound(m.Take("min")), f.optionalBound(m.Take("max"))
	if x.Min != nil && x.Max != nil && x.Min.Param == "" && x.Max.Param == "" && x.Min.Value.Cmp(x.Max.Value) > 0 {
		n.Failf("point %s: min %v is above max %v", x.Name, x.Min.Value, x.Max.Value)
	}
}

// readPlausible reads how a value may change in time.
func (f *File) readPlausible(n *document.Node, m *document.Mapping, x *profile.Point) {
	x.MaxRate = m.Take("max_rate").OptionalDecimal()
	if x.MaxRate != nil && x.MaxRate.Mantissa <= 0 {
		n.Failf("point %s: max_rate %v; write the greatest change a second, above 0", x.Name, x.MaxRate)
	}
	x.Stuck = uint64(m.Take("stuck").Duration(time.Second, 720*time.Hour) / time.Microsecond)
}

func (f *File) readMessageOf(n, point *document.Node) uint32 {
	if n.Absent() {
		if len(f.Exchanges) > 1 {
			point.Failf("the profile has %d messages; write which one this point is in, such as message: %s", len(f.Exchanges), f.Exchanges[0])
		}
		return 0
	}
	name := n.ID()
	i := slices.Index(f.Exchanges, name)
	if i < 0 && name != "" {
		n.Failf("message %q does not exist; known are %s", name, strings.Join(f.Exchanges, ", "))
	}
	return uint32(max(i, 0))
}

// readHeardGolden reads one golden frame: bytes as they came from an instrument,
// or came back to what was sent.
func (f *File) readHeardGolden(n *document.Node) {
	m := n.Mapping()
	g := Golden{
		Line:    n.Line(),
		Name:    m.Take("name").Required("say what the frame shows").Text(profile.MaxText),
		Source:  m.Take("source").Required("say where the frame comes from").Lines(1024),
		Address: m.Take("address").Text(profile.MaxText),
		Topic:   m.Take("topic").Text(record.MaxTopic),
		Request: m.Take("sent").Hex(1, record.MaxExchange),
	}
	if text := m.Take("text"); !text.Absent() {
		g.Reply = []byte(text.Lines(record.MaxExchange))
	} else {
		g.Reply = m.Take("bytes").Required("write what came, in hexadecimal; or text: for a protocol of text").Hex(1, record.MaxExchange)
	}
	expected := m.Take("values").Required("write what each point must read, or none").Mapping()
	names, nodes := expected.Rest()
	for i, name := range names {
		if _, ok := f.Profile.Point(name); !ok {
			nodes[i].Failf("golden frame %q: there is no point %q", g.Name, name)
		}
		g.Values = append(g.Values, Expected{Point: name, Value: optionalValue(nodes[i])})
	}
	m.Done()
	f.Golden = append(f.Golden, g)
}
