// Package trust holds the trust file: what a verifier believes before it reads
// any evidence (docs/trust.md). Issuers, authority and supervision keys, logs
// with their witnesses, and the chains they are anchored in.
//
// It judges no evidence, and evidence never extends it.
//
// Its invariant: a [File] that Parse returns was signed by the threshold of its
// own issuers over its canonical bytes, and every signature in it verifies.
package trust
