package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/agent/bench"
	"fieldseal/agent/clock"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/firmware-config/site"
	"fieldseal/internal/command"
)

func newReadCmd() *cobra.Command {
	var config string
	var devices []string
	var live, scan bool
	cmd := &cobra.Command{
		Use:   "read --config site.yaml [--device ID]... [--live | --scan]",
		Short: "Read the instruments and show every byte and decoding step",
		Long: `Read each instrument of a site file once, or with --live on its cadence, and show
the request, the raw reply, every decoding step and the value. A device that does
not answer is explained; --scan looks for it at other addresses and rates.

The agent must not run on the same lines. Nothing is written to any instrument.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := site.Load(config)
			if err != nil {
				return err
			}
			if err := known(s, devices); err != nil {
				return err
			}
			wire, err := wires(s)
			if err != nil {
				return err
			}
			b, err := bench.New(s, screen(cmd.OutOrStdout()), wire, time.Now)
			if err != nil {
				return err
			}
			if scan {
				return scanDevices(cmd.Context(), b, devices)
			}
			return readDevices(cmd.Context(), b, devices, live, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "site file")
	cmd.Flags().StringSliceVar(&devices, "device", nil, "only this device; may be repeated")
	cmd.Flags().BoolVar(&live, "live", false, "go on reading, each device on its cadence, until interrupted")
	cmd.Flags().BoolVar(&scan, "scan", false, "look for the devices at every address and rate of their profiles")
	_ = cmd.MarkFlagRequired("config")
	cmd.MarkFlagsMutuallyExclusive("live", "scan")
	return cmd
}

func known(s *site.Site, devices []string) error {
	for _, id := range devices {
		if _, ok := s.Device(id); ok {
			continue
		}
		var ids []string
		for i := range s.Devices {
			ids = append(ids, s.Devices[i].ID)
		}
		return fmt.Errorf("%w: device %q is not in %s; it has %s", command.ErrUsage, id, s.File, strings.Join(ids, ", "))
	}
	return nil
}

// wires reaches the buses as the running agent does.
func wires(s *site.Site) (bench.Wire, error) {
	for i := range s.Buses {
		if !s.Polled(&s.Buses[i]) {
			continue
		}
		if _, err := wireBus(&s.Buses[i]); err != nil {
			return nil, err
		}
	}
	return func(b *site.Bus) (bus.Config, bus.Dial) {
		w, err := wireBus(b)
		if err != nil { // a scan's settings come from a profile, and were not checked
			return w.Config, func(context.Context) (serialport.Port, error) { return nil, err }
		}
		return w.Config, w.Dial
	}, nil
}

func readDevices(ctx context.Context, b *bench.Bench, devices []string, live bool, log *slog.Logger) error {
	sources, err := sourcesOf(b.Site, log)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); b.Run(running) }()
	defer func() { stop(); <-done }()
	read, failed := b.Once(ctx, devices)
	if live && ctx.Err() == nil {
		heard := make(chan [2]int)
		go func() {
			r, f := b.Hear(ctx, devices, sources)
			heard <- [2]int{r, f}
		}()
		read, failed = b.Live(ctx, devices)
		more := <-heard
		read, failed = read+more[0], failed+more[1]
	}
	if !live && ctx.Err() != nil {
		return errors.New("interrupted before every device was read")
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d not read", failed, read+failed)
	}
	return nil
}

// sourcesOf listens to the stations of a site as the running agent does.
func sourcesOf(s *site.Site, log *slog.Logger) ([]source.Source, error) {
	c, err := s.Compile("bench")
	if err != nil {
		return nil, err
	}
	ls, err := listens(s, c, true, log)
	if err != nil {
		return nil, err
	}
	boot := clock.New(clock.System()).Boot
	var out []source.Source
	for _, l := range ls {
		x, err := l.Open(boot)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func scanDevices(ctx context.Context, b *bench.Bench, devices []string) error {
	missing := 0
	for i := range b.Site.Devices {
		d := &b.Site.Devices[i]
		if b.Site.Hears(d) || len(devices) > 0 && !slices.Contains(devices, d.ID) {
			continue
		}
		found, err := b.Scan(ctx, d)
		if err != nil {
			return err
		}
		if b.ShowScan(d, found); found == nil {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d not found", missing)
	}
	return nil
}
