package anchorer

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
)

// TestWhatIsReportedCanBeProved goes the whole way on the real chain and
// contract: outbox, block, report, proof, and the inspector's verdict; with a
// restart of the chain, and a lost outbox, in between.
func TestWhatIsReportedCanBeProved(t *testing.T) {
	const origin = "log.example/yard"
	ctx, dir := t.Context(), t.TempDir()
	logID := anchor.LogID(origin)
	account, err := chain.OpenAccount(filepath.Join(dir, "chain-account.key"))
	if err != nil {
		t.Fatal(err)
	}
	open := func() (*chain.Chain, *chain.Anchors, Identity) {
		c, err := chain.OpenEmbedded(filepath.Join(dir, "chain"), account, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		address, err := c.Deploy(ctx, logID, account)
		if err != nil {
			t.Fatal(err)
		}
		genesis, err := c.Genesis(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return c, c.Bind(address, logID, account), Identity{ChainID: chain.EmbeddedID, Genesis: genesis.Hash, CodeHash: contracts.CodeHash()}
	}
	skey, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 32)), anchor.KeyName(origin))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := anchor.ParseNoteKey(vkey)
	if err != nil {
		t.Fatal(err)
	}

	out, log := &memory{t: t}, &book{}
	var reports []Anchored
	c, contract, first := open()
	start := func() *Anchorer {
		a := New(Config{
			Chain: c, Contract: contract, Identity: first, Checkpoints: log, Outbox: out,
			Report: func(_ context.Context, a Anchored) error { reports = append(reports, a); return nil },
		})
		if err := a.Check(ctx); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start()
	for _, size := range []uint64{3, 10, 70} {
		log.size = size
		same(t, "busy", step(t, a), false)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c, contract, _ = open()
	defer func() { c.Close() }()
	out.rows = nil
	a = start()
	for _, size := range []uint64{70, 500} {
		log.size = size
		same(t, "busy", step(t, a), false)
	}
	same(t, "reports", sizes(reports), []uint64{3, 10, 70, 70, 500})

	believed := anchor.Chain{Profile: anchor.Embedded, ID: chain.EmbeddedID, Note: trusted}
	for _, r := range reports {
		cp := anchor.Checkpoint{LogID: logID, Size: r.Size, Root: r.Root}
		p, err := contract.Evidence(ctx, cp, r.Number, r.Time, origin, signer, trusted)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Verify(believed, anchor.Contract{Address: contract.Address(), CodeHash: contracts.CodeHash()}, cp)
		if err != nil || v.Number != r.Number || v.Time != r.Time {
			t.Fatalf("size %d: %+v, %v", r.Size, v, err)
		}
	}

	log.version++ // the log now shows another history at 500
	var fork *ForkError
	if _, err := start().Step(ctx); !errors.As(err, &fork) || fork.Size != 500 {
		t.Fatalf("a second history: %v", err)
	}
	log.version, log.size = 0, 400
	var behind *BehindError
	if _, err := start().Step(ctx); !errors.As(err, &behind) || behind.Log != 400 || behind.Anchored != 500 {
		t.Fatalf("an old copy: %v", err)
	}
}
