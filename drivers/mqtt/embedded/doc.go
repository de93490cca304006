// Package embedded is a small MQTT server for sensors of a site that has no broker.
//
// It is an ear and no broker for others: nothing that is published is passed on,
// no subscription is granted, and nothing is kept for a client that is away.
//
// Its invariant: a PUBACK (or PUBREC) leaves for a message of a device only when
// that message is durable in the journal.
package embedded
