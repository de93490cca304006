package log

import (
	"fmt"
	"math/bits"
	"sync"

	"fieldseal/evidence/merkle"
	"fieldseal/notary/store"
)

// Tiles of C2SP tlog-tiles.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// cachedTiles is the number of full tiles kept, 16 kB each.
	cachedTiles = 512
)

// tile holds the hashes of a tile and every complete subtree above them:
// nodes[0] are the tile's own hashes, nodes[8] its root once it is full. The
// slices only ever grow, so a reader's copy of a slice header stays true.
type tile struct{ nodes [tileHeight + 1][]merkle.Hash }

func (t *tile) add(h merkle.Hash) {
	t.nodes[0] = append(t.nodes[0], h)
	for r := 0; len(t.nodes[r])%2 == 0 && r < tileHeight; r++ {
		n := t.nodes[r]
		t.nodes[r+1] = append(t.nodes[r+1], merkle.Node(n[len(n)-2], n[len(n)-1]))
	}
}

func (t *tile) full() bool { return len(t.nodes[0]) == tileWidth }

// bytes is the form in which a tile is stored and published.
func (t *tile) bytes() []byte {
	b := make([]byte, 0, len(t.nodes[0])*len(merkle.Hash{}))
	for i := range t.nodes[0] {
		b = append(b, t.nodes[0][i][:]...)
	}
	return b
}

func readTile(b []byte) (*tile, error) {
	n := len(b) / len(merkle.Hash{})
	if len(b)%len(merkle.Hash{}) != 0 || n == 0 || n > tileWidth {
		return nil, fmt.Errorf("tile of %d bytes", len(b))
	}
	t := &tile{}
	for ; len(b) > 0; b = b[len(merkle.Hash{}):] {
		t.add(merkle.Hash(b[:len(merkle.Hash{})]))
	}
	return t, nil
}

type tileID struct {
	level uint8
	index uint64
}

// tree knows the right edge of the log's tree and reads the rest as it is needed.
// One goroutine adds; any number may ask about sizes that were reached before.
type tree struct {
	load func(level uint8, index uint64) ([]byte, error)

	mu    sync.RWMutex
	size  uint64
	edge  []*tile // the last tile of each level, full or not; nil where a level has just been filled
	cache map[tileID]*tile
	order []tileID // of the cache, oldest first
	dirty map[tileID]*tile
}

func newTree(load func(uint8, uint64) ([]byte, error)) *tree {
	return &tree{load: load, cache: map[tileID]*tile{}, dirty: map[tileID]*tile{}}
}

// add appends a leaf hash.
func (t *tree) add(h merkle.Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.size
	t.size++
	for level := 0; ; level++ {
		if level == len(t.edge) {
			t.edge = append(t.edge, &tile{})
		}
		e := t.edge[level]
		id := tileID{uint8(level), at / tileWidth}
		e.add(h)
		t.dirty[id] = e
		if !e.full() {
			return
		}
		t.keep(id, e)
		t.edge[level] = &tile{}
		h, at = e.nodes[tileHeight][0], at/tileWidth
	}
}

func (t *tree) keep(id tileID, e *tile) {
	if _, have := t.cache[id]; have {
		return
	}
	if len(t.order) == cachedTiles {
		delete(t.cache, t.order[0])
		t.order = t.order[1:]
	}
	t.cache[id] = e
	t.order = append(t.order, id)
}

// takeDirty gives the tiles that changed since it was last called.
func (t *tree) takeDirty() []store.Tile {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]store.Tile, 0, len(t.dirty))
	for id, e := range t.dirty {
		out = append(out, store.Tile{Level: id.level, Index: id.index, Hashes: e.bytes()})
	}
	clear(t.dirty)
	return out
}

// node is the hash of the complete subtree of 2^height leaves at place index.
func (t *tree) node(height int, index uint64) (merkle.Hash, error) {
	level, r := height/tileHeight, height%tileHeight
	id := tileID{uint8(level), index >> (tileHeight - r)}
	at := index - id.index<<(tileHeight-r)
	t.mu.RLock()
	e := t.cache[id]
	if e == nil && level < len(t.edge) && id.index == t.size>>(tileHeight*(level+1)) {
		e = t.edge[level]
	}
	var row []merkle.Hash
	if e != nil {
		row = e.nodes[r]
	}
	t.mu.RUnlock()
	if e == nil {
		b, err := t.load(id.level, id.index)
		if err != nil {
			return merkle.Hash{}, err
		}
		if e, err = readTile(b); err != nil {
			return merkle.Hash{}, fmt.Errorf("tile %d/%d: %w", id.level, id.index, err)
		}
		row = e.nodes[r]
		if e.full() {
			t.mu.Lock()
			t.keep(id, e)
			t.mu.Unlock()
		}
	}
	if at >= uint64(len(row)) {
		return merkle.Hash{}, fmt.Errorf("node %d/%d is beyond the log", height, index)
	}
	return row[at], nil
}

// split is the largest power of two below n, for n > 1.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// root is MTH of the leaves lo ≤ i < hi (RFC 6962 §2.1); lo is a multiple of the
// smallest power of two that is not below hi - lo, as in every recursion from 0.
func (t *tree) root(lo, hi uint64) (merkle.Hash, error) {
	n := hi - lo
	if n == 0 {
		return merkle.Empty(), nil
	}
	if n&(n-1) == 0 {
		height := bits.TrailingZeros64(n)
		return t.node(height, lo>>height)
	}
	k := split(n)
	left, err := t.root(lo, lo+k)
	if err != nil {
		return merkle.Hash{}, err
	}
	right, err := t.root(lo+k, hi)
	return merkle.Node(left, right), err
}

// path is PATH(m, D[lo:hi]) of RFC 6962 §2.1.1, m counted from the log's beginning.
func (t *tree) path(m, lo, hi uint64) ([]merkle.Hash, error) {
	if hi-lo <= 1 {
		return nil, nil
	}
	k := lo + split(hi-lo)
	in, out := [2]uint64{lo, k}, [2]uint64{k, hi}
	if m >= k {
		in, out = out, in
	}
	p, err := t.path(m, in[0], in[1])
	if err != nil {
		return nil, err
	}
	h, err := t.root(out[0], out[1])
	return append(p, h), err
}

// consistency is SUBPROOF(m, D[lo:hi], whole) of RFC 6962 §2.1.2, m counted from
// the log's beginning.
func (t *tree) consistency(m, lo, hi uint64, whole bool) ([]merkle.Hash, error) {
	if m == hi {
		if whole {
			return nil, nil
		}
		h, err := t.root(lo, hi)
		return []merkle.Hash{h}, err
	}
	k := lo + split(hi-lo)
	if m <= k {
		p, err := t.consistency(m, lo, k, whole)
		if err != nil {
			return nil, err
		}
		h, err := t.root(k, hi)
		return append(p, h), err
	}
	p, err := t.consistency(m, k, hi, false)
	if err != nil {
		return nil, err
	}
	h, err := t.root(lo, k)
	return append(p, h), err
}
