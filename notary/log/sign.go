package log

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/notary/store"
)

// signer signs a checkpoint at each tick that finds something new.
func (l *Log) signer(ctx context.Context) error {
	tick := time.NewTicker(l.opt.CheckpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.dead:
			return l.deadErr
		case <-tick.C:
			if l.ReadOnly() != "" {
				continue // an old copy must not sign another history
			}
			if err := l.sign(); err != nil {
				return err
			}
		}
	}
}

// SignNow signs the newest size of a log that does not run.
func (l *Log) SignNow() error { return l.sign() }

// sign signs the newest size, if it has no checkpoint yet.
func (l *Log) sign() error {
	l.signMu.Lock()
	defer l.signMu.Unlock()
	size := l.size.Load()
	var before Signed
	if h := l.head.Load(); h != nil {
		before = *h
	} else {
		before.Root = merkle.Empty()
	}
	if size == before.Size {
		return nil
	}
	root, err := l.tree.root(0, size)
	if err != nil {
		return l.fail(fmt.Errorf("root of %d entries: %w", size, err))
	}
	// Never sign what does not extend what was signed.
	if _, err := l.prove(before.Size, size, before.Root, root); err != nil {
		return l.fail(fmt.Errorf("checkpoint of %d entries does not extend that of %d: %w", size, before.Size, err))
	}
	c := checkpoint.Checkpoint{Origin: l.origin, Size: size, Root: root}
	raw, err := checkpoint.Sign(c, l.opt.Signer)
	if err != nil {
		return l.fail(err)
	}
	if own, _, err := checkpoint.Open(raw, l.opt.Key); err != nil || own != c {
		return l.fail(fmt.Errorf("own checkpoint of %d entries does not open: %w", size, err))
	}
	// Tiles up to size were synced with their entries: a published checkpoint
	// always finds its partial tiles.
	g := &store.Group{
		Checkpoint: &store.Checkpoint{Size: size, Note: raw}, From: before.Size,
		Rows: []store.Put{{Table: store.TableNote, Key: noteKey(size), Value: raw}},
	}
	if err := l.opt.Store.Commit(g); err != nil {
		// It may be stored, so another of this size must never be signed by a
		// process that does not know.
		return l.fail(fmt.Errorf("store checkpoint of %d entries: %w", size, err))
	}
	// The head file comes after the store: it may lag behind, never run ahead.
	if l.opt.HeadFile != "" {
		err := writeHead(l.opt.HeadFile, raw)
		l.headErr.Store(&err)
		if err != nil {
			l.stats.headErrors.Add(1)
			l.opt.Log.Error("head file not written; an old copy of the store will not be noticed by it", "file", l.opt.HeadFile, "err", err)
		}
	}
	l.publish(&Signed{c, raw})
	l.stats.checkpoints.Add(1)
	return nil
}

// publish shows a checkpoint that is stored.
func (l *Log) publish(s *Signed) {
	l.head.Store(s)
	l.changeMu.Lock()
	defer l.changeMu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

func noteKey(size uint64) []byte { return binary.BigEndian.AppendUint64(nil, size) }

// Note is the signed checkpoint of exactly this size, or store.ErrNotFound.
func (l *Log) Note(size uint64) ([]byte, error) {
	b, err := l.opt.Store.Row(store.TableNote, noteKey(size))
	if err != nil {
		return nil, fmt.Errorf("checkpoint of %d entries: %w", size, err)
	}
	return b, nil
}

// prunedAtOnce bounds one write of Prune.
const prunedAtOnce = 4096

// Prune forgets signed checkpoints below size but for those that keep says are
// needed (anchored ones): evidence names an anchored checkpoint or the newest.
func (l *Log) Prune(size uint64, keep func(size uint64) bool) error {
	size = min(size, l.Head().Size)
	for {
		g := &store.Group{}
		for kv, err := range l.opt.Store.Rows(store.TableNote, store.Range{To: noteKey(size)}) {
			if err != nil {
				return fmt.Errorf("prune checkpoints: %w", err)
			}
			if !keep(binary.BigEndian.Uint64(kv.Key)) {
				g.Rows = append(g.Rows, store.Put{Table: store.TableNote, Key: kv.Key})
			}
			if len(g.Rows) == prunedAtOnce {
				break
			}
		}
		if len(g.Rows) == 0 {
			return nil
		}
		if err := l.opt.Store.Commit(g); err != nil {
			return fmt.Errorf("prune checkpoints: %w", err)
		}
		if len(g.Rows) < prunedAtOnce {
			return nil
		}
	}
}

// RootAt is the root of the log's first size entries.
func (l *Log) RootAt(size uint64) (merkle.Hash, error) {
	if have := l.size.Load(); size > have {
		return merkle.Hash{}, fmt.Errorf("root at %d: %w of %d entries", size, ErrRange, have)
	}
	if h := l.head.Load(); h != nil && h.Size == size {
		return h.Root, nil
	}
	return l.tree.root(0, size)
}

// Inclusion proves that the entry whose leaf hash is leaf stands at index under
// the checkpoint c, which must be this log's. The proof was verified.
func (l *Log) Inclusion(leaf merkle.Hash, index uint64, c checkpoint.Checkpoint) ([]merkle.Hash, error) {
	if index >= c.Size || c.Size > l.size.Load() {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, c.Size, ErrRange)
	}
	p, err := l.tree.path(index, 0, c.Size)
	if err != nil {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, c.Size, err)
	}
	if err := merkle.VerifyPath(leaf, index, c.Size, p, c.Root); err != nil {
		return nil, fmt.Errorf("own proof: %w", err)
	}
	return p, nil
}

// Consistency proves that the checkpoint c extends the log's first size entries,
// whose root is root. The proof was verified: a root that is not this log's is an
// error.
func (l *Log) Consistency(size uint64, root merkle.Hash, c checkpoint.Checkpoint) ([]merkle.Hash, error) {
	if size > c.Size || c.Size > l.size.Load() {
		return nil, fmt.Errorf("consistency of %d with %d: %w", size, c.Size, ErrRange)
	}
	return l.prove(size, c.Size, root, c.Root)
}

func (l *Log) prove(from, to uint64, root1, root2 merkle.Hash) (p []merkle.Hash, err error) {
	if from > 0 && from < to {
		if p, err = l.tree.consistency(from, 0, to, true); err != nil {
			return nil, fmt.Errorf("consistency of %d with %d: %w", from, to, err)
		}
	}
	if err := merkle.VerifyConsistency(from, to, p, root1, root2); err != nil {
		return nil, fmt.Errorf("own proof: %w", err)
	}
	return p, nil
}

// errNoHead: no checkpoint was ever signed.
var errNoHead = errors.New("no checkpoint was signed yet")
