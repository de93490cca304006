// Package seal turns a closed batch into signed bytes: it keeps the boot id, the
// sequence and the link to the header before, draws the secret of each batch and
// signs.
//
// It is not the journal: what it returns exists only in memory. Its invariant:
// one boot and sequence is signed at most once, because the boot id is drawn
// anew at each start and the sequence never goes back.
package seal
