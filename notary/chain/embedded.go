package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"
)

// embedded is the development chain in this process. It opens no socket; a
// block is made when a transaction is sent, never by time.
type embedded struct {
	stack  *node.Node
	eth    *eth.Ethereum
	beacon *catalyst.SimulatedBeacon
	log    *slog.Logger

	mu     sync.Mutex // one block in the making
	synced atomic.Uint64
}

// OpenEmbedded opens or starts the embedded chain in a folder of its own.
// The account is the one the genesis block funds: with another account the
// folder is refused.
func OpenEmbedded(dir string, account *Account, log *slog.Logger) (*Chain, error) {
	quiet(log)
	stack, backend, err := assemble(dir, account)
	if err != nil {
		return nil, fmt.Errorf("embedded chain in %s: %w", dir, err)
	}
	e := &embedded{stack: stack, eth: backend, log: log}
	if err := e.start(); err != nil {
		return nil, fmt.Errorf("embedded chain in %s: %w", dir, errors.Join(err, stack.Close()))
	}
	r := stack.Attach()
	return &Chain{rpc: r, eth: ethclient.NewClient(r), id: big.NewInt(EmbeddedID), node: e}, nil
}

func assemble(dir string, account *Account) (*node.Node, *eth.Ethereum, error) {
	// The peer-to-peer server wants an identity though it never listens; one
	// in memory leaves no key file behind.
	identity, err := crypto.GenerateKey()
	if err != nil {
		return nil, nil, err
	}
	stack, err := node.New(&node.Config{
		Name:     "chain",
		DataDir:  filepath.Clean(dir),
		P2P:      p2p.Config{PrivateKey: identity, NoDiscovery: true, NoDial: true, MaxPeers: 0},
		DBEngine: "pebble",
	})
	if err != nil {
		return nil, nil, err
	}
	conf := ethconfig.Defaults
	conf.Genesis = genesis(account.address)
	conf.NetworkId = EmbeddedID
	conf.SyncMode = ethconfig.FullSync
	// Survival of kill -9 needs all three: hash scheme, no pruning (state goes
	// to the database with each block), and SyncKeyValue in mine.
	conf.StateScheme = rawdb.HashScheme
	conf.NoPruning = true
	conf.LogNoHistory = true
	conf.TransactionHistory = 0 // all of it: receipts are asked for years later
	conf.DatabaseCache, conf.DatabaseHandles = 16, 64
	conf.TrieCleanCache, conf.TrieDirtyCache, conf.SnapshotCache = 8, 0, 0
	conf.FilterLogCacheSize = 8
	conf.TxPool.NoLocals, conf.TxPool.Journal = true, ""
	conf.BlobPool.Datadir = ""
	conf.Miner.GasPrice = big.NewInt(1)
	backend, err := eth.New(stack, &conf)
	if err != nil {
		return nil, nil, errors.Join(err, stack.Close())
	}
	stack.RegisterAPIs([]rpc.API{{
		Namespace: "eth",
		Service:   filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{LogCacheSize: 8})),
	}})
	return stack, backend, nil
}

func (e *embedded) start() (err error) {
	if err := e.stack.Start(); err != nil {
		return err
	}
	if e.beacon, err = catalyst.NewSimulatedBeacon(0, common.Address{}, e.eth); err != nil {
		return err
	}
	return e.sync()
}

// sync makes everything up to the newest block durable; only then may anyone
// be told of it.
func (e *embedded) sync() error {
	head := e.eth.BlockChain().CurrentBlock().Number.Uint64()
	if err := e.eth.ChainDb().SyncKeyValue(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	e.synced.Store(head)
	return nil
}

// send puts a transaction into a block of its own and syncs it.
func (e *embedded) send(ctx context.Context, c *Chain, tx *types.Transaction, raw []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mined(tx) {
		return e.sync()
	}
	if err := e.next(ctx, c, tx); err != nil {
		return err
	}
	if err := c.submit(ctx, tx, raw); err != nil {
		return err
	}
	e.beacon.Commit() // reports errors to the log only; whether it worked shows next
	if !e.mined(tx) {
		return fmt.Errorf("embedded chain: transaction %x, nonce %d, did not get into block %v", tx.Hash(), tx.Nonce(), e.eth.BlockChain().CurrentBlock().Number)
	}
	return e.sync()
}

// next refuses a transaction that waits for another: it would sit in the pool
// while each retry makes an empty block. And it tells of a chain that a wrong
// clock has once sent into the future, where its times stay.
func (e *embedded) next(ctx context.Context, c *Chain, tx *types.Transaction) error {
	from, err := types.Sender(types.LatestSignerForChainID(c.id), tx)
	if err != nil {
		return fmt.Errorf("transaction %x: %w", tx.Hash(), err)
	}
	nonce, err := c.MinedNonce(ctx, from)
	if err != nil {
		return err
	}
	if tx.Nonce() > nonce {
		return fmt.Errorf("embedded chain: transaction %x has nonce %d, the account's next is %d", tx.Hash(), tx.Nonce(), nonce)
	}
	head := time.Unix(int64(e.eth.BlockChain().CurrentBlock().Time), 0)
	if ahead := time.Until(head); ahead > time.Minute {
		e.log.Warn("embedded chain is ahead of the clock; its next block will be, too", "ahead", ahead.Round(time.Second))
	}
	return nil
}

func (e *embedded) mined(tx *types.Transaction) bool {
	_, found := e.eth.BlockChain().GetCanonicalTransaction(tx.Hash())
	return found != nil
}

func (e *embedded) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(e.beacon.Stop(), e.stack.Close())
}
