package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"fieldseal/drivers/serialport"
)

// dialTimeout bounds one attempt to connect.
const dialTimeout = 3 * time.Second

// DialSerial opens a tty.
func DialSerial(c serialport.Config) Dial {
	return func(context.Context) (serialport.Port, error) { return serialport.Open(c) }
}

// DialTCP connects to host:port (Modbus's own is 502).
func DialTCP(address string) Dial {
	return func(ctx context.Context) (serialport.Port, error) {
		d := net.Dialer{Timeout: dialTimeout}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("modbus tcp %s: %w", address, err)
		}
		return NetPort(conn), nil
	}
}

// DialRTUOverTCP connects to a serial server that passes bytes on and knows no
// frames. The bus has RTU framing then, and the line behind the server is kept as
// any: after a fault nothing is asked before it has been silent.
func DialRTUOverTCP(address string) Dial {
	return func(ctx context.Context) (serialport.Port, error) {
		d := net.Dialer{Timeout: dialTimeout}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("serial server %s: %w", address, err)
		}
		return LinePort(conn), nil
	}
}

// LinePort gives a connection to a bare serial line the manners of a port.
func LinePort(conn net.Conn) serialport.Port { return &linePort{netPort: netPort{conn: conn}} }

// linePort is a connection on which nothing tells one answer from another, so what
// has come and was not asked for must be seen before the next question.
type linePort struct {
	netPort
	seen []byte
}

// look is how long Waiting and Flush listen. A deadline that has passed would hide
// what the kernel holds.
const look = time.Millisecond

// Read takes what Waiting saw first.
func (p *linePort) Read(b []byte) (int, error) {
	if len(p.seen) > 0 {
		n := copy(b, p.seen)
		p.seen = p.seen[n:]
		return n, nil
	}
	return p.netPort.Read(b)
}

// Waiting implements serialport.Waiter.
func (p *linePort) Waiting() (int, error) {
	err := p.peek()
	return len(p.seen), err
}

// Flush discards what has come.
func (p *linePort) Flush() error {
	err := p.peek()
	p.seen = nil
	return err
}

// peek takes what has come, at most maxSeen bytes.
func (p *linePort) peek() error {
	const maxSeen = 4096
	p.until = time.Time{} // the deadline set here is not Read's
	if err := p.conn.SetReadDeadline(time.Now().Add(look)); err != nil {
		return err
	}
	buf := make([]byte, 512)
	for len(p.seen) < maxSeen {
		n, err := p.conn.Read(buf)
		p.seen = append(p.seen, buf[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// NetPort gives a connection the manners of a port.
func NetPort(conn net.Conn) serialport.Port { return &netPort{conn: conn} }

type netPort struct {
	conn  net.Conn
	until time.Time // read deadline in force
}

// Read renews the deadline only when half of it is used: on a busy connection
// that is one system timer for many reads.
func (p *netPort) Read(b []byte) (int, error) {
	now := time.Now()
	if p.until.Sub(now) < serialport.ReadStep/2 {
		p.until = now.Add(serialport.ReadStep)
		if err := p.conn.SetReadDeadline(p.until); err != nil {
			return 0, err
		}
	}
	n, err := p.conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

func (p *netPort) Write(b []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(time.Now().Add(dialTimeout)); err != nil {
		return 0, err
	}
	return p.conn.Write(b)
}

// Flush has nothing to do: transaction numbers tell answers apart, and a fault
// drops the connection.
func (p *netPort) Flush() error { return nil }

func (p *netPort) Close() error { return p.conn.Close() }
