package chain

import (
	"context"
	"fmt"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"fieldseal/evidence/anchor"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAKeystoreOpensWithItsPassphraseAlone(t *testing.T) {
	dir := t.TempDir()
	pass := write(t, filepath.Join(dir, "pass"), "four words of it\nnot this\n")
	open := filepath.Join(dir, "open.key")
	plain, err := OpenAccount(open)
	if err != nil || !plain.LiesOpen() {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sealed.json")
	made, err := NewKeystore(path, pass, &open, true)
	if err != nil || made.Address() != plain.Address() || made.LiesOpen() {
		t.Fatalf("%x from %x, %v", made.Address(), plain.Address(), err)
	}
	if _, err := NewKeystore(path, pass, nil, true); err == nil {
		t.Fatal("a key was written over")
	}
	raw, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(raw), "four words") {
		t.Fatal(err)
	}
	again, err := KeySource{File: path, Passphrase: pass}.Open(t.Context())
	if err != nil || again.Address() != plain.Address() || again.LiesOpen() {
		t.Fatalf("%v", err)
	}
	for name, k := range map[string]KeySource{
		"no passphrase": {File: path}, "wrong": {File: path, Passphrase: write(t, filepath.Join(dir, "wrong"), "x\n")},
		"empty": {File: path, Passphrase: write(t, filepath.Join(dir, "empty"), "\nx")}, "none there": {File: path, Passphrase: filepath.Join(dir, "none")},
		"account": {File: path, Passphrase: pass, Account: "0x01"},
	} {
		_, err := k.Open(t.Context())
		if err == nil || strings.Contains(err.Error(), "four words") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Chmod(pass, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (KeySource{File: path, Passphrase: pass}).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a passphrase that others may read: %v", err)
	}
}

func TestACosignatureIsOfWhatTheContractAsks(t *testing.T) {
	c, a, account := deployed(t)
	want := a.ToCosign(7, root(7))
	raw, err := c.eth.CallContract(t.Context(), callOf(a, a.abi.PackDigest(want.LogID, want.Size, want.Root)), nil)
	if err != nil || [32]byte(raw) != want.Digest() {
		t.Fatalf("the contract's digest is %x, ours %x, %v", raw, want.Digest(), err)
	}
	s, err := account.Cosign(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	if by, err := want.By(s); err != nil || by != account.Address() {
		t.Fatalf("made by %x, %v", by, err)
	}
	typed := want.typed()
	if digest, _, err := apitypes.TypedDataAndHash(typed); err != nil || [32]byte(digest) != want.Digest() {
		t.Fatalf("what a signer shows hashes to %x, %v", digest, err)
	}
	high := s
	new(big.Int).Sub(new(big.Int).Add(new(big.Int).Lsh(halfOrder, 1), common.Big1), new(big.Int).SetBytes(s[32:64])).FillBytes(high[32:64])
	high[64] = 27 + 28 - s[64]
	for name, bad := range map[string]Cosignature{"upper half": high, "v": {64: 3}, "nothing": {64: 27}} {
		if by, err := want.By(bad); err == nil {
			t.Errorf("%s: by %x", name, by)
		}
	}
	other := want
	other.ChainID++
	if by, err := other.By(s); err == nil && by == account.Address() {
		t.Error("a cosignature serves on another chain")
	}
}

// clerk is a signer elsewhere that may change what it signs.
type clerk struct {
	account *Account
	change  func(*types.LegacyTx)
}

func (k *clerk) SignTransaction(ctx context.Context, args apitypes.SendTxArgs) (map[string]any, error) {
	tx := &types.LegacyTx{Nonce: uint64(args.Nonce), Gas: uint64(args.Gas), GasPrice: (*big.Int)(args.GasPrice), Value: (*big.Int)(&args.Value), Data: *args.Input}
	if args.To != nil {
		to := args.To.Address()
		tx.To = &to
	}
	if k.change != nil {
		k.change(tx)
	}
	signed, err := k.account.signer.transaction(ctx, (*big.Int)(args.ChainID), tx)
	if err != nil {
		return nil, err
	}
	raw, err := signed.MarshalBinary()
	return map[string]any{"raw": hexutil.Bytes(raw)}, err
}

func TestAnExternalSignerSignsWhatWasAskedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	account, err := OpenAccount(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	server := rpc.NewServer()
	defer server.Stop()
	k := &clerk{account: account}
	if err := server.RegisterName("account", k); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	there, err := KeySource{Signer: web.URL, Account: fmt.Sprintf("0x%x", account.Address())}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if there.Address() != account.Address() || there.LiesOpen() {
		t.Fatal("another account")
	}
	to := common.Address{9}
	sign := func(to *common.Address) (*types.Transaction, error) {
		return there.sign(t.Context(), big.NewInt(5), big.NewInt(3), 7, 100_000, to, []byte("call"))
	}
	for _, to := range []*common.Address{&to, nil} {
		if tx, err := sign(to); err != nil || tx.Nonce() != 7 || tx.ChainId().Int64() != 5 {
			t.Fatalf("%v", err)
		}
	}
	other, err := OpenAccount(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*types.LegacyTx){
		"nonce": func(x *types.LegacyTx) { x.Nonce++ }, "gas": func(x *types.LegacyTx) { x.Gas++ }, "price": func(x *types.LegacyTx) { x.GasPrice = big.NewInt(99) },
		"value": func(x *types.LegacyTx) { x.Value = big.NewInt(1) }, "to": func(x *types.LegacyTx) { x.To = &common.Address{8} },
		"data": func(x *types.LegacyTx) { x.Data = []byte("kall") }, "creation": func(x *types.LegacyTx) { x.To = nil },
		"key": func(*types.LegacyTx) { k.account = other },
	} {
		k.account, k.change = account, change
		if tx, err := sign(&to); err == nil {
			t.Errorf("%s: took %+v", name, tx)
		}
	}
	if _, err := (KeySource{Signer: web.URL}).Open(t.Context()); err == nil {
		t.Error("a signer without an account")
	}
}

// TestAProvenSeatIsWhatTheContractSays reads storage as it lies.
func TestAProvenSeatIsWhatTheContractSays(t *testing.T) {
	ctx := t.Context()
	c, a, _ := deployed(t)
	compare := func() {
		t.Helper()
		final, err := c.Final(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want, err := a.Newest(ctx, final.Number)
		if err != nil {
			t.Fatal(err)
		}
		slot, err := a.Slot(ctx, 5, final.Number)
		if err != nil {
			t.Fatal(err)
		}
		h, err := anchor.ParseHeader(final.Header)
		if err != nil {
			t.Fatal(err)
		}
		a.state = sealedState{final.Hash, h.StateRoot} // as if its seals had been counted
		got, err := a.sealedSeat(ctx, final.Number)
		if err != nil || got != want {
			t.Fatalf("proved %+v, called %+v, %v", got, want, err)
		}
		slots, err := a.sealedSlots(ctx, final.Number, anchor.SlotKey(a.logID, 5))
		if err != nil || slots[0] != slot {
			t.Fatalf("proved %x, called %x, %v", slots, slot, err)
		}
	}
	compare()
	for _, size := range []uint64{5, 1 << 40} {
		if _, err := put(ctx, c, a, size); err != nil {
			t.Fatal(err)
		}
		compare()
	}
	if _, err := c.transact(ctx, a.account, registerGas, &a.address, CloseLog(a.logID, 5, [32]byte{})); err != nil {
		t.Fatal(err)
	}
	compare()
	stranger := c.Bind(a.address, [32]byte{1}, a.account)
	stranger.state = a.state
	final, err := c.Final(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := stranger.sealedSeat(ctx, final.Number); err != nil || got != (Seat{}) {
		t.Fatalf("a log that is not registered: %+v, %v", got, err)
	}
}

func callOf(a *Anchors, data []byte) (m ethereum.CallMsg) {
	m.To, m.Data = &a.address, data
	return m
}
