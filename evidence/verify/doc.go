// Package verify judges an evidence file: a ladder of named checks, a status for
// each question that the claim raises, one verdict, and the sentence a layman
// reads (docs/verdict.md).
//
// It opens nothing and asks no one: the bytes, the trust file, the decoders and
// the time come from the caller. It extends no trust.
//
// Its invariant: a verdict of genuine or pending means that every byte of every
// field took part in a check that leads to a key of the trust file. What is
// missing makes a claim uncheckable; what contradicts makes it altered.
package verify
