package chain

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"

	"fieldseal/evidence/anchor"
)

// A Finding is one thing that anchoring needs of a chain.
type Finding struct {
	OK   bool
	Must bool // without it the chain is not fit; else evidence is only weaker or later
	Text string
}

// Fitness is what a look at a chain shows.
type Fitness struct {
	ID       uint64
	Genesis  [32]byte
	Profile  anchor.Profile // "": none that is known
	Head     uint64
	Findings []Finding
}

// Fit says whether all that must be is there.
func (f Fitness) Fit() bool {
	for _, x := range f.Findings {
		if x.Must && !x.OK {
			return false
		}
	}
	return true
}

// Check looks at a chain through its node. It sends nothing.
func (c *Chain) Check(ctx context.Context) (f Fitness, err error) {
	f.ID = c.ID()
	zero, err := c.Genesis(ctx)
	if err != nil {
		return f, err
	}
	f.Genesis = zero.Hash
	if f.Head, err = c.eth.BlockNumber(ctx); err != nil {
		return f, fmt.Errorf("newest block: %w", err)
	}
	say := func(ok, must bool, format string, args ...any) {
		f.Findings = append(f.Findings, Finding{ok, must, fmt.Sprintf(format, args...)})
	}
	head, err := c.Block(ctx, f.Head)
	if err != nil {
		return f, err
	}
	if f.Head == 0 {
		say(false, true, "the chain has no block but its genesis, which nobody seals: ask again when it makes blocks")
	} else if p, ok := anchor.Recognise(head.Header, head.Hash); ok {
		f.Profile = p
		say(true, true, "its blocks are sealed by the rules of profile %s", p)
	} else {
		say(false, false, "its blocks are sealed by no rules known here (clique, qbft, ibft2, ibft1): anchors stand, but an evidence file cannot show them offline")
	}
	if age := time.Since(time.Unix(int64(head.Time), 0)); f.Head > 0 && age > 10*time.Minute {
		say(false, true, "its newest block is %d from %s ago: it stands still, or this node is behind", f.Head, age.Round(time.Second))
	} else if f.Head > 0 {
		say(true, true, "block %d is the newest, %s old", f.Head, max(age, 0).Round(time.Second))
	}
	if h, err := c.eth.HeaderByNumber(ctx, nil); err != nil {
		return f, fmt.Errorf("newest block: %w", err)
	} else if h.BaseFee == nil {
		say(true, false, "it has no base fee: London's rules may not be in force, and gas is paid by the node's own price")
	} else {
		say(true, false, "London's rules are in force, base fee %v wei", h.BaseFee)
	}
	if _, err := gethclient.New(c.rpc).GetProof(ctx, common.Address{1}, []string{"0x0"}, new(big.Int).SetUint64(f.Head)); err != nil {
		if f.Profile == anchor.Clique {
			say(false, false, "the node gives no state proofs (eth_getProof: %v): anchors are shown by their receipts, which do not show the contract's code, and the register cannot be shown", err)
		} else {
			say(false, true, "the node gives no state proofs (eth_getProof: %v): without them an evidence file cannot show an anchor", err)
		}
	} else {
		say(true, true, "the node gives state proofs")
	}
	if _, err := c.eth.BalanceAt(ctx, common.Address{1}, new(big.Int)); err != nil {
		say(false, false, "the node does not keep old state (no archive): anchors are shown from the newest blocks only, which is enough")
	} else {
		say(true, false, "the node answers for old state")
	}
	return f, nil
}
