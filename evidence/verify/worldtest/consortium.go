package worldtest

import (
	"bytes"
	"slices"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/trust"
)

// consortium is who seals the world's blocks.
type consortium struct {
	profile anchor.Profile
	keys    []*secp256k1.PrivateKey // by address
	pinned  [][20]byte              // whom the trust file names
	from    uint64
}

// Consort hands the chain to n validators from the next block on: QBFT, or Clique,
// where the sealers take turns.
func (w *World) Consort(p anchor.Profile, n int) {
	c := &consortium{profile: p, from: uint64(len(w.blocks))}
	for range n {
		c.keys = append(c.keys, w.validator())
	}
	c.sort()
	c.pinned = c.accounts()
	w.chain = c
}

func (w *World) validator() *secp256k1.PrivateKey {
	var seed [32]byte
	w.random.Read(seed[:])
	return secp256k1.PrivKeyFromBytes(seed[:])
}

func address(k *secp256k1.PrivateKey) [20]byte {
	h := anchor.Keccak(k.PubKey().SerializeUncompressed()[1:])
	return [20]byte(h[12:])
}

func (c *consortium) sort() {
	slices.SortFunc(c.keys, func(a, b *secp256k1.PrivateKey) int {
		x, y := address(a), address(b)
		return bytes.Compare(x[:], y[:])
	})
}

func (c *consortium) accounts() (out [][20]byte) {
	for _, k := range c.keys {
		out = append(out, address(k))
	}
	return out
}

// VoteIn admits a new validator on a QBFT chain: more than half of the set vote for
// it, a block each. It returns their headers; the trust file is left as it was.
func (w *World) VoteIn() [][]byte {
	k := w.validator()
	from := len(w.blocks)
	for i := range len(w.chain.keys)/2 + 1 {
		a := address(k)
		w.mine(address(w.chain.keys[i]), list(str(a[:]), str([]byte{0xff})))
	}
	w.chain.keys = append(w.chain.keys, k)
	w.chain.sort()
	var run [][]byte
	for _, b := range w.blocks[from:] {
		run = append(run, b.Header)
	}
	return run
}

// seal writes extraData and seals a header that is otherwise made, and tells the
// block's hash. Two thirds of a QBFT chain's validators seal, and no more.
func (c *consortium) seal(number uint64, vote []byte, header func(extra []byte) []byte) ([]byte, [32]byte) {
	sign := func(k *secp256k1.PrivateKey, hash [32]byte) []byte {
		s := ecdsa.SignCompact(k, hash[:], false)
		return append(s[1:], s[0]-27)
	}
	vanity := make([]byte, 32)
	if c.profile == anchor.Clique {
		sealed := header(append(vanity, sign(c.keys[number%uint64(len(c.keys))], anchor.Keccak(header(vanity)))...))
		return sealed, anchor.Keccak(sealed)
	}
	var own [][]byte
	for _, a := range c.accounts() {
		own = append(own, str(a[:]))
	}
	extra := func(seals ...[]byte) []byte {
		return header(list(str(vanity), list(own...), vote, num(0), list(seals...)))
	}
	hash := anchor.Keccak(extra())
	var seals [][]byte
	for i := range (2*len(c.keys) + 2) / 3 {
		seals = append(seals, str(sign(c.keys[(int(number)+i)%len(c.keys)], hash)))
	}
	return extra(seals...), hash
}

// shown is the newest block that can be shown: on Clique enough others stand on it.
func (w *World) shown() uint64 {
	n := uint64(len(w.blocks) - 1)
	if w.chain != nil && w.chain.profile == anchor.Clique {
		n -= w.confirmations()
	}
	return n
}

func (w *World) confirmations() uint64 { return uint64(len(w.chain.keys)/2 + 1) }

// after are the headers that confirm a block.
func (w *World) after(number uint64) (out [][]byte) {
	if w.chain == nil || w.chain.profile != anchor.Clique {
		return nil
	}
	for _, b := range w.blocks[number+1 : number+1+w.confirmations()] {
		out = append(out, b.Header)
	}
	return out
}

// describe is what a trust file says of the chain.
func (c *consortium) describe(x *trust.Chain) {
	x.Profile, x.Independence, x.Notes = string(c.profile), "consortium", nil
	v := trust.Validators{From: c.from}
	for _, a := range c.pinned {
		v.Accounts = append(v.Accounts, a)
	}
	x.Validators = []trust.Validators{v}
	if c.profile != anchor.Clique {
		x.Epoch = 30000
	}
}
