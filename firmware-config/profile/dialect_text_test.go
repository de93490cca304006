package profile

import (
	"os"
	"strings"
	"testing"

	"fieldseal/drivers/textline"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func TestThePageOfPrintedLinesShowsAProfileThatWorks(t *testing.T) {
	page, err := os.ReadFile("../../docs/drivers/text.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "       version: 1\n")
	if !ok {
		t.Fatal("the page shows no profile")
	}
	text := "version: 1\n"
	for line := range strings.Lines(rest) {
		line, ok := strings.CutPrefix(line, "       ")
		if !ok {
			break
		}
		text += line
	}
	f, err := Parse("text.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"ST,GS,+  12.34kg\r\n": "12.34 ST", "OL,GS,+       kg\r\n": "missing OL", "ST,GS,+  12.34lb\r\n": "none"} {
		values, err := textline.Decoder{}.Decode(&f.Profile, &profile.Device{ID: "d", Address: "any"}, &record.Frame{Device: "d", Received: []byte(line)}, nil)
		got := "none"
		if err == nil && len(values) == 1 {
			if got = values[0].Value.String(); values[0].Missing {
				got = "missing"
			}
			got += " " + values[0].Flag
		}
		if got != want {
			t.Errorf("%q reads %s (%v), want %s", line, got, err, want)
		}
	}
}

func TestTextProfilesThatSayNothingAreRefused(t *testing.T) {
	const head = "version: 1\nid: text/x\ntitle: {en: X, zh: X}\nprotocol: text\nmessages:\n  - {id: a, "
	const tail = "}\npoints:\n  - {name: w, title: {en: W, zh: W}, unit: kg, group: w}\n"
	for message, want := range map[string]string{
		"every: 1s":                                      "pattern",
		`pattern: '(?P<w>\d'`:                            "RE2",
		`pattern: '(\d+)'`:                               "no name",
		`pattern: '(?P<v>\d+)'`:                          "no group",
		`pattern: '(?P<w>\d+)', ask: SI`:                 "read_only",
		`pattern: '(?P<w>\d+)', end: cr`:                 "end",
		`pattern: '(?P<w>\d+)', read_only: true`:         "without ask",
		`pattern: '(?P<w>\d+)', zone: "+08:00"`:          "zone",
		`pattern: '(?P<w>\d+)', decimal: dot`:            "decimal",
		`pattern: '(?P<w>\d+)', sentence: RMC`:           "unknown key",
		`pattern: '(?P<w>\d+) (?P<hour>\d\d)'`:           "time",
		`pattern: '(?P<w>(?:\d{99}){99})'`:               "repeat",
		`pattern: '(?P<w>\d+)', ask: SI, read_only: yes`: "read_only",
	} {
		if _, err := Parse("x.yaml", []byte(head+message+tail)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q in %v", message, want, err)
		}
	}
}
