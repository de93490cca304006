package chain

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/notary/contracts"
)

// Organisation is one of those who govern together.
type Organisation struct {
	ID       [32]byte // keccak256 of the name under which it came in; set by Organisations
	Name     string   // 1 to 64 bytes
	Key      [20]byte // decides
	Cosigner [20]byte // cosigns checkpoints; zero: Key does
	Weight   uint32   // what its approval counts; 1 for 0
}

// Founded are the contracts of a consortium.
type Founded struct {
	Governance, Anchors, Registry [20]byte
}

// Found deploys Governance, which deploys Anchors with it, and Registry under it. The account pays
// and holds nothing afterwards.
func (c *Chain) Found(ctx context.Context, account *Account, orgs []Organisation, threshold uint32, period time.Duration) (f Founded, err error) {
	first := make([]contracts.GovernanceOrganisation, len(orgs))
	for i, o := range orgs {
		o.Weight = max(o.Weight, 1)
		first[i] = o.packed()
	}
	deploy := func(name string, code []byte, want [32]byte) ([20]byte, error) {
		tx, err := c.estimated(ctx, account, nil, code)
		if err != nil {
			return [20]byte{}, fmt.Errorf("deploy contract %s: %w", name, err)
		}
		address := crypto.CreateAddress(account.address, tx.Nonce())
		hash, err := c.CodeHash(ctx, address)
		if err == nil && hash != want {
			err = fmt.Errorf("deploy contract %s: the chain holds code %x at %x, want %x", name, hash, address, want)
		}
		return address, err
	}
	if f.Governance, err = deploy("Governance", contracts.GovernanceCreation(first, threshold, uint64(period/time.Second)), contracts.GovernanceCodeHash()); err != nil {
		return f, err
	}
	if f.Anchors, err = c.Round(f.Governance).Anchors(ctx); err != nil {
		return f, err
	}
	if code, err := c.CodeHash(ctx, f.Anchors); err != nil {
		return f, err
	} else if code != contracts.CodeHash() {
		return f, fmt.Errorf("deploy contract Anchors: the chain holds code %x at %x, want %x", code, f.Anchors, contracts.CodeHash())
	}
	f.Registry, err = deploy("Registry", contracts.RegistryCreation(f.Governance), contracts.RegistryCodeHash())
	return f, err
}

// estimated sends a transaction with a quarter more gas than the node says that
// it takes. A call that would revert is not sent; the error names why.
func (c *Chain) estimated(ctx context.Context, account *Account, to *common.Address, data []byte) (*types.Transaction, error) {
	gas, err := c.eth.EstimateGas(ctx, ethereum.CallMsg{From: account.address, To: to, Data: data})
	var revert rpc.DataError
	if errors.As(err, &revert) {
		if s, ok := revert.ErrorData().(string); ok {
			return nil, fmt.Errorf("the contract refuses: %s", reason(common.FromHex(s)))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("gas: %w", err)
	}
	return c.transact(ctx, account, gas+gas/4, to, data)
}

// reason names a custom error of our contracts.
func reason(raw []byte) string {
	if e, err := contracts.NewGovernance().UnpackError(raw); err == nil {
		if failed, ok := e.(*contracts.GovernanceCallFailed); ok {
			return "the call of the decision fails: " + reason(failed.Reason)
		}
		return strings.TrimPrefix(fmt.Sprintf("%T %+v", e, e), "*contracts.Governance")
	}
	if e, err := contracts.NewAnchors().UnpackError(raw); err == nil {
		return strings.TrimPrefix(fmt.Sprintf("%T %+v", e, e), "*contracts.Anchors")
	}
	if e, err := contracts.NewRegistry().UnpackError(raw); err == nil {
		return strings.TrimPrefix(fmt.Sprintf("%T %+v", e, e), "*contracts.Registry")
	}
	return fmt.Sprintf("%x", raw)
}

// Call sends a call of a contract and waits until it is in a block. A call that would
// revert is not sent; the error names why.
func (c *Chain) Call(ctx context.Context, account *Account, to [20]byte, data []byte) error {
	address := common.Address(to)
	_, err := c.estimated(ctx, account, &address, data)
	return err
}

// Create deploys a contract and waits until it is in a block.
func (c *Chain) Create(ctx context.Context, account *Account, code []byte) ([20]byte, error) {
	tx, err := c.estimated(ctx, account, nil, code)
	if err != nil {
		return [20]byte{}, err
	}
	return crypto.CreateAddress(account.address, tx.Nonce()), nil
}

// Round is the contract Governance on a chain.
type Round struct {
	chain   *Chain
	address common.Address
	abi     *contracts.Governance
}

// Round names a contract Governance. It asks the chain nothing.
func (c *Chain) Round(governance [20]byte) *Round {
	return &Round{c, governance, contracts.NewGovernance()}
}

// Anchors is the contract Anchors that was deployed with this one.
func (r *Round) Anchors(ctx context.Context) ([20]byte, error) {
	raw, err := r.call(ctx, r.abi.PackAnchors())
	if err != nil {
		return [20]byte{}, err
	}
	a, err := r.abi.UnpackAnchors(raw)
	if err != nil {
		return [20]byte{}, fmt.Errorf("governance %x: anchors: %w", r.address, err)
	}
	return a, nil
}

// Proposal is a call that organisations decide on.
type Proposal struct {
	ID       [32]byte
	Target   [20]byte
	Data     []byte
	Nonce    *big.Int
	Expires  time.Time
	Done     bool
	Approved []string // names of those whose approval counts now
	Weight   uint64   // theirs together
	Needed   uint32
}

// Open says whether it can still be approved.
func (p Proposal) Open(now time.Time) bool { return !p.Done && now.Before(p.Expires) }

// Organisations are those who govern, and the weight that decides.
func (r *Round) Organisations(ctx context.Context) ([]Organisation, uint32, error) {
	raw, err := r.call(ctx, r.abi.PackThreshold())
	if err != nil {
		return nil, 0, err
	}
	threshold, err := r.abi.UnpackThreshold(raw)
	if err != nil {
		return nil, 0, fmt.Errorf("governance %x: threshold: %w", r.address, err)
	}
	if raw, err = r.call(ctx, r.abi.PackList()); err != nil {
		return nil, 0, err
	}
	list, err := r.abi.UnpackList(raw)
	if err != nil {
		return nil, 0, fmt.Errorf("governance %x: organisations: %w", r.address, err)
	}
	out := make([]Organisation, len(list))
	for i, o := range list {
		out[i] = Organisation{o.Id, o.Name, o.Key, o.Cosigner, o.Weight}
	}
	return out, threshold, nil
}

// Propose proposes a call and approves it in the name of the account's organisation.
func (r *Round) Propose(ctx context.Context, account *Account, target [20]byte, data []byte) ([32]byte, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return [32]byte{}, fmt.Errorf("propose: %w", err)
	}
	nonce := new(big.Int).SetUint64(binary.BigEndian.Uint64(random[:]))
	if _, err := r.chain.estimated(ctx, account, &r.address, r.abi.PackPropose(target, data, nonce)); err != nil {
		return [32]byte{}, fmt.Errorf("propose: %w", err)
	}
	raw, err := r.call(ctx, r.abi.PackIdOf(target, data, nonce))
	if err != nil {
		return [32]byte{}, err
	}
	return r.abi.UnpackIdOf(raw)
}

