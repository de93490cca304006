package dlt645

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func point(name, unit string, exchange uint32, di uint32) profile.Point {
	return profile.Point{Name: name, Unit: unit, Exchange: exchange, Source: AppendDI(nil, di), Scale: decimal.New(1, 0)}
}

func meterProfile() *profile.Profile {
	return &profile.Profile{ID: "power/meter", Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: AppendDI(nil, 0x00010000)}, {Request: AppendDI(nil, 0x0201FF00)}},
		Points:    []profile.Point{point("energy", "kWh", 0, 0x00010000), point("voltage-a", "V", 1, 0x02010100), point("voltage-c", "V", 1, 0x02010300)}}
}

func ask(t *testing.T, meter string, di uint32) []byte {
	t.Helper()
	b, err := AppendRead([]byte{0xFE, 0xFE}, meter, di)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecoderTakesOnlyTheAnswerToItsQuestion(t *testing.T) {
	compiled, _, err := meterProfile().Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	const meter = "000000000161"
	d := &profile.Device{ID: "meter-1", Address: meter}
	energy := foreign(t)["meter-161-energy"]
	for _, c := range []struct {
		name     string
		sent     []byte
		received []byte
		want     string // "error" when refused
	}{
		{"energy", ask(t, meter, 0x00010000), energy, "energy=0.26"},
		{"with wake-up bytes", ask(t, meter, 0x00010000), append([]byte{0xFE}, energy...), "energy=0.26"},
		{"a row with a value missing", ask(t, meter, 0x0201FF00), frame(meter, 0x91, 0, 0xFF, 1, 2, 0x01, 0x22, 0x02, 0x22, 0xFF, 0xFF), "voltage-a=220.1 voltage-c missing"},
		{"invalid digits", ask(t, meter, 0x00010000), frame(meter, 0x91, 0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF), "energy missing"},
		{"another meter answers", ask(t, meter, 0x00010000), frame("000000000162", 0x91, 0, 0, 1, 0, 0, 0, 0, 0), "error"},
		{"another meter was asked", ask(t, "000000000162", 0x00010000), energy, "error"},
		{"a late answer to another question", ask(t, meter, 0x0201FF00), energy, "error"},
		{"a question that the profile does not ask", ask(t, meter, 0x00020000), frame(meter, 0x91, 0, 0, 2, 0, 0, 0, 0, 0), "error"},
		{"a refusal", ask(t, meter, 0x00010000), frame(meter, 0xD1, 2), "error"},
		{"a byte behind", ask(t, meter, 0x00010000), append(bytes.Clone(energy), 0), "error"},
		{"a damaged reply", ask(t, meter, 0x00010000), foreign(t)["wrong-checksum"], "error"},
		{"the question for an answer", ask(t, meter, 0x00010000), ask(t, meter, 0x00010000), "error"},
		{"nothing", ask(t, meter, 0x00010000), nil, "error"},
	} {
		values, err := Decoder{}.Decode(p, d, &record.Frame{Device: "meter-1", Sent: c.sent, Received: c.received}, nil)
		var out []string
		for _, v := range values {
			if v.Missing {
				out = append(out, v.Point+" missing")
			} else {
				out = append(out, fmt.Sprintf("%s=%v", v.Point, v.Value))
			}
		}
		got := strings.Join(out, " ")
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %s (%v), want %s", c.name, got, err, c.want)
		}
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol":   func(p *profile.Profile) { p.Protocol = "modbus-rtu" },
		"unknown identifier": func(p *profile.Profile) { p.Exchanges[0].Request = AppendDI(nil, 0x04000404) },
		"read twice":         func(p *profile.Profile) { p.Exchanges[1].Request = p.Exchanges[0].Request },
		"another unit":       func(p *profile.Profile) { p.Points[0].Unit = "Wh" },
		"not in the answer":  func(p *profile.Profile) { p.Points[0].Source = AppendDI(nil, 0x00020000) },
		"no such exchange":   func(p *profile.Profile) { p.Points[0].Exchange = 9 },
		"scale 0":            func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"a pattern":          func(p *profile.Profile) { p.Points[0].NoValue = [][]byte{{0xFF}} },
		"not CBOR":           func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
	} {
		p := meterProfile()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := Bind(meterProfile()); err != nil {
		t.Error(err)
	}
}
