package device

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"fieldseal/drivers/serialport"
)

// ServeTCP answers on every connection of ln until ctx ends (nil) or ln breaks.
// It closes ln and its connections.
func (s *Slaves) ServeTCP(ctx context.Context, ln net.Listener) error {
	return s.serveAll(ctx, ln, func(ctx context.Context, conn net.Conn) { s.ServeConn(ctx, conn) })
}

// ServeRTUOverTCP is ServeTCP for slaves behind a serial server that passes bytes on
// and knows no Modbus: the frames of a serial line go over each connection.
func (s *Slaves) ServeRTUOverTCP(ctx context.Context, ln net.Listener) error {
	return s.serveAll(ctx, ln, func(ctx context.Context, conn net.Conn) {
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		defer conn.Close()
		_ = s.ServeLine(ctx, wire{conn}) // a connection that ends is the other side's business
	})
}

// wire is a connection as a serial port.
type wire struct{ net.Conn }

func (w wire) Read(b []byte) (int, error) {
	if err := w.SetReadDeadline(time.Now().Add(serialport.ReadStep)); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

func (wire) Flush() error { return nil }

func (s *Slaves) serveAll(ctx context.Context, ln net.Listener, serve func(context.Context, net.Conn)) error {
	ctx, cancel := context.WithCancel(ctx)
	var conns sync.WaitGroup
	defer conns.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		conns.Go(func() { serve(ctx, conn) })
	}
}

// ServeConn answers on one connection until ctx ends or the peer leaves, and
// closes it.
func (s *Slaves) ServeConn(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	out := &sender{write: func(b []byte) error {
		_, err := conn.Write(b)
		return err
	}}
	defer out.late.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	in := make([]byte, 260)
	for {
		if _, err := io.ReadFull(conn, in[:7]); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint16(in[4:6]))
		if in[2] != 0 || in[3] != 0 || size < 2 || size > 254 {
			return
		}
		if _, err := io.ReadFull(conn, in[7:6+size]); err != nil {
			return
		}
		number := [2]byte{in[0], in[1]}
		wrap := func(unit byte, pdu []byte) []byte {
			frame := binary.BigEndian.AppendUint16([]byte{number[0], number[1], 0, 0}, uint16(1+len(pdu)))
			return append(append(frame, unit), pdu...)
		}
		// Without a checksum, a bad one is played by the transaction number.
		if a, ok := s.respond(in[6], in[7:6+size], wrap, 1); ok && !out.send(ctx, a) {
			return
		}
	}
}
