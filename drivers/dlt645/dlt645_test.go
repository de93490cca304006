package dlt645

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
)

func foreign(t testing.TB) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile("testdata/foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]byte{}
	for line := range strings.Lines(string(data)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), "\t")
		b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if err != nil || m[name] != nil {
			t.Fatalf("%q: %v", line, err)
		}
		m[name] = b
	}
	return m
}

// frame builds a frame by the standard's words, apart from the code under test.
func frame(address string, control byte, data ...byte) []byte {
	raw, _ := hex.DecodeString(address)
	b := []byte{0x68, raw[5], raw[4], raw[3], raw[2], raw[1], raw[0], 0x68, control, byte(len(data))}
	for _, x := range data {
		b = append(b, x+0x33)
	}
	sum := 0
	for _, x := range b {
		sum += int(x)
	}
	return append(b, byte(sum%256), 0x16)
}

func show(f *Frame) string {
	values, _ := f.Readings()
	var out []string
	for _, r := range values {
		s := r.Point() + "=" + r.Value.String() + r.Item.Unit
		if !r.Time.IsZero() {
			s += "@" + r.Time.Format("2006-01-02T15:04Z07:00")
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestForeignFrames(t *testing.T) {
	frames := foreign(t)
	for _, c := range []struct {
		name, address string
		control       byte
		want          string
	}{
		{"meter-161-request", "000000000161", 0x11, ""},
		{"meter-161-energy", "000000000161", 0x91, "00010000=0.26kWh"},
		{"meter-161-voltage", "000000000161", 0x91, "02010100=100.1V"},
		{"read-wildcard", "AAAAAAAAAAAA", 0x11, ""},
		{"read-address", "AAAAAAAAAAAA", 0x13, ""},
		{"meter-1111-energy", "111111111111", 0x91, "00010000=2.69kWh"},
		{"meter-1111-rated-voltage", "111111111111", 0x91, ""}, // 04000404 is text
		{"meter-1111-temperature", "111111111111", 0x91, "02800007=23.9Cel"},
		{"meter-2603-energy", "260305510020", 0x91, "00010000=0.00kWh"},
		{"meter-2017-energy", "201709320072", 0x91, "00010000=1.86kWh"},
		{"meter-2182-energy", "218231000114", 0x91, "00010000=0.06kWh"},
		{"rates-1936", "000000193600", 0x91, "00010000=36.30kWh 00010100=2.56kWh 00010200=0.19kWh 00010300=0.38kWh 00010400=33.17kWh"},
		{"address-1936", "000000193600", 0x93, ""},
		{"read-rates-1936", "000000193600", 0x11, ""},
		{"address-2010", "201000000012", 0x93, ""},
		{"energy-123456.78", "129078563412", 0x91, "00010000=123456.78kWh"},
		{"energy-zero-0180", "071801024091", 0x91, "00010000=0.00kWh"},
	} {
		f, n, err := Parse(frames[c.name])
		if err != nil || n != len(frames[c.name]) {
			t.Errorf("%s: %v, %d bytes", c.name, err, n)
			continue
		}
		if f.Address != c.address || f.Control != c.control || !f.ChecksumOK || !f.AddressOK() {
			t.Errorf("%s: %+v", c.name, f)
		}
		if got := show(f); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDamagedFramesAreRefused(t *testing.T) {
	whole := foreign(t)["meter-161-energy"]
	for _, name := range []string{"wrong-checksum", "wrong-checksum-rates"} {
		if f, _, err := Parse(foreign(t)[name]); !errors.Is(err, ErrChecksum) || f == nil || f.ChecksumOK {
			t.Errorf("%s: %+v %v", name, f, err)
		}
	}
	for n := range len(whole) {
		if _, _, err := Parse(whole[:n]); !errors.Is(err, ErrShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		if f, _, err := Parse(b); err == nil {
			t.Errorf("byte %d changed: %+v", i, f)
		}
	}
	for name, b := range map[string][]byte{
		"too many wake-ups": append(bytes.Repeat([]byte{0xFE}, 17), whole...),
		"noise before":      append([]byte{0x00}, whole...),
	} {
		if _, _, err := Parse(b); !errors.Is(err, ErrStart) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValuesByIdentifier(t *testing.T) {
	const meter = "000000000161"
	for _, c := range []struct {
		name string
		data []byte // identifier and value, as before 33H is added
		more bool
		want string
	}{
		{"reverse active energy", []byte{0, 0, 2, 0, 0x45, 0x23, 0x01, 0x00}, false, "00020000=123.45kWh"},
		{"reactive 1, negative", []byte{0, 0, 3, 0, 0x45, 0x23, 0x01, 0x80}, false, "00030000=-123.45kvarh"},
		{"forward active above 800000 has no sign", []byte{0, 0, 1, 0, 0x45, 0x23, 0x01, 0x80}, false, "00010000=800123.45kWh"},
		{"energy of a past month", []byte{1, 0, 1, 0, 0x45, 0x23, 0x01, 0x00}, false, "00010001=123.45kWh"},
		{"current", []byte{0, 1, 2, 2, 0x56, 0x34, 0x12}, false, "02020100=123.456A"},
		{"current flowing back", []byte{0, 1, 2, 2, 0x56, 0x34, 0x92}, false, "02020100=-123.456A"},
		{"three voltages", []byte{0, 0xFF, 1, 2, 0x01, 0x22, 0x02, 0x22, 0x03, 0x22}, false, "02010100=220.1V 02010200=220.2V 02010300=220.3V"},
		{"four powers", []byte{0, 0xFF, 3, 2, 0x01, 0, 0, 0x02, 0, 0, 0x03, 0, 0, 0x04, 0, 0x80}, false, "02030000=0.0001kW 02030100=0.0002kW 02030200=0.0003kW 02030300=-0.0004kW"},
		{"power factor", []byte{0, 0, 6, 2, 0x95, 0x09}, false, "02060000=0.995"},
		{"frequency", []byte{2, 0, 0x80, 2, 0x98, 0x49}, false, "02800002=49.98Hz"},
		{"temperature below zero", []byte{7, 0, 0x80, 2, 0x55, 0x80}, false, "02800007=-5.5Cel"},
		{"greatest demand", []byte{0, 0, 1, 1, 0x56, 0x34, 0x12, 0x30, 0x14, 0x22, 0x11, 0x26}, false, "01010000=12.3456kW@2026-11-22T14:30+08:00"},
		{"a demand never seen", []byte{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, false, "01010000=0.0000kW"},
		{"the 31st of April", []byte{0, 0, 1, 1, 0, 0, 0, 0x30, 0x14, 0x31, 0x04, 0x26}, false, "01010000=0.0000kW"},
		{"nibble above 9", []byte{0, 0, 1, 0, 0x4A, 0x23, 0x01, 0x00}, false, ""},
		{"high nibble above 9", []byte{0, 0, 1, 0, 0x45, 0x23, 0x01, 0xA0}, false, ""},
		{"all FF", []byte{0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF}, false, ""},
		{"one phase without a value", []byte{0, 0xFF, 1, 2, 0x01, 0x22, 0xFF, 0xFF, 0x03, 0x22}, false, "02010100=220.1V 02010300=220.3V"},
		{"too short for its identifier", []byte{0, 0, 1, 0, 0x45, 0x23, 0x01}, false, ""},
		{"too long for its identifier", []byte{0, 0, 1, 0, 0x45, 0x23, 0x01, 0, 0}, false, ""},
		{"two phases of three", []byte{0, 0xFF, 1, 2, 0x01, 0x22, 0x02, 0x22}, false, ""},
		{"rates that go on in the next frame", []byte{0, 0xFF, 1, 0, 0x45, 0x23, 0x01, 0, 0x01, 0, 0, 0, 0x77}, true, "00010000=123.45kWh 00010100=0.01kWh"},
		{"unknown identifier", []byte{1, 1, 0, 4, 0x22, 0x11, 0x26, 0x07}, false, ""},
		{"no data", []byte{0, 0, 1, 0}, false, ""},
		{"not even an identifier", []byte{0, 0}, false, ""},
	} {
		control := byte(0x91)
		if c.more {
			control = 0xB1
		}
		f, _, err := Parse(frame(meter, control, c.data...))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := show(f); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if _, notes := f.Readings(); c.want == "" && notes == nil && len(c.data) >= 4 {
			t.Errorf("%s: nothing says why there is no value", c.name)
		}
	}
}

func TestContinuationsAndRefusalsGiveNoValue(t *testing.T) {
	for name, b := range map[string][]byte{
		"continuation": frame("000000000161", 0xB2, 0, 0, 1, 0, 0x45, 0x23, 0x01, 0, 1),
		"no such data": frame("000000000161", 0xD1, 0x02),
		"switched":     frame("000000000161", 0x9C),
		"a request":    frame("000000000161", 0x11, 0, 0, 1, 0),
	} {
		f, _, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if values, _ := f.Readings(); values != nil {
			t.Errorf("%s gives %v", name, values)
		}
	}
	f, _, _ := Parse(frame("000000000161", 0xD1, 0x02))
	if word, refused := f.Refused(); !refused || Refusal(word) != "no such data" {
		t.Errorf("%v %v", word, refused)
	}
}

func TestRequestsAreThoseOfTheStandard(t *testing.T) {
	frames := foreign(t)
	wake := []byte{0xFE, 0xFE, 0xFE, 0xFE}
	for name, meter := range map[string]string{"meter-161-request": "000000000161", "read-wildcard": "AAAAAAAAAAAA"} {
		got, err := AppendRead(bytes.Clone(wake), meter, 0x00010000)
		if err != nil || !bytes.Equal(got, frames[name]) {
			t.Errorf("%s: % X %v", name, got, err)
		}
	}
	if got := AppendReadAddress(bytes.Clone(wake)); !bytes.Equal(got, frames["read-address"]) {
		t.Errorf("read address: % X", got)
	}
	for _, meter := range []string{"", "123", "99999999999X", "1234567890123", "12AA00000000", "999999999999"} {
		if b, err := AppendRead(nil, meter, 0x00010000); err == nil || len(b) > 0 {
			t.Errorf("meter %q: % X", meter, b)
		}
	}
}

// Whatever it is asked, the package writes no other control code than the two
// that read.
func FuzzRequestOnlyReads(f *testing.F) {
	f.Add("000000000161", uint32(0x00010000))
	f.Add("AAAAAAAAAAAA", uint32(0x1C001C00))
	f.Fuzz(func(t *testing.T, meter string, di uint32) {
		b, err := AppendRead(nil, meter, di)
		if err != nil {
			return
		}
		x, n, err := Parse(b)
		if err != nil || n != len(b) || x.Control != ControlRead || len(x.Data) != 4 {
			t.Fatalf("% X: %+v %v", b, x, err)
		}
		if got, ok := x.DI(); !ok || got != di || x.Address != strings.ToUpper(meter) {
			t.Fatalf("%08X %s came back as %08X %s", di, meter, got, x.Address)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, b := range foreign(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, n, err := Parse(b)
		if n < 0 || n > len(b) || err == nil && (x == nil || n < fixed) {
			t.Fatalf("%d of %d bytes, %v", n, len(b), err)
		}
		if err != nil {
			return
		}
		values, notes := x.Readings()
		if len(values)+len(notes) > 80 {
			t.Fatalf("%d values, %d notes", len(values), len(notes))
		}
	})
}
