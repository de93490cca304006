package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/file"
	library "fieldseal/firmware-config/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/internal/rig"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/site"
)

// onceLimit is how long --once may take.
const onceLimit = 2 * time.Minute

func newDemoCmd() *cobra.Command {
	var dir string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a construction site and a cold store on this machine, from instrument to verdict",
		Long: `Runs the real binaries that lie beside this one: a notary and two agents. Their
instruments are simulated (Modbus RTU and DL/T 645 on pseudo-terminals, an HJ 212 station
that dials in, a thermometer that publishes over MQTT), and now and then they
misbehave. Everything is kept below one folder; a second run goes on where the
first stopped.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A reader that goes away, as head does, ends the demo too: dying of it
			// would leave the site's processes behind.
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
			defer stop()
			if once {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, onceLimit, fmt.Errorf("no evidence file was anchored within %v", onceLimit))
				defer cancel()
			}
			return runDemo(ctx, dir, once, newScreen(os.Stdout))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "demo-data", "folder for everything that the demo keeps")
	cmd.Flags().BoolVar(&once, "once", false, "stop when one evidence file is anchored and verified")
	return cmd
}

// demo is one run.
type demo struct {
	*rig.Rig
	screen *screen
	once   bool
	sites  []*demoSite
}

// demoSite is one of the two sites.
type demoSite struct {
	site.Scenario
	file   string // its site file
	config *config.Site
	player *site.Player
	watch  *watch
}

func runDemo(ctx context.Context, dir string, once bool, screen *screen) (err error) {
	bin, err := rig.Find("")
	if err != nil {
		return err
	}
	r, err := rig.New(bin, dir)
	if err != nil {
		return err
	}
	d := &demo{Rig: r, screen: screen, once: once}
	defer func() {
		for _, s := range d.sites {
			if s.player != nil {
				err = errors.Join(err, s.player.Close())
			}
		}
	}()
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.start(ctx); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return d.tell(ctx)
}

// start brings everything up, in the order in which people would.
func (d *demo) start(ctx context.Context) error {
	zone, _ := time.Now().Zone()
	d.screen.line("%s  a construction site and a cold store, from instrument to verdict", d.screen.paint(strong, "Fieldseal demo"))
	d.screen.line("everything is kept in %s; times are %s\n", d.Dir, zone)

	if _, err := os.Stat(d.NotaryDir()); errors.Is(err, os.ErrNotExist) {
		d.screen.step("a notary is set up: keys, log, a chain of its own (fieldseal-notary init)")
		if err := d.Init(ctx); err != nil {
			return err
		}
	}
	if _, err := d.StartNotary(ctx); err != nil {
		return err
	}
	d.screen.step("the notary runs: https://%s, its log in %s", d.HTTP, short(d.LogFile("notary")))
	for _, s := range site.Scenarios {
		if err := d.startSite(ctx, s); err != nil {
			return fmt.Errorf("site %s: %w", s.ID, err)
		}
	}
	if _, err := os.Stat(d.TrustFile()); errors.Is(err, os.ErrNotExist) {
		if err := d.Trust(ctx, "Fieldseal demo"); err != nil {
			return err
		}
		d.screen.step("whom a verifier believes is written down: %s", short(d.TrustFile()))
	}
	if err := d.showPage(ctx); err != nil {
		return err
	}
	d.screen.line("")
	return nil
}

func (d *demo) startSite(ctx context.Context, s site.Scenario) error {
	health, err := rig.FreeAddress()
	if err != nil {
		return err
	}
	ports := filepath.Join(d.Dir, "ports", s.ID)
	raw, err := s.SiteFile(site.Places{Ports: ports, Data: d.AgentDir(s.ID), Notary: d.HTTP, Broker: d.MQTT, Health: health, Free: rig.FreeAddress})
	if err != nil {
		return err
	}
	x := &demoSite{Scenario: s, file: filepath.Join(d.Dir, s.ID+".yaml"), watch: newWatch()}
	if err := os.WriteFile(x.file, raw, 0o644); err != nil {
		return err
	}
	lib, err := library.Shipped()
	if err != nil {
		return err
	}
	if x.config, err = config.Parse(x.file, raw, lib, nil); err != nil {
		return err
	}
	if x.player, err = s.Play(x.config, ports, 1, time.Now); err != nil {
		return err
	}
	d.sites = append(d.sites, x)
	if enrolled, err := d.Enrolled(s.ID); err != nil {
		return err
	} else if !enrolled {
		if err := d.Enrol(ctx, s.ID, x.config.Name, x.file); err != nil {
			return err
		}
		if err := d.Plan(ctx, x.file); err != nil {
			return err
		}
	}
	if _, err := d.StartAgent(s.ID, x.file); err != nil {
		return err
	}
	var devices []string
	for _, dev := range x.config.Devices {
		devices = append(devices, dev.ID)
	}
	d.screen.step("%s: %s on %s; site file %s", s.Title.EN, strings.Join(devices, ", "), buses(len(x.config.Buses)), short(x.file))
	return nil
}

// tell follows both sites until ctx ends or, once, until one evidence file is
// anchored and verified.
func (d *demo) tell(ctx context.Context) error {
	began := time.Now()
	scripts, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, len(d.sites))
	for _, s := range d.sites {
		go func() {
			done <- s.Script.Run(scripts, s.player, func(e fault.Event) { d.screen.say(warning, s.ID, "%s", s.happened(e)) })
		}()
	}
	defer func() {
		stop()
		for range d.sites {
			<-done
		}
	}()

	proof := &proof{site: d.sites[0], point: d.sites[0].Shown[0], from: began}
	look := time.NewTicker(2 * time.Second)
	defer look.Stop()
	table := began.Add(6 * time.Second)
	for {
		select {
		case <-ctx.Done():
			if d.once {
				return context.Cause(ctx)
			}
			d.farewell(began)
			return nil
		case <-look.C:
		}
		if p := d.Failed(); p != nil && ctx.Err() == nil {
			return fmt.Errorf("%s has ended (%v); %s ends with:\n%s", p.Name, p.Err(), p.Log, p.Tail())
		}
		for _, s := range d.sites {
			if err := d.follow(ctx, s); err != nil && ctx.Err() == nil {
				d.screen.say(bad, s.ID, "%v", err)
			}
		}
		if time.Now().After(table) {
			if err := d.table(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			table = time.Now().Add(15 * time.Second)
		}
		if !proof.done {
			if err := d.prove(ctx, proof); err != nil && ctx.Err() == nil {
				return err
			}
			if proof.done && d.once {
				return nil
			}
		}
	}
}

// follow fetches what is new of a site's shown points and tells gaps and events.
func (d *demo) follow(ctx context.Context, s *demoSite) error {
	until := time.Now()
	from := until.Add(-20 * time.Second)
	for _, point := range s.Shown {
		raw, err := d.Fetch(ctx, s.ID, point, from, until)
		if errors.Is(err, rig.ErrNothing) {
			continue
		}
		if err != nil {
			return err
		}
		fresh, err := s.watch.look(raw)
		if err != nil {
			return fmt.Errorf("what the notary gave of %s: %w", point, err)
		}
		for _, n := range fresh {
			if line := n.tell(); line != "" {
				d.screen.say(strong, s.ID, "sealed   %s  %s", line, d.screen.paint(faint, n.entry))
			}
		}
	}
	return nil
}

// table shows the newest reading of each shown point with its state.
func (d *demo) table(ctx context.Context) error {
	d.screen.line("")
	for _, s := range d.sites {
		n, err := d.Latest(ctx, s.ID)
		if err != nil && !errors.Is(err, rig.ErrNothing) {
			return err
		}
		d.screen.line("  %s", d.screen.paint(strong, s.Title.EN))
		for _, point := range s.Shown {
			i := slices.IndexFunc(n.Readings, func(x rig.Latest) bool { return x.Point == point })
			if i < 0 {
				d.screen.line("    %s  no reading yet", pad(point, 20))
				continue
			}
			x := n.Readings[i]
			colour, where := waiting, fmt.Sprintf("%s, log entry %d", x.State, x.Index)
			if strings.HasPrefix(x.State, "anchored") {
				colour = good
			}
			if len(x.Marks) > 0 {
				where += "  " + d.screen.paint(warning, "marked: "+strings.Join(x.Marks, ", "))
			}
			d.screen.line("    %s %s %s  %s  %s", pad(point, 20), padLeft(x.Value, 9), pad(unitName(x.Unit), 6), clock(x.Time), d.screen.paint(colour, where))
		}
	}
	d.screen.line("")
	return nil
}

// proof is the one evidence file that the demo makes and verifies.
type proof struct {
	site   *demoSite
	point  string
	from   time.Time
	to     time.Time
	waited bool
	done   bool
}

// prove fetches the evidence once there is something to prove, and verifies it
// with the real command until it is anchored.
func (d *demo) prove(ctx context.Context, p *proof) error {
	if p.to.IsZero() {
		// Ten seconds of readings, and a while for the batch that closes the range.
		if time.Now().Before(p.from.Add(16 * time.Second)) {
			return nil
		}
		p.from = p.from.Add(3 * time.Second)
		p.to = p.from.Add(10 * time.Second)
	}
	out := filepath.Join(d.EvidenceDir(), p.site.ID+"-"+strings.ReplaceAll(p.point, "/", "-")+file.Extension)
	if err := d.Evidence(ctx, p.site.ID, p.point, p.from, p.to, out); err != nil {
		if errors.Is(err, rig.ErrNothing) {
			return nil
		}
		return err
	}
	v, err := d.Verify(ctx, out)
	if err != nil {
		return err
	}
	switch v.Verdict {
	case "pending":
		if !p.waited {
			p.waited = true
			d.screen.say(waiting, p.site.ID, "evidence %s is logged and waits for its anchor", p.point)
		}
		return nil
	case "genuine":
	default:
		return fmt.Errorf("fieldseal verify says %s of %s: %s", v.Verdict, out, v.Sentence)
	}
	p.done = true
	d.screen.line("")
	d.screen.line("  %s %s", d.screen.paint(good, "✓ genuine"), d.screen.paint(faint, "("+v.Independence+" chain)"))
	d.screen.line("  %s", v.Sentence)
	d.screen.line("  evidence file  %s", out)
	d.screen.line("  check it       bin/fieldseal verify --trust %s %s", short(d.TrustFile()), short(out))
	d.screen.line("")
	return nil
}

// farewell tells what is left and what to do with it.
func (d *demo) farewell(began time.Time) {
	d.screen.line("\n%s after %v. What is left, and what to do with it:\n", d.screen.paint(strong, "Stopped"), time.Since(began).Round(time.Second))
	files, _ := filepath.Glob(filepath.Join(d.EvidenceDir(), "*"+file.Extension))
	next := [][2]string{}
	if len(files) > 0 {
		next = append(next, [2]string{"prove it offline", fmt.Sprintf("bin/fieldseal verify --trust %s %s", short(d.TrustFile()), short(files[0]))})
	}
	next = append(next,
		[2]string{"the published log", fmt.Sprintf("bin/fieldseal-notary log export --data %s --out log", short(d.NotaryDir()))},
		[2]string{"whom it rests on", fmt.Sprintf("bin/fieldseal trust show %s", short(d.TrustFile()))},
		[2]string{"go on from here", fmt.Sprintf("bin/fieldseal demo --dir %s", short(d.Dir))},
	)
	for _, n := range next {
		d.screen.line("  %s %s", pad(n[0], 18), n[1])
	}
}

// happened says what the script did, as someone on the site would.
func (s *demoSite) happened(e fault.Event) string {
	switch {
	case e.Kind == fault.Late:
		return fmt.Sprintf("on site  the next answer of %s comes %v late", e.Target, e.Delay)
	case e.Kind == fault.Dead && !e.Ended:
		return fmt.Sprintf("on site  %s falls silent for %v", e.Target, e.For)
	case e.Kind == fault.Dead:
		return fmt.Sprintf("on site  %s answers again", e.Target)
	case e.Kind == fault.Value && !e.Ended:
		return fmt.Sprintf("on site  %s goes to %g for %v", e.Target, e.Value, e.For)
	case e.Kind == fault.Value:
		return fmt.Sprintf("on site  %s is ordinary again", e.Target)
	case e.Kind == fault.NoValue && !e.Ended:
		return fmt.Sprintf("on site  the probe of %s is unplugged for %v", e.Target, e.For)
	case e.Kind == fault.NoValue:
		return fmt.Sprintf("on site  the probe of %s is back", e.Target)
	case e.Kind == fault.Vanish && !e.Ended:
		return fmt.Sprintf("on site  someone pulls the adapter of line %s for %v", e.Target, e.For)
	case e.Kind == fault.Vanish:
		return fmt.Sprintf("on site  the adapter of line %s is plugged in again", e.Target)
	}
	what := map[fault.Kind]string{fault.Garbage: "comes with rubbish", fault.BadCheck: "is damaged on its way", fault.Torn: "breaks off in its middle"}[e.Kind]
	return fmt.Sprintf("on site  what %s says next %s", e.Target, what)
}

// short writes a path below the working folder relative to it.
func short(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

func padLeft(text string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(text))) + text
}

func buses(n int) string {
	if n == 1 {
		return "one bus"
	}
	return fmt.Sprintf("%d buses", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
