// Package fleet is many gateways in one process: real keys, real enrolment, real
// TLS and MQTT, batches sealed by evidence/batch, receipts verified. It loads a
// notary as the gateways of a city would.
//
// It is not the agent: it reads no instrument and has no journal, so that what
// is measured is the notary. The enrolment and the session are written from
// docs/formats.md a second time and share no code with the agent.
//
// Invariant: what a gateway sends is what an agent could have sent; a fleet
// never reaches past the wire.
package fleet
