package chain

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// anchoredLog is the event of a contract that anchors a checkpoint.
func anchoredLog(contract [20]byte, cp anchor.Checkpoint) *types.Log {
	size := word(cp.Size)
	return &types.Log{Address: contract, Topics: []common.Hash{contracts.AnchoredTopic(), cp.LogID}, Data: append(size[:], cp.Root[:]...)}
}

// receiptsOf makes the receipts of a block of n transactions, of all types, some
// failed, with events of others; the one at gives the log.
func receiptsOf(rng *rand.Rand, n, at int, log *types.Log) types.Receipts {
	var out types.Receipts
	for i := range n {
		r := &types.Receipt{Type: uint8(rng.IntN(4)), Status: uint64(rng.IntN(2)), CumulativeGasUsed: uint64(i+1) * 53_000}
		for range rng.IntN(3) {
			l := &types.Log{Address: common.Address{byte(rng.IntN(256))}, Data: make([]byte, rng.IntN(100))}
			for range rng.IntN(5) {
				l.Topics = append(l.Topics, common.Hash{byte(rng.IntN(256))})
			}
			r.Logs = append(r.Logs, l)
		}
		if i == at {
			r.Status = 1
			r.Logs = slices.Insert(r.Logs, rng.IntN(len(r.Logs)+1), log)
		}
		r.Bloom = types.CreateBloom(r)
		out = append(out, r)
	}
	return out
}

// receiptTrie is the trie that a header's receipts root stands for.
func receiptTrie(t testing.TB, rs types.Receipts) *trie.Trie {
	t.Helper()
	tr := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), triedb.HashDefaults))
	var b bytes.Buffer
	for i := range rs {
		b.Reset()
		rs.EncodeIndex(i, &b)
		tr.MustUpdate(rlp.AppendUint64(nil, uint64(i)), bytes.Clone(b.Bytes()))
	}
	if root := types.DeriveSha(rs, trie.NewStackTrie(nil)); root != tr.Hash() {
		t.Fatalf("the library's own root of these receipts is %x, not %x", root, tr.Hash())
	}
	return tr
}

func proveReceipt(t testing.TB, tr *trie.Trie, at uint64) anchor.Receipt {
	t.Helper()
	var nodes proofNodes
	if err := tr.Prove(rlp.AppendUint64(nil, at), &nodes); err != nil {
		t.Fatal(err)
	}
	return anchor.Receipt{Index: at, Nodes: nodes}
}

// FuzzReceiptAgreesWithGoEthereum builds a block's receipts by the library, proves
// one, spoils the proof in one place, and wants the anchor to be found exactly where
// it is and nothing else to pass.
func FuzzReceiptAgreesWithGoEthereum(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint16(seed*seed%300), uint16(seed*3), uint16(seed*31), byte(seed%4))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n, where, flipAt uint16, flip byte) {
		rng := rand.New(rand.NewPCG(seed, 2))
		count := int(n)%400 + 1
		at := int(where) % count
		contract := [20]byte{9, byte(seed)}
		cp := anchor.Checkpoint{LogID: anchor.LogID(origin), Size: rng.Uint64()>>rng.IntN(60) | 1, Root: root(seed)}
		tr := receiptTrie(t, receiptsOf(rng, count, at, anchoredLog(contract, cp)))
		p := proveReceipt(t, tr, uint64(at))
		if flip != 0 {
			node := p.Nodes[int(flipAt)%len(p.Nodes)]
			node[int(flipAt/8)%len(node)] ^= flip
		}
		err := p.Verify(tr.Hash(), contract, cp)
		if (err == nil) != (flip == 0) {
			t.Fatalf("%d receipts, the one at %d, flipped by %d: %v", count, at, flip, err)
		}
		if err != nil {
			if !errors.Is(err, anchor.ErrAltered) && !errors.Is(err, anchor.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		for name, change := range map[string]func(r *anchor.Receipt, c *[20]byte, x *anchor.Checkpoint){
			"another transaction": func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) { r.Index++ },
			"one past all":        func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) { r.Index = 1 << 40 },
			"another contract":    func(_ *anchor.Receipt, c *[20]byte, _ *anchor.Checkpoint) { c[19]++ },
			"another log":         func(_ *anchor.Receipt, _ *[20]byte, x *anchor.Checkpoint) { x.LogID[0]++ },
			"another size":        func(_ *anchor.Receipt, _ *[20]byte, x *anchor.Checkpoint) { x.Size++ },
			"another root":        func(_ *anchor.Receipt, _ *[20]byte, x *anchor.Checkpoint) { x.Root[31]++ },
			"a node less":         func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) { r.Nodes = r.Nodes[:len(r.Nodes)-1] },
			"a node more": func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) {
				r.Nodes = append(r.Nodes[:len(r.Nodes):len(r.Nodes)], r.Nodes[0])
			},
			"none": func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) { r.Nodes = nil },
			"far too many": func(r *anchor.Receipt, _ *[20]byte, _ *anchor.Checkpoint) {
				r.Nodes = make([][]byte, anchor.MaxDepth+1)
			},
		} {
			r, c, x := p, contract, cp
			change(&r, &c, &x)
			if err := r.Verify(tr.Hash(), c, x); !errors.Is(err, anchor.ErrAltered) && !errors.Is(err, anchor.ErrMalformed) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// TestAReceiptOfAFailureAnchorsNothing, nor does one that only looks like an anchor.
func TestAReceiptOfAFailureAnchorsNothing(t *testing.T) {
	contract := [20]byte{9}
	cp := anchor.Checkpoint{LogID: anchor.LogID(origin), Size: 77, Root: root(3)}
	for name, tc := range map[string]struct {
		change func(r *types.Receipt)
		want   error
	}{
		"as it is":         {func(*types.Receipt) {}, nil},
		"failed":           {func(r *types.Receipt) { r.Status = 0 }, anchor.ErrAltered},
		"before Byzantium": {func(r *types.Receipt) { r.PostState = make([]byte, 32) }, anchor.ErrMalformed},
		"no event":         {func(r *types.Receipt) { r.Logs = nil }, anchor.ErrAltered},
		"a topic more":     {func(r *types.Receipt) { r.Logs[0].Topics = append(r.Logs[0].Topics, common.Hash{}) }, anchor.ErrAltered},
		"a topic less":     {func(r *types.Receipt) { r.Logs[0].Topics = r.Logs[0].Topics[:1] }, anchor.ErrAltered},
		"another event":    {func(r *types.Receipt) { r.Logs[0].Topics[0][5]++ }, anchor.ErrAltered},
		"data behind":      {func(r *types.Receipt) { r.Logs[0].Data = append(r.Logs[0].Data, 0) }, anchor.ErrAltered},
		"in the data":      {func(r *types.Receipt) { r.Logs[0].Data[0] = 1 }, anchor.ErrAltered},
		"five topics":      {func(r *types.Receipt) { r.Logs[0].Topics = make([]common.Hash, 5) }, anchor.ErrMalformed},
	} {
		r := &types.Receipt{Type: 2, Status: 1, CumulativeGasUsed: 53_000, Logs: []*types.Log{anchoredLog(contract, cp)}}
		tc.change(r)
		r.Bloom = types.CreateBloom(r)
		tr := receiptTrie(t, types.Receipts{r})
		p := proveReceipt(t, tr, 0)
		if err := p.Verify(tr.Hash(), contract, cp); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}
