// Package rest is the one way in which the notary's rooms put a request on the
// API: an operation with its path, what it needs and its limits, described in
// OpenAPI 3.1 from the Go types that go in and come out.
//
// It is not the API: it knows no path, no reading and no account. Who may do
// what is decided by the [Guard] that it is given.
//
// Its invariant: an operation that needs something is reached only through the
// guard, and every error leaves as an RFC 9457 problem with a remedy.
package rest
