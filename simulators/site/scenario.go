package site

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"strings"
	"time"

	"fieldseal/evidence/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/fault"
)

// Scenario is one site to play.
type Scenario struct {
	ID    string // of the site
	Title profile.Text
	// Curves override the day of single points, by "device/point".
	Curves map[string]Curve
	Script fault.Script
	// Shown are the points that the demo puts on the screen.
	Shown []string

	site []byte // the site file
}

//go:embed scenarios
var shipped embed.FS

// Shipped are the ids of the scenarios that come with the program.
func Shipped() []string {
	var ids []string
	all, err := shipped.ReadDir("scenarios")
	if err != nil {
		return nil // of an embedded folder only a broken build has none
	}
	for _, e := range all {
		ids = append(ids, e.Name())
	}
	return ids
}

// Load reads a scenario: the name of a shipped one, or a folder with site.yaml and
// play.yaml.
func Load(name string) (Scenario, error) {
	if sub, err := fs.Sub(shipped, "scenarios/"+name); err == nil && fs.ValidPath("scenarios/"+name) {
		if _, err := fs.Stat(sub, "play.yaml"); err == nil {
			return read(sub, name)
		}
	}
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return Scenario{}, fmt.Errorf("scenario %s: shipped are %s; else name a folder with site.yaml and play.yaml", name, strings.Join(Shipped(), ", "))
	}
	return read(os.DirFS(name), name)
}

// must is for scenarios of this package, whose files a test reads.
func must(name string) Scenario {
	s, err := Load(name)
	if err != nil {
		panic(err)
	}
	return s
}

// The scenarios of the demo.
var (
	// Yard is a construction site: dust, noise and weather at the gate, a station
	// that reports by itself, a tower crane, the water in the pit, a meter.
	Yard = must("north-yard")
	// ColdStore is a cold store: two freezing rooms, a chilled dock, a door, a
	// thermometer that publishes.
	ColdStore = must("cold-store")

	Scenarios = []Scenario{Yard, ColdStore}
)

// Places are what a machine puts in place of the marks in a scenario's site file.
type Places struct {
	Ports  string // folder of the serial lines
	Data   string // the agent's data folder
	Notary string // host:port of the notary's HTTP
	Broker string // host:port of its broker
	Health string // host:port on which the agent listens
	// Free gives an address of this machine for a bus in place of the file's; nil:
	// the file's is taken.
	Free func() (string, error)
}

var address = regexp.MustCompile(`\b127\.0\.0\.1:[0-9]+\b`)

// SiteFile is the site file that an agent of this scenario runs with.
func (s Scenario) SiteFile(p Places) ([]byte, error) {
	text := strings.NewReplacer("/dev/fieldseal-demo", p.Ports, "/var/lib/fieldseal-demo", p.Data).Replace(string(s.site))
	known := map[string]string{"127.0.0.1:7411": p.Notary, "127.0.0.1:8883": p.Broker, "127.0.0.1:9411": p.Health}
	var failed error
	text = address.ReplaceAllStringFunc(text, func(at string) string {
		if x, ok := known[at]; ok && x != "" {
			return x
		}
		if p.Free == nil || failed != nil {
			return at
		}
		x, err := p.Free()
		failed = err
		known[at] = x
		return x
	})
	if failed != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.ID, failed)
	}
	return []byte(text), nil
}

// Play starts the scenario's instruments as a site file binds them, serial lines in
// the folder ports.
func (s Scenario) Play(f *config.Site, ports string, seed uint64, now func() time.Time) (*Player, error) {
	c, err := f.Compile("simulator")
	if err != nil {
		return nil, err
	}
	var all []Instrument
	for i := range c.Config.Devices {
		d := &c.Config.Devices[i]
		p, ok := c.Profile(d.Profile)
		if !ok {
			return nil, fmt.Errorf("scenario %s: device %s names a profile that its configuration does not hold", s.ID, d.ID)
		}
		in, err := s.Instrument(d, p.Profile)
		if err != nil {
			return nil, err
		}
		in.Bus, _ = f.Bus(d.Bus)
		all = append(all, in)
	}
	return Start(ports, seed, now, all...)
}

// Instrument is a device of the scenario with the day of its points.
func (s Scenario) Instrument(d *profile.Device, p *profile.Profile) (Instrument, error) {
	curves := maps.Clone(day[p.ID])
	if curves == nil {
		curves = map[string]Curve{}
	}
	for id, c := range s.Curves {
		dev, point, _ := strings.Cut(id, "/")
		if dev != d.ID {
			continue
		}
		if _, ok := p.Point(point); !ok {
			return Instrument{}, fmt.Errorf("scenario %s: profile %s has no point %q", s.ID, p.ID, point)
		}
		curves[point] = c
	}
	for i := range p.Points {
		if _, ok := curves[p.Points[i].Name]; !ok {
			return Instrument{}, fmt.Errorf("scenario %s: nobody has said how %s/%s (profile %s) goes through a day; write it under curves", s.ID, d.ID, p.Points[i].Name, p.ID)
		}
	}
	return Instrument{Device: d, Profile: p, Curves: curves}, nil
}
