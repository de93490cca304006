package service

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"fieldseal/notary/chain"
)

// lag times checkpoints from their signing to their anchor. It belongs to Anchors
// and is guarded by its lock.
type lag struct {
	waiting []signedAt // ascending; none of them anchored
	took    prometheus.Histogram
}

// signedAt is when a checkpoint was signed.
type signedAt struct {
	size uint64
	at   time.Time
}

// maxWaiting bounds what is timed while the chain is away for long: then every other
// one is forgotten, never the oldest.
const maxWaiting = 4096

func newLag() lag {
	return lag{took: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "fieldseal_anchor_lag_seconds",
		Help:    "From the signing of a checkpoint to its being in a final block, itself or under a later one.",
		Buckets: []float64{0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60, 120, 300, 900, 3600, 14400, 86400}})}
}

func (l *lag) signed(size uint64, at time.Time) {
	if n := len(l.waiting); n > 0 && l.waiting[n-1].size >= size {
		return
	}
	if len(l.waiting) == maxWaiting {
		kept := l.waiting[:0]
		for i := 0; i < maxWaiting; i += 2 {
			kept = append(kept, l.waiting[i])
		}
		l.waiting = kept
	}
	l.waiting = append(l.waiting, signedAt{size, at})
}

func (l *lag) anchored(size uint64, now time.Time) {
	for len(l.waiting) > 0 && l.waiting[0].size <= size {
		l.took.Observe(now.Sub(l.waiting[0].at).Seconds())
		l.waiting = l.waiting[1:]
	}
}

// oldest is when the oldest checkpoint that is not anchored was signed; zero: all are.
func (l *lag) oldest() time.Time {
	if len(l.waiting) == 0 {
		return time.Time{}
	}
	return l.waiting[0].at
}

// head is the newest block that the node shows, and since when it is the newest.
type head struct {
	number uint64
	made   uint64    // its timestamp, seconds since 1970
	since  time.Time // zero: none was seen
}

func (h *head) seen(b chain.Block, now time.Time) {
	if h.since.IsZero() || b.Number != h.number {
		*h = head{b.Number, b.Time, now}
	}
}

// time notes when checkpoints are signed, until ctx ends.
func (a *Anchors) time(ctx context.Context) error {
	for {
		changed := a.log.Changed()
		signed := a.log.Head().Size
		_, covered := a.Newest()
		if signed > covered {
			a.mu.Lock()
			a.lag.signed(signed, time.Now())
			a.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Lag is how long the oldest checkpoint that is not anchored has been waiting; 0: all
// are anchored.
func (a *Anchors) Lag(now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.lag.oldest(); !t.IsZero() {
		return max(now.Sub(t), 0)
	}
	return 0
}

// stallPatience is the least time for which a chain that others run may make no
// block while an anchor waits for one; it is two intervals if they are longer.
const stallPatience = 20 * time.Second

// Stalled says that the chain stands still while an anchor waits; empty: it does not.
func (a *Anchors) Stalled(now time.Time) string {
	patience := max(stallPatience, 2*a.interval)
	if a.Lag(now) < patience {
		return "" // a chain that makes no empty blocks rests when nobody asks for one
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.head.since.IsZero() || now.Sub(a.head.since) < patience {
		return ""
	}
	return fmt.Sprintf("the chain stands still, or the node is cut off from it: block %d, made at %s, is the newest since %s", a.head.number,
		time.Unix(int64(a.head.made), 0).UTC().Format(time.RFC3339), now.Sub(a.head.since).Round(time.Second))
}

// Anchoring is how far and how fast the log is anchored, for screens and systems.
type Anchoring struct {
	Chain    uint64     `json:"chain"`               // id
	Local    bool       `json:"local"`               // run by the log's operator alone
	Size     uint64     `json:"size"`                // entries under the newest final anchor
	Block    uint64     `json:"block,omitempty"`     // that anchored them
	Time     int64      `json:"time,omitempty"`      // of that block, Unix seconds
	Lag      int64      `json:"lag_seconds"`         // age of the oldest checkpoint that is not anchored
	Since    *time.Time `json:"since,omitempty"`     // when it was signed
	Head     uint64     `json:"head,omitempty"`      // newest block of a chain that others run
	HeadTime int64      `json:"head_time,omitempty"` // Unix seconds
	Held     string     `json:"held,omitempty"`      // why nothing is anchored now
	Stalled  string     `json:"stalled,omitempty"`   // that the chain stands still
	Words    string     `json:"words"`               // all of it as a sentence
}

// Anchoring says how the log is anchored.
func (s *Service) Anchoring(now time.Time) Anchoring {
	out := Anchoring{Chain: s.Identity.ChainID, Local: s.Chain.Local(), Lag: int64(s.Anchors.Lag(now).Seconds()), Stalled: s.Anchors.Stalled(now)}
	if n, ok := s.Anchors.Last(); ok {
		out.Size, out.Block, out.Time = n.Size, n.Number, int64(n.Time)
	}
	s.Anchors.mu.Lock()
	out.Head, out.HeadTime = s.Anchors.head.number, int64(s.Anchors.head.made)
	if t := s.Anchors.lag.oldest(); !t.IsZero() {
		t = t.UTC().Truncate(time.Second)
		out.Since = &t
	}
	s.Anchors.mu.Unlock()
	if _, why := s.Anchors.Held(); why != nil {
		out.Held = why.Error()
	}
	signed := s.Log.Head().Size
	switch alarm := s.Anchors.Alarm(); {
	case alarm != nil:
		out.Words = "Anchoring has stopped: " + alarm.Error()
	case out.Since == nil:
		out.Words = fmt.Sprintf("All %d entries are anchored in chain %d.", out.Size, out.Chain)
	default:
		out.Words = fmt.Sprintf("%d of %d entries are anchored in chain %d; the rest waits since %s", out.Size, signed, out.Chain, out.Since.Format(time.RFC3339))
		switch {
		case out.Stalled != "":
			out.Words += ": " + out.Stalled + "."
		case out.Held != "":
			out.Words += ": " + out.Held + "."
		default:
			out.Words += fmt.Sprintf(", as it may: an anchor is made every %v and counts with %d blocks on it.", s.Config.Chain.AnchorEvery, s.depth())
		}
	}
	return out
}

// depth is how many blocks make a block final here.
func (s *Service) depth() uint64 {
	if s.Chain.Local() {
		return 0
	}
	return s.Config.Chain.Depth
}
