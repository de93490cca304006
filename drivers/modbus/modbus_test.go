package modbus

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// The serial line guide's own example, and frames that are in print everywhere.
func TestCRCMatchesPublishedFrames(t *testing.T) {
	for _, frame := range [][]byte{
		{0x02, 0x07, 0x41, 0x12}, // Serial Line V1.02, appendix B
		{0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD},
		{0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87},
		{0x11, 0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40, 0x49, 0xAD},
	} {
		if !checkCRC(frame) {
			t.Errorf("% x: checksum computed as %04x", frame, CRC(frame[:len(frame)-2]))
		}
	}
}

func request(t testing.TB, unit byte, r Read) []byte {
	t.Helper()
	pdu, err := r.PDU()
	if err != nil {
		t.Fatal(err)
	}
	return EncodeRTU(unit, pdu)
}

var three = Read{Function: ReadHoldingRegisters, Address: 0x6B, Count: 3}

// published is the reply of V1.1b3, 6.3, in the name of unit 17.
var published = []byte{0x11, 0x03, 0x06, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64, 0xC8, 0xBA}

func TestPublishedExchangeIsRead(t *testing.T) {
	d, err := ParseExchange(request(t, 0x11, three), AppendCRC(slices.Clone(published[:9])))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Words, []uint16{555, 0, 100}) || d.Unit != 0x11 || d.Read != three || d.Bits != nil {
		t.Errorf("%+v", d)
	}
}

func TestPublishedCoilsAreRead(t *testing.T) {
	// V1.1b3, 6.1: coils 20 to 38 are CD 6B 05.
	r := Read{Function: ReadCoils, Address: 0x13, Count: 19}
	d, err := ParseExchange(request(t, 1, r), AppendCRC([]byte{1, 1, 3, 0xCD, 0x6B, 0x05}))
	if err != nil {
		t.Fatal(err)
	}
	want := []bool{true, false, true, true, false, false, true, true, true, true, false, true, false, true, true, false, true, false, true}
	if !slices.Equal(d.Bits, want) || d.Words != nil {
		t.Errorf("%v", d.Bits)
	}
}

func TestEveryByteOfAReplyIsChecked(t *testing.T) {
	req := request(t, 0x11, three)
	good := AppendCRC(slices.Clone(published[:9]))
	reseal := func(b []byte) []byte { return AppendCRC(b[:len(b)-2]) }
	cases := []struct {
		name  string
		reply []byte
		want  error
	}{
		{"empty", nil, ErrShort},
		{"one byte", good[:1], ErrShort},
		{"last byte missing", good[:10], ErrShort},
		{"one byte more", append(slices.Clone(good), 0), ErrSurplus},
		{"twice", append(slices.Clone(good), good...), ErrSurplus},
		{"another unit", reseal(append([]byte{0x12}, good[1:]...)), ErrWrongUnit},
		{"another function", reseal(append([]byte{0x11, 4}, good[2:]...)), ErrWrongFunction},
		{"another function's exception", AppendCRC([]byte{0x11, 0x84, 2}), ErrWrongFunction},
		{"two registers for three", AppendCRC([]byte{0x11, 3, 4, 0, 1, 0, 2}), ErrByteCount},
		{"four registers for three", AppendCRC([]byte{0x11, 3, 8, 0, 1, 0, 2, 0, 3, 0, 4}), ErrByteCount},
		{"exception with more", append(AppendCRC([]byte{0x11, 0x83, 2}), 0), ErrSurplus},
		{"exception cut", AppendCRC([]byte{0x11, 0x83, 2})[:4], ErrShort},
	}
	for i := range good[3:] {
		b := slices.Clone(good)
		b[3+i] ^= 0x40
		cases = append(cases, struct {
			name  string
			reply []byte
			want  error
		}{"bit turned", b, ErrCRC})
	}
	for _, c := range cases {
		if d, err := ParseExchange(req, c.reply); !errors.Is(err, c.want) || d.Words != nil {
			t.Errorf("%s: % x: %v, %v; want %v", c.name, c.reply, d.Words, err, c.want)
		}
	}
}

