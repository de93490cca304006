package live

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fieldseal/notary/store"
)

// How many events are kept, and how long, unless the configuration says otherwise:
// at 200 batches a second a day, in about 2 GB.
const (
	KeepEvents = 20_000_000
	KeepFor    = 30 * 24 * time.Hour
)

const (
	forgetEvery = 10 * time.Second
	forgetRows  = 4096 // at once
)

// ErrForgotten: the events after an id are not kept any more.
var ErrForgotten = errors.New("these events are not kept any more")

// loadFirst finds the oldest event that is kept.
func (l *Live) loadFirst() error {
	l.first = l.last + 1
	for kv, err := range l.cfg.Store.Rows(store.TableEvent, store.Range{Limit: 1}) {
		if err != nil {
			return fmt.Errorf("live: oldest event: %w", err)
		}
		l.first = binary.BigEndian.Uint64(kv.Key)
	}
	return nil
}

// First is the id of the oldest event that is kept; one above Last where there is none.
func (l *Live) First() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.first
}

// forget removes events above the bounds, oldest first.
func (l *Live) forget(ctx context.Context) error {
	keep, old := l.cfg.KeepEvents, l.cfg.Now().Add(-l.cfg.KeepFor).UnixMicro()
	for ctx.Err() == nil {
		first, last := l.First(), l.Last()
		g := &store.Group{}
		to := first
		for kv, err := range l.cfg.Store.Rows(store.TableEvent, store.Range{From: eventKey(first), To: eventKey(last + 1), Limit: forgetRows}) {
			var r row
			if err == nil {
				err = json.Unmarshal(kv.Value, &r)
			}
			if err != nil {
				return fmt.Errorf("live: old events: %w", err)
			}
			id := binary.BigEndian.Uint64(kv.Key)
			if id+keep > last && r.At >= old {
				break
			}
			g.Rows = append(g.Rows, store.Put{Table: store.TableEvent, Key: kv.Key})
			to = id + 1
		}
		if len(g.Rows) == 0 {
			return nil
		}
		// Said before it is done, so that nobody follows into what goes.
		l.mu.Lock()
		l.first = to
		l.mu.Unlock()
		if err := l.cfg.Store.Commit(g); err != nil {
			return fmt.Errorf("live: old events: %w", err)
		}
		if len(g.Rows) < forgetRows {
			return nil
		}
	}
	return nil
}

// forgetting forgets now and then until ctx ends.
func (l *Live) forgetting(ctx context.Context) error {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := l.forget(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Kept tells of the events that are kept: the first's id, and the log index below
// which every batch's event came before it, but for those in late.
func (l *Live) Kept() (first, below uint64, late map[uint64]bool, err error) {
	first, late = l.First(), map[uint64]bool{}
	below = 1<<64 - 1
	for kv, err := range l.cfg.Store.Rows(store.TableEvent, store.Range{From: eventKey(first)}) {
		var r row
		if err == nil {
			err = json.Unmarshal(kv.Value, &r)
		}
		switch {
		case err != nil:
			return 0, 0, nil, fmt.Errorf("live: events: %w", err)
		case r.State != "" || r.Notice != nil:
		case r.Late:
			late[r.Index] = true
		case below == 1<<64-1:
			below = r.Index
		}
	}
	if first == 1 {
		return 1, 0, late, nil // nothing came before
	}
	if below == 1<<64-1 {
		l.mu.RLock()
		below = l.next
		l.mu.RUnlock()
	}
	return first, below, late, nil
}

// Headless lists batches whose payload has not come, by log index.
func (l *Live) Headless() (map[uint64]bool, error) {
	out := map[uint64]bool{}
	for kv, err := range l.cfg.Store.Rows(store.TableLive, store.Prefix([]byte("w"))) {
		if err != nil {
			return nil, fmt.Errorf("live: batches without payload: %w", err)
		}
		out[binary.BigEndian.Uint64(kv.Key[1:])] = true
	}
	return out, nil
}

// When is the time of an event that is kept.
func (l *Live) When(id uint64) (int64, error) {
	var r row
	v, err := l.cfg.Store.Row(store.TableEvent, eventKey(id))
	if err == nil {
		err = json.Unmarshal(v, &r)
	}
	if err != nil {
		return 0, fmt.Errorf("event %d: %w", id, err)
	}
	return r.At, nil
}
