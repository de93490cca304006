package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
	"fieldseal/notary/sites"
)

const patience = 5 * time.Second

// house is a notary behind real TLS on loopback.
type house struct {
	*testing.T
	n        *lab.Notary
	chain    *lab.Chain
	ledger   *lab.Ledger
	board    *api.Board
	base     string
	client   *http.Client
	token    string
	accounts *accounts.Directory
	permits  *permits
	ca       string // file
	tokens   string // file
	cfg      api.Config
	swap     func(api.Config) // has the newest address served otherwise
}

// permits is the chain's register of permissions.
type permits struct {
	mu    sync.Mutex
	stand map[accounts.Permitted]bool
	away  error
}

func (p *permits) set(f func(*permits)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func (p *permits) Ask(context.Context, []accounts.Permitted) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
}

func (p *permits) Stands(x accounts.Permitted) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stand[x]
}

func open(t *testing.T) *house {
	t.Helper()
	c, o := lab.NewChain(t)
	h := &house{T: t, n: lab.New(t, o), chain: c, permits: &permits{stand: map[accounts.Permitted]bool{}}}
	h.ledger = h.n.Ledger(c)
	own, err := export.OwnTrust(h.n.Facts(c))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	token, err := access.OpenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	h.tokens = filepath.Join(dir, access.TokenFile)
	if h.token, err = access.ReadToken(h.tokens); err != nil {
		t.Fatal(err)
	}
	h.ca = filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(h.ca, h.n.CA.PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	h.board = &api.Board{Log: h.n.Log, Covered: func() uint64 { _, n := h.ledger.Newest(); return n }, Local: true}
	never := make(chan struct{})
	follow, err := live.Open(live.Config{Log: h.n.Log, Store: h.n.Store, Covered: h.board.Covered, Moved: func() <-chan struct{} { return never }, Local: true, Now: h.n.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.n.Admitted = func(index uint64, b *batch.Signed, p *batch.Payload) {
		h.board.Take(index, b, p)
		follow.Take(index, b, p)
	}
	trail, err := accounts.OpenTrail(h.n.Store)
	if err != nil {
		t.Fatal(err)
	}
	places, err := sites.Open(h.n.Store, trail, h.n.Now, h.n.Registry.SlugOf)
	if err != nil {
		t.Fatal(err)
	}
	h.accounts, err = accounts.Open(accounts.Options{Rows: h.n.Store, Trail: trail, Places: places, Grants: h.permits, SiteOf: h.n.Registry.SiteOf, Now: h.n.Now, Cost: accounts.Cost{Memory: 64, Passes: 1, Lanes: 1}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	h.background(h.accounts.Run)
	h.cfg = api.Config{Log: h.n.Log, Registry: h.n.Registry, Desk: h.n.Desk, CA: h.n.CA, LogKey: h.n.LogKey, Broker: "127.0.0.1:8883",
		Exporter: export.New(export.Config{Log: h.n.Log, Store: h.n.Store, Registry: h.n.Registry, Anchors: h.ledger, Trust: own,
			Decoders: worldtest.Decoders, Now: h.n.Now, Logger: quiet}),
		Accounts: h.accounts, Sites: places, Answers: h.n.Store, Now: h.n.Now,
		Board: h.board, Live: follow, Facts: h.n.Facts(c), Token: token, Observe: http.NotFoundHandler(), Logger: quiet}
	h.base = h.serve(h.cfg)
	h.background(follow.Run)
	h.client = &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.n.CA.Pool()}}}
	t.Cleanup(h.client.CloseIdleConnections)
	if err := h.board.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// background runs f until the test ends.
func (h *house) background(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	h.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			h.Error(err)
		}
	})
}

func (h *house) serve(c api.Config) string {
	h.Helper()
	srv, err := access.NewServer(h.n.CA)
	if err != nil {
		h.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.Fatal(err)
	}
	var handler atomic.Pointer[http.Handler]
	h.swap = func(c api.Config) {
		a := api.New(c).Handler()
		handler.Store(&a)
	}
	h.swap(c)
	h.background(func(ctx context.Context) error {
		return api.Serve(ctx, tls.NewListener(l, srv.TLS()), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }), patience, c.Logger)
	})
	return "https://" + l.Addr().String()
}

type reply struct {
	*http.Response
	body []byte
}

func (r reply) problem(t *testing.T) api.Problem {
	t.Helper()
	var p api.Problem
	if r.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(r.body, &p) != nil || p.Status != r.StatusCode || p.Detail == "" || p.Remedy == "" {
		t.Errorf("%s: no problem with a remedy: %s", r.Status, r.body)
	}
	return p
}

