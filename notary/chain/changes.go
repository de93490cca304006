package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"fieldseal/evidence/anchor"
)

// followed is what is believed of a BFT chain after its validators have voted for
// others, and the headers that show it.
type followed struct {
	mu    sync.Mutex
	chain anchor.Chain
	runs  []changeRun // ascending
}

// changeRun is the headers of one change.
type changeRun struct {
	from    uint64 // first block of the set after it
	headers [][]byte
}

// following is what a block is judged by: what the trust file pins, and the changes
// of validators up to the block, which are looked for on the chain. Whatever the node
// says of them, their votes are counted and their seals recovered here.
func (c *Chain) following(ctx context.Context, b Block) (anchor.Chain, error) {
	if c.believed.Epoch == 0 || c.believed.Profile == anchor.Clique {
		return *c.believed, nil
	}
	f := &c.followed
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		set := setOf(f.chain, b.Number)
		if set == nil {
			return f.chain, nil // its verification says so
		}
		own, err := anchor.Listed(f.chain.Profile, b.Header)
		if err != nil || len(own) == 0 || sameSet(own, set.Validators) {
			return f.chain, err
		}
		if err := c.change(ctx, set, b.Number); err != nil {
			return f.chain, fmt.Errorf("change of validators up to block %d: %w", b.Number, err)
		}
	}
}

// errAway: the node did not say what was asked, which is no lie.
var errAway = errors.New("the node does not say")

// change finds one change of validators between a set's first block and a later block
// that lists others, and believes it if its headers show it.
func (c *Chain) change(ctx context.Context, set *anchor.Set, upTo uint64) error {
	f := &c.followed
	var asked error
	changed := func(n uint64) bool {
		if asked != nil {
			return false
		}
		b, err := c.Block(ctx, n)
		if err == nil {
			var own [][20]byte
			if own, err = anchor.Listed(f.chain.Profile, b.Header); err == nil {
				return !sameSet(own, set.Validators)
			}
		}
		asked = fmt.Errorf("%w: %w", errAway, err)
		return false
	}
	// The set may have come back in between: any of its ends will do.
	n := set.From + uint64(sort.Search(int(upTo-set.From), func(i int) bool { return changed(set.From + uint64(i)) }))
	if asked != nil {
		return asked
	}
	if n == set.From {
		return fmt.Errorf("block %d already lists others than the trust file pins from there on", n)
	}
	decided := n - 1
	// Votes are forgotten in an epoch's first block.
	first := max(set.From, decided-decided%f.chain.Epoch, decided-min(decided, anchor.MaxRun-1))
	var run [][]byte
	for n := first; n <= decided; n++ {
		b, err := c.Block(ctx, n)
		if err != nil {
			return fmt.Errorf("%w: %w", errAway, err)
		}
		run = append(run, b.Header)
	}
	run, err := f.chain.Shorten(run)
	if err != nil {
		return err
	}
	next, err := f.chain.Follow(run)
	if err != nil {
		return err
	}
	f.chain = next
	f.runs = append(f.runs, changeRun{n, run})
	sort.SliceStable(f.runs, func(i, j int) bool { return f.runs[i].from < f.runs[j].from })
	return nil
}

// Changes are the headers by which validators voted for their successors, up to a
// block, in ascending order: what evidence that shows the block brings besides.
// They are known once the block was sealed ([Chain.Seal]).
func (c *Chain) Changes(upTo uint64) (runs [][][]byte) {
	c.followed.mu.Lock()
	defer c.followed.mu.Unlock()
	for _, r := range c.followed.runs {
		if r.from <= upTo {
			runs = append(runs, r.headers)
		}
	}
	return runs
}

func setOf(c anchor.Chain, number uint64) *anchor.Set {
	for i := range c.Sets {
		if s := &c.Sets[i]; number >= s.From && number <= s.To {
			return s
		}
	}
	return nil
}

func sameSet(a, sorted [][20]byte) bool {
	a = slices.Clone(a)
	slices.SortFunc(a, func(x, y [20]byte) int { return bytes.Compare(x[:], y[:]) })
	return slices.Equal(a, sorted)
}
