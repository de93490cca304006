package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// byReceipts reports whether an inspector takes a receipt in place of a state proof.
func (c *Chain) byReceipts() bool { return c.believed != nil && c.believed.Profile == anchor.Clique }

// ProveByReceipt shows in the receipts of block b, the one that anchored it, that a
// checkpoint was anchored. It leaves b to be sealed.
func (a *Anchors) ProveByReceipt(ctx context.Context, b Block, cp anchor.Checkpoint) (anchor.Proof, error) {
	receipts, err := a.chain.receipts(ctx, b)
	if err != nil {
		return anchor.Proof{}, fmt.Errorf("receipts of block %d: %w", b.Number, err)
	}
	at := slices.IndexFunc(receipts, func(r *types.Receipt) bool {
		return slices.ContainsFunc(r.Logs, func(l *types.Log) bool {
			if l.Address != a.address || len(l.Topics) != 2 || l.Topics[0] != contracts.AnchoredTopic() || l.Topics[1] != cp.LogID {
				return false
			}
			e, err := a.abi.UnpackAnchoredEvent(l)
			return err == nil && e.Size == cp.Size && e.Root == cp.Root
		})
	})
	if at < 0 {
		return anchor.Proof{}, fmt.Errorf("receipts of block %d: none of the %d anchors size %d", b.Number, len(receipts), cp.Size)
	}
	tr := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), triedb.HashDefaults))
	var value bytes.Buffer
	for i := range receipts {
		value.Reset()
		types.Receipts(receipts).EncodeIndex(i, &value)
		if err := tr.Update(rlp.AppendUint64(nil, uint64(i)), bytes.Clone(value.Bytes())); err != nil {
			return anchor.Proof{}, fmt.Errorf("receipts of block %d: %w", b.Number, err)
		}
	}
	h, err := anchor.ParseHeader(b.Header)
	if err != nil {
		return anchor.Proof{}, err
	}
	if root := tr.Hash(); root != common.Hash(h.ReceiptRoot) {
		return anchor.Proof{}, fmt.Errorf("receipts of block %d: they hash to %x, its header says %x", b.Number, root, h.ReceiptRoot)
	}
	var nodes proofNodes
	if err := tr.Prove(rlp.AppendUint64(nil, uint64(at)), &nodes); err != nil {
		return anchor.Proof{}, fmt.Errorf("receipts of block %d: %w", b.Number, err)
	}
	return anchor.Proof{ChainID: a.chain.ID(), Contract: bytes.Clone(a.address[:]), Number: b.Number, Time: b.Time,
		Block: anchor.Block{Header: b.Header}, Receipt: &anchor.Receipt{Index: uint64(at), Nodes: nodes}}, nil
}

// receipts are all receipts of a block, in its order: in one call where the node
// has it, else one by one.
func (c *Chain) receipts(ctx context.Context, b Block) ([]*types.Receipt, error) {
	out, err := c.eth.BlockReceipts(ctx, rpc.BlockNumberOrHashWithHash(b.Hash, false))
	if err == nil || errors.Is(err, ethereum.NotFound) {
		return out, err
	}
	var block struct {
		Transactions []common.Hash `json:"transactions"`
	}
	if err := c.rpc.CallContext(ctx, &block, "eth_getBlockByHash", hexutil.Encode(b.Hash[:]), false); err != nil {
		return nil, err
	}
	out = nil
	for _, tx := range block.Transactions {
		r, err := c.eth.TransactionReceipt(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("transaction %x: %w", tx, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// proofNodes gathers the nodes of a proof, root first.
type proofNodes [][]byte

func (p *proofNodes) Put(_, node []byte) error {
	*p = append(*p, bytes.Clone(node))
	return nil
}

// Delete is of the interface; a proof deletes nothing.
func (p *proofNodes) Delete([]byte) error { return errors.New("a proof deletes nothing") }
