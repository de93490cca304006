package anchor

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// clique is a made chain of four sealers, which take turns, with an epoch's list
// in every tenth block.
func clique(t testing.TB, blocks int) (c Chain, headers [][]byte, by []validator) {
	t.Helper()
	set := Set{From: 1, To: 1 << 62}
	for i := range 4 {
		by = append(by, newValidator(byte(i+1)))
		set.Validators = append(set.Validators, by[i].address())
	}
	slices.SortFunc(set.Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
	d := draft{number: 7, time: 1000}
	for range blocks {
		var list [][20]byte
		if d.number%10 == 0 {
			list = set.Validators
		}
		raw := cliqueBlock(t, d, by[d.number%4], list...)
		headers = append(headers, raw)
		d.parent, d.number, d.time = Keccak(raw), d.number+1, d.time+5
	}
	return Chain{Profile: Clique, ID: 9, Sets: []Set{set}}, headers, by
}

func TestACliqueBlockIsFinalOnceMoreThanHalfHaveBuiltOnIt(t *testing.T) {
	c, headers, _ := clique(t, 8)
	for at := range 3 {
		for n := range 5 {
			h, err := Block{Header: headers[at], After: headers[at+1 : at+1+n]}.Verify(c)
			want := ErrUncheckable
			if n == 3 {
				want = nil
			} else if n > 3 {
				want = ErrMalformed
			}
			if !errors.Is(err, want) {
				t.Errorf("block %d with %d on top: %v", at, n, err)
			}
			if err == nil && (h.Hash != Keccak(headers[at]) || h.Number != uint64(7+at) || len(h.Seal.By) != 3 || h.Seal.Needed != 3 || h.Seal.Of != 4) {
				t.Errorf("%+v", h)
			}
		}
	}
	if h, err := HeaderHash(Clique, headers[0]); err != nil || h != Keccak(headers[0]) {
		t.Errorf("%x %v", h, err)
	}
}

func TestNoByteOfACliqueRunIsFree(t *testing.T) {
	c, headers, _ := clique(t, 4)
	for i := range headers {
		for j := i; j < len(headers[i]); j += every() {
			changed := slices.Clone(headers)
			changed[i] = bytes.Clone(headers[i])
			changed[i][j] ^= 1 << (j % 8)
			if _, err := (Block{Header: changed[0], After: changed[1:]}).Verify(c); err == nil {
				t.Fatalf("header %d: byte %d is free", i, j)
			}
		}
	}
}

func TestACliqueRunMustBeOneChainOfTheSet(t *testing.T) {
	c, h, by := clique(t, 6)
	stranger := newValidator(99)
	again := func(n int, by validator) []byte {
		p, err := ParseHeader(h[n-1])
		if err != nil {
			t.Fatal(err)
		}
		return cliqueBlock(t, draft{parent: p.Hash, number: p.Number + 1, time: p.Time + 5}, by)
	}
	exchanged := func(who validator) Chain {
		o := c
		s := c.Sets[0]
		s.Validators = slices.Clone(s.Validators)
		s.Validators[slices.Index(s.Validators, who.address())][0] ^= 1
		o.Sets = []Set{s}
		return o
	}
	pinned := func(sets ...Set) Chain { o := c; o.Sets = sets; return o }
	all := c.Sets[0].Validators
	for _, tc := range []struct {
		name  string
		chain Chain
		block Block
		want  error
	}{
		{"as it is", c, Block{Header: h[0], After: h[1:4]}, nil},
		{"a hole", c, Block{Header: h[0], After: [][]byte{h[1], h[3], h[4]}}, ErrAltered},
		{"a block twice", c, Block{Header: h[0], After: [][]byte{h[1], h[1], h[2]}}, ErrAltered},
		{"turned round", c, Block{Header: h[3], After: [][]byte{h[2], h[1], h[0]}}, ErrAltered},
		{"a stranger on top", c, Block{Header: h[0], After: [][]byte{h[1], h[2], again(3, stranger)}}, ErrUncheckable},
		{"a stranger's block", c, Block{Header: again(1, stranger), After: nil}, ErrUncheckable},
		{"one alone goes on", c, Block{Header: h[0], After: [][]byte{h[1], h[2], again(3, by[(7+2)%4])}}, ErrAltered},
		{"two take turns", c, Block{Header: h[0], After: [][]byte{h[1], h[2], again(3, by[(7+1)%4])}}, ErrAltered},
		{"a note besides", c, Block{Header: h[0], After: h[1:4], Note: []byte("note")}, ErrMalformed},
		{"the sealer exchanged", exchanged(by[7%4]), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"one on top exchanged", exchanged(by[9%4]), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"all must build, three did", pinned(Set{From: 1, To: 99, Validators: all, Quorum: 4}), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"all must build, all did", pinned(Set{From: 1, To: 99, Validators: all, Quorum: 4}), Block{Header: h[0], After: h[1:5]}, nil},
		{"no set for the block", pinned(Set{From: 8, To: 99, Validators: all}), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"no set for the top", pinned(Set{From: 1, To: 9, Validators: all}), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"a new set by the trust file", pinned(Set{From: 1, To: 9, Validators: all}, Set{From: 10, To: 99, Validators: all}), Block{Header: h[0], After: h[1:4]}, nil},
		{"no sets", pinned(), Block{Header: h[0], After: h[1:4]}, ErrUncheckable},
		{"too many headers", c, Block{Header: h[0], After: make([][]byte, MaxAfter+1)}, ErrMalformed},
	} {
		if _, err := tc.block.Verify(tc.chain); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	// The genesis of a Clique chain names sealers and has no seal.
	genesis := draft{}.rlp(append(append(make([]byte, vanitySize), all[0][:]...), make([]byte, sealSize)...))
	if _, err := (Block{Header: genesis, After: h[:3]}).Verify(c); err == nil {
		t.Error("a genesis passed")
	}
	if _, err := (Block{Header: genesis}).Verify(pinned(Set{From: 0, To: 9, Validators: all})); !errors.Is(err, ErrUncheckable) {
		t.Error(err)
	}
}

// TestASingleSealerIsConfirmedByItsNextBlock: one of one may seal every block.
func TestASingleSealerIsConfirmedByItsNextBlock(t *testing.T) {
	one := newValidator(1)
	c := Chain{Profile: Clique, ID: 9, Sets: []Set{{From: 1, To: 9, Validators: [][20]byte{one.address()}}}}
	a := cliqueBlock(t, draft{number: 1}, one)
	b := cliqueBlock(t, draft{parent: Keccak(a), number: 2}, one)
	if _, err := (Block{Header: a, After: [][]byte{b}}).Verify(c); err != nil {
		t.Error(err)
	}
	if _, err := (Block{Header: a}).Verify(c); !errors.Is(err, ErrUncheckable) {
		t.Error(err)
	}
}
