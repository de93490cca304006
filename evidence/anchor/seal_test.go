package anchor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
)

// sealVector is what a recorded block says of its seals.
type sealVector struct {
	vector
	Profile       Profile
	ChainID       uint64
	Validators    []hexBytes
	BlockHash     hexBytes
	SignedHash    hexBytes
	QuorumCeil2N3 int
	Seals         []struct{ Seal, Address hexBytes }
	ProposerSeal  *struct{ SignedHash, Address hexBytes }
	Verified      bool
}

func (v *sealVector) set() Set {
	s := Set{From: 1, To: 1 << 62}
	for _, a := range v.Validators {
		s.Validators = append(s.Validators, [20]byte(a))
	}
	slices.SortFunc(s.Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
	return s
}

func (v *sealVector) chain(s Set) Chain {
	return Chain{Profile: v.Profile, ID: v.ChainID, Sets: []Set{s}}
}

// sealVectors are the recorded blocks that testdata/chain/index.json lists.
func sealVectors(t testing.TB) map[string]*sealVector {
	t.Helper()
	var index struct {
		Vectors []struct {
			File     string
			Profile  Profile
			Verified bool
			Seals    int
		}
	}
	read := func(name string, into any) {
		b, err := os.ReadFile("testdata/chain/" + name)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
	read("index.json", &index)
	out := map[string]*sealVector{}
	for _, x := range index.Vectors {
		v := &sealVector{}
		read(x.File, v)
		if v.Profile != x.Profile || v.Verified != x.Verified || len(v.Seals) != x.Seals {
			t.Fatalf("%s is not what the index says", x.File)
		}
		out[x.File] = v
	}
	if len(out) != 21 {
		t.Fatalf("%d recorded blocks, want 21", len(out))
	}
	return out
}

// checkSeal verifies a BFT block.
func checkSeal(header []byte, c Chain) error {
	_, err := Block{Header: header}.Verify(c)
	return err
}

func TestRecordedBlocksAreSealedByTheirOwnSet(t *testing.T) {
	verified := 0
	for name, v := range sealVectors(t) {
		if !v.Verified {
			continue
		}
		verified++
		set := v.set()
		h, err := Block{Header: v.HeaderRLP}.Verify(v.chain(set))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(h.Hash[:], v.BlockHash) || h.Number != v.Number {
			t.Errorf("%s: block %d with hash %x", name, h.Number, h.Hash)
		}
		if h.Seal.Needed != v.QuorumCeil2N3 || h.Seal.Of != len(v.Validators) || len(h.Seal.By) != len(v.Seals) {
			t.Errorf("%s: %+v", name, h.Seal)
		}
		for i, s := range v.Seals {
			if !bytes.Equal(h.Seal.By[i][:], s.Address) {
				t.Errorf("%s: seal %d is by %x, recorded is %x", name, i, h.Seal.By[i], s.Address)
			}
		}
		s, err := readSealing(v.Profile, v.HeaderRLP)
		if err != nil || !bytes.Equal(s.signed[:], v.SignedHash) {
			t.Errorf("%s: seals are over %x, %v", name, s.signed, err)
		}
		if p := v.ProposerSeal; p != nil {
			by, err := signer(s.proposal, s.proposerSeal)
			if err != nil || !bytes.Equal(by[:], p.Address) || !bytes.Equal(s.proposal[:], p.SignedHash) {
				t.Errorf("%s: proposed by %x over %x, %v", name, by, s.proposal, err)
			}
		}
	}
	if verified != 20 {
		t.Fatalf("%d blocks verified, want 20", verified)
	}
}

// TestASealingValidatorExchangedIsRefused exchanges each in turn; one that did not
// seal may be anyone.
func TestASealingValidatorExchangedIsRefused(t *testing.T) {
	for name, v := range sealVectors(t) {
		for i, a := range v.set().Validators {
			set := v.set()
			set.Validators[i][7] ^= 1
			sealed := slices.ContainsFunc(v.Seals, func(s struct{ Seal, Address hexBytes }) bool { return bytes.Equal(s.Address, a[:]) })
			switch err := checkSeal(v.HeaderRLP, v.chain(set)); {
			case sealed && !errors.Is(err, ErrUncheckable) && !errors.Is(err, ErrAltered):
				t.Errorf("%s: validator %x exchanged: %v", name, a, err)
			case !sealed && v.Verified && v.ProposerSeal == nil && err != nil:
				t.Errorf("%s: %x, who did not seal, exchanged: %v", name, a, err)
			}
		}
	}
}

// reseal writes a recorded header with other seals.
func reseal(t testing.TB, p Profile, header []byte, seals [][]byte) []byte {
	t.Helper()
	_, items, err := parseHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	extra := items[extraField].body
	at := 0
	if p == IBFT1 {
		at = vanitySize
	}
	parts, err := readWhole(extra[at:])
	if err != nil {
		t.Fatal(err)
	}
	var raw, sealItems [][]byte
	for _, s := range seals {
		sealItems = append(sealItems, rlpString(s))
	}
	for _, p := range parts[:len(parts)-1] {
		raw = append(raw, p.raw)
	}
	extra = append(bytes.Clone(extra[:at]), rlpList(append(raw, rlpList(sealItems...))...)...)
	var fields [][]byte
	for _, it := range items {
		fields = append(fields, it.raw)
	}
	fields[extraField] = rlpString(extra)
	return rlpList(fields...)
}

func TestOneSealShortOfTheQuorumIsRefused(t *testing.T) {
	for name, v := range sealVectors(t) {
		if !v.Verified {
			continue
		}
		var all [][]byte
		for _, s := range v.Seals {
			all = append(all, s.Seal)
		}
		if again := reseal(t, v.Profile, v.HeaderRLP, all); !bytes.Equal(again, v.HeaderRLP) {
			t.Fatalf("%s: the test does not write what it reads", name)
		}
		c := v.chain(v.set())
		for i := range all {
			less := slices.Delete(slices.Clone(all), i, i+1)[:v.QuorumCeil2N3-1]
			if err := checkSeal(reseal(t, v.Profile, v.HeaderRLP, less), c); !errors.Is(err, ErrUncheckable) {
				t.Errorf("%s: one seal short: %v", name, err)
			}
			if len(less) == 0 {
				continue
			}
			twice := append(slices.Clone(less), less[0])
			if err := checkSeal(reseal(t, v.Profile, v.HeaderRLP, twice), c); !errors.Is(err, ErrAltered) {
				t.Errorf("%s: the missing seal made up by a second of another: %v", name, err)
			}
			other := bytes.Clone(less[0]) // the other s of the same signature, by the same validator
			flipS(other)
			if err := checkSeal(reseal(t, v.Profile, v.HeaderRLP, append(slices.Clone(less), other)), c); !errors.Is(err, ErrAltered) {
				t.Errorf("%s: the missing seal made up by another's in its other form: %v", name, err)
			}
		}
		// A trust file may ask for more, and then gets no less.
		if n := len(v.Validators); n > len(v.Seals) {
			set := v.set()
			set.Quorum = n
			if err := checkSeal(v.HeaderRLP, v.chain(set)); !errors.Is(err, ErrUncheckable) {
				t.Errorf("%s: a quorum of all: %v", name, err)
			}
		}
	}
}

// every is how many bytes are passed over for one that is flipped: none where CI
// is set.
func every() int {
	if os.Getenv("CI") != "" {
		return 1
	}
	return 7
}

// TestNoByteOfARecordedHeaderIsFree flips every byte of each, also those of the
// seals, of the round and of the votes.
func TestNoByteOfARecordedHeaderIsFree(t *testing.T) {
	for name, v := range sealVectors(t) {
		if !v.Verified {
			continue
		}
		c := v.chain(v.set())
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := 0; i < len(v.HeaderRLP); i += every() {
				b := bytes.Clone(v.HeaderRLP)
				b[i] ^= 1 << (i % 8)
				if err := checkSeal(b, c); err == nil {
					t.Fatalf("byte %d of %d is free", i, len(b))
				}
			}
			for _, tail := range [][]byte{{0}, {0x80}} {
				if err := checkSeal(append(bytes.Clone(v.HeaderRLP), tail...), c); !errors.Is(err, ErrMalformed) {
					t.Errorf("with a tail: %v", err)
				}
			}
		})
	}
}

