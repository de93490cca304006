package log_test

import (
	"os"
	"path/filepath"
	"testing"

	"fieldseal/notary/log"
)

func TestTilePathsAreThoseOfTlogTiles(t *testing.T) {
	for _, c := range []struct {
		level string
		index uint64
		width int
		want  string
	}{
		{"0", 0, 256, "tile/0/000"}, {"0", 999, 255, "tile/0/999.p/255"}, {"2", 1000, 256, "tile/2/x001/000"},
		{"entries", 1234067, 256, "tile/entries/x001/x234/067"}, {"1", 1234067, 8, "tile/1/x001/x234/067.p/8"},
	} {
		if got := log.TilePath(c.level, c.index, c.width); got != c.want {
			t.Errorf("%s/%d/%d: %s, want %s", c.level, c.index, c.width, got, c.want)
		}
	}
}

func TestAnExportEndsWithItsCheckpoint(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, stop := h.run(t)
	g := newGateway(1)
	for range 260 {
		appendOK(t, l, g.next(t))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := l.Export(dir, "key"); err != nil {
		t.Fatal(err)
	}
	for path, size := range map[string]int64{"tile/0/000": 8192, "tile/0/001.p/5": 160, "tile/1/000.p/1": 32, "log.vkey": 4, "checkpoint": int64(len(l.Head().Note))} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Size() != size {
			t.Errorf("%s: %v, want %d bytes", path, err, size)
		}
	}
	for _, path := range []string{"tile/entries/000", "tile/entries/001.p/5"} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
	// A folder without the checkpoint is a broken export: nothing is written over it.
	if err := os.Remove(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	if err := l.Export(dir, "key"); err == nil {
		t.Error("exported over a broken export")
	}
}