func (h *house) do(method, path string, body any, change func(*http.Request)) reply {
	h.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			h.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, h.base+path, in)
	if err != nil {
		h.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	res, err := h.client.Do(r)
	if err != nil {
		h.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.Fatal(err)
	}
	return reply{res, text}
}

func (h *house) get(path string) reply { h.Helper(); return h.do("GET", path, nil, nil) }

func (h *house) withToken(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.token) }

func (h *house) eventually(what string, ok func() bool) {
	h.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func TestLogIsServedAsTiles(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	s := h.n.NewSealer(g, time.Now().UnixMicro()-lab.Minute*600)
	for range 300 {
		h.n.Send(s.Seal(lab.Minute, 0))
	}
	head := h.n.Settle()
	r := h.get("/checkpoint")
	key, err := checkpoint.ParseVerifier(h.n.LogKey)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := checkpoint.Open(r.body, key)
	if err != nil || c.Size != head.Size || r.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%+v, %v, %v", c, err, r.Header)
	}
	for path, want := range map[string]int{
		"/tile/0/000": 256 * 32, "/tile/0/001.p/8": 8 * 32, "/tile/1/000.p/1": 32, "/tile/0/000.p/3": 3 * 32,
		"/tile/entries/000": -1, "/tile/entries/001.p/2": -1,
	} {
		r := h.get(path)
		if r.StatusCode != 200 || want >= 0 && len(r.body) != want || len(r.body) == 0 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%s: %s, %d bytes, %v", path, r.Status, len(r.body), r.Header)
		}
	}
	for _, path := range []string{"/tile/0/002", "/tile/0/001", "/tile/0/001.p/200", "/tile/0/1", "/tile/0/x000/000", "/tile/0/x001", "/tile/00/000", "/tile/64/000",
		"/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/08", "/tile/0/x999/x999/x999/x999/x999/x999/x999/999", "/tile/entries/00a", "/tile/0/+01"} {
		if r := h.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, r.Status)
		} else {
			r.problem(t)
		}
	}
}

func TestEnrolmentOverTheWireBecomesAGateway(t *testing.T) {
	h := open(t)
	code, _, err := h.n.Registry.Order(enrol.Order{Site: "north-yard", SiteName: "North yard", Gateway: "gw-1"}, h.n.CA, h.n.LogKey)
	if err != nil {
		t.Fatal(err)
	}
	g := &lab.Gateway{Signer: lab.Key(t), TLS: []byte(lab.Key(t)), Code: code}
	r := h.do("POST", wire.EnrolPath, g.Request(t), nil)
	var a wire.EnrolAnswer
	if r.StatusCode != 200 || json.Unmarshal(r.body, &a) != nil || a.Broker != "127.0.0.1:8883" || a.LogKey != h.n.LogKey || a.Origin != lab.Origin {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	bad := g.Request(t)
	bad.Proof[3]++
	if r := h.do("POST", wire.EnrolPath, bad, nil); r.StatusCode != http.StatusForbidden {
		t.Errorf("forged proof: %s", r.Status)
	}
	for name, body := range map[string][]byte{"no JSON": []byte("hello"), "unknown key": []byte(`{"secret":"","x":1}`), "two values": []byte(`{} {}`), "too long": bytes.Repeat([]byte(" "), wire.MaxEnrol+1)} {
		r := h.do("POST", wire.EnrolPath, body, nil)
		if r.StatusCode != 400 && r.StatusCode != 413 {
			t.Errorf("%s: %s", name, r.Status)
		}
		r.problem(t)
	}
	last := reply{}
	for range 20 {
		last = h.do("POST", wire.EnrolPath, bad, nil)
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Errorf("the twentieth attempt: %s", last.Status)
	}
}

// contentPaths show readings or names.
var contentPaths = []string{api.SitesPath, api.LatestPath, api.EvidencePath + "?site=a&point=b/c&from=latest", api.RequestsPath, api.GatewaysPath, "/metrics"}

func TestContentIsNotForStrangers(t *testing.T) {
	h := open(t)
	for _, path := range contentPaths {
		if r := h.get(path); r.StatusCode == http.StatusUnauthorized {
			t.Errorf("%s: refused on loopback", path)
		}
		for name, change := range map[string]func(*http.Request){
			"another name (a rebound one)": func(r *http.Request) { r.Host = "evil.example" },
			"a proxy":                      func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") },
			"a proxy by RFC 7239":          func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.7") },
			"a wrong token and a proxy": func(r *http.Request) {
				r.Header.Set("Via", "1.1 p")
				r.Header.Set("Authorization", "Bearer "+strings.Repeat("0", 64))
			},
		} {
			if r := h.do("GET", path, nil, change); r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s through %s: %s", path, name, r.Status)
			} else {
				r.problem(t)
			}
		}
		r := h.do("GET", path, nil, func(r *http.Request) { r.Host = "notary.example"; h.withToken(r) })
		if r.StatusCode == http.StatusUnauthorized {
			t.Errorf("%s: refused with the token", path)
		}
	}
	h.cfg.TokenAlways = true
	h.base = h.serve(h.cfg)
	for _, path := range contentPaths {
		if r := h.get(path); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s where the token is always needed: %s", path, r.Status)
		}
	}
}

