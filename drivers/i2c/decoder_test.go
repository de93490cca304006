package i2c

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"os"
	"strings"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func airProfile(chip string, stretch bool) *profile.Profile {
	return &profile.Profile{ID: "climate/" + chip, Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: AppendRequest(nil, chip, stretch), Cadence: 60e6}},
		Points: []profile.Point{
			{Name: "temperature", Unit: "Cel", Source: AppendSource(nil, Temperature), Decimals: 2, Scale: decimal.New(1, 0)},
			{Name: "humidity", Unit: "%RH", Source: AppendSource(nil, Humidity), Decimals: 2, Scale: decimal.New(1, 0)}}}
}

type foreignAnswer struct {
	name, chip, temperature, humidity string
	reply                             []byte
}

func foreign(t testing.TB) (out []foreignAnswer) {
	t.Helper()
	data, err := os.ReadFile("testdata/foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		x := strings.Split(strings.TrimSpace(line), "\t")
		reply, err := hex.DecodeString(strings.ReplaceAll(x[2], " ", ""))
		if err != nil || len(x) != 5 {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, foreignAnswer{x[0], x[1], x[3], x[4], reply})
	}
	return out
}

func TestForeignAnswersGiveTheirPublishedValues(t *testing.T) {
	for _, a := range foreign(t) {
		compiled, _, err := airProfile(a.chip, false).Compile()
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(compiled)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Find(a.chip, false)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Decoder{}.Decode(p, &profile.Device{ID: "air-1", Address: "0x44"}, &record.Frame{Device: "air-1", Sent: c.Bytes, Received: a.reply}, nil)
		if err != nil || len(v) != 2 || v[0].Value.String() != a.temperature || v[1].Value.String() != a.humidity || v[0].Missing || v[1].Missing {
			t.Errorf("%s: %v %v, want %s and %s", a.name, v, err, a.temperature, a.humidity)
		}
	}
}

func TestDecoderTakesOnlyTheAnswerToItsQuestion(t *testing.T) {
	p, good := airProfile("sht3x", false), foreign(t)[0].reply
	change := func(i int, b byte) []byte { c := bytes.Clone(good); c[i] ^= b; return c }
	for name, f := range map[string]*record.Frame{
		"first checksum":   {Device: "d", Sent: []byte{0x24, 0}, Received: change(0, 1)},
		"second checksum":  {Device: "d", Sent: []byte{0x24, 0}, Received: change(5, 0x80)},
		"a line held high": {Device: "d", Sent: []byte{0x24, 0}, Received: bytes.Repeat([]byte{0xFF}, 6)},
		"a line held low":  {Device: "d", Sent: []byte{0x24, 0}, Received: make([]byte, 6)},
		"short":            {Device: "d", Sent: []byte{0x24, 0}, Received: good[:5]},
		"long":             {Device: "d", Sent: []byte{0x24, 0}, Received: append(bytes.Clone(good), 0)},
		"another command":  {Device: "d", Sent: []byte{0xFD}, Received: good},
		"with stretch":     {Device: "d", Sent: []byte{0x2C, 6}, Received: good},
		"another device":   {Device: "e", Sent: []byte{0x24, 0}, Received: good},
		"failed":           {Device: "d", Sent: []byte{0x24, 0}, Received: good, Outcome: record.OutcomeCheck},
		"earlier frames":   {Device: "d", Sent: []byte{0x24, 0}, Received: good, Earlier: []record.FrameRef{{Leaf: 1}}},
	} {
		if v, err := (Decoder{}).Decode(p, &profile.Device{ID: "d", Address: "0x44"}, f, nil); err == nil {
			t.Errorf("%s: read as %v", name, v)
		}
	}
	if _, err := (Decoder{}).Decode(p, &profile.Device{ID: "d", Address: "44"}, &record.Frame{Device: "d", Sent: []byte{0x24, 0}, Received: good}, nil); err == nil {
		t.Error("an address that is none was taken")
	}
}

