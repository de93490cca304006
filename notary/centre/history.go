package centre

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/api/client"
	"fieldseal/notary/store"
)

// Limits of a history.
const (
	DefaultBuckets = 500
	MaxBuckets     = 2000
	maxGaps        = 1000
	maxRawRecords  = 200_000 // records of them
	maxRows        = 150_000 // sums that one history adds up
	maxMixed       = 512     // sums that a replay makes anew
	maxReread      = 4000    // batches that it reads again for these
	maxLate        = 500_000 // batches of a gateway that came after the moment of a replay
)

// maxRaw is how many batches are read again for one history.
var maxRaw = 2000

// ErrNothing: there is no such point, or it is not for this viewer.
var ErrNothing = errors.New("nothing here")

// ErrSpan: the time asked for makes no sense.
var ErrSpan = errors.New("span")

// HistoryQuery asks for a point over from ≤ t < to, in Unix µs.
type HistoryQuery struct {
	Site     batch.ID
	Point    string
	Unit     string // empty: the one of the newest reading
	From, To int64
	Buckets  int
	At       int64 // what was known then, Unix µs; 0: what is known now
}

// History is a point over a time, down-sampled: from the batches themselves where
// these are few, else from sums by the minute or hour.
func (c *Centre) History(ctx context.Context, v Viewer, q HistoryQuery) (*client.History, error) {
	if q.Buckets == 0 {
		q.Buckets = DefaultBuckets
	}
	if q.From < 0 || q.To <= q.From || q.Buckets < 1 || q.Buckets > MaxBuckets {
		return nil, fmt.Errorf("%w: to must be after from, and buckets 1 to %d", ErrSpan, MaxBuckets)
	}
	all, units, err := c.seriesOf(v, q.Site, q.Point, &q.Unit)
	if err != nil {
		return nil, err
	}
	h := &client.History{Site: q.Site, Point: q.Point, Unit: q.Unit, Units: units, From: q.From, To: q.To,
		Buckets: []client.Bucket{}, Gaps: []client.GapSpan{}, Alarms: []client.AlarmSpan{}}
	// The widths go up in round steps, so that neighbouring charts line up.
	width := roundUp((q.To - q.From + int64(q.Buckets) - 1) / int64(q.Buckets))
	past, err := c.horizon(ctx, q.At, all)
	if err != nil {
		return nil, err
	}
	sums, _, ok, err := c.raw(ctx, all, q, q.From, width, maxRaw, past)
	if err != nil {
		return nil, err
	}
	if !ok {
		t := minutes
		if width >= hours.width() || (q.To-q.From)/minutes.width()*int64(len(all)) > maxRows {
			t = hours
		}
		width = (width + t.width() - 1) / t.width() * t.width()
		h.From -= h.From % t.width()
		if over := h.To % t.width(); over > 0 {
			h.To += t.width() - over
		}
		sums = map[int64]*bucket{}
		if err := (&adding{c, ctx, all, q, h.From, width, sums, past, maxReread}).stored(t, h.From, h.To); err != nil {
			return nil, err
		}
	}
	h.Width = width
	for _, from := range sortedKeys(sums) {
		b := sums[from]
		h.Readings += b.count
		h.Buckets = append(h.Buckets, client.Bucket{From: h.From + from*width, Count: b.count, Min: tell(b.min), Max: tell(b.max), First: tell(b.first), Last: tell(b.last)})
	}
	if err := c.gaps(all, h, past); err != nil {
		return nil, err
	}
	c.limits(all, h, past)
	if c.Watch != nil && v.Reads("alarm") {
		if h.Alarms, err = c.Watch.Spans(q.Site, q.Point, h.From, h.To, q.At); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func tell(s sample) client.Sample {
	return client.Sample{Time: s.time, Value: s.value.String(), Index: s.index, Leaf: s.leaf, Marks: s.names()}
}

func sortedKeys(m map[int64]*bucket) []int64 {
	out := make([]int64, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// roundUp makes a width one of 1, 2, 5 × 10^n µs below a second and of whole
// seconds, minutes or hours above.
func roundUp(width int64) int64 {
	const second = 1_000_000
	for _, w := range [...]int64{second / 1000, second / 100, second / 10, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second, 60 * second, 120 * second,
		300 * second, 600 * second, 900 * second, 1800 * second, 3600 * second, 2 * 3600 * second, 3 * 3600 * second, 6 * 3600 * second, 12 * 3600 * second} {
		if width <= w {
			return w
		}
	}
	const day = 24 * 3600 * second
	return (width + day - 1) / day * day
}

// seriesOf finds the series of a site's point in a unit, of all its gateways.
func (c *Centre) seriesOf(v Viewer, site batch.ID, point string, unit *string) (all []*series, units []string, err error) {
	if !v.Sees(site) {
		return nil, nil, fmt.Errorf("%w: no point %s", ErrNothing, point)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var best *series
	for _, points := range c.series {
		for _, s := range points[point] {
			if s.site != site {
				continue
			}
			all = append(all, s)
			if !slices.Contains(units, s.unit) {
				units = append(units, s.unit)
			}
			if best == nil || s.newest != nil && (best.newest == nil || best.newest.time < s.newest.time) {
				best = s
			}
		}
	}
	if best == nil || *unit != "" && !slices.Contains(units, *unit) {
		return nil, nil, fmt.Errorf("%w: the site has sent no point %s %s", ErrNothing, point, *unit)
	}
	if *unit == "" {
		*unit = best.unit
	}
	all = slices.DeleteFunc(all, func(s *series) bool { return s.unit != *unit })
	units = slices.DeleteFunc(units, func(u string) bool { return u == *unit })
	slices.Sort(units)
	slices.SortFunc(all, func(a, b *series) int { return cmp.Compare(a.number, b.number) })
	return all, units, nil
}

// raw sums up the batches themselves, from base on; ok is false where there are more
// than limit. used is how many there were.
func (c *Centre) raw(ctx context.Context, all []*series, q HistoryQuery, base, width int64, limit int, past *horizon) (out map[int64]*bucket, used int, ok bool, err error) {
	// A batch is open for a time, and a payload back-filled by an instrument may
	// hold older readings: sums know them, batches by time do not.
	var found []uint64
	for _, s := range all {
		for span, err := range c.Log.Batches(s.gateway, q.From, q.To) {
			if err != nil {
				return nil, 0, false, err
			}
			if !past.knew(span.Index) {
				continue
			}
			if found = append(found, span.Index); len(found) > limit {
				return nil, 0, false, nil
			}
		}
	}
	out, records := map[int64]*bucket{}, 0
	for _, index := range found {
		if err := ctx.Err(); err != nil {
			return nil, 0, false, err
		}
		_, p, err := c.batch(index)
		if err != nil {
			return nil, 0, false, err
		}
		if p == nil {
			continue
		}
		if records += len(p.Records); records > maxRawRecords {
			return nil, 0, false, nil
		}
		for i, r := range p.Records {
			r, ok := r.(*record.Reading)
			if !ok || r.Point != q.Point || r.Unit != q.Unit || r.Time < q.From || r.Time >= q.To {
				continue
			}
			k := (r.Time - base) / width
			if out[k] == nil {
				out[k] = &bucket{}
			}
			out[k].add(sampleOf(r, index, uint32(i)), 0)
		}
	}
	return out, len(found), true, nil
}

// adding adds up sums into buckets of a width.
type adding struct {
	c     *Centre
	ctx   context.Context
	all   []*series
	q     HistoryQuery
	base  int64
	width int64
	out   map[int64]*bucket
	past  *horizon
	raw   int // batches that may yet be read again
}

func (a *adding) add(at int64, b *bucket) {
	k := (at - a.base) / a.width
	if a.out[k] == nil {
		a.out[k] = &bucket{}
	}
	a.out[k].merge(b)
}

// stored adds up sums of a tier, from the store and from memory. In a replay, a sum
// that holds what came later is made anew from finer ones, and in the end from batches.
func (a *adding) stored(t tier, from, to int64) error {
	c := a.c
	mixed := map[uint32]bool{} // slots that hold what came later
	known := map[uint32]*bucket{}
	add := func(s *series, slot uint32, b *bucket) {
		if !a.past.whole(s.gateway, b) {
			mixed[slot] = true
			return
		}
		if known[slot] == nil {
			known[slot] = &bucket{}
		}
		known[slot].merge(b)
	}
	for _, s := range a.all {
		first, end := slotOf(t, from), slotOf(t, to)
		// Memory goes before the store: what is written in between is found there, and
		// tells by its newest event that it holds what memory held.
		memory := map[uint32]bucket{}
		c.mu.RLock()
		for id, b := range c.open {
			if id.series == s.number && id.tier == t && id.slot >= first && id.slot < end {
				memory[id.slot] = *b
			}
		}
		c.mu.RUnlock()
		n := 0
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: bucketKey(t, s.number, first), To: bucketKey(t, s.number, end)}) {
			if err == nil && len(kv.Key) != 10 {
				err = errRow
			}
			if n++; err == nil && n%1024 == 0 {
				err = a.ctx.Err()
			}
			if err != nil {
				return err
			}
			slot := binary.BigEndian.Uint32(kv.Key[6:])
			b, err := readBucket(kv.Value, int64(slot)*t.width())
			if err != nil {
				return err
			}
			if m, ok := memory[slot]; ok && b.through >= m.through {
				delete(memory, slot)
			}
			add(s, slot, &b)
		}
		for slot, b := range memory {
			add(s, slot, &b)
		}
	}
	anew := slices.Sorted(maps.Keys(mixed))
	// Behind the moment all is later, but for what a clock that runs ahead dated: it
	// is read from the batches in one go.
	behind := len(anew)
	for behind > 0 && int64(anew[behind-1])*t.width() > a.past.at {
		behind--
	}
	last := uint32(1<<32 - 1)
	if behind < len(anew) {
		last = anew[behind]
	}
	for slot, b := range known {
		if !mixed[slot] && slot < last {
			a.add(int64(slot)*t.width(), b)
		}
	}
	if behind < len(anew) {
		if err := a.reread(int64(last)*t.width(), to); err != nil {
			return err
		}
	}
	for n, slot := range anew[:behind] {
		begin := int64(slot) * t.width()
		if n == maxMixed {
			return fmt.Errorf("%w: more than %d parts of it hold readings that came after the moment of the replay; ask for a shorter span", ErrSpan, maxMixed)
		}
		again := a.reread
		if t == hours {
			again = func(from, to int64) error { return a.stored(minutes, from, to) }
		}
		if err := again(begin, begin+t.width()); err != nil {
			return err
		}
	}
	return nil
}

// reread adds up a span from the batches that had come.
func (a *adding) reread(from, to int64) error {
	q := a.q
	q.From, q.To = from, to
	sums, used, ok, err := a.c.raw(a.ctx, a.all, q, a.base, a.width, a.raw, a.past)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: more than %d of its batches would have to be read again for what was known at the moment of the replay; ask for a shorter span", ErrSpan, maxReread)
	}
	a.raw -= used
	for k, b := range sums {
		a.add(a.base+k*a.width, b)
	}
	return nil
}

// gaps finds the sealed gaps of the span.
func (c *Centre) gaps(all []*series, h *client.History, past *horizon) error {
	for _, s := range all {
		c.mu.RLock()
		longest := c.gateways[s.gateway].longest
		c.mu.RUnlock()
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: gapKey(s.gateway, h.From, 0, 0), To: gapKey(s.gateway, h.To+longest+1, 0, 0)}) {
			if err != nil {
				return err
			}
			g, err := readGap(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			if g.from >= h.To || !g.covers(h.Point) || !past.knew(g.index) {
				continue
			}
			if len(h.Gaps) >= maxGaps {
				h.MoreGaps = true
				break
			}
			h.Gaps = append(h.Gaps, client.GapSpan{From: g.from, To: g.to, Cause: g.cause.String(), Index: g.index, Leaf: g.leaf})
		}
	}
	h.Gaps = append(h.Gaps, c.pendingGaps(all, h, past)...)
	slices.SortFunc(h.Gaps, func(a, b client.GapSpan) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	h.Gaps = slices.Compact(h.Gaps)
	return nil
}

// pendingGaps are those that wait to be written.
func (c *Centre) pendingGaps(all []*series, h *client.History, past *horizon) (out []client.GapSpan) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.pending {
		if p.Key[0] != rowGap {
			continue
		}
		g, err := readGap(p.Key, p.Value)
		if err != nil || g.from >= h.To || g.to < h.From || !g.covers(h.Point) || !past.knew(g.index) ||
			!slices.ContainsFunc(all, func(s *series) bool { return s.gateway == batch.ID(p.Key[1:17]) }) {
			continue
		}
		out = append(out, client.GapSpan{From: g.from, To: g.to, Cause: g.cause.String(), Index: g.index, Leaf: g.leaf})
	}
	return out
}

// limits are those of the configuration in force of who sent last.
func (c *Centre) limits(all []*series, h *client.History, past *horizon) {
	var root [32]byte
	if past != nil {
		root = past.config
	} else {
		c.mu.RLock()
		var best *series
		for _, s := range all {
			if s.newest != nil && (best == nil || best.newest.time < s.newest.time) {
				best = s
			}
		}
		if best != nil {
			root = c.gateways[best.gateway].config
		}
		c.mu.RUnlock()
	}
	if x, ok := c.configs.get(root)[h.Point]; ok {
		h.Low, h.High = x.limits()
	}
}

// countGaps counts the gaps of gateways that ended at or after a moment.
func (c *Centre) countGaps(gateways []batch.ID, from int64, n *int) error {
	for _, g := range gateways {
		for _, err := range c.Store.Rows(store.TableCentre, store.Range{From: gapKey(g, from, 0, 0), To: store.Prefix(append([]byte{rowGap}, g[:]...)).To}) {
			if err != nil {
				return err
			}
			*n++
		}
	}
	return nil
}
