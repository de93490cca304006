//go:build peers

package e2e

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// TestEvidenceOfEveryKindOfInstrument seals fifteen seconds of each kind
// of instrument that the demo plays, and has the real verifier decode it again: a
// station that dials in (one of its messages in parts), a meter, a sensor that
// publishes, a truck, a Modbus slave.
func TestEvidenceOfEveryKindOfInstrument(t *testing.T) {
	r := newRig(t)
	ctx := patience(t, 4*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := r.StartNotary(ctx); err != nil {
		t.Fatal(err)
	}
	for _, s := range site.Scenarios {
		siteFile, _, player := perform(t, r, s, "1s")
		if err := r.Enrol(ctx, s.ID, s.Title.EN, siteFile); err != nil {
			t.Fatal(err)
		}
		if _, err := r.StartAgent(s.ID, siteFile); err != nil {
			t.Fatal(err)
		}
		player.Split("gate-9")
	}
	if err := r.Trust(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, x := range []struct{ site, point string }{
		{"north-yard", "gate-9/pm10"}, {"north-yard", "gate-9/pm10-mean"}, {"north-yard", "meter-1/energy"}, {"north-yard", "dust-1/pm10"},
		{"cold-store", "probe-1/temperature"}, {"cold-store", "truck-7/box-1"}, {"cold-store", "door-1/open"},
	} {
		t.Run(strings.ReplaceAll(x.point, "/", "-"), func(t *testing.T) {
			out := filepath.Join(r.EvidenceDir(), strings.ReplaceAll(x.point, "/", "-")+".fseal.json")
			var v rig.Verdict
			for {
				err := r.Evidence(ctx, x.site, x.point, began, began.Add(15*time.Second), out)
				if err == nil {
					v, err = r.Verify(ctx, out)
				}
				if err != nil && !errors.Is(err, rig.ErrNothing) {
					t.Fatal(err)
				}
				if err == nil && v.Verdict != "pending" && time.Since(began) > 20*time.Second {
					break
				}
				select {
				case <-ctx.Done():
					t.Fatalf("no verdict in time; the last was %+v", v)
				case <-time.After(500 * time.Millisecond):
				}
			}
			if v.Verdict != "genuine" {
				t.Fatalf("%s: %s", v.Verdict, v.Sentence)
			}
			t.Log(v.Sentence)
			// A frame that says something else does not go unnoticed.
			raw, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			at := bytes.LastIndexByte(raw, 'A') // in some base64
			raw[at] = 'B'
			altered := out + ".altered"
			if err := os.WriteFile(altered, raw, 0o644); err != nil {
				t.Fatal(err)
			}
			if v, err := r.Verify(ctx, altered); err == nil && v.Verdict == "genuine" {
				t.Errorf("byte %d changed, and still: %s", at, v.Sentence)
			}
		})
	}
}
