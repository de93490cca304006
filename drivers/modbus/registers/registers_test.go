package registers

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func dec(t testing.TB, s string) decimal.D {
	t.Helper()
	d, err := decimal.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// one is a profile of one point on one exchange.
func one(protocol string, r modbus.Read, s Source, change func(*profile.Point)) *profile.Profile {
	x := profile.Point{Name: "x", Unit: "Cel", Source: s.Append(nil), Scale: decimal.New(1, 0)}
	if change != nil {
		change(&x)
	}
	return &profile.Profile{ID: "test/one", Protocol: protocol,
		Exchanges: []profile.Exchange{{Request: AppendRequest(nil, r), Cadence: 1}},
		Params:    []profile.Param{{Name: "top"}}, Points: []profile.Point{x}}
}

func words(r modbus.Read, w ...uint16) modbus.Data { return modbus.Data{Unit: 1, Read: r, Words: w} }

func TestValuesAreExact(t *testing.T) {
	scale := func(s, o string, digits uint8) func(*profile.Point) {
		return func(x *profile.Point) { x.Scale, x.Offset, x.Decimals = dec(t, s), dec(t, o), digits }
	}
	f32 := func(f float32) []uint16 {
		b := math.Float32bits(f)
		return []uint16{uint16(b >> 16), uint16(b)}
	}
	cases := []struct {
		name   string
		source Source
		change func(*profile.Point)
		words  []uint16
		want   string
	}{
		{"published RS-WS temperature", Source{Type: S16}, scale("0.1", "0", 1), []uint16{0xFF9B}, "-10.1"},
		{"published RS-WS humidity", Source{Type: U16}, scale("0.1", "0", 1), []uint16{0x0292}, "65.8"},
		{"trailing zeros stay", Source{Type: U16}, scale("0.1", "0", 2), []uint16{10}, "1.00"},
		{"greatest u16", Source{Type: U16}, nil, []uint16{0xFFFF}, "65535"},
		{"least s16", Source{Type: S16}, nil, []uint16{0x8000}, "-32768"},
		{"offset", Source{Type: U16}, scale("0.01", "-40", 2), []uint16{1234}, "-27.66"},
		{"u16 low byte first", Source{Type: U16, Order: ByteSwap}, nil, []uint16{0x3412}, "4660"},
		{"u32 big", Source{Type: U32}, nil, []uint16{0x0001, 0x0002}, "65538"},
		{"u32 low register first", Source{Type: U32, Order: WordSwap}, nil, []uint16{0x0002, 0x0001}, "65538"},
		{"u32 low bytes first", Source{Type: U32, Order: ByteSwap}, nil, []uint16{0x0100, 0x0200}, "65538"},
		{"u32 little", Source{Type: U32, Order: Little}, nil, []uint16{0x0200, 0x0100}, "65538"},
		{"s32", Source{Type: S32}, nil, []uint16{0xFFFF, 0xFFFF}, "-1"},
		{"greatest s64", Source{Type: S64}, nil, []uint16{0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}, "9223372036854775807"},
		{"u64 that fits no decimal", Source{Type: U64}, nil, []uint16{0x8000, 0, 0, 0}, "missing"},
		{"u64 brought into range by its scale", Source{Type: U64}, func(x *profile.Point) { x.Scale, x.Offset = dec(t, "1"), dec(t, "-9223372036854775807") }, []uint16{0x8000, 0, 0, 0}, "1"},
		{"u64 scaled up", Source{Type: U64}, scale("1000", "0", 3), []uint16{0x0fff, 0xffff, 0xffff, 0xffff}, "missing"},
		{"f32 rounds to the decimals", Source{Type: F32}, scale("1", "0", 2), f32(21.7), "21.70"},
		{"f32 half to even, down", Source{Type: F32}, scale("1", "0", 0), f32(2.5), "2"},
		{"f32 half to even, up", Source{Type: F32}, scale("1", "0", 0), f32(3.5), "4"},
		{"f32 negative half", Source{Type: F32}, scale("1", "0", 1), f32(-0.25), "-0.2"},
		{"f32 minus zero", Source{Type: F32}, scale("1", "0", 1), []uint16{0x8000, 0}, "0.0"},
		{"f32 words swapped", Source{Type: F32, Order: WordSwap}, scale("1", "0", 3), []uint16{0x0000, 0x4048}, "3.125"},
		{"f32 scaled before rounding", Source{Type: F32}, scale("1000", "0", 0), f32(0.0065), "7"}, // the float lies above 0.0065
		{"f32 NaN", Source{Type: F32}, nil, []uint16{0x7FC0, 0}, "missing"},
		{"f32 infinity", Source{Type: F32}, nil, []uint16{0xFF80, 0}, "missing"},
		{"f32 beyond 64 bits", Source{Type: F32}, nil, f32(1e30), "missing"},
		{"f64", Source{Type: F64}, scale("1", "0", 4), []uint16{0x4009, 0x21FB, 0x5444, 0x2D18}, "3.1416"},
		{"bit 15 on", Source{Type: Bit, Bit: 15}, nil, []uint16{0x8000}, "1"},
		{"bit 0 off", Source{Type: Bit}, nil, []uint16{0xFFFE}, "0"},
		{"sentinel", Source{Type: S16}, func(x *profile.Point) { x.NoValue = [][]byte{{0x80, 0x00}, {0x7F, 0xFF}} }, []uint16{0x7FFF}, "missing"},
		{"beside the sentinel", Source{Type: S16}, func(x *profile.Point) { x.NoValue = [][]byte{{0x7F, 0xFF}} }, []uint16{0x7FFE}, "32766"},
		{"sentinel is compared as on the wire", Source{Type: U16, Order: ByteSwap}, func(x *profile.Point) { x.NoValue = [][]byte{{0x12, 0x34}} }, []uint16{0x1234}, "missing"},
		{"span middle", Source{Type: U16}, func(x *profile.Point) {
			x.Decimals = 2
			x.Span = &profile.Span{RawLow: dec(t, "4000"), RawHigh: dec(t, "20000"), Low: profile.Bound{Value: dec(t, "0")}, High: profile.Bound{Param: "top"}}
		}, []uint16{12000}, "5.00"},
		{"span below its zero", Source{Type: U16}, func(x *profile.Point) {
			x.Decimals = 2
			x.Span = &profile.Span{RawLow: dec(t, "4000"), RawHigh: dec(t, "20000"), Low: profile.Bound{Value: dec(t, "0")}, High: profile.Bound{Param: "top"}}
		}, []uint16{0}, "-2.50"},
		{"span rounds", Source{Type: U16}, func(x *profile.Point) {
			x.Decimals = 1
			x.Span = &profile.Span{RawLow: dec(t, "0"), RawHigh: dec(t, "3"), Low: profile.Bound{Value: dec(t, "0")}, High: profile.Bound{Value: dec(t, "1")}}
		}, []uint16{2}, "0.7"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := modbus.Read{Function: 3, Address: 7, Count: uint16(len(c.words))}
			p := one(ProtocolRTU, r, c.source, c.change)
			d := &profile.Device{ID: "d", Address: "1", Params: []profile.ParamValue{{Name: "top", Value: dec(t, "10")}}}
			m, err := Bind(p)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Values(d, 0, words(r, c.words...))
			if err != nil {
				t.Fatal(err)
			}
			text := got[0].Value.String()
			if got[0].Missing {
				text = "missing"
			}
			if text != c.want {
				t.Errorf("%04x gives %s, want %s", c.words, text, c.want)
			}
			traces, err := m.Steps(d, 0, words(r, c.words...))
			if err != nil {
				t.Fatal(err)
			}
			last := traces[0].Steps[len(traces[0].Steps)-1].Result
			if want := strings.Replace(c.want, "missing", "no value", 1); last != want && last != want+" Cel" {
				t.Errorf("the last step says %q, the value is %q", last, want)
			}
		})
	}
}

