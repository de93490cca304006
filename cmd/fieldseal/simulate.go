package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	library "fieldseal/firmware-config/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/site"
)

func newSimulateCmd() *cobra.Command {
	var dir string
	p := site.Places{}
	cmd := &cobra.Command{
		Use:   "simulate [SCENARIO]",
		Short: "Play the instruments of a site: on serial lines, at ports, over MQTT",
		Long: `Plays a scenario's instruments and what befalls them, until Ctrl-C. Nothing is sealed:
an agent does that, with the site file that is written beside the lines. A scenario is
the name of a shipped one, or a folder with site.yaml, play.yaml and the profiles that
its site file names. Without one, the shipped ones are listed.

What shall happen besides can be typed, one a line:

` + fault.Commands,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listScenarios(newScreen(os.Stdout))
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
			defer stop()
			s, err := site.Load(args[0])
			if err != nil {
				return err
			}
			return simulate(ctx, s, args[0], dir, p, os.Stdin, newScreen(os.Stdout))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "simulated", "folder for the serial lines, the site file and the agent's data")
	cmd.Flags().StringVar(&p.Notary, "notary", "", "address of the notary for the site file, host:port (the scenario's when empty)")
	cmd.Flags().StringVar(&p.Broker, "broker", "", "address of the notary's broker, host:port")
	cmd.Flags().StringVar(&p.Health, "health", "", "address at which the agent shall show its health, host:port")
	return cmd
}

func listScenarios(screen *screen) error {
	for _, id := range site.Shipped() {
		s, err := site.Load(id)
		if err != nil {
			return err
		}
		screen.line("%s %s  %s", pad(id, 12), s.Title.EN, s.Title.ZH)
	}
	return nil
}

// simulate plays a scenario that lies in the folder from, if it is none of the shipped,
// and does what is typed into in.
func simulate(ctx context.Context, s site.Scenario, from, dir string, p site.Places, in io.Reader, screen *screen) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	p.Ports, p.Data = filepath.Join(dir, "ports"), filepath.Join(dir, "data")
	raw, err := s.SiteFile(p)
	if err != nil {
		return err
	}
	lib, err := library.Shipped()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, s.ID+".yaml")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := config.Parse(file, raw, lib, func(profiles string) error {
		if filepath.IsAbs(profiles) {
			return lib.Add(profiles, os.DirFS(profiles))
		}
		// The agent's site file lies here, so its own profiles do too.
		here := filepath.Join(dir, profiles)
		if err := os.RemoveAll(here); err != nil {
			return err
		}
		if err := os.CopyFS(here, os.DirFS(filepath.Join(from, profiles))); err != nil {
			return err
		}
		return lib.Add(here, os.DirFS(here))
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		return err
	}
	player, err := s.Play(f, p.Ports, 1, time.Now)
	if err != nil {
		return err
	}
	defer player.Close()
	screen.line("%s  %s", screen.paint(strong, s.Title.EN), s.Title.ZH)
	for i := range f.Buses {
		b := &f.Buses[i]
		var on []string
		for _, d := range f.Devices {
			if d.Bus == b.ID {
				on = append(on, d.ID)
			}
		}
		screen.line("  %s %s  %s", pad(b.ID, 8), pad(b.Where(), 24), strings.Join(on, ", "))
	}
	screen.line("\nin another window:\n  fieldseal-agent check --config %s\n  fieldseal-agent read  --config %s --live\n", short(file), short(file))
	x := &demoSite{Scenario: s}
	screen.line("what shall happen besides can be typed here:\n%s\n", fault.Commands)
	go obey(ctx, in, f, player, x, screen)
	if err := s.Script.Run(ctx, player, func(e fault.Event) { screen.say(warning, s.ID, "%s", x.happened(e)) }); err != nil {
		return fmt.Errorf("scenario %s: %w", s.ID, err)
	}
	<-ctx.Done()
	return nil
}

// obey does what is typed until ctx ends or nothing more can be typed.
func obey(ctx context.Context, in io.Reader, f *config.Site, player *site.Player, x *demoSite, screen *screen) {
	known := func(id string) bool {
		dev, point, isPoint := strings.Cut(id, "/")
		d, ok := f.Device(dev)
		if isPoint && ok {
			_, ok = d.Profile.Profile.Point(point)
		} else if !ok {
			_, ok = f.Bus(id)
		}
		return ok
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() && ctx.Err() == nil {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		step, err := fault.Parse(lines.Text(), known)
		if err != nil {
			screen.line("%v", err)
			continue
		}
		go func() {
			// A step that was parsed can be carried out.
			_ = fault.Script{Steps: []fault.Step{step}}.Run(ctx, player, func(e fault.Event) { screen.say(warning, x.ID, "%s", x.happened(e)) })
		}()
	}
}
