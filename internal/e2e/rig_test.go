//go:build peers

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	library "fieldseal/firmware-config/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// binaries is the folder with the binaries under test, built once.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	root, err := peers.Root()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "fieldseal-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// With the page, where make has built it.
	tags := ""
	if _, err := peers.Page.Path(); err == nil {
		tags = "page"
	}
	build := exec.Command("go", "build", "-tags", tags, "-o", dir+string(filepath.Separator), "./cmd/fieldseal-agent", "./cmd/fieldseal-notary", "./cmd/fieldseal")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	binaries = dir
	return m.Run()
}

// newRig is a rig whose processes end with the test.
func newRig(t *testing.T) *rig.Rig {
	t.Helper()
	r, err := rig.New(binaries, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			logs, _ := filepath.Glob(filepath.Join(r.Dir, "logs", "*.log"))
			for _, l := range logs {
				raw, _ := os.ReadFile(l)
				t.Logf("%s ends with:\n%s", filepath.Base(l), raw[max(0, len(raw)-4000):])
			}
		}
	})
	return r
}

// play starts a scenario's instruments and writes the site file of its agent.
func play(t *testing.T, r *rig.Rig, s site.Scenario, interval string) (siteFile string, f *config.Site) {
	t.Helper()
	siteFile, f, _ = perform(t, r, s, interval)
	return siteFile, f
}

// perform is play, with the player to make the instruments misbehave.
func perform(t *testing.T, r *rig.Rig, s site.Scenario, interval string) (siteFile string, f *config.Site, p *site.Player) {
	t.Helper()
	health, err := rig.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ports := filepath.Join(r.Dir, "ports-"+s.ID)
	raw, err := s.SiteFile(site.Places{Ports: ports, Data: r.AgentDir(s.ID), Notary: r.HTTP, Broker: r.MQTT, Health: health, Free: rig.FreeAddress})
	if err != nil {
		t.Fatal(err)
	}
	raw = replaceInterval(t, raw, interval)
	siteFile = filepath.Join(r.Dir, s.ID+".yaml")
	if err := os.WriteFile(siteFile, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if f, err = config.Parse(siteFile, raw, lib, nil); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Play(f, ports, 1, time.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return siteFile, f, p
}

// patience bounds one wait of a test.
func patience(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// dice is the chance of a test; the seed is told, so that a run can be repeated.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("FIELDSEAL_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("FIELDSEAL_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}
