// Package accounts decides who may do what at the notary: roles, what each may
// do to which kind of thing, and which sites it concerns.
//
// It is not package access, which decides who may open a connection, and it
// guards nothing against root on the notary's machine: the store is not encrypted
// (docs/trust.md).
//
// Its invariant: every request is answered for one [Viewer], and what that viewer
// may do is read from one table, role × resource × action, limited by business,
// district and site; what the table does not allow is denied.
package accounts
