package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/notary/store"
)

func TestRequestWithAKeyIsDoneOnceHoweverOftenItIsSent(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	path := api.GatewaysPath + "/" + g.Gateway.String() + "/revoke"
	send := func(path, key string, body any, as func(*http.Request)) reply {
		t.Helper()
		return h.do("POST", path, body, func(r *http.Request) { as(r); r.Header.Set(api.IdempotencyKey, key) })
	}
	why := api.Revoke{Reason: "stolen"}
	if r := send(path, "k1", api.Revoke{}, h.withToken); r.StatusCode != 400 {
		t.Errorf("a revocation without reason: %s", r.Status)
	}
	first := send(path, "k1", why, h.withToken) // what was refused is no deed
	if first.StatusCode != 200 {
		t.Fatalf("%s %s", first.Status, first.body)
	}
	again := send(path, "k1", why, h.withToken)
	if again.StatusCode != 200 || !bytes.Equal(again.body, first.body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same again: %s %s", again.Status, again.body)
	}
	h.swap(h.cfg) // as after a restart
	if r := send(path, "k1", why, h.withToken); r.StatusCode != 200 || !bytes.Equal(r.body, first.body) {
		t.Errorf("after a restart: %s %s", r.Status, r.body)
	}
	if r := send(path, "k1", api.Revoke{Reason: "lost"}, h.withToken); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the key for something else: %s", r.Status)
	}
	if r := send(path, "k2", why, h.withToken); r.StatusCode != 400 {
		t.Errorf("another key does it again: %s", r.Status)
	}
	op := bearer(h.who("op", accounts.Operator, accounts.Scope{}))
	if r := send(path, "k1", why, op); r.StatusCode != 400 {
		t.Errorf("another account's key is another key: %s %s", r.Status, r.body)
	}
	for _, bad := range []string{"two words", strings.Repeat("k", 129), "ключ"} {
		if r := send(path, bad, why, h.withToken); r.StatusCode != 400 {
			t.Errorf("key %q: %s", bad, r.Status)
		}
	}
	if r := send(path, "k1", why, abroad); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger with the key: %s", r.Status)
	}
	h.n.Advance(25 * time.Hour)
	if r := send(path, "k1", why, h.withToken); r.StatusCode != 400 {
		t.Errorf("after a day the key is new: %s", r.Status)
	}
}

// TestNarrowerTokenIsNotToldWhatAWiderOneWasAnswered: the key belongs to what was
// shown, not to the account.
func TestNarrowerTokenIsNotToldWhatAWiderOneWasAnswered(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	path := api.GatewaysPath + "/" + g.Gateway.String() + "/revoke"
	wide := h.who("op", accounts.Operator, accounts.Scope{})
	narrow, _, err := h.accounts.LogIn("op", password, "", accounts.TokenSpec{Label: "narrow", Limits: []accounts.Permission{{Resource: accounts.Site, Action: accounts.Read}}, Expires: h.n.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	send := func(token string) reply {
		return h.do("POST", path, api.Revoke{Reason: "stolen"}, func(r *http.Request) { bearer(token)(r); r.Header.Set(api.IdempotencyKey, "k") })
	}
	if r := send(wide); r.StatusCode != 200 {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	if r := send(narrow); r.StatusCode != http.StatusForbidden {
		t.Errorf("a token of sites is told of a revocation: %s %s", r.Status, r.body)
	}
}

// TestChangeOfAPasswordIsNotKeptWithWhatGuardsItsSession: the answer holds what
// only the page of that session may have.
func TestChangeOfAPasswordIsNotKeptWithWhatGuardsItsSession(t *testing.T) {
	h := open(t)
	first, err := h.accounts.Add(accounts.KeeperBy("test"), accounts.Spec{Name: "wang", Role: accounts.Auditor})
	if err != nil {
		t.Fatal(err)
	}
	_, cookie, me := h.page("wang", first)
	r := h.do("POST", client.PasswordPath, client.Password{Old: first, New: password}, func(r *http.Request) {
		abroad(r)
		r.AddCookie(cookie)
		r.Header.Set(api.CSRFHeader, me.CSRF)
		r.Header.Set(api.IdempotencyKey, "k")
	})
	if r.StatusCode != 200 || !bytes.Contains(r.body, []byte(me.CSRF)) {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	for kv, err := range h.n.Store.Rows(store.TableAnswer, store.Range{}) {
		var kept struct {
			Body []byte `json:"b"`
		}
		if err != nil || json.Unmarshal(kv.Value, &kept) != nil || bytes.Contains(kept.Body, []byte(me.CSRF)) {
			t.Errorf("kept: %s, %v", kept.Body, err)
		}
	}
}

func TestAnswerThatIsToldOnceIsNotRemembered(t *testing.T) {
	h := open(t)
	order := enrol.Order{Site: "north-yard", SiteName: "North yard", Gateway: "gw-2"}
	send := func() reply {
		return h.do("POST", api.GatewaysPath, order, func(r *http.Request) { h.withToken(r); r.Header.Set(api.IdempotencyKey, "k") })
	}
	first := send()
	var o api.Ordered
	if first.StatusCode != 200 || json.Unmarshal(first.body, &o) != nil {
		t.Fatalf("%s %s", first.Status, first.body)
	}
	if r := send(); r.StatusCode != http.StatusConflict || strings.Contains(string(r.body), o.Code) {
		t.Errorf("%s %s", r.Status, r.body)
	} else {
		r.problem(t)
	}
}
