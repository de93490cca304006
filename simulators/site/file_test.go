package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAScenarioSaysWhereItIsWrong(t *testing.T) {
	good := "version: 1\nid: x\ntitle: {en: A, zh: 甲}\nsteps:\n  - {at: 1s, do: dead, to: dust-1, for: 2s}\n"
	if _, err := parse("x/play.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ old, new, want string }{
		"no such act":            {"dead", "explode", "play.yaml:5"},
		"no duration":            {", for: 2s", "", "for how long"},
		"a point where a device": {"to: dust-1", "to: dust-1/pm10", "happen to a point"},
		"no title":               {"title: {en: A, zh: 甲}\n", "", "title"},
		"unknown key":            {"for: 2s", "for: 2s, until: 3s", "until"},
		"late without by":        {"do: dead", "do: late", "by how much"},
	} {
		_, err := parse("x/play.yaml", []byte(strings.Replace(good, x.old, x.new, 1)))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFolderOfOnesOwnIsLoaded(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "shipped are canteen, cold-store") {
		t.Errorf("%v", err)
	}
	for name, text := range map[string]string{"play.yaml": "version: 1\nid: x\ntitle: {en: A, zh: 甲}\n", "site.yaml": "version: 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(dir)
	if err != nil || s.ID != "x" {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := Load("../site"); err == nil {
		t.Error("a folder without the files is a scenario")
	}
}

func FuzzParse(f *testing.F) {
	for _, id := range Shipped() {
		b, err := shipped.ReadFile("scenarios/" + id + "/play.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parse("play.yaml", b); err == nil && s.Script.Check() != nil {
			t.Error("a script that cannot be played was accepted")
		}
	})
}
