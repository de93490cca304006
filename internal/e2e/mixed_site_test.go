//go:build peers

package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/evidence/record"
	config "fieldseal/firmware-config/site"
	"fieldseal/internal/rig"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/site"
)

// tick is how long a value of the mixed site lasts: each point draws another one
// each second of the wall clock, from the whole of its range, so that a value of
// another moment or of another point is seen to be wrong.
const tick = time.Second

// troupe are instruments of one kind on one bus of the mixed site.
type troupe struct {
	bus, kind, profile string
	number             int
	cadence            time.Duration
	path               record.Path
	place              func(i int) string // what tells one from the other, as the site file has it
}

func (x *troupe) id(i int) string { return fmt.Sprintf("%s-%02d", x.bus, i+1) }

// troupes are 40 devices with 403 points on six buses: two lines that are asked, three
// ports at which instruments dial in, and a broker to which they publish.
var troupes = []troupe{
	{"mast", "kind: serial, path: PORTS/mast, baud: 9600, parity: none, stop_bits: 1", "dust/station-500", 9, 3 * time.Second, record.PathSerial, func(i int) string { return fmt.Sprintf("unit: %d", 11+i) }},
	{"power", "kind: serial, path: PORTS/power, baud: 9600, parity: even, stop_bits: 1", "power/dlt645-three", 6, 15 * time.Second, record.PathSerial, func(i int) string { return fmt.Sprintf("address: \"%012d\"", 7001+i) }},
	{"gate", "kind: listen, address: GATE, network: site", "dust/station-hj212", 9, 3 * time.Second, record.PathSite, func(i int) string { return fmt.Sprintf("station: A110000_%04d", 101+i) }},
	{"boxes", "kind: listen, address: BOXES, network: site", "crane/blackbox-0e", 6, 2 * time.Second, record.PathSite, func(i int) string { return fmt.Sprintf("address: \"0A0B%02X\"", i+1) }},
	{"trucks", "kind: listen, address: TRUCKS, network: public", "truck/cold-chain", 6, 3 * time.Second, record.PathPublic, func(i int) string { return fmt.Sprintf("address: \"0139000001%02d\"", i+1) }},
	{"radio", "kind: mqtt, listen: RADIO, anonymous: true, network: site", "mqtt/node", 4, 3 * time.Second, record.PathSite, func(i int) string { return fmt.Sprintf("address: yard/node-%d", i+1) }},
}

// path is how the readings of a point are acquired.
func path(id string) record.Path {
	i := slices.IndexFunc(troupes, func(x troupe) bool { return strings.HasPrefix(id, x.bus+"-") })
	return troupes[i].path
}

// node is a sensor of seven numbers with a clock of its own.
const node = `version: 1
id: mqtt/node
title: {en: Node of a sensor network, zh: 传感网节点}
protocol: mqtt
encoding: json
messages:
  - {id: all, every: 1m, time: {path: at, form: s}}
points:
`

// mixed is the site, ready to be played.
type mixed struct {
	dir, file string
	site      *config.Site
	scenario  site.Scenario
	devices   []string
	buses     []string
	points    []string                 // "device/point"
	cadence   map[string]time.Duration // by point
	places    map[string]float64       // by point: the middle of its range
	mute      []string                 // points whose instrument can say that they have no value
}

