package service_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
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
