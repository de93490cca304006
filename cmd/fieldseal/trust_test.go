package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
)

// office is the folder of a ceremony: three issuers, a notary's facts, evidence.
type office struct {
	t    *testing.T
	dir  string
	keys map[string]string // public, by issuer
}

func newOffice(t *testing.T) *office {
	dir, w := folder(t)
	facts, err := w.Facts().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t, dir, map[string]string{}}
	put(t, o.at("facts.json"), facts)
	for _, n := range []string{"regulator", "builder", "court", "stranger"} {
		out := o.does(0, "keygen", "--issuer-key", o.at(n+".key"))
		o.keys[n] = regexp.MustCompile(`ed25519:[0-9a-f]{64}`).FindString(out)
	}
	return o
}

func (o *office) at(name string) string { return filepath.Join(o.dir, name) }

func (o *office) issuer(n string) string { return n + "=" + o.keys[n] }

// does runs a command of trust and wants its exit code and parts of what it says.
func (o *office) does(code int, args ...string) string {
	o.t.Helper()
	got, out := call(append([]string{"trust"}, args...)...)
	if got != code {
		o.t.Fatalf("trust %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return out
}

func (o *office) says(out string, parts ...string) {
	o.t.Helper()
	for _, p := range parts {
		if !strings.Contains(out, p) {
			o.t.Errorf("lacks %q:\n%s", p, out)
		}
	}
}

// first makes version 1 of three issuers, two of whom sign.
func (o *office) first() string {
	o.t.Helper()
	v1 := o.at("v1.json")
	out := o.does(0, "new", "--facts", o.at("facts.json"), "--name", "Consortium", "--issuer", o.issuer("regulator"), "--issuer", o.issuer("builder"),
		"--issuer", o.issuer("court"), "--threshold", "2", "--issuer-key", o.at("regulator.key"), "-o", v1)
	o.says(out, "draft that nobody believes yet", "1 more of its own issuers (1 of 2 needed have signed)", "fieldseal trust sign")
	if code, out := call("verify", "--trust", v1, o.at("genuine"+file.Extension)); code != 2 {
		o.t.Errorf("judged by a draft: %d\n%s", code, out)
	}
	o.says(o.does(1, "show", v1), "signed       by 1 of 3 issuers, 2 needed", "draft that nobody believes yet")
	o.says(o.does(0, "sign", "--issuer-key", o.at("court.key"), v1), "signed by enough")
	o.does(0, "show", v1)
	return v1
}

// TestSeveralIssuersSignATrustFileOneAfterAnother, offline, and then its next version.
func TestSeveralIssuersSignATrustFileOneAfterAnother(t *testing.T) {
	o := newOffice(t)
	v1, v2, genuine := o.first(), o.at("v2.json"), o.at("genuine"+file.Extension)
	if code, out := call("verify", "--trust", v1, genuine); code != 0 {
		t.Fatalf("%d\n%s", code, out)
	}
	// The builder leaves, and another office joins.
	out := o.does(0, "update", v1, "-o", v2, "--drop-issuer", "builder", "--issuer", o.issuer("stranger"), "--supervisor", "second="+o.keys["stranger"], "--bound", "20m", "--issuer-key", o.at("stranger.key"))
	o.says(out, "- issuer       builder", "+ issuer       stranger", "+ supervision  second", "1 more of its own issuers (1 of 2 needed have signed) and 2 more of version 1's issuers (0 of 2 needed have signed)")
	sign := func(who string) string {
		return o.does(0, "sign", "--previous", v1, "--issuer-key", o.at(who+".key"), v2)
	}
	o.says(sign("builder"), "1 more of version 1's issuers (1 of 2 needed have signed)") // signs as an issuer of version 1, and leaves
	o.says(o.does(1, "diff", v1, v2), "may not replace the first")
	o.says(sign("regulator"), "signed by enough")
	o.says(o.does(0, "diff", v1, v2), "- bound        15m0s", "+ bound        20m0s", "The second may replace the first")

	// Old evidence is judged by the version of its time, whichever order they are given in.
	if code, _ := call("verify", "--trust", v2, genuine); code != 2 {
		t.Errorf("evidence from before version 2, by version 2 alone: %d", code)
	}
	for _, args := range [][]string{{"--trust", v1, "--trust", v2}, {"--trust", v2, "--trust", v1}} {
		code, out := call(append(append([]string{"verify"}, args...), genuine)...)
		if lines := strings.Split(out, "\n"); code != 0 || !strings.Contains(lines[0], "Consortium, version 2") || !strings.Contains(lines[2], "version 1, for evidence of") {
			t.Errorf("%d\n%s", code, out)
		}
		o.says(out, "Consortium, version 1, fingerprint")
	}
}

// TestATrustFileIsRefused tells every way in which a signature or a version is not taken.
func TestATrustFileIsRefused(t *testing.T) {
	o := newOffice(t)
	v1 := o.first()
	draft := func(name string, args ...string) string {
		path := o.at(name)
		o.does(0, append([]string{"update", v1, "-o", path, "--bound", "20m"}, args...)...)
		return path
	}
	v2 := draft("v2.json", "--issuer-key", o.at("regulator.key"))
	refused := func(code int, word string, args ...string) {
		t.Helper()
		o.says(o.does(code, args...), word)
	}
	sign := func(who, path string, more ...string) []string {
		return append([]string{"sign", "--issuer-key", o.at(who + ".key"), path}, more...)
	}
	before, err := os.ReadFile(v2)
	if err != nil {
		t.Fatal(err)
	}
	refused(1, "has signed already", sign("regulator", v2, "--previous", v1)...)
	refused(1, "is no issuer", sign("stranger", v2, "--previous", v1)...)
	refused(64, "", sign("court", v2)...) // what changes cannot be told
	refused(1, "is called", "update", v1, "-o", o.at("x.json"), "--drop-issuer", "nobody")
	refused(1, "is called", "update", v1, "-o", o.at("x.json"), "--end-supervisor", "nobody")
	refused(1, "threshold", "update", v1, "-o", o.at("x.json"), "--threshold", "4")
	refused(1, "", "update", v2, "-o", o.at("x.json"))                   // a draft has no successor
	refused(1, "v2.json", "update", v1, "-o", v2)                        // an existing file is kept
	refused(1, "nobody believes", "show", v2)                            // too few
	refused(1, "may not replace", "diff", v1, v2)                        // too few of version 1
	refused(64, "", "new", "--facts", o.at("facts.json"), "--name", "x") // no issuer at all
	refused(1, "", "new", "--facts", o.at("facts.json"), "--name", "x", "--issuer", o.issuer("court"), "--issuer-key", o.at("builder.key"), "-o", o.at("x.json"))
	if after, err := os.ReadFile(v2); err != nil || !bytes.Equal(before, after) {
		t.Fatalf("a refusal changed the file: %v", err)
	}

	o.does(0, sign("court", v2, "--previous", v1)...)
	v3 := o.at("v3.json")
	o.does(0, "update", v2, "-o", v3, "--issuer-key", o.at("regulator.key"))
	refused(1, "version 2 comes after version 1, not version 3", sign("court", v3, "--previous", v1)...) // a gap
	refused(1, "may not replace", "diff", v1, v3)
	o.does(0, sign("court", v3, "--previous", v2)...)
	genuine := o.at("genuine" + file.Extension)
	if code, out := call("verify", "--trust", v1, "--trust", v3, genuine); code != 2 || !strings.Contains(out, "not the next version") {
		t.Errorf("a gap in versions: %d\n%s", code, out)
	}
	if code, out := call("verify", "--trust", v1, "--trust", v2, "--trust", v3, genuine); code != 0 {
		t.Errorf("all versions: %d\n%s", code, out)
	}

	// Content changed after it was signed, and a serial written by hand.
	text, err := os.ReadFile(v2)
	if err != nil {
		t.Fatal(err)
	}
	put(t, o.at("changed.json"), bytes.Replace(text, []byte(`"bound": 1200`), []byte(`"bound": 1300`), 1))
	refused(1, "", "show", o.at("changed.json"))
	refused(1, "", "diff", v1, o.at("changed.json"))
	hand := draft("hand.json")
	text, err = os.ReadFile(hand)
	if err != nil {
		t.Fatal(err)
	}
	put(t, hand, bytes.Replace(text, []byte(`"version": 2`), []byte(`"version": 4`), 1))
	refused(1, "not version 4", sign("court", hand, "--previous", v1)...)
	put(t, hand, bytes.Replace(text, []byte(`"predecessor": "`), []byte(`"predecessor": "0`), 1))
	refused(1, "", sign("court", hand, "--previous", v1)...)
}

// TestOrganisationsStandBesideTheAccountsThatSeal in what people compare aloud.
func TestOrganisationsStandBesideTheAccountsThatSeal(t *testing.T) {
	o := newOffice(t)
	text, err := os.ReadFile(o.at("facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := trust.ParseFacts(text)
	if err != nil {
		t.Fatal(err)
	}
	f.Chain.Profile, f.Chain.Independence, f.Chain.Notes = "clique", "consortium", nil
	f.Chain.Validators = []trust.Validators{{From: 1, Accounts: []trust.Hex20{{1}, {2}, {3}}}}
	if text, err = f.Marshal(); err != nil {
		t.Fatal(err)
	}
	put(t, o.at("facts.json"), text)
	account := func(n byte) string { return fmt.Sprintf("0x%x", append([]byte{n}, make([]byte, 19)...)) }
	out := o.does(0, "new", "--facts", o.at("facts.json"), "--name", "Consortium", "--issuer-key", o.at("court.key"), "-o", o.at("named.json"),
		"--organisation", "District office="+account(1), "--organisation", "Court="+account(3))
	o.says(out, "District office; of 3, block 1 on", "Court; of 3", "(no organisation named); of 3")
	o.does(1, "new", "--facts", o.at("facts.json"), "--name", "x", "--issuer-key", o.at("court.key"), "-o", o.at("x.json"), "--organisation", "Nobody="+account(9))
	o.does(64, "new", "--facts", o.at("facts.json"), "--name", "x", "--issuer-key", o.at("court.key"), "-o", o.at("x.json"), "--organisation", "Nobody=0x12")
	// New facts without names keep them.
	out = o.does(0, "update", o.at("named.json"), "-o", o.at("named-2.json"), "--facts", o.at("facts.json"))
	if strings.Contains(out, "- chain") || strings.Contains(out, "no organisation") {
		t.Error(out)
	}
}
