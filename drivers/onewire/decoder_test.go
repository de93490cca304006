package onewire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// address is of a sensor whose ROM a public driver for microcontrollers (ow_ds.h)
// shows as 28 bc 49 9c 32 20 1 83, as it came over the wire.
const address = "28-0120329c49bc"

func coldProfile(keep bool) *profile.Profile {
	return &profile.Profile{ID: "climate/ds18b20", Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: AppendRequest(nil), Cadence: 60e6}},
		Points:    []profile.Point{{Name: "temperature", Unit: "Cel", Source: Source{keep}.Append(nil), Decimals: 4, Scale: decimal.New(1, 0)}}}
}

type capture struct {
	name, want string
	pad        []byte
}

func captures(t testing.TB) (out []capture) {
	t.Helper()
	data, err := os.ReadFile("testdata/w1_slave.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		x := strings.Split(strings.TrimSpace(line), "\t")
		pad, err := hex.DecodeString(strings.ReplaceAll(x[1], " ", ""))
		if err != nil || len(x) != 3 {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, capture{x[0], x[2], pad})
	}
	return out
}

// kernel writes w1_slave as drivers/w1/slaves/w1_therm.c does.
func kernel(pad []byte) string {
	t := int(int16(uint16(pad[1])<<8|uint16(pad[0]))) * 1000 / 16
	return fmt.Sprintf("% x : crc=%02x YES\n% x t=%d\n", pad, pad[8], pad, t)
}

// sentTo chooses that sensor and reads its scratchpad.
var sentTo = []byte{0x55, 0x28, 0xbc, 0x49, 0x9c, 0x32, 0x20, 0x01, 0x83, 0xbe}

func decode(p *profile.Profile, sent, received []byte) (string, error) {
	v, err := Decoder{}.Decode(p, &profile.Device{ID: "d", Address: address}, &record.Frame{Device: "d", Sent: sent, Received: received}, nil)
	switch {
	case err != nil:
		return "", err
	case len(v) != 1:
		return "", fmt.Errorf("%d values", len(v))
	case v[0].Missing:
		return "none", nil
	}
	return v[0].Value.String(), nil
}

