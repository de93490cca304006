package anchor

import "slices"

// MaxAfter bounds the headers that confirm a Clique block.
const MaxAfter = 2 * MaxValidators

// verifySealed checks a block that validators seal.
func (b Block) verifySealed(c Chain) (Header, error) {
	if len(c.Sets) == 0 {
		return Header{}, uncheckable("chain %d: the trust file names no validators", c.ID)
	}
	if len(b.Note) > 0 {
		return Header{}, malformed("block: a note where validators seal")
	}
	if c.Profile == Clique {
		return b.verifyClique(c)
	}
	if len(b.After) > 0 {
		return Header{}, malformed("block: headers on top of one that its own validators made final")
	}
	s, err := readSealing(c.Profile, b.Header)
	if err != nil {
		return Header{}, err
	}
	if _, err := c.count(&s); err != nil {
		return Header{}, err
	}
	return s.Header, nil
}

// count recovers the seals of a BFT header and counts them against the set of
// its block. Each must be a validator's, and each validator's only once: nodes
// refuse a block with any other.
func (c Chain) count(s *sealing) (proposer [20]byte, err error) {
	set, err := c.set(s.Number)
	if err != nil {
		return proposer, err
	}
	if len(s.seals) == 0 {
		return proposer, uncheckable("block %d: unsealed", s.Number)
	}
	s.Seal = Seal{Needed: set.needed(c.Profile), Of: len(set.Validators)}
	for _, seal := range s.seals {
		by, err := signer(s.signed, seal)
		if err != nil {
			return proposer, wrap("block "+decimal(s.Number), err)
		}
		if !set.has(by) {
			return proposer, stranger(s.Number, by, s.own)
		}
		if slices.Contains(s.Seal.By, by) {
			return proposer, altered("block %d: sealed twice by %x", s.Number, by)
		}
		s.Seal.By = append(s.Seal.By, by)
	}
	if n := len(s.Seal.By); n < s.Seal.Needed {
		return proposer, uncheckable("block %d: sealed by %d of %d validators, where %d are needed", s.Number, n, s.Seal.Of, s.Seal.Needed)
	}
	if c.Profile != IBFT1 {
		return s.Beneficiary, nil
	}
	if proposer, err = signer(s.proposal, s.proposerSeal); err != nil {
		return proposer, wrap("proposer of block "+decimal(s.Number), err)
	}
	if !set.has(proposer) {
		return proposer, stranger(s.Number, proposer, s.own)
	}
	return proposer, nil
}

// verifyClique checks a block's own seal and those of the headers on top: each is
// by a validator of its own block's set, and they are by as many as the quorum
// asks. Clique lets no one seal again before half of the set has sealed.
func (b Block) verifyClique(c Chain) (Header, error) {
	if len(b.After) > MaxAfter {
		return Header{}, malformed("block: %d headers on top are above the limit of %d", len(b.After), MaxAfter)
	}
	run := make([]sealing, 0, 1+len(b.After))
	for i, raw := range append([][]byte{b.Header}, b.After...) {
		s, err := readSealing(Clique, raw)
		if err != nil {
			return Header{}, err
		}
		// Links before seals: a changed header is altered, whoever seems to seal it.
		if i > 0 {
			if p := &run[i-1]; s.Number != p.Number+1 || s.Parent != p.Hash {
				return Header{}, altered("block %d does not stand on block %d", s.Number, p.Number)
			}
		}
		run = append(run, s)
	}
	var by, on [][20]byte
	out := &run[0].Header
	for i := range run {
		s := &run[i]
		set, err := c.set(s.Number)
		if err != nil {
			return Header{}, err
		}
		who, err := signer(s.signed, s.seals[0])
		if err != nil {
			return Header{}, wrap("block "+decimal(s.Number), err)
		}
		if !set.has(who) {
			return Header{}, stranger(s.Number, who, nil)
		}
		if slices.Contains(by[max(0, i-len(set.Validators)/2):], who) {
			return Header{}, altered("block %d: sealed by %x, who has just sealed another", s.Number, who)
		}
		by = append(by, who)
		out.Seal.Needed, out.Seal.Of = max(out.Seal.Needed, set.needed(Clique)), max(out.Seal.Of, len(set.Validators))
		if i > 0 && !slices.Contains(on, who) {
			on = append(on, who)
			if len(on) == out.Seal.Needed && i < len(run)-1 {
				return Header{}, malformed("block %d: %d headers on top, where %d are needed", run[0].Number, len(b.After), i)
			}
		}
	}
	if len(on) < out.Seal.Needed {
		return Header{}, uncheckable("block %d: %d validators have built on it, where %d of %d are needed", run[0].Number, len(on), out.Seal.Needed, out.Seal.Of)
	}
	out.Seal.By = on
	return *out, nil
}
