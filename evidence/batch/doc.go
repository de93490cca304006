// Package batch holds the sealed batch: its salted leaves, its tree and its
// signed header (docs/formats.md §4). It builds them for whoever seals and
// checks them for whoever admits.
//
// It is not the agent's batching: when a batch closes is decided elsewhere.
//
// Its invariant: a header and a payload that [Verify] accepts contain each leaf
// exactly where the contents record says, and every byte of both was checked.
package batch
