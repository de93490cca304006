// Package webhook sends the events of the notary's cursor to other systems by
// HTTP, signed and in order, until they are taken.
//
// It is not a queue: what is not taken yet stays where it is, in the cursor's own
// events, so that a receiver that is away for days costs a number. A receiver
// gets an event at least once, and knows a repetition by its id.
//
// Its invariant: the number up to which a hook has been served is stored only
// after the receiver answered 2xx for everything up to it that it may see.
package webhook
