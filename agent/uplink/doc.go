// Package uplink carries sealed batches from the journal to the notary and its
// messages back: alarms first, then the newest, the backlog behind at a bounded pace.
//
// It decides nothing about what is delivered: a broker's acknowledgement only
// makes room for the next message, and a batch is sent again until the journal
// says that it no longer waits. Its invariant: a batch that the journal holds
// pending is sent within a bounded time of any stretch of working line, whatever
// else is refused, lost or slow.
package uplink
