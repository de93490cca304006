// Package receipt reads what the notary sends and lets it change the journal
// only after it is proved: the log's signature, consistency with the checkpoint
// that this gateway verified before, inclusion of each batch.
//
// It is not the transport. Its invariant: no message that fails a check changes
// anything, and no refusal is worth more than the batch it names.
package receipt
