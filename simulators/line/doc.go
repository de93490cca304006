// Package line is the wire between a master and its simulated slaves: one that
// exists only in the process, and runs under testing/synctest, and one that is
// a pseudo-terminal, which a real agent opens as a serial port.
//
// It carries bytes and knows no protocol. What misbehaves here is the cable
// (a port that vanishes, slow or chopped bytes, an echo); what misbehaves in
// the instrument is in package device.
//
// Invariant: bytes arrive in the order in which each side wrote them, or not at
// all.
package line
