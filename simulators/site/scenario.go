package site

import (
	"embed"
	"fmt"
	"maps"
	"strings"
	"time"

	"fieldseal/evidence/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/fault"
)

// Scenario is one site to play.
type Scenario struct {
	ID    string // of the site, and of its folder under scenarios
	Title profile.Text
	// Curves override the day of single points, by "device/point".
	Curves map[string]Curve
	Script fault.Script
	// Shown are the points that the demo puts on the screen.
	Shown []string
}

//go:embed scenarios/*.yaml
var siteFiles embed.FS

// Places are what a machine puts in place of the marks in a scenario's site file.
type Places struct {
	Ports  string // folder of the serial lines
	Data   string // the agent's data folder
	Notary string // host:port of the notary's HTTP
	Broker string // host:port of its broker
	Health string // host:port on which the agent listens
}

// SiteFile is the site file that an agent of this scenario runs with.
func (s Scenario) SiteFile(p Places) ([]byte, error) {
	raw, err := siteFiles.ReadFile("scenarios/" + s.ID + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.ID, err)
	}
	return []byte(strings.NewReplacer(
		"/dev/fieldseal-demo", p.Ports,
		"/var/lib/fieldseal-demo", p.Data,
		"127.0.0.1:7411", p.Notary,
		"127.0.0.1:8883", p.Broker,
		"127.0.0.1:9411", p.Health,
	).Replace(string(raw))), nil
}

// Play starts the scenario's instruments on serial lines in the folder ports, as
// a site file binds them.
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
		all = append(all, in)
	}
	return Start(ports, seed, now, all...)
}

// Instrument is a device of the scenario with the day of its points.
func (s Scenario) Instrument(d *profile.Device, p *profile.Profile) (Instrument, error) {
	typical, ok := day[p.ID]
	if !ok {
		return Instrument{}, fmt.Errorf("scenario %s: device %s: nobody has said how profile %s goes through a day", s.ID, d.ID, p.ID)
	}
	curves := maps.Clone(typical)
	for id, c := range s.Curves {
		if dev, point, _ := strings.Cut(id, "/"); dev == d.ID {
			if _, ok := curves[point]; !ok {
				return Instrument{}, fmt.Errorf("scenario %s: profile %s has no point %q", s.ID, p.ID, point)
			}
			curves[point] = c
		}
	}
	return Instrument{Device: d, Profile: p, Curves: curves}, nil
}

// Yard is a construction site: dust, noise and weather at the gate, a tower
// crane, the water in the pit.
var Yard = Scenario{
	ID:    "north-yard",
	Title: profile.Text{EN: "Construction site North yard", ZH: "北区工地"},
	Shown: []string{"dust-1/pm10", "dust-1/laeq", "crane-1/moment", "pit-1/level"},
	Script: fault.Script{Period: 3 * time.Minute, Steps: []fault.Step{
		{At: 12 * time.Second, Kind: fault.Late, Target: "crane-1", Delay: 900 * time.Millisecond},
		{At: 35 * time.Second, Kind: fault.Value, Target: "crane-1/moment", Value: 103.5, For: 6 * time.Second},
		{At: 70 * time.Second, Kind: fault.Dead, Target: "dust-1", For: 25 * time.Second},
		{At: 125 * time.Second, Kind: fault.Value, Target: "dust-1/pm10", Value: 187, For: 20 * time.Second},
		{At: 155 * time.Second, Kind: fault.Late, Target: "dust-1", Delay: 1500 * time.Millisecond},
	}},
}

// ColdStore is a cold store: two freezing rooms, a chilled dock, a door.
var ColdStore = Scenario{
	ID:    "cold-store",
	Title: profile.Text{EN: "Cold store East quay", ZH: "东码头冷库"},
	Shown: []string{"room-1/temperature", "room-2/temperature", "dock-1/temperature", "door-1/open"},
	Curves: map[string]Curve{
		"room-2/temperature": {Base: -21.2, Noise: 0.4, Wander: 5 * time.Minute, Cycle: 26 * time.Minute, Depth: 1.2},
	},
	Script: fault.Script{Period: 4 * time.Minute, Steps: []fault.Step{
		{At: 20 * time.Second, Kind: fault.Value, Target: "door-1/open", Value: 1, For: 30 * time.Second},
		{At: 28 * time.Second, Kind: fault.Value, Target: "room-1/temperature", Value: -13.9, For: 25 * time.Second},
		{At: 90 * time.Second, Kind: fault.NoValue, Target: "room-2/temperature", For: 25 * time.Second},
		{At: 150 * time.Second, Kind: fault.Vanish, Target: "rooms", For: 15 * time.Second},
		{At: 200 * time.Second, Kind: fault.Late, Target: "dock-1", Delay: 1200 * time.Millisecond},
	}},
}

// Scenarios are the sites of the demo.
var Scenarios = []Scenario{Yard, ColdStore}
