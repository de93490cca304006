package site

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

func samples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../gateway/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("sample files: %v, %v", files, err)
	}
	return files
}

func shipped(t testing.TB) *instrument.Library {
	t.Helper()
	lib, err := instrument.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestSampleSitesCompileAndReadBack(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Warnings) != 0 {
				t.Errorf("a sample warns: %v", s.Warnings)
			}
			c, err := s.Compile("fieldseal-agent 0.1")
			if err != nil {
				t.Fatal(err)
			}
			again, err := s.Compile("fieldseal-agent 0.1")
			if err != nil || again.Root != c.Root {
				t.Error("two compilations differ")
			}
			other, _ := s.Compile("fieldseal-agent 0.2")
			if other.Root == c.Root {
				t.Error("another agent has the same configuration digest")
			}
			if set, err := profile.ParseSettings(c.Leaves[0]); err != nil || *set != c.Config.Settings {
				t.Errorf("settings read back as %+v, %v", set, err)
			}
			for i, leaf := range c.Leaves[1:] {
				d, err := profile.ParseDevice(leaf)
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprintf("%+v", *d) == "" || d.ID != s.Devices[i].ID {
					t.Errorf("device %d reads back as %s", i, d.ID)
				}
				p, ok := c.Profile(d.Profile)
				if !ok {
					t.Fatalf("device %s names a profile that is not carried", d.ID)
				}
				if profile.Digest(p.Bytes) != d.Profile {
					t.Errorf("device %s: the digest is not that of the bytes", d.ID)
				}
			}
		})
	}
}

func TestConstructionSampleMeansWhatItSays(t *testing.T) {
	s, err := Load("../gateway/construction.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "north-yard" || s.Interval != 10*time.Second || s.Journal.KeepReleased != 168*time.Hour || s.Journal.MaxBytes != 512<<20 {
		t.Errorf("site reads %+v", s)
	}
	crane, _ := s.Bus("crane")
	if crane.Settings() != "19200 8E1" || crane.CharTime() != 11*time.Second/19200 || crane.Via != record.PathSerial {
		t.Errorf("bus crane reads %+v", crane)
	}
	pit, _ := s.Device("pit-1")
	if len(pit.Params) != 2 || pit.Params[0].Name != "level-high" || pit.Params[0].Value != decimal.New(10, 0) {
		t.Errorf("parameters of pit-1: %+v", pit.Params)
	}
	dust, _ := s.Device("dust-1")
	if len(dust.Limits) != 2 || dust.Limits[0].Point != "laeq" || *dust.Limits[0].High != decimal.New(70, 0) || dust.Limits[0].Low != nil {
		t.Errorf("limits of dust-1: %+v", dust.Limits)
	}
	rows := s.Plan()
	if len(rows) != 5 {
		t.Fatalf("the plan has %d rows, want 5", len(rows))
	}
	// 16 registers at 19200 8E1: 52 characters of 11 bits.
	for _, r := range rows {
		if r.Device == "crane-1" && r.Exchange == "state" && r.Wire != 52*(11*time.Second/19200) {
			t.Errorf("state of crane-1 takes %v on the wire", r.Wire)
		}
	}
}

const base = `version: 1
site: {id: s}
gateway: {id: g, data: /tmp/x}
buses:
  - {id: a, kind: serial, path: /dev/ttyUSB0, baud: 9600}
devices:
  - {id: dust-1, bus: a, unit: 1, profile: dust/bl-tsp}
`

