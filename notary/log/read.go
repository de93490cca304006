package log

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/store"
)

// Entry is the signed header or statement at an index.
func (l *Log) Entry(index uint64) ([]byte, error) { return l.opt.Store.Entry(index) }

// Payload is the payload of a batch or the salted body of a statement, or
// store.ErrNotFound if the entry has none.
func (l *Log) Payload(index uint64) ([]byte, error) { return l.opt.Store.Payload(index) }

// Tile is a hash tile as C2SP tlog-tiles publishes it. width is 1 to 256; what
// the newest checkpoint does not cover is store.ErrNotFound.
func (l *Log) Tile(level uint8, index uint64, width int) ([]byte, error) {
	n := uint64(0)
	if int(level)*tileHeight < 64 {
		n = l.Head().Size >> (int(level) * tileHeight)
	}
	if width < 1 || width > tileWidth || index > n/tileWidth || index*tileWidth+uint64(width) > n {
		return nil, fmt.Errorf("tile %d/%d of %d: %w", level, index, width, store.ErrNotFound)
	}
	b, err := l.opt.Store.Tile(level, index)
	if err != nil {
		return nil, err
	}
	if len(b) < 32*width {
		return nil, fmt.Errorf("%w: tile %d/%d has %d bytes", ErrDamaged, level, index, len(b))
	}
	return b[:32*width], nil
}

// Bundle is an entry bundle of C2SP tlog-tiles: width entries from 256 × index,
// each with its length in two bytes before it.
func (l *Log) Bundle(index uint64, width int) ([]byte, error) {
	size := l.Head().Size
	if width < 1 || width > tileWidth || index > size/tileWidth || index*tileWidth+uint64(width) > size {
		return nil, fmt.Errorf("entry bundle %d of %d: %w", index, width, store.ErrNotFound)
	}
	var b []byte
	n := 0
	for e, err := range l.opt.Store.Entries(index*tileWidth, index*tileWidth+uint64(width)) {
		if err != nil {
			return nil, err
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(e.Data))), e.Data...)
		n++
	}
	if n != width {
		return nil, fmt.Errorf("%w: entry bundle %d has %d of %d entries", ErrDamaged, index, n, width)
	}
	return b, nil
}

// Place finds a batch by its identity, or store.ErrNotFound.
func (l *Log) Place(g batch.ID, boot record.BootID, seq uint64) (index uint64, digest [32]byte, err error) {
	b, err := l.opt.Store.Row(store.TableIdentity, identityKey(g, boot, seq))
	if err != nil {
		return 0, digest, err
	}
	p, err := readPlace(b)
	return p.index, p.digest, err
}

// ByDigest finds a batch of a gateway by the digest of its header, or store.ErrNotFound.
func (l *Log) ByDigest(g batch.ID, digest [32]byte) (index uint64, err error) {
	b, err := l.opt.Store.Row(store.TableDigest, digestKey(g, digest))
	if err != nil {
		return 0, err
	}
	p, err := readPlace(b)
	return p.index, err
}

// DigestsFrom finds batches of a gateway whose header's digest begins with some
// bytes, at most so many.
func (l *Log) DigestsFrom(g batch.ID, prefix []byte, most int) (out []uint64, err error) {
	r := store.Prefix(append(append(make([]byte, 0, 48), g[:]...), prefix...))
	r.Limit = most
	for kv, err := range l.opt.Store.Rows(store.TableDigest, r) {
		if err != nil {
			return nil, err
		}
		p, err := readPlace(kv.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, p.index)
	}
	return out, nil
}

// Span is a batch's place in the log and in time.
type Span struct {
	Index       uint64
	First, Last int64 // Unix µs
}

// Batches gives the batches of a gateway that were open at any time from ≤ t <
// to (Unix µs), by the time they closed.
func (l *Log) Batches(g batch.ID, from, to int64) iter.Seq2[Span, error] {
	return func(yield func(Span, error) bool) {
		status, _ := l.Gateway(g)
		r := store.Prefix(g[:])
		r.From = timeKey(g, max(from, 0), 0)
		for kv, err := range l.opt.Store.Rows(store.TableTime, r) {
			if err == nil && (len(kv.Key) != 32 || len(kv.Value) != 8) {
				err = fmt.Errorf("%w: time row of %d and %d bytes", ErrDamaged, len(kv.Key), len(kv.Value))
			}
			if err != nil {
				yield(Span{}, err)
				return
			}
			s := Span{
				Last:  int64(binary.BigEndian.Uint64(kv.Key[16:])),
				Index: binary.BigEndian.Uint64(kv.Key[24:]),
				First: int64(binary.BigEndian.Uint64(kv.Value)),
			}
			if s.Last-int64(status.Longest) >= to {
				return // no batch that closed later can have opened before
			}
			if s.First < to && !yield(s, nil) {
				return
			}
		}
	}
}

// Gateway is where a gateway's batches stand; false if none was ever logged.
func (l *Log) Gateway(g batch.ID) (Gateway, bool) {
	l.index.mu.RLock()
	defer l.index.mu.RUnlock()
	if s := l.index.gateways[g]; s != nil {
		return *s, true
	}
	return Gateway{}, false
}

// Gateways lists every gateway that has a batch in the log, by id.
func (l *Log) Gateways() []Gateway {
	l.index.mu.RLock()
	out := make([]Gateway, 0, len(l.index.gateways))
	for _, g := range l.index.gateways {
		out = append(out, *g)
	}
	l.index.mu.RUnlock()
	slices.SortFunc(out, func(a, b Gateway) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return out
}

// SiteGateways lists the gateways that ever sealed for a site, by id.
func (l *Log) SiteGateways(site batch.ID) ([]batch.ID, error) {
	var out []batch.ID
	for kv, err := range l.opt.Store.Rows(store.TableSite, store.Prefix(site[:])) {
		if err == nil && len(kv.Key) != 32 {
			err = fmt.Errorf("%w: site row of %d bytes", ErrDamaged, len(kv.Key))
		}
		if err != nil {
			return nil, fmt.Errorf("gateways of site %s: %w", site, err)
		}
		out = append(out, batch.ID(kv.Key[16:]))
	}
	return out, nil
}

// Statements gives the indices of all statements of a type, newest first.
func (l *Log) Statements(t statement.Type) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		r := store.Prefix([]byte{byte(t)})
		r.Reverse = true
		for kv, err := range l.opt.Store.Rows(store.TableStatement, r) {
			if err == nil && len(kv.Key) != 9 {
				err = fmt.Errorf("%w: statement row of %d bytes", ErrDamaged, len(kv.Key))
			}
			if err != nil {
				yield(0, err)
				return
			}
			if !yield(binary.BigEndian.Uint64(kv.Key[1:]), nil) {
				return
			}
		}
	}
}

// Statement opens the statement at an index. Its signature was checked by who
// appended it and is not checked again.
func (l *Log) Statement(index uint64) (*statement.Signed, statement.Body, error) {
	raw, err := l.Entry(index)
	if err != nil {
		return nil, nil, err
	}
	salted, err := l.Payload(index)
	if err != nil {
		return nil, nil, err
	}
	s, err := statement.Parse(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: log entry %d: %w", ErrDamaged, index, err)
	}
	b, err := s.Open(salted)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: log entry %d: %w", ErrDamaged, index, err)
	}
	return s, b, nil
}
