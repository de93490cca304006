package export

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/chain"
	"fieldseal/notary/store"
)

// Rows is what a ledger needs of a store.
type Rows interface {
	Commit(*store.Group) error
	Rows(t store.Table, r store.Range) iter.Seq2[store.KV, error]
}

// Ledger keeps which checkpoints are anchored in final blocks, and proves them on
// the chain. It is the anchorer's Report, the intake's Anchors and an exporter's
// [Anchors] in one. It is safe for concurrent use.
type Ledger struct {
	Rows     Rows
	Chain    *chain.Chain
	Contract *chain.Anchors
	Origin   string
	Key      note.Signer   // signs block notes of the embedded chain
	Trusted  note.Verifier // of Key
	Log      *slog.Logger

	newest  atomic.Pointer[batch.Block]
	covered atomic.Uint64
}

// pollFinal is how often the newest final block of a chain that others run is
// asked for; on the embedded chain it moves with the anchors only.
const pollFinal = 5 * time.Second

// row is an anchored checkpoint as it is stored, under its size.
type row struct {
	Root   []byte `json:"root"`
	Number uint64 `json:"number"`
	Block  []byte `json:"block"`
	Time   uint64 `json:"time"`
	Tx     []byte `json:"tx"`
}

func sizeKey(size uint64) []byte { return binary.BigEndian.AppendUint64(nil, size) }

// Report records an anchored checkpoint; it is durable when Report returns.
func (l *Ledger) Report(ctx context.Context, a anchorer.Anchored) error {
	v, err := json.Marshal(row{a.Root[:], a.Number, a.BlockHash[:], a.Time, a.TxHash[:]})
	if err == nil {
		err = l.Rows.Commit(&store.Group{Rows: []store.Put{{Table: store.TableAnchor, Key: sizeKey(a.Size), Value: v}}})
	}
	if err != nil {
		return fmt.Errorf("record the anchor of %d entries: %w", a.Size, err)
	}
	return l.Refresh(ctx)
}

// Refresh reads the newest final block and anchor; it is called once at start.
func (l *Ledger) Refresh(ctx context.Context) error {
	a, found, err := l.Last()
	if err != nil {
		return err
	}
	b, err := l.Chain.Final(ctx)
	if err != nil {
		return fmt.Errorf("newest final block: %w", err)
	}
	l.newest.Store(&batch.Block{Number: b.Number, Hash: b.Hash})
	if found && a.Size > l.covered.Load() {
		l.covered.Store(a.Size)
	}
	return nil
}

// Run keeps the newest final block up to date until ctx ends.
func (l *Ledger) Run(ctx context.Context) error {
	t := time.NewTicker(pollFinal)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := l.Refresh(ctx); err != nil && ctx.Err() == nil {
				l.Log.Warn("newest final block not known; receipts name an older one", "error", err)
			}
		}
	}
}

// Newest is the newest final block (nil: none known yet) and the log size that
// the newest final anchor covers.
func (l *Ledger) Newest() (*batch.Block, uint64) { return l.newest.Load(), l.covered.Load() }

// Over is the anchored checkpoint with the smallest size above index.
func (l *Ledger) Over(index uint64) (Anchor, bool, error) {
	return l.first(store.Range{From: sizeKey(index + 1), Limit: 1})
}

// Last is the newest anchored checkpoint.
func (l *Ledger) Last() (Anchor, bool, error) {
	return l.first(store.Range{Reverse: true, Limit: 1})
}

func (l *Ledger) first(r store.Range) (Anchor, bool, error) {
	for kv, err := range l.Rows.Rows(store.TableAnchor, r) {
		if err != nil {
			return Anchor{}, false, fmt.Errorf("anchors: %w", err)
		}
		var v row
		if err := json.Unmarshal(kv.Value, &v); err != nil || len(kv.Key) != 8 || len(v.Root) != 32 {
			return Anchor{}, false, fmt.Errorf("anchors: row %x is damaged (%v)", kv.Key, err)
		}
		return Anchor{binary.BigEndian.Uint64(kv.Key), merkle.Hash(v.Root), v.Number, v.Time}, true, nil
	}
	return Anchor{}, false, nil
}

// Prove shows an anchored checkpoint in the newest final block.
func (l *Ledger) Prove(ctx context.Context, a Anchor) (anchor.Proof, error) {
	cp := anchor.Checkpoint{LogID: anchor.LogID(l.Origin), Size: a.Size, Root: a.Root}
	return l.Contract.Evidence(ctx, cp, a.Number, a.Time, l.Origin, l.Key, l.Trusted)
}

// Block is the sealed header of a block that a gateway named.
func (l *Ledger) Block(ctx context.Context, named batch.Block) (anchor.Block, error) {
	b, err := l.Chain.Block(ctx, named.Number)
	if err == nil && b.Hash != named.Hash {
		b, err = l.Chain.BlockByHash(ctx, named.Hash)
	}
	if err != nil {
		return anchor.Block{}, err
	}
	return l.Chain.Seal(b, l.Origin, l.Key)
}
