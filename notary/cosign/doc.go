// Package cosign gathers the cosignatures that a log's contract asks for, from the
// organisations that govern it.
//
// The notary's side ([Desk]) shows one checkpoint at a time and takes what comes; it
// calls nobody, so that an organisation opens no port. The organisation's side
// ([Organisation]) fetches it, and signs what its own memory and its own node agree
// with. Neither anchors: notary/anchorer does.
//
// Its one invariant: an organisation never signs two checkpoints of which one does
// not extend the other; what it is about to sign is on its disk before the
// signature leaves it.
package cosign
