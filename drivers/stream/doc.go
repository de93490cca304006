// Package stream holds what every instrument has in common that sends bytes by
// itself over a line: the line is dialled again when it is lost, or a port is kept
// open at which instruments dial in, within limits.
//
// It knows no protocol: a session function reads each connection. A bus that the
// agent is master of is no stream (drivers/modbus/bus).
//
// Its invariant: one connection is read by one session at a time, and Run ends
// only when its context does.
package stream
