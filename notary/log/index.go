package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/store"
)

// index keeps the identities of batches apart and knows where each gateway
// stands. The committer alone stages; the maps are what is in the store.
type index struct {
	store store.Store

	mu       sync.RWMutex
	gateways map[batch.ID]*Gateway
	findings map[batch.ID]int // kept so far, to bound them
	total    int
}

func newIndex(s store.Store) *index {
	return &index{store: s, gateways: map[batch.ID]*Gateway{}, findings: map[batch.ID]int{}}
}

// Gateway is where a gateway's batches stand. It is stored with every group.
type Gateway struct {
	ID         batch.ID
	Site       batch.ID // of its newest batch
	Batches    uint64
	LastIndex  uint64 // of the batch admitted last
	LastBoot   record.BootID
	LastSeq    uint64
	Last       int64  // newest closing time of any batch, Unix µs
	Longest    uint64 // µs that the longest batch was open
	Seen       int64  // when a batch was last admitted, Unix µs
	Checkpoint batch.Checkpoint
}

const gatewayValue = 16 + 8 + 8 + 16 + 8 + 8 + 8 + 8 + 8 + 32

func (g *Gateway) value() []byte {
	b := append(make([]byte, 0, gatewayValue), g.Site[:]...)
	b = binary.BigEndian.AppendUint64(b, g.Batches)
	b = binary.BigEndian.AppendUint64(b, g.LastIndex)
	b = append(b, g.LastBoot[:]...)
	for _, v := range [...]uint64{g.LastSeq, uint64(g.Last), g.Longest, uint64(g.Seen), g.Checkpoint.Size} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return append(b, g.Checkpoint.Root[:]...)
}

func readGateway(key, b []byte) (*Gateway, error) {
	if len(key) != 16 || len(b) != gatewayValue {
		return nil, fmt.Errorf("%w: gateway row of %d and %d bytes", ErrDamaged, len(key), len(b))
	}
	u := binary.BigEndian.Uint64
	return &Gateway{
		ID: batch.ID(key), Site: batch.ID(b[:16]), Batches: u(b[16:]), LastIndex: u(b[24:]), LastBoot: record.BootID(b[32:48]),
		LastSeq: u(b[48:]), Last: int64(u(b[56:])), Longest: u(b[64:]), Seen: int64(u(b[72:])),
		Checkpoint: batch.Checkpoint{Size: u(b[80:]), Root: [32]byte(b[88:])},
	}, nil
}

// load reads what is kept in memory.
func (x *index) load() error {
	for kv, err := range x.store.Rows(store.TableGateway, store.Range{}) {
		if err != nil {
			return err
		}
		g, err := readGateway(kv.Key, kv.Value)
		if err != nil {
			return err
		}
		x.gateways[g.ID] = g
	}
	for kv, err := range x.store.Rows(store.TableFinding, store.Range{}) {
		if err != nil {
			return err
		}
		if len(kv.Key) < 16 {
			return fmt.Errorf("%w: finding key of %d bytes", ErrDamaged, len(kv.Key))
		}
		x.findings[batch.ID(kv.Key[:16])]++
		x.total++
	}
	return nil
}

// place is where a batch stands: its index and digest.
type place struct {
	index  uint64
	digest [32]byte
}

func (p place) value() []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 40), p.index), p.digest[:]...)
}

func readPlace(b []byte) (place, error) {
	if len(b) != 40 {
		return place{}, fmt.Errorf("%w: place of %d bytes", ErrDamaged, len(b))
	}
	return place{binary.BigEndian.Uint64(b), [32]byte(b[8:])}, nil
}

func identityKey(g batch.ID, boot record.BootID, seq uint64) []byte {
	b := append(append(make([]byte, 0, 40), g[:]...), boot[:]...)
	return binary.BigEndian.AppendUint64(b, seq)
}

func digestKey(g batch.ID, d [32]byte) []byte {
	return append(append(make([]byte, 0, 48), g[:]...), d[:]...)
}

func timeKey(g batch.ID, last int64, index uint64) []byte {
	b := append(make([]byte, 0, 32), g[:]...)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, uint64(last)), index)
}

// stage is what one group adds to the index.
type stage struct {
	x         *index
	now       int64
	puts      []store.Put
	places    map[string]place // of this group, by table and key
	payloads  map[uint64]bool  // that this group stores
	gateways  map[batch.ID]*Gateway
	findings  []*Finding
	withdrawn []batch.ID               // a stored finding of each goes
	headers   map[uint64]*batch.Header // of this group
}

func (x *index) stage(now int64) *stage {
	return &stage{x: x, now: now, places: map[string]place{}, payloads: map[uint64]bool{}, gateways: map[batch.ID]*Gateway{}, headers: map[uint64]*batch.Header{}}
}

// header is the batch header at an index, of this group or stored before.
func (s *stage) header(index uint64) (*batch.Header, error) {
	if h := s.headers[index]; h != nil {
		return h, nil
	}
	raw, err := s.x.store.Entry(index)
	if err != nil {
		return nil, err
	}
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: log entry %d: %w", ErrDamaged, index, err)
	}
	return &h.Header, nil
}

