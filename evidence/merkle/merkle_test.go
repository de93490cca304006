package merkle

import (
	"bytes"
	"errors"
	"strconv"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

func leaves(n int) []Hash {
	out := make([]Hash, n)
	for i := range out {
		out[i] = Leaf([]byte(strconv.Itoa(i)))
	}
	return out
}

// TestTwoOtherLibrariesAgree: transparency-dev/merkle and x/mod's tlog.
func TestTwoOtherLibrariesAgree(t *testing.T) {
	rf := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	for n := 0; n <= 70; n++ {
		l := leaves(n)
		root := Root(l)
		rng := rf.NewEmptyRange(0)
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
			for _, i := range at {
				out = append(out, stored[i])
			}
			return out, nil
		})
		for i, h := range l {
			if string(rfc6962.DefaultHasher.HashLeaf([]byte(strconv.Itoa(i)))) != string(h[:]) {
				t.Fatal("leaf hash")
			}
			if err := rng.Append(h[:], nil); err != nil {
				t.Fatal(err)
			}
			hs, err := tlog.StoredHashes(int64(i), []byte(strconv.Itoa(i)), read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, hs...)
		}
		if n == 0 {
			if !bytes.Equal(rfc6962.DefaultHasher.EmptyRoot(), root[:]) {
				t.Fatal("empty root")
			}
			continue
		}
		if want, err := rng.GetRootHash(nil); err != nil || !bytes.Equal(want, root[:]) {
			t.Fatalf("size %d: merkle says %x", n, want)
		}
		if want, err := tlog.TreeHash(int64(n), read); err != nil || want != tlog.Hash(root) {
			t.Fatalf("size %d: tlog says %x", n, want)
		}
		for i := range n {
			p := Path(l, i)
			if err := VerifyPath(l[i], uint64(i), uint64(n), p, root); err != nil {
				t.Fatal(err)
			}
			want, err := tlog.ProveRecord(int64(n), int64(i), read)
			if err != nil || len(want) != len(p) {
				t.Fatalf("path %d of %d: %d steps, tlog has %d, %v", i, n, len(p), len(want), err)
			}
			for j := range p {
				if tlog.Hash(p[j]) != want[j] {
					t.Fatalf("path %d of %d differs at step %d", i, n, j)
				}
			}
		}
		for m := 1; m <= n; m++ {
			tree, err := tlog.ProveTree(int64(n), int64(m), read)
			if err != nil {
				t.Fatal(err)
			}
			path := make([]Hash, len(tree))
			for i, h := range tree {
				path[i] = Hash(h)
			}
			if err := VerifyConsistency(uint64(m), uint64(n), path, Root(l[:m]), root); err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
			if m < n && VerifyConsistency(uint64(m), uint64(n), path, Root(l[1:m+1]), root) == nil {
				t.Fatalf("%d to %d: another first root", m, n)
			}
		}
	}
}

// TestAPathProvesOnePlaceOnly holds for a tree of known size. A path alone does not
// tell the size: whoever believes one must have it signed.
func TestAPathProvesOnePlaceOnly(t *testing.T) {
	l := leaves(21)
	root := Root(l)
	p := Path(l, 9)
	for name, err := range map[string]error{
		"another leaf":   VerifyPath(l[8], 9, 21, p, root),
		"another index":  VerifyPath(l[9], 8, 21, p, root),
		"another size":   VerifyPath(l[9], 9, 16, p, root),
		"beyond the end": VerifyPath(l[9], 21, 21, p, root),
		"a step short":   VerifyPath(l[9], 9, 21, p[1:], root),
		"a step more":    VerifyPath(l[9], 9, 21, append(p[:len(p):len(p)], l[0]), root),
		"empty tree":     VerifyPath(l[9], 0, 0, nil, Empty()),
	} {
		if !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if VerifyConsistency(0, 5, nil, Empty(), root) != nil || VerifyConsistency(0, 5, p, Empty(), root) == nil || VerifyConsistency(0, 5, nil, root, root) == nil {
		t.Error("the empty tree")
	}
}

// FuzzVerifyPath holds the wrapper against the library that it calls and the
// root that it claims: no path proves two leaves at one place.
func FuzzVerifyPath(f *testing.F) {
	l := leaves(8)
	f.Add(uint64(3), uint64(8), bytes.Join([][]byte{l[2][:], l[0][:], l[1][:]}, nil))
	f.Fuzz(func(t *testing.T, index, size uint64, raw []byte) {
		var path []Hash
		for ; len(raw) >= 32 && len(path) < 80; raw = raw[32:] {
			path = append(path, Hash(raw))
		}
		root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, l[3][:], slices(path))
		if err != nil {
			if VerifyPath(l[3], index, size, path, Hash{}) == nil {
				t.Fatal("a path that leads nowhere verified")
			}
			return
		}
		if err := VerifyPath(l[3], index, size, path, Hash(root)); err != nil {
			t.Fatal(err)
		}
		if VerifyPath(l[4], index, size, path, Hash(root)) == nil {
			t.Fatal("one path proves two leaves")
		}
	})
}
