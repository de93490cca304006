package anchor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// recorded is testdata/embedded.json: a real proof of the embedded chain.
type recorded struct {
	NoteKey  string
	ChainID  uint64
	CodeHash []byte
	Origin   string
	Size     uint64
	Root     []byte
	Later    Block
	Proof    Proof
}

func (r recorded) believed(t *testing.T) (Chain, Contract, Checkpoint) {
	t.Helper()
	v, err := ParseNoteKey(r.NoteKey)
	if err != nil {
		t.Fatal(err)
	}
	return Chain{Profile: Embedded, ID: r.ChainID, Note: v},
		Contract{Address: [20]byte(r.Proof.Contract), CodeHash: [32]byte(r.CodeHash)},
		Checkpoint{LogID: LogID(r.Origin), Size: r.Size, Root: [32]byte(r.Root)}
}

func load(t *testing.T) (r recorded) {
	t.Helper()
	b, err := os.ReadFile("testdata/embedded.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestProofShowsWhatWasAnchoredAndWhen(t *testing.T) {
	r := load(t)
	chain, contract, cp := r.believed(t)
	got, err := r.Proof.Verify(chain, contract, cp)
	if err != nil {
		t.Fatal(err)
	}
	if got.Checkpoint != cp || got.Number != r.Proof.Number || got.Time != r.Proof.Time || !got.Local || got.ShownIn.Number <= got.Number {
		t.Fatalf("%+v", got)
	}
	if _, err := r.Later.Verify(chain); err != nil {
		t.Fatalf("a sealed block by itself: %v", err)
	}
}

// TestNoByteOfAProofIsFree changes every byte, and every list by one.
func TestNoByteOfAProofIsFree(t *testing.T) {
	r := load(t)
	chain, contract, cp := r.believed(t)
	check := func() error { _, err := r.Proof.Verify(chain, contract, cp); return err }
	fields := map[string][]byte{"contract": r.Proof.Contract, "header": r.Proof.Block.Header, "note": r.Proof.Block.Note}
	for name, b := range fields {
		for i := range b {
			for _, bit := range []byte{1, 0x20, 0x80} {
				b[i] ^= bit
				if err := check(); err == nil {
					t.Fatalf("%s: byte %d changed unnoticed", name, i)
				} else if name == "header" && !errors.Is(err, ErrAltered) {
					t.Fatalf("header: byte %d changed: %v", i, err)
				}
				b[i] ^= bit
			}
		}
	}
	account, storage := r.Proof.Account, r.Proof.Storage
	flipEach(t, "account", account, func(n [][]byte) error { r.Proof.Account = n; return check() })
	r.Proof.Account = account
	flipEach(t, "storage", storage, func(n [][]byte) error { r.Proof.Storage = n; return check() })
	r.Proof.Storage = storage

	for name, change := range map[string]func(*Proof){
		"chain id":           func(p *Proof) { p.ChainID++ },
		"number":             func(p *Proof) { p.Number++ },
		"number before":      func(p *Proof) { p.Number-- },
		"time":               func(p *Proof) { p.Time++ },
		"time before":        func(p *Proof) { p.Time-- },
		"number too late":    func(p *Proof) { p.Number += 1 << 40 },
		"short contract":     func(p *Proof) { p.Contract = p.Contract[:19] },
		"long contract":      func(p *Proof) { p.Contract = append(bytes.Clone(p.Contract), 0) },
		"header with tail":   func(p *Proof) { p.Block.Header = append(bytes.Clone(p.Block.Header), 0) },
		"no header":          func(p *Proof) { p.Block.Header = nil },
		"note with tail":     func(p *Proof) { p.Block.Note = append(bytes.Clone(p.Block.Note), '\n') },
		"no note":            func(p *Proof) { p.Block.Note = nil },
		"another block":      func(p *Proof) { p.Block = r.Later },
		"another's note":     func(p *Proof) { p.Block.Note = r.Later.Note },
		"proofs exchanged":   func(p *Proof) { p.Account, p.Storage = p.Storage, p.Account },
		"no account proof":   func(p *Proof) { p.Account = nil },
		"no storage proof":   func(p *Proof) { p.Storage = nil },
		"node with a tail":   func(p *Proof) { p.Storage = [][]byte{append(bytes.Clone(p.Storage[0]), 0)} },
		"a second, unneeded": func(p *Proof) { p.Storage = append(append([][]byte{}, p.Storage...), p.Account[0]) },
	} {
		p := r.Proof
		change(&p)
		if got, err := p.Verify(chain, contract, cp); err == nil || got.Size != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyWhatTheTrustFileSaysIsBelieved(t *testing.T) {
	r := load(t)
	chain, contract, cp := r.believed(t)
	_, stranger := notePair(t, r.Origin, 99)
	_, otherLog := notePair(t, "other.example", 7)
	for _, tc := range []struct {
		name   string
		change func(c *Chain, k *Contract, cp *Checkpoint)
		want   error
	}{
		{"nothing changed", func(*Chain, *Contract, *Checkpoint) {}, nil},
		{"another chain", func(c *Chain, _ *Contract, _ *Checkpoint) { c.ID++ }, ErrUncheckable},
		{"a profile to come", func(c *Chain, _ *Contract, _ *Checkpoint) { c.Profile = "qbft" }, ErrUncheckable},
		{"no profile", func(c *Chain, _ *Contract, _ *Checkpoint) { c.Profile = "" }, ErrUncheckable},
		{"no note key", func(c *Chain, _ *Contract, _ *Checkpoint) { c.Note = nil }, ErrUncheckable},
		{"another key of that name", func(c *Chain, _ *Contract, _ *Checkpoint) { c.Note = stranger }, ErrUncheckable},
		{"another log's key", func(c *Chain, _ *Contract, _ *Checkpoint) { c.Note = otherLog }, ErrUncheckable},
		{"another contract", func(_ *Chain, k *Contract, _ *Checkpoint) { k.Address[3] ^= 1 }, ErrUncheckable},
		{"other code", func(_ *Chain, k *Contract, _ *Checkpoint) { k.CodeHash[3] ^= 1 }, ErrUncheckable},
		{"another log", func(_ *Chain, _ *Contract, cp *Checkpoint) { cp.LogID[0] ^= 1 }, ErrAltered},
		{"another size", func(_ *Chain, _ *Contract, cp *Checkpoint) { cp.Size++ }, ErrAltered},
		{"another root", func(_ *Chain, _ *Contract, cp *Checkpoint) { cp.Root[0] ^= 1 }, ErrAltered},
		{"no size", func(_ *Chain, _ *Contract, cp *Checkpoint) { cp.Size = 0 }, ErrMalformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, k, cp := chain, contract, cp
			tc.change(&c, &k, &cp)
			if _, err := r.Proof.Verify(c, k, cp); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// TestANoteMustBeOfItsBlock: the key is the right one, what it signed is not.
func TestANoteMustBeOfItsBlock(t *testing.T) {
	r := load(t)
	_, contract, cp := r.believed(t)
	signer, v := notePair(t, r.Origin, 5)
	chain := Chain{Profile: Embedded, ID: r.ChainID, Note: v}
	h, err := ParseHeader(r.Proof.Block.Header)
	if err != nil {
		t.Fatal(err)
	}
	good := BlockNote{Origin: r.Origin, ChainID: r.ChainID, Number: h.Number, Hash: h.Hash}
	for _, tc := range []struct {
		name   string
		change func(*BlockNote)
		want   error
	}{
		{"right", func(*BlockNote) {}, nil},
		{"another number", func(b *BlockNote) { b.Number++ }, ErrAltered},
		{"another hash", func(b *BlockNote) { b.Hash[0] ^= 1 }, ErrAltered},
		{"another chain", func(b *BlockNote) { b.ChainID++ }, ErrUncheckable},
	} {
		n := good
		tc.change(&n)
		p := r.Proof
		if p.Block.Note, err = n.Sign(signer); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(chain, contract, cp); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	// A key that another purpose has must not pass for the chain note key.
	skey, _, err := note.GenerateKey(bytes.NewReader(make([]byte, 32)), r.Origin)
	if err != nil {
		t.Fatal(err)
	}
	logSigner, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := good.Sign(logSigner); err == nil {
		t.Error("the log's key signed a block note")
	}
}