// The integer path without big numbers is only an optimisation.
func TestFastScalingAgreesWithRationals(t *testing.T) {
	ints := []int64{0, 1, -1, 7, 65535, -32768, math.MaxUint32, math.MinInt32, math.MaxInt64, math.MinInt64, math.MaxInt64/10 + 1}
	for _, i := range ints {
		for _, m := range ints {
			for _, o := range ints {
				for _, digits := range []uint8{0, 1, 5, 18} {
					x := &profile.Point{Decimals: digits, Scale: decimal.New(m, min(digits, 2)), Offset: decimal.New(o, min(digits, 1))}
					got, err := number{i: i}.scaled(x)
					v := new(big.Rat).SetInt64(i)
					want, wantErr := decimal.FromRat(v.Add(v.Mul(v, x.Scale.Rat()), x.Offset.Rat()), digits)
					if got != want || (err == nil) != (wantErr == nil) {
						t.Fatalf("%d × %v + %v at %d: %v %v, want %v %v", i, x.Scale, x.Offset, digits, got, err, want, wantErr)
					}
				}
			}
		}
	}
}

func TestFastRoundingOfFloatsAgreesWithRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	floats := []float64{0, math.Copysign(0, -1), 0.5, 1.5, 2.5, -0.5, -1.5, 0.125, 0.375, 1e18, -1e18, 9.3e18, math.MaxFloat32, math.MaxFloat64, math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat64,
		1 << 62, 1 << 63, -(1 << 63), 4503599627370497.5}
	for range 20000 {
		floats = append(floats, float64(math.Float32frombits(rng.Uint32())), math.Float64frombits(rng.Uint64()), float64(rng.IntN(2000001)-1000000)/float64(int(1)<<rng.IntN(20)))
	}
	fast := 0
	for _, f := range floats {
		n := number{kind: float, f: f}
		if !n.finite() {
			continue
		}
		x := &profile.Point{Decimals: uint8(rng.IntN(5)), Scale: decimal.New(1, 0)}
		switch rng.IntN(4) {
		case 0:
			x.Scale = decimal.New(rng.Int64N(2000)-1000, uint8(rng.IntN(4)))
		case 1:
			x.Offset = decimal.New(3, 0)
		}
		got, err := n.scaled(x)
		v := n.rat()
		want, wantErr := decimal.FromRat(v.Add(v.Mul(v, x.Scale.Rat()), x.Offset.Rat()), x.Decimals)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Fatalf("%v × %v + %v at %d: %v %v, want %v %v", f, x.Scale, x.Offset, x.Decimals, got, err, want, wantErr)
		}
		if _, ok := roundFloat(f, x); ok {
			fast++
		}
	}
	if fast < len(floats)/4 {
		t.Errorf("only %d of %d took the fast way: this compares rationals with themselves", fast, len(floats))
	}
}

