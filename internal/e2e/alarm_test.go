//go:build peers

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/statement"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// person asks the notary over HTTPS with an access token, as curl would.
type person struct {
	t     *testing.T
	r     *rig.Rig
	token string
}

var firstPassword = regexp.MustCompile(`(?m)^  (\S+)$`)

// hire makes an account and signs it in, as operator and person do.
func hire(t *testing.T, ctx context.Context, r *rig.Rig, name string, as ...string) *person {
	t.Helper()
	out, err := r.Output(ctx, "fieldseal-notary", append([]string{"account", "add", name, "--data", r.NotaryDir()}, as...)...)
	if err != nil {
		t.Fatal(err)
	}
	first := firstPassword.FindStringSubmatch(out)
	if first == nil {
		t.Fatalf("no first password: %s", out)
	}
	home := filepath.Join(r.Dir, "home-"+name)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	const own = "a long password of one's own\n"
	cmd := exec.CommandContext(ctx, filepath.Join(r.Bin, "fieldseal"), "login", "--notary", "https://"+r.HTTP, "--ca", filepath.Join(r.NotaryDir(), "ca.pem"), "--name", name)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home)
	cmd.Stdin = strings.NewReader(first[1] + "\n" + own + own)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("login: %v\n%s", err, out)
	}
	p := &person{t: t, r: r}
	err = filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), "token") && !d.IsDir() {
			b, err := os.ReadFile(path)
			p.token = strings.TrimSpace(string(b))
			return err
		}
		return err
	})
	if err != nil || p.token == "" {
		t.Fatalf("no token was kept in %s: %v", home, err)
	}
	return p
}

// ask gives the status, and the answer where it is one.
func (p *person) ask(ctx context.Context, method, path, key string, body, into any) int {
	p.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://"+p.r.HTTP+path, in)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	c, err := p.r.Client()
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode == http.StatusOK && into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			p.t.Fatalf("%s: %v: %s", path, err, b)
		}
	}
	return res.StatusCode
}

type shownAlarm struct {
	ID       string `json:"id"`
	Point    string `json:"point"`
	Value    string `json:"value"`
	Limit    string `json:"limit"`
	Cleared  int64  `json:"cleared"`
	Answered bool   `json:"answered"`
	Steps    []struct {
		Step  string  `json:"step"`
		By    string  `json:"by"`
		Note  string  `json:"note"`
		Index *uint64 `json:"index"`
		Leaf  *uint32 `json:"leaf"`
	} `json:"steps"`
}

