package centre

import (
	"context"
	"errors"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/store"
)

// ErrForgotten: what was known then cannot be told any more.
var ErrForgotten = errors.New("not known any more")

// ErrFuture: the moment has not come.
var ErrFuture = errors.New("the moment has not come yet")

// past is what was known at a moment: admissions count by the time at which the
// notary came to know them, never by the time of their readings.
func (c *Centre) past(ctx context.Context, at int64, wanted func(place) bool) ([]shown, func(batch.ID) [32]byte, error) {
	if at > c.Now().UnixMicro() {
		return nil, nil, ErrFuture
	}
	if err := c.settle(ctx, at); err != nil {
		return nil, nil, err
	}
	type named struct {
		*series
		gateway batch.ID
	}
	byNumber := map[uint32]named{}
	var gateways []batch.ID
	c.mu.RLock()
	first := c.at.From
	for g := range c.gateways {
		visible := false
		for _, s := range c.of(g) {
			if wanted(place{s.site, g, s.point, s.unit}) {
				byNumber[s.number] = named{s, g}
				visible = true
			}
		}
		if visible {
			gateways = append(gateways, g)
		}
	}
	c.mu.RUnlock()
	if err := c.remembered(at, first); err != nil {
		return nil, nil, err
	}
	roots := map[batch.ID][32]byte{}
	headers := map[uint64]*batch.Signed{}
	var all []shown
	for _, g := range gateways {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		have := map[place]*newest{}
		var force inForce
		err := c.known(g, at, 1<<64-1, headers, &force, func(number uint32, n *newest) {
			if s, ok := byNumber[number]; ok {
				have[place{s.site, g, s.point, s.unit}] = n
			}
		}, func(when int64, index uint64, h *batch.Signed, p *batch.Payload) {
			if p == nil {
				return
			}
			for i, r := range p.Records {
				r, ok := r.(*record.Reading)
				if !ok {
					continue
				}
				k := place{h.Site, g, r.Point, r.Unit}
				if n := have[k]; wanted(k) && (n == nil || n.time < r.Time) {
					have[k] = &newest{sampleOf(r, index, uint32(i)), r.Flag, when, h}
				}
			}
		})
		if err != nil {
			return nil, nil, err
		}
		roots[g] = force.config
		best := map[string]shown{}
		for k, n := range have {
			if b, ok := best[k.point]; !ok || b.newest.time < n.time {
				best[k.point] = shown{place: k, newest: n}
			}
		}
		for _, s := range best {
			all = append(all, s)
		}
	}
	return all, func(g batch.ID) [32]byte { return roots[g] }, nil
}

// settle waits until everything that came up to a moment is in the store.
func (c *Centre) settle(ctx context.Context, at int64) error {
	end := c.Events.Last()
	for {
		c.mu.RLock()
		err, done := c.err, c.event >= end && !c.pendingAt(at)
		c.mu.RUnlock()
		if err != nil {
			return err
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pendingAt says whether admissions or states of a moment wait to be written.
func (c *Centre) pendingAt(at int64) bool {
	for _, p := range c.pending {
		switch p.Key[0] {
		case rowAdmission, rowNewest:
			if p.Table == store.TableCentre && string(p.Key[17:25]) <= string(u64(nil, uint64(at))) {
				return true
			}
		case rowLogged, rowAnchored:
			if string(p.Key[1:9]) <= string(u64(nil, uint64(at))) {
				return true
			}
		}
	}
	return false
}
