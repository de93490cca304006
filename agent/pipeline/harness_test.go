package pipeline_test

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/agent/clock"
	"fieldseal/agent/journal"
	"fieldseal/agent/pipeline"
	"fieldseal/agent/seal"
	"fieldseal/agent/uplink"
	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

var (
	gatewayKey = cose.Ed25519Signer(ed25519.NewKeyFromSeed(make([]byte, 32)))
	gatewayID  = batch.ID{1}
)

// notary is the other side in memory: a Merkle log that checks what it is sent
// and proves what it has. It is a fake of the transport and of the notary's disk,
// not of its answers: those the agent verifies.
type notary struct {
	t        *testing.T
	signer   note.Signer
	verifier note.Verifier

	mu       sync.Mutex
	up       bool // the line works
	deaf     bool // takes batches and never gives a receipt
	links    map[*link]bool
	leaves   []merkle.Hash
	entries  map[string]uint64 // boot/seq → index
	headers  []*batch.Signed   // by index
	payloads [][]byte          // by index; nil: header only
	arrived  []string          // names in the order of arrival, repeats included
	configs  map[merkle.Hash]bool
	covered  uint64
	refuse   func(h *batch.Signed) *wire.Refusal
}

func newNotary(t *testing.T) *notary {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return &notary{t: t, signer: s, verifier: v, up: true, links: map[*link]bool{}, entries: map[string]uint64{}, configs: map[merkle.Hash]bool{}}
}

// link is one session.
type link struct {
	n    *notary
	down func([]byte)
	done chan struct{}
	once sync.Once
	own  uint64 // checkpoint that this gateway has, as the notary knows
	new  []string
}

func (n *notary) dial(ctx context.Context, down func([]byte)) (uplink.Link, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.up {
		return nil, errors.New("no route to the notary")
	}
	l := &link{n: n, down: down, done: make(chan struct{})}
	n.links[l] = true
	return l, nil
}

func (n *notary) setUp(up bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.up = up
	if !up {
		for l := range n.links {
			l.cut()
		}
	}
}

func (l *link) cut()                  { l.once.Do(func() { close(l.done) }) }
func (l *link) Done() <-chan struct{} { return l.done }

func (l *link) Close() {
	l.cut()
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	delete(l.n.links, l)
}

func (l *link) Publish(m []byte) error {
	time.Sleep(20 * time.Millisecond) // there and back
	n := l.n
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-l.done:
		return errors.New("connection lost")
	default:
	}
	up, err := wire.ParseUp(m)
	if err != nil {
		n.t.Errorf("the agent sent what cannot be read: %v", err)
		return nil
	}
	switch up := up.(type) {
	case *wire.Hello:
		l.own = 0
		if up.Note != nil {
			c, _, err := checkpoint.Open(up.Note, n.verifier)
			if err != nil {
				n.t.Errorf("the agent showed a checkpoint that the log did not sign: %v", err)
			}
			l.own = c.Size
		}
	case *wire.Config:
		n.configs[profile.ConfigRoot(up.Leaves)] = true
	case *wire.Batch:
		n.take(l, up)
	}
	return nil
}

func (n *notary) take(l *link, m *wire.Batch) {
	h, err := batch.ParseHeader(m.Header)
	if err == nil {
		err = h.VerifySignature(gatewayKey.Public())
	}
	if err != nil {
		n.t.Errorf("the agent sent a bad header: %v", err)
		return
	}
	if !n.configs[h.Config] {
		n.t.Errorf("batch %s came before the configuration that it names", h.Name())
	}
	if m.Payload != nil {
		p, err := batch.ParsePayload(m.Payload)
		if err == nil {
			err = p.Verify(&h.Header)
		}
		if err != nil {
			n.t.Errorf("the agent sent a bad payload: %v", err)
		}
	}
	name := fmt.Sprintf("%x/%d", h.Boot, h.Seq)
	n.arrived = append(n.arrived, name)
	if n.refuse != nil {
		if r := n.refuse(h); r != nil {
			l.down(wire.EncodeDown(r))
			return
		}
	}
	if at, have := n.entries[name]; have {
		if n.headers[at].Digest() != h.Digest() {
			n.t.Errorf("equivocation: two batches are %s", name)
		}
	} else {
		n.entries[name] = uint64(len(n.leaves))
		n.leaves = append(n.leaves, merkle.Leaf(m.Header))
		n.headers = append(n.headers, h)
		n.payloads = append(n.payloads, m.Payload)
	}
	l.new = append(l.new, name)
}

// run gives receipts every second until ctx ends.
func (n *notary) run(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			n.mu.Lock()
			for l := range n.links {
				n.receipt(l)
			}
			n.mu.Unlock()
		}
	}
}

