package anchor

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// sealSize is the length of a seal: r, s and a recovery id of 0 or 1. Protocols
// take both of the two s that fit one signature, so both pass; as seals are
// counted by who made them, neither counts twice.
const sealSize = 65

// signer recovers who sealed a hash.
func signer(hash [32]byte, seal []byte) (by [20]byte, err error) {
	if len(seal) != sealSize || seal[sealSize-1] > 1 {
		return by, malformed("seal: want %d bytes that end in 0 or 1, found %d bytes", sealSize, len(seal))
	}
	compact := append([]byte{27 + seal[sealSize-1]}, seal[:sealSize-1]...)
	key, _, err := ecdsa.RecoverCompact(compact, hash[:])
	if err != nil {
		return by, altered("seal: nobody's signature: %v", err)
	}
	h := Keccak(key.SerializeUncompressed()[1:])
	copy(by[:], h[12:])
	return by, nil
}

// MaxValidators bounds a set of validators.
const MaxValidators = 256

// Set is the validators that seal a stretch of a chain's blocks, as the trust
// file pins them. A header's own list is never believed.
type Set struct {
	From, To   uint64     // blocks, both included
	Validators [][20]byte // ascending
	Quorum     int        // seals needed; 0: [Profile.Quorum]
}

// Quorum is how many of n validators must have sealed: two thirds, rounded up,
// on BFT chains; on Clique more than half, each with a block of its own on top.
func (p Profile) Quorum(n int) int {
	if p == Clique {
		return n/2 + 1
	}
	return (2*n + 2) / 3
}

// Sealed reports whether validators seal the blocks of a profile.
func (p Profile) Sealed() bool { return p == Clique || p.votes() }

// votes reports whether many validators seal each block.
func (p Profile) votes() bool { return p == QBFT || p == IBFT2 || p == IBFT1 }

// CheckSets refuses sets that no reader could use without a doubt: out of
// order, overlapping, or with a quorum that two halves could reach apart.
func (p Profile) CheckSets(sets []Set) error {
	if p.Sealed() != (len(sets) > 0) {
		return fmt.Errorf("profile %q with %d sets of validators", p, len(sets))
	}
	for i, s := range sets {
		switch n := len(s.Validators); {
		case s.From == 0 || s.To < s.From:
			return fmt.Errorf("validators of blocks %d to %d: no such stretch; the genesis has no seals", s.From, s.To)
		case i > 0 && s.From <= sets[i-1].To:
			return fmt.Errorf("validators from block %d: the set before goes on to block %d", s.From, sets[i-1].To)
		case n == 0 || n > MaxValidators:
			return fmt.Errorf("validators from block %d: %d of them, where 1 to %d may be", s.From, n, MaxValidators)
		case s.Quorum != 0 && (s.Quorum <= n/2 || s.Quorum > n):
			return fmt.Errorf("validators from block %d: a quorum of %d, where %d to %d may be", s.From, s.Quorum, n/2+1, n)
		}
		for j, v := range s.Validators {
			if j > 0 && bytes.Compare(s.Validators[j-1][:], v[:]) >= 0 {
				return fmt.Errorf("validators from block %d: %x is repeated or out of order", s.From, v)
			}
		}
	}
	return nil
}

func (s *Set) has(v [20]byte) bool { return slices.Contains(s.Validators, v) }

func (s *Set) needed(p Profile) int {
	if s.Quorum != 0 {
		return s.Quorum
	}
	return p.Quorum(len(s.Validators))
}

// set is the set that seals a block.
func (c Chain) set(number uint64) (*Set, error) {
	if number == 0 {
		return nil, uncheckable("block 0 of chain %d: a genesis is sealed by nobody", c.ID)
	}
	for i := range c.Sets {
		if s := &c.Sets[i]; number >= s.From && number <= s.To {
			return s, nil
		}
	}
	return nil, uncheckable("block %d of chain %d: the trust file names no validators for it", number, c.ID)
}

// Needed is how many of how many validators must seal a block, or build on it.
func (c Chain) Needed(number uint64) (needed, of int, err error) {
	s, err := c.set(number)
	if err != nil {
		return 0, 0, err
	}
	return s.needed(c.Profile), len(s.Validators), nil
}

// Seal is who sealed a header, and how many had to.
type Seal struct {
	By     [][20]byte // distinct validators; none on the embedded chain
	Needed int
	Of     int // validators in the set
}

// stranger judges a seal of someone whom the trust file does not name. The
// header's own list serves for this alone: if it names him, the trust file does not
// reach this chain; if it names others, header and seal do not belong together.
func stranger(number uint64, by [20]byte, own [][20]byte) error {
	if len(own) == 0 { // a contract keeps the set, and the header cannot tell
		return uncheckable("block %d: sealed by %x, who is no validator by the trust file", number, by)
	}
	if slices.Contains(own, by) {
		return uncheckable("block %d: sealed by %x, whom its header names and the trust file does not", number, by)
	}
	return altered("block %d: a seal over it is by %x, who is no validator", number, by)
}

// Recognise tells the profile of a chain from one of its headers and the hash that
// the chain knows it by. It is for telling people: what is believed of a chain is
// the trust file's to say. A genesis, which nobody sealed, is not recognised.
func Recognise(header []byte, hash [32]byte) (Profile, bool) {
	for _, p := range [...]Profile{QBFT, IBFT2, IBFT1, Clique} {
		s, err := readSealing(p, header)
		if err != nil || s.Hash != hash || len(s.seals) == 0 {
			continue
		}
		if _, err := signer(s.signed, s.seals[0]); err == nil {
			return p, true
		}
	}
	return "", false
}
