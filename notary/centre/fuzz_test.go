package centre

import (
	"testing"
	"time"
)

func FuzzCursor(f *testing.F) {
	f.Add(place{point: "dust-1/pm10", unit: "ug/m3"}.text())
	f.Add("")
	f.Add("AQAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePlace(s)
		if err == nil && p.text() != s {
			t.Errorf("%q reads as %+v, which is written %q", s, p, p.text())
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"dust", "12", "#12", "0xdeadbeef", "2026-03-01 10:00", "2026-03-01T10:00:00+08:00", "北院", "0123456789abcdef0123456789abcdef"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := parseSearch(s, time.UTC)
		if err == nil && (w.name == "" || w.from > w.to || len(w.hash) > 32 || w.number != nil && *w.number > 1<<63) {
			t.Errorf("%q: %+v", s, w)
		}
	})
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"0", "1772359200000000", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00 08:00", "-1", "9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if us, err := moment("at", s); err == nil && us < 0 {
			t.Errorf("%q is %d", s, us)
		}
	})
}

func FuzzRows(f *testing.F) {
	b := bucket{}
	b.add(sample{time: 70_000_000, index: 3, leaf: 2}, 9)
	f.Add(b.value(60_000_000))
	b.add(sample{time: 80_000_000, index: 4, leaf: 2, marks: 6}, 10)
	f.Add(b.value(60_000_000))
	f.Fuzz(func(t *testing.T, v []byte) {
		if b, err := readBucket(v, 60_000_000); err == nil && b.count == 0 {
			t.Error("a sum of nothing")
		}
		_, _ = readGap(make([]byte, 37), v)
		_, _ = readNewest(v, func(uint32, *newest) {})
	})
}
