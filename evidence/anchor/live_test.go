package anchor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
)

// liveProofs is testdata/clique-live.json: two proofs of a real Clique network of four
// sealers, by state and by receipt.
type liveProofs struct {
	ChainID   uint64
	Sealers   [][]byte
	Contract  []byte
	CodeHash  []byte
	Origin    string
	Size      uint64
	Root      []byte
	State     Proof
	ByReceipt Proof
	ReceiptOf struct {
		Size uint64
		Root []byte
	}
}

// liveProof is one of them with what it proves.
type liveProof struct {
	Proof
	of Checkpoint
}

func loadLive(t testing.TB) (c Chain, k Contract, proofs map[string]liveProof) {
	t.Helper()
	b, err := os.ReadFile("testdata/clique-live.json")
	if err != nil {
		t.Fatal(err)
	}
	var l liveProofs
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	set := Set{From: 1, To: 1 << 50}
	for _, s := range l.Sealers {
		set.Validators = append(set.Validators, [20]byte(s))
	}
	id := LogID(l.Origin)
	return Chain{Profile: Clique, ID: l.ChainID, Sets: []Set{set}}, Contract{[20]byte(l.Contract), [32]byte(l.CodeHash)},
		map[string]liveProof{"state": {l.State, Checkpoint{id, l.Size, [32]byte(l.Root)}}, "receipt": {l.ByReceipt, Checkpoint{id, l.ReceiptOf.Size, [32]byte(l.ReceiptOf.Root)}}}
}

func TestProofsOfALiveCliqueNetworkVerify(t *testing.T) {
	c, k, proofs := loadLive(t)
	for name, p := range proofs {
		r, err := p.Verify(c, k, p.of)
		if err != nil || r.Local || r.Receipt != (name == "receipt") || r.ShownIn.Seal.Needed != 3 || r.ShownIn.Seal.Of != 4 || len(r.ShownIn.Seal.By) != 3 {
			t.Errorf("%s: %+v %v", name, r, err)
		}
		if got, ok := Recognise(p.Block.Header, Keccak(p.Block.Header)); !ok || got != Clique {
			t.Errorf("%s: recognised as %q", name, got)
		}
	}
}

// TestALiveBlockIsRefusedWithASealerExchangedOrABlockShort: each who built on it in turn.
func TestALiveBlockIsRefusedWithASealerExchangedOrABlockShort(t *testing.T) {
	c, k, proofs := loadLive(t)
	for name, p := range proofs {
		r, err := p.Verify(c, k, p.of)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range r.ShownIn.Seal.By {
			x := c
			s := c.Sets[0]
			s.Validators = slices.Clone(s.Validators)
			s.Validators[slices.Index(s.Validators, by)][3] ^= 1
			sortAccounts(s.Validators)
			x.Sets = []Set{s}
			if _, err := p.Verify(x, k, p.of); !errors.Is(err, ErrUncheckable) {
				t.Errorf("%s: %x exchanged: %v", name, by, err)
			}
		}
		short := p
		short.Block.After = p.Block.After[:len(p.Block.After)-1]
		if _, err := short.Verify(c, k, p.of); !errors.Is(err, ErrUncheckable) {
			t.Errorf("%s: one block short: %v", name, err)
		}
		more := p
		more.Block.After = append(slices.Clone(p.Block.After), p.Block.After[0])
		if _, err := more.Verify(c, k, p.of); err == nil {
			t.Errorf("%s: a header more passes", name)
		}
		x := c
		x.Sets = []Set{{From: 1, To: 1 << 50, Validators: c.Sets[0].Validators, Quorum: 4}}
		if len(p.Block.After) < 4 {
			if _, err := p.Verify(x, k, p.of); !errors.Is(err, ErrUncheckable) {
				t.Errorf("%s: all must build on it: %v", name, err)
			}
		}
	}
}

// TestNoFieldOfALiveBlockMayChange, neither of the block nor of those on top, nor may a
// byte of its proofs.
func TestNoFieldOfALiveBlockMayChange(t *testing.T) {
	c, k, proofs := loadLive(t)
	for name, p := range proofs {
		run := append([][]byte{p.Block.Header}, p.Block.After...)
		for i := range run {
			_, items, err := parseHeader(run[i])
			if err != nil || len(items) != 16 {
				t.Fatalf("%d fields, %v", len(items), err)
			}
			for j, it := range items {
				body := bytes.Clone(it.body)
				switch f := headerFields[j]; {
				case len(body) == 0:
					body = []byte{1}
				case f.kind == 'n' && len(body) == 1:
					body[0] = body[0]%100 + 1
				case j == extraField:
					body[len(body)-30] ^= 1 // in the seal
				default:
					body[len(body)-1] ^= 1
				}
				fields := make([][]byte, len(items))
				for n, x := range items {
					fields[n] = x.raw
				}
				fields[j] = rlpString(body)
				changed := slices.Clone(run)
				if changed[i] = rlpList(fields...); bytes.Equal(changed[i], run[i]) {
					t.Fatalf("%s is not changed", headerFields[j].name)
				}
				q := p
				q.Block = Block{Header: changed[0], After: changed[1:]}
				if _, err := q.Verify(c, k, p.of); err == nil {
					t.Errorf("%s: header %d: %s changed, and it passes", name, i, headerFields[j].name)
				}
			}
		}
		lists := [][][]byte{p.Account, p.Storage}
		if p.Receipt != nil {
			lists = append(lists, p.Receipt.Nodes)
		}
		for _, list := range lists {
			for _, node := range list {
				for j := 0; j < len(node); j += every() {
					node[j] ^= 1 << (j % 8)
					if _, err := p.Verify(c, k, p.of); !errors.Is(err, ErrAltered) {
						t.Fatalf("%s: byte %d of a node changed: %v", name, j, err)
					}
					node[j] ^= 1 << (j % 8)
				}
			}
		}
		for what, change := range map[string]func(p *liveProof, k *Contract){
			"another root":     func(p *liveProof, _ *Contract) { p.of.Root[0] ^= 1 },
			"another size":     func(p *liveProof, _ *Contract) { p.of.Size++ },
			"another log":      func(p *liveProof, _ *Contract) { p.of.LogID[0] ^= 1 },
			"another block":    func(p *liveProof, _ *Contract) { p.Number-- },
			"another time":     func(p *liveProof, _ *Contract) { p.Time-- },
			"another contract": func(p *liveProof, k *Contract) { k.Address[0] ^= 1; p.Contract = k.Address[:] },
			"another chain":    func(p *liveProof, _ *Contract) { p.ChainID++ },
		} {
			q, contract := p, k
			change(&q, &contract)
			if _, err := q.Verify(c, contract, q.of); err == nil {
				t.Errorf("%s: %s passes", name, what)
			}
		}
	}
}
