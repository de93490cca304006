// Package worldtest is a whole world in memory for tests of verifiers: a log, a
// chain, an authority, supervision and gateways, each with real keys, that seal,
// log and anchor in the formats of evidence.
//
// It is no part of the product and holds no network, disk or wall clock; its
// randomness comes from a seed. Its invariant: it signs only what an honest party
// of that name would sign; a test that needs a liar says so where it lies.
package worldtest
