// Package client asks a notary over HTTPS, for the commands that people type: it
// names the paths and holds what goes over them.
//
// It is apart from the server, so that what an inspector runs holds no chain
// library. Its invariant: an error that the notary answered says what to do.
package client
