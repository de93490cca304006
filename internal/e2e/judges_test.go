//go:build peers

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/checkpoint"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/simulators/fleet"
)

// filledLog is a log of more than one full tile, exported from a real notary.
func filledLog(t *testing.T) *exported {
	t.Helper()
	r := newRig(t)
	ctx := patience(t, 2*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g := newSender(t, ctx, r, fleet.Load{Points: 3, Records: 8})
	for range 600 {
		g.send(t)
	}
	for g.Unproved() > 0 && g.line.Err() == nil && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	if err := g.line.Err(); err != nil || g.Unproved() > 0 {
		t.Fatalf("%d batches without a verified receipt: %v", g.Unproved(), err)
	}
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(notary)
	out := filepath.Join(r.Dir, "export")
	if err := r.Export(ctx, out); err != nil {
		t.Fatal(err)
	}
	x := readExported(t, out)
	if x.head.Size < 600 {
		t.Fatalf("the log holds %d entries", x.head.Size)
	}
	return x
}

// TestPeerJudgesOfTheLog lets Tessera's fsck check what we publish, and lets its
// POSIX driver build the log again from the same entries.
func TestPeerJudgesOfTheLog(t *testing.T) {
	paths := peers.Need(t, peers.Fsck, peers.PosixOneshot)
	x := filledLog(t)

	t.Run("fsck finds nothing wrong", func(t *testing.T) {
		if out, ok := fsck(t, paths[0], x.dir); !ok {
			t.Errorf("fsck: %s", out)
		}
	})
	t.Run("fsck finds one changed bit", func(t *testing.T) {
		damaged := filepath.Join(t.TempDir(), "log")
		if err := os.CopyFS(damaged, os.DirFS(x.dir)); err != nil {
			t.Fatal(err)
		}
		tile := filepath.Join(damaged, "tile", "0", "000")
		raw, err := os.ReadFile(tile)
		if err != nil {
			t.Fatal(err)
		}
		raw[1000] ^= 1
		if err := os.WriteFile(tile, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, ok := fsck(t, paths[0], damaged); ok {
			t.Errorf("fsck accepts a damaged tile, so its word is worth nothing here: %s", out)
		}
	})
	t.Run("posix-oneshot builds the same log", func(t *testing.T) {
		again(t, paths[1], x)
	})
}

// fsck runs Tessera's checker. It exits with 0 either way; its log tells.
func fsck(t *testing.T, bin, dir string) (out string, ok bool) {
	t.Helper()
	// At a tile that does not fit it stops checking and never ends.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "--storage_url", "file://"+dir+"/", "--public_key", filepath.Join(dir, "log.vkey"), "--ui=false", "--logtostderr", "--v=1")
	raw, err := cmd.CombinedOutput()
	out = string(raw)
	if err != nil {
		return fmt.Sprintf("%v\n%s", err, out), false
	}
	// "Completed ranges" is its last word in either case; without it nothing ran.
	return out, strings.Contains(out, "Completed ranges") && !strings.Contains(out, "fsck failed")
}

func again(t *testing.T, bin string, x *exported) {
	entries, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	for i, e := range x.entries {
		if err := os.WriteFile(filepath.Join(entries, fmt.Sprintf("%08d", i)), e, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	key, verifier, err := note.GenerateKey(rand.Reader, x.head.Origin)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "--storage_dir", log, "--entries", filepath.Join(entries, "*"))
	cmd.Env = append(os.Environ(), "LOG_PRIVATE_KEY="+key)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("posix-oneshot: %v\n%s", err, out)
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	head, _, err := checkpoint.Open(raw, v)
	if err != nil {
		t.Fatal(err)
	}
	if head != x.head {
		t.Errorf("its head is %d %x, ours %d %x", head.Size, head.Root, x.head.Size, x.head.Root)
	}
	tiles := 0
	err = filepath.WalkDir(filepath.Join(x.dir, "tile"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(x.dir, path)
		if err != nil {
			return err
		}
		ours, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		theirs, err := os.ReadFile(filepath.Join(log, name))
		if err != nil {
			return fmt.Errorf("we publish a tile that it does not: %w", err)
		}
		if !bytes.Equal(ours, theirs) {
			t.Errorf("%s differs", name)
		}
		tiles++
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if tiles < 6 {
		t.Errorf("only %d tiles compared", tiles)
	}
}
