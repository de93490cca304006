// Package modbus reads and writes the bytes of Modbus RTU and Modbus TCP:
// checksums, read requests, framing by length, and the strict parsing of one
// request with its reply.
//
// It is not a master: it opens nothing, waits for nothing and knows no device.
// It does not say what a register means; it gives words and bits. Requests that
// write are in package commission, which the running agent never imports.
//
// Invariant: a reply is taken only if every byte of it answers the request it
// is parsed with. Nothing is skipped, searched for or repaired.
//
// References are to "MODBUS Application Protocol Specification V1.1b3", "MODBUS
// over Serial Line V1.02" and "MODBUS Messaging on TCP/IP V1.0b".
package modbus
