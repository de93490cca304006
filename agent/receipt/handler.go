package receipt

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/agent/journal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
)

// Errors that a caller tells apart.
var (
	// ErrFork says that the log does not extend what it showed before, or that a
	// batch is not where it claims: the log is not honest, or not the same log.
	ErrFork = errors.New("the log contradicts what this gateway verified before")
	// ErrBehind says that a receipt starts from another checkpoint than the
	// gateway's. Saying Hello again puts it right.
	ErrBehind = errors.New("receipt starts from another checkpoint")
)

// Store is the journal as receipts change it.
type Store interface {
	Checkpoint() *batch.Checkpoint
	Header(boot record.BootID, seq uint64) []byte
	Admit(journal.Admission) error
	Quarantine(boot record.BootID, seq uint64) error
}

// Counters count messages since the start.
type Counters struct {
	Receipts, Batches, Refused, Busy, Failed, Forks, Strangers atomic.Uint64
}

// Handler takes messages one at a time.
type Handler struct {
	Log   note.Verifier // the log's key
	Store Store
	Out   *slog.Logger
	Counters
}

// Handle takes one message. Errors that wrap journal.ErrFatal end the agent;
// after others the message had no effect.
func (h *Handler) Handle(raw []byte) error {
	m, err := wire.ParseDown(raw)
	if err != nil {
		h.Failed.Add(1)
		return fmt.Errorf("from the notary: %w", err)
	}
	switch m := m.(type) {
	case *wire.Receipt:
		err = h.receipt(m)
	case *wire.Refusal:
		err = h.refusal(m)
	}
	if err != nil {
		h.Failed.Add(1)
	}
	return err
}

func (h *Handler) receipt(m *wire.Receipt) error {
	own := h.Store.Checkpoint()
	if from := size(own); m.From != from {
		return fmt.Errorf("%w: it starts at size %d, ours is %d", ErrBehind, m.From, from)
	}
	// A batch that is not in the journal is one released and deleted since, or
	// one that another bearer of this gateway's key sent. It proves nothing here
	// and must not hold up the others.
	known := make([]wire.Entry, 0, len(m.Entries))
	headers := make(map[place][]byte, len(m.Entries))
	for _, e := range m.Entries {
		raw := h.Store.Header(e.Boot, e.Seq)
		if raw == nil {
			h.Strangers.Add(1)
			h.Out.Warn("receipt for a batch that is not in the journal", "boot", fmt.Sprintf("%x", e.Boot[:4]), "sequence", e.Seq)
			continue
		}
		headers[place{e.Boot, e.Seq}] = raw
		known = append(known, e)
	}
	checked := *m
	checked.Entries = known
	point, err := checked.Verify(h.Log, own, func(b record.BootID, seq uint64) []byte { return headers[place{b, seq}] })
	if err != nil {
		if errors.Is(err, merkle.ErrProof) {
			h.Forks.Add(1)
			return fmt.Errorf("%w: %w", ErrFork, err)
		}
		return err
	}
	a := journal.Admission{Checkpoint: point, Note: m.Note, Block: m.Block, Covered: m.Covered}
	for _, e := range known {
		a.Places = append(a.Places, journal.Place{Boot: e.Boot, Seq: e.Seq, Index: e.Index})
	}
	if err := h.Store.Admit(a); err != nil {
		return err
	}
	h.Receipts.Add(1)
	h.Batches.Add(uint64(len(known)))
	return nil
}

type place struct {
	boot record.BootID
	seq  uint64
}

func size(c *batch.Checkpoint) uint64 {
	if c == nil {
		return 0
	}
	return c.Size
}

func (h *Handler) refusal(m *wire.Refusal) error {
	log := h.Out.With("class", m.Class.String(), "reason", m.Reason)
	if m.Class == wire.Busy {
		h.Busy.Add(1)
		log.Info("the notary is busy; the batch will be sent again")
		return nil
	}
	if m.Boot == (record.BootID{}) {
		log.Error("the notary refused a message that is no batch")
		return nil
	}
	h.Refused.Add(1)
	log = log.With("boot", fmt.Sprintf("%x", m.Boot[:4]), "sequence", m.Seq)
	err := h.Store.Quarantine(m.Boot, m.Seq)
	if errors.Is(err, journal.ErrAbsent) {
		log.Warn("the notary refused a batch that is not in the journal")
		return nil
	}
	if err == nil {
		log.Error("the notary refused a batch; it is kept and will not be sent again")
	}
	return err
}
