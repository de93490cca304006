package centre

import (
	"log/slog"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/notary/store/badgerstore"
)

// BenchmarkYearOfAPoint measures what docs/performance.md says of history: a
// point's sums of a year at a reading a minute, in a store on disk.
func BenchmarkYearOfAPoint(b *testing.B) {
	s, err := badgerstore.Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := &Centre{Config: Config{Store: s, Now: time.Now}}
	c.clear()
	site, gateway := batch.ID{1}, batch.ID{2}
	x := c.find(gateway, site, "dust-1/pm10", "ug/m3")
	const minute = 60_000_000
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	to := from + 365*24*60*minute
	begun := time.Now()
	for at := from; at < to; at += minute {
		r := sample{time: at + 7, value: decimal.New((at/minute*7919)%2000, 1), index: uint64((at - from) / minute), leaf: 3}
		for _, t := range [...]tier{minutes, hours} {
			if err := c.bucket(bucketID{x.number, t, slotOf(t, r.time)}, r, 0); err != nil {
				b.Fatal(err)
			}
		}
		if len(c.open) > 50_000 {
			if err := c.flush(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := c.flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(begun).Seconds(), "s-to-fill")
	for name, span := range map[string]struct {
		t    tier
		days int64
	}{"year": {hours, 365}, "month": {minutes, 30}, "day": {minutes, 1}} {
		b.Run(name, func(b *testing.B) {
			start := to - span.days*24*60*minute
			width := (roundUp((to-start)/500) + span.t.width() - 1) / span.t.width() * span.t.width()
			for b.Loop() {
				out := map[int64]*bucket{}
				if err := (&adding{c: c, ctx: b.Context(), all: []*series{x}, base: start, width: width, out: out}).stored(span.t, start, to); err != nil {
					b.Fatal(err)
				}
				var n uint64
				for _, k := range out {
					n += k.count
				}
				if n != uint64(span.days*24*60) {
					b.Fatalf("%d readings in %d buckets", n, len(out))
				}
			}
		})
	}
}
