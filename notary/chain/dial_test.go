package chain

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"fieldseal/evidence/anchor"
)

// remote serves a new chain over JSON-RPC on a loopback port, with a block
// made when the test says so, and dials it.
func remote(t *testing.T, depth uint64) (c *Chain, account *Account, mine func()) {
	t.Helper()
	served, account, err := open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	handler, err := served.node.stack.RPCHandler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	c, err = Dial(t.Context(), server.URL, depth)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
		served.Close()
	})
	return c, account, func() { served.node.beacon.Commit() }
}

func TestAChainByURLIsUsedLikeOurs(t *testing.T) {
	const depth = 2
	ctx := t.Context()
	c, account, mine := remote(t, depth)
	if c.Local() || c.ID() != EmbeddedID {
		t.Fatalf("local %v, id %d", c.Local(), c.ID())
	}
	// Deploy waits for receipts; blocks come from elsewhere.
	type set struct {
		address [20]byte
		err     error
	}
	deployed := make(chan set)
	go func() {
		address, err := c.Deploy(ctx, anchor.LogID(origin), account)
		deployed <- set{address, err}
	}()
	var s set
	for tick := time.NewTicker(20 * time.Millisecond); s.address == [20]byte{} && s.err == nil; {
		select {
		case s = <-deployed:
		case <-tick.C:
			mine()
		}
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	a := c.Bind(s.address, anchor.LogID(origin), account)
	nonce, err := c.Nonce(ctx, account.Address())
	if err != nil {
		t.Fatal(err)
	}
	raw, hash, err := a.Sign(ctx, nonce, 5, root(5), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again while it waits in the pool
		if err := c.Send(ctx, raw); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := c.Nonce(ctx, account.Address()); err != nil || n != nonce+1 {
		t.Fatalf("the pool is not counted: nonce %d after %d, %v", n, nonce, err)
	}
	if n, err := c.MinedNonce(ctx, account.Address()); err != nil || n != nonce {
		t.Fatalf("mined nonce %d, want %d, %v", n, nonce, err)
	}
	if _, found, err := c.Receipt(ctx, hash); err != nil || found {
		t.Fatalf("a receipt before the block: %v", err)
	}
	mine()
	r, found, err := c.Receipt(ctx, hash)
	for end := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(end); { // indexing
		r, found, err = c.Receipt(ctx, hash)
	}
	if err != nil || !found || !r.OK {
		t.Fatalf("%+v %v %v", r, found, err)
	}
	for range 2 { // again after it is in a block
		if err := c.Send(ctx, raw); err != nil {
			t.Fatal(err)
		}
	}
	for range depth {
		if final, err := c.Final(ctx); err != nil || final.Number >= r.Number {
			t.Fatalf("block %d is final too early, %v", final.Number, err)
		}
		mine()
	}
	final, err := c.Final(ctx)
	if err != nil || final.Number != r.Number || final.Hash != r.BlockHash {
		t.Fatalf("final %d, want %d, %v", final.Number, r.Number, err)
	}
	if b, err := c.BlockByHash(ctx, r.BlockHash); err != nil || b.Number != r.Number {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := c.Block(ctx, 1<<40); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a block to come: %v", err)
	}
	p, err := a.Prove(ctx, final, 5, final.Number, final.Time)
	if err != nil {
		t.Fatal(err)
	}
	h, err := anchor.ParseHeader(p.Block.Header)
	if err != nil || h.Hash != final.Hash {
		t.Fatalf("%+v, %v", h, err)
	}
	account1, found, err := anchor.FindAccount(h.StateRoot, a.Address(), p.Account)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	v, found, err := anchor.FindStorage(account1.StorageRoot, anchor.SlotKey(anchor.LogID(origin), 5), p.Storage)
	if err != nil || !found || v != anchor.Slot(root(5), 5, final.Number, final.Time) {
		t.Fatalf("%x %v %v", v, found, err)
	}
	if sealed, err := c.Seal(ctx, final, origin, nil); err != nil || sealed.Note != nil {
		t.Fatalf("our note on a chain that is not ours: %v", err)
	}
}

func TestDialSaysWhatIsWrong(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	for _, url := range []string{server.URL, "gopher://x", "http://127.0.0.1:1"} {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		if c, err := Dial(ctx, url, 0); err == nil {
			c.Close()
			t.Errorf("dialled %s", url)
		}
		stop()
	}
}
