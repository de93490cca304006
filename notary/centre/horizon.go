package centre

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
)

// horizon is what some gateways' series were known by at a moment; nil is now.
type horizon struct {
	at     int64
	events map[batch.ID]uint64 // by gateway: the event of the batch that came last
	late   map[uint64]bool     // log indexes of batches that came later
	config [32]byte            // in force of who sent last
}

// knew says whether a batch had come.
func (h *horizon) knew(index uint64) bool { return h == nil || !h.late[index] }

// whole says whether nothing in a sum of a gateway came later.
func (h *horizon) whole(g batch.ID, b *bucket) bool { return h == nil || b.through <= h.events[g] }

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
	first := c.at.From
	c.mu.RUnlock()
	if err := c.remembered(at, first); err != nil {
		return nil, err
	}
	h := &horizon{at: at, events: map[batch.ID]uint64{}, late: map[uint64]bool{}}
	best, headers := int64(-1), map[uint64]*batch.Signed{}
	for _, s := range all {
		if _, done := h.events[s.gateway]; done {
			continue
		}
		h.events[s.gateway] = 0
		if err := c.cameBy(s.gateway, h, headers, &best); err != nil {
			return nil, err
		}
		if err := c.cameLater(ctx, s.gateway, h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// cameBy notes the last batch of a gateway that had come, and the configuration of the
// one that was sealed last: any number of older ones may have come behind it.
func (c *Centre) cameBy(g batch.ID, h *horizon, headers map[uint64]*batch.Signed, best *int64) error {
	for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gatewayKey(rowAdmission, g, 0, 0), To: gatewayKey(rowAdmission, g, h.at+1, 0), Reverse: true, Limit: 1}) {
		if err == nil && len(kv.Key) != 33 {
			err = fmt.Errorf("%w: admission", errRow)
		}
		if err != nil {
			return err
		}
		h.events[g] = binary.BigEndian.Uint64(kv.Key[25:])
	}
	force, came, err := c.since(g, h.at, 1<<64-1, headers, func(uint32, *newest) {})
	if err != nil {
		return err
	}
	for _, x := range came {
		b, err := c.header(x.index)
		if err != nil {
			return err
		}
		force.note(b.Config, b.Last)
	}
	if force.configFor > *best {
		*best, h.config = force.configFor, force.config
	}
	return nil
}

// cameLater notes the batches of a gateway that came after the moment.
func (c *Centre) cameLater(ctx context.Context, g batch.ID, h *horizon) error {
	n := 0
	for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gatewayKey(rowAdmission, g, h.at+1, 0), To: gatewayKey(rowAdmission, g, 1<<62, 0)}) {
		if err == nil && len(kv.Value) != 8 {
			err = fmt.Errorf("%w: admission", errRow)
		}
		if n++; err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if n > maxLate {
			return fmt.Errorf("%w: more than %d batches of gateway %s came since", ErrForgotten, maxLate, g)
		}
		h.late[binary.BigEndian.Uint64(kv.Value)] = true
	}
	// Those that wait to be written are all later: settle saw to the others.
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.pending {
		if p.Table == store.TableCentre && p.Key[0] == rowAdmission && batch.ID(p.Key[1:17]) == g && len(p.Value) == 8 {
			h.late[binary.BigEndian.Uint64(p.Value)] = true
		}
	}
	return nil
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
