package centre

import (
	"context"
	"encoding/binary"
	"fmt"
	"sort"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
)

// horizon is what some gateways' series were known by at a moment; nil is now.
type horizon struct {
	event uint64          // the newest of then
	late  map[uint64]bool // log indexes of batches that came later
}

// knew says whether a batch had come.
func (h *horizon) knew(index uint64) bool { return h == nil || !h.late[index] }

// horizon tells what was known at a moment, in Unix µs; 0 is now.
func (c *Centre) horizon(ctx context.Context, at int64, all []*series) (*horizon, error) {
	if at == 0 {
		return nil, nil
	}
	if at > c.Now().UnixMicro() {
		return nil, ErrFuture
	}
	if err := c.settle(ctx, at); err != nil {
		return nil, err
	}
	c.mu.RLock()
	first, last := max(c.at.From, 1), c.event
	c.mu.RUnlock()
	if err := c.remembered(at, first); err != nil {
		return nil, err
	}
	h := &horizon{event: first - 1, late: map[uint64]bool{}}
	var failed error
	if last >= first {
		h.event += uint64(sort.Search(int(last-first+1), func(i int) bool {
			when, err := c.Events.When(first + uint64(i))
			if err != nil {
				failed = err
			}
			return when > at
		}))
	}
	if failed != nil {
		return nil, fmt.Errorf("%w: %w", ErrForgotten, failed)
	}
	done := map[batch.ID]bool{}
	for _, s := range all {
		if done[s.gateway] {
			continue
		}
		done[s.gateway] = true
		n := 0
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gatewayKey(rowAdmission, s.gateway, at+1, 0), To: gatewayKey(rowAdmission, s.gateway, 1<<62, 0)}) {
			if err == nil && len(kv.Value) != 8 {
				err = errRow
			}
			if n++; err == nil && n%1024 == 0 {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			if n > maxLate {
				return nil, fmt.Errorf("%w: more than %d batches of gateway %s came since", ErrForgotten, maxLate, s.gateway)
			}
			h.late[binary.BigEndian.Uint64(kv.Value)] = true
		}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.pending {
		if p.Table == store.TableCentre && len(p.Key) > 25 && p.Key[0] == rowAdmission && done[batch.ID(p.Key[1:17])] && int64(binary.BigEndian.Uint64(p.Key[17:25])) > at {
			h.late[binary.BigEndian.Uint64(p.Value)] = true
		}
	}
	return h, nil
}

// remembered refuses a moment before the first event of which it is known when it came.
func (c *Centre) remembered(at int64, first uint64) error {
	if first <= 1 {
		return nil
	}
	when, err := c.Events.When(first)
	if err == nil && at < when {
		return fmt.Errorf("%w: from %s on it is known when each batch came", ErrForgotten, time.UnixMicro(when).UTC().Format(time.RFC3339))
	}
	return nil
}
