package profile

import (
	"slices"
	"strings"
	"time"

	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
)

// Version is the version of the YAML form.
const Version = 1

const maxExchanges = 64

// Parse reads a profile. name is what errors call the file. The error joins
// every problem found, each with file and line.
func Parse(name string, data []byte) (*File, error) {
	doc, err := document.Open(name, data)
	if err != nil {
		return nil, err
	}
	m := doc.Root().Mapping()
	protocol := m.Take("protocol").Required("write one of " + strings.Join(Protocols(), ", ")).Choice(Protocols()...)
	if dialects[protocol] != nil {
		return parseSpeaker(name, doc, m, protocol)
	}
	m.Version(Version)
	f := &File{Name: name}
	p := &f.Profile
	p.ID = readID(m.Take("id").Required("name it maker/model, such as dust/dn-7"))
	p.Title = readTitle(m.Take("title").Required("write title: {en: …, zh: …}"))
	f.Line = readLine(m.Take("line").Required("write the instrument's serial settings, such as line: {baud: 9600}"))
	f.Timeout = m.Take("timeout").Duration(10*time.Millisecond, 10*time.Second)
	f.Lateness = m.Take("lateness").Duration(10*time.Millisecond, 10*time.Second)
	f.readExchanges(m.Take("exchanges").Required("write at least one read, such as - {id: all, function: 3, address: 0, count: 2, cadence: 10s}"))
	for _, n := range m.Take("params").List(profile.MaxParams) {
		p.Params = append(p.Params, readParam(n))
	}
	points := m.Take("points").Required("write at least one point")
	for _, n := range points.List(profile.MaxPoints) {
		f.readPoint(n)
	}
	if doc.Err() == nil && len(p.Points) == 0 {
		points.Failf("points is empty; write at least one point")
	}
	golden := m.Take("golden")
	if doc.Err() == nil { // golden frames need sound points
		for _, n := range golden.List(64) {
			f.readGolden(n)
		}
	}
	m.Done()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	// What is left is what only the whole can show, such as a name used twice.
	if _, _, err := f.Compile(Serial); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	if _, err := registers.Bind(f.For(Serial)); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	return f, nil
}

