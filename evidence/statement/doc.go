// Package statement holds everything but batches that the log notarises: a
// signed header with type, issuer, time and salted digest, and the body that the
// digest hides (docs/formats.md §6).
//
// It does not decide who may issue what: that is the trust file's and the
// notary's business.
//
// Its invariant: a body is believed only if its salted digest is the signed one.
package statement
