package profile

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
)

const base = `version: 1
id: test/one
title: {en: One, zh: 一}
protocol: modbus
line: {baud: [9600, 19200], parity: even}
exchanges:
  - {id: a, function: 3, address: 10, count: 2, cadence: 10s}
points:
  - {name: x, title: {en: X, zh: 某}, unit: Cel, register: 11, type: s16, scale: 0.10}
golden:
  - name: one
    source: here
    request: "01 03 00 0a 00 02 e4 09"
    reply: "01 03 04 00 00 00 64 fb d8"
    values: {x: 10.00}
`

func TestAProfileReadsAsWritten(t *testing.T) {
	f, err := Parse("p.yaml", []byte(strings.Replace(base, "protocol: modbus", "protocol: modbus\ntimeout: 700ms\nlateness: 2s", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if f.Line.String() != "9600 8E1 or 19200 8E1" || !f.Line.Fits(19200, 8, 'E', 1) || f.Line.Fits(19200, 8, 'N', 1) {
		t.Errorf("line reads %v", f.Line)
	}
	if f.Timeout != 700*time.Millisecond || f.Lateness != 2*time.Second {
		t.Errorf("timeout %v, lateness %v", f.Timeout, f.Lateness)
	}
	x := f.Profile.Points[0]
	if x.Scale != decimal.New(10, 2) || x.Decimals != 2 {
		t.Errorf("scale %v, %d decimals", x.Scale, x.Decimals)
	}
	if want := (registers.Source{Offset: 1, Type: registers.S16}); f.Sources[0] != want || !bytes.Equal(x.Source, want.Append(nil)) {
		t.Errorf("source %+v, compiled %x", f.Sources[0], x.Source)
	}
	if g := f.Golden[0]; len(g.Values) != 1 || *g.Values[0].Value != decimal.New(1000, 2) || g.Line != 13 {
		t.Errorf("golden frame %+v", g)
	}
}

func TestErrorsNameLineFaultAndRemedy(t *testing.T) {
	const point = "register: 11, type: s16, scale: 0.10"
	cases := []struct{ name, old, new, want string }{
		{"unknown type", "type: s16", "type: int16", "p.yaml:9: points[0].type: type \"int16\" does not exist; write one of u16, s16,"},
		{"unknown order", point, "register: 10, type: u32, order: cdab", "p.yaml:9: points[0].order: order \"cdab\" does not exist; write one of big, word-swap,"},
		{"order of one register", point, "register: 11, type: s16, order: word-swap", "p.yaml:9: point x: order word-swap of one register"},
		{"register before the exchange", "register: 11", "register: 9", "p.yaml:9: point x: register 9 lies before exchange a, which begins at 10"},
		{"register after the exchange", "register: 11", "register: 12", "p.yaml:9: point x: s16 at offset 2 ends beyond the 2 that the exchange reads; raise its count"},
		{"number half outside", "type: s16", "type: u32", "ends beyond the 2"},
		{"no such exchange", point, "exchange: b, " + point, `p.yaml:9: exchange "b" does not exist; known are a`},
		{"which exchange", "cadence: 10s}", "cadence: 10s}\n  - {id: b, function: 3, address: 10, count: 3, cadence: 10s}", "p.yaml:10: the profile has 2 exchanges; write which one"},
		{"same request twice", "cadence: 10s}", "cadence: 10s}\n  - {id: b, function: 3, address: 10, count: 2, cadence: 20s}", "p.yaml:8: exchanges a and b are the same request; merge them"},
		{"digits lost", "scale: 0.10", "scale: 0.10, decimals: 1", "need more digits than decimals: 1 keeps"},
		{"float without decimals", point, "register: 10, type: f32", "p.yaml:9: point x: a float needs decimals"},
		{"scale in floating point", "scale: 0.10", "scale: 1e-1", `"1e-1" is not a plain decimal`},
		{"scale 0", "scale: 0.10", "scale: 0", "scale 0 would make every value the same"},
		{"min above max", "scale: 0.10", "scale: 0.10, min: 3, max: 2", "p.yaml:9: point x: min 3 is above max 2"},
		{"unknown parameter", "scale: 0.10", "scale: 0.10, min: lowest", `p.yaml:9: parameter "lowest" is not described; add it to params`},
		{"span and scale", "scale: 0.10", "scale: 0.10, span: {raw: [0, 1], value: [0, 1]}", "a span takes the place of scale and offset"},
		{"span of nothing", "scale: 0.10", "span: {raw: [4, 4.0], value: [0, 1]}", "both ends are 4"},
		{"span with one end", "scale: 0.10", "span: {raw: [4], value: [0, 1]}", "two ends expected"},
		{"pattern too long", "scale: 0.10", `no_value: ["7f ff ff ff"]`, "has 4 bytes, s16 has 2"},
		{"pattern not hexadecimal", "scale: 0.10", `no_value: ["none"]`, "is not 2 to 8 bytes in hexadecimal"},
		{"function that writes", "function: 3", "function: 6", "6 is outside 1 to 4"},
		{"too many registers", "count: 2", "count: 126", "1 to 125 are possible"},
		{"bits as numbers", "function: 3", "function: 2", "write type bit"},
		{"point twice", "golden:", "  - {name: x, title: {en: X, zh: 某}, register: 10, type: u16}\ngolden:", "p.yaml:10: point x is described twice"},
		{"no Chinese title", "{en: X, zh: 某}", "{en: X}", "p.yaml:9: points[0].title.zh is missing; write the Chinese title"},
		{"no points", base[strings.Index(base, "points:"):], "points: []\n", "p.yaml:8: points is empty"},
		{"golden of another request", "00 0a 00 02 e4 09", "00 0b 00 02 b5 c9", "p.yaml:11: golden frame \"one\": its request is none of the profile's exchanges"},
		{"golden without a point", "values: {x: 10.00}", "values: {y: 1}", `p.yaml:15: golden[0].values: unknown key "y"; did you mean x?`},
		{"golden with an unknown parameter", "values: {x", "params: {p: 1}\n    values: {x", `parameter "p" is not described in params`},
		{"golden without source", "    source: here\n", "", "golden[0].source is missing; say where the frame comes from"},
		{"bad id", "id: test/one", "id: test//one", "write small letters, digits and hyphens, with slashes between"},
		{"other protocol", "protocol: modbus", "protocol: dlt640", `"dlt640" is not possible; write one of modbus`},
		{"rate of change 0", "scale: 0.10", "scale: 0.10, max_rate: 0", "write the greatest change a second, above 0"},
		{"overflow", "scale: 0.10", "scale: 0.10, decimals: 18", "use fewer decimals"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(base, c.old, c.new, 1)
			if text == base {
				t.Fatalf("%q is not in the sample", c.old)
			}
			f, err := Parse("p.yaml", []byte(text))
			if err == nil {
				t.Fatalf("accepted: %+v", f.Profile)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("says\n%v\nand not %q", err, c.want)
			}
			for l := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(l, "p.yaml") {
					t.Errorf("%q names no file", l)
				}
			}
		})
	}
}

func TestALibraryNamesEveryFileThatIsWrong(t *testing.T) {
	l := &Library{files: map[string]*File{}}
	err := l.Add("own", fstest.MapFS{
		"a/good.yaml":  {Data: []byte(base)},
		"b/again.yaml": {Data: []byte(base)},
		"c/bad.yaml":   {Data: []byte("version: 1\n")},
		"d/big.yaml":   {Data: bytes.Repeat([]byte("#\n"), document.MaxSize)},
		"e/note.txt":   {Data: []byte("not a profile")},
	})
	for _, want := range []string{"own/b/again.yaml: profile test/one is described in own/a/good.yaml already", "own/c/bad.yaml:", "own/d/big.yaml: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("says %v, want %q", err, want)
		}
	}
	if _, ok := l.Get("test/one"); !ok {
		t.Error("the good profile is not there")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	for _, name := range []string{"crane/tc-monitor", "pit/ai-level", "coldroom/rs-ws"} {
		b, err := os.ReadFile("../profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse("p.yaml", b)
		if err != nil {
			var problem document.Problem
			if !errors.As(err, &problem) {
				t.Fatalf("error without a file: %v", err)
			}
			return
		}
		for _, k := range []Kind{Serial, TCP} {
			compiled, _, err := p.Compile(k)
			if err != nil {
				t.Fatalf("a profile that parses does not compile: %v", err)
			}
			again, err := profile.Parse(compiled)
			if err != nil || !bytes.Equal(again.Append(nil), compiled) {
				t.Fatalf("compiled bytes do not read back: %v", err)
			}
			if _, err := registers.Bind(again); err != nil {
				t.Fatalf("a profile that parses does not bind: %v", err)
			}
		}
	})
}
