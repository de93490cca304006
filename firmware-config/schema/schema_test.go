package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instance(t *testing.T, text []byte) any {
	t.Helper()
	j, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func files(t *testing.T, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, p := range patterns {
		f, err := filepath.Glob(p)
		if err != nil || len(f) == 0 {
			t.Fatalf("%s: no files, %v", p, err)
		}
		all = append(all, f...)
	}
	return all
}

// shipped are the files that a schema is for: profiles of Modbus have profile.json,
// those of every other protocol one of the protocol's name.
func shipped(t *testing.T, schema string) (all []string) {
	t.Helper()
	if schema == "site.json" {
		return files(t, "../gateway/*.yaml")
	}
	for _, f := range files(t, "../profiles/*/*.yaml") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		p, err := instrument.Parse(f, text)
		if err != nil {
			t.Fatal(err)
		}
		if p.Speaks() && p.Profile.Protocol+".json" == schema || !p.Speaks() && schema == "profile.json" {
			all = append(all, f)
		}
	}
	return all
}

// schemas are all, and every shipped file has one.
func schemas(t *testing.T) []string {
	t.Helper()
	all := files(t, "*.json")
	count := 0
	for _, name := range all {
		count += len(shipped(t, name))
	}
	if want := len(files(t, "../gateway/*.yaml", "../profiles/*/*.yaml")); count != want {
		t.Errorf("%d of %d shipped files have a schema; add one of the protocol's name", count, want)
	}
	return all
}

func TestShippedFilesFitTheirSchema(t *testing.T) {
	for _, name := range schemas(t) {
		s := compile(t, name)
		for _, f := range shipped(t, name) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(instance(t, text)); err != nil {
				t.Errorf("%s: %v", f, err)
			}
			header, _, _ := strings.Cut(string(text), "\n")
			path, ok := strings.CutPrefix(header, "# yaml-language-server: $schema=")
			if !ok {
				t.Errorf("%s does not name its schema in its first line", f)
			} else if _, err := os.Stat(filepath.Join(filepath.Dir(f), path)); err != nil || filepath.Base(path) != name {
				t.Errorf("%s names schema %s: %v", f, path, err)
			}
		}
	}
}

// mappings calls f with every object inside v, and a name of where it stands.
func mappings(v any, at string, f func(at string, m map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		f(at, x)
		for k, e := range x {
			mappings(e, at+"."+k, f)
		}
	case []any:
		for _, e := range x {
			mappings(e, at+"[]", f)
		}
	}
}

// free are the mappings whose keys the engineer chooses.
func free(at string) bool {
	return strings.HasSuffix(at, ".values") || strings.HasSuffix(at, ".params") || strings.HasSuffix(at, ".limits") || strings.HasSuffix(at, ".words")
}

func TestSchemaAndLoaderRefuseUnknownKeysEverywhere(t *testing.T) {
	lib, err := instrument.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range schemas(t) {
		load := func(b []byte) error { _, err := instrument.Parse("f.yaml", b); return err }
		if name == "site.json" {
			load = func(b []byte) error { _, err := site.Parse("f.yaml", b, lib, nil); return err }
		}
		s := compile(t, name)
		tried := 0
		for _, f := range shipped(t, name) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			v := instance(t, text)
			mappings(v, "", func(at string, m map[string]any) {
				if free(at) {
					return
				}
				tried++
				m["surprise"] = "x"
				defer delete(m, "surprise")
				if s.Validate(v) == nil {
					t.Errorf("%s: the schema takes an unknown key at %q", f, at)
				}
				// JSON is YAML, so the loader can be asked as well.
				j, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				if err := load(spread(j)); err == nil || !strings.Contains(err.Error(), `unknown key "surprise"`) {
					t.Errorf("%s: the loader says %v to an unknown key at %q", f, err, at)
				}
			})
		}
		if tried < 5 {
			t.Errorf("%s: only %d mappings tried", name, tried)
		}
	}
}