func (n *notary) receipt(l *link) {
	if len(l.new) == 0 || n.deaf {
		return
	}
	size := uint64(len(n.leaves))
	raw, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "log.example", Size: size, Root: merkle.Root(n.leaves)}, n.signer)
	if err != nil {
		n.t.Error(err)
		return
	}
	r := &wire.Receipt{Note: raw, From: l.own, Covered: n.covered, Block: &batch.Block{Number: size}}
	if l.own > 0 && l.own < size {
		r.Consistency = consistency(n.leaves, int(l.own), true)
	}
	for _, name := range l.new[:min(len(l.new), wire.MaxEntries)] {
		at := n.entries[name]
		h := n.headers[at]
		r.Entries = append(r.Entries, wire.Entry{Boot: h.Boot, Seq: h.Seq, Index: at, Path: merkle.Path(n.leaves, int(at))})
	}
	l.new = l.new[len(r.Entries):]
	l.own = size
	l.down(wire.EncodeDown(r))
}

// consistency is SUBPROOF of RFC 6962 §2.1.2.
func consistency(d []merkle.Hash, m int, whole bool) []merkle.Hash {
	if m == len(d) {
		if whole {
			return nil
		}
		return []merkle.Hash{merkle.Root(d)}
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	if m <= k {
		return append(consistency(d[:k], m, whole), merkle.Root(d[k:]))
	}
	return append(consistency(d[k:], m-k, false), merkle.Root(d[:k]))
}

// site is one agent's surroundings: its disk, its clock and its instruments.
type site struct {
	t        *testing.T
	dir      string
	clock    *clock.Fake
	notary   *notary
	line     *line.Line
	slaves   *device.Slaves
	cadence  time.Duration
	interval time.Duration
	journal  journal.Options
	mu       sync.Mutex
	value    uint16
	limit    *decimal.D
	device   string // id of the second device
	first    bool
}

// ours is the first reading's unit; theirs is the second's.
const (
	ours   = 3
	theirs = 4
)

func newSite(t *testing.T) *site {
	s := &site{t: t, dir: t.TempDir(), clock: clock.NewFake(time.Hour), notary: newNotary(t), line: line.New(line.Config{}), cadence: time.Second, interval: 10 * time.Second, device: "cold-2", first: true}
	s.slaves = device.New(1, func(_, _ byte, _, count uint16) ([]uint16, byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		v := make([]uint16, count)
		for i := range v {
			v[i] = s.value + uint16(i)
		}
		return v, 0
	}, ours, theirs)
	s.value = 200
	return s
}

func (s *site) setValue(v uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = v
}

func (s *site) points() []string {
	return []string{"cold-1/humidity", "cold-1/temperature", "cold-2/humidity", "cold-2/temperature"}
}

func (s *site) config() pipeline.Config {
	p := &profile.Profile{ID: "test/cold", Protocol: registers.ProtocolRTU, Title: profile.Text{EN: "cold", ZH: "冷"},
		Exchanges: []profile.Exchange{{Request: registers.AppendRequest(nil, modbus.Read{Function: 3, Address: 0, Count: 2}), Cadence: uint64(s.cadence.Microseconds())}},
		Points: []profile.Point{
			{Name: "temperature", Unit: "Cel", Decimals: 1, Scale: decimal.New(1, 1), Source: registers.Source{Offset: 0, Type: registers.S16}.Append(nil), NoValue: [][]byte{{0x80, 0}}},
			{Name: "humidity", Unit: "%RH", Decimals: 1, Scale: decimal.New(1, 1), Source: registers.Source{Offset: 1, Type: registers.U16}.Append(nil)},
		}}
	compiled, digest, err := p.Compile()
	if err != nil {
		s.t.Fatal(err)
	}
	device := func(id, unit string) profile.Device {
		d := profile.Device{ID: id, Bus: "a", Address: unit, Profile: digest, Path: record.PathSerial}
		if s.limit != nil {
			d.Limits = []profile.Limit{{Point: "temperature", High: s.limit}}
		}
		return d
	}
	o := s.journal
	o.Dir = filepath.Join(s.dir, "journal")
	c := pipeline.Config{
		Software: "test 1", Identity: seal.Identity{Gateway: gatewayID, Site: batch.ID{2}, Origin: "log.example"},
		Signer: gatewayKey, LogKey: s.notary.verifier, SealedBefore: !s.first,
		Configuration: profile.Config{Settings: profile.Settings{Site: "s", Gateway: "g"}, Devices: []profile.Device{device("cold-1", fmt.Sprint(ours)), device(s.device, fmt.Sprint(theirs))}},
		Profiles:      [][]byte{compiled},
		Buses:         []pipeline.Bus{{Config: bus.Config{Name: "a", Timeout: 100 * time.Millisecond, Quiet: 200 * time.Millisecond}, Dial: s.line.Open}},
		Interval:      s.interval,
		Journal:       o, Dial: s.notary.dial,
		Clock: s.clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
	s.first = false
	return c
}

// world runs instruments and notary for the length of f.
func (s *site) world(f func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.slaves.ServeLine(ctx, s.line.Slave()) })
	wg.Go(func() { s.notary.run(ctx) })
	f()
	cancel()
	wg.Wait()
}

