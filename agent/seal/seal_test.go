package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

const base = 1_760_000_000_000_000

func sealOne(t *testing.T, s *Sealer) (*batch.Signed, []byte) {
	t.Helper()
	b := batch.NewBuilder()
	if err := b.AddEvent(&record.Event{Type: record.EventStarted, Time: base}, batch.NoFrame); err != nil {
		t.Fatal(err)
	}
	h, p, err := s.Seal(b, Window{First: base, Last: base + 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h, p
}

func TestEachBatchLinksToTheOneBeforeAcrossStarts(t *testing.T) {
	key, made, err := EnsureKey(filepath.Join(t.TempDir(), "gateway.key"), rand.Reader)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	id := Identity{Gateway: batch.ID{1}, Site: batch.ID{2}, Origin: "log.example"}
	var last *batch.Signed
	boots := map[record.BootID]bool{}
	for start := range 3 {
		s, err := New(key, rand.Reader, id, merkle.Hash{3}, last, batch.PreviousFirst)
		if err != nil {
			t.Fatal(err)
		}
		boots[s.Boot()] = true
		for seq := range uint64(3) {
			h, p := sealOne(t, s)
			if err := h.VerifySignature(key.Public()); err != nil {
				t.Fatal(err)
			}
			payload, err := batch.ParsePayload(p)
			if err != nil {
				t.Fatal(err)
			}
			if err := payload.Verify(&h.Header); err != nil {
				t.Fatal(err)
			}
			first := start == 0 && seq == 0
			if h.Seq != seq || first != (h.NoPrev == batch.PreviousFirst) || !first && h.Prev != last.Digest() {
				t.Fatalf("start %d, batch %d: header %+v", start, seq, h.Header)
			}
			last = h
		}
	}
	if len(boots) != 3 {
		t.Errorf("three starts drew %d boot ids", len(boots))
	}
}

func TestSealerWithoutPredecessorNeedsAReason(t *testing.T) {
	key, _, err := EnsureKey(filepath.Join(t.TempDir(), "k"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(key, rand.Reader, Identity{}, merkle.Hash{}, nil, batch.PreviousKnown); err == nil {
		t.Error("a header could have named neither predecessor nor reason")
	}
}

func TestFailedSealDoesNotSpendASequence(t *testing.T) {
	key, _, err := EnsureKey(filepath.Join(t.TempDir(), "k"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	random := &failing{r: rand.Reader, after: 16}
	s, err := New(key, random, Identity{Origin: "o"}, merkle.Hash{}, nil, batch.PreviousFirst)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Seal(batch.NewBuilder(), Window{}, nil, nil); err == nil {
		t.Fatal("sealed without a secret")
	}
	random.after = 1 << 20
	if h, _ := sealOne(t, s); h.Seq != 0 || h.NoPrev != batch.PreviousFirst {
		t.Errorf("after a failure the first batch is %+v", h.Header)
	}
}

type failing struct {
	r     io.Reader
	after int
}

func (f *failing) Read(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, errors.New("no entropy")
	}
	return f.r.Read(b)
}

func TestKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "gateway.key")
	a, made, err := EnsureKey(path, rand.Reader)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key has mode %v, %v", info.Mode(), err)
	}
	b, made, err := EnsureKey(path, rand.Reader)
	if err != nil || made || !a.Public().Equal(b.Public()) {
		t.Fatalf("second start: made %v, %v", made, err)
	}
	before, _ := os.ReadFile(path)
	if err := WritePrivate(path, []byte("another")); err == nil {
		t.Error("one key was written over another")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key on disk changed")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}
