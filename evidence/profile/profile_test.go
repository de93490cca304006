package profile

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

func full() *Profile {
	n := func(m int64, s uint8) decimal.D { return decimal.New(m, s) }
	rate := n(5, 1)
	return &Profile{ID: "dust/x", Protocol: "modbus-rtu", Title: Text{"Dust", "扬尘"},
		Exchanges: []Exchange{{cborx.AppendUint(nil, 3), 10_000_000}},
		Params:    []Param{{"top", "mm", nil}, {"span", "mm", &rate}},
		Points: []Point{
			{Name: "pm10", Title: Text{"PM10", "PM10"}, Unit: "ug/m3", Source: cborx.AppendNull(nil), Decimals: 1, Scale: n(1, 1), Offset: n(0, 0),
				Min: &Bound{Value: n(0, 0)}, Max: &Bound{Param: "top"}, NoValue: [][]byte{{0xff, 0xff}}, MaxRate: &rate, Stuck: 9},
			{Name: "level", Title: Text{"", ""}, Source: cborx.AppendArray(nil, 0), Decimals: 18, Scale: n(1, 0), Offset: n(-1, 3),
				Span: &Span{n(4, 0), n(20, 0), Bound{Value: n(0, 0)}, Bound{Param: "span"}}},
		}}
}

func TestAProfileCompilesReadsBackAndAJudgeAgrees(t *testing.T) {
	b, digest, err := full().Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(b)
	if err != nil || !reflect.DeepEqual(p, full()) || Digest(b) != digest {
		t.Fatalf("%+v %v", p, err)
	}
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := cbor.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if back, err := enc.Marshal(v); err != nil || !bytes.Equal(back, b) {
		t.Errorf("the judge writes %x, %v", back, err)
	}
}

func TestABadProfileIsNotCompiled(t *testing.T) {
	for name, change := range map[string]func(*Profile){
		"no id":             func(p *Profile) { p.ID = "" },
		"no protocol":       func(p *Profile) { p.Protocol = "" },
		"point twice":       func(p *Profile) { p.Points[1].Name = "pm10" },
		"point unnamed":     func(p *Profile) { p.Points[0].Name = "" },
		"parameter twice":   func(p *Profile) { p.Params[1].Name = "top" },
		"parameter unknown": func(p *Profile) { p.Points[0].Max = &Bound{Param: "bottom"} },
		"empty span":        func(p *Profile) { p.Points[1].Span.RawHigh = p.Points[1].Span.RawLow },
		"exchange beyond":   func(p *Profile) { p.Points[0].Exchange = 1 },
		"too many decimals": func(p *Profile) { p.Points[0].Decimals = 19 },
		"source not CBOR":   func(p *Profile) { p.Points[0].Source = []byte{0xff} },
	} {
		p := full()
		change(p)
		if _, _, err := p.Compile(); err == nil {
			t.Errorf("%s was compiled", name)
		}
	}
}

func device() Device {
	low := decimal.New(-5, 1)
	return Device{ID: "dust-1", Bus: "a", Address: "3", Profile: [32]byte{1}, Path: record.PathSerial, Params: []ParamValue{{"span", decimal.New(5, 0)}, {"top", low}},
		Limits: []Limit{{Point: "pm10", Low: &low}, {Point: "pm25", High: &low}}, Cadence: 5, Instance: "SN 1"}
}

func TestAConfigurationReadsBackLeafByLeaf(t *testing.T) {
	c := Config{Settings{"north", "gate-1", "v1", 60_000_000}, []Device{device(), {ID: "z"}}}
	leaves := c.Leaves()
	s, err := ParseSettings(leaves[0])
	if err != nil || *s != c.Settings {
		t.Errorf("%+v %v", s, err)
	}
	d, err := ParseDevice(leaves[1])
	if err != nil || !reflect.DeepEqual(*d, device()) {
		t.Errorf("%+v %v", d, err)
	}
	if ConfigRoot(leaves) != merkle.Node(merkle.Node(merkle.Leaf(leaves[0]), merkle.Leaf(leaves[1])), merkle.Leaf(leaves[2])) {
		t.Error("root")
	}
	// Leaf 0 can never pass for a device, nor the other way.
	if _, err := ParseDevice(leaves[0]); err == nil {
		t.Error("settings read as a device")
	}
	if _, err := ParseSettings(leaves[1]); err == nil {
		t.Error("a device read as settings")
	}
	if v, err := d.Param(full(), "top"); err != nil || v != decimal.New(-5, 1) {
		t.Errorf("site's value: %v %v", v, err)
	}
	if v, err := c.Devices[1].Param(full(), "span"); err != nil || v != decimal.New(5, 1) {
		t.Errorf("default: %v %v", v, err)
	}
	if _, err := c.Devices[1].Param(full(), "top"); err == nil {
		t.Error("a parameter that nobody gave")
	}
}

