package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
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

// Board keeps the newest reading of every point. It shows nothing but admitted
// batches: intake hands it each one as it verified it, after the log has it. It is
// safe for concurrent use.
type Board struct {
	Log *log.Log
	// Covered is the log size under the newest final anchor.
	Covered func() uint64
	Local   bool // the chain is the operator's own

	mu     sync.RWMutex
	latest map[batch.ID]map[string]seen
	alarms map[batch.ID]map[string]alarm
}

// seen is a reading where it stands; what people read is made when they ask.
type seen struct {
	*record.Reading
	header *batch.Signed
	leaf   uint32
	index  uint64
}

// alarm is the newest word about a point; a cleared one is kept, since batches
// come in any order.
type alarm struct {
	*record.Event
	stands bool
}

// Load reads each gateway's last hour out of the log, as after a restart.
func (b *Board) Load(ctx context.Context) error {
	for _, g := range b.Log.Gateways() {
		for s, err := range b.Log.Batches(g.ID, g.Last-lookBack, g.Last+1) {
			if err != nil {
				return fmt.Errorf("board: %w", err)
			}
			if ctx.Err() != nil {
				return nil
			}
			if err := b.read(s.Index); err != nil {
				return fmt.Errorf("board: log entry %d: %w", s.Index, err)
			}
		}
	}
	return nil
}

// read takes in one batch of the log.
func (b *Board) read(index uint64) error {
	raw, err := b.Log.Entry(index)
	if err != nil {
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
		return err
	}
	b.Take(index, h, p)
	return nil
}

// Take takes in an admitted batch. Batches may come in any order and again.
func (b *Board) Take(index uint64, h *batch.Signed, p *batch.Payload) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.latest == nil {
		b.latest, b.alarms = map[batch.ID]map[string]seen{}, map[batch.ID]map[string]alarm{}
	}
	if b.latest[h.Gateway] == nil {
		b.latest[h.Gateway], b.alarms[h.Gateway] = map[string]seen{}, map[string]alarm{}
	}
	points, alarms := b.latest[h.Gateway], b.alarms[h.Gateway]
	for i, r := range p.Records {
		switch r := r.(type) {
		case *record.Reading:
			if have, ok := points[r.Point]; !ok || have.Time < r.Time {
				points[r.Point] = seen{r, h, uint32(i), index}
			}
		case *record.Event:
			raised := r.Type == record.EventAlarmRaised
			if !raised && r.Type != record.EventAlarmCleared {
				continue
			}
			if have, ok := alarms[r.Subject]; !ok || have.Time <= r.Time {
				alarms[r.Subject] = alarm{r, raised}
			}
		}
	}
}

// tell is a reading for people and programs, at this moment's state.
func (s seen) tell(state State) Latest {
	marks := []string{}
	for _, m := range s.Marks {
		marks = append(marks, m.String())
	}
	h := s.header
	return Latest{Site: h.Site, Gateway: h.Gateway, Point: s.Point, Value: s.Value.String(), Unit: s.Unit, Time: s.Time, Marks: marks,
		Flag: s.Flag, Boot: file.Boot(h.Boot), Seq: h.Seq, Leaf: s.leaf, Index: s.index, State: state}
}

// Readings are the newest readings of a site (the zero id: of all), by gateway
// and point, each with its state at this moment.
func (b *Board) Readings(site batch.ID) []Latest {
	signed, covered := b.Log.Head().Size, b.Covered()
	b.mu.RLock()
	out := []Latest{}
	for _, points := range b.latest {
		for _, x := range points {
			if site == (batch.ID{}) || x.header.Site == site {
				out = append(out, x.tell(b.state(x.index, signed, covered)))
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
	for g, all := range b.alarms {
		for point, a := range all {
			if !a.stands {
				continue
			}
			x := Alarm{Gateway: g, Point: point, Time: a.Time}
			if a.Value != nil {
				x.Value = a.Value.String()
			}
			if a.Limit != nil {
				x.Limit = a.Limit.String()
			}
			out = append(out, x)
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
	signed, covered := b.Log.Head().Size, b.Covered()
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, points := range b.latest {
		if x, ok := points[point]; ok && x.header.Site == site {
			found = append(found, x.tell(b.state(x.index, signed, covered)))
		}
	}
	return found
}
