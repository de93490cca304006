package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/evidence/record"
)

const stations = `version: 1
site: {id: north-yard}
gateway: {id: gw-1, data: /var/lib/fieldseal}
profiles: p
buses:
  - {id: gate, kind: listen, address: 127.0.0.1:9001, network: public, tee: "192.0.2.7:8801"}
devices:
  - {id: dust-9, bus: gate, station: A110000_0009, profile: dust/station-ug}
`

// load writes a site file beside the profile of a station and loads it.
func load(t *testing.T, text string) (*Site, error) {
	t.Helper()
	dir := t.TempDir()
	profile, err := os.ReadFile("../profile/testdata/dust.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"site.yaml": []byte(text), "p/dust.yaml": profile} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(filepath.Join(dir, "site.yaml"))
}

func TestAStationIsBoundByItsMN(t *testing.T) {
	s, err := load(t, stations)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Compile("x")
	if err != nil {
		t.Fatal(err)
	}
	d := c.Config.Devices[0]
	if d.Address != "A110000_0009" || d.Path != record.PathPublic || c.Profiles[0].Profile.Protocol != "hj212" {
		t.Errorf("device %+v, protocol %s", d, c.Profiles[0].Profile.Protocol)
	}
	if b, _ := s.Bus("gate"); b.Tee != "192.0.2.7:8801" || len(s.Plan()) != 0 {
		t.Errorf("bus %+v, plan %v", b, s.Plan())
	}
}

func TestWhatDoesNotFitAStationIsRefusedInItsLine(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"unit":       {"station: A110000_0009", "unit: 3", "unit: is for Modbus instruments"},
		"no MN":      {"station: A110000_0009, ", "", "write the station's MN"},
		"not an MN":  {"station: A110000_0009", `station: "A;B"`, "is no MN"},
		"asked":      {"profile: dust/station-ug}", "profile: dust/station-ug}\n  - {id: x, bus: gate, unit: 1, profile: coldroom/rs-ws}", "is of kind listen"},
		"twice":      {"profile: dust/station-ug}", "profile: dust/station-ug}\n  - {id: x, bus: gate, station: A110000_0009, profile: dust/station-ug}", "is device dust-9"},
		"mixed":      {`kind: listen, address: 127.0.0.1:9001, network: public, tee: "192.0.2.7:8801"}`, "kind: serial, path: /dev/ttyS0, baud: 4800}\n", ""},
		"no rate":    {`kind: listen, address: 127.0.0.1:9001, network: public, tee: "192.0.2.7:8801"`, "kind: serial, path: /dev/ttyS0", "write the rate of dust-9"},
		"other's MN": {"station: A110000_0009, profile: dust/station-ug", "station: x, profile: coldroom/rs-ws", "is asked"},
	} {
		_, err := load(t, strings.Replace(stations, c.from, c.to, 1))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "site.yaml:")):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMasterAndAStationDoNotShareALine(t *testing.T) {
	text := strings.Replace(stations, `kind: listen, address: 127.0.0.1:9001, network: public, tee: "192.0.2.7:8801"}`, "kind: serial, path: /dev/ttyS0, baud: 4800}", 1) +
		"  - {id: x, bus: gate, unit: 1, profile: coldroom/rs-ws}\n"
	if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), "give each a bus of its own") {
		t.Error(err)
	}
}

func TestATerminalsNetworkIsNamed(t *testing.T) {
	base := `version: 1
site: {id: s}
gateway: {id: g, data: /d}
notary: {address: "127.0.0.1:7411"}
buses:
  - {id: trucks, kind: listen, address: "127.0.0.1:9505"NETWORK}
devices:
  - {id: truck-1, bus: trucks, address: "013900000001", profile: truck/cold-chain, cadence: 10s}
`
	for network, ok := range map[string]bool{"": false, ", network: public": true, ", network: site": true} {
		_, err := Parse("site.yaml", []byte(strings.Replace(base, "NETWORK", network, 1)), shipped(t), nil)
		if (err == nil) != ok {
			t.Errorf("%q: %v", network, err)
		}
		if !ok && !strings.Contains(err.Error(), "write network: public") {
			t.Errorf("%v", err)
		}
	}
}

func TestAnAreaIsRead(t *testing.T) {
	base := `version: 1
site: {id: s}
gateway: {id: g, data: /d}
notary: {address: "127.0.0.1:7411"}
buses:
  - {id: trucks, kind: listen, address: "127.0.0.1:9505", network: public}
devices:
  - {id: truck-1, bus: trucks, address: "013900000001", profile: PROFILE, cadence: 10s, area: AREA}
`
	for area, want := range map[string]string{
		"{centre: [31.2241, 121.4737], radius: 200}":               "",
		"{corners: [[31, 121], [31, 122], [32, 122]], margin: 50}": "",
		"{centre: [31.2241, 121.4737]}":                            "in metres",
		"{centre: [121.4737, 31.2241], radius: 200}":               "latitude first",
		"{centre: [31.2241], radius: 200}":                         "a position is [latitude, longitude]",
		"{corners: [[31, 121], [31, 122]]}":                        "3 to 64 corners",
		"{corners: [[31, 121], [31, 122], [32, 122]], radius: 5}":  "belongs to a centre",
		"{radius: 5}": "write centre:",
	} {
		s, err := Parse("site.yaml", []byte(strings.NewReplacer("AREA", area, "PROFILE", "truck/cold-chain").Replace(base)), shipped(t), nil)
		switch {
		case want == "" && (err != nil || s.Devices[0].Area == nil):
			t.Errorf("%s: %v", area, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "site.yaml:8")):
			t.Errorf("%s: %v", area, err)
		}
	}
	_, err := Parse("site.yaml", []byte(strings.NewReplacer("AREA", "{centre: [31, 121], radius: 5}", "PROFILE", "crane/blackbox-0e", "013900000001", "0A0B0C").Replace(base)), shipped(t), nil)
	if err == nil || !strings.Contains(err.Error(), "nobody knows where it is") {
		t.Errorf("%v", err)
	}
}