// running runs an agent for the length of f and stops it cleanly.
func (s *site) running(f func(a *pipeline.Agent)) {
	s.t.Helper()
	if err := s.run(f); err != nil {
		s.t.Error(err)
	}
}

// run is running, and says how the agent ended.
func (s *site) run(f func(a *pipeline.Agent)) error {
	s.t.Helper()
	a, err := pipeline.New(s.config())
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	f(a)
	cancel()
	return <-ended
}

// crashing runs an agent for the length of f, then takes its journal as the disk
// of a machine that lost power: nothing after that moment is in it.
func (s *site) crashing(f func()) {
	s.t.Helper()
	s.running(func(*pipeline.Agent) {
		f()
		s.freeze()
	})
	s.thaw()
}

// ledger is what the notary knows of the gateway, by kind, in the order of boots
// and sequences.
type ledger struct {
	headers  []*batch.Signed
	readings map[string][]*record.Reading
	events   []*record.Event
	gaps     []*record.Gap
	missing  int // payloads
}

// ledger checks the chain of headers and collects the records.
func (n *notary) ledger() *ledger {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := &ledger{readings: map[string][]*record.Reading{}}
	next := map[[32]byte]uint64{}
	first := -1
	for i, h := range n.headers {
		if h.NoPrev != batch.PreviousKnown {
			if first >= 0 {
				n.t.Errorf("two batches name no predecessor: %s and %s", n.headers[first].Name(), h.Name())
			}
			first = i
			continue
		}
		if at, twice := next[h.Prev]; twice {
			n.t.Errorf("a fork: %s and %s grow from one header", n.headers[at].Name(), h.Name())
		}
		next[h.Prev] = uint64(i)
	}
	for at := first; at >= 0; {
		h := n.headers[at]
		l.headers = append(l.headers, h)
		if n.payloads[at] == nil {
			l.missing++
		} else if p, err := batch.ParsePayload(n.payloads[at]); err == nil {
			for _, r := range p.Records {
				switch r := r.(type) {
				case *record.Reading:
					l.readings[r.Point] = append(l.readings[r.Point], r)
				case *record.Event:
					l.events = append(l.events, r)
				case *record.Gap:
					l.gaps = append(l.gaps, r)
				}
			}
		}
		i, ok := next[h.Digest()]
		if !ok {
			break
		}
		at = int(i)
	}
	if len(l.headers) != len(n.headers) {
		n.t.Errorf("%d of %d batches are in one linked run", len(l.headers), len(n.headers))
	}
	return l
}

func (l *ledger) eventsOf(t record.EventType) (out []*record.Event) {
	for _, e := range l.events {
		if e.Type == t {
			out = append(out, e)
		}
	}
	return out
}

// covered holds each point's readings and gaps against the claim: between two
// readings more than a poll apart lies a chain of gaps, and no two gaps of a point
// overlap.
func (l *ledger) covered(t *testing.T, points []string, cadence time.Duration) {
	t.Helper()
	type span struct {
		from, to int64
		gap      *record.Gap
	}
	slack := cadence.Microseconds() * 3 / 2
	for _, p := range points {
		var all []span
		for _, r := range l.readings[p] {
			all = append(all, span{r.Time, r.Time, nil})
		}
		for _, g := range l.gaps {
			if g.Covers(p) && g.Lost == nil {
				all = append(all, span{g.From, g.To, g})
			}
		}
		slices.SortStableFunc(all, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
		for i := 1; i < len(all); i++ {
			a, b := all[i-1], all[i]
			if b.from-a.to > slack {
				t.Errorf("%s: nothing is said of the %v after %v", p, time.Duration(b.from-a.to)*time.Microsecond, time.UnixMicro(a.to).UTC())
			}
			if a.gap != nil && b.gap != nil && b.from < a.to {
				t.Errorf("%s: gaps overlap: %v–%v (%v) and %v–%v (%v)", p, time.UnixMicro(a.from).UTC(), time.UnixMicro(a.to).UTC(), a.gap.Cause, time.UnixMicro(b.from).UTC(), time.UnixMicro(b.to).UTC(), b.gap.Cause)
			}
			if a.gap != nil && b.gap == nil && b.from < a.to {
				t.Errorf("%s: a reading at %v lies in a gap %v–%v (%v)", p, time.UnixMicro(b.from).UTC(), time.UnixMicro(a.from).UTC(), time.UnixMicro(a.to).UTC(), a.gap.Cause)
			}
		}
		if len(all) == 0 {
			t.Errorf("%s: nothing at all", p)
		}
	}
}
