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
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// Gas limits, at least. An anchor takes under 54,000; the rest is room for chains
// that price storage differently. A limit costs nothing that is not used.
const (
	anchorGas      = 150_000
	cosignatureGas = 20_000 // each
	registerGas    = 150_000
	deployGas      = 3_000_000
)

// setUpPatience is how long a set-up transaction may take to get into a block.
const setUpPatience = 2 * time.Minute

// Anchors is the contract Anchors on a chain, seen by one log and its writer.
// It is safe for concurrent use.
type Anchors struct {
	chain   *Chain
	account *Account
	address common.Address
	logID   [32]byte
	abi     *contracts.Anchors
	// first: of the generation that knew no organisations. Set before use.
	first bool

	mu     sync.Mutex
	state  sealedState // newest state whose block was found sealed
	proven bool        // the node has given a state proof
}

// Bind names the contract of a log, of today's code. It asks the chain nothing.
func (c *Chain) Bind(contract [20]byte, logID [32]byte, account *Account) *Anchors {
	return &Anchors{chain: c, account: account, address: contract, logID: logID, abi: contracts.NewAnchors()}
}

// Of tells the code that the contract has, before its first use.
func (a *Anchors) Of(code [32]byte) *Anchors {
	a.first = contracts.KnowsNoOrganisations(code)
	return a
}

// Deploy makes sure that account has an Anchors contract of its own and is
// the writer of the log there, and returns the contract's address. After a
// crash in between it goes on where it stopped.
func (c *Chain) Deploy(ctx context.Context, logID [32]byte, account *Account) ([20]byte, error) {
	address, err := c.ownContract(ctx, account)
	if err != nil {
		return [20]byte{}, fmt.Errorf("deploy contract Anchors: %w", err)
	}
	a := c.Bind(address, logID, account)
	writer, err := a.Writer(ctx)
	if err != nil {
		return [20]byte{}, err
	}
	switch writer {
	case account.Address():
		return address, nil
	case [20]byte{}:
		if _, err := c.transact(ctx, account, registerGas, &a.address, a.abi.PackRegister(logID, account.address, 0, big.NewInt(contracts.Unbounded))); err != nil {
			return [20]byte{}, fmt.Errorf("register log %x: %w", logID, err)
		}
		return address, nil
	default:
		return [20]byte{}, fmt.Errorf("register log %x: contract %x says its writer is %x, not %x", logID, address, writer, account.address)
	}
}

// ownContract looks for an earlier deployment among the account's first
// transactions, and makes one if there is none.
func (c *Chain) ownContract(ctx context.Context, account *Account) (common.Address, error) {
	mined, err := c.MinedNonce(ctx, account.Address())
	if err != nil {
		return common.Address{}, err
	}
	const first = 16
	for n := range min(mined, first) {
		address := crypto.CreateAddress(account.address, n)
		hash, err := c.CodeHash(ctx, address)
		if err != nil {
			return common.Address{}, err
		}
		if hash == contracts.CodeHash() {
			return address, nil
		}
	}
	tx, err := c.transact(ctx, account, deployGas, nil, contracts.Creation(account.address))
	if err != nil {
		return common.Address{}, err
	}
	address := crypto.CreateAddress(account.address, tx.Nonce())
	hash, err := c.CodeHash(ctx, address)
	if err == nil && hash != contracts.CodeHash() {
		err = fmt.Errorf("the chain holds code %x at %x, want %x", hash, address, contracts.CodeHash())
	}
	return address, err
}

