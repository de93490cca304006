package textline

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

var patterns = map[string]Line{
	"sics":  {Pattern: `S (?P<flag>[SDI+-])(?: (?P<weight>[ \d.-]{10}) g)?`, Ask: "SI\r\n", ReadOnly: true},
	"aandd": {Pattern: `(?P<flag>ST|US|OL),(?P<weight>[+-](?:\d{5}\.\d\d|9999999E\+19))(?:  g)?`},
	"sel":   {Pattern: `C01=(?P<c01>[\d-]\d{3}\.\d{4}),C02=(?P<c02>[\d-]\d{3}\.\d{4}),C03=(?P<c03>[\d-]\d{3}\.\d{4}),C04=(?P<c04>[\d-]\d{3}\.\d{4})`},
	"csv":   {Pattern: `(?P<address>[^,]+),(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d),(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d),(?P<flag>ST|US|OL),(?P<weight>[^,]+),  g`, Zone: 540},
}

func scale(t testing.TB, l Line) *profile.Profile {
	t.Helper()
	p := &profile.Profile{ID: "scale/s", Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: l.Append(nil), Cadence: 1e6}},
		Points:    []profile.Point{{Name: "weight", Unit: "g", Source: AppendGroup(nil, "weight"), Scale: decimal.New(1, 0)}}}
	if strings.Contains(l.Pattern, "C04") {
		p.Points = nil
		for _, c := range []string{"c01", "c03", "c04"} {
			p.Points = append(p.Points, profile.Point{Name: c, Unit: "Cel", Source: AppendGroup(nil, c), Scale: decimal.New(1, 0),
				NoValue: [][]byte{[]byte("9999.9990"), []byte("-201.0000")}})
		}
	}
	compiled, _, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = profile.Parse(compiled); err != nil {
		t.Fatal(err)
	}
	return p
}

