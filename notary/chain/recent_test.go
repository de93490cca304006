package chain

import (
	"encoding/binary"
	"testing"

	"fieldseal/evidence/anchor"
)

func TestBlocksAreForgottenInTheirOrder(t *testing.T) {
	c := &Chain{}
	hash := func(n int) (h [32]byte) {
		binary.BigEndian.PutUint32(h[:], uint32(n))
		return h
	}
	const n = 2*recentBlocks + 10
	for i := range n {
		c.recent.keep(hash(i), anchor.Block{Header: []byte{byte(i)}})
		c.recent.keep(hash(i), anchor.Block{})
	}
	for i := range n {
		b, ok := c.Remembered(hash(i))
		if ok != (i >= n-recentBlocks) || ok && b.Header[0] != byte(i) {
			t.Fatalf("block %d of %d: %v", i, n, ok)
		}
	}
	if len(c.recent.known) != recentBlocks {
		t.Fatalf("%d blocks are remembered", len(c.recent.known))
	}
}
