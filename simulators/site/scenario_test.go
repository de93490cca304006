package site

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/profile"
	library "fieldseal/firmware-config/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/fault"
)

var _ fault.Injector = (*Player)(nil)

// all are the scenarios that come with the program.
func all(t *testing.T) (all []Scenario) {
	t.Helper()
	for _, id := range Shipped() {
		s, err := Load(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) < 4 {
		t.Fatalf("%d scenarios", len(all))
	}
	return all
}

// free is an address of this machine at which nobody listens.
func free() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

func parsed(t *testing.T, s Scenario, p Places) *config.Site {
	t.Helper()
	raw, err := s.SiteFile(p)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, err := config.Parse(s.ID+".yaml", raw, lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryScenarioCanBePlayedAndAgreesWithItsSiteFile(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.ID, func(t *testing.T) {
			ports := filepath.Join(t.TempDir(), "ports")
			f := parsed(t, s, Places{Ports: ports, Data: "/tmp/x", Notary: "127.0.0.1:1", Broker: "127.0.0.1:3", Health: "127.0.0.1:2", Free: free})
			if f.ID != s.ID {
				t.Errorf("site file of %s is of site %s", s.ID, f.ID)
			}
			if len(f.Warnings) != 0 {
				t.Errorf("warnings: %v", f.Warnings)
			}
			p, err := s.Play(f, ports, 1, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			points := map[string]bool{}
			targets := map[string]bool{}
			for _, b := range f.Buses {
				targets[b.ID] = true
				if b.Kind == library.Serial && p.Path(b.ID) != b.Path {
					t.Errorf("bus %s is played on %s, the site file says %s", b.ID, p.Path(b.ID), b.Path)
				}
			}
			for _, d := range f.Devices {
				targets[d.ID] = true
				for _, x := range d.Profile.Profile.Points {
					points[d.ID+"/"+x.Name] = true
				}
			}
			for _, id := range s.Shown {
				if !points[id] {
					t.Errorf("shown point %s does not exist", id)
				}
			}
			for id := range s.Curves {
				if !points[id] {
					t.Errorf("curve of %s, which does not exist", id)
				}
			}
			if err := s.Script.Check(); err != nil {
				t.Error(err)
			}
			for _, x := range s.Script.Steps {
				if !points[x.Target] && !targets[x.Target] {
					t.Errorf("%v of %s, which does not exist", x.Kind, x.Target)
				}
			}
		})
	}
}

// What the script says of a limit must be so, or the demo would tell of alarms
// that never come; and an ordinary day must raise none.
func TestOrdinaryDaysStayWithinLimitsAndScriptedValuesLeaveThem(t *testing.T) {
	for _, s := range all(t) {
		f := parsed(t, s, Places{Ports: "/p", Data: "/d", Notary: "127.0.0.1:1", Broker: "127.0.0.1:3", Health: "127.0.0.1:2"})
		c, err := f.Compile("test")
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Config.Devices {
			d := &c.Config.Devices[i]
			p, _ := c.Profile(d.Profile)
			x, err := s.Instrument(d, p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			in, err := measure(1, x.Device, x.Profile, x.Curves)
			if err != nil {
				t.Fatal(err)
			}
			for minute := range 24 * 60 {
				at := noon.Add(time.Duration(minute) * time.Minute)
				for k, pt := range in.profile.Points {
					v := in.value(k, at)
					for _, l := range d.Limits {
						if l.Point == pt.Name && outside(l, v) {
							t.Fatalf("%s/%s is %v at %v, outside its limit", d.ID, pt.Name, v, at)
						}
					}
				}
			}
			for _, step := range s.Script.Steps {
				dev, point, _ := strings.Cut(step.Target, "/")
				for _, l := range d.Limits {
					if step.Kind == fault.Value && dev == d.ID && point == l.Point && !outside(l, step.Value) {
						t.Errorf("%s is held at %v, which is within its limit", step.Target, step.Value)
					}
				}
			}
		}
	}
}

func outside(l profile.Limit, v float64) bool {
	return l.High != nil && v > l.High.Float() || l.Low != nil && v < l.Low.Float()
}

// Every answer of every instrument decodes, and no ordinary value is outside its
// profile's plausible range.
func TestOrdinaryValuesArePlausible(t *testing.T) {
	for _, s := range all(t) {
		f := parsed(t, s, Places{Ports: "/p", Data: "/d", Notary: "127.0.0.1:1", Broker: "127.0.0.1:3", Health: "127.0.0.1:2"})
		c, err := f.Compile("test")
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Config.Devices {
			d := &c.Config.Devices[i]
			p, _ := c.Profile(d.Profile)
			if p.Profile.Protocol != registers.ProtocolRTU {
				continue
			}
			m, err := registers.Bind(p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			x, _ := s.Instrument(d, p.Profile)
			in, err := newImage(1, d, p.Profile, x.Curves)
			if err != nil {
				t.Fatal(err)
			}
			for hour := range 24 {
				at := noon.Add(time.Duration(hour) * time.Hour)
				for e, r := range m.Reads {
					words, exception := in.read(r.Function, r.Address, r.Count, at)
					if exception != 0 {
						t.Fatalf("%s refuses its own exchange %d", d.ID, e)
					}
					values, err := m.Values(d, e, modbus.Data{Unit: in.unit, Read: r, Words: words})
					if err != nil {
						t.Fatal(err)
					}
					for _, v := range values {
						pt, _ := p.Profile.Point(v.Point)
						for _, b := range []*profile.Bound{pt.Min, pt.Max} {
							if b == nil {
								continue
							}
							bound, err := d.Resolve(p.Profile, *b)
							if err != nil {
								t.Fatal(err)
							}
							if b == pt.Min && v.Value.Cmp(bound) < 0 || b == pt.Max && v.Value.Cmp(bound) > 0 || v.Missing {
								t.Errorf("%s/%s is %v at %v (bound %v)", d.ID, v.Point, v.Value, at, bound)
							}
						}
					}
				}
			}
		}
	}
}
