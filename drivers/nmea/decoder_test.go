package nmea

import (
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func receiver() *profile.Profile {
	point := func(name, unit string, exchange uint32) profile.Point {
		return profile.Point{Name: name, Unit: unit, Exchange: exchange, Source: AppendName(nil, name), Scale: decimal.New(1, 0)}
	}
	altitude := point("altitude", "m", 1)
	return &profile.Profile{ID: "position/receiver", Protocol: Protocol,
		Exchanges: []profile.Exchange{{Request: AppendName(nil, "RMC")}, {Request: AppendName(nil, "GGA")}},
		Points:    []profile.Point{point("lat", "deg", 0), point("lon", "deg", 0), altitude}}
}

func TestDecoderGivesThePointsOfItsSentence(t *testing.T) {
	compiled, _, err := receiver().Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	d := &profile.Device{ID: "gps-1"}
	for sentence, want := range map[string]string{
		"$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*70\r\n":     "lat=51.5637 lon=-0.7040 ",
		"$GPRMC,220516,D,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*75\r\n":     "lat missing lon missing ",
		"$GNGGA,203415.000,6325.6138,N,01021.4290,E,1,8,2.42,72.5,M,41.5,M,,*7C\r\n": "altitude=72.5 ",
		"$GPZDA,172809.456,12,07,1996,00,00*57\r\n":                                  "",
		"$GPZDA,172809.456,12,07,1996,00,00*58\r\n":                                  "error",
	} {
		values, err := Decoder{}.Decode(p, d, &record.Frame{Device: "gps-1", Received: []byte(sentence)}, nil)
		got := ""
		for _, v := range values {
			if v.Missing {
				got += v.Point + " missing "
			} else {
				got += v.Point + "=" + v.Value.String() + " "
			}
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %q (%v), want %q", sentence, got, err, want)
		}
	}
	if v, err := (Decoder{}).Decode(p, d, &record.Frame{Device: "gps-2", Received: []byte("$GPZDA,172809.456,12,07,1996,00,00*57")}, nil); err == nil {
		t.Errorf("a sentence of another device gives %v", v)
	}
}

func TestProfilesWithoutMeaningAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"another protocol": func(p *profile.Profile) { p.Protocol = "hj212" },
		"no such sentence": func(p *profile.Profile) { p.Exchanges[0].Request = AppendName(nil, "GSV") },
		"sentence twice":   func(p *profile.Profile) { p.Exchanges[1].Request = p.Exchanges[0].Request },
		"no such reading":  func(p *profile.Profile) { p.Points[0].Source = AppendName(nil, "altitude") },
		"another unit":     func(p *profile.Profile) { p.Points[0].Unit = "rad" },
		"no such exchange": func(p *profile.Profile) { p.Points[0].Exchange = 7 },
		"not CBOR":         func(p *profile.Profile) { p.Points[0].Source = []byte{0xFF} },
	} {
		p := receiver()
		change(p)
		if _, err := Bind(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
