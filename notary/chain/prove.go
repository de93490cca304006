package chain

import (
	"bytes"
	"context"
	"errors"
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
// which no crash can replace, is ever signed. On a chain that validators seal, it is
// the seals in the header, and on Clique the headers on top; they are judged here as
// an inspector will judge them, if [Chain.Believe] was told by whom.
func (c *Chain) Seal(ctx context.Context, b Block, origin string, key note.Signer) (anchor.Block, error) {
	if c.node == nil {
		return c.sealed(ctx, b)
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

// sealed gathers what makes a block of others' chain believable, and remembers it.
func (c *Chain) sealed(ctx context.Context, b Block) (anchor.Block, error) {
	if known, ok := c.Remembered(b.Hash); ok && bytes.Equal(known.Header, b.Header) {
		return known, nil
	}
	out, err := c.gather(ctx, b)
	if err == nil {
		c.recent.keep(b.Hash, out)
	}
	return out, err
}

func (c *Chain) gather(ctx context.Context, b Block) (anchor.Block, error) {
	out := anchor.Block{Header: b.Header}
	if c.believed == nil {
		return out, nil // by whom it must be sealed is not known here
	}
	switch got, err := anchor.HeaderHash(c.believed.Profile, b.Header); {
	case err != nil:
		return anchor.Block{}, fmt.Errorf("block %d: not one of a %s chain: %w", b.Number, c.believed.Profile, err)
	case got != b.Hash:
		return anchor.Block{}, fmt.Errorf("block %d: hashes to %x under %s, the node says %x", b.Number, got, c.believed.Profile, b.Hash)
	}
	believed, err := c.following(ctx, b)
	if err != nil {
		return anchor.Block{}, err
	}
	_, err = out.Verify(believed)
	if c.believed.Profile != anchor.Clique {
		if err != nil {
			return anchor.Block{}, fmt.Errorf("seals of block %d: %w", b.Number, err)
		}
		return out, nil
	}
	// Each header on top is one more who has built on the block; how many it takes
	// is the verification's to say.
	_, of, setErr := c.believed.Needed(b.Number)
	if setErr != nil {
		return anchor.Block{}, setErr
	}
	for n := b.Number + 1; err != nil && n <= b.Number+2*uint64(of); n++ {
		next, nextErr := c.Block(ctx, n)
		if nextErr != nil {
			return anchor.Block{}, fmt.Errorf("block on top of block %d: %w: %w", b.Number, errAway, nextErr)
		}
		out.After = append(out.After, next.Header)
		_, err = out.Verify(*c.believed)
	}
	if err != nil {
		return anchor.Block{}, fmt.Errorf("seals on block %d: %w", b.Number, err)
	}
	return out, nil
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
// newest final block, sealed, and verified as an inspector will verify it. Where the
// node of a Clique chain gives no state proof, it is the receipt of the transaction
// that anchored, in its own block.
func (a *Anchors) Evidence(ctx context.Context, cp anchor.Checkpoint, number, time uint64, origin string, key note.Signer, trusted note.Verifier) (anchor.Proof, error) {
	shown, err := a.chain.Final(ctx)
	if err != nil {
		return anchor.Proof{}, err
	}
	p, err := a.Prove(ctx, shown, cp.Size, number, time)
	if err != nil && a.chain.byReceipts() {
		stateless := err
		if shown, err = a.chain.Block(ctx, number); err == nil {
			p, err = a.ProveByReceipt(ctx, shown, cp)
		}
		if err != nil {
			err = errors.Join(stateless, err)
		}
	}
	if err != nil {
		return anchor.Proof{}, err
	}
	if p.Block, err = a.chain.Seal(ctx, shown, origin, key); err != nil {
		return anchor.Proof{}, err
	}
	believed := anchor.Chain{Profile: anchor.Embedded, ID: a.chain.ID(), Note: trusted}
	if !a.chain.Local() {
		if a.chain.believed == nil {
			return p, nil // who must have sealed it is not known here
		}
		if believed, err = a.chain.following(ctx, shown); err != nil {
			return anchor.Proof{}, err
		}
	}
	// Which of its generations a log is anchored in was fixed when it was set up.
	code, err := a.chain.CodeHash(ctx, a.address)
	if err != nil {
		return anchor.Proof{}, err
	}
	if !contracts.Known(code) {
		return anchor.Proof{}, fmt.Errorf("own proof of size %d: contract %x has code %x, which is not that of Anchors", cp.Size, a.address, code)
	}
	_, err = p.Verify(believed, anchor.Contract{Address: a.address, CodeHash: code}, cp)
	if err != nil {
		return anchor.Proof{}, fmt.Errorf("own proof of size %d in block %d does not verify: %w", cp.Size, shown.Number, err)
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
