package log

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/statement"
	"fieldseal/notary/store"
)

// replay hashes every stored entry again and compares: each tile with what its
// entries hash to, the checkpoint with the root at its size, the head file with
// both. Entries after the newest checkpoint are what a crash left unsigned.
func (l *Log) replay() error {
	h, err := l.opt.Store.Head()
	if err != nil {
		return err
	}
	if h.Size == 0 && h.Checkpoint == nil {
		return ErrNoLog
	}
	var signed *Signed
	if h.Checkpoint != nil {
		c, _, err := checkpoint.Open(h.Checkpoint.Note, l.opt.Key)
		if err != nil {
			return fmt.Errorf("%w: newest checkpoint: %w", ErrDamaged, err)
		}
		if c.Size != h.Checkpoint.Size || c.Size > h.Size {
			return fmt.Errorf("%w: a checkpoint of %d entries was signed, %d are stored", ErrDamaged, c.Size, h.Size)
		}
		signed = &Signed{c, h.Checkpoint.Note}
	}
	if err := l.replayEntries(h.Size); err != nil {
		return err
	}
	l.size.Store(h.Size)
	if signed != nil {
		root, err := l.tree.root(0, signed.Size)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if root != signed.Root {
			return fmt.Errorf("%w: the first %d entries hash to %x, the signed checkpoint says %x", ErrDamaged, signed.Size, root, signed.Root)
		}
		l.publish(signed)
	}
	if err := l.index.load(); err != nil {
		return err
	}
	if err := l.compareHead(); err != nil {
		return err
	}
	if signed == nil {
		// A crash between the first group and its checkpoint.
		if l.ReadOnly() != "" {
			return fmt.Errorf("%w: %w, and it cannot be now: %s", ErrDamaged, errNoHead, l.ReadOnly())
		}
		return l.sign()
	}
	return nil
}

// replayEntries rebuilds the tree with the same code that made it.
func (l *Log) replayEntries(size uint64) error {
	next := uint64(0)
	for e, err := range l.opt.Store.Entries(0, size) {
		if err != nil {
			return fmt.Errorf("%w: entries after %d cannot be read: %w", ErrDamaged, next, err)
		}
		if e.Index != next {
			return fmt.Errorf("%w: entry %d is missing", ErrDamaged, next)
		}
		if next == 0 {
			if err := l.replayGenesis(e.Data); err != nil {
				return err
			}
		}
		l.tree.add(merkle.Leaf(e.Data))
		if next++; next%(64*tileWidth) == 0 {
			if err := l.compareTiles(); err != nil {
				return err
			}
		}
	}
	if next != size {
		return fmt.Errorf("%w: %d of %d entries are there", ErrDamaged, next, size)
	}
	return l.compareTiles()
}

func (l *Log) replayGenesis(raw []byte) error {
	s, err := statement.Parse(raw)
	if err != nil {
		return fmt.Errorf("%w: entry 0: %w", ErrDamaged, err)
	}
	body, err := l.opt.Store.Payload(0)
	if err != nil {
		return fmt.Errorf("%w: entry 0: %w", ErrDamaged, err)
	}
	if _, err := checkGenesis(l.origin, s, body); err != nil {
		return fmt.Errorf("%w: entry 0: %w", ErrDamaged, err)
	}
	return nil
}

// compareTiles holds what the entries hash to against the stored tiles. A tile
// that grew on after this point of the replay is compared again when it is whole.
func (l *Log) compareTiles() error {
	for _, t := range l.tree.takeDirty() {
		b, err := l.opt.Store.Tile(t.Level, t.Index)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: tile %d/%d is missing", ErrDamaged, t.Level, t.Index)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if !bytes.Equal(b[:min(len(b), len(t.Hashes))], t.Hashes) || len(b)%len(merkle.Hash{}) != 0 {
			return fmt.Errorf("%w: tile %d/%d is not what its entries hash to", ErrDamaged, t.Level, t.Index)
		}
	}
	return nil
}

// compareHead holds the head file against the log.
func (l *Log) compareHead() error {
	if l.opt.HeadFile == "" {
		return nil
	}
	raw, err := os.ReadFile(l.opt.HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		l.opt.Log.Warn("no head file; if this is not the first start, an old copy of the store would not be noticed by it", "file", l.opt.HeadFile)
		return nil
	}
	if err != nil {
		return fmt.Errorf("head file: %w", err)
	}
	c, _, err := checkpoint.Open(raw, l.opt.Key)
	if err != nil {
		return fmt.Errorf("head file %s: %w; it must hold a checkpoint of %s, or be removed by someone who knows why", l.opt.HeadFile, err, l.origin)
	}
	err = l.Witness("the head file "+l.opt.HeadFile, c.Size, &c.Root)
	if errors.Is(err, ErrReadOnly) {
		return nil
	}
	return err
}
