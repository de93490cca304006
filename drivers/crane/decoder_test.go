package crane

import (
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func craneProfile() *profile.Profile {
	p := &profile.Profile{ID: "crane/box", Protocol: Protocol}
	for name, unit := range map[string]string{"load": "t", "alarm-collision": "", "lat": "deg"} {
		p.Points = append(p.Points, profile.Point{Name: name, Unit: unit, Source: AppendName(nil, name), Scale: decimal.New(1, 0)})
	}
	return p
}

func TestDecoderGivesTheCranesPoints(t *testing.T) {
	compiled, _, err := craneProfile().Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	d := &profile.Device{ID: "crane-1", Address: "123456"}
	noPlace := sample(t)
	copy(noPlace[18:26], make([]byte, 8))
	for _, c := range []struct {
		name     string
		received []byte
		want     map[string]string
	}{
		{"real-time", sample(t), map[string]string{"load": "0.06", "alarm-collision": "1", "lat": "0.00002"}},
		{"without receiver", noPlace, map[string]string{"load": "0.06", "alarm-collision": "1", "lat": "missing"}},
		{"heartbeat", []byte{0x7E, 0x7E, 0x0E, 0x00, 0x00, 0x12, 0x34, 0x56, 0x7D, 0x7D}, map[string]string{}},
	} {
		values, err := Decoder{}.Decode(p, d, &record.Frame{Device: "crane-1", Received: c.received}, nil)
		if err != nil || len(values) != len(c.want) {
			t.Errorf("%s: %v %v", c.name, values, err)
			continue
		}
		for _, v := range values {
			got := v.Value.String()
			if v.Missing {
				got = "missing"
			}
			if got != c.want[v.Point] || v.Time == 0 {
				t.Errorf("%s: %s is %s at %d, want %s", c.name, v.Point, got, v.Time, c.want[v.Point])
			}
		}
	}
	for name, f := range map[string]*record.Frame{
		"another device": {Device: "crane-2", Received: sample(t)},
		"cut off":        {Device: "crane-1", Received: sample(t)[:60]},
		"no answer":      {Device: "crane-1", Received: sample(t), Outcome: record.OutcomeNoAnswer},
	} {
		if v, err := (Decoder{}).Decode(p, d, f, nil); err == nil {
			t.Errorf("%s gives %v", name, v)
		}
	}
	if v, err := (Decoder{}).Decode(p, &profile.Device{ID: "crane-1", Address: "654321"}, &record.Frame{Device: "crane-1", Received: sample(t)}, nil); err == nil {
		t.Errorf("another crane gives %v", v)
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol": func(p *profile.Profile) { p.Protocol = "nmea" },
		"an exchange":      func(p *profile.Profile) { p.Exchanges = []profile.Exchange{{Request: AppendName(nil, "x")}} },
		"no such reading":  func(p *profile.Profile) { p.Points[0].Source = AppendName(nil, "speed") },
		"scale 0":          func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"not CBOR":         func(p *profile.Profile) { p.Points[0].Source = nil },
	} {
		p := craneProfile()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
