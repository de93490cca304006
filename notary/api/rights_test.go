package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/sites"
)

const password = "correct horse battery"

// who makes an account and gives a token of it.
func (h *house) who(name string, r accounts.Role, s accounts.Scope) (token string) {
	h.Helper()
	root := accounts.KeeperBy("test")
	first, err := h.accounts.Add(root, accounts.Spec{Name: name, Role: r, Scope: s})
	if err != nil {
		h.Fatal(err)
	}
	_, v, err := h.accounts.SignIn(name, first, "127.0.0.1")
	if err == nil {
		err = h.accounts.SetPassword(v, first, password)
	}
	if err != nil {
		h.Fatal(err)
	}
	token, _, err = h.accounts.LogIn(name, password, "127.0.0.1", accounts.TokenSpec{Label: "test", Expires: h.n.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		h.Fatal(err)
	}
	return token
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// abroad is a request that does not come from this machine itself.
func abroad(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }

// needs is what each request of the API needs, as its description says: the
// router knows no other way to put a request on it.
func (h *house) needs() map[string]string {
	h.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Needs string `json:"x-needs"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(h.get(rest.OpenAPIPath+".json").body, &doc); err != nil {
		h.Fatal(err)
	}
	out := map[string]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out[strings.ToUpper(method)+" "+path] = op.Needs
		}
	}
	return out
}

// fill puts something into the places of a pattern that no row of a table has.
var fill = strings.NewReplacer("{name}", "no-such-account", "{id}", "0123456789abcdef", "{site}", "no-such-site", "{gateway}", strings.Repeat("0", 32),
	"{index}", "0", "{leaf}", "1", "{path...}", "x000", "{level}", "0", "{rest...}", "x", "{webhook}", "0")

// TestEveryCellOfTheTableHoldsAtTheRealHandler asks for every request of the API
// as every role: what the table allows is never answered with 401 or 403, and
// what it does not allow always is.
func TestEveryCellOfTheTableHoldsAtTheRealHandler(t *testing.T) {
	h := open(t)
	as := map[accounts.Role]func(*http.Request){
		accounts.Keeper: h.withToken, accounts.Local: nil, accounts.Nobody: abroad,
	}
	for _, r := range accounts.Roles() {
		s := accounts.Scope{}
		if r == accounts.Company {
			s.Sites = []string{"north-yard"}
		}
		as[r] = bearer(h.who(string(r), r, s))
	}
	cells := 0
	for pattern, need := range h.needs() {
		method, path, _ := strings.Cut(pattern, " ")
		text, action, ok := strings.Cut(need, ":")
		if !ok {
			continue // open to anyone
		}
		resource := accounts.Resource(text)
		if !slices.Contains(accounts.Resources(), resource) || !accounts.Allows(accounts.Centre, accounts.Action(action), resource) &&
			!accounts.Allows(accounts.Keeper, accounts.Action(action), resource) && !accounts.Allows(accounts.Company, accounts.Action(action), resource) {
			t.Errorf("%s needs %s, which is no cell of the table", pattern, need)
		}
		for role, change := range as {
			cells++
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			req, err := http.NewRequestWithContext(ctx, method, h.base+fill.Replace(path), strings.NewReader("{"))
			if err != nil {
				t.Fatal(err)
			}
			if change != nil {
				change(req)
			}
			res, err := h.client.Do(req)
			if err != nil {
				t.Fatalf("%s as %s: %v", pattern, role, err)
			}
			cancel()
			res.Body.Close()
			want := accounts.Allows(role, accounts.Action(action), resource) && !(resource.Whole() && role == accounts.Company)
			denied := res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden
			if denied == want {
				t.Errorf("%s as %s: %s, and the table says %v", pattern, role, res.Status, want)
			}
			if anonymous := role == accounts.Nobody || role == accounts.Local; denied && anonymous != (res.StatusCode == http.StatusUnauthorized) {
				t.Errorf("%s as %s: %s; 401 is for who has not signed in, 403 for who has", pattern, role, res.Status)
			}
		}
	}
	if cells < 9*20 {
		t.Errorf("only %d cells were asked", cells)
	}
}

func TestWhatIsOpenToAnyoneIsNamedHereOneByOne(t *testing.T) {
	h := open(t)
	// Beside them are the checkpoint and the tiles, /healthz, the description and the page.
	want := []string{"GET /api/v1/trust-facts", "POST /api/v1/enrol", "POST /api/v1/statements", "POST /api/v1/session", "POST /api/v1/login", "GET /api/v1/session/ways",
		"POST /api/v1/device", "POST /api/v1/device/token", "GET /api/v1/device"}
	var free []string
	for pattern, need := range h.needs() {
		if need == "" {
			free = append(free, pattern)
		}
	}
	slices.Sort(free)
	slices.Sort(want)
	if !slices.Equal(free, want) {
		t.Errorf("open to anyone is %v", free)
	}
}

// TestNobodySeesASiteThatIsNotTheirs: another site, another district, another
// business, and a token narrower than its account.
func TestNobodySeesASiteThatIsNotTheirs(t *testing.T) {
	h := open(t)
	mine, theirs := h.n.Enrol("north-yard", "gw-1"), h.n.Enrol("cold-store", "gw-2")
	for _, g := range []*lab.Gateway{mine, theirs} {
		s := h.n.NewSealer(g, time.Now().UnixMicro()-lab.Minute*10)
		for range 3 {
			h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
		}
	}
	root := accounts.KeeperBy("test")
	for slug, e := range map[string]sites.Entry{"north-yard": {District: "pudong", Business: accounts.Construction}, "cold-store": {District: "xuhui", Business: accounts.Food}} {
		id, _ := h.n.Registry.SiteOf(slug)
		if err := h.cfg.Sites.Put(root, id, e, ""); err != nil {
			t.Fatal(err)
		}
	}
	wide := h.who("wide", accounts.Auditor, accounts.Scope{})
	v, err := h.accounts.ByToken(wide, "")
	if err != nil {
		t.Fatal(err)
	}
	narrow, _, err := h.accounts.NewToken(v, accounts.TokenSpec{Label: "narrow", Scope: accounts.Scope{Sites: []string{"north-yard"}}, Expires: h.n.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	hidden := []string{theirs.Gateway.String(), "cold-store"}
	for name, token := range map[string]string{
		"by site":     h.who("firm", accounts.Company, accounts.Scope{Sites: []string{"north-yard"}}),
		"by district": h.who("wang", accounts.Inspector, accounts.Scope{Districts: []string{"pudong"}}),
		"by business": h.who("li", accounts.Centre, accounts.Scope{Businesses: []accounts.Business{accounts.Construction}}),
		"by token":    narrow,
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{api.SitesPath, api.LatestPath, api.GatewaysPath} {
				r := h.do("GET", path, nil, bearer(token))
				if r.StatusCode == http.StatusForbidden && path == api.GatewaysPath {
					continue // not for this role
				}
				if r.StatusCode != 200 || !strings.Contains(string(r.body), mine.Gateway.String()) {
					t.Errorf("%s: %s %s", path, r.Status, r.body)
				}
				for _, s := range hidden {
					if strings.Contains(string(r.body), s) {
						t.Errorf("%s shows %s: %s", path, s, r.body)
					}
				}
			}
			for path, status := range map[string]int{
				api.LatestPath + "?site=": 200,
				// What the lab seals of late does not decode; that it is there is enough here.
				api.EvidencePath + "?point=" + url.QueryEscape(lab.PM25) + "&from=latest&site=": 200,
				"/api/v1/centre/sites/{site}/register":                                          200,
			} {
				for slug, want := range map[string]int{"north-yard": status, "cold-store": 404} {
					p := path + slug
					if strings.Contains(path, "{site}") {
						p = strings.Replace(path, "{site}", slug, 1)
					}
					if r := h.do("GET", p, nil, bearer(token)); (r.StatusCode == 404) != (want == 404) {
						t.Errorf("%s: %s, wanted %d: %s", p, r.Status, want, r.body)
					}
				}
			}
			// Their gateway named at one's own site is nobody's way in.
			now := time.Now().UTC()
			q := url.Values{"site": {"north-yard"}, "point": {lab.PM25}, "gateway": {theirs.Gateway.String()}, "from": {now.Add(-time.Hour).Format(time.RFC3339)}, "to": {now.Add(time.Hour).Format(time.RFC3339)}}
			if r := h.do("GET", api.EvidencePath+"?"+q.Encode(), nil, bearer(token)); r.StatusCode != 404 {
				t.Errorf("their gateway at one's own site: %s %.200s", r.Status, r.body)
			}
			var seen []string
			c := client.New(h.base, token, h.client)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := c.Stream(ctx, nil, 0, true, func(e client.Event) error {
				var a struct{ Gateway string }
				if e.Name == "admission" && json.Unmarshal(e.Data, &a) == nil {
					seen = append(seen, a.Gateway)
				}
				if len(seen) == 3 {
					return errEnough
				}
				return nil
			})
			if !errors.Is(err, errEnough) {
				t.Errorf("stream: %v", err)
			}
			for _, g := range seen {
				if g != mine.Gateway.String() {
					t.Errorf("the stream shows gateway %s", g)
				}
			}
			if r := h.do("GET", api.StreamPath+"?site=cold-store", nil, bearer(token)); r.StatusCode != 404 {
				t.Errorf("a stream of another site: %s", r.Status)
			}
		})
	}
	// A site that moves to another district is out of sight with the next request.
	id, _ := h.n.Registry.SiteOf("north-yard")
	e, _ := h.cfg.Sites.Get(id)
	moved := e
	moved.District = "xuhui"
	if err := h.cfg.Sites.Put(root, id, moved, e.Tag()); err != nil {
		t.Fatal(err)
	}
	token, _, err := h.accounts.LogIn("wang", password, "", accounts.TokenSpec{Label: "again", Expires: h.n.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.do("GET", api.LatestPath+"?site=north-yard", nil, bearer(token)); r.StatusCode != 404 {
		t.Errorf("after the site moved: %s", r.Status)
	}
}

// TestSitesTellOfGatewaysWhatOneMayRead: site:read alone is no way to keys,
// software and revocations.
func TestSitesTellOfGatewaysWhatOneMayRead(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	all := h.who("op", accounts.Operator, accounts.Scope{})
	narrow, _, err := h.accounts.LogIn("op", password, "", accounts.TokenSpec{Label: "sites", Limits: []accounts.Permission{{Resource: accounts.Site, Action: accounts.Read}}, Expires: h.n.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		token       string
		known, keys bool
	}{
		"operator": {all, true, true}, "token of sites": {narrow, false, false}, "public": {h.who("anyone", accounts.Public, accounts.Scope{}), false, false},
		"company": {h.who("firm", accounts.Company, accounts.Scope{Sites: []string{"north-yard"}}), true, false},
	} {
		r := h.do("GET", api.SitesPath, nil, bearer(c.token))
		var list []api.Site
		if err := json.Unmarshal(r.body, &list); err != nil || len(list) != 1 || list[0].Slug != "north-yard" || list[0].Name == "" {
			t.Errorf("%s: %v %s", name, err, r.body)
			continue
		}
		if known := strings.Contains(string(r.body), g.Gateway.String()); known != c.known {
			t.Errorf("%s knows the gateway: %v in %s", name, known, r.body)
		}
		for _, x := range list[0].Gateways {
			if (x.Key != "" && x.State != "") != c.keys || x.GatewayName != "gw-1" {
				t.Errorf("%s: %s", name, r.body)
			}
		}
	}
}

// TestStreamEndsWithItsSessionOrToken holds R11: what is open ends within five
// seconds after it is revoked or has run out.
func TestStreamEndsWithItsSessionOrToken(t *testing.T) {
	const within = 5 * time.Second
	for name, end := range map[string]func(h *house, token string) error{
		"revoked": func(h *house, token string) error {
			v, err := h.accounts.ByToken(token, "")
			if err == nil {
				_, err = h.accounts.Revoke(v, "", token[6:22])
			}
			return err
		},
		"account disabled": func(h *house, _ string) error {
			return h.accounts.Disable(accounts.KeeperBy("test"), "wang", true)
		},
		"run out": func(h *house, _ string) error { h.n.Advance(2 * time.Hour); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			token := h.who("wang", accounts.Inspector, accounts.Scope{})
			req, err := http.NewRequestWithContext(t.Context(), "GET", h.base+api.StreamPath, nil)
			if err != nil {
				t.Fatal(err)
			}
			bearer(token)(req)
			endless := *h.client
			endless.Timeout = 0
			res, err := endless.Do(req)
			if err != nil || res.StatusCode != 200 {
				t.Fatal(res, err)
			}
			defer res.Body.Close()
			begin := time.Now()
			if err := end(h, token); err != nil {
				t.Fatal(err)
			}
			over := make(chan error, 1)
			go func() { _, err := io.Copy(io.Discard, res.Body); over <- err }()
			select {
			case <-over:
				t.Logf("ended after %v", time.Since(begin))
			case <-time.After(within):
				t.Errorf("still open after %v", within)
			}
			if r := h.do("GET", api.LatestPath, nil, bearer(token)); r.StatusCode != http.StatusUnauthorized {
				t.Errorf("the next request: %s", r.Status)
			}
		})
	}
}

// page signs in and gives the cookie and what /me tells.
func (h *house) page(name, pass string) (reply, *http.Cookie, client.Me) {
	h.Helper()
	r := h.do("POST", client.SessionPath, client.SignIn{Name: name, Password: pass}, func(r *http.Request) { abroad(r); r.Header.Set("Content-Type", "application/json") })
	var me client.Me
	if r.StatusCode != 200 {
		return r, nil, me
	}
	if err := json.Unmarshal(r.body, &me); err != nil {
		h.Fatal(err)
	}
	for _, c := range r.Cookies() {
		if c.Name == api.SessionCookie {
			return r, c, me
		}
	}
	h.Fatalf("no cookie: %v", r.Header)
	return r, nil, me
}

func TestPageSignsInChangesItsFirstPasswordAndSignsOut(t *testing.T) {
	h := open(t)
	first, err := h.accounts.Add(accounts.KeeperBy("test"), accounts.Spec{Name: "li.wei", Role: accounts.Centre, Scope: accounts.Scope{Districts: []string{"pudong"}}})
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _ := h.page("li.wei", "guess"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password: %s", r.Status)
	} else {
		r.problem(t)
	}
	_, cookie, me := h.page("li.wei", first)
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("cookie %+v", cookie)
	}
	if !me.MustChange || me.CSRF == "" || len(me.May[accounts.Reading]) != 0 {
		t.Errorf("before the password was changed: %+v", me)
	}
	with := func(csrf, site string) func(*http.Request) {
		return func(r *http.Request) {
			abroad(r)
			r.AddCookie(cookie)
			if csrf != "" {
				r.Header.Set(api.CSRFHeader, csrf)
			}
			if site != "" {
				r.Header.Set("Sec-Fetch-Site", site)
			}
		}
	}
	if r := h.do("GET", api.LatestPath, nil, with("", "")); r.StatusCode != http.StatusForbidden {
		t.Errorf("content before the change: %s", r.Status)
	}
	change := client.Password{Old: first, New: password}
	for name, f := range map[string]func(*http.Request){"no header": with("", ""), "another session's": with(strings.Repeat("A", 43), "same-origin"), "another site's page": with(me.CSRF, "cross-site")} {
		if r := h.do("POST", client.PasswordPath, change, f); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
	r := h.do("POST", client.PasswordPath, change, with(me.CSRF, "same-origin"))
	me = client.Me{}
	if json.Unmarshal(r.body, &me) != nil || r.StatusCode != 200 || me.MustChange || !slices.Contains(me.May[accounts.Reading], accounts.Read) || !slices.Equal(me.Districts, []string{"pudong"}) {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	if r := h.do("GET", api.LatestPath, nil, with("", "")); r.StatusCode != 200 {
		t.Errorf("content: %s", r.Status)
	}
	if r := h.do("DELETE", client.SessionPath, nil, with(me.CSRF, "")); r.StatusCode != http.StatusNoContent {
		t.Errorf("sign out: %s", r.Status)
	}
	if r := h.do("GET", client.MePath, nil, with("", "")); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("after signing out: %s", r.Status)
	}
	// A form on another page can send neither JSON nor this header.
	for name, f := range map[string]func(*http.Request){
		"a form": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"another site's page": func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		},
	} {
		if r := h.do("POST", client.SessionPath, client.SignIn{Name: "li.wei", Password: password}, f); r.StatusCode != http.StatusForbidden || len(r.Cookies()) != 0 {
			t.Errorf("%s signs in: %s", name, r.Status)
		}
	}
}

func TestEveryAnswerCarriesTheHeadersOfAClosedHouse(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/healthz", "/checkpoint", api.SitesPath, "/nothing"} {
		r := h.get(path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.Contains(r.Header.Get("Permissions-Policy"), "camera=(self)") || !strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %v", path, r.Header)
		}
		if r.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: a certificate of one's own CA asks browsers to insist on it", path)
		}
	}
}

func TestRegisterIsChangedOverTheVersionThatWasRead(t *testing.T) {
	h := open(t)
	h.n.Enrol("north-yard", "gw-1")
	const path = "/api/v1/centre/sites/north-yard/register"
	r := h.do("GET", path, nil, h.withToken)
	var e sites.Entry
	if r.StatusCode != 200 || json.Unmarshal(r.body, &e) != nil || r.Header.Get("ETag") != "" || e.Coordinates != nil {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	e.District, e.Business, e.Coordinates = "pudong", accounts.Construction, &sites.Coordinates{Lat: "31.23", Lon: "121.47", Datum: sites.GCJ02}
	put := func(e sites.Entry, match string) reply {
		return h.do("PUT", path, e, func(r *http.Request) {
			h.withToken(r)
			if match != "" {
				r.Header.Set("If-Match", match)
			}
		})
	}
	r = put(e, "")
	tag := r.Header.Get("ETag")
	if r.StatusCode != 200 || tag == "" {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	if r := h.do("GET", path, nil, func(r *http.Request) { h.withToken(r); r.Header.Set("If-None-Match", tag) }); r.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %s", r.Status)
	}
	e.Owner = "上海某某建设"
	for match, status := range map[string]int{"": http.StatusPreconditionRequired, `"old"`: http.StatusPreconditionFailed} {
		if r := put(e, match); r.StatusCode != status {
			t.Errorf("If-Match %q: %s", match, r.Status)
		} else {
			r.problem(t)
		}
	}
	if r := put(e, tag); r.StatusCode != 200 {
		t.Errorf("%s %s", r.Status, r.body)
	}
	e.CreditCode = "91350100M000100Y44"
	if r := put(e, tag); r.StatusCode != 400 {
		t.Errorf("a misspelt credit code: %s", r.Status)
	}
	// Nobody moves a site out of their own district.
	token := h.who("li", accounts.Centre, accounts.Scope{Districts: []string{"pudong"}})
	e.CreditCode, e.District = "", "xuhui"
	r = h.do("GET", path, nil, bearer(token))
	if r := h.do("PUT", path, e, func(q *http.Request) { bearer(token)(q); q.Header.Set("If-Match", r.Header.Get("ETag")) }); r.StatusCode != 400 {
		t.Errorf("a site moved to another district by one who has not that one: %s", r.Status)
	}
}

// TestWhoReadsByAPermissionIsToldThatTheChainIsAway, and keeps to their own account.
func TestWhoReadsByAPermissionIsToldThatTheChainIsAway(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	grant, err := accounts.ParseGrant("north-yard=" + strings.Repeat("5c", 32))
	if err != nil {
		t.Fatal(err)
	}
	token := bearer(h.who("court.li", accounts.Inspector, accounts.Scope{Sites: []string{"north-yard"}, Grants: []accounts.Grant{grant}}))
	asks := func(path string) reply { t.Helper(); return h.do("GET", path, nil, token) }
	sees := func() bool {
		t.Helper()
		r := asks(api.SitesPath)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", r.Status, r.body)
		}
		return strings.Contains(string(r.body), g.Site.String())
	}
	if sees() {
		t.Error("a site is seen without the permission it is bound to")
	}
	of := h.accounts.Permitted()
	if len(of) != 1 || of[0].Site != g.Site {
		t.Fatalf("%+v", of)
	}
	h.permits.set(func(p *permits) { p.stand[of[0]] = true })
	if !sees() {
		t.Error("a site is hidden although its permission stands")
	}
	h.permits.set(func(p *permits) { p.away = errors.New("the node hangs") })
	r := asks(api.SitesPath)
	if p := r.problem(t); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(p.Detail, "permissions") {
		t.Errorf("%s %+v", r.Status, p)
	}
	if r := asks(client.MePath); r.StatusCode != http.StatusOK {
		t.Errorf("one's own account: %s", r.Status)
	}
	if r := h.do("GET", api.SitesPath, nil, bearer(h.who("plain", accounts.Inspector, accounts.Scope{}))); r.StatusCode != http.StatusOK {
		t.Errorf("who reads by no permission: %s", r.Status)
	}
}
