package anchor

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// validator seals blocks that this package's tests make. Recorded blocks judge the
// rules; these reach what no recording holds.
type validator struct{ key *secp256k1.PrivateKey }

func newValidator(n byte) validator {
	h := Keccak([]byte{n})
	return validator{secp256k1.PrivKeyFromBytes(h[:])}
}

func (v validator) address() (a [20]byte) {
	h := Keccak(v.key.PubKey().SerializeUncompressed()[1:])
	copy(a[:], h[12:])
	return a
}

func (v validator) seal(hash [32]byte) []byte {
	c := ecdsa.SignCompact(v.key, hash[:], false)
	return append(c[1:], c[0]-27)
}

// flipS gives a seal its other form.
func flipS(seal []byte) {
	n := secp256k1.Params().N
	new(big.Int).Sub(n, new(big.Int).SetBytes(seal[32:64])).FillBytes(seal[32:64])
	seal[64] ^= 1
}

// draft is a header before it is sealed.
type draft struct {
	parent      [32]byte
	stateRoot   [32]byte
	receipts    [32]byte
	beneficiary [20]byte
	number      uint64
	time        uint64
	nonce       [8]byte
}

func (d draft) rlp(extra []byte) []byte {
	num := func(v uint64) []byte {
		b := binary.BigEndian.AppendUint64(nil, v)
		for len(b) > 0 && b[0] == 0 {
			b = b[1:]
		}
		return rlpString(b)
	}
	zero := func(n int) []byte { return rlpString(make([]byte, n)) }
	return rlpList(rlpString(d.parent[:]), zero(32), rlpString(d.beneficiary[:]), rlpString(d.stateRoot[:]), zero(32), rlpString(d.receipts[:]), zero(256),
		num(2), num(d.number), num(30_000_000), num(0), num(d.time), rlpString(extra), zero(32), rlpString(d.nonce[:]), num(7))
}

// cliqueBlock is a Clique header with signers in extraData, as an epoch's first
// block has them.
func cliqueBlock(t testing.TB, d draft, by validator, signers ...[20]byte) []byte {
	t.Helper()
	extra := make([]byte, vanitySize)
	for _, s := range signers {
		extra = append(extra, s[:]...)
	}
	s, err := readSealing(Clique, d.rlp(append(extra, make([]byte, sealSize)...)))
	if err != nil {
		t.Fatal(err)
	}
	return d.rlp(append(extra, by.seal(s.signed)...))
}

// bftBlock is a header of QBFT, IBFT 2.0 or IBFT, each with its way to write a
// proposer and his vote.
func bftBlock(t testing.TB, p Profile, d draft, proposer validator, own [][20]byte, v *vote, by ...validator) []byte {
	t.Helper()
	var list [][]byte
	for _, a := range own {
		list = append(list, rlpString(a[:]))
	}
	vanity, said := make([]byte, vanitySize), []byte{0}
	if v != nil && v.add {
		said[0] = 0xff
	}
	proposed := []byte{0x80} // IBFT's seal of the proposer
	write := func(seals [][]byte) []byte {
		switch p {
		case IBFT1:
			if v != nil {
				d.beneficiary = v.about
				copy(d.nonce[:], bytes.Repeat(said, 8))
			}
			return d.rlp(append(bytes.Clone(vanity), rlpList(rlpList(list...), proposed, rlpList(seals...))...))
		case IBFT2:
			d.beneficiary = proposer.address()
			vote := []byte{0x80}
			if v != nil {
				vote = rlpList(rlpString(v.about[:]), rlpString(said))
			}
			return d.rlp(rlpList(rlpString(vanity), rlpList(list...), vote, rlpString([]byte{0, 0, 0, 0}), rlpList(seals...)))
		}
		d.beneficiary = proposer.address()
		vote := []byte{0xc0}
		if v != nil {
			vote = rlpList(rlpString(v.about[:]), rlpString(said))
		}
		return d.rlp(rlpList(rlpString(vanity), rlpList(list...), vote, []byte{0x80}, rlpList(seals...)))
	}
	read := func() sealing {
		s, err := readSealing(p, write(nil))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if p == IBFT1 {
		proposed = rlpString(proposer.seal(read().proposal))
	}
	s := read()
	var seals [][]byte
	for _, x := range by {
		seals = append(seals, rlpString(x.seal(s.signed)))
	}
	return write(seals)
}
