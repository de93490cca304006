package centre

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/live"
	"fieldseal/notary/store"
)

// Run follows the events until ctx ends.
func (c *Centre) Run(ctx context.Context) (err error) {
	defer func() {
		if err != nil && !errors.Is(err, live.ErrStopped) && ctx.Err() == nil {
			err = fmt.Errorf("centre: %w", err)
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			return
		}
		// What is not written is taken in again at the next start.
		err = c.finish()
	}()
	if c.at.Version != layout {
		if err := c.rebuild(ctx); err != nil {
			return err
		}
	}
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	begun := c.Now()
	for {
		waiting, cancel := context.WithTimeout(ctx, writeEvery)
		events, err := c.Events.Wait(waiting, c.event)
		cancel()
		if err != nil && !(errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil) {
			return err
		}
		c.mu.Lock()
		for _, e := range events {
			if err = c.take(e); err != nil {
				err = fmt.Errorf("event %d: %w", e.ID, err)
				break
			}
		}
		if events == nil {
			err = nil
		}
		full := len(c.open) > maxOpen || len(c.pending) > 4*writeRows
		c.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		default:
			if !full {
				continue
			}
		}
		if len(c.queue) == 0 && (full || c.Now().Sub(begun) >= cycle) {
			begun = c.Now()
			c.enqueue()
		}
		if err := c.write(max(writeRows, len(c.queue)/10)); err != nil {
			return err
		}
	}
}

// enqueue begins a cycle: every sum that is open now is written in it.
func (c *Centre) enqueue() {
	c.mu.RLock()
	defer c.mu.RUnlock()
	c.done = c.event
	for id := range c.open {
		c.queue = append(c.queue, id)
	}
	slices.SortFunc(c.queue, func(a, b bucketID) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.series, b.series), cmp.Compare(a.slot, b.slot))
	})
}

// write writes what is pending and up to n sums.
func (c *Centre) write(n int) error {
	for {
		part := c.queue[:min(len(c.queue), n, writeRows)]
		g := &store.Group{}
		c.mu.Lock()
		small := c.pending[:min(len(c.pending), writeRows)]
		g.Rows = append(g.Rows, small...)
		at := c.at
		at.Version, at.Ahead = layout, max(at.Ahead, c.event)
		if len(part) == len(c.queue) && len(small) == len(c.pending) && c.done > at.Through {
			at.Through = c.done
		}
		for _, id := range part {
			row, err := c.merged(id)
			if err != nil {
				c.mu.Unlock()
				return err
			}
			g.Rows = append(g.Rows, row)
		}
		changed := at != c.at || len(g.Rows) > 0
		c.mu.Unlock()
		if !changed {
			return nil
		}
		v, err := json.Marshal(at)
		if err != nil {
			return err
		}
		g.Rows = append(g.Rows, store.Put{Table: store.TableCentre, Key: []byte{rowCursor}, Value: v})
		if err := c.Store.Commit(g); err != nil {
			return err
		}
		// Only this goroutine adds to the sums, so that what was written is what is there.
		c.mu.Lock()
		at.Series = c.at.Series
		c.at = at
		c.pending = c.pending[len(small):]
		for _, id := range part {
			delete(c.open, id)
		}
		more := len(c.pending) > 0
		c.mu.Unlock()
		c.queue = c.queue[len(part):]
		n -= len(part)
		if !more && (n <= 0 || len(c.queue) == 0) {
			return nil
		}
	}
}

// merged is an open sum with what is stored of it. The caller holds mu.
func (c *Centre) merged(id bucketID) (p store.Put, err error) {
	key := bucketKey(id.tier, id.series, id.slot)
	from := int64(id.slot) * id.tier.width()
	b := *c.open[id]
	switch v, err := c.Store.Row(store.TableCentre, key); {
	case err == nil:
		stored, err := readBucket(v, from)
		if err != nil {
			return p, err
		}
		b.merge(&stored)
	case !errors.Is(err, store.ErrNotFound):
		return p, err
	}
	return store.Put{Table: store.TableCentre, Key: key, Value: b.value(from)}, nil
}

// finish writes everything, as at a stop.
func (c *Centre) finish() error {
	if c.at.Version != layout {
		return nil // it was being made from the log, and is again
	}
	c.mu.Lock()
	for g, x := range c.gateways {
		if x.since > 0 {
			c.snapshot(g, x.at, c.event)
		}
	}
	c.mu.Unlock()
	if len(c.queue) > 0 {
		if err := c.write(len(c.queue)); err != nil {
			return err
		}
	}
	c.enqueue()
	return c.write(max(1, len(c.queue)))
}

