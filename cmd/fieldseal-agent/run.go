package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"fieldseal/agent/clock"
	"fieldseal/agent/health"
	"fieldseal/agent/identity"
	"fieldseal/agent/journal"
	"fieldseal/agent/lamp"
	"fieldseal/agent/pipeline"
	"fieldseal/agent/seal"
	"fieldseal/agent/uplink"
	gpio "fieldseal/drivers/gpio/link"
	"fieldseal/drivers/modbus/bus"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// memoryGoal is a soft limit: the collector works harder above it and nothing
// fails. GOMEMLIMIT overrides it.
const memoryGoal = 28 << 20

func newRunCmd() *cobra.Command {
	var config string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run --config site.yaml",
		Short: "Read, seal, keep and send, until told to stop",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			level := slog.LevelInfo
			if verbose {
				level = slog.LevelDebug
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			s, err := site.Load(config)
			if err != nil {
				return err
			}
			return run(cmd.Context(), s, log)
		},
	}
	cmd.Flags().StringVar(&config, "config", "site.yaml", "site file")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "log each batch")
	return cmd
}

// run wires a site to the machine and works until ctx ends.
func run(ctx context.Context, s *site.Site, log *slog.Logger) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
	for _, w := range s.Warnings {
		log.Warn(w.Error())
	}
	cfg, err := pipelineConfig(s, log)
	if err != nil {
		return err
	}
	var listener net.Listener
	if s.Listen.Health != "off" {
		if listener, err = net.Listen("tcp", s.Listen.Health); err != nil {
			return fmt.Errorf("listen for health checks: %w; choose another address with listen: {health: …}, or off", err)
		}
		defer listener.Close()
	}
	a, err := pipeline.New(*cfg)
	if err != nil {
		return err
	}
	side, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if listener != nil {
		log.Info("health", "address", listener.Addr().String())
		go func() {
			if err := health.Serve(side, listener, a); err != nil {
				log.Error("no health checks any more", "error", err)
			}
		}()
	}
	go health.Watchdog(side, a.Alive)
	notify(log, "READY=1")
	defer context.AfterFunc(ctx, func() { notify(log, "STOPPING=1") })()
	return a.Run(ctx)
}

func notify(log *slog.Logger, state string) {
	if err := health.Notify(state); err != nil {
		log.Warn("systemd was not told", "state", state, "error", err)
	}
}

// pipelineConfig turns the site file and the data folder into plain values.
func pipelineConfig(s *site.Site, log *slog.Logger) (*pipeline.Config, error) {
	folder := identity.Folder(s.Gateway.Data)
	id, err := identity.Load(folder)
	if err != nil {
		return nil, err
	}
	signer, err := seal.LoadKey(folder.Key())
	if err != nil {
		return nil, err
	}
	tlsConfig, err := identity.TLS(folder)
	if err != nil {
		return nil, err
	}
	verifier, err := id.Verifier()
	if err != nil {
		return nil, err
	}
	c, err := s.Compile(software())
	if err != nil {
		return nil, err
	}
	broker := id.Broker
	if s.Uplink.Broker != "" {
		broker = s.Uplink.Broker
	}
	cfg := &pipeline.Config{
		Software:      software(),
		Identity:      seal.Identity{Gateway: id.Gateway, Site: id.Site, Origin: id.Origin},
		Signer:        signer,
		LogKey:        verifier,
		SealedBefore:  identity.HasSealed(folder),
		MarkSealed:    func() error { return identity.MarkSealed(folder) },
		Configuration: c.Config,
		Timing:        map[string]pipeline.Timing{},
		Interval:      s.Interval,
		Journal:       journal.Options{Dir: folder.Journal(), MaxBytes: s.Journal.MaxBytes, MaxAge: s.Journal.MaxAge, KeepReleased: s.Journal.KeepReleased},
		Dial:          uplink.MQTT(broker, id.Gateway, tlsConfig),
		Pace:          float64(s.Uplink.Backlog),
		Clock:         clock.System(),
		Random:        rand.Reader,
		Log:           log,
	}
	cfg.Lamp = openLamp(s.Lamp, log)
	for _, p := range c.Profiles {
		cfg.Profiles = append(cfg.Profiles, p.Bytes)
	}
	for _, d := range s.Devices {
		cfg.Timing[d.ID] = pipeline.Timing{Timeout: d.Profile.Timeout, Lateness: d.Profile.Lateness}
	}
	if cfg.Listens, err = listens(s, c, false, log); err != nil {
		return nil, err
	}
	for i := range s.Buses {
		if !s.Polled(&s.Buses[i]) {
			continue
		}
		b, err := wireBus(&s.Buses[i])
		if err != nil {
			return nil, err
		}
		cfg.Buses = append(cfg.Buses, b)
	}
	return cfg, nil
}

// openLamp is what the alarm lamp hangs on; nil: there is none. A line that cannot be
// opened now is tried again at each switch, and shown at /healthz until then.
func openLamp(l site.Lamp, log *slog.Logger) lamp.Output {
	switch {
	case l.File != "":
		return lamp.File(l.File)
	case l.Line != "":
		o, err := gpio.OpenOutput(gpio.OutputConfig{Chip: l.Chip, Line: l.Line, ActiveLow: l.ActiveLow})
		if err != nil {
			log.Error("the alarm lamp's line cannot be opened; it is tried again", "chip", l.Chip, "line", l.Line, "error", err)
		}
		return o
	}
	return nil
}

func wireBus(b *site.Bus) (pipeline.Bus, error) {
	out := pipeline.Bus{Config: bus.Config{Name: b.ID, CharTime: b.CharTime(), Echo: b.Echo, Timeout: b.Timeout, Quiet: b.Quiet}}
	switch {
	case b.RTU:
		out.Dial = bus.DialRTUOverTCP(b.Address)
	case b.Kind == instrument.TCP:
		out.Config.Framing = bus.TCP
		out.Dial = bus.DialTCP(b.Address)
	case b.Kind == instrument.Serial:
		port, err := serialConfig(b)
		if err != nil {
			return out, err
		}
		out.Dial = bus.DialSerial(port)
	default:
		return out, errors.New("bus " + b.ID + ": it is neither serial nor tcp")
	}
	return out, nil
}