// newMixed writes the site file and says how each point draws its values.
func newMixed(t *testing.T, r *rig.Rig) *mixed {
	t.Helper()
	m := &mixed{dir: filepath.Join(r.Dir, "mixed"), cadence: map[string]time.Duration{}, places: map[string]float64{}, scenario: site.Scenario{ID: "mixed", Curves: map[string]site.Curve{}}}
	put := func(name, text string) string {
		path := filepath.Join(m.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	profile := node
	for i := range 7 {
		name := fmt.Sprintf("q%d", i+1)
		profile += fmt.Sprintf("  - {name: %s, title: {en: Quantity, zh: 量}, path: v.%s, unit: Cel, decimals: 2}\n", name, name)
	}
	profile += `golden:
  - name: one
    source: Written for this test.
    address: yard/node-1
    topic: yard/node-1
    text: '{"at":1764000000,"v":{"q1":1.25,"q2":2,"q3":3,"q4":4,"q5":5,"q6":6,"q7":7}}'
    values: {q1: 1.25, q2: 2, q3: 3, q4: 4, q5: 5, q6: 6, q7: 7}
`
	put("profiles/node.yaml", profile)
	text := "version: 1\nsite: {id: mixed, name: Mixed site, interval: 1s}\ngateway:\n  id: gw-mixed\n  data: DATA\nnotary: {address: NOTARY}\nprofiles: profiles\nbuses:\n"
	for _, x := range troupes {
		text += fmt.Sprintf("  - {id: %s, %s}\n", x.bus, x.kind)
	}
	text += "devices:\n"
	for _, x := range troupes {
		m.buses = append(m.buses, x.bus)
		for i := range x.number {
			m.devices = append(m.devices, x.id(i))
			text += fmt.Sprintf("  - {id: %s, bus: %s, %s, profile: %s, cadence: %v}\n", x.id(i), x.bus, x.place(i), x.profile, x.cadence)
		}
	}
	text += "uplink: {broker: BROKER, backlog: 50}\nlisten:\n  health: HEALTH\n"
	swap := []string{"DATA", r.AgentDir("mixed"), "NOTARY", r.HTTP, "BROKER", r.MQTT, "PORTS", filepath.Join(m.dir, "ports")}
	for _, name := range []string{"GATE", "BOXES", "TRUCKS", "RADIO", "HEALTH"} {
		at, err := rig.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		swap = append(swap, name, at)
	}
	m.file = put("mixed.yaml", strings.NewReplacer(swap...).Replace(text))
	var err error
	if m.site, err = config.Load(m.file); err != nil {
		t.Fatal(err)
	}
	m.draw(t)
	if len(m.buses) < 4 || len(m.devices) != 40 || len(m.points) < 400 {
		t.Fatalf("%d buses, %d devices, %d points", len(m.buses), len(m.devices), len(m.points))
	}
	return m
}

// draw lets each point draw from the whole of the range in which the shipped day of
// its profile moves, and widely around it.
func (m *mixed) draw(t *testing.T) {
	c, err := m.site.Compile("test")
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Config.Devices {
		d := &c.Config.Devices[i]
		p, _ := c.Profile(d.Profile)
		days := map[string]site.Curve{}
		if p.Profile.ID == "mqtt/node" {
			for k, x := range p.Profile.Points {
				days[x.Name] = site.Curve{Base: 100 * float64(k), Noise: 40}
			}
		} else {
			x, err := site.Scenario{ID: "mixed"}.Instrument(d, p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			days = x.Curves
		}
		for name, day := range days {
			id := d.ID + "/" + name
			middle, half := day.Base, max(3*(day.Noise+day.Swing+day.Depth), 1)
			if day.Base != 0 {
				half = min(half, 0.9*math.Abs(day.Base)) // most numbers on a wire have no sign
			}
			if day.Low != 0 || day.High != 0 {
				middle, half = (day.Low+day.High)/2, 0.45*(day.High-day.Low)
			}
			curve := site.Curve{Base: middle, Noise: half, Wander: tick}
			if day == (site.Curve{}) {
				curve, middle = day, 0 // a switch, which a script trips
			}
			m.scenario.Curves[id], m.places[id] = curve, middle
			// A meter has digits for it, a station leaves the factor out, a sensor says
			// null; the others need a pattern, and a black box has nothing of the kind.
			x, _ := p.Profile.Point(name)
			switch d.Bus {
			case "power", "gate", "radio":
				m.mute = append(m.mute, id)
			case "mast", "trucks":
				if len(x.NoValue) > 0 {
					m.mute = append(m.mute, id)
				}
			}
			m.points = append(m.points, id)
			m.cadence[id] = time.Duration(d.Cadence) * time.Microsecond
		}
	}
	slices.Sort(m.points)
	slices.Sort(m.mute)
}

// faults are what befalls the instruments in the first part of a run: by chance, about
// rate a second, no target by two at once.
func (m *mixed) faults(seed uint64, lasting time.Duration, rate float64) fault.Script {
	chance := rand.New(rand.NewPCG(seed, 7))
	var s fault.Script
	free := map[string]time.Duration{} // from when on a target is well again
	pick := func(of []string) string { return of[chance.IntN(len(of))] }
	for at := 5 * time.Second; at < lasting; at += time.Duration((0.2 + 1.6*chance.Float64()) / rate * float64(time.Second)) {
		x := fault.Step{At: at, For: time.Duration(2+chance.IntN(12)) * time.Second}
		switch n := chance.IntN(100); {
		case n < 12:
			x.Kind, x.Target, x.For, x.Delay = fault.Late, pick(m.devices), 0, time.Duration(200+chance.IntN(3000))*time.Millisecond
		case n < 27:
			x.Kind, x.Target, x.For = fault.Garbage, pick(m.devices), 0
		case n < 42:
			x.Kind, x.Target, x.For = fault.BadCheck, pick(m.devices), 0
		case n < 57:
			x.Kind, x.Target, x.For = fault.Torn, pick(m.devices), 0
		case n < 72:
			x.Kind, x.Target = fault.Dead, pick(m.devices) // its return is that of a restarted device
		case n < 82:
			x.Kind, x.Target = fault.NoValue, pick(m.mute)
		case n < 93:
			x.Kind, x.Target = fault.Value, pick(m.points)
			x.Value = float64(int(m.places[x.Target])) + 1
		default:
			x.Kind, x.Target, x.For = fault.Vanish, pick(m.buses), x.For/2
		}
		if at < free[x.Target] || at+x.For > lasting {
			continue
		}
		free[x.Target] = at + x.For + 2*tick
		s.Steps = append(s.Steps, x)
	}
	return s
}

// spell is a time in which a point stood at a value, or had none. When exactly it
// began and ended is known as far as two readings of the clock tell.
type spell struct {
	began, begun, ended, over time.Time // not before, not after
	value                     float64
	blank                     bool
}

// witness writes down what a script does to points.
type witness struct {
	*site.Player
	mu     sync.Mutex
	spells map[string][]spell
	kinds  map[fault.Kind]int
}

var _ fault.Injector = (*witness)(nil)

func (w *witness) begin(id string, s spell, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.began = time.Now()
	do()
	s.begun = time.Now()
	w.spells[id] = append(w.spells[id], s)
}

// Hold, NoValue and Free are the player's, written down.
func (w *witness) Hold(id string, v float64) {
	w.begin(id, spell{value: v}, func() { w.Player.Hold(id, v) })
}

func (w *witness) NoValue(id string) {
	w.begin(id, spell{blank: true}, func() { w.Player.NoValue(id) })
}

func (w *witness) Free(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &w.spells[id][len(w.spells[id])-1]
	s.ended = time.Now()
	w.Player.Free(id)
	s.over = time.Now()
}

// truths are the values that a point may have had when an instrument looked at its
// clock within [from, to] and drew the value at most lag after that.
func (w *witness) truths(id string, from, to time.Time, lag time.Duration) (values []float64) {
	last := to.Add(lag)
	for at := from.Truncate(tick); !at.After(to); at = at.Add(tick) {
		begin, end := at, at.Add(tick+lag)
		if begin.Before(from) {
			begin = from
		}
		if end.After(last) {
			end = last
		}
		elsewhere := slices.ContainsFunc(w.spells[id], func(s spell) bool { return s.begun.Before(begin) && s.ended.After(end) })
		if v, ok := w.Value(id, at); ok && !elsewhere {
			values = append(values, v)
		}
	}
	for _, s := range w.spells[id] {
		if !s.blank && s.began.Before(last) && s.over.After(from) {
			values = append(values, s.value)
		}
	}
	return values
}