func TestAGenesisIsUnsealed(t *testing.T) {
	v := sealVectors(t)["qbft-goquorum-a-0000-genesis.json"]
	set := v.set()
	if err := checkSeal(v.HeaderRLP, v.chain(set)); !errors.Is(err, ErrUncheckable) {
		t.Error(err)
	}
	set.From = 0 // even if a set were pinned for it
	if err := checkSeal(v.HeaderRLP, v.chain(set)); !errors.Is(err, ErrUncheckable) {
		t.Error(err)
	}
	if h, err := HeaderHash(QBFT, v.HeaderRLP); err != nil || !bytes.Equal(h[:], v.BlockHash) {
		t.Errorf("%x %v", h, err)
	}
}

// TestOneProfileIsNotTakenForAnother: where two agree at round 0, only a round
// above 0 tells; none may agree on a recorded block's hash and seals.
func TestOneProfileIsNotTakenForAnother(t *testing.T) {
	for name, v := range sealVectors(t) {
		for _, p := range []Profile{Clique, QBFT, IBFT2, IBFT1} {
			c := v.chain(v.set())
			c.Profile = p
			if err := checkSeal(v.HeaderRLP, c); (err == nil) != (p == v.Profile && v.Verified) {
				t.Errorf("%s under %s: %v", name, p, err)
			}
		}
	}
}

