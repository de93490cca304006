package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/evidence/anchor"
)

// ErrNotFound: the chain knows no such block.
var ErrNotFound = errors.New("not on the chain")

// Chain is an EVM chain. It is safe for concurrent use.
type Chain struct {
	rpc   *rpc.Client
	eth   *ethclient.Client
	id    *big.Int
	depth uint64    // blocks on top that make a block final; 0 for the embedded chain
	node  *embedded // nil for a chain that others run
	// believed is what a trust file says of the chain; nil: not told. Set before use.
	believed *anchor.Chain
	recent   recent
	// followed is believed with the changes of validators that were found since.
	followed followed
}

// Dial connects to a chain by its JSON-RPC URL (http, https, ws, wss or a
// path to an IPC socket). A block is final once depth blocks stand on it.
func Dial(ctx context.Context, url string, depth uint64) (*Chain, error) {
	r, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	c := &Chain{rpc: r, eth: ethclient.NewClient(r), depth: depth}
	if c.id, err = c.eth.ChainID(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("chain at %s: chain id: %w", url, err)
	}
	if !c.id.IsUint64() {
		r.Close()
		return nil, fmt.Errorf("chain at %s: chain id %v is above 64 bits", url, c.id)
	}
	return c, nil
}

// answerPatience is how long a node may take for one answer over HTTP: one that
// hangs is one that is away.
const answerPatience = 10 * time.Second

func dial(ctx context.Context, url string) (*rpc.Client, error) {
	r, err := rpc.DialOptions(ctx, url, rpc.WithHTTPClient(&http.Client{Timeout: answerPatience}))
	if err != nil {
		return nil, fmt.Errorf("chain at %s: %w", url, err)
	}
	return r, nil
}

// AskID is the chain id as the node gives it now.
func (c *Chain) AskID(ctx context.Context) (uint64, error) {
	id, err := c.eth.ChainID(ctx)
	if err != nil {
		return 0, fmt.Errorf("chain id: %w", err)
	}
	if !id.IsUint64() {
		return 0, fmt.Errorf("chain id: %v is above 64 bits", id)
	}
	return id.Uint64(), nil
}

// Head is the newest block that the node has, which may yet be undone.
func (c *Chain) Head(ctx context.Context) (Block, error) {
	n, err := c.eth.BlockNumber(ctx)
	if err != nil {
		return Block{}, fmt.Errorf("newest block: %w", err)
	}
	return c.Block(ctx, n)
}

// Believe tells what a trust file says of a chain that others run, before its first
// use: blocks in evidence are then held to their profile's hash and seals, and bring
// what it asks for. Anchoring needs none of it. Nothing that the chain says changes it.
func (c *Chain) Believe(x anchor.Chain) error {
	switch {
	case c.node != nil:
		return fmt.Errorf("chain %d: the embedded chain has no validators", c.ID())
	case x.ID != c.ID():
		return fmt.Errorf("chain %d: the trust file speaks of chain %d", c.ID(), x.ID)
	case !x.Profile.Sealed():
		return fmt.Errorf("chain %d: profile %q is not one that validators seal", c.ID(), x.Profile)
	}
	if err := x.Profile.CheckSets(x.Sets); err != nil {
		return fmt.Errorf("chain %d: %w", c.ID(), err)
	}
	c.believed = &x
	c.followed = followed{chain: x}
	c.recent.forget()
	return nil
}

// Profile recognises the chain's profile by its newest final block.
func (c *Chain) Profile(ctx context.Context) (anchor.Profile, error) {
	if c.node != nil {
		return anchor.Embedded, nil
	}
	b, err := c.Final(ctx)
	if err != nil {
		return "", err
	}
	p, ok := anchor.Recognise(b.Header, b.Hash)
	if !ok {
		return "", fmt.Errorf("chain %d: block %d is sealed by no rules that are known here", c.ID(), b.Number)
	}
	return p, nil
}