// transact signs, sends and waits for a receipt. It is for the two
// transactions of a set-up; anchors go through the anchorer's outbox.
func (c *Chain) transact(ctx context.Context, account *Account, gas uint64, to *common.Address, data []byte) (*types.Transaction, error) {
	nonce, err := c.Nonce(ctx, account.Address())
	if err != nil {
		return nil, err
	}
	price, err := c.price(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := account.sign(ctx, c.id, price, nonce, gas, to, data)
	if err != nil {
		return nil, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	if err := c.Send(ctx, raw); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, setUpPatience)
	defer stop()
	for {
		// An error here can pass: a node that has just started says that it is
		// still indexing.
		r, found, err := c.Receipt(ctx, tx.Hash())
		switch {
		case found && !r.OK:
			return nil, fmt.Errorf("transaction %x reverted in block %d", tx.Hash(), r.Number)
		case found:
			return tx, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %x: no receipt: %w", tx.Hash(), errors.Join(ctx.Err(), err))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Address is the contract's address.
func (a *Anchors) Address() [20]byte { return a.address }

// Account is the address of the account that signs.
func (a *Anchors) Account() [20]byte { return a.account.address }

// Writer is the account that may anchor the log; zero when it is not registered.
func (a *Anchors) Writer(ctx context.Context) ([20]byte, error) {
	out, err := a.call(ctx, a.abi.PackWriters(a.logID), nil)
	if err != nil {
		return [20]byte{}, fmt.Errorf("contract %x: writer: %w", a.address, err)
	}
	w, err := a.abi.UnpackWriters(out)
	if err != nil {
		return [20]byte{}, fmt.Errorf("contract %x: writer: %w", a.address, err)
	}
	return w, nil
}

// Seat is the newest anchored checkpoint of a log; Size 0 when there is none.
type Seat struct {
	Size   uint64
	Number uint64 // block that anchored it
	Time   uint64 // its timestamp, seconds since 1970
	Closed bool
}

// Newest reads the seat in the state after block at: proved, where it is known who
// seals the chain's blocks, else as the node says.
func (a *Anchors) Newest(ctx context.Context, at uint64) (Seat, error) {
	if a.chain.believed != nil && !a.first {
		if s, err := a.sealedSeat(ctx, at); !a.stateless(err) {
			return s, err
		}
	}
	out, err := a.call(ctx, a.abi.PackNewest(a.logID), new(big.Int).SetUint64(at))
	if err != nil {
		return Seat{}, fmt.Errorf("contract %x: newest checkpoint: %w", a.address, err)
	}
	n, err := a.abi.UnpackNewest(out)
	if err != nil {
		return Seat{}, fmt.Errorf("contract %x: newest checkpoint: %w", a.address, err)
	}
	return Seat{n.Size, n.Number, n.Time, n.Closed}, nil
}

// Slot reads what is anchored at a size in the state after block at; zero
// when nothing is. What it must be is evidence/anchor's Slot. It is proved as in
// [Anchors.Newest].
func (a *Anchors) Slot(ctx context.Context, size, at uint64) ([32]byte, error) {
	if a.chain.believed != nil {
		got, err := a.sealedSlots(ctx, at, anchor.SlotKey(a.logID, size))
		if err == nil {
			return got[0], nil
		}
		if !a.stateless(err) {
			return [32]byte{}, fmt.Errorf("contract %x: checkpoint of size %d: %w", a.address, size, err)
		}
	}
	out, err := a.call(ctx, a.abi.PackCheckpoints(a.logID, size), new(big.Int).SetUint64(at))
	if err != nil {
		return [32]byte{}, fmt.Errorf("contract %x: checkpoint of size %d: %w", a.address, size, err)
	}
	s, err := a.abi.UnpackCheckpoints(out)
	if err != nil {
		return [32]byte{}, fmt.Errorf("contract %x: checkpoint of size %d: %w", a.address, size, err)
	}
	return s, nil
}

func (a *Anchors) call(ctx context.Context, data []byte, at *big.Int) ([]byte, error) {
	out, err := a.chain.eth.CallContract(ctx, ethereum.CallMsg{To: &a.address, Data: data}, at)
	if err == nil && len(out) == 0 {
		err = errors.New("no answer: no contract there")
	}
	return out, err
}

// Find looks through the contract's events up to block at for the block that
// anchored a size. It reads the whole chain: a last resort.
func (a *Anchors) Find(ctx context.Context, size, at uint64) (number uint64, found bool, err error) {
	logs, err := a.chain.eth.FilterLogs(ctx, ethereum.FilterQuery{
		ToBlock:   new(big.Int).SetUint64(at),
		Addresses: []common.Address{a.address},
		Topics:    [][]common.Hash{{contracts.AnchoredTopic()}, {a.logID}},
	})
	if err != nil {
		return 0, false, fmt.Errorf("contract %x: events: %w", a.address, err)
	}
	for _, l := range logs {
		e, err := a.abi.UnpackAnchoredEvent(&l)
		if err != nil {
			return 0, false, fmt.Errorf("contract %x: events: %w", a.address, err)
		}
		if e.Size == size && !l.Removed {
			return l.BlockNumber, true, nil
		}
	}
	return 0, false, nil
}

// Rules are what the contract holds a log to, in the newest state.
type Rules struct {
	Writer    [20]byte // who may anchor; zero: the log is not registered
	Governor  [20]byte // who registers it; a contract Governance where several do
	Cosigners int      // organisations that must cosign each checkpoint
	Stopped   bool
}

// Rules asks for the rules. They say what to do next and prove nothing, so that the
// node's word is enough.
func (a *Anchors) Rules(ctx context.Context) (r Rules, err error) {
	if r.Writer, err = a.Writer(ctx); err != nil || a.first {
		return r, err
	}
	if r.Governor, err = a.Governor(ctx); err != nil {
		return r, err
	}
	out, err := a.call(ctx, a.abi.PackBounds(a.logID), nil)
	if err != nil {
		return r, fmt.Errorf("contract %x: bounds: %w", a.address, err)
	}
	b, err := a.abi.UnpackBounds(out)
	if err != nil {
		return r, fmt.Errorf("contract %x: bounds: %w", a.address, err)
	}
	r.Cosigners, r.Stopped = int(b.Cosigners), b.Stopped
	return r, nil
}

// Governor is who registers, stops and closes logs.
func (a *Anchors) Governor(ctx context.Context) ([20]byte, error) {
	out, err := a.call(ctx, a.abi.PackGovernor(), nil)
	if err != nil {
		return [20]byte{}, fmt.Errorf("contract %x: governor: %w", a.address, err)
	}
	g, err := a.abi.UnpackGovernor(out)
	if err != nil {
		return [20]byte{}, fmt.Errorf("contract %x: governor: %w", a.address, err)
	}
	return g, nil
}

// Cosigners are the names of the organisations by the accounts that cosign for them.
func (a *Anchors) Cosigners(ctx context.Context) (map[[20]byte]string, error) {
	governor, err := a.Governor(ctx)
	if err != nil {
		return nil, err
	}
	orgs, _, err := a.chain.Round(governor).Organisations(ctx)
	if err != nil {
		return nil, err
	}
	out := map[[20]byte]string{}
	for _, o := range orgs {
		out[o.Cosigner] = o.Name
	}
	return out, nil
}

// ToCosign is what organisations sign to cosign a checkpoint of this log here.
func (a *Anchors) ToCosign(size uint64, root [32]byte) Cosigned {
	return Cosigned{ChainID: a.chain.ID(), Contract: a.address, LogID: a.logID, Size: size, Root: root}
}

// Sign makes the transaction that anchors a checkpoint, with cosignatures where
// the log asks for them. It does not send it.
func (a *Anchors) Sign(ctx context.Context, nonce, size uint64, root [32]byte, cosignatures []Cosignature) (raw []byte, hash [32]byte, err error) {
	price, err := a.chain.price(ctx)
	if err != nil {
		return nil, hash, err
	}
	data := a.abi.PackAnchor(a.logID, size, root)
	if len(cosignatures) > 0 {
		sorted, err := a.ToCosign(size, root).sort(cosignatures)
		if err != nil {
			return nil, hash, err
		}
		data = a.abi.PackAnchorCosigned(a.logID, size, root, sorted)
	}
	gas := uint64(anchorGas + cosignatureGas*len(cosignatures))
	// A chain may price storage above all that we know. Where the node cannot
	// say, or says that the call reverts, the outbox finds out.
	if n, err := a.chain.eth.EstimateGas(ctx, ethereum.CallMsg{From: a.account.address, To: &a.address, Data: data}); err == nil {
		gas = max(gas, n+n/4)
	}
	tx, err := a.account.sign(ctx, a.chain.id, price, nonce, gas, &a.address, data)
	if err != nil {
		return nil, hash, fmt.Errorf("sign anchor of size %d: %w", size, err)
	}
	raw, err = tx.MarshalBinary()
	return raw, tx.Hash(), err
}
