//go:build peers

package e2e

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/internal/consortium"
	"fieldseal/internal/peers"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/chain"
)

// outbox is the anchorer's on no disk: no test here crashes the anchorer.
type outbox struct{ rows []anchorer.Row }

func (o *outbox) Last(context.Context) (anchorer.Row, bool, error) {
	if len(o.rows) == 0 {
		return anchorer.Row{}, false, nil
	}
	return o.rows[len(o.rows)-1], true, nil
}

func (o *outbox) Put(_ context.Context, r anchorer.Row) error {
	if n := len(o.rows); n > 0 && o.rows[n-1].Nonce == r.Nonce {
		o.rows[n-1] = r
		return nil
	}
	o.rows = append(o.rows, r)
	return nil
}

// growing is a log of which only the size moves.
type growing struct{ size uint64 }

func rootOf(size uint64) [32]byte { return anchor.Keccak(fmt.Appendf(nil, "root %d", size)) }

func (g *growing) Newest(context.Context) (anchorer.Checkpoint, error) {
	return anchorer.Checkpoint{Size: g.size, Root: rootOf(g.size)}, nil
}

func (g *growing) Root(_ context.Context, size uint64) ([32]byte, error) { return rootOf(size), nil }

// TestFourOrganisationsAnchorThroughLostSealers founds a consortium by commands, has
// three of four organisations register a log, and anchors: with all sealers, with one
// killed, with two killed (it waits), and after they came back. What is reported is
// proved down to the sealers' seals.
func TestFourOrganisationsAnchorThroughLostSealers(t *testing.T) {
	geth := peers.Need(t, peers.Geth)[0]
	ctx, dir := t.Context(), t.TempDir()
	var accounts [][20]byte
	var keys []*chain.Account
	key := func(i int) string { return filepath.Join(dir, fmt.Sprintf("account-%d.key", i)) }
	pass := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(pass, []byte("for a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 6 { // four organisations, who deploys, the notary
		a, err := chain.NewKeystore(key(i), pass, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		keys, accounts = append(keys, a), append(accounts, a.Address())
	}
	w, err := consortium.New(geth, filepath.Join(dir, "net"), 4, 1, accounts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	rpc := w.Sealers[0].URL
	c, err := chain.DialKnown(ctx, rpc, 4, consortium.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	head := func() uint64 {
		b, err := c.Final(ctx)
		if err != nil {
			return 0
		}
		return b.Number
	}
	until := func(what string, patience time.Duration, done func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !done(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: not within %s", what, patience)
			}
		}
	}
	until("blocks", time.Minute, func() bool { return head() > 0 })

	notary := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(ctx, filepath.Join(binaries, "fieldseal-notary"), args...).CombinedOutput()
		if err != nil {
			t.Fatalf("fieldseal-notary %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if out := notary("chain", "check", "--rpc", rpc); !strings.Contains(out, "It is fit.") || !strings.Contains(out, "profile: clique") {
		t.Fatal(out)
	}
	yaml := "version: 1\nthreshold: 3\nperiod: 168h\norganisations:\n"
	for i := range 4 {
		yaml += fmt.Sprintf("  - {name: Organisation %d, key: \"0x%x\"}\n", i+1, accounts[i])
	}
	file := filepath.Join(dir, "organisations.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	founded := notary("chain", "deploy", "--rpc", rpc, "--key", key(4), "--passphrase", pass, "--organisations", file)
	word := func(name, in string) string {
		t.Helper()
		m := regexp.MustCompile(`(?m)^` + name + `\s+([0-9a-fx]+)`).FindStringSubmatch(in)
		if m == nil {
			t.Fatalf("no %s in:\n%s", name, in)
		}
		return m[1]
	}
	gov, anchors := word("governance", founded), word("anchors", founded)
	const origin = "log.example/consortium"
	id := word("proposed", notary("org", "propose", "log", "--rpc", rpc, "--key", key(0), "--passphrase", pass, "--governance", gov, "--anchors", anchors,
		"--origin", origin, "--writer", fmt.Sprintf("0x%x", accounts[5])))
	for i := 1; i < 3; i++ {
		notary("org", "approve", id, "--yes", "--rpc", rpc, "--key", key(i), "--passphrase", pass, "--governance", gov)
	}
	if out := notary("org", "list", "--all", "--rpc", rpc, "--governance", gov); !strings.Contains(out, "decided and done; weight 3 of 3") {
		t.Fatal(out)
	}

	set := anchor.Set{From: 1, To: 1 << 50}
	for _, s := range w.Sealers {
		set.Validators = append(set.Validators, s.Address)
	}
	slices.SortFunc(set.Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
	if err := c.Believe(anchor.Chain{Profile: anchor.Clique, ID: consortium.ID, Sets: []anchor.Set{set}}); err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(anchors, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	contract := [20]byte(raw)
	a := c.Bind(contract, anchor.LogID(origin), keys[5])
	genesis, err := c.Genesis(ctx)
	if err != nil {
		t.Fatal(err)
	}
	code, err := c.CodeHash(ctx, contract)
	if err != nil {
		t.Fatal(err)
	}
	log, reports := &growing{}, map[uint64]int{}
	var last anchorer.Anchored
	sender := anchorer.New(anchorer.Config{Chain: c, Contract: a, Checkpoints: log, Outbox: &outbox{},
		Identity: anchorer.Identity{ChainID: consortium.ID, Genesis: genesis.Hash, CodeHash: code},
		Report:   func(_ context.Context, r anchorer.Anchored) error { reports[r.Size]++; last = r; return nil }})
	if err := sender.Check(ctx); err != nil {
		t.Fatal(err)
	}
	anchored := func() bool {
		_, err := sender.Step(ctx)
		if err != nil {
			t.Log(err)
		}
		return last.Size == log.size
	}
	grow := func(what string) {
		t.Helper()
		log.size += 100
		until(what, time.Minute, anchored)
		if reports[log.size] != 1 {
			t.Fatalf("%s: reported %d times", what, reports[log.size])
		}
	}
	grow("all sealers run")
	cp := anchor.Checkpoint{LogID: anchor.LogID(origin), Size: last.Size, Root: last.Root}
	if p, err := a.Evidence(ctx, cp, last.Number, last.Time, origin, nil, nil); err != nil || len(p.Block.After) < 2 {
		t.Fatalf("not shown down to the seals: %d headers on top, %v", len(p.Block.After), err)
	}

	kill := func(i int) {
		t.Helper()
		if err := w.Sealers[i].Kill(); err != nil {
			t.Fatal(err)
		}
	}
	kill(3)
	grow("one sealer killed")
	kill(2)
	var stands uint64
	until("the chain stands still", time.Minute, func() bool {
		before := head()
		time.Sleep(8 * time.Second) // many periods without a block are a chain that stands
		stands = head()
		return before == stands
	})
	log.size += 100
	for range 5 {
		if anchored() {
			t.Fatal("anchored without a majority of sealers")
		}
	}
	log.size += 100 // the log does not wait; only the newest is sent next
	for _, i := range []int{2, 3} {
		if err := w.Sealers[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	until("sealers are back", 90*time.Second, anchored)
	if head() <= stands {
		t.Fatal("anchored without a block")
	}
}
