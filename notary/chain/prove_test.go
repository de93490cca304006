package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

var record = flag.Bool("record", false, "write evidence/anchor/testdata/embedded.json anew")

const recordedFile = "../../evidence/anchor/testdata/embedded.json"

// recorded is the file that evidence/anchor's own tests read.
type recorded struct {
	Source   string
	NoteKey  string
	ChainID  uint64
	CodeHash []byte
	Origin   string
	Size     uint64
	Root     []byte
	Later    anchor.Block // a block after that of Proof
	Proof    anchor.Proof
}

// noteKey makes a chain note key for the test's log from a fixed seed.
func noteKey(t testing.TB, seed byte) (note.Signer, note.Verifier, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)), anchor.KeyName(origin))
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := anchor.ParseNoteKey(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v, vkey
}

func checkpoint(size uint64) anchor.Checkpoint {
	return anchor.Checkpoint{LogID: anchor.LogID(origin), Size: size, Root: root(size)}
}

func TestEvidenceOfAnySizeComesFromTheNewestBlock(t *testing.T) {
	ctx := t.Context()
	c, a, _ := deployed(t)
	key, trusted, _ := noteKey(t, 7)
	written := map[uint64]Block{}
	for size := uint64(1); size <= 20; size++ {
		if _, err := put(ctx, c, a, size*size); err != nil {
			t.Fatal(err)
		}
		b, err := c.Final(ctx)
		if err != nil {
			t.Fatal(err)
		}
		written[size*size] = b
	}
	believed := anchor.Chain{Profile: anchor.Embedded, ID: c.ID(), Note: trusted}
	contract := anchor.Contract{Address: a.Address(), CodeHash: contracts.CodeHash()}
	for size, b := range written {
		p, err := a.Evidence(ctx, checkpoint(size), b.Number, b.Time, origin, key, trusted)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Verify(believed, contract, checkpoint(size))
		if err != nil || r.Number != b.Number || r.Time != b.Time || !r.Local || r.ShownIn.Number < b.Number {
			t.Fatalf("size %d: %+v, %v", size, r, err)
		}
	}
	b := written[49]
	if _, err := a.Evidence(ctx, checkpoint(50), b.Number, b.Time, origin, key, trusted); !errors.Is(err, anchor.ErrAltered) {
		t.Errorf("a size that was never anchored: %v", err)
	}
	if _, err := a.Evidence(ctx, checkpoint(49), b.Number, b.Time-1, origin, key, trusted); !errors.Is(err, anchor.ErrAltered) {
		t.Errorf("an earlier time: %v", err)
	}
	if _, err := a.Evidence(ctx, checkpoint(49), b.Number-1, b.Time, origin, key, trusted); !errors.Is(err, anchor.ErrAltered) {
		t.Errorf("an earlier block: %v", err)
	}
	stranger, _, _ := noteKey(t, 8)
	if _, err := a.Evidence(ctx, checkpoint(49), b.Number, b.Time, origin, stranger, trusted); !errors.Is(err, anchor.ErrUncheckable) {
		t.Errorf("a stranger's note: %v", err)
	}
}

