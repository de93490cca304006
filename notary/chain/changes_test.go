package chain

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/verify/worldtest"
)

// asNode is a block as a QBFT node's JSON-RPC gives it.
func asNode(t testing.TB, raw []byte) json.RawMessage {
	t.Helper()
	var h types.Header
	if err := rlp.DecodeBytes(raw, &h); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(&h)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := anchor.HeaderHash(anchor.QBFT, raw)
	if err != nil {
		hash = h.Hash() // of before the consortium
	}
	return json.RawMessage(strings.Replace(string(text), h.Hash().Hex(), common.Hash(hash).Hex(), 1))
}

// TestAChangeOfValidatorsIsFoundWithItsVotes: the settings pin four, two have joined
// since, and what is sealed by six brings the headers in which they were voted in.
func TestAChangeOfValidatorsIsFoundWithItsVotes(t *testing.T) {
	w := worldtest.New("votes")
	w.Consort(anchor.QBFT, 4)
	mine := func(n int) (last uint64) {
		for range n {
			last = w.Mine().Number
		}
		return last
	}
	before := mine(7)
	first := w.VoteIn()
	between := mine(40)
	second := w.VoteIn()
	after := mine(9)
	blocks := map[uint64]json.RawMessage{}
	for n := range after + 1 {
		blocks[n] = asNode(t, w.Block(n).Header)
	}
	pinned := w.Trust().Chains[0].Sealing()
	believing := func(x anchor.Chain) *Chain {
		c := recordedNode(t, x.ID, blocks)
		if err := c.Believe(x); err != nil {
			t.Fatal(err)
		}
		return c
	}
	seal := func(c *Chain, n uint64) error {
		b, err := c.Block(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Seal(t.Context(), b, origin, nil)
		return err
	}
	for _, order := range [][]uint64{{before, between, after}, {after, between, before}} {
		c := believing(pinned)
		for _, n := range order {
			if err := seal(c, n); err != nil {
				t.Fatalf("block %d: %v", n, err)
			}
		}
		for n, want := range map[uint64][][][]byte{before: nil, between: {first}, after: {first, second}} {
			runs, now := c.Changes(n), pinned
			if len(runs) != len(want) {
				t.Fatalf("up to block %d: %d changes, want %d", n, len(runs), len(want))
			}
			for i, run := range runs {
				if len(run) != len(want[i]) {
					t.Errorf("change %d has %d headers, want %d", i, len(run), len(want[i]))
				}
				var err error
				if now, err = now.Follow(run); err != nil {
					t.Fatalf("an inspector does not follow: %v", err)
				}
			}
			if _, err := w.Block(n).Verify(now); err != nil {
				t.Errorf("block %d under the changes shown: %v", n, err)
			}
		}
	}
	// Without an epoch only a new trust file changes a set.
	still := pinned
	still.Epoch = 0
	if err := seal(believing(still), after); !errors.Is(err, anchor.ErrUncheckable) {
		t.Errorf("without an epoch: %v", err)
	}
	// A node that keeps a vote back shows no change.
	h, err := anchor.ParseHeader(first[1])
	if err != nil {
		t.Fatal(err)
	}
	kept := blocks[h.Number]
	delete(blocks, h.Number)
	c := believing(pinned)
	if err := seal(c, after); !errors.Is(err, errAway) || errors.Is(err, ErrLie) {
		t.Errorf("a vote that the node does not show: %v", err)
	}
	if _, err := c.Sealed(t.Context(), after); err == nil || errors.Is(err, ErrLie) {
		t.Errorf("a node that does not answer is no liar: %v", err)
	}
	blocks[h.Number] = kept
	if err := seal(c, after); err != nil {
		t.Errorf("once it does: %v", err)
	}
}
