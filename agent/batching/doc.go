// Package batching gathers records into the open batch and decides when it
// closes: after the site's interval, at an alarm, when it is full, when the clock
// is set or changes its quality, when the agent stops, and empty after a minute
// without anything to seal.
//
// It does not seal. Its invariant: batches leave it in the order in which they
// closed; each opens where the one before closed, unless the clock was set
// between; and every reading's time lies within its batch.
package batching
