package lab

import (
	"sort"

	"fieldseal/evidence/batch"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/export"
)

// Ledger knows which checkpoints are anchored; it is an export.Anchors.
type Ledger struct {
	*export.Prover
	anchored []anchorer.Anchored // ascending by size
}

// Over is the anchored checkpoint with the smallest size above index.
func (l *Ledger) Over(index uint64) (export.Anchor, bool, error) {
	i := sort.Search(len(l.anchored), func(i int) bool { return l.anchored[i].Size > index })
	return l.at(i)
}

// Last is the newest anchored checkpoint.
func (l *Ledger) Last() (export.Anchor, bool, error) { return l.at(len(l.anchored) - 1) }

func (l *Ledger) at(i int) (export.Anchor, bool, error) {
	if i < 0 || i >= len(l.anchored) {
		return export.Anchor{}, false, nil
	}
	a := l.anchored[i]
	return export.Anchor{Size: a.Size, Root: a.Root, Number: a.Number, Time: a.Time}, true, nil
}

// Newest is the newest final block and the size that the newest anchor covers.
func (l *Ledger) Newest() (*batch.Block, uint64) {
	if len(l.anchored) == 0 {
		return nil, 0
	}
	a := l.anchored[len(l.anchored)-1]
	return &batch.Block{Number: a.Number, Hash: a.BlockHash}, a.Size
}
