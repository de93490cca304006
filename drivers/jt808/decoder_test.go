package jt808

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// truck is a refrigerated truck whose vendor sends two temperatures in item E1,
// in tenths of a degree.
func truck() *profile.Profile {
	point := func(name, unit string, s Source, scale decimal.D) profile.Point {
		return profile.Point{Name: name, Unit: unit, Source: s.Append(nil), Scale: scale, NoValue: nil}
	}
	p := &profile.Profile{ID: "truck/reefer", Protocol: Protocol, Points: []profile.Point{
		point("lat", "deg", Source{Name: "lat"}, decimal.New(1, 0)),
		point("mileage", "km", Source{Name: "mileage"}, decimal.New(1, 0)),
		point("cold", "Cel", Source{Item: 0xE1, Offset: 0, Bytes: 2, Signed: true}, decimal.New(1, 1)),
		point("rear", "Cel", Source{Item: 0xE1, Offset: 2, Bytes: 2, Signed: true, Little: true}, decimal.New(1, 1)),
	}}
	p.Points[2].NoValue = [][]byte{{0x7F, 0xFF}}
	return p
}

func TestColdChainTemperaturesComeFromMappedItems(t *testing.T) {
	compiled, _, err := truck().Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	d := &profile.Device{ID: "truck-1", Address: "013912344323"}
	message := func(status uint32, items ...byte) []byte {
		body := position(status, 31_230416, 121_473701, "261122143000", items...)
		return wire(IDLocation, uint16(len(body)), header2013(body)...)
	}
	two := append([]byte{0, 28}, position(2, 1, 1, "261122143000")...)
	batch := append(append([]byte{0, 2, 1}, two...), two...)
	for _, c := range []struct {
		name     string
		received []byte
		want     string
	}{
		{"driving", message(2, 1, 4, 0, 0, 0, 100, 0xE1, 4, 0xFF, 0x9B, 0x2D, 0x00), "lat=31.230416 mileage=10.0 cold=-10.1 rear=4.5"},
		{"no fix", message(0, 0xE1, 4, 0xFF, 0x9B, 0x2D, 0x00), "lat missing cold=-10.1 rear=4.5"},
		{"a probe without value", message(2, 0xE1, 4, 0x7F, 0xFF, 0x2D, 0x00), "lat=31.230416 cold missing rear=4.5"},
		{"an item too short", message(2, 0xE1, 2, 0x00, 0x01), "lat=31.230416 cold=0.1 rear missing"},
		{"no such item", message(2), "lat=31.230416"},
		{"another message", wire(0x0002, 0, header2013(nil)...), ""},
		{"a batch of one time", wire(IDBatch, uint16(len(batch)), header2013(batch)...), "lat=0.000001"},
		{"damaged", bytes.Replace(message(2), []byte{0x01}, []byte{0x03}, 1), "error"},
	} {
		values, err := Decoder{}.Decode(p, d, &record.Frame{Device: "truck-1", Received: c.received}, nil)
		var out []string
		for _, v := range values {
			if v.Missing {
				out = append(out, v.Point+" missing")
			} else {
				out = append(out, v.Point+"="+v.Value.String())
			}
			if got := time.UnixMicro(v.Time).UTC().Format(time.RFC3339); got != "2026-11-22T06:30:00Z" {
				t.Errorf("%s: %s at %s", c.name, v.Point, got)
			}
		}
		got := strings.Join(out, " ")
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.want)
		}
	}
	if v, err := (Decoder{}).Decode(p, &profile.Device{ID: "truck-1", Address: "013912344324"}, &record.Frame{Device: "truck-1", Received: message(2)}, nil); err == nil {
		t.Errorf("another terminal gives %v", v)
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol":        func(p *profile.Profile) { p.Protocol = "nmea" },
		"an exchange":             func(p *profile.Profile) { p.Exchanges = []profile.Exchange{{Request: []byte{0}}} },
		"no such reading":         func(p *profile.Profile) { p.Points[0].Source = Source{Name: "pressure"}.Append(nil) },
		"another unit":            func(p *profile.Profile) { p.Points[0].Unit = "rad" },
		"three bytes":             func(p *profile.Profile) { p.Points[2].Source = Source{Item: 0xE1, Bytes: 3}.Append(nil) },
		"the standard's own item": func(p *profile.Profile) { p.Points[2].Source = Source{Item: 0x01, Bytes: 4}.Append(nil) },
		"order of one byte":       func(p *profile.Profile) { p.Points[2].Source = Source{Item: 0xE1, Bytes: 1, Little: true}.Append(nil) },
		"beyond any item":         func(p *profile.Profile) { p.Points[2].Source = Source{Item: 0xE1, Offset: 254, Bytes: 2}.Append(nil) },
		"pattern of another size": func(p *profile.Profile) { p.Points[2].NoValue = [][]byte{{0xFF}} },
		"pattern of a position":   func(p *profile.Profile) { p.Points[0].NoValue = [][]byte{{0xFF}} },
		"not CBOR":                func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
		"two parts":               func(p *profile.Profile) { p.Points[0].Source = []byte{0x82, 0x01, 0x02} },
	} {
		p := truck()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := Bind(truck()); err != nil {
		t.Error(err)
	}
}
