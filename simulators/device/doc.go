// Package device simulates Modbus instruments: several units on one serial
// line, or behind one TCP port, answering from a register image and
// misbehaving on command or by seeded chance.
//
// It is not a model of any product and invents no values: the image is given
// from outside. It shares no code with the drivers that read it; checksum and
// framing are written a second time on purpose, so that one mistake cannot hide
// on both sides.
//
// Invariant: with the same seed, the same requests meet the same faults.
package device
