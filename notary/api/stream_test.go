package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

var errEnough = errors.New("enough")

// take follows the stream until it has n events of a kind.
func (h *house) take(filter url.Values, after uint64, kind string, n int) (out []client.Event) {
	h.Helper()
	c, err := client.Dial(h.base, h.ca, h.tokens)
	if err != nil {
		h.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = c.Stream(ctx, filter, after, true, func(e client.Event) error {
		if e.Name == kind {
			if out = append(out, e); len(out) == n {
				return errEnough
			}
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		h.Fatalf("after %d of %d %s events: %v", len(out), n, kind, err)
	}
	return out
}

func TestStreamResumesAfterTheLastId(t *testing.T) {
	h := open(t)
	s := h.n.NewSealer(h.n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-lab.Minute*10)
	for range 4 {
		h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
	all := h.take(nil, 0, "admission", 4)
	rest := h.take(url.Values{"site": {"north-yard"}}, all[1].ID, "admission", 2)
	for i, e := range rest {
		if e.ID != all[2+i].ID || !bytes.Equal(e.Data, all[2+i].Data) {
			t.Errorf("event %d came as %d: %s", all[2+i].ID, e.ID, e.Data)
		}
	}
	var a live.Admitted
	one := h.take(url.Values{"point": {lab.PM25}}, 0, "admission", 1)
	if err := json.Unmarshal(one[0].Data, &a); err != nil || len(a.Readings) != 6 || a.Readings[0].Point != lab.PM25 {
		t.Errorf("%s, %v", one[0].Data, err)
	}
	var r live.Reached
	if err := json.Unmarshal(h.take(url.Values{"kind": {"state"}}, 0, "state", 1)[0].Data, &r); err != nil || r.State != live.Logged || r.Size == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestStreamWithoutTheRightToAlarmsTellsOfNone: alarms carry who acknowledged them
// and what they wrote.
func TestStreamWithoutTheRightToAlarmsTellsOfNone(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	h.who("wang", accounts.Auditor, accounts.Scope{})
	token := func(may ...accounts.Resource) string {
		limits := []accounts.Permission{}
		for _, r := range may {
			limits = append(limits, accounts.Permission{Resource: r, Action: accounts.Read})
		}
		text, _, err := h.accounts.LogIn("wang", password, "", accounts.TokenSpec{Label: "wall", Limits: limits, Expires: h.n.Now().Add(time.Hour).UnixMicro()})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := h.cfg.Live.Announce(ctx, nil, live.Notice{Site: g.Site, Gateway: g.Gateway, Alarm: json.RawMessage(`{"kind":"edge"}`), Step: json.RawMessage(`{"by":"li.wei","note":"door was open"}`)}); err != nil {
		t.Fatal(err)
	}
	h.n.Send(h.n.NewSealer(g, time.Now().UnixMicro()-lab.Minute*10).Seal(lab.Minute, 10*lab.Second))
	for name, c := range map[string]struct {
		token string
		told  bool
	}{"readings alone": {token(accounts.Reading), false}, "readings and alarms": {token(accounts.Reading, accounts.Alarm), true}} {
		told := false
		_, err := client.New(h.base, c.token, h.client).Stream(ctx, nil, 0, true, func(e client.Event) error {
			told = told || e.Name == "alarm"
			if e.Name == "admission" {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) || told != c.told {
			t.Errorf("%s: alarms told: %v, %v", name, told, err)
		}
	}
}

func TestStreamIsRefusedWithARemedy(t *testing.T) {
	h := open(t)
	for query, status := range map[string]int{"site=nowhere": 404, "point=dust": 400, "kind=news": 400, "colour=red": 400, "gateway=x": 400,
		"after=minus": 400, "after=999999": 410, "device=": 400} {
		r := h.get(api.StreamPath + "?" + query)
		if r.StatusCode != status {
			t.Errorf("%s: %s, wanted %d", query, r.Status, status)
		}
		r.problem(t)
	}
	proxied := h.do("GET", api.StreamPath, nil, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") })
	if proxied.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger behind a proxy: %s", proxied.Status)
	}
}
