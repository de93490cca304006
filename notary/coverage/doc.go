// Package coverage judges what each site must send and what is missing: the
// points that its coverage plan and its configuration name, which of them are
// blind, which gateways are silent, and what was sealed about the reason.
//
// It is a fold over admitted batches and a moment: no clock, no store, no
// goroutine of its own; [Plans] and [Configs] alone read the log and the store. It
// does not judge evidence, which a verifier does from the file, and raises nothing:
// package alarm does.
//
// Its invariant: taking a batch again changes nothing, and batches may come in any
// order; a point's newest reading never becomes older.
package coverage