func TestRegisterChangesOnlyByTheToken(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	o := enrol.Order{Site: "north-yard", SiteName: "North yard", Gateway: "gw-2"}
	revoke := api.GatewaysPath + "/" + g.Gateway.String() + "/revoke"
	for _, path := range []string{api.GatewaysPath, revoke} {
		if r := h.do("POST", path, o, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without token on loopback: %s", path, r.Status)
		}
	}
	r := h.do("POST", api.GatewaysPath, o, h.withToken)
	var out api.Ordered
	if r.StatusCode != 200 || json.Unmarshal(r.body, &out) != nil {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	if _, err := wire.ParseCode(out.Code); err != nil {
		t.Error(err)
	}
	if r := h.do("POST", revoke, api.Revoke{}, h.withToken); r.StatusCode != 400 {
		t.Errorf("a revocation without reason: %s", r.Status)
	}
	if r := h.do("POST", revoke, api.Revoke{Reason: "stolen"}, h.withToken); r.StatusCode != 200 {
		t.Errorf("%s: %s", r.Status, r.body)
	}
	if e, _ := h.n.Registry.Get(g.Gateway); e.State != enrol.Revoked || e.Revocation.FromIndex != h.n.Log.Size() {
		t.Errorf("%+v", e)
	}
}

func TestStatementsAreTakenFromAnyoneWhoCanSignThem(t *testing.T) {
	h := open(t)
	g := h.n.Ask("north-yard", "gw-1")
	reqs, err := authority.ParseRequests(h.get(api.RequestsPath).body)
	if err != nil || len(reqs.Enrolments) != 1 {
		t.Fatalf("%+v, %v", reqs, err)
	}
	forged, err := authority.Sign(h.n.Authority, rand.Reader, h.n.Now(), reqs)
	if err != nil {
		t.Fatal(err)
	}
	good, err := authority.WriteAnswers(forged)
	if err != nil {
		t.Fatal(err)
	}
	forged.Statements[0].Header[len(forged.Statements[0].Header)-1]++
	bad, err := authority.WriteAnswers(forged)
	if err != nil {
		t.Fatal(err)
	}
	outside := func(r *http.Request) { r.Host = "notary.example" }
	if r := h.do("POST", api.StatementsPath, bad, outside); r.StatusCode != http.StatusForbidden {
		t.Errorf("a forged statement: %s", r.Status)
	} else {
		r.problem(t)
	}
	r := h.do("POST", api.StatementsPath, good, outside)
	var taken api.Taken
	if r.StatusCode != 200 || json.Unmarshal(r.body, &taken) != nil || len(taken.Indices) != 2 {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	if err := h.n.Registry.Admit(g.Gateway); err != nil {
		t.Error(err)
	}
	c := &statement.Coverage{Site: g.Site}
	s, body, err := statement.Sign(h.n.Supervision, rand.Reader, "log.example/other", 1, c)
	if err != nil {
		t.Fatal(err)
	}
	other, err := authority.WriteAnswers(&authority.Answers{Format: authority.AnswersFormat, Origin: "log.example/other", Statements: []authority.Signed{{Header: s.Raw(), Body: body}}})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.do("POST", api.StatementsPath, other, outside); r.StatusCode != 400 {
		t.Errorf("another log's statement: %s", r.Status)
	}
}

func TestReadingShowsItsStateAndBecomesEvidence(t *testing.T) {
	h := open(t)
	g := h.n.Enrol("north-yard", "gw-1")
	h.n.Anchor(h.chain, h.ledger)
	s := h.n.NewSealer(g, time.Now().UnixMicro()-3*lab.Minute)
	b := s.Seal(lab.Minute, 10*lab.Second)
	h.n.Send(b)
	newest := func() (out api.Newest) {
		r := h.get(api.LatestPath + "?site=north-yard")
		if r.StatusCode != 200 || json.Unmarshal(r.body, &out) != nil {
			t.Fatalf("%s: %s", r.Status, r.body)
		}
		return out
	}
	h.eventually("the reading is logged", func() bool {
		n := newest()
		return len(n.Readings) == 2 && n.Readings[0].State == api.Logged
	})
	h.n.Anchor(h.chain, h.ledger)
	n := newest()
	if n.Readings[0].Point != lab.PM10 || n.Readings[0].State != api.Local || n.Readings[0].Unit != "ug/m3" || !n.Local || len(n.Alarms) != 0 {
		t.Errorf("%+v", n)
	}
	c, err := client.Dial(h.base, h.ca, h.tokens)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]url.Values{
		"the newest reading": {"site": {"north-yard"}, "point": {lab.PM10}, "from": {"latest"}},
		"by the site's id":   {"site": {g.Site.String()}, "point": {lab.PM10}, "from": {"latest"}, "to": {"latest"}},
	} {
		text, file, err := c.Evidence(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		own, err := export.OwnTrust(h.n.Facts(h.chain))
		if err != nil {
			t.Fatal(err)
		}
		if r := verify.File(text, verify.Options{Trust: own, Decoders: worldtest.Decoders}); r.Verdict != verify.Genuine {
			t.Errorf("%s: %v: %s", name, r.Verdict, r.Sentence.EN)
		}
		if !strings.HasPrefix(file, "north-yard-dust-1-pm10-") || !strings.HasSuffix(file, ".fseal.json") {
			t.Errorf("named %q", file)
		}
	}
	at := func(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }
	r := h.get(api.EvidencePath + "?" + url.Values{"site": {"north-yard"}, "point": {lab.PM10}, "from": {at(b.First)}, "to": {at(b.Last)}}.Encode())
	if r.StatusCode != 200 || r.Header.Get(api.VerdictHeader) == "altered" || r.Header.Get(api.VerdictHeader) == "" {
		t.Errorf("range: %s %v", r.Status, r.Header)
	}
	for q, want := range map[string]int{
		"site=nowhere&point=dust-1/pm10&from=latest":                                          404,
		"site=north-yard&point=dust-9/pm10&from=latest":                                       404,
		"site=north-yard&point=dust-1/pm10&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z": 404,
		"site=north-yard&point=dust-1/pm10&from=yesterday&to=now":                             400,
		"site=north-yard&point=dust-1/pm10&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z": 400,
		"site=north-yard":                     400,
		"site=a&site=b&point=x/y&from=latest": 400,
		"gateway=zz&boot=00&seq=1&leaf=1":     400,
		"gateway=" + g.Gateway.String() + "&boot=" + strings.Repeat("0", 32) + "&seq=1&leaf=1": 404,
	} {
		r := h.get(api.EvidencePath + "?" + q)
		if r.StatusCode != want {
			t.Errorf("%s: %s, want %d: %s", q, r.Status, want, r.body)
			continue
		}
		r.problem(t)
	}
}

func TestPointOfTwoGatewaysIsAskedBack(t *testing.T) {
	h := open(t)
	for _, name := range []string{"gw-1", "gw-2"} {
		h.n.Send(h.n.NewSealer(h.n.Enrol("north-yard", name), time.Now().UnixMicro()-lab.Minute).Seal(lab.Minute, 10*lab.Second))
	}
	h.n.Settle()
	h.eventually("both are on the board", func() bool { return len(h.board.Readings([16]byte{})) == 4 })
	from, to := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, q := range []string{"from=latest", "from=" + from + "&to=" + to} {
		r := h.get(api.EvidencePath + "?site=north-yard&point=" + url.QueryEscape(lab.PM10) + "&" + q)
		if r.StatusCode != http.StatusConflict || !strings.Contains(r.problem(t).Remedy, "gateway=") {
			t.Errorf("%s: %s", r.Status, r.body)
		}
	}
}

func TestTheClientSaysWhatToDoAboutAnUnknownCA(t *testing.T) {
	h := open(t)
	c, err := client.Dial(h.base, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Evidence(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "--ca") {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"http://x", "https://x/path", "https://", "ftp://x", "https://x?y=1"} {
		if _, err := client.Dial(address, "", ""); err == nil {
			t.Errorf("%q was taken for an address", address)
		}
	}
}