func TestCapturedThermometersReadTheSameFromFileAndBus(t *testing.T) {
	compiled, _, err := coldProfile(false).Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range captures(t) {
		if got, err := decode(p, nil, []byte(kernel(c.pad))); got != c.want || err != nil {
			t.Errorf("%s by file: %s %v, want %s", c.name, got, err, c.want)
		}
		if got, err := decode(p, sentTo, c.pad); got != c.want || err != nil {
			t.Errorf("%s by bus: %s %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestTextsOfTheKernel(t *testing.T) {
	const good = "b8 01 4b 46 7f ff 08 10 8a : crc=8a YES\nb8 01 4b 46 7f ff 08 10 8a t=27500\n"
	for name, c := range map[string]struct {
		text  string
		check bool // damaged, rather than foreign
	}{
		"NO":                      {"b8 01 4b 46 7f ff 08 10 8a : crc=00 NO\nb8 01 4b 46 7f ff 08 10 8a t=27500\n", true},
		"NO after an older value": {"ff ff ff ff ff ff ff ff ff : crc=c9 NO\nb8 01 4b 46 7f ff 08 10 8a t=27500\n", true},
		"zeros with YES":          {"00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n", true},
		"YES and wrong":           {strings.ReplaceAll(good, "b8 01", "b9 01"), true},
		"another crc":             {strings.Replace(good, "crc=8a", "crc=8b", 1), false},
		"another second line":     {strings.Replace(good, "8a t=", "8b t=", 1), false},
		"another t":               {strings.Replace(good, "27500", "27562", 1), false},
		"t with a plus":           {strings.Replace(good, "t=27500", "t=+27500", 1), false},
		"t with zeros":            {strings.Replace(good, "t=27500", "t=027500", 1), false},
		"no t":                    {strings.Replace(good, " t=27500", "", 1), false},
		"a third line":            {good + "x\n", false},
		"one line":                {good[:40], false},
		"eight bytes":             {"b8 01 4b 46 7f ff 08 10 : crc=10 YES\nb8 01 4b 46 7f ff 08 10 t=27500\n", false},
		"capitals":                {strings.ToUpper(good), false},
		"tabs":                    {strings.ReplaceAll(good, " 01", "\t01"), false},
		"empty":                   {"", false},
		"endless":                 {strings.Repeat(good, 9), false},
	} {
		if got, err := decode(coldProfile(false), nil, []byte(c.text)); err == nil || errors.Is(err, ErrCheck) != c.check {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
	if got, err := decode(coldProfile(false), nil, []byte(strings.TrimSuffix(good, "\n"))); got != "27.5000" || err != nil {
		t.Errorf("without the last line end: %s %v", got, err)
	}
}

func TestPowerOnValueNeedsProofOrLeave(t *testing.T) {
	for _, c := range []struct{ pad, strict, kept string }{
		{"50 05 4b 46 7f ff 0c 10 1c", "none", "85.0000"},    // before the first conversion
		{"50 05 4b 46 7f ff 10 10 bd", "85.0000", "85.0000"}, // the chip says that it measured
		{"50 05 55 05 7f a5 81 66 00", "none", "85.0000"},    // a copy cannot say
		{"51 05 4b 46 7f ff 0f 10 00", "85.0625", "85.0625"},
	} {
		pad, _ := hex.DecodeString(strings.ReplaceAll(c.pad, " ", ""))
		pad[8] = Checksum(pad[:8])
		strict, err1 := decode(coldProfile(false), sentTo, pad)
		kept, err2 := decode(coldProfile(true), sentTo, pad)
		if strict != c.strict || kept != c.kept || err1 != nil || err2 != nil {
			t.Errorf("% x: %s, kept %s (%v, %v)", pad, strict, kept, err1, err2)
		}
	}
}

func TestResolutionLeavesOutUndefinedBits(t *testing.T) {
	for config, want := range map[byte]string{0x1F: "25.0000", 0x3F: "25.2500", 0x5F: "25.3750", 0x7F: "25.4375"} {
		pad := []byte{0x97, 0x01, 0x4b, 0x46, config, 0xff, 0x09, 0x10, 0}
		pad[8] = Checksum(pad[:8])
		if got, err := decode(coldProfile(false), sentTo, pad); got != want || err != nil {
			t.Errorf("%02x: %s %v, want %s", config, got, err, want)
		}
	}
}

func TestScratchpadsOfOthersAreRefused(t *testing.T) {
	good := captures(t)[0].pad
	other := bytes.Clone(sentTo)
	other[3] ^= 1
	for name, c := range map[string]struct{ sent, received []byte }{
		"another chip was asked": {other, good},
		"another command":        {append(bytes.Clone(sentTo[:9]), 0x44), good},
		"skip ROM":               {[]byte{0xCC, 0xBE}, good},
		"damaged":                {sentTo, append([]byte{0xb9}, good[1:]...)},
		"short":                  {sentTo, good[:8]},
		"nothing there":          {sentTo, bytes.Repeat([]byte{0xFF}, 9)},
		"zeros":                  {sentTo, make([]byte, 9)},
		"scratchpad as a file":   {nil, good},
	} {
		if got, err := decode(coldProfile(false), c.sent, c.received); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
	foreign := []byte{0x97, 0x01, 0x4b, 0x46, 0xFF, 0xff, 0x09, 0x10, 0}
	foreign[8] = Checksum(foreign[:8])
	if got, err := decode(coldProfile(false), sentTo, foreign); err == nil || errors.Is(err, ErrCheck) {
		t.Errorf("a DS18S20's configuration: %s %v", got, err)
	}
	for _, raw := range []uint16{0x07D1, 0xFC8F, 0x7FFF} { // beyond 125 and -55 °C
		pad := []byte{byte(raw), byte(raw >> 8), 0x4b, 0x46, 0x7F, 0xff, 0x09, 0x10, 0}
		pad[8] = Checksum(pad[:8])
		if got, err := decode(coldProfile(false), sentTo, pad); got != "none" || err != nil {
			t.Errorf("%04x: %s %v", raw, got, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	a, err := ParseAddress(address)
	if err != nil || !bytes.Equal(a[:], sentTo[1:9]) {
		t.Errorf("% x %v", a, err)
	}
	for _, s := range []string{"", "28", "28-", "28-0316a2794a", "28-0316A2794AFF", "10-0316a2794aff", "0316a2794aff28", "280-316a2794aff", "28-0316a2794aff00", "../28-0316a2794aff"} {
		if a, err := ParseAddress(s); err == nil {
			t.Errorf("%q read as % x", s, a)
		}
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol": func(p *profile.Profile) { p.Protocol = "i2c" },
		"no exchange":      func(p *profile.Profile) { p.Exchanges = nil },
		"two exchanges":    func(p *profile.Profile) { p.Exchanges = append(p.Exchanges, p.Exchanges[0]) },
		"another chip":     func(p *profile.Profile) { p.Exchanges[0].Request = []byte{0x61, 'x'} },
		"another source":   func(p *profile.Profile) { p.Points[0].Source = []byte{0x82, 0x61, 'x', 0xf4} },
		"another unit":     func(p *profile.Profile) { p.Points[0].Unit = "K" },
		"a pattern":        func(p *profile.Profile) { p.Points[0].NoValue = [][]byte{{0xFF}} },
		"scale 0":          func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"exchange 1":       func(p *profile.Profile) { p.Points[0].Exchange = 1 },
	} {
		p := coldProfile(false)
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzDecode: whatever is decoded, by either form, is what the chip can measure,
// and bytes that read by one form read the same by the other.
func FuzzDecode(f *testing.F) {
	for _, c := range captures(f) {
		f.Add([]byte(kernel(c.pad)), c.pad)
	}
	p := coldProfile(false)
	f.Fuzz(func(t *testing.T, text, pad []byte) {
		for i, got := range []string{first(decode(p, nil, text)), first(decode(p, sentTo, pad))} {
			if got == "" || got == "none" {
				continue
			}
			r, ok := new(big.Rat).SetString(got)
			if !ok || r.Cmp(big.NewRat(-55, 1)) < 0 || r.Cmp(big.NewRat(125, 1)) > 0 {
				t.Fatalf("form %d reads %s", i, got)
			}
		}
		if s, err := ParseScratchpad(pad); err == nil {
			if again, err := ParseText([]byte(kernel(s[:]))); err != nil || again != s {
				t.Fatalf("% x: %v", s, err)
			}
		}
		if s, err := ParseText(text); err == nil && kernel(s[:]) != strings.TrimSuffix(string(text), "\n")+"\n" {
			t.Fatalf("%q has a second spelling", text)
		}
	})
}

func first(s string, _ error) string { return s }

func FuzzAddress(f *testing.F) {
	f.Add(address)
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := ParseAddress(s); err == nil && fmt.Sprintf("%02x-%02x%02x%02x%02x%02x%02x", a[0], a[6], a[5], a[4], a[3], a[2], a[1]) != s {
			t.Fatalf("%q reads % x", s, a)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	p, d := coldProfile(false), &profile.Device{ID: "d", Address: address}
	frame := &record.Frame{Device: "d", Received: []byte(kernel(captures(b)[0].pad))}
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
