// Package access decides who may open a connection to the notary: it holds the
// notary's own certificate authority, issues the certificates of gateways and of
// the notary's listeners, and keeps the bearer token that opens content to the
// operator.
//
// It is not enrolment (package enrol decides who gets a certificate), and a
// certificate proves nothing about a reading: batches are believed by their own
// signatures.
//
// Its invariant: the common name of every client certificate it issues is the
// id of one gateway, and nothing else this CA signs is good for a client.
package access