func TestBindRefusesWhatNoAnswerCouldGive(t *testing.T) {
	r := modbus.Read{Function: 3, Address: 0, Count: 2}
	bits := modbus.Read{Function: 2, Address: 0, Count: 8}
	cases := []struct {
		name, want string
		p          *profile.Profile
	}{
		{"other protocol", "its protocol is", one("hj212", r, Source{Type: U16}, nil)},
		{"end beyond the exchange", "ends beyond the 2", one(ProtocolRTU, r, Source{Type: U32, Offset: 1}, nil)},
		{"number out of bits", "write type bit", one(ProtocolRTU, bits, Source{Type: U16}, nil)},
		{"bit of a bit", "no bit number", one(ProtocolRTU, bits, Source{Type: Bit, Bit: 1}, nil)},
		{"pattern of the wrong length", "has 1 bytes", one(ProtocolRTU, r, Source{Type: U16}, func(x *profile.Point) { x.NoValue = [][]byte{{1}} })},
		{"pattern for a bit", "a bit has no pattern", one(ProtocolRTU, r, Source{Type: Bit}, func(x *profile.Point) { x.NoValue = [][]byte{{1}} })},
		{"digits lost", "need more digits", one(ProtocolRTU, r, Source{Type: U16}, func(x *profile.Point) { x.Scale = decimal.New(1, 2); x.Decimals = 1 })},
		{"scale 0", "scale 0", one(ProtocolRTU, r, Source{Type: U16}, func(x *profile.Point) { x.Scale = decimal.D{} })},
		{"overflow", "fewer decimals", one(ProtocolRTU, r, Source{Type: U32}, func(x *profile.Point) { x.Decimals = 18 })},
		{"span and scale", "takes the place", one(ProtocolRTU, r, Source{Type: U16}, func(x *profile.Point) {
			x.Scale = decimal.New(2, 0)
			x.Span = &profile.Span{RawHigh: decimal.New(1, 0)}
		})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Bind(c.p); !errors.Is(err, ErrProfile) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	twice := one(ProtocolRTU, r, Source{Type: U16}, nil)
	twice.Exchanges = append(twice.Exchanges, twice.Exchanges[0])
	if _, err := Bind(twice); !errors.Is(err, ErrProfile) {
		t.Errorf("two exchanges with one request: %v", err)
	}
}

func frame(outcome record.Outcome, sent, received []byte) *record.Frame {
	return &record.Frame{Bus: "a", Device: "d", Sent: sent, Received: received, Outcome: outcome}
}

func TestDecoderHoldsTheFrameToItsProfileAndOutcome(t *testing.T) {
	r := modbus.Read{Function: 4, Address: 1, Count: 1}
	p := one(ProtocolRTU, r, Source{Type: S16}, func(x *profile.Point) { x.Scale, x.Decimals = decimal.New(1, 1), 1 })
	d := &profile.Device{ID: "d", Address: "9"}
	pdu, _ := r.PDU()
	sent := modbus.EncodeRTU(9, pdu)
	reply := modbus.EncodeRTU(9, []byte{4, 2, 0xFF, 0x9B})
	got, err := RTU{}.Decode(p, d, frame(record.OutcomeOK, sent, reply), nil)
	if err != nil || len(got) != 1 || got[0].Value != decimal.New(-101, 1) {
		t.Fatalf("got %v, %v", got, err)
	}
	surplus := append(bytes.Clone(reply), 0x00)
	if got, err = (RTU{}).Decode(p, d, frame(record.OutcomeSurplus, sent, surplus), nil); err != nil || got[0].Value != decimal.New(-101, 1) {
		t.Fatalf("surplus frame: %v, %v", got, err)
	}
	otherRead, _ := modbus.Read{Function: 4, Address: 2, Count: 1}.PDU()
	exception := modbus.EncodeRTU(9, []byte{0x84, 2})
	bad := map[string]struct {
		f *record.Frame
		d *profile.Device
		p *profile.Profile
	}{
		"surplus called OK":         {frame(record.OutcomeOK, sent, surplus), d, p},
		"OK called surplus":         {frame(record.OutcomeSurplus, sent, reply), d, p},
		"no answer with bytes":      {frame(record.OutcomeNoAnswer, sent, reply), d, p},
		"exception called OK":       {frame(record.OutcomeOK, sent, exception), d, p},
		"damaged reply":             {frame(record.OutcomeOK, sent, append(bytes.Clone(reply[:6]), reply[6]^1)), d, p},
		"another unit's exchange":   {frame(record.OutcomeOK, sent, reply), &profile.Device{ID: "d", Address: "8"}, p},
		"another device":            {frame(record.OutcomeOK, sent, reply), &profile.Device{ID: "e", Address: "9"}, p},
		"a read nobody planned":     {frame(record.OutcomeOK, modbus.EncodeRTU(9, otherRead), reply), d, p},
		"another protocol":          {frame(record.OutcomeOK, sent, reply), d, one(ProtocolTCP, r, Source{Type: S16}, nil)},
		"a frame that names others": {&record.Frame{Device: "d", Sent: sent, Received: reply, Earlier: []record.FrameRef{{Leaf: 1}}}, d, p},
	}
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			if got, err := (RTU{}).Decode(c.p, c.d, c.f, nil); err == nil {
				t.Errorf("decoded to %v", got)
			}
		})
	}
}

