package receipt

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/agent/journal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
)

// store is a journal of two batches of one boot.
type store struct {
	own         *batch.Checkpoint
	headers     [][]byte
	admitted    []journal.Admission
	quarantined []uint64
}

func (s *store) Checkpoint() *batch.Checkpoint { return s.own }
func (s *store) Header(b record.BootID, seq uint64) []byte {
	if b != boot || seq >= uint64(len(s.headers)) {
		return nil
	}
	return s.headers[seq]
}
func (s *store) Admit(a journal.Admission) error { s.admitted = append(s.admitted, a); return nil }
func (s *store) Quarantine(b record.BootID, seq uint64) error {
	if s.Header(b, seq) == nil {
		return journal.ErrAbsent
	}
	s.quarantined = append(s.quarantined, seq)
	return nil
}

var boot = record.BootID{1}

type world struct {
	*store
	h      *Handler
	signer note.Signer
	leaves []merkle.Hash
}

func newWorld(t testing.TB) *world {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	s := &store{headers: [][]byte{{0xaa}, {0xbb}}}
	w := &world{store: s, h: &Handler{Log: v, Store: s, Out: slog.New(slog.DiscardHandler)}, signer: signer}
	for _, h := range s.headers {
		w.leaves = append(w.leaves, merkle.Leaf(h))
	}
	return w
}

func (w *world) receipt(edit func(*wire.Receipt)) []byte {
	raw, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "log.example", Size: 2, Root: merkle.Root(w.leaves)}, w.signer)
	if err != nil {
		panic(err)
	}
	r := &wire.Receipt{Note: raw, Covered: 1, Block: &batch.Block{Number: 3}}
	for i := range w.leaves {
		r.Entries = append(r.Entries, wire.Entry{Boot: boot, Seq: uint64(i), Index: uint64(i), Path: merkle.Path(w.leaves, i)})
	}
	edit(r)
	return wire.EncodeDown(r)
}

func TestReceiptIsAdmittedWhole(t *testing.T) {
	w := newWorld(t)
	if err := w.h.Handle(w.receipt(func(*wire.Receipt) {})); err != nil {
		t.Fatal(err)
	}
	if len(w.admitted) != 1 || len(w.admitted[0].Places) != 2 || w.admitted[0].Covered != 1 || w.admitted[0].Checkpoint.Size != 2 {
		t.Errorf("admitted %+v", w.admitted)
	}
}

func TestNothingUnprovedIsAdmitted(t *testing.T) {
	for name, x := range map[string]struct {
		edit func(w *world, r *wire.Receipt)
		want error
	}{
		"signed by another key": {func(w *world, r *wire.Receipt) { r.Note = newWorld(t).note(w) }, nil},
		"wrong index":           {func(_ *world, r *wire.Receipt) { r.Entries[0].Index = 1 }, ErrFork},
		"wrong path":            {func(_ *world, r *wire.Receipt) { r.Entries[1].Path[0][0] ^= 1 }, ErrFork},
		"covers what is not":    {func(_ *world, r *wire.Receipt) { r.Covered = 3 }, ErrFork},
		"another start":         {func(_ *world, r *wire.Receipt) { r.From = 1 }, ErrBehind},
		"a log that shrank":     {func(w *world, r *wire.Receipt) { w.own = &batch.Checkpoint{Size: 5}; r.From = 5 }, ErrFork},
		"a log that was rewritten": {func(w *world, r *wire.Receipt) {
			w.own = &batch.Checkpoint{Size: 2, Root: merkle.Hash{1}}
			r.From = 2
		}, ErrFork},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			err := w.h.Handle(w.receipt(func(r *wire.Receipt) { x.edit(w, r) }))
			if err == nil || x.want != nil && !errors.Is(err, x.want) || len(w.admitted) > 0 {
				t.Errorf("error %v, admitted %+v", err, w.admitted)
			}
		})
	}
}

// note is the head of w's log, signed with another key of the same name.
func (o *world) note(w *world) []byte {
	raw, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "log.example", Size: 2, Root: merkle.Root(w.leaves)}, o.signer)
	if err != nil {
		panic(err)
	}
	return raw
}

func TestStrangersBatchDoesNotHoldUpOurs(t *testing.T) {
	w := newWorld(t)
	err := w.h.Handle(w.receipt(func(r *wire.Receipt) {
		r.Entries = append(r.Entries, wire.Entry{Boot: record.BootID{9}, Seq: 0, Index: 0})
	}))
	if err != nil || len(w.admitted) != 1 || len(w.admitted[0].Places) != 2 || w.h.Strangers.Load() != 1 {
		t.Errorf("%v, admitted %+v, strangers %d", err, w.admitted, w.h.Strangers.Load())
	}
}

func TestOnlyARefusalForGoodQuarantines(t *testing.T) {
	w := newWorld(t)
	for _, m := range []*wire.Refusal{
		{Class: wire.Busy, Boot: boot, Seq: 0},
		{Class: wire.Malformed, Reason: "no batch"},
		{Class: wire.Conflict, Boot: record.BootID{9}},
		{Class: wire.Conflict, Boot: boot, Seq: 1},
	} {
		if err := w.h.Handle(wire.EncodeDown(m)); err != nil {
			t.Errorf("%v: %v", m, err)
		}
	}
	if len(w.quarantined) != 1 || w.quarantined[0] != 1 {
		t.Errorf("quarantined %v", w.quarantined)
	}
}

func FuzzHandle(f *testing.F) {
	w := newWorld(f)
	good := w.receipt(func(*wire.Receipt) {})
	f.Add(good)
	f.Add(wire.EncodeDown(&wire.Refusal{Class: wire.Busy, Boot: boot}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w.admitted, w.quarantined = nil, nil
		err := w.h.Handle(raw)
		if len(w.admitted) > 0 && err != nil {
			t.Errorf("admitted %+v with error %v", w.admitted, err)
		}
		for _, a := range w.admitted {
			for _, p := range a.Places {
				if p.Boot != boot || p.Index != p.Seq {
					t.Errorf("admitted %+v", p)
				}
			}
		}
	})
}
