package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/file"
	"fieldseal/notary/contracts"
)

// Register is the contract Registry on a chain: which sites, keys, signers and rule
// sets the organisations know, and who may read what. It is safe for concurrent use.
type Register struct {
	chain   *Chain
	address common.Address
	abi     *contracts.Registry

	looking chan struct{} // holds one while the newest block is asked for

	mu      sync.Mutex
	looked  time.Time // when the newest block was asked for; the answer:
	failed  error
	head    Block // block that the answers are of
	answers map[permission]bool
}

// Register names a contract Registry. It asks the chain nothing.
func (c *Chain) Register(contract [20]byte) *Register {
	return &Register{chain: c, address: contract, abi: contracts.NewRegistry(), looking: make(chan struct{}, 1)}
}

// Address is the contract's address.
func (r *Register) Address() [20]byte { return r.address }

// FactKey names an entry of the register.
type FactKey struct {
	Kind anchor.Fact
	Key  [32]byte
}

// Prove shows entries of the register, those that it does not know included, in the
// state of a block. It leaves the block to be sealed.
func (r *Register) Prove(ctx context.Context, b Block, want []FactKey) (anchor.Register, []file.ShownFact, error) {
	out := anchor.Register{Contract: r.address[:], Block: anchor.Block{Header: b.Header}}
	var slots []string
	for _, w := range want {
		first, second := w.Kind.Slots(w.Key)
		slots = append(slots, hexutil.Encode(first[:]), hexutil.Encode(second[:]))
	}
	got, err := gethclient.New(r.chain.rpc).GetProof(ctx, r.address, slots, new(big.Int).SetUint64(b.Number))
	if err != nil {
		return out, nil, fmt.Errorf("register %x in block %d: %w", r.address, b.Number, err)
	}
	if len(got.StorageProof) != len(slots) {
		return out, nil, fmt.Errorf("register %x in block %d: %d slots, want %d", r.address, b.Number, len(got.StorageProof), len(slots))
	}
	if out.Account, err = decodeNodes(got.AccountProof); err != nil {
		return out, nil, fmt.Errorf("register %x in block %d: %w", r.address, b.Number, err)
	}
	var facts []file.ShownFact
	for i, w := range want {
		x := file.ShownFact{Kind: w.Kind, Key: w.Key}
		if x.First, err = decodeNodes(got.StorageProof[2*i].Proof); err == nil {
			x.Second, err = decodeNodes(got.StorageProof[2*i+1].Proof)
		}
		if err != nil {
			return out, nil, fmt.Errorf("register %x in block %d: %s: %w", r.address, b.Number, w.Kind, err)
		}
		facts = append(facts, x)
	}
	return out, facts, nil
}

// permission is what a reader asks for.
type permission struct {
	id, grantee [32]byte
	site        [16]byte
}

// remembered bounds the answers of one block.
const remembered = 1 << 14

// MayRead tells whether a permission lets a grantee read a site: it stands in the
// newest block's state, has neither ended nor been revoked, and the site is open and
// was not handed over since. Permission, site and grantee are those of the contract's
// function grant; a grantee is a digest of who reads.
//
// The newest block is asked for anew unless that was done at since or later: who
// gives the time at which a question came up is refused at the first one after the
// block that revokes. An error means that it is not known, and then nobody may: a
// chain that is away opens nothing. Time is the newest block's.
func (r *Register) MayRead(ctx context.Context, since time.Time, grant [32]byte, site [16]byte, grantee [32]byte) (bool, error) {
	head, err := r.look(ctx, since)
	if err != nil {
		return false, fmt.Errorf("register %x: newest block: %w", r.address, err)
	}
	p := permission{grant, grantee, site}
	r.mu.Lock()
	ok, known := r.answers[p]
	known = known && r.head.Hash == head.Hash
	r.mu.Unlock()
	if known {
		return ok, nil
	}
	out, err := r.chain.eth.CallContract(ctx, ethereum.CallMsg{To: &r.address, Data: r.abi.PackMayRead(grant, site, grantee)}, new(big.Int).SetUint64(head.Number))
	if err == nil && len(out) == 0 {
		err = errors.New("no answer: no contract there")
	}
	if err == nil {
		ok, err = r.abi.UnpackMayRead(out)
	}
	if err != nil {
		return false, fmt.Errorf("register %x: permission %x: %w", r.address, grant[:8], err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head.Hash == head.Hash && len(r.answers) < remembered {
		r.answers[p] = ok
	}
	return ok, nil
}

// look is the newest block, as the node told at since or later. Those who ask while
// somebody else does wait for that answer.
func (r *Register) look(ctx context.Context, since time.Time) (Block, error) {
	select {
	case r.looking <- struct{}{}:
		defer func() { <-r.looking }()
	case <-ctx.Done():
		return Block{}, ctx.Err()
	}
	r.mu.Lock()
	head, looked, err := r.head, r.looked, r.failed
	r.mu.Unlock()
	if !looked.Before(since) {
		return head, err
	}
	looked = time.Now()
	head, err = r.chain.block(ctx, "eth_getBlockByNumber", "latest")
	r.mu.Lock()
	defer r.mu.Unlock()
	// That nobody answered in time is an answer, too, for those who wait behind; that
	// the one who asked has gone is none.
	if !errors.Is(ctx.Err(), context.Canceled) {
		r.looked, r.failed = looked, err
	}
	if err == nil && r.head.Hash != head.Hash {
		r.head, r.answers = head, map[permission]bool{}
	}
	return head, err
}
