// Package verifier holds verify.html: the inspector's desk as one file that opens
// from disk, with the verifier in it, which `make page` builds.
//
// It is not the page that the notary serves (package web), and knows nothing of
// what is in the file. Its invariant: HTML gives the whole file or an error, never
// a part of one.
package verifier