// TestAForgersOwnChainIsNotBelieved: everything but the note key is the
// forger's, from genesis on.
func TestAForgersOwnChainIsNotBelieved(t *testing.T) {
	ctx := t.Context()
	_, trusted, _ := noteKey(t, 7)
	forger, forgers, _ := noteKey(t, 9)
	c, a, _ := deployed(t)
	if _, err := put(ctx, c, a, 3); err != nil {
		t.Fatal(err)
	}
	b, err := c.Final(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Evidence(ctx, checkpoint(3), b.Number, b.Time, origin, forger, forgers)
	if err != nil {
		t.Fatal(err)
	}
	contract := anchor.Contract{Address: a.Address(), CodeHash: contracts.CodeHash()}
	if _, err := p.Verify(anchor.Chain{Profile: anchor.Embedded, ID: c.ID(), Note: trusted}, contract, checkpoint(3)); !errors.Is(err, anchor.ErrUncheckable) {
		t.Fatalf("got %v", err)
	}
}

func TestRecordedProofVerifies(t *testing.T) {
	if *record {
		writeRecorded(t)
	}
	b, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	v, err := anchor.ParseNoteKey(r.NoteKey)
	if err != nil {
		t.Fatal(err)
	}
	// Recorded with the first of the contract's generations, which logs are anchored in to this day.
	if !contracts.Known([32]byte(r.CodeHash)) {
		t.Fatalf("recorded with contract code %x, which is not known", r.CodeHash)
	}
	_, err = r.Proof.Verify(
		anchor.Chain{Profile: anchor.Embedded, ID: r.ChainID, Note: v},
		anchor.Contract{Address: [20]byte(r.Proof.Contract), CodeHash: [32]byte(r.CodeHash)},
		anchor.Checkpoint{LogID: anchor.LogID(r.Origin), Size: r.Size, Root: [32]byte(r.Root)})
	if err != nil {
		t.Fatal(err)
	}
}

func writeRecorded(t *testing.T) {
	ctx := t.Context()
	c, a, _ := deployed(t)
	key, trusted, vkey := noteKey(t, 7)
	var at Block
	for size := uint64(1); size <= 40; size++ {
		if _, err := put(ctx, c, a, size); err != nil {
			t.Fatal(err)
		}
		if size == 17 {
			var err error
			if at, err = c.Final(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	p, err := a.Evidence(ctx, checkpoint(17), at.Number, at.Time, origin, key, trusted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put(ctx, c, a, 41); err != nil {
		t.Fatal(err)
	}
	b, err := c.Final(ctx)
	if err != nil {
		t.Fatal(err)
	}
	later, err := c.Seal(ctx, b, origin, key)
	if err != nil {
		t.Fatal(err)
	}
	hash, rt := contracts.CodeHash(), root(17)
	out, err := json.MarshalIndent(recorded{
		Source:  "Fieldseal's embedded chain, 41 checkpoints anchored, the 17th proved in the block of the 40th",
		NoteKey: vkey, ChainID: c.ID(), CodeHash: hash[:], Origin: origin, Size: 17, Root: rt[:], Later: later, Proof: p,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recordedFile, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzWalkAgreesWithGoEthereum builds a storage trie, spoils its proof in one
// place and wants our walk and the library's to say the same.
func FuzzWalkAgreesWithGoEthereum(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, uint16(seed*7%90), seed%3 == 0, uint16(seed*31), byte(seed%5))
	}
	f.Fuzz(func(t *testing.T, seed uint64, slots uint16, absent bool, where uint16, flip byte) {
		slots = slots%600 + 1
		rng := rand.New(rand.NewPCG(seed, 1))
		tr := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), triedb.HashDefaults))
		keys := make([]common.Hash, slots)
		for i := range keys {
			// Few distinct values, some short: small values make nodes that
			// are embedded in their parents.
			keys[i] = common.Hash(word(rng.Uint64N(4096)))
			value, _ := rlp.EncodeToBytes(bytes.TrimLeft([]byte{0, byte(1 + rng.IntN(200))}, "\x00"))
			if rng.IntN(2) == 0 {
				value, _ = rlp.EncodeToBytes(crypto.Keccak256(keys[i][:]))
			}
			tr.MustUpdate(crypto.Keccak256(keys[i][:]), value)
		}
		slot := keys[rng.IntN(len(keys))]
		if absent {
			slot = common.Hash(word(5000 + rng.Uint64N(100)))
		}
		hashed := crypto.Keccak256(slot[:])
		var proof proofList
		if err := tr.Prove(hashed, &proof); err != nil {
			t.Fatal(err)
		}
		if flip != 0 {
			n := proof[int(where)%len(proof)]
			n[int(where/8)%len(n)] ^= flip
		}
		db := memorydb.New()
		for _, n := range proof {
			db.Put(crypto.Keccak256(n), n)
		}
		want, wantErr := trie.VerifyProof(tr.Hash(), hashed, db)
		got, found, err := anchor.FindStorage([32]byte(tr.Hash()), [32]byte(slot), proof)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("ours says %v, the library says %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if found != (want != nil) || found == absent {
			t.Fatalf("found %v, want %v; the library has %x", found, !absent, want)
		}
		if found {
			var v []byte
			if err := rlp.DecodeBytes(want, &v); err != nil || common.BytesToHash(v) != common.Hash(got) {
				t.Fatalf("value %x, the library has %x, %v", got, v, err)
			}
		}
		if len(proof) > 1 {
			if _, _, err := anchor.FindStorage([32]byte(tr.Hash()), [32]byte(slot), append(proof, proof[0])); err == nil {
				t.Fatal("a node off the path went unnoticed")
			}
		}
	})
}

// proofList gathers the nodes of a proof in their order.
type proofList [][]byte

func (p *proofList) Put(_, value []byte) error {
	*p = append(*p, bytes.Clone(value))
	return nil
}

func (p *proofList) Delete([]byte) error { panic("a proof deletes nothing") }

func word(v uint64) (w [32]byte) {
	for i := range 8 {
		w[31-i] = byte(v >> (8 * i))
	}
	return w
}

// FuzzHeaderAgreesWithGoEthereum: what the library's strict decoder refuses,
// ours refuses, and what both read hashes and says the same.
func FuzzHeaderAgreesWithGoEthereum(f *testing.F) {
	zero := uint64(0)
	h := &types.Header{Difficulty: common.Big1, Number: common.Big2, Extra: []byte("x"), Time: 5}
	for range 5 {
		b, err := rlp.EncodeToBytes(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		switch {
		case h.BaseFee == nil:
			h.BaseFee = common.Big3
		case h.WithdrawalsHash == nil:
			h.WithdrawalsHash = &types.EmptyRootHash
		case h.BlobGasUsed == nil:
			h.BlobGasUsed, h.ExcessBlobGas, h.ParentBeaconRoot = &zero, &zero, &common.Hash{}
		default:
			h.RequestsHash = &common.Hash{}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, err := anchor.ParseHeader(b)
		if err != nil {
			return
		}
		var theirs types.Header
		if err := rlp.DecodeBytes(b, &theirs); err != nil {
			t.Fatalf("we read %x, the library says %v", b, err)
		}
		if common.Hash(ours.Hash) != theirs.Hash() || ours.Number != theirs.Number.Uint64() || ours.Time != theirs.Time || common.Hash(ours.StateRoot) != theirs.Root {
			t.Fatalf("%+v is not %+v", ours, theirs)
		}
	})
}

// BenchmarkProof tells size and verify time of a proof among as many anchored
// checkpoints as -slots says.
var slotsFlag = flag.Uint64("slots", 1000, "anchored checkpoints of BenchmarkProof")

func BenchmarkProof(b *testing.B) {
	ctx := context.Background()
	c, a, _ := deployed(b)
	key, trusted, _ := noteKey(b, 7)
	var at Block
	for size := uint64(1); size <= *slotsFlag; size++ {
		if _, err := put(ctx, c, a, size); err != nil {
			b.Fatal(err)
		}
		if size == (*slotsFlag+1)/2 {
			var err error
			if at, err = c.Final(ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
	cp := checkpoint((*slotsFlag + 1) / 2)
	p, err := a.Evidence(ctx, cp, at.Number, at.Time, origin, key, trusted)
	if err != nil {
		b.Fatal(err)
	}
	size := len(p.Block.Header) + len(p.Block.Note)
	for _, n := range append(p.Account, p.Storage...) {
		size += len(n)
	}
	believed := anchor.Chain{Profile: anchor.Embedded, ID: c.ID(), Note: trusted}
	contract := anchor.Contract{Address: a.Address(), CodeHash: contracts.CodeHash()}
	for b.Loop() {
		if _, err := p.Verify(believed, contract, cp); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "bytes")
	b.ReportMetric(float64(len(p.Storage)), "nodes")
}
