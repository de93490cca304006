// Package contracts holds the contracts Anchors, Governance and Registry: their Solidity source, what the
// pinned compiler makes of it, and go-ethereum's bindings. All but this file
// and code.go is written by generate.sh and compared in CI.
//
// It sends nothing: notary/chain does.
//
// Its one invariant: [CodeHash] is the code hash of every deployment of Anchors, so that
// a trust file can pin it without asking who deployed.
package contracts

//go:generate ./generate.sh