// DialKnown is Dial without a question to the node, for a chain whose id is known
// and that may be away for now. The id is not checked; its genesis block is what
// the caller compares once the node answers.
func DialKnown(ctx context.Context, url string, depth, id uint64) (*Chain, error) {
	r, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return &Chain{rpc: r, eth: ethclient.NewClient(r), depth: depth, id: new(big.Int).SetUint64(id)}, nil
}

// FinalNumber is the number of the newest final block.
func (c *Chain) FinalNumber(ctx context.Context) (uint64, error) {
	b, err := c.Final(ctx)
	return b.Number, err
}

// Local tells the embedded chain, which its operator runs alone.
func (c *Chain) Local() bool { return c.node != nil }

// ID is the chain id (EIP-155).
func (c *Chain) ID() uint64 { return c.id.Uint64() }

// Block is a block's header and what is most used of it.
type Block struct {
	Number uint64
	Time   uint64 // seconds since 1970
	Hash   [32]byte
	Header []byte // RLP; its keccak256 is Hash, except on BFT chains: see anchor.HeaderHash
}

// Genesis is block 0.
func (c *Chain) Genesis(ctx context.Context) (Block, error) { return c.Block(ctx, 0) }

// Block is the canonical block of a number, or ErrNotFound.
func (c *Chain) Block(ctx context.Context, number uint64) (Block, error) {
	return c.block(ctx, "eth_getBlockByNumber", hexutil.EncodeUint64(number))
}

// Sealed is the canonical block of a number, or ErrNotFound. Where it is known who
// seals the chain's blocks, it is one that they sealed; else the node's word stands.
func (c *Chain) Sealed(ctx context.Context, number uint64) (Block, error) {
	b, err := c.Block(ctx, number)
	if err != nil || c.believed == nil {
		return b, err
	}
	if b.Number != number {
		return Block{}, fmt.Errorf("block %d: the node gives block %d: %w", number, b.Number, ErrLie)
	}
	if _, err := c.sealed(ctx, b); errors.Is(err, errAway) {
		return Block{}, fmt.Errorf("block %d: not all headers that show its seals: %v", number, err)
	} else if err != nil {
		return Block{}, fmt.Errorf("%w: %w", ErrLie, err)
	}
	return b, nil
}

// BlockByHash is the block of a hash, canonical or not, or ErrNotFound.
func (c *Chain) BlockByHash(ctx context.Context, hash [32]byte) (Block, error) {
	return c.block(ctx, "eth_getBlockByHash", hexutil.Encode(hash[:]))
}

// Final is the newest block that cannot be undone: on the embedded chain the
// newest synced one, elsewhere the one with depth blocks on it.
func (c *Chain) Final(ctx context.Context) (Block, error) {
	if c.node != nil {
		return c.Block(ctx, c.node.synced.Load())
	}
	head, err := c.eth.BlockNumber(ctx)
	if err != nil {
		return Block{}, fmt.Errorf("newest block: %w", err)
	}
	return c.Block(ctx, head-min(head, c.depth))
}

func (c *Chain) block(ctx context.Context, method, arg string) (Block, error) {
	var raw json.RawMessage
	if err := c.rpc.CallContext(ctx, &raw, method, arg, false); err != nil {
		return Block{}, fmt.Errorf("block %s: %w", arg, err)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return Block{}, fmt.Errorf("block %s: %w", arg, ErrNotFound)
	}
	var head types.Header
	var known struct {
		Hash *common.Hash `json:"hash"`
	}
	if err := errors.Join(json.Unmarshal(raw, &head), json.Unmarshal(raw, &known)); err != nil {
		return Block{}, fmt.Errorf("block %s: %w", arg, err)
	}
	if known.Hash == nil || !head.Number.IsUint64() {
		return Block{}, fmt.Errorf("block %s: the node gives no hash, or a number above 64 bits", arg)
	}
	enc, err := rlp.EncodeToBytes(&head)
	if err != nil {
		return Block{}, fmt.Errorf("block %s: %w", arg, err)
	}
	return Block{Number: head.Number.Uint64(), Time: head.Time, Hash: *known.Hash, Header: enc}, nil
}

