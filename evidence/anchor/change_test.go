package anchor

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// turn is who proposes a block and what he says.
type turn struct {
	proposer int
	vote     *vote
}

// voted is a made chain of five validators, four of whom seal.
func voted(t testing.TB, p Profile, from uint64, turns ...turn) (c Chain, run [][]byte, by []validator) {
	t.Helper()
	set := Set{From: 1, To: 1 << 62}
	for i := range 5 {
		by = append(by, newValidator(byte(i+1)))
		set.Validators = append(set.Validators, by[i].address())
	}
	sortAccounts(set.Validators)
	c = Chain{Profile: p, ID: 9, Sets: []Set{set}, Epoch: 1000}
	var parent [32]byte
	for i, x := range turns {
		run = append(run, bftBlock(t, p, draft{parent: parent, number: from + uint64(i)}, by[x.proposer], set.Validators, x.vote, by[:4]...))
		h, err := HeaderHash(p, run[i])
		if err != nil {
			t.Fatal(err)
		}
		parent = h
	}
	return c, run, by
}

func sortAccounts(a [][20]byte) {
	slices.SortFunc(a, func(x, y [20]byte) int { return bytes.Compare(x[:], y[:]) })
}

func TestAChangeOfValidatorsIsBelievedIfTheOldSetSealedIt(t *testing.T) {
	six := newValidator(6)
	for _, p := range []Profile{QBFT, IBFT2, IBFT1} {
		for name, v := range map[string]*vote{"add": {six.address(), true}, "drop": {newValidator(5).address(), false}} {
			c, run, by := voted(t, p, 10, turn{0, v}, turn{1, v}, turn{4, nil}, turn{2, v})
			now, err := c.Follow(run)
			if err != nil {
				t.Fatal(p, name, err)
			}
			if err := p.CheckSets(now.Sets); err != nil {
				t.Fatal(err)
			}
			if len(now.Sets) != 2 || now.Sets[0].To != 13 || now.Sets[1].From != 14 || now.Sets[1].To != 1<<62 || now.Sets[1].has(v.about) != v.add {
				t.Fatalf("%s %s: %+v", p, name, now.Sets)
			}
			if c.Sets[0].To != 1<<62 {
				t.Fatal("the trust file's own sets were changed")
			}
			// The deciding block is still the old set's, the next is the new one's.
			seal := func(number uint64, by ...validator) error {
				raw := bftBlock(t, p, draft{number: number}, by[0], nil, nil, by...)
				return checkSeal(raw, now)
			}
			if err := seal(13, by[:4]...); err != nil {
				t.Error(err)
			}
			if v.add {
				if err := seal(14, six, by[0], by[1], by[2]); err != nil {
					t.Error(err)
				}
				if err := seal(13, six, by[0], by[1], by[2]); err == nil {
					t.Error("the new validator sealed the block that decided on him")
				}
			} else {
				if err := seal(14, by[:3]...); err != nil {
					t.Error(err) // three of four
				}
				if err := seal(14, by[4], by[0], by[1], by[2]); err == nil {
					t.Error("who was dropped seals on")
				}
				if err := checkSeal(bftBlock(t, p, draft{number: 14}, by[0], nil, nil, by[:3]...), c); !errors.Is(err, ErrUncheckable) {
					t.Errorf("believed without the change: %v", err)
				}
			}
		}
	}
}

func TestAChangeThatIsNotShownIsNotBelieved(t *testing.T) {
	add := &vote{newValidator(6).address(), true}
	not := &vote{newValidator(6).address(), false}
	drop := &vote{newValidator(5).address(), false}
	three := []turn{{0, add}, {1, add}, {2, add}}
	for _, tc := range []struct {
		name   string
		from   uint64
		turns  []turn
		change func(c *Chain, run *[][]byte)
		want   error
	}{
		{"shown", 10, three, nil, nil},
		{"two of five voted", 10, three[:2], nil, ErrUncheckable},
		{"one voted thrice", 10, []turn{{0, add}, {0, add}, {0, add}}, nil, ErrUncheckable},
		{"one withdrew", 10, []turn{{0, add}, {1, add}, {0, not}, {2, add}}, nil, ErrUncheckable},
		{"two subjects", 10, []turn{{0, add}, {1, drop}, {2, add}}, nil, ErrUncheckable},
		{"to add who is there", 10, []turn{{0, &vote{drop.about, true}}, {1, &vote{drop.about, true}}, {2, &vote{drop.about, true}}}, nil, ErrUncheckable},
		{"forgotten at an epoch", 999, three, nil, ErrUncheckable},
		{"nothing of it first", 10, append([]turn{{3, nil}}, three...), nil, ErrMalformed},
		{"goes on", 10, append(slices.Clone(three), turn{3, nil}), nil, ErrMalformed},
		{"no headers", 10, nil, nil, ErrMalformed},
		{"too many", 10, three, func(_ *Chain, run *[][]byte) { *run = make([][]byte, MaxRun+1) }, ErrMalformed},
		{"no epoch in the trust file", 10, three, func(c *Chain, _ *[][]byte) { c.Epoch = 0 }, ErrUncheckable},
		{"a quorum of its own", 10, three, func(c *Chain, _ *[][]byte) { c.Sets[0].Quorum = 4 }, ErrUncheckable},
		{"the range ends with it", 10, three, func(c *Chain, _ *[][]byte) { c.Sets[0].To = 12 }, ErrUncheckable},
		{"before the range", 10, three, func(c *Chain, _ *[][]byte) { c.Sets[0].From = 11 }, ErrUncheckable},
		{"on Clique", 10, three, func(c *Chain, _ *[][]byte) { c.Profile = Clique }, ErrUncheckable},
		{"a hole", 10, append([]turn{{3, add}}, three...), func(_ *Chain, run *[][]byte) { *run = slices.Delete(*run, 1, 2) }, ErrAltered},
		{"another set pinned", 10, three, func(c *Chain, _ *[][]byte) {
			c.Sets[0].Validators = append(c.Sets[0].Validators, newValidator(7).address())
			sortAccounts(c.Sets[0].Validators)
		}, ErrUncheckable},
		{"a seal short", 10, three, func(c *Chain, run *[][]byte) {
			s, _ := readSealing(c.Profile, (*run)[2])
			(*run)[2] = reseal(t, c.Profile, (*run)[2], s.seals[:3])
		}, ErrUncheckable},
	} {
		c, run, _ := voted(t, QBFT, tc.from, tc.turns...)
		if tc.change != nil {
			tc.change(&c, &run)
		}
		got, err := c.Follow(run)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		if err != nil && len(got.Sets) > 1 {
			t.Errorf("%s: a set with an error", tc.name)
		}
	}
	c, run, _ := voted(t, QBFT, 10, three...)
	for i := range run {
		for j := i; j < len(run[i]); j += every() {
			b := slices.Clone(run)
			b[i] = bytes.Clone(run[i])
			b[i][j] ^= 1 << (j % 8)
			if _, err := c.Follow(b); err == nil {
				t.Fatalf("header %d: byte %d is free", i, j)
			}
		}
	}
}