func TestAProfileIsRecognisedByABlock(t *testing.T) {
	for name, v := range sealVectors(t) {
		if p, ok := Recognise(v.HeaderRLP, [32]byte(v.BlockHash)); ok != v.Verified || ok && p != v.Profile {
			t.Errorf("%s: %s %v", name, p, ok)
		}
		if p, ok := Recognise(v.HeaderRLP, [32]byte(v.PlainKeccak)); ok {
			t.Errorf("%s under another hash: %s", name, p)
		}
	}
	_, headers, _ := clique(t, 1)
	if p, ok := Recognise(headers[0], Keccak(headers[0])); !ok || p != Clique {
		t.Error(p, ok)
	}
	r := load(t)
	if p, ok := Recognise(r.Later.Header, Keccak(r.Later.Header)); ok {
		t.Errorf("the embedded chain is sealed by nobody: %s", p)
	}
}

// TestRecordedNetworksAreSealedBySetsByBlock pins each network's sets by block and
// finds that a set serves its own blocks alone.
func TestRecordedNetworksAreSealedBySetsByBlock(t *testing.T) {
	b, err := os.ReadFile("testdata/chain/networks.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Networks map[string]struct {
			ChainID uint64
			Sets    []struct {
				From, To   uint64
				Validators []hexBytes
			}
		}
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, v := range sealVectors(t) {
		for _, n := range all.Networks {
			if n.ChainID != v.ChainID || !v.Verified {
				continue
			}
			seen++
			c := Chain{Profile: v.Profile, ID: v.ChainID}
			for _, s := range n.Sets {
				c.Sets = append(c.Sets, (&sealVector{Validators: s.Validators}).set())
				c.Sets[len(c.Sets)-1].From, c.Sets[len(c.Sets)-1].To = s.From, s.To
			}
			if err := c.Profile.CheckSets(c.Sets); err != nil {
				t.Fatal(err)
			}
			if err := checkSeal(v.HeaderRLP, c); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for i, s := range c.Sets {
				if len(c.Sets) < 2 || s.From <= v.Number && v.Number <= s.To {
					continue
				}
				other := c
				other.Sets = []Set{s}
				if err := checkSeal(v.HeaderRLP, other); !errors.Is(err, ErrUncheckable) {
					t.Errorf("%s: with set %d alone: %v", name, i, err)
				}
			}
		}
	}
	if seen != 13 {
		t.Errorf("%d blocks of the recorded networks, want 13", seen)
	}
}

// TestStorageIsShownUnderASealedHeader takes the recorded proofs through the
// header's seals.
func TestStorageIsShownUnderASealedHeader(t *testing.T) {
	slots := 0
	for name, v := range sealVectors(t) {
		if v.Proof == nil {
			continue
		}
		h, err := Block{Header: v.HeaderRLP}.Verify(v.chain(v.set()))
		if err != nil {
			t.Fatal(name, err)
		}
		a, found, err := FindAccount(h.StateRoot, [20]byte(v.Proof.Address), nodesOf(v.Proof.AccountProof))
		if err != nil || !found || !bytes.Equal(a.CodeHash[:], v.Proof.CodeHash) {
			t.Fatal(name, found, err)
		}
		for _, s := range v.Proof.Slots {
			got, found, err := FindStorage(a.StorageRoot, [32]byte(s.Slot), nodesOf(s.Proof))
			if err != nil || !found || !bytes.Equal(bytes.TrimLeft(got[:], "\x00"), bytes.TrimLeft(s.Expected, "\x00")) {
				t.Errorf("%s: slot %x: %x %v %v", name, s.Slot, got, found, err)
			}
			slots++
		}
	}
	if slots != 8 {
		t.Errorf("%d slots, want 8", slots)
	}
}
