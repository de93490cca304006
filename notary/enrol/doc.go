// Package enrol is the notary's register of gateways: it hands out one-time
// codes, turns a code and a proof of a key into a certificate and a pending
// entry, and knows of each gateway whether it is pending, enrolled or revoked.
//
// It does not make a gateway believable: an enrolment counts once the authority
// has signed it and it is in the log (package authority).
//
// Its invariant: a code makes one gateway with one key, and no entry ever
// changes its key, its site or its id.
package enrol
