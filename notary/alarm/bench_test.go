package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/notary/coverage"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

// BenchmarkIntake sends sealed batches of 50 readings from 200 sites through
// intake, with the cursor alone and with alarms kept beside it.
func BenchmarkIntake(b *testing.B) {
	const sites, points = 200, 50
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("alarms=%t", with), func(b *testing.B) {
			n := lab.New(b, lab.Options{})
			quiet := slog.New(slog.DiscardHandler)
			never := make(chan struct{})
			l, err := live.Open(live.Config{Log: n.Log, Store: n.Store, Covered: func() uint64 { return 0 }, Moved: func() <-chan struct{} { return never }, Now: n.Now, Logger: quiet})
			if err != nil {
				b.Fatal(err)
			}
			n.Admitted = l.Take
			ctx, cancel := context.WithCancel(context.Background())
			var wait sync.WaitGroup
			wait.Go(func() { l.Run(ctx) })
			defer wait.Wait()
			defer cancel()
			if with {
				k, err := Open(Config{Live: l, Log: n.Log, Store: n.Store, Key: n.LogStatements, Now: n.Now, Logger: quiet})
				if err != nil {
					b.Fatal(err)
				}
				wait.Go(func() { k.Run(ctx) })
			}
			var sealers [sites]*lab.Sealer
			for i := range sealers {
				sealers[i] = n.NewSealer(n.Enrol(fmt.Sprintf("site-%d", i), "gw-1"), time.Now().UnixMicro()-lab.Minute)
			}
			sealed := make([]*lab.Sealed, b.N)
			for i := range sealed {
				s := sealers[i%sites]
				var more []record.Body
				for p := range points {
					more = append(more, &record.Reading{Point: fmt.Sprintf("d-%d/p-%d", p/10, p%10), Time: s.Clock, Mono: 1, Value: decimal.New(int64(p), 1), Unit: "x", Path: record.PathSerial})
				}
				sealed[i] = s.Seal(lab.Second, 0, more...)
			}
			b.ResetTimer()
			var senders sync.WaitGroup
			for w := range 8 {
				senders.Go(func() {
					for i := w; i < len(sealed); i += 8 {
						if err := n.Intake.Handle(ctx, sealed[i].Gateway, lab.Message(sealed[i])); err != nil {
							b.Error(err)
						}
					}
				})
			}
			senders.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
		})
	}
}

var noPlans = &coverage.Plans{}

// BenchmarkTakeIn is what one batch of 50 readings costs.
func BenchmarkTakeIn(b *testing.B) {
	s := newSite()
	p := batch.Payload{Records: []record.Body{&record.Contents{}}}
	for i := range 50 {
		p.Records = append(p.Records, reading(fmt.Sprintf("d-%d/p-%d", i/10, i%10), begin, 1))
	}
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		x := sealedAt{i, batch.Header{Gateway: batch.ID{1}, Site: batch.ID{2}, Boot: record.BootID{3}, Seq: i, Last: begin + int64(i)}, p}
		s.take(begin+int64(i), x)
	}
}

// BenchmarkLook is what the look of each second costs where all is well: 200
// sites of 50 points.
func BenchmarkLook(b *testing.B) {
	s := newSite()
	p := batch.Payload{Records: []record.Body{&record.Contents{}}}
	for i := range 50 {
		p.Records = append(p.Records, reading(fmt.Sprintf("d-%d/p-%d", i/10, i%10), begin, 1))
	}
	for i := range 200 {
		x := sealedAt{uint64(i), batch.Header{Gateway: batch.ID{1, byte(i)}, Site: batch.ID{2, byte(i)}, Boot: record.BootID{3}, Last: begin}, p}
		s.take(begin, x)
	}
	b.ReportAllocs()
	for b.Loop() {
		if out := s.book.observe(s.state, noPlans, begin+second, true, func(batch.ID) bool { return true }, nil); len(out) > 0 {
			b.Fatal(out)
		}
	}
}
