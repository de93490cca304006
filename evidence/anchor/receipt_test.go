package anchor

import (
	"bytes"
	"errors"
	"testing"
)

// madeReceipt writes a receipt with one event that anchors a checkpoint.
func madeReceipt(contract [20]byte, cp Checkpoint) []byte {
	size := word(cp.Size)
	event := rlpList(rlpString(contract[:]), rlpList(rlpString(AnchoredTopic[:]), rlpString(cp.LogID[:])), rlpString(append(size[:], cp.Root[:]...)))
	return append([]byte{2}, rlpList([]byte{1}, rlpString([]byte{0xcf, 0x08}), rlpString(make([]byte, 256)), rlpList(event))...)
}

// TestAReceiptServesOnCliqueAlone, in the anchoring block, and instead of a state proof.
func TestAReceiptServesOnCliqueAlone(t *testing.T) {
	cp := Checkpoint{LogID: LogID("log.example"), Size: 9, Root: [32]byte{7}}
	contract := Contract{Address: [20]byte{5}}
	leaf := rlpList(rlpString([]byte{0x20, 0x80}), rlpString(madeReceipt(contract.Address, cp)))
	c, headers, by := clique(t, 8)
	// A block whose receipts are this one, and three more on top.
	set := c.Sets[0]
	d := draft{number: 40, time: 1000, receipts: Keccak(leaf)}
	var run [][]byte
	for i := range 4 {
		raw := cliqueBlock(t, d, by[i%4])
		run = append(run, raw)
		d = draft{parent: Keccak(raw), number: d.number + 1, time: d.time + 5}
	}
	good := func() Proof {
		return Proof{ChainID: c.ID, Contract: contract.Address[:], Number: 40, Time: 1000, Block: Block{Header: run[0], After: run[1:]},
			Receipt: &Receipt{Index: 0, Nodes: [][]byte{leaf}}}
	}
	got, err := good().Verify(c, contract, cp)
	if err != nil || !got.Receipt || got.Local || got.Number != 40 || got.ShownIn.Number != 40 {
		t.Fatalf("%+v %v", got, err)
	}
	for name, tc := range map[string]struct {
		change func(p *Proof, c *Chain)
		want   error
	}{
		"a later time":          {func(p *Proof, _ *Chain) { p.Time++ }, ErrAltered},
		"an earlier time":       {func(p *Proof, _ *Chain) { p.Time-- }, ErrAltered},
		"an earlier block":      {func(p *Proof, _ *Chain) { p.Number-- }, ErrAltered},
		"a state proof besides": {func(p *Proof, _ *Chain) { p.Account = [][]byte{leaf} }, ErrMalformed},
		"too few on top":        {func(p *Proof, _ *Chain) { p.Block.After = p.Block.After[:2] }, ErrUncheckable},
		"another block": {func(p *Proof, _ *Chain) {
			p.Block = Block{Header: headers[0], After: headers[1:4]}
			p.Number, p.Time = 7, 1000
		}, ErrAltered},
		"a sealer exchanged": {func(_ *Proof, c *Chain) {
			s := set
			s.Validators = append([][20]byte{}, set.Validators...)
			for i := range s.Validators {
				if s.Validators[i] == by[1].address() {
					s.Validators[i][9] ^= 1
				}
			}
			sortAccounts(s.Validators)
			c.Sets = []Set{s}
		}, ErrUncheckable},
		"a huge node": {func(p *Proof, _ *Chain) { p.Receipt = &Receipt{Nodes: [][]byte{make([]byte, MaxReceipt+1)}} }, ErrMalformed},
	} {
		p, x := good(), c
		tc.change(&p, &x)
		if _, err := p.Verify(x, contract, cp); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	r := load(t)
	chain, k, checkpoint := r.believed(t)
	r.Proof.Receipt = &Receipt{Nodes: [][]byte{leaf}}
	if _, err := r.Proof.Verify(chain, k, checkpoint); !errors.Is(err, ErrUncheckable) {
		t.Errorf("on the embedded chain: %v", err)
	}
}

// FuzzReceipt: what reads has one event or none at a place, and nothing is found
// that the bytes do not hold.
func FuzzReceipt(f *testing.F) {
	cp := Checkpoint{LogID: LogID("log.example"), Size: 9, Root: [32]byte{7}}
	f.Add(madeReceipt([20]byte{5}, cp))
	f.Add(madeReceipt([20]byte{5}, cp)[1:])
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, events, err := readReceipt(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
		}
		for _, e := range events {
			if err != nil || !bytes.Contains(b, e.address[:]) || !bytes.Contains(b, e.data) || len(e.topics) > 4 {
				t.Fatal("an event that is not there")
			}
		}
		leaf := rlpList(rlpString([]byte{0x20, 0x80}), rlpString(b))
		r := Receipt{Nodes: [][]byte{leaf}}
		if r.Verify(Keccak(leaf), [20]byte{5}, cp) == nil && !bytes.Contains(b, cp.LogID[:]) {
			t.Fatal("an anchor that is not there")
		}
	})
}