// TestARecordedVoteAloneChangesNothing: blocks 47 and 57 of network a each hold one
// vote of those that changed its set.
func TestARecordedVoteAloneChangesNothing(t *testing.T) {
	all := sealVectors(t)
	for _, name := range []string{"qbft-goquorum-a-0047-vote-add.json", "qbft-goquorum-a-0057-vote-drop.json"} {
		v := all[name]
		c := v.chain(v.set())
		c.Epoch = 30000
		s, err := readSealing(v.Profile, v.HeaderRLP)
		if err != nil || s.vote == nil || s.vote.add != (v.Number == 47) {
			t.Fatalf("%s: vote %+v, %v", name, s.vote, err)
		}
		if _, err := c.Follow([][]byte{v.HeaderRLP}); !errors.Is(err, ErrUncheckable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSetsThatLeaveADoubtAreRefused(t *testing.T) {
	a, b, d := [20]byte{1}, [20]byte{2}, [20]byte{3}
	three := [][20]byte{a, b, d}
	for name, tc := range map[string]struct {
		p    Profile
		sets []Set
		ok   bool
	}{
		"one":                   {QBFT, []Set{{From: 1, To: 9, Validators: three}}, true},
		"two in a row":          {Clique, []Set{{From: 1, To: 9, Validators: three}, {From: 10, To: 10, Validators: three, Quorum: 2}}, true},
		"none":                  {QBFT, nil, false},
		"on the embedded chain": {Embedded, []Set{{From: 1, To: 9, Validators: three}}, false},
		"the genesis":           {QBFT, []Set{{From: 0, To: 9, Validators: three}}, false},
		"ends first":            {QBFT, []Set{{From: 5, To: 4, Validators: three}}, false},
		"overlap":               {QBFT, []Set{{From: 1, To: 9, Validators: three}, {From: 9, To: 10, Validators: three}}, false},
		"nobody":                {QBFT, []Set{{From: 1, To: 9}}, false},
		"twice":                 {QBFT, []Set{{From: 1, To: 9, Validators: [][20]byte{a, a}}}, false},
		"out of order":          {QBFT, []Set{{From: 1, To: 9, Validators: [][20]byte{b, a}}}, false},
		"half":                  {QBFT, []Set{{From: 1, To: 9, Validators: three, Quorum: 1}}, false},
		"more than there are":   {QBFT, []Set{{From: 1, To: 9, Validators: three, Quorum: 4}}, false},
		"too many":              {QBFT, []Set{{From: 1, To: 9, Validators: make([][20]byte, MaxValidators+1)}}, false},
	} {
		if err := tc.p.CheckSets(tc.sets); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n, want := range map[int][2]int{1: {1, 1}, 2: {2, 2}, 3: {2, 2}, 4: {3, 3}, 5: {4, 3}, 6: {4, 4}, 7: {5, 4}, 10: {7, 6}} {
		if q, c := QBFT.Quorum(n), Clique.Quorum(n); q != want[0] || c != want[1] {
			t.Errorf("of %d: %d and %d, want %v", n, q, c, want)
		}
	}
}

// FuzzExtraData: what reads, reads to one hash that no seal changes, and nothing
// that is made up is believed.
func FuzzExtraData(f *testing.F) {
	for _, v := range sealVectors(f) {
		h, err := ParseHeader(v.HeaderRLP)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(h.Extra)
	}
	_, headers, _ := clique(f, 1)
	h, err := ParseHeader(headers[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(h.Extra)
	set := Set{From: 1, To: 9, Validators: [][20]byte{{1}}}
	f.Fuzz(func(t *testing.T, extra []byte) {
		header := draft{number: 5}.rlp(extra)
		for _, p := range []Profile{Clique, QBFT, IBFT2, IBFT1} {
			s, err := readSealing(p, header)
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Fatal(err)
				}
				continue
			}
			if p.votes() {
				bare, err := HeaderHash(p, reseal(t, p, header, nil))
				if err != nil || bare != s.Hash {
					t.Fatalf("%s: without its seals the hash is %x, %v, not %x", p, bare, err, s.Hash)
				}
			} else if s.Hash != Keccak(header) {
				t.Fatal("Clique hashes the whole header")
			}
			if err := checkSeal(header, Chain{Profile: p, ID: 1, Sets: []Set{set}}); err == nil {
				t.Fatalf("%s: believed", p)
			}
		}
	})
}
