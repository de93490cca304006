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
