package verify

import (
	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// sealed is a batch of the file and what was found of it.
type sealed struct {
	h      *batch.Signed // nil: not readable
	digest [32]byte
	logged bool // its own place in the log was shown
	signed bool // by the enrolled key
	index  uint64

	prev int   // position of the predecessor; -1: not in the file
	next []int // positions of successors

	leaves   map[uint32]*batch.Leaf // disclosed and standing in the batch
	used     map[uint32]bool        // leaves that the claim needs
	contents *record.Contents       // leaf 0, if disclosed

	lower *bound // L: the newest proven block that it or an ancestor names
	upper *bound // U: the earliest anchor over a logged header that chains to it
	// first is the smallest log index of a header that chains to it.
	first  uint64
	placed bool // first is known
}

// bound is a moment that a chain vouches for.
type bound struct {
	micros int64
	block  uint64
}

// before reports that the batch is shown to be older than a log entry.
func (b *sealed) before(index uint64) bool { return b.placed && b.first < index }

func (v *verifier) parseBatches() {
	v.batches = make([]*sealed, len(v.f.Batches))
	for i := range v.f.Batches {
		b := &sealed{prev: -1, leaves: map[uint32]*batch.Leaf{}, used: map[uint32]bool{}}
		v.batches[i] = b
		h, err := batch.ParseHeader(v.f.Batches[i].Header)
		if err != nil {
			v.fail("file", Uncheckable, say("header %d: %v", "批次头 %d：%v", i+1, err), remedyExport)
			continue
		}
		b.h, b.digest = h, h.Digest()
		if l := v.f.Batches[i].Log; l != nil {
			b.index = l.Index
		}
	}
}

// openRecords holds every disclosed record against its header and, where the
// contents record is disclosed, against that.
func (v *verifier) openRecords() {
	n := 0
	for i, b := range v.batches {
		if b.h == nil || !b.signed {
			continue
		}
		for _, r := range v.f.Batches[i].Records {
			if r.Leaf >= b.h.Count {
				v.fail("record", Uncheckable, say("leaf %d of %s, which has %d", "批次 %[2]s 只有 %[3]d 条记录，没有第 %[1]d 条", r.Leaf, b.h.Name(), b.h.Count), remedyExport)
				continue
			}
			// The hash before the parse, as for headers.
			if err := merkle.VerifyPath(merkle.Leaf(r.Raw), uint64(r.Leaf), uint64(b.h.Count), v.f.Hashes(r.Path), b.h.Root); err != nil {
				v.fail("record", Altered, say("leaf %d of %s does not hash to the root that the gateway sealed", "批次 %[2]s 第 %[1]d 条记录与网关封签的根哈希不符", r.Leaf, b.h.Name()))
				continue
			}
			l, err := batch.ParseLeaf(r.Raw)
			if err == nil {
				if x, ok := l.Body.(*record.Reading); ok {
					err = batch.CheckReading(&b.h.Header, r.Leaf, x)
				}
			}
			if err == nil && (r.Leaf == 0) != (l.Kind == record.KindContents) {
				err = batch.ErrAltered
			}
			if err != nil {
				v.fail("record", Uncheckable, say("leaf %d of %s: %v", "批次 %[2]s 第 %[1]d 条：%[3]v", r.Leaf, b.h.Name(), err))
				continue
			}
			b.leaves[r.Leaf] = l
			n++
		}
		v.openContents(b)
	}
	if n > 0 {
		v.pass("record", say("%d records hash to their sealed roots", "%d 条记录与封签的根哈希相符", n))
	}
}

func (v *verifier) openContents(b *sealed) {
	l := b.leaves[0]
	if l == nil {
		return
	}
	c := l.Body.(*record.Contents)
	if c.Total() != b.h.Count {
		v.fail("record", Altered, say("the contents record of %s speaks of %d records, its header of %d", "批次 %s 的目录记录称有 %d 条，批次头称有 %d 条", b.h.Name(), c.Total(), b.h.Count))
		return
	}
	for leaf, x := range b.leaves {
		kind, point, err := c.KindAt(leaf)
		r, isReading := x.Body.(*record.Reading)
		if err != nil || kind != x.Kind || isReading && r.Point != point {
			v.fail("record", Altered, say("leaf %d of %s is not what its contents record says", "批次 %[2]s 第 %[1]d 条与目录记录不符", leaf, b.h.Name()))
			return
		}
	}
	b.contents = c
}

// link joins headers by the digest that each names of its predecessor, and finds
// the bounds that flow along the links.
func (v *verifier) link() {
	at := map[[32]byte]int{}
	for i, b := range v.batches {
		if b.h == nil {
			continue
		}
		if _, twice := at[b.digest]; twice {
			v.unused("batch", i)
		}
		if b.h.NoPrev == batch.PreviousKnown {
			if p, ok := at[b.h.Prev]; ok {
				b.prev = p
				v.batches[p].next = append(v.batches[p].next, i)
			}
		}
		at[b.digest] = i
	}
	// Predecessors stand before successors (a successor first is an unlinked
	// header, and falls to the check of connection), so one pass each way is enough.
	for i := len(v.batches) - 1; i >= 0; i-- {
		b := v.batches[i]
		take := func(first uint64, upper *bound) {
			if !b.placed || first < b.first {
				b.first = first
			}
			b.placed = true
			if upper != nil && (b.upper == nil || upper.micros < b.upper.micros) {
				b.upper = upper
			}
		}
		if b.logged && b.signed {
			take(b.index, boundOf(v.anchoredAt(b.index)))
		}
		for _, n := range b.next {
			if s := v.batches[n]; s.placed && s.signed {
				take(s.first, s.upper)
			}
		}
	}
}

func boundOf(a *anchor.Result) *bound {
	if a == nil {
		return nil
	}
	return &bound{int64(a.Time) * 1_000_000, a.Number}
}