// restore reads series and newest readings from the store.
func (c *Centre) restore() error {
	byNumber := map[uint32]*series{}
	for kv, err := range c.Store.Rows(store.TableCentre, store.Prefix([]byte{rowSeries})) {
		if err != nil {
			return err
		}
		s, err := readSeries(kv)
		if err != nil {
			return err
		}
		if c.series[s.gateway] == nil {
			c.series[s.gateway] = map[string]map[string]*series{}
		}
		if c.series[s.gateway][s.point] == nil {
			c.series[s.gateway][s.point] = map[string]*series{}
		}
		c.series[s.gateway][s.point][s.unit] = s
		c.gateway(s.gateway, s.site)
		byNumber[s.number] = s
		c.at.Series = max(c.at.Series, s.number+1)
	}
	c.event = c.at.Through
	headers := map[uint64]*batch.Signed{}
	for id, g := range c.gateways {
		for kv, err := range c.Store.Rows(store.TableCentre, store.Prefix(append([]byte{rowGap}, id[:]...))) {
			if err != nil {
				return err
			}
			x, err := readGap(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			g.longest = max(g.longest, x.to-x.from)
		}
		err := c.known(id, 1<<62, c.at.Through, headers, &g.inForce, func(number uint32, n *newest) {
			if s := byNumber[number]; s != nil {
				s.newest, s.event = n, c.at.Through
			}
			g.at = max(g.at, n.admitted)
		}, func(at int64, index uint64, h *batch.Signed, p *batch.Payload) {
			g.at = max(g.at, at)
			c.renew(at, index, h, p)
		})
		if err == nil {
			err = c.waited(id, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// waited finds a gateway's oldest batch that is not anchored, among its newest.
func (c *Centre) waited(id batch.ID, g *gateway) error {
	covered, s := c.Covered(), c.sites[g.site]
	var oldest wait
	for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gatewayKey(rowAdmission, id, 0, 0), To: gatewayKey(rowAdmission, id, 1<<62, 0), Reverse: true, Limit: 4096}) {
		if err != nil {
			return err
		}
		if len(kv.Key) != 33 || len(kv.Value) != 8 {
			return fmt.Errorf("%w: admission", errRow)
		}
		index := binary.BigEndian.Uint64(kv.Value)
		if index < covered {
			break
		}
		oldest = wait{index, int64(binary.BigEndian.Uint64(kv.Key[17:]))}
	}
	if oldest.at > 0 && (len(s.waits) == 0 || oldest.index < s.waits[0].index) {
		s.waits = append([]wait{oldest}, s.waits...)
	}
	return nil
}

func readSeries(kv store.KV) (*series, error) {
	if len(kv.Key) < 18 {
		return nil, fmt.Errorf("%w: series key of %d bytes", errRow, len(kv.Key))
	}
	s := &series{gateway: batch.ID(kv.Key[1:17])}
	for i, b := range kv.Key[17:] {
		if b == 0 {
			s.point, s.unit = string(kv.Key[17:17+i]), string(kv.Key[18+i:])
			break
		}
	}
	r := reader{b: kv.Value}
	r.version()
	s.number = uint32(r.uint())
	if r.err != nil || s.point == "" || len(r.b) != len(s.site) {
		return nil, fmt.Errorf("%w: series %q", errRow, kv.Key[17:])
	}
	s.site = batch.ID(r.b)
	return s, nil
}

// known walks what was known of a gateway at a moment: its newest readings as
// they were kept before, then each admission since, up to at and event. What was in
// force is noted on the way.
func (c *Centre) known(g batch.ID, at int64, event uint64, headers map[uint64]*batch.Signed, force *inForce,
	kept func(series uint32, n *newest), admitted func(at int64, index uint64, h *batch.Signed, p *batch.Payload)) error {
	before, since, err := c.since(g, at, event, headers, kept)
	if err != nil {
		return err
	}
	force.note(before.config, before.configFor)
	for _, x := range since {
		h, p, err := c.batch(x.index)
		if err != nil {
			return err
		}
		force.note(h.Config, h.Last)
		admitted(x.at, x.index, h, p)
	}
	return nil
}

// admission is when a batch came, and its log index.
type admission struct {
	at    int64
	index uint64
}

// since gives a gateway's newest readings and its configuration as they were kept
// before a moment and an event, and lists what was admitted between.
func (c *Centre) since(g batch.ID, at int64, event uint64, headers map[uint64]*batch.Signed, kept func(series uint32, n *newest)) (before inForce, out []admission, err error) {
	from := gatewayKey(rowAdmission, g, 0, 0)
	last := gatewayKey(rowNewest, g, at, 1<<64-1)
	for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gatewayKey(rowNewest, g, 0, 0), To: last, Reverse: true, Limit: 8}) {
		if err != nil {
			return before, nil, err
		}
		if binary.BigEndian.Uint64(kv.Key[25:]) > event {
			continue // of a write that the cursor did not reach
		}
		var loose error
		if before, err = readNewest(kv.Value, func(number uint32, n *newest) {
			h := headers[n.index]
			if h == nil {
				if h, err = c.header(n.index); err != nil {
					loose = err
					return
				}
				headers[n.index] = h
			}
			n.header = h
			kept(number, n)
		}); err != nil || loose != nil {
			return before, nil, errors.Join(err, loose)
		}
		from = append(kv.Key[:0:0], kv.Key...)
		from[0] = rowAdmission
		from = append(from, 0) // just above it
		break
	}
	// Collected, so that no transaction stays open while payloads are read.
	for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: from, To: gatewayKey(rowAdmission, g, at, 1<<64-1)}) {
		if err != nil {
			return before, nil, err
		}
		if len(kv.Key) != 33 || len(kv.Value) != 8 {
			return before, nil, fmt.Errorf("%w: admission", errRow)
		}
		if binary.BigEndian.Uint64(kv.Key[25:]) <= event {
			out = append(out, admission{int64(binary.BigEndian.Uint64(kv.Key[17:])), binary.BigEndian.Uint64(kv.Value)})
		}
	}
	return before, out, nil
}

