package intake

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
	"fieldseal/notary/log"
)

// maxWaiting bounds the batches of one session that wait for a receipt. Older
// ones are forgotten: their gateway sends them again.
const maxWaiting = 1 << 16

// waiting is a batch that is in the log and not yet receipted in this session.
type waiting struct {
	boot  record.BootID
	seq   uint64
	index uint64
	leaf  merkle.Hash
}

// session is what one connection of a gateway has been told.
type session struct {
	mu    sync.Mutex
	ready bool // it has said hello
	greet bool // and not had a receipt since
	base  batch.Checkpoint
	queue []waiting
}

func (s *session) begin(base batch.Checkpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready, s.greet, s.base = true, true, base
}

func (s *session) wait(w waiting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == maxWaiting {
		s.queue = s.queue[1:]
	}
	s.queue = append(s.queue, w)
}

// againAfter gathers the batches that come again into one receipt.
const againAfter = 100 * time.Millisecond

// Run sends receipts after each checkpoint, until ctx ends.
func (in *Intake) Run(ctx context.Context) error {
	for {
		changed := in.Log.Changed()
		in.flushAll()
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-in.again:
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			case <-time.After(againAfter):
			}
		}
	}
}

func (in *Intake) flushAll() {
	in.mu.Lock()
	all := make(map[batch.ID]*session, len(in.sessions))
	for g, s := range in.sessions {
		all[g] = s
	}
	in.mu.Unlock()
	for g, s := range all {
		in.flush(g, s)
	}
}

// flush sends a session what it waits for and the newest checkpoint covers.
func (in *Intake) flush(g batch.ID, s *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	head := in.Log.Head()
	for s.ready && head.Size >= s.base.Size && (s.greet || s.covered(head.Size)) {
		r, left, err := in.receipt(head, s)
		if err != nil {
			// The log cannot prove what it signed, or the gateway's checkpoint is not
			// this log's: nothing may be sent.
			in.Logger.Error("no receipt", "gateway", g, "err", err)
			in.Metrics.receiptErrors.Inc()
			return
		}
		if err := in.Down(g, wire.EncodeDown(r)); err != nil {
			in.Logger.Info("receipt not sent", "gateway", g, "err", err)
			return
		}
		in.Metrics.receipts.Inc()
		in.Metrics.receipted.Add(float64(len(r.Entries)))
		s.base, s.greet, s.queue = batch.Checkpoint{Size: head.Size, Root: head.Root}, false, left
	}
}

func (s *session) covered(size uint64) bool {
	return slices.ContainsFunc(s.queue, func(w waiting) bool { return w.index < size })
}

// Bytes of a receipt's parts, upper bounds.
const (
	hashBytes    = 34
	entryBytes   = 1 + 17 + 9 + 9 + 2
	receiptBytes = 128
)

// receipt builds one receipt of proofs that the log has verified, against the
// leaf hashes of the headers as they came; left is what it could not hold.
func (in *Intake) receipt(head log.Signed, s *session) (r *wire.Receipt, left []waiting, err error) {
	r = &wire.Receipt{Note: head.Note, From: s.base.Size}
	if r.Consistency, err = in.Log.Consistency(s.base.Size, s.base.Root, head.Checkpoint); err != nil {
		return nil, nil, err
	}
	r.Block, r.Covered = in.Anchors.Newest()
	r.Covered = min(r.Covered, head.Size)
	size := receiptBytes + len(head.Note) + hashBytes*len(r.Consistency)
	own := map[identity]waiting{}
	for _, w := range s.queue {
		if w.index >= head.Size || len(r.Entries) == wire.MaxEntries || size > wire.MaxDown-entryBytes-hashBytes*merkle.MaxPath {
			left = append(left, w)
			continue
		}
		id := identity{w.boot, w.seq}
		if _, twice := own[id]; twice {
			continue // sent twice within a checkpoint: one answer does for both
		}
		own[id] = w
		path, err := in.Log.Inclusion(w.leaf, w.index, head.Checkpoint)
		if err != nil {
			return nil, nil, err
		}
		r.Entries = append(r.Entries, wire.Entry{Boot: w.boot, Seq: w.seq, Index: w.index, Path: path})
		size += entryBytes + hashBytes*len(path)
	}
	if _, err := wire.ParseDown(wire.EncodeDown(r)); err != nil {
		return nil, nil, fmt.Errorf("own receipt: %w", err)
	}
	return r, left, nil
}

type identity struct {
	boot record.BootID
	seq  uint64
}
