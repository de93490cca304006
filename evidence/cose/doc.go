// Package cose signs and checks the one COSE form that Fieldseal uses: an
// embedded COSE_Sign1 (RFC 9052 §4.2, tag 18) with an empty unprotected header,
// whose protected header holds the algorithm and nothing else, and whose
// external_aad names what is signed, so that no signature can serve twice.
//
// It is not a COSE library. Its invariant: for one signature by one key there is
// exactly one accepted byte string (strict CBOR, strict Ed25519, low-s P-256).
package cose
