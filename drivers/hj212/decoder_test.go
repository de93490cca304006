package hj212

import (
	"bytes"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

func stationProfile() *profile.Profile {
	return &profile.Profile{ID: "dust/station", Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: Message{Command: 2011}.Append(nil)}, {Request: Message{Command: 2051}.Append(nil)}},
		Points: []profile.Point{
			{Name: "pm10", Source: Source{"a34002", "Rtd"}.Append(nil), Scale: decimal.New(1, 0)},
			{Name: "pm10-minute", Exchange: 1, Source: Source{"a34002", "Avg"}.Append(nil), Scale: decimal.New(1, 0)},
		}}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	if _, err := Bind(stationProfile()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*profile.Profile){
		"another protocol":    func(p *profile.Profile) { p.Protocol = "modbus-rtu" },
		"no message":          func(p *profile.Profile) { p.Exchanges = nil },
		"command twice":       func(p *profile.Profile) { p.Exchanges[1].Request = p.Exchanges[0].Request },
		"command of 3 digits": func(p *profile.Profile) { p.Exchanges[0].Request = Message{Command: 201}.Append(nil) },
		"two ways to check": func(p *profile.Profile) {
			p.Exchanges[0].Request = Message{Command: 2011, Rules: []Rule{RuleModbus}}.Append(nil)
		},
		"two ways to count": func(p *profile.Profile) {
			p.Exchanges[0].Request = Message{Command: 2011, LongLength: true}.Append(nil)
		},
		"rules out of order": func(p *profile.Profile) {
			p.Exchanges[0].Request = Message{Command: 2011, Rules: []Rule{RuleModbus, RuleSwapped}}.Append(nil)
		},
		"the standard's rule": func(p *profile.Profile) {
			p.Exchanges[0].Request = Message{Command: 2011, Rules: []Rule{RuleHJ212}}.Append(nil)
		},
		"a flag for a value":   func(p *profile.Profile) { p.Points[0].Source = Source{"a34002", "Flag"}.Append(nil) },
		"a hyphen too many":    func(p *profile.Profile) { p.Points[0].Source = Source{"a-b", "Rtd"}.Append(nil) },
		"no suffix":            func(p *profile.Profile) { p.Points[0].Source = Source{"a34002", ""}.Append(nil) },
		"a separator":          func(p *profile.Profile) { p.Points[0].Source = Source{"a34002", "R=1"}.Append(nil) },
		"no such message":      func(p *profile.Profile) { p.Points[0].Exchange = 2 },
		"the same field twice": func(p *profile.Profile) { p.Points[1].Exchange, p.Points[1].Source = 0, p.Points[0].Source },
		"scale 0":              func(p *profile.Profile) { p.Points[0].Scale = decimal.D{} },
		"a span":               func(p *profile.Profile) { p.Points[0].Span = &profile.Span{RawHigh: decimal.New(1, 0)} },
		"not CBOR":             func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
	} {
		p := stationProfile()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// What is read strictly is written the same way again: each meaning has one form.
func FuzzCompiledForms(f *testing.F) {
	f.Add(Source{"a34002", "Rtd"}.Append(nil))
	f.Add(Message{Command: 2011, Rules: []Rule{RuleSwapped, RuleModbus}, LongLength: true}.Append(nil))
	f.Fuzz(func(t *testing.T, item []byte) {
		if s, err := ParseSource(item); err == nil && !bytes.Equal(s.Append(nil), item) {
			t.Fatalf("%x read as %+v", item, s)
		}
		if m, err := ParseMessage(item); err == nil && !bytes.Equal(m.Append(nil), item) {
			t.Fatalf("%x read as %+v", item, m)
		}
	})
}
