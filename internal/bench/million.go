package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/wire"
	"fieldseal/internal/rig"
	"fieldseal/notary/log"
	"fieldseal/notary/service"
	"fieldseal/simulators/fleet"
)

// million is a notary whose log is as long as one is after years, with two
// connected gateways. Measures (d) and (f) share it.
var million struct {
	once sync.Once
	*stand
	err error
}

// bigLog makes the log on first use: entries are signed by enrolled gateways and
// appended through notary/log, without the network, which is measured elsewhere.
func (b *Bench) bigLog(ctx context.Context) (*stand, error) {
	million.once.Do(func() { million.stand, million.err = b.makeBigLog(ctx, b.scale(1_000_000)) })
	return million.stand, million.err
}

func (b *Bench) makeBigLog(ctx context.Context, entries int) (*stand, error) {
	s, err := b.stand(ctx, "million", 2, fleet.Load{Points: 20, Records: 127})
	if err != nil {
		return nil, err
	}
	s.Part()
	if err := s.Notary.Stop(rig.Grace); err != nil {
		return nil, err
	}
	s.Forget(s.Notary)
	b.Say("appending %s entries", thousands(entries))
	if err := s.append(ctx, entries); err != nil {
		return nil, err
	}
	if s.Notary, err = s.StartNotary(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *stand) append(ctx context.Context, entries int) error {
	l, _, done, err := service.Folder(s.NotaryDir()).OpenLog(log.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- l.Run(running) }()
	var wg sync.WaitGroup
	errs := make([]error, len(s.Gateways))
	// The newest at the end is now: readings of the future would not be believed.
	start := time.Now().Add(-time.Duration(entries) * time.Millisecond)
	for i, g := range s.Gateways {
		// Appending waits for its group, so many are kept under way.
		headers := make(chan *batch.Signed, 512)
		for range 512 {
			wg.Go(func() {
				for h := range headers {
					if _, err := l.Append(ctx, h, nil); err != nil && errs[i] == nil {
						errs[i] = err
					}
				}
			})
		}
		wg.Go(func() {
			defer close(headers)
			for k := range entries / len(s.Gateways) {
				m, _, err := g.Seal(fleet.Load{Points: 1, Records: 1}, s.Config[i], start.Add(time.Duration(k*len(s.Gateways))*time.Millisecond))
				if err != nil {
					errs[i] = err
					return
				}
				up, err := wire.ParseUp(m)
				if err != nil {
					errs[i] = err
					return
				}
				h, err := batch.ParseHeader(up.(*wire.Batch).Header)
				if err != nil {
					errs[i] = err
					return
				}
				headers <- h
			}
		})
	}
	wg.Wait()
	stop()
	err = errors.Join(append(errs, <-ended, done())...)
	for _, g := range s.Gateways {
		g.Forget() // no receipt is expected for these
	}
	return err
}

// verifyOne is measure (d).
func verifyOne(ctx context.Context, b *Bench) error {
	s, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	if err := s.Trust(ctx, "bench"); err != nil {
		return err
	}
	session, err := s.Gateways[0].Connect()
	if err != nil {
		return err
	}
	defer session.Close()
	config, root, err := s.Gateways[0].Config(s.load)
	if err != nil {
		return err
	}
	if err := session.Publish(config); err != nil {
		return err
	}
	at := time.Now()
	m, _, err := s.Gateways[0].Seal(s.load, root, at)
	if err != nil {
		return err
	}
	if err := session.Publish(m); err != nil {
		return err
	}
	out := filepath.Join(s.EvidenceDir(), "one.fseal.json")
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if err = s.Reading(wait, "fleet", "sim-1/p00", out); err == nil {
			var v rig.Verdict
			if v, err = s.Verify(wait, out); err == nil && v.Verdict == "genuine" {
				break
			}
			err = errors.Join(err, fmt.Errorf("the verdict is %s: %s", v.Verdict, v.Sentence))
		}
		os.Remove(out)
		if e := pause(wait, 500*time.Millisecond); e != nil {
			return errors.Join(err, e)
		}
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	trustText, err := os.ReadFile(s.TrustFile())
	if err != nil {
		return err
	}
	t, err := trust.Parse(trustText)
	if err != nil {
		return err
	}
	options := verify.Options{Trust: t, Decoders: find, Now: time.Now().UnixMicro(), Zone: time.UTC}
	var took []time.Duration
	for range 300 {
		start := time.Now()
		r := verify.File(text, options)
		took = append(took, time.Since(start))
		if r.Verdict != verify.Genuine {
			return fmt.Errorf("the verdict is %v: %s", r.Verdict, r.Sentence.EN)
		}
	}
	size, err := s.NotaryMetric(ctx, "fieldseal_log_size")
	if err != nil {
		return err
	}
	b.Row(Row{"d", fmt.Sprintf("verifying one reading of a log of %s entries, median of 300", thousands(size)), fmt.Sprintf("%.2f ms", float64(quantile(took, 0.5))/1e6), "2 ms", fmt.Sprintf("p99 %.2f ms, parsing included", float64(quantile(took, 0.99))/1e6)})
	b.Row(Row{"d", "its evidence file", bytesOf(int64(len(text))), "16 kB", "frame, profile, statements and anchor included"})
	return nil
}

func find(protocol string) (profile.Decoder, bool) {
	d, err := decoders.For(protocol)
	return d, err == nil
}

// counter is a proxy that counts what goes through it.
type counter struct {
	ln       net.Listener
	up, down atomic.Int64
}

func newCounter(to string) (*counter, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &counter{ln: ln}
	go func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			pipe := func(dst, src net.Conn, n *atomic.Int64) {
				defer dst.Close()
				io.Copy(dst, io.TeeReader(src, countWriter{n}))
			}
			go pipe(far, near, &c.up)
			go pipe(near, far, &c.down)
		}
	}()
	return c, nil
}

