package merkle

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func TestShortAndLongLeavesHashAlike(t *testing.T) {
	for n := range 1100 {
		data := bytes.Repeat([]byte{7}, n)
		want := sha256.Sum256(append([]byte{0}, data...))
		if Leaf(data) != want || longLeaf(data) != want {
			t.Fatalf("leaf of %d bytes", n)
		}
	}
}
