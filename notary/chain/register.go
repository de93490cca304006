package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

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

	mu      sync.Mutex
	head    common.Hash // block that the answers are of
	answers map[permission]bool
}

// Register names a contract Registry. It asks the chain nothing.
func (c *Chain) Register(contract [20]byte) *Register {
	return &Register{chain: c, address: contract, abi: contracts.NewRegistry()}
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

// MayRead tells whether a permission lets a grantee read a site now: it stands in
// the newest block's state, has neither ended nor been revoked, and the site is open
// and was not handed over since. Permission, site and grantee are those of the
// contract's function grant; a grantee is a digest of who reads.
//
// It is for whatever decides on access, before each read:
//
//	ok, err := register.MayRead(ctx, grant, site, grantee)
//	if err != nil || !ok { deny }
//
// An error means that it is not known, and then nobody may: a chain that is away
// opens nothing. Time is the newest block's. Answers are kept for one block, by its hash, so a grant that is
// revoked on the chain is refused at the next read after the block that revokes it,
// and asking often costs one short question of the node.
func (r *Register) MayRead(ctx context.Context, grant [32]byte, site [16]byte, grantee [32]byte) (bool, error) {
	b, err := r.chain.block(ctx, "eth_getBlockByNumber", "latest")
	if err != nil {
		return false, fmt.Errorf("register %x: newest block: %w", r.address, err)
	}
	p := permission{grant, grantee, site}
	r.mu.Lock()
	if r.head != b.Hash {
		r.head, r.answers = b.Hash, map[permission]bool{}
	}
	ok, known := r.answers[p]
	r.mu.Unlock()
	if known {
		return ok, nil
	}
	out, err := r.chain.eth.CallContract(ctx, ethereum.CallMsg{To: &r.address, Data: r.abi.PackMayRead(grant, site, grantee)}, new(big.Int).SetUint64(b.Number))
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
	if r.head == b.Hash && len(r.answers) < remembered {
		r.answers[p] = ok
	}
	return ok, nil
}
