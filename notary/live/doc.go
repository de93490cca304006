// Package live keeps the order in which the notary came to know things: one
// durable integer cursor over admitted batches and over the states that the log
// reaches, which people's screens and other systems follow.
//
// It is not a store of readings: an admission's content is read from the log
// again where memory no longer has it. It follows the log, so that nothing is
// shown that is not sealed and durable.
//
// Its invariant: event n+1 is written with the log position that it came from in
// one synced write, so that ids have no hole and no repetition across restarts.
package live
