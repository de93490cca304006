package log

import (
	"errors"
	"fmt"

	"fieldseal/evidence/batch"
)

// Errors of a log.
var (
	// ErrFatal: a write failed in a way that leaves open whether it happened, or
	// the log was found to disagree with itself. The process must end; the next
	// start replays the store.
	ErrFatal = errors.New("log stopped; start again to replay the store")
	// ErrDamaged: what is stored does not hash to what was signed.
	ErrDamaged = errors.New("store is damaged")
	// ErrReadOnly: the log takes nothing, because it may be an old copy of itself.
	ErrReadOnly = errors.New("log is read-only")
	// ErrConflict: a different batch of this identity is in the log already.
	ErrConflict = errors.New("equivocation")
	// ErrNotOurs: somebody names a checkpoint that this log never had.
	ErrNotOurs = errors.New("checkpoint is not of this log")
	// ErrClosed: the log is stopping.
	ErrClosed = errors.New("log is stopping")
	// ErrExists: the store holds a log already.
	ErrExists = errors.New("store holds a log already")
	// ErrNoLog: the store holds no log.
	ErrNoLog = errors.New("store holds no log; fieldseal-notary init makes one")
	// ErrRange: the index or size is beyond the log.
	ErrRange = errors.New("beyond the log")
)

// Equivocation is two batches under one identity. It wraps ErrConflict.
type Equivocation struct {
	Name  string // of the identity
	Index uint64 // of the batch that is in the log
}

func (e *Equivocation) Error() string {
	return fmt.Sprintf("%v: log entry %d is another batch %s", ErrConflict, e.Index, e.Name)
}

func (e *Equivocation) Unwrap() error { return ErrConflict }

func equivocation(h *batch.Header, index uint64) error { return &Equivocation{h.Name(), index} }
