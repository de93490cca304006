package log_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"fieldseal/notary/log"
	"fieldseal/notary/store/badgerstore"
)

// TestABitFlippedOnTheDiskIsNeverServed flips bits anywhere in the store's files.
// The log then does not open, opens read-only, or (where the bit means nothing)
// serves exactly what was logged.
func TestABitFlippedOnTheDiskIsNeverServed(t *testing.T) {
	dir := t.TempDir()
	h := newHouse(t)
	s, err := badgerstore.Open(dir+"/store", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h.opt.Store, h.opt.HeadFile = s, dir+"/head"
	h.create(t)
	l, stop := h.run(t)
	g := newGateway(1)
	want := [][]byte{nil}
	for range 300 {
		b := g.next(t)
		appendOK(t, l, b)
		want = append(want, b.Raw())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, kind := range []string{"*.sst", "*.vlog", "MANIFEST"} {
		found, err := filepath.Glob(filepath.Join(dir, "store", kind))
		if err != nil || len(found) == 0 {
			t.Fatal(kind, err)
		}
		files = append(files, found...)
	}
	outcomes := map[string]int{}
	for n := range 12 {
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(files[n%len(files)])
		path := filepath.Join(copied, "store", name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 {
			continue
		}
		at := rand.IntN(min(len(b), 200_000)) // what lies beyond is room that was never written
		b[at] ^= 1 << rand.IntN(8)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		outcome := serve(t, copied, want)
		outcomes[outcome]++
		t.Logf("%s byte %d: %s", name, at, outcome)
	}
	if outcomes["refused"] == 0 {
		t.Errorf("no flipped bit was noticed: %v", outcomes)
	}
}

func serve(t *testing.T, dir string, want [][]byte) string {
	t.Helper()
	s, err := badgerstore.Open(dir+"/store", slog.New(slog.DiscardHandler))
	if err != nil {
		return "refused"
	}
	defer s.Close()
	h := newHouse(t)
	h.opt.Store, h.opt.HeadFile = s, dir+"/head"
	l, err := log.Open(h.opt)
	if err != nil {
		return "refused"
	}
	if l.ReadOnly() != "" {
		return "read-only"
	}
	for i, raw := range want {
		got, err := l.Entry(uint64(i))
		if err != nil || raw != nil && string(got) != string(raw) {
			t.Fatal(fmt.Errorf("entry %d was served changed, or not: %w", i, err))
		}
	}
	return "unharmed"
}
