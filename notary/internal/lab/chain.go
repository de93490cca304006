package lab

import (
	"log/slog"
	"path/filepath"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/notary/log"
)

// Chain is an embedded chain with the contract of the lab's log.
type Chain struct {
	*chain.Chain
	Contract *chain.Anchors
	Genesis  chain.Block
	account  *chain.Account
	nonce    uint64
}

// NewChain starts an embedded chain and deploys the contract. Its options go
// into the genesis of a notary.
func NewChain(t testing.TB) (*Chain, Options) {
	t.Helper()
	dir := t.TempDir()
	account, err := chain.OpenAccount(filepath.Join(dir, "chain.key"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := chain.OpenEmbedded(filepath.Join(dir, "chain"), account, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	id := anchor.LogID(Origin)
	address, err := c.Deploy(t.Context(), id, account)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := c.Nonce(t.Context(), account.Address())
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := c.Genesis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &Chain{c, c.Bind(address, id, account), genesis, account, nonce},
		Options{ChainID: c.ID(), Contract: address, CodeHash: contracts.CodeHash()}
}

// Put anchors a checkpoint in a block of its own.
func (c *Chain) Put(t testing.TB, s log.Signed) anchorer.Anchored {
	t.Helper()
	raw, hash, err := c.Contract.Sign(t.Context(), c.nonce, s.Size, s.Root, nil)
	if err == nil {
		err = c.Send(t.Context(), raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.nonce++
	r, found, err := c.Receipt(t.Context(), hash)
	if err != nil || !found || !r.OK {
		t.Fatalf("anchor of %d: %+v, found %v, %v", s.Size, r, found, err)
	}
	b, err := c.Block(t.Context(), r.Number)
	if err != nil {
		t.Fatal(err)
	}
	return anchorer.Anchored{Size: s.Size, Root: s.Root, Number: r.Number, BlockHash: r.BlockHash, Time: b.Time, TxHash: hash}
}

// Create deploys a contract by the lab's account.
func (c *Chain) Create(t testing.TB, code []byte) [20]byte {
	t.Helper()
	address, err := c.Chain.Create(t.Context(), c.account, code)
	if err != nil {
		t.Fatal(err)
	}
	c.nonce++
	return address
}

// Call calls a contract by the lab's account.
func (c *Chain) Call(t testing.TB, to [20]byte, data []byte) {
	t.Helper()
	if err := c.Chain.Call(t.Context(), c.account, to, data); err != nil {
		t.Fatal(err)
	}
	c.nonce++
}
