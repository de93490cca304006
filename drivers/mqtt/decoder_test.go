package mqtt

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func path(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func point(name string, exchange uint32, s Source) profile.Point {
	return profile.Point{Name: name, Exchange: exchange, Source: s.Append(nil), Scale: decimal.New(1, 0)}
}

// compiled takes a profile through its bytes, as a verifier does.
func compiled(t testing.TB, messages []Message, points ...profile.Point) *profile.Profile {
	t.Helper()
	p := &profile.Profile{ID: "mqtt/test", Protocol: Protocol, Points: points}
	for _, m := range messages {
		p.Exchanges = append(p.Exchanges, profile.Exchange{Request: m.Append(nil)})
	}
	b, _, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = profile.Parse(b); err != nil {
		t.Fatal(err)
	}
	if _, err := Bind(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func show(values []profile.Decoded, err error) string {
	if err != nil {
		return "error"
	}
	var out []string
	for _, v := range values {
		s := v.Point + "=" + v.Value.String()
		if v.Missing {
			s = v.Point + " missing"
		}
		if v.Flag != "" {
			s += " [" + v.Flag + "]"
		}
		if v.Time != 0 {
			s += fmt.Sprint(" @", v.Time)
		}
		if v.Backfilled {
			s += " late"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestNumbersOfAJSONPayloadKeepTheirDigits(t *testing.T) {
	door := Source{Path: path(t, "contact"), Words: []Word{{"open", decimal.New(1, 0)}, {"closed", decimal.New(0, 0)}}}
	temperature := point("temperature", 0, Source{Path: path(t, "sensors[0].temperature"), Flag: path(t, "sensors[0].status")})
	temperature.NoValue = [][]byte{[]byte("-127"), []byte("null!")}
	fahrenheit := point("scaled", 0, Source{Path: path(t, `["odd.key"]`)})
	fahrenheit.Scale, fahrenheit.Offset = decimal.New(1, 1), decimal.New(-400, 1)
	p := compiled(t, []Message{{Encoding: JSON, Time: &Time{Path: path(t, "t"), Form: Milliseconds}}, {Encoding: JSON, Topic: "plain"}},
		temperature, fahrenheit, point("door", 0, door), point("plain", 1, Source{}))
	d := &profile.Device{ID: "room-1", Address: "cold/room-1"}
	const second = "1764000000000"
	for _, c := range []struct{ payload, want string }{
		{`{"t":1764000000000,"sensors":[{"temperature":4.50,"status":"ok"}]}`, "temperature=4.50 [ok] @1764000000000000"},
		{`{"sensors":[{"temperature":-18.0}]}`, "temperature=-18.0"},
		{`{"sensors":[{"temperature":1.5e1}]}`, "temperature=15"},
		{`{"sensors":[{"temperature":1.50E-2}]}`, "temperature=0.0150"},
		{`{"sensors":[{"temperature":2e3,"status":3}]}`, "temperature=2000 [3]"},
		{`{"sensors":[{"temperature":21.299999999999997}]}`, "temperature=21.299999999999997"},
		{`{"sensors":[{"temperature":"4.5"}]}`, "temperature=4.5"},
		{`{"sensors":[{"temperature":true}]}`, "temperature=1"},
		{`{"sensors":[{"temperature":-127}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":"null!"}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":null,"status":"broken"}]}`, "temperature missing [broken]"},
		{`{"sensors":[{"temperature":"warm"}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":{"c":1}}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":1e400}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":1e-19}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":99999999999999999999}]}`, "temperature missing"},
		{`{"sensors":[{"temperature":1,"temperature":2}]}`, "temperature missing"},
		{`{"sensors":[],"sensors":[{"temperature":2}]}`, "temperature missing"},
		{`{"odd.key":725}`, "scaled=32.5"},
		{`{"contact":"open"}`, "door=1"},
		{`{"contact":"closed"}`, "door=0"},
		{`{"contact":"ajar"}`, "door missing"},
		{`{"\u0063ontact":"o\u0070en"}`, "door=1"},
		{`{"other":1}`, ""},
		{`[]`, ""},
		{`{"t":0,"contact":"open"}`, "door=1"},
		{`{"t":true,"contact":"open"}`, "door=1"},
		{`{"t":"` + second + `","contact":"open"}`, "door=1 @1764000000000000"},
		{`{"contact":"open"} x`, "error"},
		{`{"contact":"open"`, "error"},
		{"{\"contact\":\"\xff\"}", "error"},
		{strings.Repeat("[", 33) + strings.Repeat("]", 33), ""},
		{strings.Repeat("[", 34) + strings.Repeat("]", 34), "error"},
		{strings.Repeat("[", 9000), "error"},
		{`"` + strings.Repeat("x", record.MaxExchange) + `"`, "error"},
		{"", "error"},
	} {
		f := &record.Frame{Device: "room-1", Topic: "cold/room-1", Received: []byte(c.payload)}
		if got := show(Decoder{}.Decode(p, d, f, nil)); got != c.want {
			t.Errorf("%.80s: %s, want %s", c.payload, got, c.want)
		}
	}
	f := &record.Frame{Device: "room-1", Topic: "cold/room-1/plain", Received: []byte(" 21.50\n")}
	if got := show(Decoder{}.Decode(p, d, f, nil)); got != "plain=21.50" {
		t.Errorf("a bare number: %s", got)
	}
	for name, f := range map[string]*record.Frame{
		"another topic":       {Device: "room-1", Topic: "cold/room-2", Received: []byte("1")},
		"another device":      {Device: "room-2", Topic: "cold/room-1", Received: []byte("1")},
		"a damaged message":   {Device: "room-1", Topic: "cold/room-1", Received: []byte("1"), Outcome: record.OutcomeTruncated},
		"with a frame before": {Device: "room-1", Topic: "cold/room-1", Received: []byte("1"), Earlier: []record.FrameRef{{}}},
	} {
		if v, err := (Decoder{}).Decode(p, d, f, nil); err == nil {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestFormsOfTime(t *testing.T) {
	for _, c := range []struct {
		form    Form
		zone    int
		payload string
		want    int64
	}{
		{Seconds, 0, `1764000000`, 1764000000000000},
		{Seconds, 0, `1764000000.25`, 1764000000250000},
		{Seconds, 0, `1.764e9`, 1764000000000000},
		{Milliseconds, 0, `1764000000001`, 1764000000001000},
		{Microseconds, 0, `1764000000000001`, 1764000000000001},
		{RFC3339, 0, `"2025-11-24T16:00:00Z"`, 1764000000000000},
		{RFC3339, 0, `"2025-11-25T00:00:00.5+08:00"`, 1764000000500000},
		{RFC3339, 0, `"2025-11-25T00:00:00"`, 0},
		{Local, 480, `"2025-11-25T00:00:00"`, 1764000000000000},
		{Local, 480, `"2025-11-25 00:00:00"`, 1764000000000000},
		{Local, 480, `"2025-02-30 00:00:00"`, 0},
		{Seconds, 0, `0`, 0},
		{Seconds, 0, `1764000000000`, 0}, // milliseconds, in truth
		{Seconds, 0, `null`, 0},
		{Seconds, 0, `99999999999999999999`, 0},
	} {
		doc, err := parseDocument([]byte(`{"t":` + c.payload + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Time{Path{{"t", -1}}, c.form, c.zone}).in(doc); got != c.want {
			t.Errorf("%s %s: %d, want %d", Forms[c.form], c.payload, got, c.want)
		}
	}
}

type sent struct {
	topic   string
	payload []byte
}

func payloads(t testing.TB) map[string]sent {
	t.Helper()
	data, err := os.ReadFile("testdata/sparkplug.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]sent{}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || len(f) != 3 {
			t.Fatalf("%q: %v", line, err)
		}
		m[f[0]] = sent{f[1], b}
	}
	return m
}

func metric(name string, decimals uint8) profile.Point {
	x := point(strings.ToLower(name), 0, Source{Metric: name})
	x.Decimals = decimals
	return x
}

func fridge(t testing.TB) (*profile.Profile, *profile.Device) {
	return compiled(t, []Message{{Encoding: Sparkplug}}, metric("temperature", 2), metric("door", 0), metric("starts", 0), metric("offset", 0), metric("pulses", 0), metric("probe", 2),
		metric("serial", 0)), &profile.Device{ID: "fridge-1", Address: "north/kitchen/fridge-1"}
}

func TestForeignSparkplugPayloads(t *testing.T) {
	all := payloads(t)
	p, d := fridge(t)
	edge := compiled(t, []Message{{Encoding: Sparkplug}}, metric("Temperature", 1))
	node := &profile.Device{ID: "edge", Address: "umh/edge"}
	for _, c := range []struct {
		name, birth, want string
		p                 *profile.Profile
		d                 *profile.Device
	}{
		{"dbirth", "", "temperature=4.25 @1764000000001000, door=1 @1764000000001000, starts=3000000000 @1764000000001000, offset=-12 @1764000000001000, pulses=-9000000000 @1764000000001000, " +
			"probe=21.37 [192] @1764000000001000, serial missing @1764000000001000", p, d},
		{"ddata", "dbirth", "temperature=4.50 @1764000060000000, door=0 @1764000060000000, offset=-300 @1764000060000000", p, d},
		{"ddata", "", "", p, d}, // only aliases, and no birth
		{"ddata-null", "dbirth", "temperature missing @1764000090000000, probe=-18.50 [500] @1764000090000000", p, d},
		{"ddata-null", "", "probe=-18.50 [500] @1764000090000000", p, d},
		{"ddata-historical", "dbirth", "temperature=5.00 @1764000030000000 late, temperature=5.25 @1764000045000000 late, temperature=5.50 @1764000120000000", p, d},
		{"ddata-dataset", "dbirth", "starts=7 @1764000130000000", p, d},
		{"ddeath", "", "", p, d},
		{"ddata", "ddata", "error", p, d},
		{"ddata", "nbirth", "error", p, d},
		{"dbirth", "dbirth", "error", p, d},
		{"nbirth", "", "error", p, d},
		{"umh-nbirth", "", "temperature=21.5 @1750855643474000", edge, node},
		{"umh-ndata", "umh-nbirth", "temperature=22.5 @1750855643474000", edge, node},
		{"umh-ndeath", "", "", edge, node},
	} {
		f := &record.Frame{Device: c.d.ID, Topic: all[c.name].topic, Received: all[c.name].payload}
		var earlier []*record.Frame
		if c.birth != "" {
			f.Earlier = []record.FrameRef{{Leaf: 1}}
			earlier = []*record.Frame{{Device: c.d.ID, Topic: all[c.birth].topic, Received: all[c.birth].payload}}
		}
		values, err := Decoder{}.Decode(c.p, c.d, f, earlier)
		if got := show(values, err); got != c.want {
			t.Errorf("%s after %q:\n %s (%v), want\n %s", c.name, c.birth, got, err, c.want)
		}
	}
}

func TestForeignUplinks(t *testing.T) {
	external := point("external", 0, Source{Path: path(t, "TempC_DS")})
	raw := point("raw", 0, Source{Bytes: &Bytes{2, "s16"}})
	raw.Scale, raw.Decimals = decimal.New(1, 2), 2
	absent := point("absent", 0, Source{Bytes: &Bytes{9, "u16"}})
	absent.NoValue = [][]byte{[]byte("7FFF"), []byte("ffff")}
	lht := compiled(t, []Message{{Encoding: ChirpStack, Port: 2}, {Encoding: ChirpStack, Port: 5}}, external, raw, point("battery", 0, Source{Path: path(t, "BatV")}),
		point("mid", 0, Source{Bytes: &Bytes{4, "u16"}}), absent, point("beyond", 0, Source{Bytes: &Bytes{10, "u16"}}), point("status", 1, Source{Path: path(t, "BatV")}))
	em300 := compiled(t, []Message{{Encoding: ChirpStack}}, point("temperature", 0, Source{Path: path(t, "temperature")}), point("le", 0, Source{Bytes: &Bytes{5, "s16le"}}))
	for _, c := range []struct {
		file, eui, topic, want string
		p                      *profile.Profile
	}{
		{"uplink-lht65n", "a840419edb62011c", "application/635fda7b-0428-495e-812f-027490bcaf9d/device/a840419edb62011c/event/up",
			"external=22.93 @1787841584530852, raw=24.73 @1787841584530852, battery=3.297 @1787841584530852, mid=452 @1787841584530852, absent missing @1787841584530852", lht},
		{"uplink-em300", "24e124136c506271", "application/1/device/24E124136C506271/event/up", "temperature=18.6 @1690517422000000, le=186 @1690517422000000", em300},
		{"uplink-em300", "24e124136c506271", "application/1/device/24e124136c506271/event/join", "error", em300},
		{"uplink-em300", "a840419edb62011c", "application/1/device/a840419edb62011c/event/up", "error", em300},
	} {
		b, err := os.ReadFile("testdata/" + c.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		d := &profile.Device{ID: "probe", Address: c.eui}
		got := show(Decoder{}.Decode(c.p, d, &record.Frame{Device: "probe", Topic: c.topic, Received: b}, nil))
		if got != c.want {
			t.Errorf("%s %s:\n %s, want\n %s", c.file, c.topic, got, c.want)
		}
	}
}

func TestIntegersInEveryType(t *testing.T) {
	for _, c := range []struct {
		field int
		bits  uint64
		t     Datatype
		want  string
	}{
		{metricInt, 0xFFFFFFF4, Int8, "-12"}, {metricInt, 0xF4, Int8, "-12"}, {metricInt, 0x100, Int8, "none"}, {metricInt, 0x7F, Int8, "127"},
		{metricInt, 0xFFF4, Int16, "-12"}, {metricInt, 0x1FFF4, Int16, "none"}, {metricInt, 0x80000000, Int32, "-2147483648"},
		{metricLong, 0xFFFFFFFFFFFFFFF4, Int32, "-12"}, {metricLong, 0xFFFFFFFFFFFFFFFF, Int64, "-1"}, {metricLong, 0xFFFFFFFF, UInt32, "4294967295"},
		{metricLong, 1 << 63, UInt64, "none"}, {metricInt, 256, UInt8, "none"}, {metricInt, 255, UInt8, "255"}, {metricInt, 65536, UInt16, "none"}, {metricInt, 5, 0, "none"},
		{metricInt, 5, Double, "none"}, {metricBoolean, 1, Boolean, "1"}, {metricBoolean, 1, Int8, "none"}, {metricFloat, 0x7FC00000, Float, "none"},
		{metricFloat, 0x41AAF5C3, Int32, "none"}, {metricFirstOther, 0, 12, "none"}, {metricLong, 1764000000000, 13, "none"},
	} {
		m := Metric{field: c.field, bits: c.bits}
		n, ok := m.number(c.t)
		got := fmt.Sprint(n.i)
		if !ok {
			got = "none"
		}
		if got != c.want {
			t.Errorf("field %d, %x as type %d: %s, want %s", c.field, c.bits, c.t, got, c.want)
		}
	}
}

func TestTwoValuesForOneTimeAreNone(t *testing.T) {
	names := Aliases{ByAlias: map[uint64]Born{1: {"a", Int32}}}
	p := compiled(t, []Message{{Encoding: Sparkplug}}, metric("a", 0))
	m, err := Bind(p)
	if err != nil {
		t.Fatal(err)
	}
	q := func(v uint64) Metric { return Metric{Alias: 1, HasAlias: true, field: metricInt, bits: v} }
	if got := show(m.metrics(&Payload{Metrics: []Metric{q(1), q(1)}}, names), nil); got != "a=1" {
		t.Error(got)
	}
	if got := show(m.metrics(&Payload{Metrics: []Metric{q(1), q(2)}}, names), nil); got != "a missing" {
		t.Error(got)
	}
	twice := AliasesOf(&Payload{Metrics: []Metric{{Name: "a", Alias: 1, HasAlias: true}, {Name: "b", Alias: 1, HasAlias: true}}})
	if got := show(m.metrics(&Payload{Metrics: []Metric{q(1)}}, twice), nil); got != "" {
		t.Errorf("an alias of two names: %s", got)
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	good := func() *profile.Profile {
		p := &profile.Profile{ID: "mqtt/x", Protocol: Protocol, Points: []profile.Point{point("a", 0, Source{Path: path(t, "a")}), point("b", 0, Source{Path: path(t, "b")})}}
		p.Exchanges = []profile.Exchange{{Request: Message{Encoding: JSON}.Append(nil)}, {Request: Message{Encoding: JSON, Topic: "x"}.Append(nil)}}
		return p
	}
	if _, err := Bind(good()); err != nil {
		t.Fatal(err)
	}
	request := func(m Message) []byte { return m.Append(nil) }
	for name, change := range map[string]func(*profile.Profile){
		"another protocol": func(p *profile.Profile) { p.Protocol = "hj212" },
		"no message":       func(p *profile.Profile) { p.Exchanges = nil },
		"two encodings":    func(p *profile.Profile) { p.Exchanges[1].Request = request(Message{Encoding: Sparkplug}) },
		"one topic twice":  func(p *profile.Profile) { p.Exchanges[1].Request = p.Exchanges[0].Request },
		"a wildcard":       func(p *profile.Profile) { p.Exchanges[1].Request = request(Message{Encoding: JSON, Topic: "+/x"}) },
		"unknown encoding": func(p *profile.Profile) { p.Exchanges[0].Request = request(Message{Encoding: "xml"}) },
		"a zone of UTC times": func(p *profile.Profile) {
			p.Exchanges[0].Request = request(Message{Encoding: JSON, Time: &Time{Path{{"t", -1}}, Seconds, 60}})
		},
		"a metric in JSON": func(p *profile.Profile) { p.Points[0].Source = Source{Metric: "a"}.Append(nil) },
		"bytes in JSON":    func(p *profile.Profile) { p.Points[0].Source = Source{Bytes: &Bytes{0, "u8"}}.Append(nil) },
		"one place twice":  func(p *profile.Profile) { p.Points[1].Source = p.Points[0].Source },
		"no such message":  func(p *profile.Profile) { p.Points[0].Exchange = 2 },
		"scale 0":          func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"a span":           func(p *profile.Profile) { p.Points[0].Span = &profile.Span{RawHigh: decimal.New(1, 0)} },
		"a word twice": func(p *profile.Profile) {
			p.Points[0].Source = Source{Path: path(t, "a"), Words: []Word{{"x", decimal.D{}}, {"x", decimal.D{}}}}.Append(nil)
		},
		"not CBOR": func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
		"every port and one": func(p *profile.Profile) {
			p.Exchanges[0].Request, p.Exchanges[1].Request = request(Message{Encoding: ChirpStack}), request(Message{Encoding: ChirpStack, Port: 2})
		},
	} {
		p := good()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestPathsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, text := range []string{"$", "a", "a.b", "a[0]", "[0].a", `["a.b"].c`, "a.$", `["$"]`, "sensors[12].values[0][1].t", "温度.值"} {
		if got := path(t, text).String(); got != text {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", "a[", "a[]", "a[01]", "a[-1]", "a[4096]", "a]b", `a"b`, `["a]`, `["a"`, "a[0]b", strings.Repeat("a.", 16) + "a", strings.Repeat("k", 129), "\xff"} {
		if p, err := ParsePath(text); err == nil {
			t.Errorf("%q: %v", text, p)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		e       Encoding
		address string
		ok      bool
	}{
		{JSON, "cold/room-1", true}, {JSON, "cold/+", false}, {JSON, "cold/", false}, {JSON, "", false}, {JSON, "$SYS/x", false},
		{Sparkplug, "g/n", true}, {Sparkplug, "g/n/d", true}, {Sparkplug, "g", false}, {Sparkplug, "g//d", false}, {Sparkplug, "g/n/d/e", false},
		{ChirpStack, "a840419edb62011c", true}, {ChirpStack, "A840419EDB62011C", false}, {ChirpStack, "a840", false},
	} {
		if err := CheckAddress(c.e, c.address); (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.e, c.address, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$", "a.b[0]", `["a.b"].c`, `["\x00"]`, "a["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || !bytes.Equal(again.append(nil), p.append(nil)) {
			t.Fatalf("%q is %v, written %q: %v %v", text, p, p.String(), again, err)
		}
	})
}

// What is read strictly is written the same way again: each meaning has one form.
func FuzzCompiledForms(f *testing.F) {
	f.Add(Source{Path: Path{{"a", -1}, {Index: 3}}, Flag: Path{{"b", -1}}, Words: []Word{{"ON", decimal.New(1, 0)}}}.Append(nil))
	f.Add(Source{Metric: "a/b"}.Append(nil))
	f.Add(Source{Bytes: &Bytes{3, "s16le"}}.Append(nil))
	f.Add(Message{Encoding: JSON, Topic: "x", Time: &Time{Path{{"t", -1}}, Local, 480}}.Append(nil))
	f.Add(Message{Encoding: Sparkplug, Stable: true}.Append(nil))
	f.Add(Message{Encoding: ChirpStack, Port: 2}.Append(nil))
	f.Fuzz(func(t *testing.T, item []byte) {
		if s, err := ParseSource(item); err == nil && !bytes.Equal(s.Append(nil), item) {
			t.Fatalf("%x read as %+v", item, s)
		}
		if m, err := ParseMessage(item); err == nil && !bytes.Equal(m.Append(nil), item) {
			t.Fatalf("%x read as %+v", item, m)
		}
	})
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":"c"}],"t":1e3}`), "a[2].b")
	f.Add([]byte(` -0.5 `), "$")
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		doc, err := parseDocument(b)
		if err != nil {
			return
		}
		v, _ := doc.at(p)
		if v == nil {
			return
		}
		if d, ok := raw(v, nil); ok && v.kind == '0' && !strings.ContainsAny(v.text, "eE") && v.text != d.String() && v.text[0] != '-' {
			t.Fatalf("%s read as %v", v.text, d)
		}
	})
}

func FuzzSparkplug(f *testing.F) {
	for _, s := range payloads(f) {
		f.Add(s.payload, s.payload)
	}
	p, d := fridge(f)
	m, err := Bind(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, birth, data []byte) {
		frame := func(kind Kind, b []byte) *record.Frame {
			return &record.Frame{Device: d.ID, Topic: "spBv1.0/north/" + string(kind) + "/kitchen/fridge-1", Received: b}
		}
		values, err := m.Decode(d, frame(DData, data), []*record.Frame{frame(DBirth, birth)})
		if err != nil {
			return
		}
		if len(values) > MaxMetrics {
			t.Fatalf("%d values", len(values))
		}
		for i := 1; i < len(values); i++ {
			if values[i].Point == values[i-1].Point && values[i].Time <= values[i-1].Time {
				t.Fatalf("%v after %v", values[i], values[i-1])
			}
		}
	})
}

func FuzzUplink(f *testing.F) {
	for _, name := range []string{"uplink-lht65n", "uplink-em300"} {
		b, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	p := compiled(f, []Message{{Encoding: ChirpStack}}, point("a", 0, Source{Path: Path{{"temperature", -1}}}), point("b", 0, Source{Bytes: &Bytes{2, "s24le"}}))
	m, err := Bind(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := ParseUplink(b)
		if err != nil {
			return
		}
		if values := m.uplink(u); len(values) > 2 || u.Counter < -1 || u.Port < 0 || u.Port > 255 {
			t.Fatalf("%+v: %v", u, values)
		}
	})
}

func benchmark(b *testing.B, p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) {
	b.Helper()
	b.ReportAllocs()
	points := 0
	for b.Loop() {
		values, err := Decoder{}.Decode(p, d, f, earlier)
		if err != nil {
			b.Fatal(err)
		}
		points += len(values)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(points)*1000, "ns/1000-points")
}

func BenchmarkDecodeJSON(b *testing.B) {
	p := compiled(b, []Message{{Encoding: JSON, Time: &Time{Path{{"t", -1}}, Milliseconds, 0}}}, point("t", 0, Source{Path: Path{{"temperature", -1}}}),
		point("h", 0, Source{Path: Path{{"humidity", -1}}}), point("d", 0, Source{Path: Path{{"contact", -1}}}))
	benchmark(b, p, &profile.Device{ID: "x", Address: "x"}, &record.Frame{Device: "x", Topic: "x", Received: []byte(`{"t":1764000000000,"temperature":4.25,"humidity":61.0,"contact":true,"linkquality":115}`)}, nil)
}

func BenchmarkDecodeSparkplug(b *testing.B) {
	p, d := fridge(b)
	all := payloads(b)
	benchmark(b, p, d, &record.Frame{Device: d.ID, Topic: all["ddata"].topic, Received: all["ddata"].payload},
		[]*record.Frame{{Device: d.ID, Topic: all["dbirth"].topic, Received: all["dbirth"].payload}})
}

func BenchmarkDecodeChirpStack(b *testing.B) {
	body, err := os.ReadFile("testdata/uplink-lht65n.json")
	if err != nil {
		b.Fatal(err)
	}
	p := compiled(b, []Message{{Encoding: ChirpStack}}, point("a", 0, Source{Path: Path{{"TempC_DS", -1}}}), point("h", 0, Source{Path: Path{{"Hum_SHT", -1}}}))
	benchmark(b, p, &profile.Device{ID: "x", Address: "a840419edb62011c"}, &record.Frame{Device: "x", Topic: "application/1/device/a840419edb62011c/event/up", Received: body}, nil)
}
