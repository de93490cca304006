package batching

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/clock"
	"fieldseal/agent/sample"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// bench runs a collector in virtual time and seals what it closes.
type bench struct {
	t       *testing.T
	fake    *clock.Fake
	clock   *clock.Clock
	c       *Collector
	out     chan Closed
	headers []batch.Header
	bodies  [][]record.Body
}

func run(t *testing.T, interval time.Duration, f func(b *bench)) *bench {
	t.Helper()
	b := &bench{t: t}
	synctest.Test(t, func(t *testing.T) {
		b.fake = clock.NewFake(time.Minute)
		b.clock, b.out = clock.New(b.fake), make(chan Closed)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for c := range b.out {
				b.seal(c)
			}
		}()
		b.c = New(Config{Clock: b.clock, Interval: interval, Out: b.out, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { b.c.Run(ctx); close(ran) }()
		f(b)
		cancel()
		<-ran
		b.c.Stop()
		close(b.out)
		<-done
	})
	return b
}

func (b *bench) seal(c Closed) {
	h := batch.Header{First: c.First, Last: c.Last, Close: c.Reason, Clock: c.Clock}
	raw, err := c.Builder.Close(batch.Secret{}, &h)
	if err != nil {
		b.t.Error(err)
		return
	}
	p, err := batch.ParsePayload(raw)
	if err == nil {
		err = p.Verify(&h)
	}
	if err != nil {
		b.t.Error(err)
		return
	}
	if n := len(b.headers); n > 0 && h.Close != batch.CloseClock && b.headers[n-1].Close != batch.CloseClock && h.First != b.headers[n-1].Last {
		b.t.Errorf("batch %d opens at %d, the one before closed at %d", n, h.First, b.headers[n-1].Last)
	}
	b.headers, b.bodies = append(b.headers, h), append(b.bodies, p.Records)
	for _, kept := range c.Kept {
		kept()
	}
}

func (b *bench) take(points ...string) int64 {
	s := &sample.Sample{Taken: b.clock.Boot(), Frame: &record.Frame{Bus: "a", Device: "d", Sent: []byte{1}, Received: []byte{2}}}
	for _, p := range points {
		s.Readings = append(s.Readings, record.Reading{Point: p, Value: decimal.New(1, 0), Mono: s.Taken})
	}
	return b.c.Take(s)
}

func (b *bench) reasons() (out []batch.CloseReason) {
	for _, h := range b.headers {
		out = append(out, h.Close)
	}
	return out
}

func TestSilenceIsSealedEachMinute(t *testing.T) {
	b := run(t, time.Second, func(b *bench) { time.Sleep(10*time.Minute + time.Second) })
	if len(b.headers) != 11 {
		t.Fatalf("%d batches: %v", len(b.headers), b.reasons())
	}
	for _, h := range b.headers[:10] {
		if d := h.Last - h.First; h.Close != batch.CloseIdle || h.Count != 1 || d < 59_000_000 || d > 61_000_000 {
			t.Errorf("empty seal %+v", h)
		}
	}
}

func TestBatchStaysOpenForTheSitesInterval(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 5 * time.Minute} {
		b := run(t, interval, func(b *bench) {
			for range 2400 {
				b.take("d/x")
				time.Sleep(500 * time.Millisecond)
			}
		})
		want := int(20 * time.Minute / interval)
		if n := len(b.headers) - 1; n < want-1 || n > want {
			t.Errorf("interval %v: %d batches, want %d: %v", interval, n, want, b.reasons())
		}
	}
}

func TestFullBatchClosesBeforeASampleIsSplit(t *testing.T) {
	b := run(t, time.Hour, func(b *bench) {
		for i := range 12 {
			var names []string
			for j := range 100 {
				names = append(names, fmt.Sprintf("device-%d/point-%d", i, j))
			}
			b.take(names...)
			b.take(names[:50]...)
		}
	})
	readings, frames := 0, 0
	for n, records := range b.bodies {
		if n < len(b.bodies)-1 && b.headers[n].Close != batch.CloseFull {
			t.Errorf("batch %d closed for %v", n, b.headers[n].Close)
		}
		for _, r := range records {
			switch r := r.(type) {
			case *record.Reading:
				readings++
				if r.Frame == nil || r.Frame.Batch != nil {
					t.Fatalf("reading without its frame in its batch: %+v", r)
				}
			case *record.Frame:
				frames++
			}
		}
	}
	if readings != 12*150 || frames != 24 || len(b.headers) < 3 {
		t.Errorf("%d readings, %d frames, %d batches", readings, frames, len(b.headers))
	}
}

