package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Latest is the newest reading of a point, as it stands in an admitted batch.
type Latest struct {
	Site    batch.ID  `json:"site"`
	Gateway batch.ID  `json:"gateway"`
	Point   string    `json:"point"`
	Value   string    `json:"value"` // exact decimal
	Unit    string    `json:"unit"`
	Time    int64     `json:"time"` // Unix µs
	Marks   []string  `json:"marks"`
	Flag    string    `json:"flag,omitempty"`
	Boot    file.Boot `json:"boot"`
	Seq     uint64    `json:"seq"`
	Leaf    uint32    `json:"leaf"`
	Index   uint64    `json:"index"` // of its batch in the log
	State   State     `json:"state"`
}

// State is how far a reading has come.
type State string

// The states, in their order.
const (
	Sealed   State = "sealed"           // signature checked, durable at the notary
	Logged   State = "logged"           // under a signed checkpoint
	Local    State = "anchored (local)" // in a block of a chain that the log's operator runs alone
	Anchored State = "anchored"         // in a block that cannot be undone: final
)

// Alarm is an alarm that an agent raised or cleared.
type Alarm struct {
	Gateway batch.ID `json:"gateway"`
	Point   string   `json:"point"`
	Value   string   `json:"value"`
	Limit   string   `json:"limit"`
	Time    int64    `json:"time"` // Unix µs
}

// lookBack is how far back the board reads at its start, in µs.
const lookBack = int64(time.Hour / time.Microsecond)

// pollLog is how often the board looks for batches that no checkpoint covers yet.
const pollLog = 200 * time.Millisecond

// Board follows the log and keeps the newest reading of every point. It shows
// nothing but admitted batches. It is safe for concurrent use.
type Board struct {
	Log *log.Log
	// Covered is the log size under the newest final anchor.
	Covered func() uint64
	Local   bool // the chain is the operator's own
	Logger  *slog.Logger

	mu     sync.RWMutex
	next   uint64
	latest map[batch.ID]map[string]Latest
	alarms map[batch.ID]map[string]alarm
}

// alarm is the newest word about a point; a cleared one is kept, since batches
// come in any order.
type alarm struct {
	Alarm
	stands bool
}

// Run follows the log until ctx ends.
func (b *Board) Run(ctx context.Context) error {
	if err := b.begin(ctx); err != nil {
		return fmt.Errorf("board: %w", err)
	}
	t := time.NewTicker(pollLog)
	defer t.Stop()
	for {
		if err := b.step(ctx); err != nil && ctx.Err() == nil {
			// The newest values are a convenience; evidence does not come from here.
			b.Logger.Error("board does not follow the log", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// begin reads each gateway's last hour.
func (b *Board) begin(ctx context.Context) error {
	b.mu.Lock()
	b.latest, b.alarms = map[batch.ID]map[string]Latest{}, map[batch.ID]map[string]alarm{}
	b.next = b.Log.Size()
	b.mu.Unlock()
	for _, g := range b.Log.Gateways() {
		for s, err := range b.Log.Batches(g.ID, g.Last-lookBack, g.Last+1) {
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
			if err := b.take(s.Index); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Board) step(ctx context.Context) error {
	size := b.Log.Size()
	for b.next < size && ctx.Err() == nil {
		if err := b.take(b.next); err != nil {
			b.next++ // once is enough said
			return err
		}
		b.next++
	}
	return nil
}

// take reads one log entry.
func (b *Board) take(index uint64) error {
	raw, err := b.Log.Entry(index)
	if err != nil {
		return err
	}
	if kind, err := statement.EntryKind(raw); err != nil || kind != batch.KindBatch {
		return err
	}
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return err
	}
	payload, err := b.Log.Payload(index)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := batch.ParsePayload(payload)
	if err != nil {
		return fmt.Errorf("payload of %s: %w", h.Name(), err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.latest[h.Gateway] == nil {
		b.latest[h.Gateway], b.alarms[h.Gateway] = map[string]Latest{}, map[string]alarm{}
	}
	points, alarms := b.latest[h.Gateway], b.alarms[h.Gateway]
	for i, r := range p.Records {
		switch r := r.(type) {
		case *record.Reading:
			if have, ok := points[r.Point]; ok && have.Time >= r.Time {
				continue
			}
			marks := []string{}
			for _, m := range r.Marks {
				marks = append(marks, m.String())
			}
			points[r.Point] = Latest{Site: h.Site, Gateway: h.Gateway, Point: r.Point, Value: r.Value.String(), Unit: r.Unit, Time: r.Time, Marks: marks,
				Flag: r.Flag, Boot: file.Boot(h.Boot), Seq: h.Seq, Leaf: uint32(i), Index: index}
		case *record.Event:
			if r.Type != record.EventAlarmRaised && r.Type != record.EventAlarmCleared || alarms[r.Subject].Time > r.Time {
				continue
			}
			x := alarm{Alarm{Gateway: h.Gateway, Point: r.Subject, Time: r.Time}, r.Type == record.EventAlarmRaised}
			if r.Value != nil {
				x.Value = r.Value.String()
			}
			if r.Limit != nil {
				x.Limit = r.Limit.String()
			}
			alarms[r.Subject] = x
		}
	}
	return nil
}

// Readings are the newest readings of a site (the zero id: of all), by gateway
// and point, each with its state at this moment.
func (b *Board) Readings(site batch.ID) []Latest {
	signed, covered := b.Log.Head().Size, b.Covered()
	b.mu.RLock()
	out := []Latest{}
	for _, points := range b.latest {
		for _, l := range points {
			if site == (batch.ID{}) || l.Site == site {
				l.State = b.state(l.Index, signed, covered)
				out = append(out, l)
			}
		}
	}
	b.mu.RUnlock()
	slices.SortFunc(out, func(x, y Latest) int {
		return cmp.Or(slices.Compare(x.Gateway[:], y.Gateway[:]), cmp.Compare(x.Point, y.Point))
	})
	return out
}

func (b *Board) state(index, signed, covered uint64) State {
	switch {
	case index < covered && b.Local:
		return Local
	case index < covered:
		return Anchored
	case index < signed:
		return Logged
	}
	return Sealed
}

// Alarms are the alarms that stand, by gateway and point.
func (b *Board) Alarms() []Alarm {
	b.mu.RLock()
	out := []Alarm{}
	for _, all := range b.alarms {
		for _, a := range all {
			if a.stands {
				out = append(out, a.Alarm)
			}
		}
	}
	b.mu.RUnlock()
	slices.SortFunc(out, func(x, y Alarm) int {
		return cmp.Or(slices.Compare(x.Gateway[:], y.Gateway[:]), cmp.Compare(x.Point, y.Point))
	})
	return out
}

// Point finds the newest reading of a point at a site.
func (b *Board) Point(site batch.ID, point string) (found []Latest) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, points := range b.latest {
		if l, ok := points[point]; ok && l.Site == site {
			found = append(found, l)
		}
	}
	return found
}
