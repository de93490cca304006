// Package serialport is the four-method serial port that every driver in this
// project reads and writes, and its one implementation over a real tty.
//
// It is not a protocol and knows no frame: it moves bytes. Framing, deadlines
// above 100 ms, echo removal and quarantine belong to the bus that owns the port.
//
// Invariant: Read never blocks longer than about ReadStep and never reports
// "nothing yet" as an error; an error from Read or Write means that the port
// itself is gone and must be opened again.
package serialport
