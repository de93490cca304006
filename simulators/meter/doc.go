// Package meter simulates electricity meters of DL/T 645-2007: several on one
// line, or behind one TCP port, giving what a compiled profile says they measure
// and misbehaving on command.
//
// It is not a model of any product. Framing and numbers are written apart from
// drivers/dlt645 on purpose, so that one mistake cannot hide on both sides.
//
// Invariant: it answers only reads (11H, 12H, 13H); anything else is counted and
// gets no answer, so a test can show that nothing else was ever asked.
package meter
