package service_test

import (
	"context"
	"encoding/json"
	"fmt"
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
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/simulators/fleet"
)

// The examples of docs/api.md, as they stand, against a notary with real TLS.
func TestTheExamplesOfTheDocsWork(t *testing.T) {
	peers.Need(t, peers.Curl)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(text), "## Examples\n")
	examples := regexp.MustCompile("(?s)```sh\n# ([^\n]*)\n(.*?)```").FindAllStringSubmatch(part, -1)
	if !ok || len(examples) < 6 {
		t.Fatalf("%d examples in docs/api.md", len(examples))
	}
	d := initFolder(t)
	s, _ := start(t, d)
	code, _, err := s.Registry.Order(enrol.Order{Site: "yard", SiteName: "North yard", Gateway: "gw-1"}, s.Keys.CA, s.Keys.LogText)
	if err != nil {
		t.Fatal(err)
	}
	g, err := fleet.Enrol(t.Context(), s.HTTPAddr.String(), code.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the authority signs the enrolment", func() bool { return s.Registry.Admit(g.ID) == nil })
	session, err := g.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	load := fleet.Load{Points: 1, Records: 3}
	config, root, err := g.Config(load)
	if err == nil {
		err = session.Publish(config)
	}
	if err != nil {
		t.Fatal(err)
	}
	message, _, err := g.Seal(load, root, time.Now())
	if err == nil {
		err = session.Publish(message)
	}
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(filepath.Join(string(d), "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(string(d), "ca.pem")
	c, err := client.Dial(s.HTTPAddr.String(), ca, filepath.Join(string(d), "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	// Once the centre shows it, and the point's gateway is in good standing.
	var shown client.Point
	eventually(t, "the reading is shown", func() bool {
		if err := session.Err(); err != nil {
			t.Fatal(err)
		}
		err := c.Points(t.Context(), url.Values{"site": {"yard"}}, func(p client.Point) error { shown = p; return nil })
		return err == nil && shown.Value != ""
	})
	want := map[string]string{"every point": `"point":"` + shown.Point + `"`, "a point's last hour": "\ufeffkind,site,point,unit,from,to,count", "what the centre knew": `"items":[`,
		"the stream": "event: admission", "the evidence file": `"fieldseal-evidence/`, "send alarms": `"secret":"whsec_`, "how the evidence stands": `"readings_per_second"`}
	for _, e := range examples {
		t.Run(e[1], func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", e[2])
			cmd.Env = append(os.Environ(), "NOTARY=https://"+s.HTTPAddr.String(), "CA="+ca, "TOKEN="+strings.TrimSpace(string(token)), "SITE=yard", "POINT="+shown.Point, "TZ=UTC")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, stderr.String())
			}
			found := false
			for k, w := range want {
				if strings.HasPrefix(e[1], k) {
					found = true
					if !strings.Contains(string(out), w) {
						t.Errorf("the answer lacks %q: %.600s", w, out)
					}
				}
			}
			if !found {
				t.Errorf("no test knows what %q answers", e[1])
			}
		})
	}
	r, err := c.Record(t.Context(), shown.Index, shown.Leaf)
	if err != nil || r.Reading == nil || r.Reading.Value != shown.Value {
		t.Errorf("record: %+v, %v", r, err)
	}
	eventually(t, "the record names its block", func() bool {
		r, err = c.Record(t.Context(), shown.Index, shown.Leaf)
		return err == nil && r.Anchor != nil
	})
	if a := r.Anchor; a.Block == 0 || len(a.BlockHash) != 64 || a.Size <= shown.Index || a.Time < shown.Time-int64(time.Hour/time.Microsecond) || r.State != "anchored (local)" {
		t.Errorf("anchor: %+v, %s", a, r.State)
	}
	if f, err := c.Search(t.Context(), fmt.Sprint(r.Anchor.Block)); err != nil || !slices.ContainsFunc(f, func(x client.Found) bool { return x.Kind == "block" && x.Block != nil && *x.Block == r.Anchor.Block }) {
		t.Errorf("search for block %d: %+v, %v", r.Anchor.Block, f, err)
	}
	if file, name, err := c.EvidenceOf(t.Context(), shown.Index, shown.Leaf); err != nil || !json.Valid(file) || name == "" {
		t.Errorf("evidence: %q, %v", name, err)
	}
	if h, err := c.History(t.Context(), "yard", shown.Point, time.UnixMicro(shown.Time), time.UnixMicro(shown.Time+1_000_000), 0); err != nil || h.Readings != 1 {
		t.Errorf("history: %+v, %v", h, err)
	}
	if h, err := c.Health(t.Context()); err != nil || h.Log.Size == 0 || !h.Chain.Local || h.Chain.Words.ZH == "" {
		t.Errorf("health: %+v, %v", h, err)
	}
	var trail client.Items[struct{ What, Subject string }]
	if err := c.JSON(t.Context(), "GET", client.AuditPath, nil, &trail); err != nil || !slices.ContainsFunc(trail.Items, func(d struct{ What, Subject string }) bool {
		return d.What == "webhook.add" && strings.Contains(d.Subject, " to https://")
	}) {
		t.Errorf("the webhook is not in the trail: %+v, %v", trail.Items, err)
	}
	if f, err := c.Search(t.Context(), shown.Device); err != nil || len(f) != 2 {
		t.Errorf("search: %+v, %v", f, err)
	}
}
