// Package chain is the notary's only door to an EVM chain, and the only
// package of the notary's that imports go-ethereum (with notary/contracts,
// its bindings). Behind the one type Chain stands either the embedded
// development chain, in this process and on this disk, or any chain that
// speaks Ethereum's JSON-RPC.
//
// It holds no policy: what is anchored, when, and what a disagreement means is
// notary/anchorer's; what a proof is worth is evidence/anchor's.
//
// Its one invariant: a block of the embedded chain that Final or Receipt has
// shown to anyone is on disk, synced, and stays canonical over kill -9.
package chain
