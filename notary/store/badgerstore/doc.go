// Package badgerstore keeps a notary's memory in Badger, in one folder: the
// embedded default.
//
// It is not a cache and holds no meaning. Its invariant: an error of any sync
// reaches the caller of Commit, also where Badger would only log it.
package badgerstore