// verdict tells what becomes of a pending entry.
type verdict struct {
	index   uint64
	added   bool // it is a new entry
	payload bool // its payload is to be stored
}

func (s *stage) find(t store.Table, key []byte) (place, bool, error) {
	if p, ok := s.places[string(byte(t))+string(key)]; ok {
		return p, true, nil
	}
	b, err := s.x.store.Row(t, key)
	if errors.Is(err, store.ErrNotFound) {
		return place{}, false, nil
	}
	if err != nil {
		return place{}, false, err
	}
	p, err := readPlace(b)
	return p, true, err
}

func (s *stage) put(t store.Table, key []byte, p place) {
	s.places[string(byte(t))+string(key)] = p
	s.puts = append(s.puts, store.Put{Table: t, Key: key, Value: p.value()})
}

// admit decides about an entry that would stand at index at.
func (s *stage) admit(p *pending, at uint64) (verdict, error) {
	if p.statement != nil {
		return s.admitStatement(p, at)
	}
	h := &p.batch.Header
	id := identityKey(h.Gateway, h.Boot, h.Seq)
	have, known, err := s.find(store.TableIdentity, id)
	switch {
	case err != nil:
		return verdict{}, err
	case known && have.digest == p.digest:
		again := false
		if p.payload != nil && !s.payloads[have.index] {
			switch _, err := s.x.store.Payload(have.index); {
			case errors.Is(err, store.ErrNotFound):
				again, s.payloads[have.index] = true, true
			case err != nil:
				return verdict{}, err
			}
		}
		return verdict{index: have.index, payload: again}, nil
	case known:
		s.report(&Finding{Kind: FindingEquivocation, Gateway: h.Gateway, Boot: h.Boot, Seq: h.Seq, Index: have.index, Digest: p.digest, Header: p.raw})
		return verdict{index: have.index}, equivocation(h, have.index)
	}
	here := place{at, p.digest}
	if err := s.follow(h, here); err != nil {
		return verdict{}, err
	}
	s.put(store.TableIdentity, id, here)
	s.put(store.TableDigest, digestKey(h.Gateway, p.digest), here)
	s.puts = append(s.puts, store.Put{
		Table: store.TableTime, Key: timeKey(h.Gateway, h.Last, at), Value: binary.BigEndian.AppendUint64(nil, uint64(h.First)),
	})
	s.headers[at] = h
	s.count(h, at)
	if p.payload != nil {
		s.payloads[at] = true
	}
	return verdict{index: at, added: true, payload: p.payload != nil}, nil
}

func (s *stage) admitStatement(p *pending, at uint64) (verdict, error) {
	key := digestKey(batch.ID{}, p.digest) // no gateway has the zero id
	have, known, err := s.find(store.TableDigest, key)
	if err != nil || known {
		return verdict{index: have.index}, err
	}
	s.put(store.TableDigest, key, place{at, p.digest})
	s.puts = append(s.puts, store.Put{Table: store.TableStatement, Key: statementKey(p.statement.Type, at), Value: []byte{}})
	return verdict{index: at, added: true, payload: true}, nil
}

// count moves the gateway's status.
func (s *stage) count(h *batch.Header, at uint64) {
	g := s.gateways[h.Gateway]
	if g == nil {
		g = &Gateway{ID: h.Gateway}
		if old := s.x.gateways[h.Gateway]; old != nil {
			*g = *old
		}
		s.gateways[h.Gateway] = g
	}
	if g.Site != h.Site || g.Batches == 0 {
		s.puts = append(s.puts, store.Put{Table: store.TableSite, Key: append(h.Site[:len(h.Site):len(h.Site)], h.Gateway[:]...), Value: []byte{}})
	}
	g.Site, g.LastIndex, g.LastBoot, g.LastSeq, g.Seen = h.Site, at, h.Boot, h.Seq, s.now
	g.Batches++
	g.Last, g.Longest = max(g.Last, h.Last), max(g.Longest, uint64(h.Last-h.First))
	if c := h.Checkpoint; c != nil && c.Size > g.Checkpoint.Size {
		g.Checkpoint = *c
	}
}

// rows is all that the group adds to the tables.
func (s *stage) rows() []store.Put {
	for id, g := range s.gateways {
		s.puts = append(s.puts, store.Put{Table: store.TableGateway, Key: id[:], Value: g.value()})
	}
	return s.puts
}

// apply makes what was written the present state.
func (s *stage) apply(log *slog.Logger) {
	s.x.mu.Lock()
	for id, g := range s.gateways {
		s.x.gateways[id] = g
	}
	for _, f := range s.findings {
		if f.kept {
			s.x.findings[f.Gateway]++
			s.x.total++
		}
	}
	for _, g := range s.withdrawn {
		s.x.findings[g]--
		s.x.total--
	}
	s.x.mu.Unlock()
	for _, f := range s.findings {
		log.Warn("finding", "kind", f.Kind, "gateway", f.Gateway, "boot", fmt.Sprintf("%x", f.Boot), "seq", f.Seq, "index", f.Index, "kept", f.kept)
	}
}
