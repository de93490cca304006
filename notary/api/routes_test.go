package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"fieldseal/notary/api/rest"
)

func TestEveryRequestIsDescribedInOpenAPI(t *testing.T) {
	h := open(t)
	r := h.get(rest.OpenAPIPath + ".json")
	var doc struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(r.body, &doc); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", r.Status, err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	for _, want := range []string{"get /api/v1/sites", "get /api/v1/latest", "get /api/v1/stream", "get /api/v1/evidence", "post /api/v1/statements",
		"post /api/v1/enrol", "post /api/v1/gateways", "post /api/v1/gateways/{gateway}/revoke", "get /metrics"} {
		method, path, _ := strings.Cut(want, " ")
		op := string(doc.Paths[path][method])
		if op == "" {
			t.Errorf("%s is not described", want)
		} else if !strings.Contains(op, "application/problem+json") {
			t.Errorf("%s does not say how it fails", want)
		}
	}
	if y := h.get(rest.OpenAPIPath + ".yaml"); y.StatusCode != http.StatusOK || !strings.Contains(string(y.body), "openapi: ") {
		t.Errorf("YAML: %s", y.Status)
	}
}

func TestRoomsRegisterOperationsBehindTheGuard(t *testing.T) {
	h := open(t)
	type in struct {
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}
	type out struct {
		Body struct {
			Limit int `json:"limit"`
		}
	}
	c := h.cfg
	c.TokenAlways = true
	c.Rooms = []func(*rest.Router){func(r *rest.Router) {
		rest.Handle(r, rest.Operation{ID: "probe", Method: http.MethodGet, Path: "/api/v1/probe", Summary: "Probe", Needs: rest.Need{Resource: "reading", Action: "read"}},
			func(_ context.Context, i *in) (*out, error) {
				if i.Limit == 13 {
					return nil, rest.Fail(http.StatusConflict, "13", "take another number")
				}
				o := &out{}
				o.Body.Limit = i.Limit
				return o, nil
			})
	}}
	h.base = h.serve(c)
	if r := h.get("/api/v1/probe"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: %s", r.Status)
	} else {
		r.problem(t)
	}
	for path, status := range map[string]int{"": 200, "?limit=13": 409, "?limit=1001": 422, "?limit=x": 422, "?limt=5": 422} {
		r := h.do("GET", "/api/v1/probe"+path, nil, h.withToken)
		if r.StatusCode != status {
			t.Errorf("%s: %s %s", path, r.Status, r.body)
			continue
		}
		id := r.Header.Get(rest.RequestID)
		if id == "" {
			t.Errorf("%s: the answer names no request", path)
		}
		if status == 200 {
			if string(r.body) != "{\"limit\":100}\n" {
				t.Errorf("%s", r.body)
			}
		} else if p := r.problem(t); p.Request != id {
			t.Errorf("%s: the problem names request %q, the answer %q", path, p.Request, id)
		}
	}
}
