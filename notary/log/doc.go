// Package log is the notary's Merkle log (RFC 6962): it takes signed headers and
// statements, makes them durable in groups, signs checkpoints over them and
// proves what they hold (C2SP tlog-tiles, tile height 8).
//
// It does not judge what it is given: signatures, enrolment and payloads are
// checked by notary/intake before, statements by their issuers' rooms. It does
// keep the identities of batches apart, because only the order of the log can.
//
// Its invariant: an answer is given only after its entry is synced, and no two
// checkpoints that were ever signed disagree. Whatever goes wrong after a write
// began ends the log (ErrFatal); the next start reads the truth from the store.
package log
