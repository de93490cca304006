package serialport

import (
	"errors"
	"time"
)

// ReadStep is how long Read waits for a first byte before it says "nothing yet".
// A tty counts its read timer in tenths of a second, so it cannot be finer.
const ReadStep = 100 * time.Millisecond

// Port is one serial line, or anything that behaves like one.
//
// One goroutine owns a Port for its whole life; only Close may be called from
// another.
type Port interface {
	// Read waits at most about ReadStep and returns what has arrived.
	// (0, nil) means "nothing yet". An error means that the port is lost.
	Read(b []byte) (int, error)
	// Write hands b to the line; it may return before the last bit has left.
	Write(b []byte) (int, error)
	// Flush discards what was received and not read, and what was written
	// and not sent.
	Flush() error
	// Close releases the port. It never hangs, whatever Read or Write do.
	Close() error
}

// Waiter is implemented by ports that can count the bytes that have arrived
// and were not read, without waiting for more.
type Waiter interface {
	Waiting() (int, error)
}

var (
	// ErrVanished says that the device behind the port is gone: a pulled USB
	// adapter, a removed node, the other end of a pty closed.
	ErrVanished = errors.New("serial port vanished")
	// ErrClosed says that this side has closed the port.
	ErrClosed = errors.New("serial port closed")
	// ErrBusy says that another process or another bus holds the port.
	ErrBusy = errors.New("serial port in use")
	// ErrNoDirection says that the port has no RTS line that could switch a
	// transceiver between sending and receiving.
	ErrNoDirection = errors.New("serial port cannot switch direction by RTS")
)
