package chain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/evidence/anchor"
)

// What the anchorer acts on it reads as an inspector will: from a state whose block
// the validators sealed, by a proof. A node that lies about a root, a size or a
// block is then an error that passes, and never a fork of the log.

// ErrLie: the node's answer is not what the chain's validators sealed.
var ErrLie = errors.New("the node's answer is not what the chain's validators sealed: it lies, or it is damaged, or chain.validators in notary.yaml is out of date")

// sealedState is the state after a block that was found sealed.
type sealedState struct {
	block [32]byte
	root  [32]byte
}

// stateRoot is the root of the state after block at, whose seals were counted.
func (a *Anchors) stateRoot(ctx context.Context, at uint64) ([32]byte, error) {
	b, err := a.chain.Block(ctx, at)
	if err != nil {
		return [32]byte{}, err
	}
	a.mu.Lock()
	known := a.state
	a.mu.Unlock()
	if known.block == b.Hash && known.block != [32]byte{} {
		return known.root, nil
	}
	h, err := anchor.ParseHeader(b.Header)
	if err != nil {
		return [32]byte{}, fmt.Errorf("block %d: %w", at, err)
	}
	if h.Number != at {
		return [32]byte{}, fmt.Errorf("block %d: the node gives block %d: %w", at, h.Number, ErrLie)
	}
	// It says which block is missing on top, or whose seal.
	if _, err := a.chain.sealed(ctx, b); err != nil {
		if errors.Is(err, ErrNotFound) || errors.Is(err, errAway) {
			return [32]byte{}, err
		}
		return [32]byte{}, fmt.Errorf("%w: %w", ErrLie, err)
	}
	a.mu.Lock()
	a.state = sealedState{b.Hash, h.StateRoot}
	a.mu.Unlock()
	return h.StateRoot, nil
}

// sealedAccount reads an account after block at, proved, with proofs of its storage.
func (a *Anchors) sealedAccount(ctx context.Context, at uint64, address [20]byte, slots []string) (x anchor.Account, found bool, storage []gethclient.StorageResult, err error) {
	root, err := a.stateRoot(ctx, at)
	if err != nil {
		return x, false, nil, err
	}
	got, err := gethclient.New(a.chain.rpc).GetProof(ctx, address, slots, new(big.Int).SetUint64(at))
	if err != nil {
		return x, false, nil, fmt.Errorf("proof in block %d: %w", at, err)
	}
	if len(got.StorageProof) != len(slots) {
		return x, false, nil, fmt.Errorf("proof in block %d: %d slots, want %d", at, len(got.StorageProof), len(slots))
	}
	nodes, err := decodeNodes(got.AccountProof)
	if err != nil {
		return x, false, nil, fmt.Errorf("proof in block %d: %w", at, err)
	}
	if x, found, err = anchor.FindAccount(root, address, nodes); err != nil {
		return x, false, nil, fmt.Errorf("%w: block %d: %w", ErrLie, at, err)
	}
	return x, found, got.StorageProof, nil
}

// sealedSlots reads the contract's storage after block at, proved.
func (a *Anchors) sealedSlots(ctx context.Context, at uint64, keys ...[32]byte) ([][32]byte, error) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = hexutil.Encode(k[:])
	}
	account, found, storage, err := a.sealedAccount(ctx, at, a.address, names)
	if err == nil && !found {
		err = fmt.Errorf("%w: block %d: there is no such contract", ErrLie, at)
	}
	if err != nil {
		return nil, err
	}
	out := make([][32]byte, len(keys))
	for i, k := range keys {
		nodes, err := decodeNodes(storage[i].Proof)
		if err != nil {
			return nil, fmt.Errorf("proof in block %d: %w", at, err)
		}
		if out[i], _, err = anchor.FindStorage(account.StorageRoot, k, nodes); err != nil {
			return nil, fmt.Errorf("%w: block %d: %w", ErrLie, at, err)
		}
	}
	a.mu.Lock()
	a.proven = true
	a.mu.Unlock()
	return out, nil
}

// Used is how many transactions of the writer's account stand in blocks up to at, which
// is its next nonce there. It is proved as in [Anchors.Newest].
func (a *Anchors) Used(ctx context.Context, at uint64) (uint64, error) {
	account := a.account.Address()
	if a.chain.believed != nil {
		x, _, _, err := a.sealedAccount(ctx, at, account, nil) // not found: it never sent anything
		if !a.stateless(err) {
			return x.Nonce, wrapNonce(account, err)
		}
	}
	n, err := a.chain.eth.NonceAt(ctx, account, new(big.Int).SetUint64(at))
	return n, wrapNonce(account, err)
}

func wrapNonce(account [20]byte, err error) error {
	if err != nil {
		return fmt.Errorf("nonce of %x: %w", account, err)
	}
	return nil
}

// stateless says that an error is that of a node which has no state proofs at all, on
// a chain whose anchors are shown by receipts: then its word stands. One that gave
// proofs before cannot take them back.
func (a *Anchors) stateless(err error) bool {
	var refused rpc.Error
	const noSuchMethod = -32601
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.proven && a.chain.byReceipts() && errors.As(err, &refused) && refused.ErrorCode() == noSuchMethod
}

// Storage positions of Anchors; compile.js keeps them.
const (
	writersAt = 1
	seatsAt   = 4
)

// stateClosed is the seat's state once the log is closed; see Anchors.sol.
const stateClosed = 2

// sealedSeat is Newest, proved: the writer, and then what that writer anchored last.
func (a *Anchors) sealedSeat(ctx context.Context, at uint64) (s Seat, err error) {
	got, err := a.sealedSlots(ctx, at, crypto.Keccak256Hash(a.logID[:], abiWord(writersAt)))
	if err == nil && got[0] != [32]byte{} {
		log := crypto.Keccak256(a.logID[:], abiWord(seatsAt))
		writer := common.BytesToAddress(got[0][12:])
		got, err = a.sealedSlots(ctx, at, crypto.Keccak256Hash(common.LeftPadBytes(writer[:], 32), log))
	}
	if err != nil {
		return s, fmt.Errorf("contract %x: newest checkpoint: %w", a.address, err)
	}
	seat := got[0] // solc packs from the low end: size, number, time, rate, cosigners, state
	s = Seat{Size: binary.BigEndian.Uint64(seat[24:]), Number: binary.BigEndian.Uint64(seat[16:]), Time: binary.BigEndian.Uint64(seat[8:]), Closed: seat[0] == stateClosed}
	if s.Size == 0 { // until the first anchor, number and time are the registration's
		s.Number, s.Time = 0, 0
	}
	return s, nil
}
