package crane

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func sample(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/realtime-66.hex")
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	if err != nil || len(b) != shortFrame {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	return b
}

// long is the sample with a card of 8 characters.
func long(b []byte, card string) []byte {
	return slices.Concat(b[:8], []byte(card), b[12:])
}

func readings(t testing.TB, b []byte) map[string]string {
	t.Helper()
	f, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	values, _ := f.Readings()
	for _, r := range values {
		if m[r.Point] != "" {
			t.Errorf("%s twice", r.Point)
		}
		m[r.Point] = r.Value.String()
	}
	return m
}

var want = map[string]string{
	"lon": "0.00001", "lat": "0.00002", "height": "0.03", "radius": "0.04", "slew": "0.5", "load": "0.06", "wind": "0.01",
	"tilt-x": "0.02", "tilt-y": "0.03", "safe-torque": "0.4", "safe-load": "0.05", "falls": "2",
	"limit-left": "1", "limit-inner": "0", "warning-wind": "1", "warning-overload": "1", "warning-collision": "0",
	"alarm-wind": "0", "alarm-collision": "1", "alarm-right": "0",
}

func TestForeignFrame(t *testing.T) {
	f, err := Parse(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	d := f.Data
	if f.Type != RealTime || f.Device != "123456" || d.Card != "00000000" || d.Clock != "170927101210" || d.Sensors != 2 {
		t.Errorf("%+v %+v", f, d)
	}
	if got := d.Time.Format("2006-01-02T15:04:05Z07:00"); got != "2017-09-27T10:12:10+08:00" {
		t.Errorf("time %s", got)
	}
	got := readings(t, sample(t))
	for point, v := range want {
		if got[point] != v {
			t.Errorf("%s = %q, want %s", point, got[point], v)
		}
	}
	if n := len(columns) + len(limitNames) + 2*(len(alarmNames)-3); len(got) != n {
		t.Errorf("%d readings, want %d", len(got), n)
	}
}

func TestLongFrameHoldsTheSameBehindItsCard(t *testing.T) {
	b := long(sample(t), "12AB5678")
	f, err := Parse(b)
	if err != nil || f.Data.Card != "12AB5678" || f.Data.Clock != "170927101210" {
		t.Fatalf("%+v %v", f, err)
	}
	got := readings(t, b)
	for point, v := range want {
		if got[point] != v {
			t.Errorf("%s = %q, want %s", point, got[point], v)
		}
	}
}

func TestSignsAndBits(t *testing.T) {
	b := sample(t)
	copy(b[30:], []byte{0xFB, 0xFF})             // slew -0.5
	copy(b[36:], []byte{0x9C, 0xFF})             // tilt x -1.00
	copy(b[26:], []byte{0x10, 0xFF})             // height 652.96
	copy(b[51:], []byte{0x00, 0x04})             // limit bit 10
	copy(b[59:], []byte{0x20, 0x00, 0x20, 0x80}) // alarm bits 5, 21 and 31
	got := readings(t, b)
	for point, v := range map[string]string{"slew": "-0.5", "tilt-x": "-1.00", "height": "652.96", "limit-inner": "1", "limit-left": "0", "alarm-right": "1", "alarm-collision": "0"} {
		if got[point] != v {
			t.Errorf("%s = %q, want %s", point, got[point], v)
		}
	}
	f, _ := Parse(b)
	_, notes := f.Readings()
	for _, n := range []string{"alarm bit 5 is set; its meaning is not known", "alarm bit 31 is set; its meaning is not known"} {
		if !slices.Contains(notes, n) {
			t.Errorf("no note %q in %q", n, notes)
		}
	}
}

func TestTheCranesTimeIsKeptAsSent(t *testing.T) {
	for _, c := range []struct{ clock, time string }{
		{"261122143000", "2026-11-22T14:30:00+08:00"},
		{"991231235959", "2099-12-31T23:59:59+08:00"},
		{"260431143000", ""},
		{"26AA22143000", ""},
		{"000000000000", ""},
	} {
		b := sample(t)
		raw, _ := hex.DecodeString(c.clock)
		copy(b[12:], raw)
		f, err := Parse(b)
		if err != nil || f.Data.Clock != c.clock {
			t.Fatalf("%s: %v", c.clock, err)
		}
		got := ""
		if !f.Data.Time.IsZero() {
			got = f.Data.Time.Format("2006-01-02T15:04:05Z07:00")
		}
		if got != c.time {
			t.Errorf("%s: time %q, want %q", c.clock, got, c.time)
		}
	}
}

func TestNoPositionFromZerosOrBeyondTheGlobe(t *testing.T) {
	for name, lonLat := range map[string][]byte{
		"zeros":     make([]byte, 8),
		"above 180": {0xFF, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0},
		"above 90":  {1, 0, 0, 0, 0x41, 0x54, 0x89, 0x00},
		"far south": {1, 0, 0, 0, 0, 0, 0, 0x80},
	} {
		b := sample(t)
		copy(b[18:], lonLat)
		got := readings(t, b)
		if _, ok := got["lat"]; ok || got["height"] == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFramesOfOtherLengthsAreRefused(t *testing.T) {
	whole := sample(t)
	for n := range len(whole) {
		if f, err := Parse(whole[:n]); err == nil {
			t.Errorf("%d bytes: %+v", n, f)
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"a byte behind":    {append(bytes.Clone(whole), 0), ErrLength},
		"67 bytes":         {slices.Concat(whole[:64], []byte{0, 0x7D, 0x7D}), ErrLength},
		"another protocol": {append([]byte{0x7E, 0x7E, 0x0F}, whole[3:]...), ErrStart},
		"too long":         {slices.Concat(whole[:4], make([]byte, MaxFrame), []byte{0x7D, 0x7D}), ErrLength},
	} {
		if _, err := Parse(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	f, err := Parse([]byte{0x7E, 0x7E, 0x0E, 0x00, 0x00, 0x12, 0x34, 0x56, 0x7D, 0x7D})
	if err != nil || f.Type != Heartbeat || f.Device != "123456" || f.Data != nil {
		t.Errorf("heartbeat: %+v %v", f, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add(long(sample(f), "12345678"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := Parse(b)
		if err != nil {
			return
		}
		values, notes := x.Readings()
		if len(values) > 64 || len(notes) > 80 {
			t.Fatalf("%d readings, %d notes", len(values), len(notes))
		}
	})
}
