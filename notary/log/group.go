package log

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/statement"
	"fieldseal/notary/store"
)

// pending is an entry on its way into a group: one of batch and statement is set.
type pending struct {
	raw       []byte
	leaf      merkle.Hash
	payload   []byte // nil: none
	batch     *batch.Signed
	statement *statement.Signed
	digest    [32]byte
	answer    chan answer // of one
}

type answer struct {
	Admission
	err error
}

func (p *pending) bytes() int { return len(p.raw) + len(p.payload) }

// committer gathers groups and commits them, one at a time.
func (l *Log) committer(ctx context.Context) error {
	defer close(l.gone)
	var group []*pending
	for {
		select {
		case <-ctx.Done():
			close(l.stop)
			return l.drain()
		case <-l.dead:
			return l.deadErr
		case p := <-l.queue:
			group = l.gather(append(group[:0], p))
		}
		if err := l.commit(group); err != nil {
			return err
		}
	}
}

// gather waits for company, until a group is full or its first entry has waited
// long enough.
func (l *Log) gather(group []*pending) []*pending {
	size := group[0].bytes()
	timer := time.NewTimer(l.opt.GroupDelay)
	defer timer.Stop()
	for size < l.opt.GroupBytes && len(group) < l.opt.GroupEntries {
		select {
		case p := <-l.queue:
			group = append(group, p)
			size += p.bytes()
		case <-timer.C:
			return group
		}
	}
	return group
}

// drain commits what had been queued when the log was told to stop.
func (l *Log) drain() error {
	for {
		select {
		case p := <-l.queue:
			if err := l.commit([]*pending{p}); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// commit writes a group and answers everyone in it. An error means that the log
// has stopped.
func (l *Log) commit(group []*pending) error {
	first := l.size.Load()
	g := &store.Group{First: first}
	stage := l.index.stage(l.opt.Now().UnixMicro())
	answers := make([]answer, len(group))
	var leaves []merkle.Hash
	for i, p := range group {
		at := first + uint64(len(g.Entries))
		v, err := stage.admit(p, at)
		switch {
		case errors.Is(err, ErrConflict):
			answers[i] = answer{Admission{Index: v.index, Duplicate: true, Leaf: p.leaf}, err}
			continue
		case err != nil:
			// The index cannot be read: nothing was written, but nothing can be
			// trusted either.
			return l.abandon(group, fmt.Errorf("read index: %w", err))
		}
		if v.added {
			g.Entries = append(g.Entries, p.raw)
			leaves = append(leaves, p.leaf)
		}
		if v.payload {
			g.Payloads = append(g.Payloads, store.Entry{Index: v.index, Data: p.payload})
		}
		answers[i] = answer{Admission{Index: v.index, Duplicate: !v.added, Leaf: p.leaf}, nil}
	}
	g.Rows = stage.rows()
	// The tree moves before the write: what is beyond size is never asked for,
	// and if the write fails the log is over.
	for _, h := range leaves {
		l.tree.add(h)
	}
	g.Tiles = l.tree.takeDirty()
	if len(g.Entries) > 0 || len(g.Payloads) > 0 || len(g.Rows) > 0 {
		if err := l.opt.Store.Commit(g); err != nil {
			// The group may be there or not. Nobody was answered; whoever asks again
			// after the restart gets the index that the store then has.
			return l.abandon(group, fmt.Errorf("write group of %d entries at %d: %w", len(g.Entries), first, err))
		}
	}
	// From here on a crash loses nothing: every row needed for the same answers is
	// in the store.
	l.size.Add(uint64(len(g.Entries)))
	stage.apply(l.opt.Log)
	l.stats.group(g, group)
	l.stats.findings.Add(uint64(len(stage.findings)))
	for i, p := range group {
		p.answer <- answers[i]
	}
	return nil
}

// abandon ends the log and answers everyone waiting in the group.
func (l *Log) abandon(group []*pending, err error) error {
	err = l.fail(err)
	for _, p := range group {
		p.answer <- answer{err: err}
	}
	return err
}
