// Package station simulates stations that report by HJ 212: what a compiled profile
// says they measure, at its pace, with acknowledgement, repetition and a memory for
// what was not acknowledged, and misbehaving on command.
//
// It is not a model of any product. Framing, CRC and encryption are written apart
// from drivers/hj212 on purpose, so that one mistake cannot hide on both sides.
//
// Invariant: a message is forgotten only once it was acknowledged, or when Memory is
// full.
package station
