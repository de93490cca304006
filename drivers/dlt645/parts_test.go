package dlt645

import (
	"slices"
	"testing"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// part is one exchange of an answer in parts.
func part(t testing.TB, meter string, seq byte, reply []byte) *record.Frame {
	t.Helper()
	ask, err := AppendRead(nil, meter, 0x0201FF00)
	if seq > 0 {
		ask, err = AppendReadMore(nil, meter, 0x0201FF00, seq)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &record.Frame{Device: "meter-1", Sent: ask, Received: reply}
}

func TestPartsMustFollowEachOther(t *testing.T) {
	const meter = "000000000161"
	p, d := meterProfile(), &profile.Device{ID: "meter-1", Address: meter}
	first := part(t, meter, 0, frame(meter, 0xB1, 0, 0xFF, 1, 2, 0x01, 0x22))
	second := part(t, meter, 1, frame(meter, 0xB2, 0, 0xFF, 1, 2, 0x02, 0x22, 1))
	third := part(t, meter, 2, frame(meter, 0x92, 0, 0xFF, 1, 2, 0x03, 0x22, 2))
	for name, c := range map[string]struct {
		frames []*record.Frame
		ok     bool
	}{
		"all":          {[]*record.Frame{first, second, third}, true},
		"the first":    {[]*record.Frame{first}, true},
		"without end":  {[]*record.Frame{first, second}, false},
		"one missing":  {[]*record.Frame{first, third}, false},
		"out of order": {[]*record.Frame{first, third, second}, false},
		"no beginning": {[]*record.Frame{second, third}, false},
		"twice":        {[]*record.Frame{first, second, second, third}, false},
		"beyond end":   {[]*record.Frame{first, second, third, third}, false},
	} {
		last := len(c.frames) - 1
		values, err := Decoder{}.Decode(p, d, c.frames[last], c.frames[:last])
		if (err == nil) != c.ok {
			t.Errorf("%s: %v %v", name, values, err)
		}
		if name == "all" && (len(values) != 2 || values[1].Value.String() != "220.3") {
			t.Errorf("%s: %v", name, values)
		}
		if name == "the first" && (values[0].Value.String() != "220.1" || !values[1].Missing) {
			t.Errorf("%s: %v", name, values)
		}
	}
}

func FuzzDecodeParts(f *testing.F) {
	const meter = "000000000161"
	f.Add(frame(meter, 0xB1, 0, 0xFF, 1, 2, 0x01, 0x22), frame(meter, 0x92, 0, 0xFF, 1, 2, 0x02, 0x22, 0x03, 0x22, 1))
	p, d := meterProfile(), &profile.Device{ID: "meter-1", Address: meter}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		values, err := Decoder{}.Decode(p, d, part(t, meter, 1, b), []*record.Frame{part(t, meter, 0, a)})
		if err == nil && len(values) != 2 {
			t.Fatal(values)
		}
		if x, _, err := Parse(b); err == nil && slices.Contains([]byte{0xD2, 0x91}, x.Control) && values != nil {
			t.Fatalf("control code %02X gave %v", x.Control, values)
		}
	})
}

func FuzzRequestForMoreOnlyReads(f *testing.F) {
	f.Add("000000000161", uint32(0x1C001C00), byte(1))
	f.Fuzz(func(t *testing.T, meter string, di uint32, seq byte) {
		b, err := AppendReadMore(nil, meter, di, seq)
		if err != nil {
			return
		}
		if x, n, err := Parse(b); err != nil || n != len(b) || x.Control != ControlReadMore || len(x.Data) != 5 || CheckAddress(x.Address) != nil {
			t.Fatalf("% X: %+v %v", b, x, err)
		}
	})
}

func BenchmarkDecodeRow(b *testing.B) {
	const meter = "000000000161"
	p, d := meterProfile(), &profile.Device{ID: "meter-1", Address: meter}
	f := part(b, meter, 0, frame(meter, 0x91, 0, 0xFF, 1, 2, 0x01, 0x22, 0x02, 0x22, 0x03, 0x22))
	points := 0
	for b.Loop() {
		values, err := Decoder{}.Decode(p, d, f, nil)
		if err != nil {
			b.Fatal(err)
		}
		points += len(values)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*1000/float64(points), "ns/1000-points")
}