func TestBytesCloseABatchToo(t *testing.T) {
	b := run(t, time.Hour, func(b *bench) {
		for range 100 {
			s := &sample.Sample{Taken: b.clock.Boot(), Frame: &record.Frame{Bus: "a", Device: "d", Received: make([]byte, 10<<10)}}
			b.c.Take(s)
		}
	})
	if n := len(b.headers); n < 4 || n > 6 {
		t.Errorf("a megabyte went into %d batches", n)
	}
}

func TestClockThatLosesItsSourceClosesTheBatch(t *testing.T) {
	b := run(t, time.Hour, func(b *bench) {
		b.take("d/x")
		time.Sleep(10 * time.Second)
		b.fake.SetQuality(batch.Clock{})
		time.Sleep(10 * time.Second)
		b.take("d/x")
	})
	if len(b.headers) != 2 || b.headers[0].Close != batch.CloseClock {
		t.Fatalf("closed for %v", b.reasons())
	}
	marks := func(i int) []record.Mark { return b.bodies[i][1].(*record.Reading).Marks }
	if len(marks(0)) != 0 || len(marks(1)) != 1 || marks(1)[0] != record.MarkClock {
		t.Errorf("marks %v, then %v", marks(0), marks(1))
	}
	// The quality of a stretch is its worst end.
	if b.headers[0].Clock.Source != batch.ClockUnset {
		t.Errorf("quality %+v", b.headers[0].Clock)
	}
}

func TestSampleInHandWhileTheClockStepsStaysInsideItsBatch(t *testing.T) {
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		run(t, time.Minute, func(b *bench) {
			b.take("d/x")
			s := &sample.Sample{Taken: b.clock.Boot(), Readings: []record.Reading{{Point: "d/x", Value: decimal.New(2, 0)}}}
			time.Sleep(5 * time.Second)
			b.fake.Set(d)
			b.c.Take(s) // seal verifies that its time lies in its batch
		})
	}
}

func TestNothingIsTakenAfterStop(t *testing.T) {
	b := run(t, time.Minute, func(b *bench) {
		b.take("d/x")
		b.c.Stop()
		b.take("d/x")
		b.c.Event(record.Event{Type: record.EventOpened})
		b.c.Announce(record.Gap{}, 1)
		b.c.Stop()
	})
	if r := b.reasons(); len(r) != 1 || r[0] != batch.CloseStop {
		t.Errorf("closed for %v", r)
	}
	if e, ok := b.bodies[0][len(b.bodies[0])-1].(*record.Event); !ok || e.Type != record.EventStopping {
		t.Errorf("the last record is %+v", b.bodies[0][len(b.bodies[0])-1])
	}
}

func heard(b *bench, f *record.Frame, kept func(), earlier ...*record.Frame) {
	b.c.Take(&sample.Sample{Frame: f, Earlier: earlier, Kept: kept, Heard: true, Taken: b.clock.Boot()})
}

func TestWhoWaitsForAnAcknowledgementWaitsShortly(t *testing.T) {
	var at atomic.Uint64
	var began uint64
	b := run(t, time.Minute, func(b *bench) {
		began = b.clock.Boot()
		heard(b, &record.Frame{Bus: "a", Device: "d", Received: []byte{1}}, func() { at.Store(b.clock.Boot()) })
		time.Sleep(2 * time.Second)
	})
	if took := at.Load() - began; len(b.headers) == 0 || at.Load() == 0 || time.Duration(took)*time.Microsecond > KeptWithin+250*time.Millisecond {
		t.Errorf("kept after %d µs, %d batches", took, len(b.headers))
	}
}

func TestABatchHoldsEveryFrameThatItsReadingsNeed(t *testing.T) {
	part, whole := &record.Frame{Bus: "a", Device: "d", Received: []byte{1}}, &record.Frame{Bus: "a", Device: "d", Received: []byte{2}}
	b := run(t, 10*time.Second, func(b *bench) {
		heard(b, part, nil)
		heard(b, whole, nil, part)
		time.Sleep(15 * time.Second)
		heard(b, &record.Frame{Bus: "a", Device: "d", Received: []byte{3}}, nil, part)
		time.Sleep(15 * time.Second)
	})
	check := func(batch int, frames int, last byte) {
		t.Helper()
		var got []*record.Frame
		var leaf []int
		for i, body := range b.bodies[batch] {
			if f, ok := body.(*record.Frame); ok {
				got, leaf = append(got, f), append(leaf, i)
			}
		}
		if len(got) != frames {
			t.Fatalf("batch %d holds %d frames", batch, len(got))
		}
		end := got[len(got)-1]
		if end.Received[0] != last || len(end.Earlier) != 1 || int(end.Earlier[0].Leaf) != leaf[0] || got[0].Received[0] != 1 {
			t.Errorf("batch %d: %+v", batch, end)
		}
	}
	check(0, 2, 2)
	check(1, 2, 3)
	if part.Earlier != nil || whole.Earlier != nil {
		t.Error("a frame that was handed on was changed")
	}
}
