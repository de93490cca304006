package rig

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// AnchorEvery is how often a rig's notary anchors: quicker than the default, for
// people who watch.
const AnchorEvery = 3 * time.Second

// Init makes the notary's folder, under a log origin of its own. More flags may name
// a chain, a contract, another origin.
func (r *Rig) Init(ctx context.Context, more ...string) error {
	var id [4]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	origin := "demo-" + hex.EncodeToString(id[:]) + ".fieldseal.invalid"
	if _, err := r.Output(ctx, "fieldseal-notary", append([]string{"init", "--data", r.NotaryDir(), "--origin", origin}, more...)...); err != nil {
		return err
	}
	return r.makeSupervision(ctx)
}

// Settle prepares a folder that another command has initialised, with the settings
// of its chain.
func (r *Rig) Settle(ctx context.Context, chain string) error {
	r.Chain = chain
	return r.makeSupervision(ctx)
}

// StartNotary runs the notary and waits until it answers. The first start picks
// its addresses; later ones keep them, so that agents find it again. wrap, where
// given, is a command that runs it.
func (r *Rig) StartNotary(ctx context.Context, wrap ...string) (*Process, error) {
	if r.HTTP == "" {
		if err := r.settings(); err != nil {
			return nil, err
		}
	}
	p, err := r.Start("notary", wrap, "fieldseal-notary", "run", "--data", r.NotaryDir())
	if err != nil {
		return nil, err
	}
	ready, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	return p, r.WaitHTTP(ready, http.DefaultClient, p, "http://"+r.metrics+"/healthz")
}

// settings writes notary.yaml with addresses that are free now.
func (r *Rig) settings() (err error) {
	for _, a := range []*string{&r.HTTP, &r.MQTT, &r.metrics} {
		if *a, err = FreeAddress(); err != nil {
			return err
		}
	}
	key, err := os.ReadFile(r.supervisionKey() + ".pub")
	if err != nil {
		return err
	}
	text := fmt.Sprintf("version: 1\nlisten:\n  http: %s\n  mqtt: %s\n  metrics: %s\nchain:\n%sauthority:\n  supervision: [\"%s\"]\n%s",
		r.HTTP, r.MQTT, r.metrics, r.chain(), strings.TrimSpace(string(key)), r.Extra)
	return os.WriteFile(filepath.Join(r.NotaryDir(), "notary.yaml"), []byte(text), 0o644)
}

// chain are the settings of the chain.
func (r *Rig) chain() string {
	if r.Chain != "" {
		return r.Chain
	}
	return fmt.Sprintf("  anchor_every: %v\n", AnchorEvery)
}

// Health is what the notary's /healthz answers, well or not.
func (r *Rig) Health(ctx context.Context, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.metrics+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(out)
}

// NotaryMetric reads one number of the notary's /metrics.
func (r *Rig) NotaryMetric(ctx context.Context, name string) (float64, error) {
	return metric(ctx, http.DefaultClient, "http://"+r.metrics+"/metrics", name)
}

// Enrolled tells whether an agent's folder holds an identity.
func (r *Rig) Enrolled(name string) (bool, error) {
	_, err := os.Stat(filepath.Join(r.AgentDir(name), "identity.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Export writes the log of a stopped notary as it is published.
func (r *Rig) Export(ctx context.Context, out string) error {
	_, err := r.Output(ctx, "fieldseal-notary", "log", "export", "--data", r.NotaryDir(), "--out", out)
	return err
}

// Verdict is what `fieldseal verify --json` says.
type Verdict struct {
	Verdict      string `json:"verdict"`
	Independence string `json:"independence"`
	Sentence     string `json:"sentence"`
}

// Verify runs the real verifier. Its exit code must agree with what it says.
func (r *Rig) Verify(ctx context.Context, file string, more ...string) (v Verdict, err error) {
	out, err := r.Output(ctx, "fieldseal", append([]string{"verify", "--json", "--trust", r.TrustFile(), file}, more...)...)
	code := exitCode(err)
	if code < 0 {
		return v, err
	}
	if jerr := json.Unmarshal([]byte(out), &v); jerr != nil {
		return v, errors.Join(err, fmt.Errorf("fieldseal verify printed %q: %w", strings.TrimSpace(out), jerr))
	}
	want := map[string]int{"genuine": 0, "altered": 1, "uncheckable": 2, "pending": 3}
	if w, ok := want[v.Verdict]; !ok || w != code {
		return v, fmt.Errorf("fieldseal verify says %q and exits with %d", v.Verdict, code)
	}
	return v, nil
}
