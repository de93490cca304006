package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/peers"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/openid"
)

// startProvider runs an OpenID provider until the test ends and gives its issuer.
func startProvider(t *testing.T, redirect string) string {
	t.Helper()
	found := peers.Need(t, peers.Node, peers.OIDCProvider)
	cmd := exec.Command(found[0], "testdata/provider.mjs", found[1], redirect)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = io.Discard // it warns of its development interactions
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // its end is not what is tested
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return lines.Text()
		}
	}
	t.Fatal("the provider did not start")
	return ""
}

// browser goes where it is sent, and keeps cookies.
type browser struct {
	*testing.T
	http *http.Client
	held string // the callback that it was stopped before; empty: it goes there
	stop bool
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	b := &browser{T: h.T}
	b.http = &http.Client{Jar: jar, Transport: h.client.Transport, Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if b.stop && r.URL.Path == openid.CallbackPath {
			b.held = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

func (b *browser) take(res *http.Response, err error) reply {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return reply{res, text}
}

var formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)

// submit fills in the form on a page.
func (b *browser) submit(page reply, fields url.Values) reply {
	b.Helper()
	m := formAction.FindSubmatch(page.body)
	if m == nil {
		b.Fatalf("no form at %s: %s %s", page.Request.URL, page.Status, page.body)
	}
	at, err := page.Request.URL.Parse(string(m[1]))
	if err != nil {
		b.Fatal(err)
	}
	return b.take(b.http.PostForm(at.String(), fields))
}

// goThrough signs in at the provider as name.
func (b *browser) goThrough(base, name string) reply {
	b.Helper()
	page := b.take(b.http.Get(base + client.OpenIDPath + "?back=" + url.QueryEscape("/sites")))
	page = b.submit(page, url.Values{"prompt": {"login"}, "login": {name}, "password": {"any"}})
	return b.submit(page, url.Values{"prompt": {"consent"}})
}

func TestPersonSignsInAtARealOpenIDProvider(t *testing.T) {
	h := open(t)
	issuer := startProvider(t, h.base+openid.CallbackPath)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret of this test alone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := openid.Config{Issuer: issuer, ClientID: "fieldseal", Secret: secret, Page: h.base, Title: "City identity",
		Roles: []openid.Rule{{Claim: "groups", Value: "supervisors", Role: "centre", Districts: []string{"pudong"}}}}
	restart := func() {
		t.Helper()
		var err error
		if h.cfg.OpenID, err = openid.New(conf, h.n.Now); err != nil {
			t.Fatal(err)
		}
		h.swap(h.cfg)
	}
	restart()

	var ways client.Ways
	if r := h.get(client.WaysPath); json.Unmarshal(r.body, &ways) != nil || ways.OIDC == nil || ways.OIDC.Name != "City identity" || ways.OIDC.Href != client.OpenIDPath {
		t.Errorf("%s", r.body)
	}
	b := h.browser()
	r := b.goThrough(h.base, "li.wei")
	if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Refresh"), "url=/sites") {
		t.Fatalf("%s %s", r.Status, r.body)
	}
	me := func(b *browser) (out client.Me) {
		t.Helper()
		req, err := http.NewRequest("GET", h.base+client.MePath, nil)
		if err != nil {
			t.Fatal(err)
		}
		abroad(req)
		if r := b.take(b.http.Do(req)); r.StatusCode == 200 {
			if err := json.Unmarshal(r.body, &out); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	if m := me(b); m.Name != "li.wei" || m.Role != accounts.Centre || !slices.Equal(m.Districts, []string{"pudong"}) || m.CSRF == "" || m.MustChange {
		t.Errorf("%+v", m)
	}
	u, _ := h.accounts.Get("li.wei")
	if u.Subject != issuer+"#li.wei" {
		t.Errorf("%+v", u)
	}
	// Such an account has no password here, and none can be made.
	if _, err := h.accounts.Reset(accounts.KeeperBy("test"), "li.wei"); err == nil {
		t.Error("an account of a provider got a password")
	}
	if r, _, _ := h.page("li.wei", ""); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a password: %s", r.Status)
	}

	// What comes back is taken once, and from the browser that began it.
	begun, other := h.browser(), h.browser()
	begun.stop = true
	begun.goThrough(h.base, "zhao")
	if begun.held == "" {
		t.Fatal("the provider did not send the browser back")
	}
	if r := other.take(other.http.Get(begun.held)); r.StatusCode != http.StatusForbidden || me(other).Name != "" {
		t.Errorf("another browser came in with it: %s", r.Status)
	}
	begun.stop = false
	if r := begun.take(begun.http.Get(begun.held)); r.StatusCode != 200 || me(begun).Name != "zhao" {
		t.Errorf("%s %s", r.Status, r.body)
	}
	again := h.browser()
	again.http.Jar = begun.http.Jar
	if r := again.take(again.http.Get(begun.held)); r.StatusCode != http.StatusForbidden {
		t.Errorf("the same once more: %s", r.Status)
	}
	// Too late.
	late := h.browser()
	late.stop = true
	late.goThrough(h.base, "wang")
	h.n.Advance(openid.Patience + time.Minute)
	if r := late.take(late.http.Get(late.held)); r.StatusCode != http.StatusForbidden || me(late).Name != "" {
		t.Errorf("after %v: %s", openid.Patience, r.Status)
	}

	// Nobody without a role, and no one's name twice.
	refused := func(what, name, en, zh string) {
		t.Helper()
		r := h.browser().goThrough(h.base, name)
		if r.StatusCode != http.StatusForbidden || !strings.Contains(string(r.body), en) || !strings.Contains(string(r.body), zh) {
			t.Errorf("%s: %s %s", what, r.Status, r.body)
		}
	}
	refused("one without a role", "stranger", "gives you no role here", "未授予您在本公证端的任何角色")
	refused("a name that is none", "no name at all", "cannot be one here", "账号名不符合本公证端的要求")
	if _, err := h.accounts.Add(accounts.KeeperBy("test"), accounts.Spec{Name: "local", Role: accounts.Auditor}); err != nil {
		t.Fatal(err)
	}
	refused("a local account's name", "local", "an account of your name here already", "已有同名账号")
	// Who has a role no more is shut out by the next try, whatever was open.
	conf.Roles[0].Value = "others"
	restart()
	refused("one without a role any more", "li.wei", "gives you no role here", "未授予您在本公证端的任何角色")
	if me(b).Name != "" {
		t.Errorf("without a role any more, and still signed in as %q", me(b).Name)
	}
	// The role is what the provider says today; a disabled account stays out.
	conf.Roles[0].Value = "supervisors"
	conf.Roles[0].Role = "inspector"
	restart()
	if b = h.browser(); b.goThrough(h.base, "li.wei").StatusCode != 200 || me(b).Role != accounts.Inspector {
		t.Errorf("after a change of the rule: %+v", me(b))
	}
	if err := h.accounts.Disable(accounts.KeeperBy("test"), "li.wei", true); err != nil {
		t.Fatal(err)
	}
	refused("a disabled account", "li.wei", "is disabled", "账号已停用")
	// Whoever breaks it off at the provider is told so, by a page of ours.
	b = h.browser()
	page := b.take(b.http.Get(h.base + client.OpenIDPath))
	m := abort.FindSubmatch(page.body)
	if m == nil {
		t.Fatalf("no way to break off in %s", page.body)
	}
	at, err := page.Request.URL.Parse(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	if r := b.take(b.http.Get(at.String())); r.StatusCode != http.StatusForbidden || r.Request.URL.Path != openid.CallbackPath || !strings.Contains(string(r.body), "登录在统一身份服务处被拒绝或取消") {
		t.Errorf("broken off: %s %s", r.Status, r.body)
	}
}

// abort is the provider's link that breaks a sign-in off.
var abort = regexp.MustCompile(`href="([^"]*/abort)"`)

func TestAProvidersErrorIsToldInBothLanguagesAndInOurWordsAlone(t *testing.T) {
	h := open(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret of this test alone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	// It is never asked.
	if h.cfg.OpenID, err = openid.New(openid.Config{Issuer: "http://127.0.0.1:1", ClientID: "fieldseal", Secret: secret, Page: h.base,
		Roles: []openid.Rule{{Claim: "groups", Value: "supervisors", Role: "centre", Districts: []string{"pudong"}}}}, h.n.Now); err != nil {
		t.Fatal(err)
	}
	h.swap(h.cfg)
	for code, want := range map[string][2]string{
		"access_denied":           {"refused or broken off", "被拒绝或取消。"},
		"login_required":          {"sign in there first", "先在该处登录。"},
		"temporarily_unavailable": {"Try again later", "请稍后再试。"},
		"unauthorized_client":     {"(unauthorized_client)", "（unauthorized_client）"},
		"<b>call 555</b>":         {"did not sign you in", "未完成登录。"},
	} {
		r := h.get(openid.CallbackPath + "?" + url.Values{"error": {code}, "error_description": {"call 555 at once"}, "state": {"x"}}.Encode())
		body := string(r.body)
		if r.StatusCode != http.StatusForbidden || !strings.Contains(body, want[0]) || !strings.Contains(body, want[1]) || !strings.Contains(body, `href="/sign-in"`) {
			t.Errorf("%s: %s %s", code, r.Status, body)
		}
		if strings.Contains(body, "555") {
			t.Errorf("%s: what a link says is repeated: %s", code, body)
		}
	}
	if r := h.get(openid.CallbackPath + "?state=x&code=y"); r.StatusCode != http.StatusForbidden || !strings.Contains(string(r.body), "不是在此浏览器中开始的") {
		t.Errorf("not begun here: %s %s", r.Status, r.body)
	}
	if r := h.get(client.OpenIDPath); r.StatusCode != http.StatusBadGateway || !strings.Contains(string(r.body), "统一身份服务没有应答") {
		t.Errorf("the provider is away: %s %s", r.Status, r.body)
	}
}

func TestSignInGoesBackToAPathOfThisNotaryAlone(t *testing.T) {
	for back, want := range map[string]string{"/sites/north-yard?x=1": "/sites/north-yard?x=1", "": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "/a\r\nSet-Cookie: x": "/"} {
		if got := api.Home(back); got != want {
			t.Errorf("%q goes to %q", back, got)
		}
	}
}
