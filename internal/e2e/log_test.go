//go:build peers

package e2e

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// exported is a published log as read from its folder.
type exported struct {
	dir     string
	key     string // C2SP verifier key
	head    checkpoint.Checkpoint
	entries [][]byte
}

// readExported reads the folder by the rules of C2SP tlog-tiles and holds the
// entries against the checkpoint.
func readExported(t *testing.T, dir string) *exported {
	t.Helper()
	x := &exported{dir: dir}
	key, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
	if err != nil {
		t.Fatal(err)
	}
	x.key = strings.TrimSpace(string(key))
	v, err := note.NewVerifier(x.key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	if x.head, _, err = checkpoint.Open(raw, v); err != nil {
		t.Fatal(err)
	}
	var leaves []merkle.Hash
	for i := uint64(0); i*256 < x.head.Size; i++ {
		width := min(256, x.head.Size-i*256)
		path := filepath.Join(dir, "tile", "entries", tilePath(i))
		if width < 256 {
			path += fmt.Sprintf(".p/%d", width)
		}
		bundle, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range width {
			if len(bundle) < 2 {
				t.Fatalf("%s ends early", path)
			}
			n := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+n {
				t.Fatalf("%s ends early", path)
			}
			x.entries = append(x.entries, bundle[2:2+n])
			leaves = append(leaves, merkle.Leaf(bundle[2:2+n]))
			bundle = bundle[2+n:]
		}
		if len(bundle) != 0 {
			t.Fatalf("%s holds %d bytes too many", path, len(bundle))
		}
	}
	if merkle.Root(leaves) != x.head.Root {
		t.Fatal("the entries do not give the checkpoint's root")
	}
	return x
}

// tilePath writes a tile's number as C2SP tlog-tiles does: x001/x234/067.
func tilePath(n uint64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

// identity names a batch of a gateway.
type identity struct {
	gateway batch.ID
	boot    record.BootID
	seq     uint64
}

// loggedBatch is a header and its place.
type loggedBatch struct {
	*batch.Signed
	index uint64
}

// batches are the log's headers by identity; one that stands there twice fails.
func (x *exported) batches(t *testing.T) map[identity]loggedBatch {
	t.Helper()
	out := map[identity]loggedBatch{}
	for i, e := range x.entries {
		h, err := batch.ParseHeader(e)
		if err != nil {
			continue // a statement
		}
		id := identity{h.Gateway, h.Boot, h.Seq}
		if have, ok := out[id]; ok {
			t.Errorf("batch %s stands in the log twice, at %d and %d", h.Name(), have.index, i)
		}
		out[id] = loggedBatch{h, uint64(i)}
	}
	return out
}