func describe(values []profile.Decoded, err error) string {
	switch {
	case errors.Is(err, ErrNoMatch):
		return "no match"
	case errors.Is(err, ErrAddress):
		return "another"
	case err != nil:
		return err.Error()
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
			s += " @" + time.UnixMicro(v.Time).UTC().Format(time.RFC3339)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestLinesOfMakersManuals(t *testing.T) {
	data, err := os.ReadFile("testdata/foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(data)) {
		if strings.HasPrefix(row, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		line, err := strconv.Unquote(`"` + f[1] + `"`)
		if err != nil || len(f) != 3 {
			t.Fatalf("%q: %v", row, err)
		}
		d := &profile.Device{ID: "scale-1"}
		if f[0] == "csv" {
			d.Address = "LAB-0123"
		}
		l := patterns[f[0]]
		frame := &record.Frame{Device: "scale-1", Sent: []byte(l.Ask), Received: []byte(line)}
		if got := describe(Decoder{}.Decode(scale(t, l), d, frame, nil)); got != f[2] {
			t.Errorf("%s %q: %s, want %s", f[0], line, got, f[2])
		}
	}
}

func TestPrintedNumbersAreReadExactlyOrNotAtAll(t *testing.T) {
	for text, want := range map[string]string{
		"+00123.40": "123.40", "- 12.5": "-12.5", "  7": "7", ".5": "0.5", "12.": "12", "-.25": "-0.25", "-0": "0",
		"": "", "+": "", "-": "", ".": "", "1E3": "", "1,5": "", "1 000": "", "--1": "", "+-1": "", "------": "", "NaN": "", "0x10": "", "1.2.3": "", "99999999999999999999": "",
	} {
		v, err := Number(text, false)
		if got := v.String(); err != nil && want != "" || err == nil && got != want {
			t.Errorf("%q: %s %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"+12,50": "12.50", "1.234,5": "", "1,2,3": "", "7": "7"} {
		v, err := Number(text, true)
		if got := v.String(); err != nil && want != "" || err == nil && got != want {
			t.Errorf("comma %q: %s %v, want %q", text, got, err, want)
		}
	}
}

func TestNoValuePatternsAndScalesApply(t *testing.T) {
	p := scale(t, Line{Pattern: `T(?P<weight>[^,]+),(?P<rh>[^,]+)`, Comma: false})
	p.Points[0].Scale, p.Points[0].Offset = decimal.New(1, 1), decimal.New(5, 0)
	p.Points[0].NoValue = [][]byte{[]byte("9999")}
	p.Points = append(p.Points, profile.Point{Name: "rh", Source: AppendGroup(nil, "rh"), Scale: decimal.New(1, 0), Decimals: 2})
	for line, want := range map[string]string{
		"T0123,55\n":    "weight=17.3 rh=55.00",
		"T 9999 ,55\r":  "weight missing rh=55.00",
		"T12,lo\r\n":    "weight=6.2 rh missing",
		"T12,\xb0\r\n":  "weight=6.2 rh missing",
		"T12,5\r\n\r\n": "weight=6.2 rh=5.00",
	} {
		f := &record.Frame{Device: "a", Received: []byte(line)}
		if got := describe(Decoder{}.Decode(p, &profile.Device{ID: "a"}, f, nil)); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestAFrameOfSomethingElseGivesNoValue(t *testing.T) {
	p := scale(t, patterns["sics"])
	good := record.Frame{Device: "a", Sent: []byte("SI\r\n"), Received: []byte("S S     100.00 g\r\n")}
	for name, change := range map[string]func(*record.Frame){
		"another device":  func(f *record.Frame) { f.Device = "b" },
		"another outcome": func(f *record.Frame) { f.Outcome = record.OutcomeForeign },
		"another command": func(f *record.Frame) { f.Sent = []byte("Z\r\n") },
		"not asked":       func(f *record.Frame) { f.Sent = nil },
		"a longer line":   func(f *record.Frame) { f.Received = append(make([]byte, MaxLine), f.Received...) },
	} {
		f := good
		change(&f)
		if v, err := (Decoder{}).Decode(p, &profile.Device{ID: "a"}, &f, nil); err == nil {
			t.Errorf("%s: %v", name, v)
		}
	}
	if _, err := (Decoder{}).Decode(p, &profile.Device{ID: "a"}, &good, nil); err != nil {
		t.Error(err)
	}
}

func TestPatternsAboveTheLimitsAreRefused(t *testing.T) {
	for name, l := range map[string]Line{
		"empty":               {},
		"too long":            {Pattern: strings.Repeat("a", MaxPattern+1)},
		"not RE2":             {Pattern: `(?P<v>\d+)(?=g)`},
		"back reference":      {Pattern: `(?P<v>\d+)\1`},
		"too much repeating":  {Pattern: `(?:\d{100}){100}(?P<v>x)`},
		"nested repeating":    {Pattern: `(?:(?:a{9}){9}){9}(?P<v>x){999}`},
		"too many groups":     {Pattern: strings.Repeat(`(?P<a>x)`, MaxGroups+1)},
		"a group twice":       {Pattern: `(?P<a>x)(?P<a>y)`},
		"a group unnamed":     {Pattern: `(\d+)`},
		"a long name":         {Pattern: `(?P<` + strings.Repeat("a", MaxGroup+1) + `>x)`},
		"half a time":         {Pattern: `(?P<hour>\d\d):(?P<minute>\d\d) (?P<v>\d)`},
		"a zone, no time":     {Pattern: `(?P<v>\d)`, Zone: 60},
		"ask not declared":    {Pattern: `(?P<v>\d)`, Ask: "SI\r\n"},
		"declared, no ask":    {Pattern: `(?P<v>\d)`, ReadOnly: true},
		"ask without end":     {Pattern: `(?P<v>\d)`, Ask: "SI", ReadOnly: true},
		"ask of two lines":    {Pattern: `(?P<v>\d)`, Ask: "SI\r\nZ\r\n", ReadOnly: true},
		"ask of control code": {Pattern: `(?P<v>\d)`, Ask: "\x05\r\n", ReadOnly: true},
		"an empty ask":        {Pattern: `(?P<v>\d)`, Ask: "\r\n", ReadOnly: true},
	} {
		if err := l.Check(); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := ParseLine(l.Append(nil)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	for name, l := range patterns {
		if got, err := ParseLine(l.Append(nil)); err != nil || got != l {
			t.Errorf("%s reads back as %+v, %v", name, got, err)
		}
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol": func(p *profile.Profile) { p.Protocol = "nmea" },
		"no line":          func(p *profile.Profile) { p.Exchanges, p.Points = nil, nil },
		"line twice":       func(p *profile.Profile) { p.Exchanges = append(p.Exchanges, p.Exchanges[0]) },
		"no such group":    func(p *profile.Profile) { p.Points[0].Source = AppendGroup(nil, "mass") },
		"flag as value":    func(p *profile.Profile) { p.Points[0].Source = AppendGroup(nil, "flag") },
		"no such line":     func(p *profile.Profile) { p.Points[0].Exchange = 7 },
		"scale 0":          func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"group twice":      func(p *profile.Profile) { p.Points = append(p.Points, p.Points[0]); p.Points[1].Name = "b" },
		"address in one": func(p *profile.Profile) {
			p.Exchanges = append(p.Exchanges, profile.Exchange{Request: patterns["csv"].Append(nil)})
		},
		"not CBOR": func(p *profile.Profile) { p.Exchanges[0].Request = []byte{0xFF} },
	} {
		p := scale(t, patterns["sics"])
		change(p)
		if _, err := Bind(p); !errors.Is(err, ErrProfile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPattern: no pattern takes more than its limits or panics, and what matches
// decodes to numbers that the line shows.
func FuzzPattern(f *testing.F) {
	for _, l := range patterns {
		f.Add(l.Pattern, l.Comma, "S S     100.00 g\r\n")
		f.Add(l.Pattern, l.Comma, "ST,+00123.45  g\r\n")
	}
	f.Add(`(?:a{2,}){9}(?P<weight>.*)`, true, "aaaaaaaaaaaaaaaaaa1,5\n")
	f.Fuzz(func(t *testing.T, pattern string, comma bool, line string) {
		l := Line{Pattern: pattern, Comma: comma}
		got, err := ParseLine(l.Append(nil))
		if err != nil {
			return
		}
		if got != l {
			t.Fatalf("%+v reads back as %+v", l, got)
		}
		p := &profile.Profile{ID: "x", Protocol: Protocol, Exchanges: []profile.Exchange{{Request: l.Append(nil)}},
			Points: []profile.Point{{Name: "v", Source: AppendGroup(nil, "weight"), Scale: decimal.New(1, 0)}}}
		m, err := Bind(p)
		if err != nil {
			return
		}
		values, err := m.Decode(&profile.Device{ID: "d"}, &record.Frame{Device: "d", Received: []byte(line)}, nil)
		if err != nil {
			return
		}
		for _, v := range values {
			if !v.Missing && !strings.ContainsAny(line, "0123456789") {
				t.Fatalf("%q gives %v", line, v.Value)
			}
			if v.Flag != "" && !strings.Contains(line, v.Flag) {
				t.Fatalf("%q has flag %q", line, v.Flag)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	m, err := Bind(scale(b, patterns["aandd"]))
	if err != nil {
		b.Fatal(err)
	}
	d, f := &profile.Device{ID: "a"}, &record.Frame{Device: "a", Received: []byte("ST,+00123.45  g\r\n")}
	points := 0
	b.ReportAllocs()
	for b.Loop() {
		v, err := m.Decode(d, f, nil)
		if err != nil {
			b.Fatal(err)
		}
		points += len(v)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*1000/float64(points), "ns/1000-points")
}

// What is remembered must not outgrow its bound, nor answer for another line.
func TestRememberedPatternsStayFewAndEachIsItsOwn(t *testing.T) {
	for i := range 3 * maxCompiled {
		l := Line{Pattern: fmt.Sprintf("(?P<w>[0-9]+) no %d", i), Comma: i%2 == 0}
		for range 2 {
			re, err := l.compile()
			if err != nil || !re.MatchString(fmt.Sprintf("7 no %d", i)) || re.MatchString(fmt.Sprintf("7 no %d", i+1)) {
				t.Fatalf("%q: %v, %v", l.Pattern, re, err)
			}
		}
		if len(compiled.by) > maxCompiled {
			t.Fatalf("%d patterns are remembered", len(compiled.by))
		}
	}
	for range 2 {
		if _, err := (Line{Pattern: "(?P<w>"}).compile(); err == nil {
			t.Error("a pattern that is none was accepted")
		}
	}
}
