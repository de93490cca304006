package jt808

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
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
		b, err := hex.DecodeString(digits)
		if err != nil || m[name] != nil {
			t.Fatalf("%q: %v", line, err)
		}
		m[name] = b
	}
	return m
}

// wire builds a message by the standard's words, apart from the code under test.
func wire(id, props uint16, rest ...byte) []byte {
	p := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, id), props)
	p = append(p, rest...)
	var x byte
	for _, c := range p {
		x ^= c
	}
	out := []byte{0x7E}
	for _, c := range append(p, x) {
		switch c {
		case 0x7E:
			out = append(out, 0x7D, 0x02)
		case 0x7D:
			out = append(out, 0x7D, 0x01)
		default:
			out = append(out, c)
		}
	}
	return append(out, 0x7E)
}

func header2013(body []byte) []byte {
	return append([]byte{0x01, 0x39, 0x12, 0x34, 0x43, 0x23, 0x00, 0x07}, body...)
}

func position(status, lat, lon uint32, clock string, extras ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, 0)
	for _, v := range []uint32{status, lat, lon} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = append(b, 0x00, 0x64, 0x01, 0x2C, 0x00, 0x5A) // 100 m, 30.0 km/h, 90 degrees
	raw, _ := hex.DecodeString(clock)
	return append(append(b, raw...), extras...)
}

func TestForeignMessages(t *testing.T) {
	frames := foreign(t)
	for _, c := range []struct {
		name, id, phone string
		version         Version
		serial          uint16
		want            []string // one line a report: lat lon time, then readings
	}{
		{"batch-two", "0704", "112233445566", Version2013, 8888, []string{
			"12.222222 132.444444 2018-07-15T10:10:10+08:00: lat=12.222222 lon=132.444444 height=40 speed=6.0 course=0 mileage=10.0 fuel=5.5",
			"13.333333 132.555555 2018-07-15T10:10:30+08:00: mileage=9.6 fuel=6.6", // its status says no position
		}},
		{"yzh-ack-2013", "0001", "012345678901", Version2013, 0x7FFF, nil},
		{"yzh-ack-2019", "0001", "00000000017299841738", Version2019, 0xFFFF, nil},
		{"yzh-location-2013", "0200", "012345678901", Version2013, 0x7FFF, []string{
			"116.307629 40.058359 2020-07-07T19:23:59+08:00: mileage=1.1 fuel=2.2 recorder-speed=3.3 signal=30 satellites=40"}},
		{"yzh-location-2019", "0200", "00000000017299841738", Version2019, 0xFFFF, []string{
			"116.307629 40.058359 2020-07-07T19:23:59+08:00: mileage=1.1 fuel=2.2 recorder-speed=3.3 signal=30 satellites=40"}},
		{"yzh-escaped-2013", "0302", "012345678901", Version2013, 0x7FFF, nil},
		{"yzh-escaped-check-2019", "0800", "00000000017299841738", Version2019, 0xFFFF, nil},
		{"yzh-batch-2013", "0704", "012345678901", Version2013, 0x7FFF, slices.Repeat([]string{"116.307629 40.058359 2020-07-07T19:23:59+08:00:"}, 3)},
		{"yzh-batch-2019", "0704", "00000000017299841738", Version2019, 0xFFFF, slices.Repeat([]string{"116.307629 40.058359 2020-07-07T19:23:59+08:00:"}, 3)},
		{"yzh-query-2013", "0201", "012345678901", Version2013, 0x7FFF, []string{
			"0.041957 -0.056143 2020-05-12T12:12:59+08:00: mileage=322411.5"}},
		{"yzh-query-2019", "0201", "00000000017299841738", Version2019, 0xFFFF, []string{
			"0.041957 -0.056143 2020-05-12T12:12:59+08:00: mileage=322411.5"}},
		{"su-2019", "0200", "00000000020232609559", Version2019, 2639, []string{
			"31.512562 121.532076 2024-11-27T15:42:30+08:00: lat=31.512562 lon=121.532076 height=100 speed=53.2 course=20 mileage=20.4 fuel=46.8 signal=8 satellites=9"}},
		{"sample2-2019", "0200", "00000000013912344329", Version2019, 0, []string{
			"-31.000562 -121.451372 2014-10-21T19:51:09+08:00: lat=-31.000562 lon=-121.451372 height=666 speed=7.8 course=0 mileage=11.1 fuel=22.2 recorder-speed=66.6 signal=33 satellites=55"}},
	} {
		m, err := Parse(frames[c.name])
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if id := fmt.Sprintf("%04X", m.ID); id != c.id || m.Phone != c.phone || m.Version != c.version || m.Serial != c.serial || !m.PhoneOK() {
			t.Errorf("%s: %s %s %v %d", c.name, id, m.Phone, m.Version, m.Serial)
		}
		locations, err := m.Locations()
		if err != nil || len(locations) != len(c.want) {
			t.Errorf("%s: %d reports, %v", c.name, len(locations), err)
			continue
		}
		for i, l := range locations {
			if got := describe(l); got != c.want[i] {
				t.Errorf("%s: %q, want %q", c.name, got, c.want[i])
			}
		}
	}
}

