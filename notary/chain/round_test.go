package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"fieldseal/evidence/anchor"
)

// TestOrganisationsFoundAndDecide goes the way of docs: four organisations found the
// contracts, one proposes a log, and it is registered with the third approval.
func TestOrganisationsFoundAndDecide(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	c, payer, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accounts := make([]*Account, 5)
	var orgs []Organisation
	for i := range accounts {
		if accounts[i], err = OpenAccount(filepath.Join(dir, fmt.Sprint("org", i))); err != nil {
			t.Fatal(err)
		}
		fund(t, c, payer, accounts[i].Address())
		if i < 4 {
			orgs = append(orgs, Organisation{Name: fmt.Sprint("Organisation ", i+1), Key: accounts[i].Address()})
		}
	}
	if _, err := c.Found(ctx, payer, orgs, 2, time.Hour); err == nil || !strings.Contains(err.Error(), "BadThreshold") {
		t.Fatalf("two of four may decide: %v", err)
	}
	f, err := c.Found(ctx, payer, orgs, 3, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := c.Round(f.Governance)
	id := anchor.LogID(origin)
	call := RegisterLog(id, accounts[4].Address(), 0, 1000)
	if _, err := r.Propose(ctx, payer, f.Anchors, call); err == nil || !strings.Contains(err.Error(), "NotOrganisation") {
		t.Fatalf("who deployed keeps a voice: %v", err)
	}
	proposed, err := r.Propose(ctx, accounts[0], f.Anchors, call)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 3; i++ {
		list, err := r.Proposals(ctx)
		if err != nil || len(list) != 1 || list[0].ID != proposed || list[0].Weight != uint64(i) || list[0].Needed != 3 || !list[0].Open(time.Now()) {
			t.Fatalf("%+v, %v", list, err)
		}
		words, known := Words(list[0].Data, Names{Logs: map[[32]byte]string{id: origin}})
		if want := fmt.Sprintf("Register the log %s. Only the account 0x%x may anchor it; it asks for no cosignatures, and may grow by at most 1000 entries a second.", origin, accounts[4].Address()); !known || words != want {
			t.Fatalf("%q, want %q", words, want)
		}
		if err := r.Approve(ctx, accounts[i], list[0]); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.Proposals(ctx)
	if err != nil || !list[0].Done || len(list[0].Approved) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := r.Approve(ctx, accounts[3], list[0]); err == nil || !strings.Contains(err.Error(), "AlreadyDone") {
		t.Fatalf("decided twice: %v", err)
	}
	a := c.Bind(f.Anchors, id, accounts[4])
	if w, err := a.Writer(ctx); err != nil || w != accounts[4].Address() {
		t.Fatalf("writer %x, %v", w, err)
	}
	if _, err := put(ctx, c, a, 700); err != nil {
		t.Fatal(err)
	}
	if _, known := Words(append(call, 0), Names{}); known {
		t.Fatal("a call with a byte more passes for the call")
	}
	if _, known := Words([]byte{1, 2, 3, 4}, Names{}); known {
		t.Fatal("a foreign call passes for one of ours")
	}
}

func fund(t *testing.T, c *Chain, payer *Account, to [20]byte) {
	t.Helper()
	ctx := context.Background()
	nonce, err := c.Nonce(ctx, payer.Address())
	if err != nil {
		t.Fatal(err)
	}
	price, err := c.price(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := payer.signer.transaction(ctx, c.id, &types.LegacyTx{
		Nonce: nonce, GasPrice: price, Gas: 21000, To: (*common.Address)(&to), Value: new(big.Int).Lsh(common.Big1, 80)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := tx.MarshalBinary()
	if err == nil {
		err = c.Send(ctx, raw)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckSaysInWordsWhatAChainLacks(t *testing.T) {
	c, _, _ := deployed(t)
	f, err := c.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !f.Fit() || f.Profile != "" || f.ID != EmbeddedID {
		t.Fatalf("%+v", f)
	}
	bare := recordedNode(t, 7, map[uint64]json.RawMessage{})
	if _, err := bare.Check(t.Context()); err == nil {
		t.Fatal("a node without a genesis block passes")
	}
}

// TestAChainNamedFromOutsideIsFit looks at the chain of FIELDSEAL_TEST_RPC, if one is named.
func TestAChainNamedFromOutsideIsFit(t *testing.T) {
	url := os.Getenv("FIELDSEAL_TEST_RPC")
	if url == "" {
		t.Skip("FIELDSEAL_TEST_RPC names no chain")
	}
	c, err := Dial(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := c.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range f.Findings {
		t.Log(x.OK, x.Text)
	}
	if !f.Fit() || f.Profile == "" {
		t.Fatalf("chain %d is not fit, or of no profile known here", f.ID)
	}
}