type countWriter struct{ n *atomic.Int64 }

func (w countWriter) Write(b []byte) (int, error) {
	w.n.Add(int64(len(b)))
	return len(b), nil
}

// bytesADay is measure (f).
func bytesADay(ctx context.Context, b *Bench) error {
	s, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	const minutesADay = 24 * 60
	n := b.scale(60)
	for i, c := range []struct {
		what, target string
		load         fleet.Load
	}{
		// Six exchanges of 20 points, 120 readings and the contents record.
		{"20 points each 10 s", "20 MB", fleet.Load{Points: 20, Records: 127}},
		{"8 points each minute", "5 MB", fleet.Load{Points: 8, Records: 10}},
	} {
		g := s.Gateways[i]
		proxy, err := newCounter(s.MQTT)
		if err != nil {
			return err
		}
		g.Broker = proxy.ln.Addr().String()
		session, err := g.Connect()
		if err != nil {
			return err
		}
		config, root, err := g.Config(c.load)
		if err != nil {
			return err
		}
		if err := session.Publish(config); err != nil {
			return err
		}
		up0, down0 := proxy.up.Load(), proxy.down.Load()
		for range n {
			m, _, err := g.Seal(c.load, root, time.Now())
			if err != nil {
				return err
			}
			if err := session.Publish(m); err != nil {
				return err
			}
			if err := s.WaitProved(ctx); err != nil {
				return err
			}
		}
		up, down := (proxy.up.Load()-up0)/int64(n), (proxy.down.Load()-down0)/int64(n)
		session.Close()
		proxy.ln.Close()
		// A ping each minute and its answer, 2 bytes in a TLS record of 22 each.
		const ping = 24
		total := (up + down + 2*ping) * minutesADay
		b.Row(Row{"f", "bytes a day, one-minute batches, " + c.what, bytesOf(total), c.target, fmt.Sprintf("up %s, down %s; %s and %s a batch; a session's start %s", bytesOf((up+ping)*minutesADay), bytesOf((down+ping)*minutesADay), bytesOf(up), bytesOf(down), bytesOf(up0+down0))})
	}
	return nil
}
