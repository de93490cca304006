// Package anchorer brings the log's newest checkpoint into the contract
// Anchors, again and again, and says when it stands there for good.
//
// It is not in the log's way: it reads checkpoints and never holds one up. It
// keeps no file (its outbox is the store's) and knows no EVM (notary/chain's).
//
// Its one invariant: for one nonce of the chain account there is one signature,
// ever. A transaction is in the outbox before it is first sent, and what is
// sent again are the same bytes.
package anchorer
