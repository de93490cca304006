package centre

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Bounds of what is kept.
const (
	MaxSeries  = 8192    // of one gateway; above it points are not kept, and said so
	maxOpen    = 200_000 // sums in memory before writing goes before taking in
	sparkSize  = 32      // values of a point's small history, one a minute
	snapshotAt = 64      // admissions of a gateway between two rows of its newest readings
	maxWaits   = 64      // steps by which a site's oldest unanchored batch is known
)

// Pace of writing.
const (
	writeEvery = time.Second
	cycle      = 60 * time.Second // in which every open sum is written once
	writeRows  = 1000             // of one write
)

// Events is the durable cursor that is followed; [live.Live] is one.
type Events interface {
	Last() uint64
	Wait(ctx context.Context, after uint64) ([]*live.Event, error)
	// Kept tells of the events that are kept: the first's id, the log index below
	// which every batch's event came before it, but for those in late.
	Kept() (first, below uint64, late map[uint64]bool, err error)
	// When is the time of an event that is kept.
	When(id uint64) (int64, error)
	// Headless lists batches whose payload has not come.
	Headless() (map[uint64]bool, error)
}

// Config says what the centre reads.
type Config struct {
	Log      *log.Log
	Store    store.Store
	Events   Events
	Registry *enrol.Registry
	// Covered is the log size under the newest final anchor.
	Covered func() uint64
	Local   bool // the chain is the operator's own: its anchors are not final
	// Anchor is the first final anchor over an entry; nil while there is none. nil
	// func: not told.
	Anchor func(index uint64) (*client.RecordAnchor, error)
	// Connected lists the gateways that have a session; nil: not known.
	Connected func() map[batch.ID]time.Time
	Places    Places      // nil: nothing is registered
	Watch     Supervision // nil: nothing is judged
	Status    Status      // nil: nothing is told of the notary itself
	Now       func() time.Time
	Logger    *slog.Logger
}

// Centre answers what people ask of readings. It is safe for concurrent use.
type Centre struct {
	Config
	configs configs
	due     calibrations

	mu       sync.RWMutex
	series   map[batch.ID]map[string]map[string]*series // gateway, point, unit
	sites    map[batch.ID]*site
	gateways map[batch.ID]*gateway
	open     map[bucketID]*bucket
	pending  []store.Put // small rows not written yet
	at       cursor      // as of the newest write
	event    uint64      // newest event taken in
	rate     rate
	dropped  uint64 // readings of points above MaxSeries
	err      error  // why it does not go on

	queue []bucketID // of this cycle, not written yet; of Run alone
	done  uint64     // event up to which everything is written once queue is empty
}

// cursor is how far the centre has come, stored with each write.
type cursor struct {
	Version int    `json:"v"`
	Through uint64 `json:"through"` // events up to it are in the store
	Ahead   uint64 `json:"ahead"`   // events above it are in no stored sum
	Series  uint32 `json:"series"`  // numbers given
	From    uint64 `json:"from"`    // first event of which it is known when it came
}

// layout is the version of the rows. Rows of another one are made again.
const layout = 2

type bucketID struct {
	series uint32
	tier   tier
	slot   uint32
}

// newest is a point's newest reading with what was known of it.
type newest struct {
	sample
	flag     string
	admitted int64 // Unix µs at which the notary came to know it
	header   *batch.Signed
}

// series is one point of one gateway in one unit.
type series struct {
	number        uint32
	site, gateway batch.ID
	point, unit   string
	newest        *newest
	event         uint64 // newest event that brought a reading
	spark         []decimal.D
	sparkSlot     uint32
	sparked       bool // spark holds what is in the store
}

type gateway struct {
	site    batch.ID
	longest int64 // µs of its longest gap
	since   int   // admissions since its newest readings were written
	at      int64 // of the newest admission
	inForce
}

// inForce is a gateway's configuration by the batch that was sealed last, which need
// not be the one that came last, nor hold a reading.
type inForce struct {
	config    [32]byte
	configFor int64 // closing time of the batch that named config
}

func (f *inForce) note(config [32]byte, last int64) {
	if last >= f.configFor {
		f.config, f.configFor = config, last
	}
}

// heard notes a batch of a gateway.
func (g *gateway) heard(at int64, h *batch.Signed) {
	g.at = max(g.at, at)
	g.note(h.Config, h.Last)
}