// CodeHash is keccak256 of a contract's runtime code in the newest block; of
// no bytes where there is no contract.
func (c *Chain) CodeHash(ctx context.Context, contract [20]byte) ([32]byte, error) {
	code, err := c.eth.CodeAt(ctx, contract, nil)
	if err != nil {
		return [32]byte{}, fmt.Errorf("code of %x: %w", contract, err)
	}
	return crypto.Keccak256Hash(code), nil
}

// Nonce is the next nonce of an account, counting what waits in the node's pool.
func (c *Chain) Nonce(ctx context.Context, account [20]byte) (uint64, error) {
	n, err := c.eth.PendingNonceAt(ctx, account)
	return n, wrapNonce(account, err)
}

// MinedNonce is the number of an account's transactions that are in blocks.
func (c *Chain) MinedNonce(ctx context.Context, account [20]byte) (uint64, error) {
	n, err := c.eth.NonceAt(ctx, account, nil)
	return n, wrapNonce(account, err)
}

// Receipt says in which block a transaction stands.
type Receipt struct {
	Number    uint64
	BlockHash [32]byte
	OK        bool // false: reverted
	Gas       uint64
}

// Receipt finds a transaction's receipt; found false while it is in no
// canonical block.
func (c *Chain) Receipt(ctx context.Context, tx [32]byte) (r Receipt, found bool, err error) {
	got, err := c.eth.TransactionReceipt(ctx, tx)
	if errors.Is(err, ethereum.NotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("receipt of %x: %w", tx, err)
	}
	r = Receipt{Number: got.BlockNumber.Uint64(), BlockHash: got.BlockHash, OK: got.Status == types.ReceiptStatusSuccessful, Gas: got.GasUsed}
	if c.node != nil && r.Number > c.node.synced.Load() {
		return Receipt{}, false, nil // in memory, but not yet safe from a crash
	}
	return r, true, nil
}

// Send hands a signed transaction to the chain. Sending one again that the
// chain has or had is no error. On the embedded chain it is in a synced block
// when Send returns.
func (c *Chain) Send(ctx context.Context, raw []byte) error {
	var tx types.Transaction
	if err := tx.UnmarshalBinary(raw); err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	if c.node != nil {
		return c.node.send(ctx, c, &tx, raw)
	}
	return c.submit(ctx, &tx, raw)
}

// submit gives a transaction to the node's pool. Nodes refuse in words that
// differ what they know already, so that the answer is looked for first.
func (c *Chain) submit(ctx context.Context, tx *types.Transaction, raw []byte) error {
	err := c.rpc.CallContext(ctx, nil, "eth_sendRawTransaction", hexutil.Encode(raw))
	if err == nil {
		return nil
	}
	if _, _, e := c.eth.TransactionByHash(ctx, tx.Hash()); e == nil {
		return nil
	}
	return fmt.Errorf("send transaction %x, nonce %d: %w", tx.Hash(), tx.Nonce(), err)
}

// price is what one unit of gas may cost, in wei: room for the base fee to
// double, since a signed transaction is never signed again.
func (c *Chain) price(ctx context.Context) (*big.Int, error) {
	head, err := c.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("gas price: %w", err)
	}
	if head.BaseFee == nil {
		p, err := c.eth.SuggestGasPrice(ctx)
		if err != nil {
			return nil, fmt.Errorf("gas price: %w", err)
		}
		return p, nil
	}
	tip := big.NewInt(1)
	if c.node == nil {
		if tip, err = c.eth.SuggestGasTipCap(ctx); err != nil {
			return nil, fmt.Errorf("gas price: %w", err)
		}
	}
	return new(big.Int).Add(new(big.Int).Lsh(head.BaseFee, 1), tip), nil
}

// Close ends the connection, or stops the embedded chain. It is called once.
func (c *Chain) Close() error {
	c.rpc.Close()
	if c.node != nil {
		return c.node.close()
	}
	return nil
}
