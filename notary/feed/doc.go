// Package feed publishes admitted readings on the notary's own broker, for
// systems that speak MQTT, and certifies the accounts that may read them.
//
// It is not the stream: nothing is kept for one who is away, and one who does not
// keep up misses values. Nobody but the notary publishes below live/.
//
// Its invariant: a reading reaches a subscriber only if its account may see the
// site at that moment.
package feed
