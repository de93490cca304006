package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"fieldseal/agent/pipeline"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// dialTimeout is how long an instrument or platform may take to accept a
// connection.
const dialTimeout = 10 * time.Second

// listens prepares the sources of the buses that the agent is not Modbus master of. peek:
// they are only looked at, and nothing is kept.
func listens(s *site.Site, c *site.Compiled, peek bool, log *slog.Logger) ([]pipeline.Listen, error) {
	var out []pipeline.Listen
	for i := range s.Buses {
		b := &s.Buses[i]
		heard := s.Heard(b.ID)
		if len(heard) == 0 {
			continue
		}
		w := wiring{site: s, bus: b, peek: peek, log: log.With("bus", b.ID)}
		l := pipeline.Listen{}
		for _, d := range heard {
			l.Devices = append(l.Devices, d.ID)
			for k := range c.Config.Devices {
				if x := &c.Config.Devices[k]; x.ID == d.ID {
					p, _ := c.Profile(x.Profile)
					w.devices = append(w.devices, source.Device{Device: *x, Bound: p.Profile})
				}
			}
		}
		open, ok := openers[w.devices[0].Bound.Protocol]
		if !ok {
			return nil, fmt.Errorf("bus %s: this agent cannot listen to instruments of protocol %s", b.ID, w.devices[0].Bound.Protocol)
		}
		l.Open = func(boot func() uint64) (source.Source, error) {
			with := w
			with.boot, with.live = boot, boot != nil
			return open(&with)
		}
		// What is wrong with the file is told now, and not when it runs.
		if _, err := l.Open(nil); err != nil {
			return nil, fmt.Errorf("bus %s: %w", b.ID, err)
		}
		out = append(out, l)
	}
	return out, nil
}

// wiring is one bus with the devices that are heard on it.
type wiring struct {
	site    *site.Site
	bus     *site.Bus
	devices []source.Device
	live    bool // it is opened to run, not to be checked
	peek    bool // and only to be looked at
	boot    func() uint64
	log     *slog.Logger
}

// dialTCP connects to an address.
func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	return d.DialContext(ctx, "tcp", address)
}

// line is how the instruments of a bus are reached that speak a stream of bytes:
// dial for a serial line or a server, listen for a port at which they dial in.
func (w *wiring) line() (dial func(context.Context) (stream.Conn, error), listen func() (net.Listener, error), err error) {
	switch w.bus.Kind {
	case instrument.Listen:
		return nil, func() (net.Listener, error) { return net.Listen("tcp", w.bus.Address) }, nil
	case instrument.TCP:
		return func(ctx context.Context) (stream.Conn, error) {
			c, err := dialTCP(ctx, w.bus.Address)
			if err != nil {
				return nil, err
			}
			return stream.NetConn(c), nil
		}, nil, nil
	}
	port, err := serialConfig(w.bus)
	if err != nil {
		return nil, nil, err
	}
	return func(context.Context) (stream.Conn, error) { return serialport.Open(port) }, nil, nil
}

// serialConfig is the line of a serial bus.
func serialConfig(b *site.Bus) (serialport.Config, error) {
	port := serialport.Config{Path: b.Path, Baud: b.Baud, DataBits: b.DataBits, Parity: b.Parity, StopBits: b.StopBits, Direction: serialport.Direction(b.RTS)}
	if err := port.Check(); err != nil {
		return port, fmt.Errorf("bus %s: %w", b.ID, err)
	}
	return port, nil
}
