package anchor

import (
	"bytes"
	"slices"
)

// MaxRun bounds the headers that show one change of validators.
const MaxRun = 256

// Follow believes a change of validators by votes in headers: a run of headers
// (RLP), each on the one before, from the first vote that counts to the block that
// decides. All are sealed by a quorum of the set before, the deciding one too; the
// changed set seals from the next block on. It returns c with that set.
//
// On Clique one sealer signs a block, so nothing short of a trust file shows a
// change; nor where the trust file names no epoch, or asks for a quorum of its own.
func (c Chain) Follow(run [][]byte) (Chain, error) {
	next, first, err := c.follow(run)
	if err == nil && first > 0 {
		return c, malformed("change of validators: the first %d headers hold no vote that counts", first)
	}
	return next, err
}

// Shorten cuts a run that may begin too early to what [Chain.Follow] takes: for who
// gathers evidence.
func (c Chain) Shorten(run [][]byte) ([][]byte, error) {
	_, first, err := c.follow(run)
	return run[min(first, len(run)):], err
}

// Listed is the validators that a header of a BFT chain lists itself; none where a
// contract keeps them. Nobody believes it: it tells who gathers evidence where to look
// for a change.
func Listed(p Profile, header []byte) ([][20]byte, error) {
	if !p.votes() {
		return nil, malformed("headers of profile %q list no validators", p)
	}
	s, err := readSealing(p, header)
	return s.own, err
}

// follow is Follow, and tells where the first vote that counted stands in the run.
func (c Chain) follow(run [][]byte) (out Chain, first int, err error) {
	if !c.Profile.votes() || c.Epoch == 0 {
		return c, 0, uncheckable("chain %d: validators change only by a new trust file", c.ID)
	}
	if len(run) == 0 || len(run) > MaxRun {
		return c, 0, malformed("change of validators: %d headers, where 1 to %d may be", len(run), MaxRun)
	}
	var t *tally
	var set *Set
	var last *sealing
	for i, raw := range run {
		s, err := readSealing(c.Profile, raw)
		if err != nil {
			return c, 0, err
		}
		if last == nil {
			if set, err = c.set(s.Number); err != nil {
				return c, 0, err
			}
			if set.Quorum != 0 {
				return c, 0, uncheckable("change of validators at block %d: a set with a quorum of its own changes only by a new trust file", s.Number)
			}
			t = &tally{set: set, votes: map[[20]byte]map[[20]byte]int{}}
		} else if s.Number != last.Number+1 || s.Parent != last.Hash {
			return c, 0, altered("change of validators: block %d does not stand on block %d", s.Number, last.Number)
		}
		if s.Number >= set.To {
			return c, 0, uncheckable("change of validators at block %d: the trust file's set ends at block %d", s.Number, set.To)
		}
		proposer, err := c.count(&s)
		if err != nil {
			return c, 0, wrap("change of validators", err)
		}
		// Not what makes it believed: where the header says otherwise, votes before
		// the run have changed the set, or a contract keeps it.
		if !sameAccounts(s.own, set.Validators) {
			return c, 0, uncheckable("change of validators: the header of block %d does not list the set that sealed it", s.Number)
		}
		decided, first := t.cast(i, &s, proposer, c.Epoch)
		switch {
		case decided && i < len(run)-1:
			return c, 0, malformed("change of validators: block %d decides, and %d headers follow it", s.Number, len(run)-1-i)
		case decided:
			out, err := c.changed(set, s.Number, s.vote)
			return out, first, err
		}
		last = &s
	}
	return c, 0, uncheckable("change of validators: no majority has voted for one up to block %d", last.Number)
}

// changed puts the set after a vote in place from the next block on.
func (c Chain) changed(old *Set, decided uint64, v *vote) (Chain, error) {
	next := Set{From: decided + 1, To: old.To}
	for _, a := range old.Validators {
		if a != v.about {
			next.Validators = append(next.Validators, a)
		}
	}
	if v.add {
		next.Validators = append(next.Validators, v.about)
	}
	slices.SortFunc(next.Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
	if n := len(next.Validators); n == 0 || n > MaxValidators {
		return c, malformed("change of validators: %d would be left", n)
	}
	out := c
	out.Sets = nil
	for i := range c.Sets {
		s := c.Sets[i]
		if &c.Sets[i] == old {
			s.To = decided
			out.Sets = append(out.Sets, s, next)
			continue
		}
		out.Sets = append(out.Sets, s)
	}
	return out, nil
}

// tally counts votes as the nodes do: one voice each on an account, the newest
// counts, and more than half of the set decide. An epoch's first block forgets all
// and casts none.
type tally struct {
	set   *Set
	votes map[[20]byte]map[[20]byte]int // account, voter: place of the header in the run
}

// cast counts the vote of a header, and tells where the first one that counted stands.
func (t *tally) cast(at int, s *sealing, proposer [20]byte, epoch uint64) (decided bool, first int) {
	if s.Number%epoch == 0 {
		clear(t.votes)
		return false, 0
	}
	if s.vote == nil || !t.set.has(proposer) {
		return false, 0
	}
	about := s.vote.about
	delete(t.votes[about], proposer)
	if s.vote.add == t.set.has(about) {
		return false, 0 // already so; a voter who says it withdraws
	}
	if t.votes[about] == nil {
		t.votes[about] = map[[20]byte]int{}
	}
	t.votes[about][proposer] = at
	if len(t.votes[about]) <= len(t.set.Validators)/2 {
		return false, 0
	}
	first = at
	for _, i := range t.votes[about] {
		first = min(first, i)
	}
	return true, first
}

func sameAccounts(a, sorted [][20]byte) bool {
	a = slices.Clone(a)
	slices.SortFunc(a, func(x, y [20]byte) int { return bytes.Compare(x[:], y[:]) })
	return slices.Equal(a, sorted)
}
