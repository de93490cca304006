package anchor

import "bytes"

// vanitySize is the free part of extraData that every profile begins with.
const vanitySize = 32

// sealing is a header as its profile reads it.
type sealing struct {
	Header
	own    [][20]byte // validators that the header itself lists; never believed
	signed [32]byte   // what each seal is over
	seals  [][]byte
	// proposal is what a proposer's own seal is over; IBFT1 only.
	proposal     [32]byte
	proposerSeal []byte
	vote         *vote
}

// vote is what a block's proposer says of one account.
type vote struct {
	about [20]byte
	add   bool
}

// HeaderHash is the hash of a block under its chain's profile: BFT chains leave
// the seals out, and QBFT and IBFT 2.0 the round as well.
func HeaderHash(p Profile, header []byte) ([32]byte, error) {
	if !p.Sealed() {
		h, err := ParseHeader(header)
		return h.Hash, err
	}
	s, err := readSealing(p, header)
	return s.Hash, err
}

// readSealing decodes a header and its extraData.
func readSealing(p Profile, header []byte) (s sealing, err error) {
	h, items, err := parseHeader(header)
	if err != nil {
		return s, err
	}
	s.Header = h
	switch p {
	case Clique:
		err = s.clique(items)
	case QBFT, IBFT2:
		err = s.bft(p, items)
	case IBFT1:
		err = s.ibft1(items)
	default:
		err = malformed("profile %q has no seals", p)
	}
	return s, wrap("extraData of block "+decimal(h.Number), err)
}

// clique reads vanity ‖ signers (in every epoch's first block) ‖ seal (EIP-225).
func (s *sealing) clique(items []item) error {
	list := len(s.Extra) - vanitySize - sealSize
	if list < 0 || list%20 != 0 {
		return malformed("%d bytes hold no vanity, signers and seal", len(s.Extra))
	}
	bare := s.Extra[:vanitySize+list]
	for b := bare[vanitySize:]; len(b) > 0; b = b[20:] {
		s.own = append(s.own, [20]byte(b))
	}
	s.signed = hashWith(items, bare)
	if s.Number > 0 {
		s.seals = [][]byte{s.Extra[len(bare):]}
	}
	return nil
}

// bft reads [vanity, validators, vote, round, seals] of QBFT and IBFT 2.0.
func (s *sealing) bft(p Profile, items []item) error {
	parts, err := readWhole(s.Extra)
	if err != nil {
		return err
	}
	if len(parts) != 5 {
		return malformed("%d parts, want 5", len(parts))
	}
	if _, err := parts[0].fixed("vanity", vanitySize); err != nil {
		return err
	}
	if s.own, err = accounts(parts[1]); err != nil {
		return err
	}
	if s.vote, err = readVote(parts[2]); err != nil {
		return err
	}
	if p == IBFT2 {
		_, err = parts[3].fixed("round", 4)
	} else {
		_, err = parts[3].integer("round", 4)
	}
	if err != nil {
		return err
	}
	if s.seals, err = readSeals(parts[4]); err != nil {
		return err
	}
	kept := [][]byte{parts[0].raw, parts[1].raw, parts[2].raw}
	if p == IBFT2 {
		s.Hash = hashWith(items, rlpList(kept...))
		s.signed = hashWith(items, rlpList(append(kept, parts[3].raw)...))
		return nil
	}
	none := []byte{0xc0}
	s.Hash = hashWith(items, rlpList(append(kept[:3:3], []byte{0x80}, none)...))
	s.signed = hashWith(items, rlpList(append(kept[:3:3], parts[3].raw, none)...))
	return nil
}

// ibft1 reads vanity ‖ [validators, proposer's seal, committed seals] (EIP-650).
func (s *sealing) ibft1(items []item) error {
	if len(s.Extra) < vanitySize {
		return malformed("%d bytes hold no vanity", len(s.Extra))
	}
	vanity := s.Extra[:vanitySize:vanitySize]
	parts, err := readWhole(s.Extra[vanitySize:])
	if err != nil {
		return err
	}
	if len(parts) != 3 || parts[1].list {
		return malformed("%d parts, want validators, a proposer's seal and committed seals", len(parts))
	}
	if s.own, err = accounts(parts[0]); err != nil {
		return err
	}
	if s.seals, err = readSeals(parts[2]); err != nil {
		return err
	}
	none := []byte{0xc0}
	s.Hash = hashWith(items, append(vanity, rlpList(parts[0].raw, parts[1].raw, none)...))
	s.signed = Keccak(s.Hash[:], []byte{2}) // the commit message's code
	bare := hashWith(items, append(vanity, rlpList(parts[0].raw, []byte{0x80}, none)...))
	s.proposal, s.proposerSeal = Keccak(bare[:]), parts[1].body
	// A vote stands in the fields that proof of work used: whom in the
	// beneficiary, and what in the nonce.
	about, nonce := [20]byte(items[2].body), items[14].body
	switch {
	case about == [20]byte{}:
	case bytes.Equal(nonce, bytes.Repeat([]byte{0xff}, 8)):
		s.vote = &vote{about, true}
	case bytes.Equal(nonce, make([]byte, 8)):
		s.vote = &vote{about, false}
	default:
		return malformed("vote %x is neither to add nor to drop", nonce)
	}
	return nil
}

func accounts(it item) (out [][20]byte, err error) {
	list, err := it.items()
	if err != nil {
		return nil, wrap("validators", err)
	}
	for _, a := range list {
		b, err := a.fixed("validator", 20)
		if err != nil {
			return nil, err
		}
		out = append(out, [20]byte(b))
	}
	return out, nil
}

func readSeals(it item) (out [][]byte, err error) {
	list, err := it.items()
	if err != nil {
		return nil, wrap("seals", err)
	}
	for _, s := range list {
		b, err := s.fixed("seal", sealSize)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// readVote reads nothing, or [account, 0xff to add or 0 to drop]. GoQuorum writes
// that 0 as an empty string, Besu as one byte.
func readVote(it item) (*vote, error) {
	if len(it.body) == 0 {
		return nil, nil
	}
	parts, err := it.items()
	if err != nil {
		return nil, wrap("vote", err)
	}
	if len(parts) != 2 || parts[1].list {
		return nil, malformed("vote of %d parts, want an account and what is said of it", len(parts))
	}
	about, err := parts[0].fixed("vote", 20)
	if err != nil {
		return nil, err
	}
	v := &vote{about: [20]byte(about)}
	switch string(parts[1].body) {
	case "\xff":
		v.add = true
	case "", "\x00":
	default:
		return nil, malformed("vote %x is neither to add nor to drop", parts[1].body)
	}
	return v, nil
}

// hashWith is the hash of a header with other extraData.
func hashWith(items []item, extra []byte) [32]byte {
	parts := make([][]byte, len(items))
	for i, it := range items {
		parts[i] = it.raw
	}
	parts[extraField] = rlpString(extra)
	return Keccak(rlpList(parts...))
}