type site struct {
	waits []wait // admissions not known to be anchored, oldest first
}

type wait struct {
	index uint64
	at    int64
}

// rate counts readings by second.
type rate struct {
	second int64
	counts [60]uint32
}

func (r *rate) add(now int64, n int) {
	r.move(now)
	r.counts[now%60] += uint32(n)
}

func (r *rate) move(now int64) {
	if now-r.second > 60 {
		r.counts, r.second = [60]uint32{}, now
	}
	for ; r.second < now; r.second++ {
		r.counts[(r.second+1)%60] = 0
	}
}

func (r *rate) perSecond(now int64) float64 {
	r.move(now)
	var sum uint32
	for i, c := range r.counts {
		if int64(i) != now%60 { // the running second is not over
			sum += c
		}
	}
	return float64(sum) / 59
}

// Open reads what is kept; Run goes on from there.
func Open(c Config) (*Centre, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	x := &Centre{Config: c, configs: configs{store: c.Store}}
	x.clear()
	v, err := c.Store.Row(store.TableCentre, []byte{rowCursor})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return x, nil
	case err == nil:
		err = json.Unmarshal(v, &x.at)
	}
	if err != nil {
		return nil, fmt.Errorf("centre: cursor: %w", err)
	}
	if x.at.Version != layout {
		x.at = cursor{} // Run makes it again from the log
		return x, nil
	}
	if err := x.restore(); err != nil {
		return nil, fmt.Errorf("centre: %w", err)
	}
	return x, nil
}

func (c *Centre) clear() {
	c.series, c.sites, c.gateways = map[batch.ID]map[string]map[string]*series{}, map[batch.ID]*site{}, map[batch.ID]*gateway{}
	c.open = map[bucketID]*bucket{}
	c.pending, c.queue = nil, nil
}

// Err is why the centre does not go on; nil while it does.
func (c *Centre) Err() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.err
}

// Figures are what the centre counts of itself.
type Figures struct {
	Event   uint64 // newest event taken in
	Series  int    // points, each in each gateway and unit
	Sums    int    // in memory
	Pending int    // rows that wait to be written
	Dropped uint64 // readings of points above MaxSeries
}

// Figures counts.
func (c *Centre) Figures() Figures {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f := Figures{Event: c.event, Sums: len(c.open), Pending: len(c.pending), Dropped: c.dropped}
	for _, points := range c.series {
		for _, units := range points {
			f.Series += len(units)
		}
	}
	return f
}

// find gives the series of a reading, and makes one that is new. The caller holds mu.
func (c *Centre) find(g, s batch.ID, point, unit string) *series {
	points := c.series[g]
	if points == nil {
		points = map[string]map[string]*series{}
		c.series[g] = points
	}
	if x := points[point][unit]; x != nil {
		return x
	}
	n := 0
	for _, units := range points {
		n += len(units)
	}
	if n >= MaxSeries {
		c.dropped++
		return nil
	}
	x := &series{number: c.at.Series, site: s, gateway: g, point: point, unit: unit, sparked: true}
	c.at.Series++
	if points[point] == nil {
		points[point] = map[string]*series{}
	}
	points[point][unit] = x
	value := binary.AppendUvarint([]byte{rowVersion}, uint64(x.number))
	c.pending = append(c.pending, store.Put{Table: store.TableCentre, Key: seriesKey(g, point, unit), Value: append(value, s[:]...)})
	return x
}

func (c *Centre) gateway(g, s batch.ID) *gateway {
	x := c.gateways[g]
	if x == nil {
		x = &gateway{site: s}
		c.gateways[g] = x
	}
	if c.sites[s] == nil {
		c.sites[s] = &site{}
	}
	return x
}

// take takes in an event. The caller holds mu.
func (c *Centre) take(e *live.Event) error {
	switch e.Kind {
	case live.State:
		kind := byte(rowAnchored)
		if e.State == live.Logged {
			kind = rowLogged
		}
		c.pending = append(c.pending, store.Put{Table: store.TableCentre, Key: timeKey(kind, e.At, e.ID), Value: u64(nil, e.Size)})
	case live.Admission:
		c.pending = append(c.pending, store.Put{Table: store.TableCentre, Key: gatewayKey(rowAdmission, e.Header.Gateway, e.At, e.ID), Value: u64(nil, e.Index)})
		if err := c.sum(e.ID, e.Index, e.Header, e.Payload); err != nil {
			return err
		}
		c.admit(e)
	}
	c.event = max(c.event, e.ID)
	return nil
}