func describe(l *Location) string {
	s := fmt.Sprintf("%v %v %s:", l.Lat, l.Lon, l.Time.Format("2006-01-02T15:04:05Z07:00"))
	values, _ := l.Readings()
	for _, r := range values {
		s += " " + r.Point + "=" + r.Value.String()
	}
	return s
}

func TestDamagedMessagesAreRefused(t *testing.T) {
	if _, err := Parse(foreign(t)["wrong-check"]); !errors.Is(err, ErrCheck) {
		t.Errorf("wrong check byte: %v", err)
	}
	whole := foreign(t)["su-2019"]
	for n := range len(whole) {
		if _, err := Parse(whole[:n]); err == nil {
			t.Errorf("%d bytes are taken", n)
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x04
		if m, err := Parse(b); err == nil {
			t.Errorf("byte %d changed: %+v", i, m)
		}
	}
	body := header2013([]byte{1, 2, 3})
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"body shorter than said": {wire(0x0001, 4, body...), ErrLength},
		"body longer than said":  {wire(0x0001, 2, body...), ErrLength},
		"no header":              {wire(0x0001, 0), ErrShort},
		"2019 without phone":     {wire(0x0001, 1<<14, body...), ErrShort},
		"7D at the end":          {[]byte{0x7E, 1, 2, 0x7D, 0x7E}, ErrEscape},
		"7D 03":                  {[]byte{0x7E, 1, 0x7D, 3, 0x7E}, ErrEscape},
		"7E inside":              {[]byte{0x7E, 1, 0x7E, 3, 0x7E}, ErrEscape},
		"too long":               {append(append([]byte{0x7E}, make([]byte, MaxMessage)...), 0x7E), ErrLength},
	} {
		if _, err := Parse(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestPositionsOnlyWhereTheTerminalHadOne(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   []byte
		points string
		notes  int
	}{
		{"north east", position(2, 31_230416, 121_473701, "261122143000"), "lat=31.230416 lon=121.473701 height=100 speed=30.0 course=90", 0},
		{"south west", position(2|4|8, 31_230416, 121_473701, "261122143000"), "lat=-31.230416 lon=-121.473701 height=100 speed=30.0 course=90", 0},
		{"no fix", position(0, 31_230416, 121_473701, "261122143000"), "", 1},
		{"latitude above 90", position(2, 90_000001, 121_473701, "261122143000"), "", 1},
		{"longitude above 180", position(2, 31_230416, 180_000001, "261122143000"), "", 1},
		{"no fix, but a counter", position(0, 0, 0, "261122143000", 1, 4, 0, 0, 0, 100), "mileage=10.0", 1},
		{"time that is none", position(2, 31_230416, 121_473701, "26AA22143000"), "lat=31.230416 lon=121.473701 height=100 speed=30.0 course=90", 1},
		{"the 31st of April", position(2, 31_230416, 121_473701, "260431143000"), "lat=31.230416 lon=121.473701 height=100 speed=30.0 course=90", 1},
		{"an extra cut off", position(0, 0, 0, "261122143000", 1, 4, 0, 0), "", 2},
		{"an extra of another length", position(0, 0, 0, "261122143000", 1, 2, 0, 0), "", 2},
		{"an extra twice", position(0, 0, 0, "261122143000", 2, 2, 0, 5, 2, 2, 0, 6), "fuel=0.5", 2},
		{"a vendor's extra", position(0, 0, 0, "261122143000", 0xE1, 2, 0, 5), "", 1},
	} {
		m, err := Parse(wire(IDLocation, uint16(len(c.body)), header2013(c.body)...))
		if err != nil {
			t.Fatal(err)
		}
		l, err := m.Locations()
		if err != nil || len(l) != 1 {
			t.Fatalf("%s: %v", c.name, err)
		}
		values, notes := l[0].Readings()
		var got []string
		for _, r := range values {
			got = append(got, r.Point+"="+r.Value.String())
		}
		if s := strings.Join(got, " "); s != c.points || len(notes) != c.notes {
			t.Errorf("%s: %q %q, want %q and %d notes", c.name, s, notes, c.points, c.notes)
		}
	}
}

func TestSplitAndEncryptedBodiesAreLeftAlone(t *testing.T) {
	body := position(2, 31_230416, 121_473701, "261122143000")
	part := append(header2013(nil), 0, 3, 0, 2)
	m, err := Parse(wire(IDLocation, uint16(len(body))|1<<13, append(part, body...)...))
	if err != nil || m.Parts != 3 || m.Part != 2 {
		t.Fatalf("%+v %v", m, err)
	}
	if l, err := m.Locations(); l != nil || err != nil {
		t.Errorf("a part of a message gives %v %v", l, err)
	}
	m, err = Parse(wire(IDLocation, uint16(len(body))|1<<10, header2013(body)...))
	if err != nil || m.Cipher != 1 {
		t.Fatalf("%+v %v", m, err)
	}
	if l, err := m.Locations(); l != nil || err != nil {
		t.Errorf("an encrypted message gives %v %v", l, err)
	}
}

func TestBatchesAreWholeOrRefused(t *testing.T) {
	one := position(2, 31_230416, 121_473701, "261122143000")
	two := append([]byte{0, 28}, one...)
	for name, c := range map[string]struct {
		body []byte
		n    int
	}{
		"two":           {append(append([]byte{0, 2, 1}, two...), two...), 2},
		"one missing":   {append([]byte{0, 2, 1}, two...), -1},
		"bytes left":    {append(append([]byte{0, 1, 1}, two...), 9), -1},
		"none":          {[]byte{0, 0, 1}, 0},
		"65535 of them": {[]byte{0xFF, 0xFF, 1}, -1},
		"short report":  {[]byte{0, 1, 1, 0, 2, 1, 2}, -1},
		"no count":      {[]byte{0, 1}, -1},
	} {
		m, err := Parse(wire(IDBatch, uint16(len(c.body)), header2013(c.body)...))
		if err != nil {
			t.Fatal(err)
		}
		l, err := m.Locations()
		if c.n < 0 && !errors.Is(err, ErrLength) || c.n >= 0 && (err != nil || len(l) != c.n) {
			t.Errorf("%s: %d reports, %v", name, len(l), err)
		}
	}
}

func TestSplitCutsAStream(t *testing.T) {
	a, b := foreign(t)["yzh-ack-2013"], foreign(t)["su-2019"]
	stream := slices.Concat([]byte("noise"), a, b, []byte{0x7E}, a, b[:20])
	var got [][]byte
	for len(stream) > 0 {
		_, m, n := Split(stream)
		if n == 0 {
			break
		}
		if m != nil {
			got = append(got, m)
		}
		stream = stream[n:]
	}
	if len(got) != 3 || !bytes.Equal(got[0], a) || !bytes.Equal(got[1], b) || !bytes.Equal(got[2], a) || !bytes.Equal(stream, b[:20]) {
		t.Errorf("%d messages, %X left", len(got), stream)
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range foreign(f) {
		f.Add(b)
		f.Add(b[1 : len(b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// The inside of a message as well, or the check byte keeps most inputs out.
		whole := b
		if len(b) < maxBody && (len(b) == 0 || b[0] != flag) && len(b) > 4 {
			whole = wire(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), b[4:]...)
		}
		skipped, m, n := Split(b)
		if n < 0 || n > len(b) || len(skipped)+len(m) > len(b) {
			t.Fatalf("%d %d %d of %d", len(skipped), len(m), n, len(b))
		}
		x, err := Parse(whole)
		if err != nil {
			return
		}
		locations, err := x.Locations()
		if err != nil && locations != nil {
			t.Fatal("reports beside an error")
		}
		for _, l := range locations {
			values, _ := l.Readings()
			for _, r := range values {
				if r.Point == "lat" && (r.Value.Mantissa > 90_000_000 || r.Value.Mantissa < -90_000_000) {
					t.Fatalf("latitude %v", r.Value)
				}
			}
		}
	})
}
