package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fieldseal/internal/crowd"
	"fieldseal/simulators/fleet"
)

// stand is a notary with a connected fleet.
type stand struct {
	*crowd.Crowd
	load fleet.Load // of each gateway
}

// stand starts a notary in a folder of its own and enrols n gateways, in the measure
// of the stream each at a site of its own.
func (b *Bench) stand(ctx context.Context, name string, n int, load fleet.Load) (*stand, error) {
	c, err := crowd.New(ctx, b.Bin, filepath.Join(b.dir, name), n, func(i int) crowd.Member {
		if name == "stream" {
			return crowd.Member{Site: siteName(i), Title: fmt.Sprintf("Site %d", i), Load: load}
		}
		return crowd.Member{Site: "fleet", Title: "Fleet", Load: load}
	})
	if err != nil {
		return nil, err
	}
	return &stand{c, load}, nil
}

// siteName is the configuration id of a site of its own.
func siteName(i int) string { return fmt.Sprintf("site-%d", i) }

// sealAll makes n batches of every gateway beforehand: what is measured is the
// notary.
func (s *stand) sealAll(n int) (messages [][][]byte, records, bytes int, err error) {
	messages = make([][][]byte, len(s.Gateways))
	for i := range s.Gateways {
		for range n {
			m, r, err := s.Seal(i)
			if err != nil {
				return nil, 0, 0, err
			}
			messages[i] = append(messages[i], m)
			records += r
			bytes += len(m)
		}
	}
	return messages, records, bytes, nil
}

// push publishes every gateway's messages, a window of them under way on each
// connection, and returns how long that took until the last PUBACK.
func (s *stand) push(messages [][][]byte, window int) (time.Duration, error) {
	var wg sync.WaitGroup
	errs := make([]error, len(s.Sessions))
	start := time.Now()
	for i, session := range s.Sessions {
		wg.Go(func() {
			var open []func() error
			for _, m := range messages[i] {
				if len(open) == window {
					if errs[i] = open[0](); errs[i] != nil {
						return
					}
					open = open[1:]
				}
				open = append(open, session.Start(m))
			}
			for _, wait := range open {
				if errs[i] = wait(); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start), errors.Join(errs...)
}

const connections = 64

// saturation is measure (a).
func saturation(ctx context.Context, b *Bench) error {
	load := fleet.Load{Points: 10, Records: 100}
	s, err := b.stand(ctx, "saturation", connections, load)
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	// Sealed beforehand and kept in memory: 64 × 250 batches of about 9 kB.
	messages, records, bytes, err := s.sealAll(b.scale(250))
	if err != nil {
		return err
	}
	batches := len(messages) * len(messages[0])
	b.Say("%s batches with %s records, %s", thousands(batches), thousands(records), bytesOf(int64(bytes)))
	before, err := usageOf(s.Notary.PID())
	if err != nil {
		return err
	}
	took, err := s.push(messages, 8)
	if err := errors.Join(err, s.Err()); err != nil {
		return err
	}
	after, err := usageOf(s.Notary.PID())
	if err != nil {
		return err
	}
	proved := time.Now()
	if err := s.WaitProved(ctx); err != nil {
		return err
	}
	lag := time.Since(proved)
	rate := float64(records) / took.Seconds()
	perSecond := float64(batches) / took.Seconds()
	disk := onDisk(s.NotaryDir())
	if err := s.Close(); err != nil {
		return err
	}
	bare := bareEd25519(2 * time.Second)
	rival, err := b.rival(ctx, batches, 330)
	if err != nil {
		return err
	}
	syncs, err := b.countedSaturation(ctx, load)
	if err != nil {
		b.Say("no count of fsyncs: %v", err)
	}
	b.Row(Row{"a", "records verified, hashed, synced and logged a second", thousands(rate), "200,000", fmt.Sprintf("%s batches/s; notary at %.0f %% of a core; last receipt %v after the last PUBACK", thousands(perSecond), 100*(after.cpu-before.cpu).Seconds()/took.Seconds(), lag.Round(10*time.Millisecond))})
	b.Row(Row{"a", "beside: bare Ed25519 verifications a second, all cores", thousands(bare), "", fmt.Sprintf("the notary verified headers at %.0f %% of it", 100*perSecond/bare)})
	b.Row(Row{"a", "beside: Tessera POSIX driver, headers appended a second", thousands(rival.PerSecond), "", fmt.Sprintf("the notary logged %.2f batches for each of these, payloads included", perSecond/rival.PerSecond)})
	b.Row(Row{"a", "on disk for these batches", bytesOf(disk), "", fmt.Sprintf("%s came in; Tessera keeps %s for the headers alone", bytesOf(int64(bytes)), bytesOf(rival.disk))})
	if syncs != "" {
		b.Row(Row{"a", "waits for the disk (fsync, fdatasync, msync)", syncs, "", fmt.Sprintf("Tessera: %.1f per 1,000 headers", float64(rival.syncs)*1000/float64(rival.Entries))})
	}
	return nil
}

// countedSaturation runs a part of the load again and has strace count meanwhile.
func (b *Bench) countedSaturation(ctx context.Context, load fleet.Load) (result string, err error) {
	s, err := b.stand(ctx, "saturation-counted", connections, load)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	messages, _, _, err := s.sealAll(b.scale(50))
	if err != nil {
		return "", err
	}
	summary := filepath.Join(b.dir, "notary-strace.txt")
	// Attached, so that enrolling the fleet is not counted; then there is no
	// seccomp filter to be had.
	strace := exec.CommandContext(ctx, "strace", "-c", "-f", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o", summary, "-p", fmt.Sprint(s.Notary.PID()))
	var said strings.Builder
	strace.Stderr = &said
	if err := strace.Start(); err != nil {
		return "", err
	}
	_, err = s.push(messages, 8)
	// An interrupted strace detaches and writes its summary.
	err = errors.Join(err, strace.Process.Signal(os.Interrupt))
	_ = strace.Wait() // it reports the interrupt
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(summary)
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, said.String())
	}
	n, detail := syncCalls(string(raw))
	batches := len(messages) * len(messages[0])
	return fmt.Sprintf("%.1f per 1,000 batches (%s)", float64(n)*1000/float64(batches), detail), nil
}

// latency is measure (b).
func latency(ctx context.Context, b *Bench) error {
	s, err := b.stand(ctx, "latency", connections, fleet.Load{Points: 10, Records: 20})
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	seconds := b.scale(30)
	var mu sync.Mutex
	var took []time.Duration
	errs := make([]error, len(s.Sessions))
	var wg sync.WaitGroup
	start := time.Now()
	for i, session := range s.Sessions {
		wg.Go(func() {
			// Spread over the second, as gateways that started at different times are.
			phase := time.Duration(i) * time.Second / connections
			for n := range seconds {
				timer := time.NewTimer(time.Until(start.Add(phase + time.Duration(n)*time.Second)))
				select {
				case <-timer.C:
				case <-ctx.Done():
					timer.Stop()
					return
				}
				m, _, err := s.Seal(i)
				if err != nil {
					errs[i] = err
					return
				}
				sent := time.Now()
				if errs[i] = session.Publish(m); errs[i] != nil {
					return
				}
				d := time.Since(sent)
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errors.Join(errs...), s.Err(), s.WaitProved(ctx)); err != nil {
		return err
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	b.Row(Row{"b", fmt.Sprintf("publish to PUBACK, p99 of %s", thousands(len(took))), ms(quantile(took, 0.99)), "50 ms", fmt.Sprintf("median %s, worst %s", ms(quantile(took, 0.5)), ms(quantile(took, 1)))})
	return nil
}
