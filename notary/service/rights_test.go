package service_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/service"
)

// TestEveryRequestOfAWholeNotaryIsACellOfTheTable: rooms put requests on the API
// that package api does not know; each of them, too, is open to anyone on purpose
// or needs what somebody may.
func TestEveryRequestOfAWholeNotaryIsACellOfTheTable(t *testing.T) {
	d := initFolder(t)
	start(t, d)
	c := client.ClientFor(d.Client())
	var doc struct {
		Paths map[string]map[string]struct {
			Needs string `json:"x-needs"`
		} `json:"paths"`
	}
	text, _, err := c.Ask(t.Context(), http.MethodGet, rest.OpenAPIPath+".json", nil, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	open := []string{"/api/v1/trust", "/api/v1/trust-facts", "/api/v1/statements", "/api/v1/cosign", "/api/v1/session", "/api/v1/login", "/api/v1/session/ways", "/api/v1/device", "/api/v1/device/token", "/api/v1/enrol"}
	n := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			n++
			resource, action, ok := strings.Cut(op.Needs, ":")
			if !ok {
				if !slices.Contains(open, path) {
					t.Errorf("%s %s is open to anyone", method, path)
				}
				continue
			}
			if !slices.Contains(accounts.Resources(), accounts.Resource(resource)) || !slices.ContainsFunc(append(accounts.Roles(), accounts.Keeper), func(r accounts.Role) bool {
				return accounts.Allows(r, accounts.Action(action), accounts.Resource(resource))
			}) {
				t.Errorf("%s %s needs %s, which nobody may", method, path, op.Needs)
			}
		}
	}
	if n < 35 {
		t.Errorf("only %d requests are described", n)
	}
}

// TestWebhookOfASiteOutOfSightIsOfASiteThatIsNotThere: who is limited learns
// nothing by asking for one.
func TestWebhookOfASiteOutOfSightIsOfASiteThatIsNotThere(t *testing.T) {
	d := initFolder(t)
	s, _ := start(t, d)
	site := batch.ID{1, 2, 3}
	places := inPudong(site)
	for name, c := range map[string]struct {
		v     *accounts.Viewer
		found bool
	}{
		"who holds the folder": {accounts.KeeperBy("test"), true},
		"one who sees it":      {accounts.NewViewer("li", accounts.Centre, accounts.Scope{Districts: []string{"pudong"}}, places), true},
		"one who does not":     {accounts.NewViewer("wang", accounts.Centre, accounts.Scope{Districts: []string{"xuhui"}}, places), false},
	} {
		if _, ok := s.HookDesk().Site(accounts.With(t.Context(), c.v), site.String()); ok != c.found {
			t.Errorf("%s finds it: %v", name, ok)
		}
	}
}

type inPudong batch.ID

func (p inPudong) Place(site batch.ID) accounts.Place {
	if site == batch.ID(p) {
		return accounts.Place{Site: "yard", District: "pudong"}
	}
	return accounts.Place{}
}

// TestTagsOfOneSightAreNoTagsOfAnother: a token that sees less than its account
// is not told by an entity tag that nothing changed.
func TestTagsOfOneSightAreNoTagsOfAnother(t *testing.T) {
	d := initFolder(t)
	s, _ := start(t, d)
	root := accounts.KeeperBy("test")
	first, err := s.Accounts.Add(root, accounts.Spec{Name: "wang", Role: accounts.Auditor})
	if err != nil {
		t.Fatal(err)
	}
	_, v, err := s.Accounts.SignIn("wang", first, "127.0.0.1")
	if err == nil {
		err = s.Accounts.SetPassword(v, first, "correct horse battery")
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, spec := range map[string]accounts.TokenSpec{"all": {}, "yard": {Scope: accounts.Scope{Sites: []string{"yard"}}}, "store": {Scope: accounts.Scope{Sites: []string{"store"}}},
		"readings": {Limits: []accounts.Permission{{Resource: accounts.Reading, Action: accounts.Read}}}} {
		spec.Label, spec.Expires = name, time.Now().Add(time.Hour).UnixMicro()
		text, _, err := s.Accounts.LogIn("wang", "correct horse battery", "127.0.0.1", spec)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.Accounts.ByToken(text, "")
		if err != nil {
			t.Fatal(err)
		}
		label := service.LabelOf(v)
		if other, ok := seen[label]; ok {
			t.Errorf("%s and %s are both %q", name, other, label)
		}
		seen[label] = name
	}
}
