//go:build linux

package bus_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// serialServer passes bytes between a serial line and one connection at a time, as
// a serial server in transparent mode does. hangUp ends the connection.
func serialServer(t *testing.T, path string) (address string, hangUp func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, err := serialport.Open(serialport.Config{Path: path, Baud: 115200})
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 1)
	serving(t, func(ctx context.Context) {
		defer port.Close()
		defer context.AfterFunc(ctx, func() { ln.Close() })()
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			select {
			case <-conns:
			default:
			}
			conns <- c
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				buf := make([]byte, 256)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if _, err := port.Write(buf[:n]); err != nil {
						return
					}
				}
			}()
			stop := context.AfterFunc(ctx, func() { c.Close() })
			buf := make([]byte, 256)
			for running := true; running; {
				select {
				case <-ended:
					running = false
				default:
					n, err := port.Read(buf)
					if n > 0 {
						_, err = c.Write(buf[:n])
					}
					running = err == nil
				}
			}
			stop()
			c.Close()
			<-ended
		}
	})
	return ln.Addr().String(), func() { (<-conns).Close() }
}

func TestRTUOverTCPKeepsTheRulesOfALine(t *testing.T) {
	pty, err := line.NewPTY(filepath.Join(t.TempDir(), "line"))
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	s := device.New(1, device.Identify, units...)
	serving(t, func(ctx context.Context) { s.ServeLine(ctx, pty.Slave()) })
	address, hangUp := serialServer(t, pty.Path())
	b := running(t, bus.Config{Name: "server", Timeout: 100 * time.Millisecond, Quiet: 150 * time.Millisecond, ReopenFirst: time.Millisecond}, bus.DialRTUOverTCP(address))
	check := func(i int) {
		t.Helper()
		ex := b.Do(t.Context(), ask(1, blocks[i%2]))
		want, _ := device.Identify(1, 3, blocks[i%2].Address, blocks[i%2].Count)
		if ex.Outcome != bus.OK || !slices.Equal(ex.Data.Words, want) {
			t.Fatalf("%v %04x, %v", ex.Outcome, ex.Data.Words, ex.Err)
		}
	}
	check(0)
	for i, f := range []device.Fault{{Kind: device.Late, Delay: 180 * time.Millisecond}, {Kind: device.BadCRC}, {Kind: device.OtherUnit, Unit: 2}, {Kind: device.Truncated, Bytes: 4}, {Kind: device.Silent}} {
		s.Next(1, f)
		// Both blocks have one shape: nothing but the quarantine tells a late answer
		// from the next.
		if ex := b.Do(t.Context(), ask(1, blocks[i%2])); ex.Outcome.Answered() {
			t.Errorf("%v was accepted: %v", f.Kind, ex.Outcome)
		}
		check(i + 1)
	}
	hangUp()
	deadline := time.Now().Add(2 * time.Second)
	for {
		ex := b.Do(t.Context(), ask(1, blocks[0]))
		if ex.Outcome == bus.OK {
			break
		}
		if !errors.Is(ex.Err, bus.ErrPortDown) && ex.Outcome != bus.BusFault && ex.Outcome != bus.NoAnswer || time.Now().After(deadline) {
			t.Fatalf("%v, %v", ex.Outcome, ex.Err)
		}
	}
	if c := b.Counters(); c.Opens != 2 {
		t.Errorf("%+v", c)
	}
}