func (c *Centre) header(index uint64) (*batch.Signed, error) {
	raw, err := c.Log.Entry(index)
	if err != nil {
		return nil, fmt.Errorf("log entry %d: %w", index, err)
	}
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return nil, fmt.Errorf("log entry %d: %w", index, err)
	}
	return h, nil
}

// batch reads a batch of the log; its payload is nil where it never came or was erased.
func (c *Centre) batch(index uint64) (*batch.Signed, *batch.Payload, error) {
	h, err := c.header(index)
	if err != nil {
		return nil, nil, err
	}
	raw, err := c.Log.Payload(index)
	if errors.Is(err, store.ErrNotFound) {
		return h, nil, nil
	}
	var p *batch.Payload
	if err == nil {
		p, err = batch.ParsePayload(raw)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("payload of log entry %d: %w", index, err)
	}
	return h, p, nil
}

// rebuild makes everything again from the log, and follows the events from now on.
func (c *Centre) rebuild(ctx context.Context) error {
	if err := c.wipe(ctx); err != nil {
		return err
	}
	// In this order no batch is left out and none is taken twice: a payload that
	// came after its header is either still waited for here, or its event is kept.
	waited, err := c.Events.Headless()
	if err != nil {
		return err
	}
	first, size, late, err := c.Events.Kept()
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.clear()
	c.at, c.event = cursor{}, first-1
	c.mu.Unlock()
	if size > 0 {
		c.Logger.Info("history is made from the log", "entries", size)
	}
	for index := uint64(0); index < size; index++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		raw, err := c.Log.Entry(index)
		if err != nil {
			return fmt.Errorf("log entry %d: %w", index, err)
		}
		kind, err := statement.EntryKind(raw)
		if err != nil {
			return fmt.Errorf("log entry %d: %w", index, err)
		}
		if kind == statement.KindStatement || late[index] || waited[index] {
			continue
		}
		h, p, err := c.batch(index)
		if err != nil {
			return err
		}
		c.mu.Lock()
		if err = c.sum(0, index, h, p); err == nil {
			// When it was admitted is not in the log.
			c.renew(0, index, h, p)
			x := c.gateways[h.Gateway]
			x.since++
			x.heard(0, h)
		}
		full := len(c.open) > maxOpen/4
		c.mu.Unlock()
		if err != nil {
			return err
		}
		if full {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.mu.Lock()
	c.at.Version, c.at.Through, c.at.Ahead, c.at.From = layout, first-1, first-1, first
	c.done = first - 1
	c.mu.Unlock()
	return c.finish()
}

// flush writes all open sums, without saying that they are whole.
func (c *Centre) flush() error {
	c.enqueue()
	for len(c.queue) > 0 {
		part := c.queue[:min(len(c.queue), writeRows)]
		g := &store.Group{}
		c.mu.Lock()
		small := c.pending[:min(len(c.pending), writeRows)]
		g.Rows = append(g.Rows, small...)
		for _, id := range part {
			row, err := c.merged(id)
			if err != nil {
				c.mu.Unlock()
				return err
			}
			g.Rows = append(g.Rows, row)
		}
		c.mu.Unlock()
		if err := c.Store.Commit(g); err != nil {
			return err
		}
		c.mu.Lock()
		c.pending = c.pending[len(small):]
		for _, id := range part {
			delete(c.open, id)
		}
		c.mu.Unlock()
		c.queue = c.queue[len(part):]
	}
	return nil
}

// wipe removes every row.
func (c *Centre) wipe(ctx context.Context) error {
	for {
		g := &store.Group{}
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{Limit: writeRows}) {
			if err != nil {
				return err
			}
			g.Rows = append(g.Rows, store.Put{Table: store.TableCentre, Key: kv.Key})
		}
		if len(g.Rows) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.Store.Commit(g); err != nil {
			return err
		}
	}
}
