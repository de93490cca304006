// Package identity holds what makes a machine this gateway: its two keys and what
// enrolment gave it, in the data folder.
//
//	gateway.key      signs batches, Ed25519, made at first start, 0600
//	gateway-tls.key  opens connections, ECDSA P-256, made at enrolment, 0600
//	gateway-tls.pem  certificate of the latter
//	notary-ca.pem    the notary's certificate authority
//	identity.json    ids, origin, log key, broker; written last
//
// It does not seal. Its invariant: identity.json exists only where everything
// that it needs does, and nothing here is ever written over a key.
package identity