func TestRoundingIsOfTheExactFormula(t *testing.T) {
	p := airProfile("sht3x", false)
	p.Points[0].Scale, p.Points[0].Offset, p.Points[0].Decimals = decimal.New(1, 0), decimal.New(-25, 2), 1
	// 0xFFFF is the formula's upper end, 130 °C and 100 %RH; with an offset of -0.25
	// the tie goes to the even digit.
	v, err := Decoder{}.Decode(p, &profile.Device{ID: "d", Address: "0x45"}, &record.Frame{Device: "d", Sent: []byte{0x24, 0}, Received: []byte{0xFF, 0xFF, 0xAC, 0xFF, 0xFF, 0xAC}}, nil)
	if err != nil || v[0].Value.String() != "129.8" || v[1].Value.String() != "100.00" {
		t.Errorf("%v %v", v, err)
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol":  func(p *profile.Profile) { p.Protocol = "modbus-rtu" },
		"unknown chip":      func(p *profile.Profile) { p.Exchanges[0].Request = AppendRequest(nil, "sht2x", false) },
		"no such stretch":   func(p *profile.Profile) { p.Exchanges[0].Request = AppendRequest(nil, "sht4x", true) },
		"twice":             func(p *profile.Profile) { p.Exchanges = append(p.Exchanges, p.Exchanges[0]) },
		"unknown quantity":  func(p *profile.Profile) { p.Points[0].Source = AppendSource(nil, "pressure") },
		"another unit":      func(p *profile.Profile) { p.Points[0].Unit = "K" },
		"no exchange":       func(p *profile.Profile) { p.Points[0].Exchange = 7 },
		"scale 0":           func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"a pattern":         func(p *profile.Profile) { p.Points[0].NoValue = [][]byte{{0xFF}} },
		"not CBOR":          func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
		"request not a map": func(p *profile.Profile) { p.Exchanges[0].Request = []byte{0x01} },
	} {
		p := airProfile("sht4x", false)
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := Bind(airProfile("sht3x", true)); err != nil {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	for s, want := range map[string]uint16{"0x44": 0x44, "0x08": 8, "0x77": 0x77, "0x7f": 0, "0x00": 0, "0x78": 0, "44": 0, "0X44": 0, "0x4": 0, "0x044": 0, "0x4G": 0, "0xAA": 0, "": 0, "0x-1": 0, "0x+4": 0} {
		if got, err := ParseAddress(s); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %x %v", s, got, err)
		}
	}
}

// FuzzDecode: whatever is decoded lies where the formula can reach.
func FuzzDecode(f *testing.F) {
	for _, a := range foreign(f) {
		f.Add([]byte{0x24, 0}, a.reply, "0x44")
		f.Add([]byte{0xFD}, a.reply, "0x45")
	}
	profiles := []*profile.Profile{airProfile("sht3x", false), airProfile("sht4x", false)}
	f.Fuzz(func(t *testing.T, sent, received []byte, address string) {
		for _, p := range profiles {
			v, err := Decoder{}.Decode(p, &profile.Device{ID: "d", Address: address}, &record.Frame{Device: "d", Sent: sent, Received: received}, nil)
			if err != nil {
				continue
			}
			for i, bounds := range [][2]int64{{-45, 130}, {-6, 119}} {
				if x := v[i].Value.Rat(); v[i].Missing || x.Cmp(big.NewRat(bounds[0], 1)) < 0 || x.Cmp(big.NewRat(bounds[1], 1)) > 0 {
					t.Fatalf("% x reads %v", received, v[i])
				}
			}
		}
	})
}

func FuzzBind(f *testing.F) {
	p := airProfile("sht3x", false)
	f.Add(p.Exchanges[0].Request, p.Points[0].Source)
	f.Fuzz(func(t *testing.T, request, source []byte) {
		p := airProfile("sht3x", false)
		p.Exchanges[0].Request, p.Points[0].Source = request, source
		m, err := Bind(p)
		if err == nil && (!bytes.Equal(AppendRequest(nil, m.Commands[0].Chip, m.Commands[0].Stretch), request) || !bytes.Equal(AppendSource(nil, m.Quantities[0]), source)) {
			t.Fatalf("%x %x have a second form", request, source)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	p, d := airProfile("sht3x", false), &profile.Device{ID: "d", Address: "0x44"}
	frame := &record.Frame{Device: "d", Sent: []byte{0x24, 0}, Received: foreign(b)[0].reply}
	b.ReportAllocs()
	points := 0
	for b.Loop() {
		v, err := Decoder{}.Decode(p, d, frame, nil)
		if err != nil {
			b.Fatal(err)
		}
		points += len(v)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*1000/float64(points), "ns/1000-points")
}
