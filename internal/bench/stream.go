package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/notary/api/client"
	"fieldseal/simulators/fleet"
)

// The load of measure (g): sites with one gateway each, and followers.
const (
	streamGateways = 200
	streamPoints   = 50
	followers      = 500
)

// watcher is one follower of the stream and what it saw.
type watcher struct {
	took   []time.Duration // from each reading's time until its event was read
	next   uint64          // sequence that comes next
	begun  bool
	lost   uint64
	thin   int
	events int
}

// see takes one event of the one gateway that is followed.
func (w *watcher) see(e client.Event) error {
	if e.Name == "thinned" {
		w.thin++
		return nil
	}
	now := time.Now()
	var a struct {
		Seq      uint64 `json:"seq"`
		Readings []struct {
			Time int64 `json:"time"`
		} `json:"readings"`
	}
	if err := json.Unmarshal(e.Data, &a); err != nil {
		return err
	}
	if w.begun && a.Seq != w.next {
		w.lost += a.Seq - w.next
	}
	w.begun, w.next = true, a.Seq+1
	w.events++
	if len(a.Readings) > 0 {
		w.took = append(w.took, now.Sub(time.UnixMicro(a.Readings[0].Time)))
	}
	return nil
}

// stream is measure (g).
func stream(ctx context.Context, b *Bench) error {
	n, clients, seconds := b.scale(streamGateways), b.scale(followers), b.scale(30)
	if b.Long > 0 {
		seconds = int(b.Long.Seconds())
	}
	s, err := b.stand(ctx, "stream", n, fleet.Load{Points: streamPoints, Records: streamPoints + 2})
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	b.Say("%d gateways are enrolled", n)
	before, err := usageOf(s.Notary.PID())
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watchers := make([]watcher, clients)
	var open sync.WaitGroup
	var failed atomic.Int64
	for i := range watchers {
		c, err := client.Dial(s.HTTP, filepath.Join(s.NotaryDir(), "ca.pem"), "")
		if err != nil {
			return err
		}
		filter := url.Values{"site": {siteName(i % n)}, "kind": {"admission"}}
		open.Go(func() {
			// A stream that ends before it is told to is a failure.
			if _, err := c.Stream(watching, filter, 0, true, watchers[i].see); watching.Err() == nil {
				failed.Add(1)
				b.Say("stream %d: %v", i, err)
			}
		})
	}
	memory := s.watchMemory(ctx)
	// Two seconds until the followers are connected.
	sent, err := s.Beat(ctx, time.Now().Add(2*time.Second), time.Second, seconds, nil)
	held := memory()
	if err != nil {
		return err
	}
	screen, err := s.screen(ctx)
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // until what was sent last has been seen; what is not counts as lost
	after, err := usageOf(s.Notary.PID())
	if err != nil {
		return err
	}
	stop()
	open.Wait()
	var took []time.Duration
	var lost uint64
	thinned, events, want := 0, 0, 0
	for i := range watchers {
		w := &watchers[i]
		took = append(took, w.took...)
		lost += w.lost
		thinned += w.thin
		events += w.events
		want += sent[i%n]
	}
	if len(took) == 0 {
		return errors.New("no follower saw a reading")
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
	b.Row(Row{"g", fmt.Sprintf("reading's time to follower, p99 of %s batches of one second", thousands(len(took))), ms(quantile(took, 0.99)), "1500 ms",
		fmt.Sprintf("1000 ms of it the batch's own; median %s, worst %s; notary at %.0f %% of a core", ms(quantile(took, 0.5)), ms(quantile(took, 1)), 100*(after.cpu-before.cpu).Seconds()/float64(seconds))})
	b.Row(Row{"g", fmt.Sprintf("events that %d followers did not get", clients), thousands(max(want-events, int(lost))), "0",
		fmt.Sprintf("of %s; %d gateways, %s points a second; %d thinned, %d broken off", thousands(want), n, thousands(n*streamPoints), thinned, failed.Load())})
	early, late := average(held, 1, 2), average(held, 3, 4)
	b.Row(Row{"g", fmt.Sprintf("the notary's own memory, %d s: second quarter, last quarter", seconds), bytesOf(early) + ", " + bytesOf(late), "flat",
		fmt.Sprintf("anonymous; %+.1f %%", 100*float64(late-early)/float64(max(early, 1)))})
	b.Row(Row{"g", "a list of 1,000 points; a point's hour; under that load's data", fmt.Sprintf("%s; %s", ms(screen.points), ms(screen.hour)), "", "median of 20"})
	if b.Check {
		return errors.Join(
			// Times are told and not judged: what else runs on the machine decides them.
			missed(max(want-events, int(lost)) > 0, "%d events are missing", max(want-events, int(lost))),
			missed(failed.Load() > 0, "%d streams broke off", failed.Load()),
			// In the first minute the store still fills its three tables in memory; what
			// leaks grows beyond them.
			missed(late > early+early/4+96<<20, "memory grew from %s to %s", bytesOf(early), bytesOf(late)))
	}
	return nil
}

func missed(is bool, format string, args ...any) error {
	if !is {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// average of a part of samples, in quarters: from the end of quarter from to that of quarter to.
func average(samples []int64, from, to int) int64 {
	part := samples[len(samples)*from/4 : len(samples)*to/4]
	if len(part) == 0 {
		return 0
	}
	var sum int64
	for _, x := range part {
		sum += x
	}
	return sum / int64(len(part))
}

// watchMemory samples the notary's anonymous memory every second until the
// returned function is called.
func (s *stand) watchMemory(ctx context.Context) (stop func() []int64) {
	watching, cancel := context.WithCancel(ctx)
	done := make(chan []int64, 1)
	go func() {
		var out []int64
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-watching.Done():
				done <- out
				return
			case <-tick.C:
				if u, err := usageOf(s.Notary.PID()); err == nil {
					out = append(out, u.anon)
				}
			}
		}
	}()
	return func() []int64 { cancel(); return <-done }
}

// screens are what a page waits for.
type screens struct{ points, hour time.Duration }

// screen asks what a page asks, as a page does.
func (s *stand) screen(ctx context.Context) (out screens, err error) {
	c, err := client.Dial(s.HTTP, filepath.Join(s.NotaryDir(), "ca.pem"), "")
	if err != nil {
		return out, err
	}
	var points, hour []time.Duration
	for range 20 {
		begun := time.Now()
		var l client.List[client.Point]
		if err := c.JSON(ctx, "GET", client.PointsPath+"?limit=1000", nil, &l); err != nil {
			return out, err
		}
		points = append(points, time.Since(begun))
		if len(l.Items) == 0 {
			return out, errors.New("the centre shows no point")
		}
		begun = time.Now()
		p := l.Items[0]
		h, err := c.History(ctx, p.Site.String(), p.Point, begun.Add(-time.Hour), begun, 0)
		if err != nil {
			return out, err
		}
		if h.Readings == 0 {
			return out, errors.New("the point has no history")
		}
		hour = append(hour, time.Since(begun))
	}
	return screens{quantile(points, 0.5), quantile(hour, 0.5)}, nil
}