// sum takes a batch into the sums and gaps.
func (c *Centre) sum(event, index uint64, h *batch.Signed, p *batch.Payload) error {
	g := c.gateway(h.Gateway, h.Site)
	if p == nil {
		return nil
	}
	n := 0
	for i, r := range p.Records {
		switch r := r.(type) {
		case *record.Reading:
			n++
			s := c.find(h.Gateway, h.Site, r.Point, r.Unit)
			if s == nil {
				continue
			}
			x := sampleOf(r, index, uint32(i))
			for _, t := range [...]tier{minutes, hours} {
				if err := c.bucket(bucketID{s.number, t, slotOf(t, r.Time)}, x, event); err != nil {
					return err
				}
			}
			s.event = max(s.event, event)
		case *record.Gap:
			g.longest = max(g.longest, r.To-r.From)
			c.pending = append(c.pending, store.Put{Table: store.TableCentre, Key: gapKey(h.Gateway, r.To, index, uint32(i)), Value: gapValue(r)})
		}
	}
	if event > 0 {
		c.rate.add(c.Now().Unix(), n)
	}
	return nil
}

func (c *Centre) bucket(id bucketID, s sample, event uint64) error {
	b := c.open[id]
	if b == nil {
		b = &bucket{}
		c.open[id] = b
	}
	if event > 0 && event <= c.at.Ahead {
		// After a stop between two writes, some sums hold what others lack.
		v, err := c.Store.Row(store.TableCentre, bucketKey(id.tier, id.series, id.slot))
		if err == nil {
			stored, err := readBucket(v, int64(id.slot)*id.tier.width())
			if err != nil {
				return err
			}
			if event <= stored.through {
				if b.count == 0 {
					delete(c.open, id)
				}
				return nil
			}
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	b.add(s, event)
	return nil
}

// admit makes an admission's readings the newest where they are.
func (c *Centre) admit(e *live.Event) {
	h := e.Header
	g := c.gateway(h.Gateway, h.Site)
	g.heard(e.At, h)
	if s := c.sites[h.Site]; len(s.waits) == 0 || s.waits[len(s.waits)-1].index < e.Index {
		s.waits = append(s.waits, wait{e.Index, e.At})
		if len(s.waits) > maxWaits {
			s.waits = slices.Delete(s.waits, maxWaits/2, maxWaits/2+1)
		}
	}
	c.renew(e.At, e.Index, h, e.Payload)
	if g.since++; g.since >= snapshotAt {
		c.snapshot(h.Gateway, e.At, e.ID)
	}
}

// renew makes readings of a batch the newest where they are.
func (c *Centre) renew(at int64, index uint64, h *batch.Signed, p *batch.Payload) {
	if p == nil {
		return
	}
	for i, r := range p.Records {
		r, ok := r.(*record.Reading)
		if !ok {
			continue
		}
		s := c.series[h.Gateway][r.Point][r.Unit]
		if s == nil || s.newest != nil && s.newest.time >= r.Time {
			continue
		}
		s.newest = &newest{sampleOf(r, index, uint32(i)), r.Flag, at, h}
		if slot := slotOf(minutes, r.Time); s.sparked && (slot > s.sparkSlot || len(s.spark) == 0) {
			s.spark, s.sparkSlot = append(s.spark, r.Value), slot
			if len(s.spark) > sparkSize {
				s.spark = append([]decimal.D(nil), s.spark[1:]...)
			}
		} else if s.sparked && slot == s.sparkSlot {
			s.spark[len(s.spark)-1] = r.Value
		}
	}
}

// snapshot keeps a gateway's newest readings as of an event.
func (c *Centre) snapshot(g batch.ID, at int64, event uint64) {
	c.gateways[g].since = 0
	c.pending = append(c.pending, store.Put{Table: store.TableCentre, Key: gatewayKey(rowNewest, g, at, event), Value: newestValue(c.of(g), c.gateways[g].inForce)})
}

// of lists a gateway's series by number.
func (c *Centre) of(g batch.ID) []*series {
	var out []*series
	for _, units := range c.series[g] {
		for _, s := range units {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *series) int { return cmp.Compare(a.number, b.number) })
	return out
}
