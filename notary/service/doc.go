// Package service wires a notary: store, log, intake, broker, chain, anchorer,
// authority and HTTP, over one data folder.
//
// It decides nothing that a room could decide for itself. Its invariant: rooms
// start from the store outwards and stop in the opposite order, so that nothing
// is acknowledged that the log no longer takes.
//
// The data folder:
//
//	notary.json      what was fixed at init: origin, chain, contract, authority
//	notary.yaml      settings that may change (optional)
//	log.key          signs checkpoints and the genesis      (0600, PKCS #8 PEM)
//	chain-note.key   signs notes over blocks of a chain that seals nothing (0600)
//	chain.key        account that sends anchors              (0600, hex)
//	authority.key    signs enrolments; only where the authority is embedded (0600)
//	ca.key, ca.pem   certificate authority of gateways and listeners (0600, 0644)
//	admin.token      opens content and administration over HTTP (0600)
//	notary.sock      administration of a running notary, without a token (0600)
//	log.vkey         verifier key of the log, for people
//	trust-facts.json what goes into a trust file, for people to compare
//	trust.json       an issued trust file, offered to who has no other; only if the operator lays it there
//	head             newest signed checkpoint, unless log.head_file names a better place
//	store/           Badger
//	chain/           the embedded chain, unless another is used
package service