func TestExceptionIsAnAnswerWithoutValue(t *testing.T) {
	d, err := ParseExchange(request(t, 0x11, three), AppendCRC([]byte{0x11, 0x83, IllegalAddress}))
	var e Exception
	if !errors.As(err, &e) || e != (Exception{Function: 3, Code: 2}) || d.Words != nil || d.Unit != 0x11 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestPaddingBitsMustBeZero(t *testing.T) {
	r := Read{Function: ReadDiscreteInputs, Address: 0, Count: 3}
	if _, err := ParseExchange(request(t, 1, r), AppendCRC([]byte{1, 2, 1, 0x0D})); !errors.Is(err, ErrPadding) {
		t.Errorf("%v", err)
	}
}

func TestOnlyPossibleReadsAreBuilt(t *testing.T) {
	for _, r := range []Read{
		{Function: 0, Count: 1}, {Function: 5, Count: 1}, {Function: 6, Count: 1}, {Function: 15, Count: 1}, {Function: 16, Count: 1}, {Function: 0x83, Count: 1},
		{Function: 3}, {Function: 3, Count: 126}, {Function: 4, Count: 126}, {Function: 1, Count: 2001},
		{Function: 3, Address: 65535, Count: 2}, {Function: 1, Address: 65000, Count: 1000},
	} {
		if pdu, err := r.PDU(); !errors.Is(err, ErrRequest) {
			t.Errorf("%+v: built % x, %v", r, pdu, err)
		}
	}
	for _, r := range []Read{
		{Function: 3, Address: 65535, Count: 1}, {Function: 4, Count: 125}, {Function: 1, Count: 2000}, {Function: 2, Address: 65528, Count: 8},
	} {
		pdu, err := r.PDU()
		if err != nil {
			t.Errorf("%+v: %v", r, err)
			continue
		}
		if back, err := ParseRead(pdu); err != nil || back != r {
			t.Errorf("%+v came back as %+v, %v", r, back, err)
		}
	}
}

func TestRequestsNoMasterSendsAreRefused(t *testing.T) {
	good := request(t, 1, three)
	reply := AppendCRC([]byte{1, 3, 6, 0, 1, 0, 2, 0, 3})
	if _, err := ParseExchange(good, reply); err != nil {
		t.Fatal(err)
	}
	for name, req := range map[string][]byte{
		"empty":             nil,
		"cut":               good[:7],
		"longer":            append(slices.Clone(good), 0),
		"checksum":          append(slices.Clone(good[:7]), good[7]^1),
		"broadcast":         AppendCRC(append([]byte{0}, good[1:6]...)),
		"reserved unit 248": AppendCRC(append([]byte{248}, good[1:6]...)),
		"a write":           AppendCRC([]byte{1, 6, 0, 1, 0, 2}),
	} {
		if _, err := ParseExchange(req, reply); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ExpectedLength(req, reply); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: length: %v", name, err)
		}
	}
}

func TestLengthIsKnownFromTheThirdByte(t *testing.T) {
	req := request(t, 0x11, three)
	for _, c := range []struct {
		got  []byte
		want int
	}{{nil, 0}, {[]byte{0x11}, 0}, {[]byte{0x11, 3}, 0}, {[]byte{0x11, 3, 6}, 11}, {[]byte{0x11, 0x83}, 5}} {
		if n, err := ExpectedLength(req, c.got); n != c.want || err != nil {
			t.Errorf("% x: %d, %v; want %d", c.got, n, err, c.want)
		}
	}
}

func TestTCPAnswerIsHeldToItsHeader(t *testing.T) {
	pdu, _ := three.PDU()
	req := EncodeTCP(0x1234, 9, pdu)
	good := EncodeTCP(0x1234, 9, []byte{3, 6, 0, 1, 0, 2, 0, 3})
	d, err := ParseExchangeTCP(req, good)
	if err != nil || !slices.Equal(d.Words, []uint16{1, 2, 3}) || d.Unit != 9 {
		t.Fatalf("%+v, %v", d, err)
	}
	change := func(i int, v byte) []byte {
		b := slices.Clone(good)
		b[i] = v
		return b
	}
	for _, c := range []struct {
		name  string
		reply []byte
		want  error
	}{
		{"empty", nil, ErrShort},
		{"half a header", good[:5], ErrShort},
		{"cut", good[:len(good)-1], ErrShort},
		{"surplus", append(slices.Clone(good), 7), ErrSurplus},
		{"another transaction", change(1, 0x35), ErrTransaction},
		{"another protocol", change(3, 1), ErrHeader},
		{"length 2", change(5, 2), ErrHeader},
		{"length 300", change(4, 1), ErrHeader},
		{"another unit", change(6, 8), ErrWrongUnit},
		{"another function", change(7, 4), ErrWrongFunction},
		{"byte count", change(8, 4), ErrByteCount},
		{"shorter than its byte count", EncodeTCP(0x1234, 9, []byte{3, 6, 0, 1, 0, 2}), ErrByteCount},
		{"longer than its byte count", EncodeTCP(0x1234, 9, []byte{3, 6, 0, 1, 0, 2, 0, 3, 0}), ErrByteCount},
		{"longer exception", EncodeTCP(0x1234, 9, []byte{0x83, 2, 0}), ErrByteCount},
		{"exception", EncodeTCP(0x1234, 9, []byte{0x83, 2}), Exception{Function: 3, Code: 2}},
	} {
		if d, err := ParseExchangeTCP(req, c.reply); !errors.Is(err, c.want) || d.Words != nil {
			t.Errorf("%s: %v, %v; want %v", c.name, d.Words, err, c.want)
		}
	}
}