// await waits for the only alarm of the fridge to be as it should.
func (p *person) await(ctx context.Context, what string, ok func(shownAlarm) bool) shownAlarm {
	p.t.Helper()
	for {
		var page struct{ Items []shownAlarm }
		p.ask(ctx, "GET", "/api/v1/alarms?kind=edge", "", nil, &page)
		if len(page.Items) > 1 {
			p.t.Fatalf("%d alarms of one fridge", len(page.Items))
		}
		if len(page.Items) == 1 && ok(page.Items[0]) {
			return page.Items[0]
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("never %s: %+v", what, page)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestEndToEndAnAlarmIsAnsweredAndEveryStepStandsInTheLog warms a fridge, has the
// inspector acknowledge and the company answer over HTTPS with the notary killed in
// between, and finds every step in the published log.
func TestEndToEndAnAlarmIsAnsweredAndEveryStepStandsInTheLog(t *testing.T) {
	r := newRig(t)
	ctx := patience(t, 3*time.Minute)
	x := newPharmacy(t, ctx, r)
	inspector := hire(t, ctx, r, "zhang-min", "--role", "inspector", "--everywhere")
	company := hire(t, ctx, r, "li-wei", "--role", "company", "--site", site.ColdStore.ID)
	other := hire(t, ctx, r, "wang-fang", "--role", "company", "--site", "another")
	x.play.Hold("fridge-1/temperature", 11)
	a := inspector.await(ctx, "raised", func(a shownAlarm) bool { return a.Point == "fridge-1/temperature" && !a.Answered })
	if a.Limit != "8.0" || a.Cleared != 0 {
		t.Errorf("%+v", a)
	}
	steps := "/api/v1/alarms/" + a.ID + "/steps"
	acknowledged := map[string]string{"step": "acknowledged"}
	for who, p := range map[string]*person{"its company": company, "another's company": other} {
		if got := p.ask(ctx, "POST", steps, "k", acknowledged, nil); got != http.StatusForbidden {
			t.Errorf("%s acknowledges: %d", who, got)
		}
	}
	said := map[string]string{"step": "statement", "note": "the door was held open for a delivery"}
	if got := other.ask(ctx, "POST", steps, "k", said, nil); got != http.StatusNotFound {
		t.Errorf("another's company answers: %d", got)
	}
	if got := inspector.ask(ctx, "POST", steps, "k-1", acknowledged, &a); got != http.StatusOK || !a.Answered {
		t.Fatalf("%d %+v", got, a)
	}
	// What was answered is durable: kill -9, and it is there.
	x.notary.Kill()
	r.Forget(x.notary)
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	inspector.await(ctx, "acknowledged after the kill", func(a shownAlarm) bool { return a.Answered })
	if got := inspector.ask(ctx, "POST", steps, "k-1", acknowledged, &a); got != http.StatusOK {
		t.Errorf("the same key again: %d", got)
	}
	if got := company.ask(ctx, "POST", steps, "k-2", said, &a); got != http.StatusOK {
		t.Errorf("the company's statement: %d", got)
	}
	x.play.Hold("fridge-1/temperature", 4)
	a = inspector.await(ctx, "cleared", func(a shownAlarm) bool { return a.Cleared != 0 })
	var tale []string
	for _, s := range a.Steps {
		tale = append(tale, s.Step+" "+s.By)
	}
	if want := []string{"raised ", "acknowledged zhang-min", "statement li-wei", "cleared "}; !slices.Equal(tale, want) {
		t.Errorf("%q, want %q", tale, want)
	}
	var board struct {
		Items []struct {
			Group    string                 `json:"group"`
			Duration int64                  `json:"duration"`
			To       int64                  `json:"to"`
			Worst    struct{ Value string } `json:"worst"`
			Said     string                 `json:"statement"`
		}
	}
	if company.ask(ctx, "GET", "/api/v1/excursions?business=food", "", nil, &board); len(board.Items) != 1 || board.Items[0].Worst.Value != "11.0" || board.Items[0].Group != "cabinet" ||
		board.Items[0].Said != said["note"] || board.Items[0].Duration < (3*time.Second).Microseconds() {
		t.Errorf("%+v", board)
	}
	for _, p := range []*rig.Process{x.agent, notary} {
		if err := p.Stop(rig.Grace); err != nil {
			t.Fatal(err)
		}
		r.Forget(p)
	}
	out := filepath.Join(r.Dir, "export")
	if err := r.Export(ctx, out); err != nil {
		t.Fatal(err)
	}
	published := readExported(t, out)
	v, err := checkpoint.ParseVerifier(published.key)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := checkpoint.PublicKey(v)
	if !ok {
		t.Fatal("the log's key signs no statement")
	}
	for _, s := range a.Steps {
		if s.Index == nil || *s.Index >= uint64(len(published.entries)) {
			t.Fatalf("step %+v is not in the log", s)
		}
		raw := published.entries[*s.Index]
		if s.Leaf != nil {
			if _, err := batch.ParseHeader(raw); err != nil {
				t.Errorf("%s: %v", s.Step, err)
			}
			continue
		}
		st, err := statement.Parse(raw)
		if err != nil || st.Type != statement.TypeAlarm {
			t.Errorf("%s: log entry %d: %v", s.Step, *s.Index, err)
		} else if err := st.Verify(key); err != nil {
			t.Errorf("%s: log entry %d: %v", s.Step, *s.Index, err)
		}
		if bytes.Contains(raw, []byte("zhang-min")) || bytes.Contains(raw, []byte("li-wei")) {
			t.Errorf("log entry %d names a person", *s.Index)
		}
	}
}
