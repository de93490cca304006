package anchorer

import "fmt"

// The errors below are alarms: [Anchorer.Run] returns them, and no retry will
// make them go away. All else is logged and tried again, [HeldError] and
// [IdentityError] too.

// ForkError: the contract holds another root at a size that the log has, too.
// The log shows two histories.
type ForkError struct {
	Size   uint64
	Root   [32]byte // ours
	Number uint64   // block in whose state the contract disagrees
}

func (e *ForkError) Error() string {
	return fmt.Sprintf("fork: the contract holds another root than ours (%x) at size %d, seen in block %d", e.Root, e.Size, e.Number)
}

// BehindError: the contract holds a checkpoint of this log that is larger
// than the log. The store was restored from an old copy, or lost its end.
type BehindError struct {
	Log, Anchored uint64 // entries
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("log of %d entries is behind its own anchor at %d: the store was restored from an old copy or lost its end", e.Log, e.Anchored)
}

// RevertedError: the contract refused an anchor, finally.
type RevertedError struct {
	Row Row
}

func (e *RevertedError) Error() string {
	return fmt.Sprintf("the contract refused the anchor of size %d (transaction %x): is this account still the log's writer?", e.Row.Size, e.Row.Hash)
}

// ClosedError: the log is closed in the contract.
type ClosedError struct {
	Size uint64 // entries under its last checkpoint
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("log is closed in the contract at size %d", e.Size)
}

// IdentityError: this is not the chain or the contract that the notary was set up with.
type IdentityError struct {
	What      string
	Got, Want string
}

func (e *IdentityError) Error() string {
	return fmt.Sprintf("wrong chain: %s is %s, the notary was set up with %s. Nothing is anchored; sealing and logging go on. If chain.url points at the wrong node, correct it. "+
		"If the chain was reset and its past is gone, this log can be anchored nowhere any more: close it (fieldseal-notary log close) and open its successor (fieldseal-notary init --predecessor)", e.What, e.Got, e.Want)
}

// HeldError: nothing is wrong with the chain, and yet nothing can be anchored now.
type HeldError struct{ Why string }

func (e *HeldError) Error() string { return e.Why }

func held(format string, args ...any) error { return &HeldError{fmt.Sprintf(format, args...)} }

// CollectingError: cosignatures are being gathered, and none is late.
type CollectingError struct{ Why string }

func (e *CollectingError) Error() string { return e.Why }