// What is accepted must be rebuilt from its meaning byte for byte: no two
// replies mean the same.
func FuzzParseExchange(f *testing.F) {
	f.Add(request(f, 0x11, three), AppendCRC(slices.Clone(published[:9])))
	f.Add(request(f, 1, Read{Function: ReadCoils, Count: 19}), AppendCRC([]byte{1, 1, 3, 0xCD, 0x6B, 0x05}))
	f.Add(request(f, 1, three), AppendCRC([]byte{1, 0x83, 2}))
	f.Fuzz(func(t *testing.T, req, reply []byte) {
		// The fuzzer does not guess checksums; a second try has them right.
		for _, pair := range [][2][]byte{{req, reply}, {AppendCRC(slices.Clone(req)), AppendCRC(slices.Clone(reply))}} {
			d, err := ParseExchange(pair[0], pair[1])
			if again, ok := rebuild(t, d, err); ok {
				if back := EncodeRTU(d.Unit, again); !bytes.Equal(back, pair[1]) {
					t.Fatalf("% x accepted, rebuilt as % x", pair[1], back)
				}
				pdu, _ := d.PDU()
				if back := EncodeRTU(d.Unit, pdu); !bytes.Equal(back, pair[0]) {
					t.Fatalf("request % x accepted, rebuilt as % x", pair[0], back)
				}
				if n, err := ExpectedLength(pair[0], pair[1]); err != nil || n != len(pair[1]) {
					t.Fatalf("% x: length %d, %v", pair[1], n, err)
				}
			}
		}
	})
}

func FuzzParseExchangeTCP(f *testing.F) {
	pdu, _ := three.PDU()
	f.Add(EncodeTCP(7, 9, pdu), EncodeTCP(7, 9, []byte{3, 6, 0, 1, 0, 2, 0, 3}))
	f.Add(EncodeTCP(7, 9, pdu), EncodeTCP(7, 9, []byte{0x83, 2}))
	f.Fuzz(func(t *testing.T, req, reply []byte) {
		d, err := ParseExchangeTCP(req, reply)
		if again, ok := rebuild(t, d, err); ok {
			number := uint16(req[0])<<8 | uint16(req[1])
			if back := EncodeTCP(number, d.Unit, again); !bytes.Equal(back, reply) {
				t.Fatalf("% x accepted, rebuilt as % x", reply, back)
			}
		}
	})
}

// rebuild makes the answer's PDU from what was understood; false if it was
// refused.
func rebuild(t *testing.T, d Data, err error) ([]byte, bool) {
	var e Exception
	switch {
	case errors.As(err, &e):
		return []byte{e.Function | 0x80, e.Code}, true
	case err != nil:
		if d.Words != nil || d.Bits != nil {
			t.Fatalf("values beside an error: %+v, %v", d, err)
		}
		return nil, false
	}
	pdu := []byte{d.Function, byte(d.DataBytes())}
	for _, w := range d.Words {
		pdu = append(pdu, byte(w>>8), byte(w))
	}
	if d.Bits != nil {
		data := make([]byte, d.DataBytes())
		for i, on := range d.Bits {
			if on {
				data[i/8] |= 1 << (i % 8)
			}
		}
		pdu = append(pdu, data...)
	}
	return pdu, true
}

func BenchmarkParse(b *testing.B) {
	r := Read{Function: ReadHoldingRegisters, Count: 100}
	req := request(b, 1, r)
	reply := AppendCRC(append([]byte{1, 3, 200}, make([]byte, 200)...))
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseExchange(req, reply); err != nil {
			b.Fatal(err)
		}
	}
}