// held is a device whose limits say all that a limit can.
func held() Device {
	d, by := device(), decimal.New(5, 1)
	d.Limits[0].After, d.Limits[0].Hysteresis = 300_000_000, &by
	d.Limits[1].Pauses = []Pause{{"door-1/open", decimal.New(1, 0), 600_000_000}, {"fan-1/defrost", decimal.New(10, 1), 1}}
	d.Record, d.RecordOutside = 1_800_000_000, 120_000_000
	d.Area = &Area{Corners: []Position{{decimal.New(312241, 4), decimal.New(1214737, 4)}}, Radius: 200, Margin: 30}
	return d
}

func TestLimitsWithDurationHysteresisAndPausesReadBack(t *testing.T) {
	want := held()
	d, err := ParseDevice(want.append(nil))
	if err != nil || !reflect.DeepEqual(*d, want) {
		t.Errorf("%+v %v", d, err)
	}
	// A limit that has none of it is written as it always was.
	short := Limit{Point: "x"}
	if b := short.append(nil); !bytes.Equal(b, []byte{0x83, 0x61, 'x', 0xf6, 0xf6}) {
		t.Errorf("a plain limit is %x", b)
	}
	bare := device()
	if b := bare.append(nil); b[0] != 0xa9 {
		t.Errorf("a device without a recording interval begins with %x", b[0])
	}
}

func TestADeviceLeafHasOneEncoding(t *testing.T) {
	zero, minus := decimal.New(0, 0), decimal.New(-5, 1)
	for name, change := range map[string]func(*Device){
		"hysteresis of 0":        func(d *Device) { d.Limits[0].Hysteresis = &zero },
		"hysteresis below 0":     func(d *Device) { d.Limits[0].Hysteresis = &minus },
		"pause without an end":   func(d *Device) { d.Limits[1].Pauses[0].Most = 0 },
		"pauses out of order":    func(d *Device) { p := d.Limits[1].Pauses; p[0], p[1] = p[1], p[0] },
		"pause twice":            func(d *Device) { d.Limits[1].Pauses[1].Point = "door-1/open" },
		"outside without record": func(d *Device) { d.Record = 0 },
	} {
		d := held()
		change(&d)
		if _, err := ParseDevice(d.append(nil)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	// The long form that says nothing more.
	l := Limit{Point: "pm10"}
	d := device()
	d.Limits = []Limit{l}
	long := bytes.Replace(d.append(nil), l.append(nil), append(append([]byte{0x86}, l.append(nil)[1:]...), 0x00, 0xf6, 0x80), 1)
	if _, err := ParseDevice(long); err == nil {
		t.Error("the long form of a plain limit was read")
	}
	// A recording interval of 0.
	bare := device()
	leaf := bare.append(nil)
	leaf[0]++
	if _, err := ParseDevice(append(leaf, 0x14, 0x00)); err == nil {
		t.Error("a recording interval of 0 was read")
	}
}

// FuzzParse: a profile that reads writes the same bytes again.
func FuzzParse(f *testing.F) {
	f.Add(full().Append(nil))
	f.Add((&Profile{ID: "a", Protocol: "b"}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := Parse(b); err == nil && !bytes.Equal(p.Append(nil), b) {
			t.Fatalf("%x read, %x written", b, p.Append(nil))
		}
	})
}

// FuzzConfig: the same for the leaves of a configuration, and none is both kinds.
func FuzzConfig(f *testing.F) {
	c := Config{Settings{"north", "gate-1", "v1", 60_000_000}, []Device{device(), held(), {ID: "z"}}}
	for _, l := range c.Leaves() {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err1 := ParseSettings(b)
		d, err2 := ParseDevice(b)
		switch {
		case err1 == nil && err2 == nil:
			t.Fatalf("%x is both kinds of leaf", b)
		case err1 == nil && !bytes.Equal(s.append(nil), b):
			t.Fatalf("%x read, %x written", b, s.append(nil))
		case err2 == nil && !bytes.Equal(d.append(nil), b):
			t.Fatalf("%x read, %x written", b, d.append(nil))
		}
	})
}
