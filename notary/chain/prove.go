package chain

import (
	"bytes"
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// Seal makes a block believable on paper. For the embedded chain that is the
// notary's own note over (chain id, number, hash), so only a synced block,
// which no crash can replace, is ever signed.
func (c *Chain) Seal(b Block, origin string, key note.Signer) (anchor.Block, error) {
	if c.node == nil {
		return anchor.Block{Header: b.Header}, nil
	}
	if synced := c.node.synced.Load(); b.Number > synced {
		return anchor.Block{}, fmt.Errorf("seal block %d: only %d is synced", b.Number, synced)
	}
	if got := anchor.Keccak(b.Header); got != b.Hash {
		return anchor.Block{}, fmt.Errorf("seal block %d: its header hashes to %x, not %x", b.Number, got, b.Hash)
	}
	n, err := anchor.BlockNote{Origin: origin, ChainID: c.ID(), Number: b.Number, Hash: b.Hash}.Sign(key)
	if err != nil {
		return anchor.Block{}, err
	}
	return anchor.Block{Header: b.Header, Note: n}, nil
}

// Prove shows in the state of block b that the checkpoint of a size was
// anchored by the block of a number and time. It leaves b to be sealed.
func (a *Anchors) Prove(ctx context.Context, b Block, size, number, time uint64) (anchor.Proof, error) {
	key := anchor.SlotKey(a.logID, size)
	got, err := gethclient.New(a.chain.rpc).GetProof(ctx, a.address, []string{hexutil.Encode(key[:])}, new(big.Int).SetUint64(b.Number))
	if err != nil {
		return anchor.Proof{}, fmt.Errorf("proof of size %d in block %d: %w", size, b.Number, err)
	}
	if len(got.StorageProof) != 1 {
		return anchor.Proof{}, fmt.Errorf("proof of size %d in block %d: %d slots, want 1", size, b.Number, len(got.StorageProof))
	}
	p := anchor.Proof{
		ChainID: a.chain.ID(), Contract: bytes.Clone(a.address[:]), Number: number, Time: time,
		Block: anchor.Block{Header: b.Header},
	}
	if p.Account, err = decodeNodes(got.AccountProof); err == nil {
		p.Storage, err = decodeNodes(got.StorageProof[0].Proof)
	}
	if err != nil {
		return anchor.Proof{}, fmt.Errorf("proof of size %d in block %d: %w", size, b.Number, err)
	}
	return p, nil
}

// Evidence makes the anchor section of an evidence file: proof from the
// newest final block, sealed, and verified as an inspector will verify it.
func (a *Anchors) Evidence(ctx context.Context, cp anchor.Checkpoint, number, time uint64, origin string, key note.Signer, trusted note.Verifier) (anchor.Proof, error) {
	final, err := a.chain.Final(ctx)
	if err != nil {
		return anchor.Proof{}, err
	}
	p, err := a.Prove(ctx, final, cp.Size, number, time)
	if err != nil {
		return anchor.Proof{}, err
	}
	if p.Block, err = a.chain.Seal(final, origin, key); err != nil {
		return anchor.Proof{}, err
	}
	if !a.chain.Local() {
		return p, nil // its seals are not judged here: no profile reads them yet
	}
	_, err = p.Verify(
		anchor.Chain{Profile: anchor.Embedded, ID: a.chain.ID(), Note: trusted},
		anchor.Contract{Address: a.address, CodeHash: contracts.CodeHash()}, cp)
	if err != nil {
		return anchor.Proof{}, fmt.Errorf("own proof of size %d in block %d does not verify: %w", cp.Size, final.Number, err)
	}
	return p, nil
}

func decodeNodes(in []string) ([][]byte, error) {
	out := make([][]byte, len(in))
	for i, s := range in {
		b, err := hexutil.Decode(s)
		if err != nil {
			return nil, fmt.Errorf("node %d: %w", i+1, err)
		}
		out[i] = b
	}
	return out, nil
}