// Approve approves a proposal in the name of the account's organisation, and
// makes its call if that decides it.
func (r *Round) Approve(ctx context.Context, account *Account, p Proposal) error {
	if _, err := r.chain.estimated(ctx, account, &r.address, r.abi.PackApprove(p.Target, p.Data, p.Nonce)); err != nil {
		return fmt.Errorf("approve %x: %w", p.ID[:4], err)
	}
	return nil
}

// Proposals are all that were ever made, oldest first. What the node's events say
// of a call is held against the proposal's id, which is the hash of it.
func (r *Round) Proposals(ctx context.Context) ([]Proposal, error) {
	orgs, needed, err := r.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	topic := crypto.Keccak256Hash([]byte("Proposed(bytes32,bytes32,address,bytes,uint256,uint64)"))
	logs, err := r.chain.eth.FilterLogs(ctx, ethereum.FilterQuery{FromBlock: new(big.Int), Addresses: []common.Address{r.address}, Topics: [][]common.Hash{{topic}}})
	if err != nil {
		return nil, fmt.Errorf("governance %x: events: %w", r.address, err)
	}
	var out []Proposal
	for _, l := range logs {
		e, err := r.abi.UnpackProposedEvent(&l)
		if err != nil {
			return nil, fmt.Errorf("governance %x: events: %w", r.address, err)
		}
		word := common.BigToHash(e.Nonce)
		id := crypto.Keccak256Hash(common.BigToHash(r.chain.id).Bytes(), common.LeftPadBytes(r.address[:], 32), common.LeftPadBytes(e.Target[:], 32), crypto.Keccak256(e.Data), word[:])
		if id != e.ProposalId {
			return nil, fmt.Errorf("governance %x: the node shows proposal %x with a call that is not its own; ask another node", r.address, e.ProposalId[:4])
		}
		p := Proposal{ID: id, Target: e.Target, Data: e.Data, Nonce: e.Nonce, Expires: time.Unix(int64(e.Expires), 0), Needed: needed}
		raw, err := r.call(ctx, r.abi.PackProposals(id))
		if err != nil {
			return nil, err
		}
		state, err := r.abi.UnpackProposals(raw)
		if err != nil {
			return nil, fmt.Errorf("governance %x: proposal: %w", r.address, err)
		}
		p.Done = state.Done
		for _, o := range orgs {
			if raw, err = r.call(ctx, r.abi.PackApproved(id, o.Key)); err != nil {
				return nil, err
			}
			if yes, err := r.abi.UnpackApproved(raw); err != nil {
				return nil, fmt.Errorf("governance %x: approval: %w", r.address, err)
			} else if yes {
				p.Approved, p.Weight = append(p.Approved, o.Name), p.Weight+uint64(o.Weight)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (r *Round) call(ctx context.Context, data []byte) ([]byte, error) {
	out, err := r.chain.eth.CallContract(ctx, ethereum.CallMsg{To: &r.address, Data: data}, nil)
	if err == nil && len(out) == 0 {
		err = errors.New("no answer: no contract there")
	}
	if err != nil {
		return nil, fmt.Errorf("governance %x: %w", r.address, err)
	}
	return out, nil
}
