// Package anchor checks, from bytes alone, that a log's checkpoint stands in
// a contract on an EVM chain, and since when: block header, account proof,
// storage proof (EIP-1186) and whatever seals the header under the chain's
// profile.
//
// It is not a client of any chain: it opens nothing and asks no one, and it
// holds no code of go-ethereum. Who is believed (chain id, contract, code
// hash, note key) is the caller's to say, out of the trust file.
//
// Its one invariant: a nil error means that every byte of the input took part
// in a check that leads from the trusted key to the checkpoint.
package anchor