// spread breaks JSON over lines, as the loader wants no long ones.
func spread(j []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, j, "", " "); err != nil {
		return j
	}
	return b.Bytes()
}

// Both must refuse these, or an editor shows green what the agent refuses.
func TestSchemaAndLoaderAgreeOnWrongFiles(t *testing.T) {
	lib, err := instrument.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	siteFile, err := os.ReadFile("../gateway/construction.yaml")
	if err != nil {
		t.Fatal(err)
	}
	profileFile, err := os.ReadFile("../profiles/pit/ai-level.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ schema, old, new string }{
		{"site.json", "unit: 2", "unit: 256"},
		{"site.json", "unit: 2", "unit: two"},
		{"site.json", "version: 1", "version: 2"},
		{"site.json", "id: north-yard", "id: North_Yard"},
		{"site.json", "interval: 10s", "interval: 10"},
		{"site.json", "kind: serial, path: /dev/ttyUSB0, baud: 9600", "kind: tcp, path: /dev/ttyUSB0"},
		{"site.json", "kind: serial, path: /dev/ttyUSB0, baud: 9600", "kind: i2c, path: /dev/ttyUSB0"},
		{"site.json", "baud: 9600, parity: none", "baud: 9600, parity: mark"},
		{"site.json", "baud: 9600, parity: none", "baud: 14400, parity: none"},
		{"site.json", "pm10: {high: 150}", "pm10: {}"},
		{"site.json", "pm10: {high: 150}", "pm10: {high: much}"},
		{"site.json", "max_bytes: 512MiB", "max_bytes: 512MB"},
		{"site.json", "address: 127.0.0.1:7411", "address: 127.0.0.1"},
		{"profile.json", "protocol: modbus", "protocol: hj212"},
		{"profile.json", "type: u16", "type: uint16"},
		{"profile.json", "function: 4", "function: 6"},
		{"profile.json", "decimals: 3", "decimals: 19"},
		{"profile.json", "cadence: 30s", "cadence: fast"},
		{"profile.json", "raw: [4000, 20000]", "raw: [4000]"},
		{"profile.json", "id: pit/ai-level", "id: pit/"},
		{"profile.json", "zh: 水位}", "zh: ''}"},
	} {
		text, parse := siteFile, func(b []byte) error { _, err := site.Parse("f.yaml", b, lib, nil); return err }
		if c.schema == "profile.json" {
			text, parse = profileFile, func(b []byte) error { _, err := instrument.Parse("f.yaml", b); return err }
		}
		wrong := bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(wrong, text) {
			t.Errorf("%q does not stand in the file", c.old)
			continue
		}
		if compile(t, c.schema).Validate(instance(t, wrong)) == nil {
			t.Errorf("the schema takes %q", c.new)
		}
		if parse(wrong) == nil {
			t.Errorf("the loader takes %q", c.new)
		}
	}
}

// Every key that the schema offers is one that the loader knows, by asking it
// with a wrong value: an unknown key would be called unknown.
func TestTheSchemaOffersNoKeyThatTheLoaderLacks(t *testing.T) {
	for _, name := range schemas(t) {
		pattern := "../profile/*.go"
		if name == "site.json" {
			pattern = "../site/*.go"
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		source := []byte(`"version"`) // read by package document
		for _, f := range files(t, pattern) {
			if b, err := os.ReadFile(f); err == nil && !strings.HasSuffix(f, "_test.go") {
				source = append(source, b...)
			}
		}
		var offered []string
		mappings(v, "", func(at string, m map[string]any) {
			if p, ok := m["properties"].(map[string]any); ok && !strings.HasSuffix(at, ".properties") {
				for k := range p {
					offered = append(offered, k)
				}
			}
		})
		slices.Sort(offered)
		for _, k := range slices.Compact(offered) {
			if !bytes.Contains(source, []byte(`"`+k+`"`)) {
				t.Errorf("%s offers %q, which the loader does not read", name, k)
			}
		}
	}
}
