package centre

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/file"
	"fieldseal/notary/api/client"
	"fieldseal/notary/store"
)

// The states of a reading, in their order.
const (
	Sealed   = "sealed"           // signature checked, durable at the notary
	Logged   = "logged"           // under a signed checkpoint
	Local    = "anchored (local)" // in a block of a chain that the log's operator runs alone
	Anchored = "anchored"         // in a block that cannot be undone: final
)

func (c *Centre) state(index, signed, covered uint64) string {
	switch {
	case index < covered && c.Local:
		return Local
	case index < covered:
		return Anchored
	case index < signed:
		return Logged
	}
	return Sealed
}

// State is how far a log entry has come.
func (c *Centre) State(index uint64) string {
	covered := c.Covered()
	return c.state(index, c.Log.Head().Size, covered)
}

// blindFloor is the least silence that makes a point blind, in µs.
const blindFloor = 60 * 1_000_000

// PointQuery chooses points.
type PointQuery struct {
	Sites  map[batch.ID]bool // nil: all
	Device string
	Point  string
	At     int64  // Unix µs: as it was known then; 0: now
	After  string // cursor
	Limit  int
}

// shown is a point as it stands, before it is told.
type shown struct {
	place
	newest *newest
	series *series // nil in a replay
}

// Points lists points with their newest readings.
func (c *Centre) Points(ctx context.Context, v Viewer, q PointQuery) (client.List[client.Point], error) {
	out := client.List[client.Point]{Items: []client.Point{}}
	if q.Limit == 0 {
		q.Limit = DefaultPage
	}
	var after *place
	if q.After != "" {
		p, err := parsePlace(q.After)
		if err != nil {
			return out, err
		}
		after = &p
	}
	wanted := func(p place) bool {
		device, _, _ := strings.Cut(p.point, "/")
		return (q.Sites == nil || q.Sites[p.site]) && v.Sees(p.site) && (q.Device == "" || device == q.Device) && (q.Point == "" || p.point == q.Point) &&
			(after == nil || p.compare(*after) > 0)
	}
	var all []shown
	covered := c.Covered()
	signed, now := c.Log.Head().Size, c.Now().UnixMicro()
	var configOf func(batch.ID) [32]byte
	if q.At == 0 {
		all, configOf = c.present(wanted)
	} else {
		var err error
		if all, configOf, err = c.past(ctx, q.At, wanted); err != nil {
			return out, err
		}
		if signed, covered, err = c.sizesAt(q.At); err != nil {
			return out, err
		}
		now = q.At
	}
	slices.SortFunc(all, func(a, b shown) int { return a.compare(b.place) })
	if len(all) > q.Limit {
		all = all[:q.Limit]
		out.Next = all[q.Limit-1].text()
	}
	if err := c.spark(all, q.At); err != nil {
		return out, err
	}
	type of struct{ site, gateway batch.ID }
	stands := map[of]map[string]PointStanding{}
	for _, s := range all {
		p := c.tell(s, configOf(s.gateway), signed, covered)
		if c.Watch != nil {
			k := of{s.site, s.gateway}
			if _, ok := stands[k]; !ok {
				stands[k] = c.Watch.Points(s.site, s.gateway, now)
			}
			if q.At != 0 {
				// What stood then is not kept; that nothing came for three times the
				// cadence follows from the readings themselves.
				p.Blind = now-p.Time > max(3*p.Expected, blindFloor)
			} else if x, ok := stands[k][s.point]; ok {
				p.Expected, p.Blind, p.Reason = x.Expected, x.Blind, x.Reason
			}
		}
		out.Items = append(out.Items, p)
	}
	return out, nil
}

// present is what is known now.
func (c *Centre) present(wanted func(place) bool) (all []shown, configOf func(batch.ID) [32]byte) {
	roots := map[batch.ID][32]byte{}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for g, x := range c.gateways {
		roots[g] = x.config
	}
	for g, points := range c.series {
		for point, units := range points {
			// A point in several units stands in the newest one.
			var best *series
			for _, s := range units {
				if s.newest != nil && (best == nil || best.newest.time < s.newest.time) {
					best = s
				}
			}
			if best == nil {
				continue
			}
			if p := (place{best.site, g, point, best.unit}); wanted(p) {
				all = append(all, shown{p, best.newest, best})
			}
		}
	}
	return all, func(g batch.ID) [32]byte { return roots[g] }
}

func (c *Centre) tell(s shown, root [32]byte, signed, covered uint64) client.Point {
	n := s.newest
	device, _, _ := strings.Cut(s.point, "/")
	p := client.Point{Site: s.site, Gateway: s.gateway, Point: s.point, Device: device, Unit: s.unit, Value: n.value.String(), Time: n.time,
		Admitted: n.admitted, Marks: n.names(), Flag: n.flag, Index: n.index, Leaf: n.leaf, Boot: file.Boot(n.header.Boot), Seq: n.header.Seq,
		State: c.state(n.index, signed, covered), Spark: []string{}}
	if x, ok := c.configs.get(root)[s.point]; ok {
		p.Title, p.Expected = x.title, x.every
		p.Low, p.High = x.limits()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if s.series != nil {
		for _, d := range s.series.spark {
			p.Spark = append(p.Spark, d.String())
		}
	}
	return p
}

// spark loads the small histories that are not in memory.
func (c *Centre) spark(all []shown, at int64) error {
	if at != 0 {
		return nil
	}
	for _, s := range all {
		c.mu.RLock()
		have, number := s.series.sparked, s.series.number
		c.mu.RUnlock()
		if have {
			continue
		}
		var values []decimal.D
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: bucketKey(minutes, number, 0), To: bucketKey(minutes, number, 1<<32-1), Reverse: true, Limit: sparkSize}) {
			if err != nil {
				return err
			}
			b, err := readBucket(kv.Value, int64(binary.BigEndian.Uint32(kv.Key[6:]))*minutes.width())
			if err != nil {
				return err
			}
			values = append(values, b.last.value)
		}
		slices.Reverse(values)
		c.mu.Lock()
		if !s.series.sparked {
			s.series.spark, s.series.sparked = values, true
			if n := s.series.newest; n != nil {
				s.series.sparkSlot = slotOf(minutes, n.time)
				if len(values) == 0 {
					s.series.spark = []decimal.D{n.value}
				}
			}
		}
		c.mu.Unlock()
	}
	return nil
}

// sizesAt is what was signed and anchored at a moment.
func (c *Centre) sizesAt(at int64) (signed, covered uint64, err error) {
	for _, x := range []struct {
		kind byte
		size *uint64
	}{{rowLogged, &signed}, {rowAnchored, &covered}} {
		for kv, err := range c.Store.Rows(store.TableCentre, store.Range{From: timeKey(x.kind, 0, 0), To: timeKey(x.kind, at, 1<<64-1), Reverse: true, Limit: 1}) {
			if err != nil {
				return 0, 0, err
			}
			if len(kv.Value) != 8 {
				return 0, 0, fmt.Errorf("%w: size", errRow)
			}
			*x.size = binary.BigEndian.Uint64(kv.Value)
		}
	}
	return signed, covered, nil
}
