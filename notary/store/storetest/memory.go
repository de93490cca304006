package storetest

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"

	"fieldseal/notary/store"
)

// Disk is what a [Memory] writes to: opening it again gives back what was
// committed, as after a crash.
type Disk struct {
	mu      sync.Mutex
	entries [][]byte
	rows    map[string][]byte // one map for payloads, tiles and rows, by a prefix
	head    *store.Checkpoint
}

// NewDisk is an empty disk.
func NewDisk() *Disk { return &Disk{rows: map[string][]byte{}} }

// Open opens the disk as a store.
func (d *Disk) Open() *Memory { return &Memory{d} }

// Copy is the disk as it is now, as a kill at this moment leaves it.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{entries: slices.Clone(d.entries), rows: maps.Clone(d.rows), head: d.head}
}

// Memory is a store in memory.
type Memory struct{ d *Disk }

func payloadKey(i uint64) string            { return fmt.Sprintf("p%020d", i) }
func tileKey(l uint8, i uint64) string      { return fmt.Sprintf("t%03d/%020d", l, i) }
func rowKey(t store.Table, k []byte) string { return "r" + string([]byte{byte(t)}) + string(k) }

// Commit implements store.Store.
func (m *Memory) Commit(g *store.Group) error {
	d := m.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(g.Entries) > 0 && g.First != uint64(len(d.entries)) {
		return fmt.Errorf("%w: entries begin at %d, the log ends at %d", store.ErrConflict, g.First, len(d.entries))
	}
	if g.Checkpoint != nil {
		var have uint64
		if d.head != nil {
			have = d.head.Size
		}
		if have != g.From {
			return fmt.Errorf("%w: checkpoint follows %d, the newest is of %d", store.ErrConflict, g.From, have)
		}
		d.head = &store.Checkpoint{Size: g.Checkpoint.Size, Note: bytes.Clone(g.Checkpoint.Note)}
	}
	for _, e := range g.Entries {
		d.entries = append(d.entries, bytes.Clone(e))
	}
	for _, p := range g.Payloads {
		d.rows[payloadKey(p.Index)] = bytes.Clone(p.Data)
	}
	for _, t := range g.Tiles {
		d.rows[tileKey(t.Level, t.Index)] = bytes.Clone(t.Hashes)
	}
	for _, r := range g.Rows {
		if r.Value == nil {
			delete(d.rows, rowKey(r.Table, r.Key))
		} else {
			d.rows[rowKey(r.Table, r.Key)] = append([]byte{}, r.Value...)
		}
	}
	return nil
}

// Head implements store.Store.
func (m *Memory) Head() (store.Head, error) {
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	h := store.Head{Size: uint64(len(m.d.entries))}
	if c := m.d.head; c != nil {
		h.Checkpoint = &store.Checkpoint{Size: c.Size, Note: bytes.Clone(c.Note)}
	}
	return h, nil
}

// Entries implements store.Store.
func (m *Memory) Entries(from, to uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		m.d.mu.Lock()
		all := m.d.entries[:len(m.d.entries):len(m.d.entries)]
		m.d.mu.Unlock()
		for i := from; i < min(to, uint64(len(all))); i++ {
			if !yield(store.Entry{Index: i, Data: bytes.Clone(all[i])}, nil) {
				return
			}
		}
	}
}

// Entry implements store.Store.
func (m *Memory) Entry(i uint64) ([]byte, error) {
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	if i >= uint64(len(m.d.entries)) {
		return nil, fmt.Errorf("entry %d: %w", i, store.ErrNotFound)
	}
	return bytes.Clone(m.d.entries[i]), nil
}

func (m *Memory) get(key string) ([]byte, error) {
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	v, ok := m.d.rows[key]
	if !ok {
		return nil, fmt.Errorf("%q: %w", key, store.ErrNotFound)
	}
	return append([]byte{}, v...), nil
}

// Payload implements store.Store.
func (m *Memory) Payload(i uint64) ([]byte, error) { return m.get(payloadKey(i)) }

// Payloads implements store.Store.
func (m *Memory) Payloads(from, to uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		m.d.mu.Lock()
		size := uint64(len(m.d.entries))
		m.d.mu.Unlock()
		for i := from; i < min(to, size); i++ {
			if p, err := m.Payload(i); err == nil && !yield(store.Entry{Index: i, Data: p}, nil) {
				return
			}
		}
	}
}

// Tile implements store.Store.
func (m *Memory) Tile(level uint8, i uint64) ([]byte, error) { return m.get(tileKey(level, i)) }

// Row implements store.Store.
func (m *Memory) Row(t store.Table, key []byte) ([]byte, error) { return m.get(rowKey(t, key)) }

// Rows implements store.Store.
func (m *Memory) Rows(t store.Table, r store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		m.d.mu.Lock()
		var out []store.KV
		prefix := rowKey(t, nil)
		for k, v := range m.d.rows {
			key, ok := strings.CutPrefix(k, prefix)
			if ok && key >= string(r.From) && (r.To == nil || key < string(r.To)) {
				out = append(out, store.KV{Key: []byte(key), Value: append([]byte{}, v...)})
			}
		}
		m.d.mu.Unlock()
		sort.Slice(out, func(i, j int) bool { return bytes.Compare(out[i].Key, out[j].Key) < 0 })
		if r.Reverse {
			slices.Reverse(out)
		}
		for i, kv := range out {
			if r.Limit > 0 && i == r.Limit || !yield(kv, nil) {
				return
			}
		}
	}
}

// Close implements store.Store.
func (m *Memory) Close() error { return nil }

// FlipEntry changes one bit of a stored entry, as a failing disk would.
func (d *Disk) FlipEntry(index uint64, at int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[index][at] ^= 1
}

// FlipTile changes one bit of a stored tile.
func (d *Disk) FlipTile(level uint8, index uint64, at int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[tileKey(level, index)][at] ^= 1
}

// Clone copies the disk: a backup.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDisk()
	for _, e := range d.entries {
		c.entries = append(c.entries, bytes.Clone(e))
	}
	for k, v := range d.rows {
		c.rows[k] = append([]byte{}, v...)
	}
	if d.head != nil {
		c.head = &store.Checkpoint{Size: d.head.Size, Note: bytes.Clone(d.head.Note)}
	}
	return c
}