func TestTCPDecodesWithItsHeader(t *testing.T) {
	r := modbus.Read{Function: 2, Address: 16, Count: 8}
	p := one(ProtocolTCP, r, Source{Type: Bit, Offset: 3}, nil)
	d := &profile.Device{ID: "d", Address: "255"}
	pdu, _ := r.PDU()
	sent := modbus.EncodeTCP(513, 255, pdu)
	reply := modbus.EncodeTCP(513, 255, []byte{2, 1, 0x08})
	got, err := TCP{}.Decode(p, d, frame(record.OutcomeOK, sent, reply), nil)
	if err != nil || got[0].Value != decimal.New(1, 0) {
		t.Fatalf("got %v, %v", got, err)
	}
	if _, err := (TCP{}).Decode(p, d, frame(record.OutcomeOK, sent, modbus.EncodeTCP(514, 255, []byte{2, 1, 0x08})), nil); err == nil {
		t.Error("decoded the answer to another transaction")
	}
}

// Every bit of a sealed exchange carries weight: none can be turned unnoticed.
func TestNoBitOfAnExchangeCanBeTurned(t *testing.T) {
	r := modbus.Read{Function: 3, Address: 0, Count: 2}
	p := one(ProtocolRTU, r, Source{Type: F32}, nil)
	d := &profile.Device{ID: "d", Address: "1"}
	pdu, _ := r.PDU()
	sent, reply := modbus.EncodeRTU(1, pdu), modbus.EncodeRTU(1, []byte{3, 4, 0x41, 0xAD, 0x99, 0x9A})
	for _, b := range [][]byte{sent, reply} {
		for i := range b {
			for bit := range 8 {
				b[i] ^= 1 << bit
				if v, err := (RTU{}).Decode(p, d, frame(record.OutcomeOK, sent, reply), nil); err == nil {
					t.Errorf("byte %d bit %d turned: decoded to %v", i, bit, v)
				}
				b[i] ^= 1 << bit
			}
		}
	}
}

