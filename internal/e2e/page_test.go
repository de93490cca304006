//go:build peers

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// TestThePageOfTheCentre has a real Chromium use the page of a real notary, on
// which two sites report: page/page.test.mjs says what it must find.
func TestThePageOfTheCentre(t *testing.T) {
	found := peers.Need(t, peers.Node, peers.Chromium, peers.Playwright, peers.Page, peers.OIDCProvider)
	r := newRig(t)
	ctx := patience(t, 12*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	players := map[string]*site.Player{}
	for _, s := range site.Scenarios {
		siteFile, _, player := perform(t, r, s, "1s")
		players[s.ID] = player
		if err := r.Enrol(ctx, s.ID, s.Title.ZH+" "+s.Title.EN, siteFile); err != nil {
			t.Fatal(err)
		}
		if _, err := r.StartAgent(s.ID, siteFile); err != nil {
			t.Fatal(err)
		}
		if s.ID == "north-yard" {
			for device, due := range map[string]time.Duration{"dust-1": -48 * time.Hour, "crane-1": 40 * 24 * time.Hour} {
				if err := r.Calibrate(ctx, s.ID, siteFile, device, due); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := r.Trust(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	for id, entry := range map[string]string{
		"north-yard": `{"project_code":"3101152611260001","owner":"Yard Builders 北区建设","district":"pudong","business":"construction","coordinates":{"lat":31.2231,"lon":121.5397,"datum":"CGCS2000"}}`,
		"cold-store": `{"owner":"Quay Foods 东码头食品","district":"huangpu","business":"food","coordinates":{"lat":31.2153,"lon":121.5015,"datum":"GCJ-02"}}`,
	} {
		putRegister(t, ctx, r, id, entry)
	}
	out, err := r.Output(ctx, "fieldseal-notary", "account", "add", "wang", "--role", "centre", "--everywhere", "--data", r.NotaryDir())
	if err != nil {
		t.Fatal(err)
	}
	password := ""
	for l := range strings.Lines(out) {
		if f := strings.Fields(l); len(f) == 1 {
			password = f[0]
		}
	}
	if password == "" {
		t.Fatalf("no first password in %q", out)
	}
	hand := handOver(t, ctx, r, players, notary)

	browse(t, ctx, found, r, "page/page.test.mjs", "HAND="+hand, "ACCOUNT=wang", "PASSWORD="+password, "TRUST="+r.TrustFile())
}

// browse runs a script, such as page/page.test.mjs, on a rig's notary; found are Node.js, Chromium and
// Playwright. Screenshots are kept in bin/screens.
func browse(t *testing.T, ctx context.Context, found []string, r *rig.Rig, script string, more ...string) {
	t.Helper()
	root, err := peers.Root()
	if err != nil {
		t.Fatal(err)
	}
	screens := filepath.Join(root, "bin", "screens")
	if err := os.MkdirAll(screens, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, found[0], append(chosen(), filepath.Base(script))...)
	cmd.Dir = filepath.Join(root, "internal", "e2e", filepath.Dir(script))
	cmd.Env = append(os.Environ(), "CHROMIUM="+found[1], "MODULES="+found[2], "NOTARY=https://"+r.HTTP, "SCREENS="+screens,
		"NODE_EXTRA_CA_CERTS="+filepath.Join(r.NotaryDir(), "ca.pem"))
	cmd.Env = append(cmd.Env, more...)
	text, err := cmd.CombinedOutput()
	t.Logf("%s", text)
	if err != nil {
		t.Fatal(err)
	}
}

// chosen runs the browser's tests one after another: all, or those whose names fit the
// regular expression in PAGE_TESTS, for whoever works on one.
func chosen() []string {
	flags := []string{"--test", "--test-concurrency=1"}
	if only := os.Getenv("PAGE_TESTS"); only != "" {
		flags = append(flags, "--test-name-pattern="+only)
	}
	return flags
}

// putRegister writes a site's register entry by the operator's token.
func putRegister(t *testing.T, ctx context.Context, r *rig.Rig, id, entry string) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(r.NotaryDir(), "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Client()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+r.HTTP+"/api/v1/centre/sites/"+id+"/register", strings.NewReader(entry))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode >= 300 {
		t.Fatalf("register of %s: %s %s", id, res.Status, bytes.TrimSpace(body))
	}
}

// handOver is a loopback port by which the browser's script moves the instruments:
// POST /hold?site=S&point=P&value=V, /free, /dead, /alive; lays a map beside the
// notary, and stops and starts it.
func handOver(t *testing.T, ctx context.Context, r *rig.Rig, players map[string]*site.Player, notary *rig.Process) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		p, ok := players[q.FormValue("site")]
		point := q.FormValue("point")
		switch {
		case q.URL.Path == "/stop":
			r.Forget(notary)
			if err := notary.Stop(rig.Grace); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		case q.URL.Path == "/start":
			if notary, err = r.StartNotary(ctx); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		case q.URL.Path == "/openid":
			if err := openProvider(t, r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		case q.URL.Path == "/tiles":
			if err := layTiles(r, q.FormValue("packed") != "", q.FormValue("torn")); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		case !ok:
			http.Error(w, "no such site", http.StatusNotFound)
			return
		case q.URL.Path == "/hold":
			v, err := strconv.ParseFloat(q.FormValue("value"), 64)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			p.Hold(point, v)
		case q.URL.Path == "/free":
			p.Free(point)
		case q.URL.Path == "/dead":
			p.Dead(point, true)
		case q.URL.Path == "/alive":
			p.Dead(point, false)
		default:
			http.NotFound(w, q)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]int64{"at": time.Now().UnixMicro()}); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}
