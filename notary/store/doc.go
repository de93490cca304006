// Package store says what a notary keeps and how: one interface, [Store], with
// one atomic, synced write for each group, and reads that leak no transaction.
//
// It is not the log: it hashes and signs nothing and does not know what a row
// means (each [Table] names its owner). Implementations live below; every one
// passes the suite in storetest.
//
// Its invariant: after Commit returned nil the whole group survives a power cut;
// after an error the group may or may not be there, whole either way.
package store
