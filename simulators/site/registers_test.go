package site

import (
	"fmt"
	"math"
	"testing"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// every is a profile with each kind of number in each order it can have.
func every(t *testing.T) *profile.Profile {
	t.Helper()
	p := &profile.Profile{
		ID: "test/every", Protocol: "modbus-rtu", Title: profile.Text{EN: "Every", ZH: "全部"},
		Exchanges: []profile.Exchange{
			{Request: registers.AppendRequest(nil, modbus.Read{Function: 3, Address: 100, Count: 120}), Cadence: 1e6},
			{Request: registers.AppendRequest(nil, modbus.Read{Function: 2, Address: 7, Count: 9}), Cadence: 1e6},
		},
	}
	var offset uint16
	add := func(name string, s registers.Source, exchange uint32, decimals uint8, scale, off decimal.D) {
		p.Points = append(p.Points, profile.Point{
			Name: name, Title: profile.Text{EN: name, ZH: name}, Exchange: exchange, Source: s.Append(nil),
			Decimals: decimals, Scale: scale, Offset: off,
		})
	}
	for _, kind := range []registers.Type{registers.U16, registers.S16, registers.U32, registers.S32, registers.F32, registers.U64, registers.S64, registers.F64} {
		for order := registers.Big; order <= registers.Little; order++ {
			s := registers.Source{Offset: offset, Type: kind, Order: order}
			if s.Check() != nil {
				continue
			}
			switch {
			case kind == registers.F32 || kind == registers.F64:
				add(fmt.Sprintf("%v-%v", kind, order), s, 0, 2, decimal.New(1, 0), decimal.D{})
			default:
				add(fmt.Sprintf("%v-%v", kind, order), s, 0, 1, decimal.New(1, 1), decimal.New(-400, 1))
			}
			offset += uint16(kind.Registers())
		}
	}
	add("flag-5", registers.Source{Offset: offset, Type: registers.Bit, Bit: 5}, 0, 0, decimal.New(1, 0), decimal.D{})
	add("contact", registers.Source{Offset: 4, Type: registers.Bit}, 1, 0, decimal.New(1, 0), decimal.D{})
	if _, _, err := p.Compile(); err != nil {
		t.Fatal(err)
	}
	return p
}

// The simulator's encoder and the driver's decoder were written apart; what one
// puts into registers the other must find there.
func TestDecoderFindsWhatTheSimulatorMeasures(t *testing.T) {
	p := every(t)
	d := &profile.Device{ID: "x-1", Bus: "b", Address: "9"}
	for name, c := range map[string]Curve{
		"positive": {Base: 211.4, Noise: 30},
		"negative": {Base: -18.3, Noise: 5},
		"zero":     {},
	} {
		t.Run(name, func(t *testing.T) {
			curves := map[string]Curve{}
			for _, x := range p.Points {
				curves[x.Name] = c
			}
			in, err := newImage(7, d, p, curves)
			if err != nil {
				t.Fatal(err)
			}
			m, err := registers.Bind(p)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for exchange, r := range m.Reads {
				values, exception := in.read(r.Function, r.Address, r.Count, noon)
				if exception != 0 {
					t.Fatalf("exception %d", exception)
				}
				data := modbus.Data{Read: r, Words: values}
				if r.Function <= 2 {
					data = modbus.Data{Read: r}
					for _, v := range values {
						data.Bits = append(data.Bits, v != 0)
					}
				}
				decoded, err := m.Values(d, exchange, data)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range decoded {
					i := -1
					for k := range p.Points {
						if p.Points[k].Name == v.Point {
							i = k
						}
					}
					want := in.value(i, noon)
					switch x := &p.Points[i]; {
					case in.places[i].kind == bit:
						if (want != 0) != (v.Value.Mantissa != 0) {
							t.Errorf("%s: %v, wanted %v", v.Point, v.Value, want != 0)
						}
					case math.Abs(v.Value.Float()-want) > math.Pow10(-int(x.Decimals)):
						t.Errorf("%s: decoded %v, measured %v", v.Point, v.Value, want)
					}
					seen++
				}
			}
			if seen != len(p.Points) {
				t.Errorf("%d of %d points decoded", seen, len(p.Points))
			}
		})
	}
}

func TestFourToTwentyMilliampereInputIsEncodedBySpan(t *testing.T) {
	s := registers.Source{Type: registers.U16}
	p := &profile.Profile{
		ID: "test/loop", Protocol: "modbus-rtu", Title: profile.Text{EN: "Loop", ZH: "回路"},
		Exchanges: []profile.Exchange{{Request: registers.AppendRequest(nil, modbus.Read{Function: 4, Address: 0, Count: 1}), Cadence: 1e6}},
		Params:    []profile.Param{{Name: "top", Unit: "Pa"}},
		Points: []profile.Point{{
			Name: "p", Title: profile.Text{EN: "Pressure", ZH: "压力"}, Unit: "Pa", Source: s.Append(nil), Decimals: 1, Scale: decimal.New(1, 0),
			Span:    &profile.Span{RawLow: decimal.New(4000, 0), RawHigh: decimal.New(20000, 0), High: profile.Bound{Param: "top"}},
			NoValue: [][]byte{{0, 0}},
		}},
	}
	d := &profile.Device{ID: "loop-1", Address: "3", Params: []profile.ParamValue{{Name: "top", Value: decimal.New(1000, 0)}}}
	in, err := newImage(1, d, p, map[string]Curve{"p": {Base: 250}})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := in.read(4, 0, 1, noon); len(got) != 1 || got[0] != 8000 {
		t.Errorf("a quarter of the span is %v, wanted 8000 µA", got)
	}
	in.blank["p"] = true
	if got, _ := in.read(4, 0, 1, noon); len(got) != 1 || got[0] != 0 {
		t.Errorf("no value is %v, wanted the profile's pattern", got)
	}
	if _, exception := in.read(3, 0, 1, noon); exception != 1 {
		t.Errorf("another function: exception %d, wanted 1", exception)
	}
	if _, exception := in.read(4, 1, 1, noon); exception != 2 {
		t.Errorf("another address: exception %d, wanted 2", exception)
	}
}

func TestOneSeedGivesOneDay(t *testing.T) {
	c := Curve{Base: 60, Swing: 12, Peak: 14, Noise: 6, Cycle: 7 * time.Minute, Depth: 3, Low: 0, High: 90}
	var differs bool
	for i := range 24 * 60 {
		at := noon.Add(time.Duration(i) * time.Minute)
		v := c.At(11, at)
		if v != c.At(11, at.In(time.FixedZone("x", 3600))) {
			t.Fatal("the zone changed a value")
		}
		if v < 0 || v > 90 {
			t.Fatalf("%v is outside the curve's ends", v)
		}
		next := c.At(11, at.Add(time.Second))
		if math.Abs(next-v) > 1 {
			t.Fatalf("%v jumps to %v within a second", v, next)
		}
		differs = differs || v != c.At(12, at)
	}
	if !differs {
		t.Error("another seed gives the same day")
	}
}

// newImage is what a Modbus device of the player shows.
func newImage(seed uint64, d *profile.Device, p *profile.Profile, curves map[string]Curve) (*slaveImage, error) {
	m, err := measure(seed, d, p, curves)
	if err != nil {
		return nil, err
	}
	return imageOf(m)
}
