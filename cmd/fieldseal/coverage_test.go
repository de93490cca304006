package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/authority"
)

// people runs the command line and gives what it printed.
func people(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

const goodPlan = `version: 1
origin: log.example/1
site: 00112233445566778899aabbccddeeff
name: North yard
from: 2026-03-01T10:00:00Z
points:
  - {point: dust-1/pm25, every: 30s, gateway: ffeeddccbbaa99887766554433221100, profile: 1111111111111111111111111111111111111111111111111111111111111111}
  - {point: dust-1/pm10, every: 1m30s, gateway: ffeeddccbbaa99887766554433221100, profile: 1111111111111111111111111111111111111111111111111111111111111111, high: "150.0"}
`

func TestPlanIsSignedAsItStands(t *testing.T) {
	dir := t.TempDir()
	key, in, out := filepath.Join(dir, "supervision.key"), filepath.Join(dir, "plan.yaml"), filepath.Join(dir, "plan.signed.json")
	printed, err := people(t, "coverage", "keygen", "--key", key)
	if err != nil || !strings.Contains(printed, `- "ed25519:`) {
		t.Fatalf("%q, %v", printed, err)
	}
	if err := os.WriteFile(in, []byte(goodPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	if printed, err = people(t, "coverage", "sign", "--key", key, in); err != nil || !strings.Contains(printed, "coverage submit") {
		t.Fatalf("%q, %v", printed, err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	a, err := authority.ParseAnswers(text)
	if err != nil || len(a.Statements) != 1 || a.Origin != "log.example/1" {
		t.Fatalf("%+v, %v", a, err)
	}
	s, err := statement.Parse(a.Statements[0].Header)
	if err != nil {
		t.Fatal(err)
	}
	k, err := authority.ReadKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(k.Public()); err != nil {
		t.Error(err)
	}
	body, err := s.Open(a.Statements[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	c := body.(*statement.Coverage)
	p, ok := c.Of("dust-1/pm10")
	if !ok || p.MaxInterval != 90e6 || p.High == nil || p.High.String() != "150.0" || p.Low != nil || len(c.Points) != 2 {
		t.Errorf("%+v", c)
	}
	if _, err := people(t, "coverage", "sign", "--key", key, in); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("an answer was written over: %v", err)
	}
}

func TestPlanErrorsNameWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "supervision.key")
	if _, err := people(t, "coverage", "keygen", "--key", key); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"version 2":     {"version: 1", "version: 2"},
		"site":          {"00112233445566778899aabbccddeeff", "00"},
		"every":         {"every: 30s", "every: often"},
		"there twice":   {"dust-1/pm25", "dust-1/pm10"},
		"DEVICE/NAME":   {"dust-1/pm25", "dust-1"},
		"until":         {"points:", "until: 2026-03-01T09:00:00Z\npoints:"},
		"low 200":       {`high: "150.0"`, `high: "150.0", low: "200"`},
		"unknown field": {"name:", "nom:"},
		"plain decimal": {`"150.0"`, `"1e3"`},
		"origin":        {"origin: log.example/1", "origin: ''"},
		"64 hex digits": {"profile: 11", "profile: zz"},
	} {
		in := filepath.Join(dir, "plan.yaml")
		if err := os.WriteFile(in, []byte(strings.Replace(goodPlan, change[0], change[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := people(t, "coverage", "sign", "--key", key, in, "-o", filepath.Join(dir, "never")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s → %s: %v, want %q", change[0], change[1], err, want)
		}
	}
}

func TestAuthorityRemembersItsStatusLists(t *testing.T) {
	dir := t.TempDir()
	printed, err := people(t, "authority", "init", "--dir", dir)
	if err != nil || !strings.Contains(printed, "--authority-key ed25519:") {
		t.Fatalf("%q, %v", printed, err)
	}
	k, err := authority.ReadKey(filepath.Join(dir, authority.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(serial uint64, previous *authority.Signed, revoked ...authority.Revocation) (*authority.Answers, error) {
		t.Helper()
		r := &authority.Requests{Format: authority.RequestsFormat, Origin: "log.example/1", Authority: k.Public().String(),
			Status: &authority.Status{Serial: serial, Revoked: revoked, Previous: previous}}
		text, err := signRequests(dir, cose.Signer(k), r, time.Now())
		if err != nil {
			return nil, err
		}
		return authority.ParseAnswers(text)
	}
	gone := authority.Revocation{Gateway: [16]byte{1}, FromIndex: 7, Reason: "stolen"}
	first, err := ask(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ask(1, nil)
	if err != nil || !bytes.Equal(again.Statements[0].Header, first.Statements[0].Header) {
		t.Errorf("asked for again, it is another list: %v", err)
	}
	if _, err := ask(2, &first.Statements[0], gone); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(2, &first.Statements[0]); err == nil || !strings.Contains(err.Error(), "without the revocation") {
		t.Errorf("a list that forgets: %v", err)
	}
	if _, err := ask(1, nil); err == nil || !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("a notary that forgot a list: %v", err)
	}
}
