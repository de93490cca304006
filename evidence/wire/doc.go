// Package wire holds all that a gateway and a notary say to each other: topics,
// the messages up and down, and the enrolment exchange (docs/formats.md §7).
//
// It is not the transport: MQTT and HTTP live with agent and notary. Nothing
// here is evidence; what is signed is carried inside.
//
// Its invariant: every message has one encoding and a limit, so a peer can
// refuse a message by its size before reading it.
package wire