func TestErrorsNameLineFaultAndRemedy(t *testing.T) {
	cases := []struct {
		name, old, new string
		want           []string // each is part of the message
	}{
		{"line settings", "profile: dust/bl-tsp", "profile: crane/tc-monitor", []string{`site.yaml:7: device dust-1: bus "a" is 9600 8N1, profile crane/tc-monitor wants 19200 8E1`}},
		{"unknown key", "bus: a,", "bus: a, adress: 1,", []string{"site.yaml:7:", `unknown key "adress"`}},
		{"near key", "baud: 9600", "buad: 9600", []string{"site.yaml:5:", `unknown key "buad"; did you mean baud?`}},
		{"unknown profile", "dust/bl-tsp", "dust/nope", []string{"site.yaml:7:", `profile "dust/nope" does not exist; known are climate/ds18b20,`}},
		{"unknown bus", "bus: a", "bus: b", []string{"site.yaml:7:", `bus "b" does not exist; known are a`}},
		{"unit out of range", "unit: 1", "unit: 248", []string{"site.yaml:7:", "248 is outside 1 to 247"}},
		{"unit missing", "unit: 1, ", "", []string{"site.yaml:7:", "devices[0].unit is missing; write the Modbus address"}},
		{"bad id", "id: dust-1", "id: Dust_1", []string{"site.yaml:7:", "not an id; write"}},
		{"same unit twice", "profile: dust/bl-tsp}", "profile: dust/bl-tsp}\n  - {id: dust-2, bus: a, unit: 1, profile: dust/bl-tsp}", []string{"site.yaml:8:", `unit 1 of bus "a" is device dust-1 in line 7 already`}},
		{"same id twice", "profile: dust/bl-tsp}", "profile: dust/bl-tsp}\n  - {id: dust-1, bus: a, unit: 2, profile: dust/bl-tsp}", []string{"site.yaml:8:", "described in line 7 already"}},
		{"same path twice", "baud: 9600}", "baud: 9600}\n  - {id: b, kind: serial, path: /dev/ttyUSB0}", []string{"site.yaml:6:", "one line has one owner"}},
		{"limit of no point", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, limits: {pm1: {high: 3}}}", []string{"site.yaml:7:", `no point "pm1"; known are tsp, pm10, pm25`}},
		{"limit without bounds", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, limits: {pm10: {}}}", []string{"site.yaml:7:", "neither low nor high"}},
		{"limit upside down", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, limits: {pm10: {low: 3, high: 2}}}", []string{"low 3 is above high 2"}},
		{"limit as float text", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, limits: {pm10: {high: 1e3}}}", []string{"1e3", "write it out, such as 0.1"}},
		{"parameter missing", "dust/bl-tsp", "pit/ai-level", []string{"site.yaml:7:", "needs parameter level-high (m); write params: {level-high: …}"}},
		{"parameter unknown", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, params: {x: 1}}", []string{"site.yaml:7:", `unknown key "x"`}},
		{"bus too slow", "profile: dust/bl-tsp}", "profile: dust/bl-tsp, cadence: 100ms}\n  - {id: d2, bus: a, unit: 2, profile: dust/bl-tsp, cadence: 100ms}\n  - {id: d3, bus: a, unit: 3, profile: dust/bl-tsp, cadence: 100ms}\n  - {id: d4, bus: a, unit: 4, profile: dust/bl-tsp, cadence: 100ms}", []string{"site.yaml:5: bus a at 9600 8N1", "raise cadences"}},
		{"no version", "version: 1\n", "", []string{"version is missing; write version: 1"}},
		{"later version", "version: 1", "version: 2", []string{"site.yaml:1:", `version "2"; this release reads version 1`}},
		{"duration without unit", "site: {id: s}", "site: {id: s, interval: 10}", []string{"site.yaml:2:", `"10" is not a duration; write a number with its unit`}},
		{"tcp without address", "kind: serial, path: /dev/ttyUSB0, baud: 9600", "kind: tcp", []string{"site.yaml:5:", "address is missing; write the server"}},
		{"serial key on tcp", "kind: serial, path: /dev/ttyUSB0, baud: 9600", "kind: tcp, address: 10.0.0.1:502, baud: 9600", []string{`unknown key "baud"`}},
		{"scheme in address", "kind: serial, path: /dev/ttyUSB0, baud: 9600", "kind: tcp, address: tcp://10.0.0.1:502", []string{"no scheme"}},
		{"anchor", "{id: s}", "&x {id: s}", []string{"site.yaml:2:", "anchors and aliases are not read"}},
		{"tag", "id: s", "id: !!str s", []string{"tags are not read"}},
		{"second document", "site: {id: s}", "site: {id: s}\n---\nx: 1", []string{"a second document begins here"}},
		{"key twice", "site: {id: s}", "site: {id: s, id: t}", []string{"site.yaml:2:"}},
		{"broken YAML", "site: {id: s}", "site: {id: s", []string{"site.yaml:", "not valid YAML"}},
		{"own profiles where there are none", "site: {id: s}", "site: {id: s}\nprofiles: own", []string{"site.yaml:3:"}},
		{"journal too small", "site: {id: s}", "site: {id: s}\njournal: {max_bytes: 1KiB}", []string{"site.yaml:3:", "1KiB is outside 1MiB to 1024GiB"}},
		{"empty value", "site: {id: s}", "site:\n  id:\n", []string{"site.id has no value"}},
		{"health on a name", "site: {id: s}", "site: {id: s}\nlisten: {health: here}", []string{"site.yaml:3:", "or off"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(base, c.old, c.new, 1)
			if text == base {
				t.Fatalf("%q is not in the sample", c.old)
			}
			s, err := Parse("site.yaml", []byte(text), shipped(t), nil)
			if err == nil {
				t.Fatalf("accepted: %+v", s)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("says\n%v\nand not %q", err, w)
				}
			}
			var p document.Problem
			if !errors.As(err, &p) || p.File != "site.yaml" {
				t.Errorf("%v names no file", err)
			}
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer("unit: 1", "unit: 0", "baud: 9600", "baud: 12").Replace(base)
	_, err := Parse("site.yaml", []byte(text), shipped(t), nil)
	if err == nil || !strings.Contains(err.Error(), "site.yaml:5:") || !strings.Contains(err.Error(), "site.yaml:7:") {
		t.Errorf("says %v", err)
	}
}

func TestABusWithoutSettingsTakesThoseOfItsProfiles(t *testing.T) {
	text := strings.NewReplacer(", baud: 9600", "", "dust/bl-tsp", "crane/tc-monitor").Replace(base)
	s, err := Parse("site.yaml", []byte(text), shipped(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Buses[0].Settings(); got != "19200 8E1" {
		t.Errorf("bus is %s", got)
	}
	text = strings.Replace(text, "profile: crane/tc-monitor}", "profile: crane/tc-monitor}\n  - {id: d2, bus: a, unit: 2, profile: dust/bl-tsp}", 1)
	if _, err = Parse("site.yaml", []byte(text), shipped(t), nil); err == nil {
		t.Error("two instruments with different lines share a bus")
	}
}

func TestOwnProfilesAddButNeverRedefine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own, err := os.ReadFile("../profiles/dust/bl-tsp.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write("own.yaml", strings.Replace(string(own), "id: dust/bl-tsp", "id: dust/mine", 1))
	if err := os.Mkdir(filepath.Join(dir, "site"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("site/site.yaml", strings.NewReplacer("gateway:", "profiles: ..\ngateway:", "dust/bl-tsp", "dust/mine").Replace(base))
	// The site file itself lies below the folder and is no profile: it is told so.
	if _, err := Load(filepath.Join(dir, "site/site.yaml")); err == nil {
		t.Error("a site file was taken for a profile")
	}
	if err := os.Mkdir(filepath.Join(dir, "p"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "own.yaml"), filepath.Join(dir, "p/own.yaml")); err != nil {
		t.Fatal(err)
	}
	write("site.yaml", strings.NewReplacer("gateway:", "profiles: p\ngateway:", "dust/bl-tsp", "dust/mine").Replace(base))
	s, err := Load(filepath.Join(dir, "site.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Devices[0].Profile.Profile.ID != "dust/mine" {
		t.Errorf("the device has profile %s", s.Devices[0].Profile.Profile.ID)
	}
	write("p/own.yaml", string(own))
	if _, err = Load(filepath.Join(dir, "site.yaml")); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a shipped profile was redefined: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	for _, file := range samples(f) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	lib := shipped(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse("site.yaml", b, lib, nil)
		if (s == nil) == (err == nil) {
			t.Fatalf("site %v, error %v", s, err)
		}
		if err != nil {
			var p document.Problem
			if !errors.As(err, &p) {
				t.Fatalf("error without a file: %v", err)
			}
			return
		}
		if c, err := s.Compile("x"); err != nil || len(c.Leaves) != len(s.Devices)+1 {
			t.Fatalf("a site that parses does not compile: %v", err)
		}
		s.Plan()
	})
}