func TestUnitHasOneForm(t *testing.T) {
	for _, c := range []struct {
		protocol, address string
		ok                bool
	}{
		{ProtocolRTU, "1", true}, {ProtocolRTU, "247", true}, {ProtocolRTU, "0", false}, {ProtocolRTU, "248", false},
		{ProtocolTCP, "0", true}, {ProtocolTCP, "255", true}, {ProtocolTCP, "256", false},
		{ProtocolRTU, "01", false}, {ProtocolRTU, "+1", false}, {ProtocolRTU, "", false}, {ProtocolRTU, "0x1", false},
	} {
		if _, err := Unit(c.protocol, c.address); (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.protocol, c.address, err)
		}
	}
}

func TestCompiledFormsRoundTrip(t *testing.T) {
	for typ := U16; typ <= maxType; typ++ {
		for order := Big; order <= maxOrder; order++ {
			s := Source{Offset: 300, Type: typ, Order: order}
			got, err := ParseSource(s.Append(nil))
			if (err == nil) != (s.Check() == nil) || err == nil && got != s {
				t.Errorf("%v %v: %v, %v", typ, order, got, err)
			}
			if n, err := ParseType(typ.String()); err != nil || n != typ {
				t.Errorf("%v: %v %v", typ, n, err)
			}
			if n, err := ParseOrder(order.String()); err != nil || n != order {
				t.Errorf("%v: %v %v", order, n, err)
			}
		}
	}
}

func FuzzParseSource(f *testing.F) {
	f.Add(Source{Offset: 1, Type: S16}.Append(nil))
	f.Add(Source{Type: Bit, Bit: 15}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseSource(b); err == nil && !bytes.Equal(s.Append(nil), b) {
			t.Fatalf("%x reads as %+v, which is written %x", b, s, s.Append(nil))
		} else if err != nil && !errors.Is(err, cborx.ErrMalformed) {
			t.Fatalf("unsorted error %v", err)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	f.Add(AppendRequest(nil, modbus.Read{Function: 3, Count: 2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRequest(b); err == nil && !bytes.Equal(AppendRequest(nil, r), b) {
			t.Fatalf("%x reads as %+v", b, r)
		} else if err != nil && !errors.Is(err, cborx.ErrMalformed) {
			t.Fatalf("unsorted error %v", err)
		}
	})
}

// Whatever profile and bytes arrive, decoding ends in values or an error.
func FuzzDecode(f *testing.F) {
	r := modbus.Read{Function: 3, Address: 0, Count: 4}
	pdu, _ := r.PDU()
	for typ := U16; typ <= maxType; typ++ {
		p := one(ProtocolRTU, r, Source{Type: typ}, nil)
		p.Params = nil
		compiled, _, err := p.Compile()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(compiled, uint8(0), modbus.EncodeRTU(1, pdu), modbus.EncodeRTU(1, []byte{3, 8, 1, 2, 3, 4, 5, 6, 7, 8}))
	}
	f.Fuzz(func(t *testing.T, compiled []byte, outcome uint8, sent, received []byte) {
		p, err := profile.Parse(compiled)
		if err != nil {
			return
		}
		d := &profile.Device{ID: "d", Address: "1"}
		fr := frame(record.Outcome(outcome), sent, received)
		a, errA := RTU{}.Decode(p, d, fr, nil)
		b, errB := RTU{}.Decode(p, d, fr, nil)
		if fmt.Sprint(a, errA) != fmt.Sprint(b, errB) {
			t.Fatal("two decodings differ")
		}
		for _, v := range a {
			if v.Missing && v.Value != (decimal.D{}) {
				t.Fatalf("%s is missing and has a value", v.Point)
			}
		}
	})
}

// A gateway decodes a thousand points a second on a small processor.
func BenchmarkValues(b *testing.B) {
	for _, typ := range []Type{U16, F32} {
		b.Run(typ.String(), func(b *testing.B) {
			r := modbus.Read{Function: 3, Count: 100}
			p := &profile.Profile{ID: "bench", Protocol: ProtocolTCP, Exchanges: []profile.Exchange{{Request: AppendRequest(nil, r), Cadence: 1}}}
			for i := range 100 / typ.Registers() {
				p.Points = append(p.Points, profile.Point{Name: fmt.Sprint(i), Source: Source{Offset: uint16(i * typ.Registers()), Type: typ}.Append(nil), Scale: decimal.New(1, 1), Decimals: 1})
			}
			m, err := Bind(p)
			if err != nil {
				b.Fatal(err)
			}
			data := words(r, make([]uint16, 100)...)
			for i := range data.Words {
				data.Words[i] = 0x41AD
			}
			d := &profile.Device{ID: "d", Address: "1"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Values(d, 0, data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(p.Points)), "ns/point")
		})
	}
}
