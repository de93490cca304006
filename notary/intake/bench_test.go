package intake_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
	"fieldseal/notary/intake"
	"fieldseal/notary/log"
	"fieldseal/notary/store/badgerstore"
)

// BenchmarkIntake takes batches of 100 records from 64 gateways, each with one
// batch in flight as over MQTT, into a synced store. It reports records/s, and in
// the same run what bare Ed25519 verification of the headers would allow on as
// many cores, in records/s.
func BenchmarkIntake(b *testing.B) {
	const gateways, records = 64, 100
	s, err := badgerstore.Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	h := open(b, s, func(o *log.Options, c *intake.Config) {
		o.CheckpointEvery, o.GroupDelay = 500*time.Millisecond, 0
		c.Rate, c.ByteRate = rate.Inf, rate.Inf
	})
	h.offline = true // receipts are made and go nowhere
	type sealed struct {
		raw    []byte
		header *batch.Signed
	}
	var all [gateways][]sealed
	var key [gateways]*gateway
	per := b.N/gateways + 1
	for i := range all {
		g := h.enrol(byte(i + 1))
		key[i] = g
		g.mustSend(&wire.Hello{Software: "bench"})
		for range per {
			s, p := g.seal(records, nil)
			all[i] = append(all[i], sealed{wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p}), s})
		}
		clear(g.journal)
	}
	b.SetBytes(int64(len(all[0][0].raw)))
	b.ResetTimer()
	start := time.Now()
	var wg sync.WaitGroup
	for i, g := range key {
		wg.Go(func() {
			for _, m := range all[i] {
				if err := h.in.Handle(context.Background(), g.id, m.raw); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	taken := time.Since(start)
	b.StopTimer()
	n := float64(per * gateways)
	st := h.log.Stats()
	b.ReportMetric(n*records/taken.Seconds(), "records/s")
	b.ReportMetric(float64(st.Entries)/float64(st.Groups), "batches/group")

	var done atomic.Int64
	start = time.Now()
	for range 2 {
		wg.Go(func() {
			for time.Since(start) < 300*time.Millisecond {
				m := all[0][0]
				if err := m.header.VerifySignature(key[0].signer.Public()); err != nil {
					b.Error(err)
					return
				}
				done.Add(records)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(done.Load())/time.Since(start).Seconds(), "ed25519-records/s")
}
