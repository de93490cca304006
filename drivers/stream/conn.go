package stream

import (
	"errors"
	"net"
	"time"
)

// WriteTimeout bounds one write to a network connection.
const WriteTimeout = 10 * time.Second

// Conn is a line to one or more instruments.
type Conn interface {
	// Read returns (0, nil) when nothing has come for a moment; an error means
	// that the line is lost.
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	Close() error
}

// NetConn makes a Conn of a network connection.
func NetConn(c net.Conn) Conn { return netConn{c} }

type netConn struct{ net.Conn }

// step is how long a read waits before it says "nothing yet".
const step = 200 * time.Millisecond

func (c netConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(step)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	var late net.Error
	if n > 0 || errors.As(err, &late) && late.Timeout() {
		return n, nil
	}
	return n, err
}

func (c netConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
