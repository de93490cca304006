package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"fieldseal/agent/pipeline"
	"fieldseal/drivers/hj212/link"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// dialTimeout is how long a station or platform may take to accept a connection.
const dialTimeout = 10 * time.Second

// listens prepares the sources of the buses that the agent is not master of.
func listens(s *site.Site, c *site.Compiled, log *slog.Logger) ([]pipeline.Listen, error) {
	var out []pipeline.Listen
	for i := range s.Buses {
		b := &s.Buses[i]
		stations := s.Stations(b.ID)
		if len(stations) == 0 {
			continue
		}
		cfg := link.Config{Log: log.With("bus", b.ID)}
		l := pipeline.Listen{}
		for _, d := range stations {
			l.Devices = append(l.Devices, d.ID)
			for k := range c.Config.Devices {
				if x := &c.Config.Devices[k]; x.ID == d.ID {
					p, _ := c.Profile(x.Profile)
					cfg.Devices = append(cfg.Devices, source.Device{Device: *x, Bound: p.Profile})
				}
			}
		}
		if err := reach(&cfg, b); err != nil {
			return nil, err
		}
		if _, err := link.New(cfg); err != nil {
			return nil, fmt.Errorf("bus %s: %w", b.ID, err)
		}
		l.Open = func(boot func() uint64) (source.Source, error) {
			with := cfg
			with.Boot = boot
			return link.New(with)
		}
		out = append(out, l)
	}
	return out, nil
}

// reach says how the stations of a bus are reached.
func reach(cfg *link.Config, b *site.Bus) error {
	dial := func(address string) func(context.Context) (net.Conn, error) {
		return func(ctx context.Context) (net.Conn, error) {
			d := net.Dialer{Timeout: dialTimeout}
			return d.DialContext(ctx, "tcp", address)
		}
	}
	if b.Tee != "" {
		cfg.Tee = dial(b.Tee)
	}
	switch b.Kind {
	case instrument.Listen:
		cfg.Listen = func() (net.Listener, error) { return net.Listen("tcp", b.Address) }
	case instrument.TCP:
		cfg.Dial = func(ctx context.Context) (stream.Conn, error) {
			c, err := dial(b.Address)(ctx)
			if err != nil {
				return nil, err
			}
			return stream.NetConn(c), nil
		}
	default:
		port := serialport.Config{Path: b.Path, Baud: b.Baud, DataBits: b.DataBits, Parity: b.Parity, StopBits: b.StopBits, Direction: serialport.Direction(b.RTS)}
		if err := port.Check(); err != nil {
			return fmt.Errorf("bus %s: %w", b.ID, err)
		}
		cfg.Dial = func(context.Context) (stream.Conn, error) { return serialport.Open(port) }
	}
	return nil
}
