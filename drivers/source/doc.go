// Package source says how an instrument that speaks by itself is heard: a
// station that reports, a vehicle that dials in, a sensor that publishes, a
// contact that opens.
//
// It is not for instruments that are asked; those have a driver of one exchange
// (agent/sample). It opens nothing: each protocol's link does.
//
// Its invariant: what a link hands on is what came, byte for byte, and a link
// acknowledges to the instrument only what Kept has said is durable.
package source