// readID reads a profile's id: parts of small letters, digits and hyphens,
// joined by slashes.
func readID(n *document.Node) string {
	s := n.Text(profile.MaxText)
	for part := range strings.SplitSeq(s, "/") {
		if s != "" && !document.ValidID(part) {
			n.Failf("id %q: write small letters, digits and hyphens, with slashes between, such as dust/dn-7", s)
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

// Rates are the bits per second that a tty can be set to.
var Rates = []int{300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}

// ReadBaud reads one of Rates.
func ReadBaud(n *document.Node) int {
	v := int(n.Int(300, 921600))
	if v != 0 && !slices.Contains(Rates, v) {
		n.Failf("no serial port runs at %d baud; possible are %v", v, Rates)
	}
	return v
}

func readLine(n *document.Node) Line {
	m := n.Mapping()
	l := Line{DataBits: 8, Parity: 'N', StopBits: 1, RTS: "none"}
	if n.Absent() {
		return l
	}
	if b := m.Take("baud").Required("write the rate in the instrument's manual, such as baud: 9600"); b.Scalar() {
		l.Bauds = []int{ReadBaud(b)}
	} else {
		for _, x := range b.List(8) {
			l.Bauds = append(l.Bauds, ReadBaud(x))
		}
	}
	if x := m.Take("data_bits"); !x.Absent() {
		l.DataBits = int(x.Int(7, 8))
	}
	if x := m.Take("parity"); !x.Absent() {
		l.Parity = Parity(x.Choice("none", "even", "odd"))
	}
	if x := m.Take("stop_bits"); !x.Absent() {
		l.StopBits = int(x.Int(1, 2))
	}
	if x := m.Take("echo"); !x.Absent() {
		l.Echo = x.Bool()
	}
	if x := m.Take("rts"); !x.Absent() {
		l.RTS = x.Choice("none", "rts-high-on-send", "rts-low-on-send")
	}
	m.Done()
	return l
}

// Parity is the letter of a parity's name; 'N' for any but even and odd.
func Parity(name string) byte {
	switch name {
	case "even":
		return 'E'
	case "odd":
		return 'O'
	}
	return 'N'
}

func (f *File) readExchanges(n *document.Node) {
	for _, x := range n.List(maxExchanges) {
		m := x.Mapping()
		id := m.Take("id").Required("name the exchange, such as id: all").ID()
		r := registers.Read{
			Function: byte(m.Take("function").Required("write the function code, 1 to 4").Int(1, 4)),
			Address:  uint16(m.Take("address").Required("write the first address as on the wire, counted from 0").Int(0, 0xFFFF)),
			Count:    uint16(m.Take("count").Required("write how many registers or bits to read").Int(1, 2000)),
		}
		cadence := m.Take("cadence").Required("write how often to read, such as cadence: 10s").Duration(100*time.Millisecond, 24*time.Hour)
		m.Done()
		if err := r.Check(); err != nil && r.Function != 0 && r.Count != 0 {
			x.Failf("exchange %s: %v", id, err)
		}
		for i, other := range f.Exchanges {
			if other == id && id != "" {
				x.Failf("exchange %s is described twice; give one another id", id)
			}
			if f.Reads[i] == r {
				x.Failf("exchanges %s and %s are the same request; merge them", other, id)
			}
		}
		f.Exchanges, f.Reads = append(f.Exchanges, id), append(f.Reads, r)
		f.Profile.Exchanges = append(f.Profile.Exchanges, profile.Exchange{
			Request: registers.AppendRequest(nil, r), Cadence: uint64(cadence / time.Microsecond)})
	}
}

func readParam(n *document.Node) profile.Param {
	m := n.Mapping()
	q := profile.Param{
		Name:    m.Take("name").Required("name the parameter").ID(),
		Unit:    m.Take("unit").Text(record.MaxName),
		Default: m.Take("default").OptionalDecimal(),
	}
	m.Done()
	if q.Name != "" && (q.Name[0] < 'a' || q.Name[0] > 'z') {
		n.Failf("parameter %s: begin its name with a letter, so that it is no number", q.Name)
	}
	return q
}

// readBound reads a number, or the name of a parameter.
func (f *File) readBound(n *document.Node) profile.Bound {
	s := n.Text(profile.MaxText)
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		if s == "" {
			return profile.Bound{}
		}
		return profile.Bound{Value: n.Decimal()}
	}
	for _, q := range f.Profile.Params {
		if q.Name == s {
			return profile.Bound{Param: s}
		}
	}
	n.Failf("parameter %q is not described; add it to params, or write a number", s)
	return profile.Bound{Param: s}
}

func (f *File) optionalBound(n *document.Node) *profile.Bound {
	if n.Absent() {
		return nil
	}
	b := f.readBound(n)
	return &b
}

func (f *File) readPoint(n *document.Node) {
	m := n.Mapping()
	x := profile.Point{
		Name:  m.Take("name").Required("name the point, such as name: pm10").ID(),
		Title: readTitle(m.Take("title").Required("write title: {en: …, zh: …}")),
		Unit:  m.Take("unit").Text(record.MaxName),
		Scale: decimal.New(1, 0),
	}
	if _, twice := f.Profile.Point(x.Name); twice && x.Name != "" {
		n.Failf("point %s is described twice; give one another name", x.Name)
	}
	x.Exchange = f.readExchangeOf(m.Take("exchange"), n)
	register := m.Take("register").Required("write the address that the manual gives, counted from 0")
	at := register.Int(0, 0xFFFF)
	var s registers.Source
	var err error
	kind := m.Take("type").Required("write how to read it, such as type: s16")
	if t := kind.Text(16); t != "" {
		if s.Type, err = registers.ParseType(t); err != nil {
			kind.Fail(err)
		}
	}
	order := m.Take("order")
	if o := order.Text(16); o != "" {
		if s.Order, err = registers.ParseOrder(o); err != nil {
			order.Fail(err)
		}
	}
	s.Bit = uint8(m.Take("bit").Int(0, 15))
	if v := m.Take("scale"); !v.Absent() {
		x.Scale = v.Decimal()
	}
	x.Offset = m.Take("offset").Decimal()
	// Without decimals, the scale says how many digits a value has.
	x.Decimals = max(x.Scale.Scale, x.Offset.Scale)
	if v := m.Take("decimals"); !v.Absent() {
		x.Decimals = uint8(v.Int(0, decimal.MaxScale))
	} else if t := s.Type; t == registers.F32 || t == registers.F64 {
		kind.Failf("point %s: a float needs decimals: how many digits its maker vouches for", x.Name)
	}
	if v := m.Take("span"); !v.Absent() {
		x.Span = f.readSpan(v)
	}
	f.readBounds(n, m, &x)
	noValue := m.Take("no_value")
	for _, v := range noValue.List(profile.MaxNoValue) {
		x.NoValue = append(x.NoValue, v.Hex(2, 8))
	}
	f.readPlausible(n, m, &x)
	m.Done()
	f.placePoint(n, &x, &s, at)
	x.Source = s.Append(nil)
	f.Profile.Points, f.Sources = append(f.Profile.Points, x), append(f.Sources, s)
}

func (f *File) readExchangeOf(n, point *document.Node) uint32 {
	if n.Absent() {
		if len(f.Exchanges) > 1 {
			point.Failf("the profile has %d exchanges; write which one this point is in, such as exchange: %s", len(f.Exchanges), f.Exchanges[0])
		}
		return 0
	}
	name := n.ID()
	i := slices.Index(f.Exchanges, name)
	if i < 0 && name != "" {
		n.Failf("exchange %q does not exist; known are %s", name, strings.Join(f.Exchanges, ", "))
	}
	return uint32(max(i, 0))
}

// placePoint works out the offset in the exchange and holds the point to it.
func (f *File) placePoint(n *document.Node, x *profile.Point, s *registers.Source, at int64) {
	if int(x.Exchange) >= len(f.Reads) || s.Type == 0 {
		return // reported already
	}
	r := f.Reads[x.Exchange]
	if at < int64(r.Address) {
		n.Failf("point %s: register %d lies before exchange %s, which begins at %d", x.Name, at, f.Exchanges[x.Exchange], r.Address)
		return
	}
	s.Offset = uint16(at - int64(r.Address))
	err := s.Check()
	if err == nil {
		err = registers.CheckPoint(x, *s, r)
	}
	if err != nil {
		n.Failf("point %s: %v", x.Name, err)
	}
}

func (f *File) readSpan(n *document.Node) *profile.Span {
	m := n.Mapping()
	pair := func(key string) (low, high *document.Node) {
		v := m.Take(key).Required("write the two ends, such as " + key + ": [4000, 20000]")
		l := v.List(2)
		if len(l) != 2 {
			if !v.Absent() {
				v.Failf("span.%s: two ends expected, such as [4000, 20000]", key)
			}
			return nil, nil
		}
		return l[0], l[1]
	}
	s := &profile.Span{}
	if low, high := pair("raw"); low != nil {
		s.RawLow, s.RawHigh = low.Decimal(), high.Decimal()
		if s.RawLow.Cmp(s.RawHigh) == 0 {
			low.Failf("span.raw: both ends are %v; a span needs two", s.RawLow)
		}
	}
	if low, high := pair("value"); low != nil {
		s.Low, s.High = f.readBound(low), f.readBound(high)
	}
	m.Done()
	return s
}
