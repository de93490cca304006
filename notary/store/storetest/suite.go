// Package storetest holds what tests of a notary's memory need: the one
// behaviour suite that every store passes, a store in memory, and a store that
// fails on demand.
//
// It is for tests only. Its invariant: whatever passes [Run] can stand under the
// log.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"fieldseal/notary/store"
)

// Run holds a store against what store.Store promises. open opens the store of
// this test; closing and opening again must give back what was committed.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s store.Store, reopen func() store.Store)
	}{
		{"AnEmptyStoreHasNoHead", emptyStore},
		{"AGroupIsThereWholeAfterReopening", groupSurvives},
		{"EntriesContinueOrNothingIsWritten", entriesContinue},
		{"CheckpointIsComparedAndSwapped", checkpointSwaps},
		{"TilesGrow", tilesGrow},
		{"RowsComeInOrderAndStayInTheirTable", rowsInOrder},
		{"ARangeIsReadAsOfItsBeginning", rangeIsStable},
		{"WhatComesOutBelongsToTheCaller", callerOwns},
		{"ConcurrentGroupsAreAllThere", concurrent},
		{"PayloadsMayComeLater", payloadsLater},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { s.Close() })
			c.test(t, s, func() store.Store {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t)
				return s
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, got, target error) {
	t.Helper()
	if !errors.Is(got, target) {
		t.Fatalf("error is %v, want %v", got, target)
	}
}

func entries(t *testing.T, s store.Store, from, to uint64) (out []string) {
	t.Helper()
	for e, err := range s.Entries(from, to) {
		must(t, err)
		out = append(out, fmt.Sprintf("%d=%s", e.Index, e.Data))
	}
	return out
}

func keys(t *testing.T, s store.Store, tab store.Table, r store.Range) (out []string) {
	t.Helper()
	for kv, err := range s.Rows(tab, r) {
		must(t, err)
		out = append(out, fmt.Sprintf("%s=%s", kv.Key, kv.Value))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func emptyStore(t *testing.T, s store.Store, _ func() store.Store) {
	h, err := s.Head()
	must(t, err)
	if h.Size != 0 || h.Checkpoint != nil {
		t.Fatalf("head of an empty store is %+v", h)
	}
	_, err = s.Entry(0)
	want(t, err, store.ErrNotFound)
	_, err = s.Payload(0)
	want(t, err, store.ErrNotFound)
	_, err = s.Tile(0, 0)
	want(t, err, store.ErrNotFound)
	_, err = s.Row(store.TableGateway, []byte("x"))
	want(t, err, store.ErrNotFound)
	same(t, entries(t, s, 0, 10))
	same(t, keys(t, s, store.TableGateway, store.Range{}))
}

func groupSurvives(t *testing.T, s store.Store, reopen func() store.Store) {
	big := bytes.Repeat([]byte("payload "), 20_000)
	must(t, s.Commit(&store.Group{
		Entries:    [][]byte{[]byte("zero"), []byte("one")},
		Payloads:   []store.Entry{{Index: 1, Data: big}},
		Tiles:      []store.Tile{{Level: 0, Index: 0, Hashes: make([]byte, 64)}},
		Rows:       []store.Put{{Table: store.TableGateway, Key: []byte("g"), Value: []byte("v")}},
		Checkpoint: &store.Checkpoint{Size: 2, Note: []byte("note")},
	}))
	s = reopen()
	h, err := s.Head()
	must(t, err)
	if h.Size != 2 || h.Checkpoint == nil || h.Checkpoint.Size != 2 || string(h.Checkpoint.Note) != "note" {
		t.Fatalf("head is %+v", h)
	}
	same(t, entries(t, s, 0, 99), "0=zero", "1=one")
	same(t, entries(t, s, 1, 2), "1=one")
	p, err := s.Payload(1)
	must(t, err)
	if !bytes.Equal(p, big) {
		t.Fatalf("payload of %d bytes came back as %d", len(big), len(p))
	}
	_, err = s.Payload(0)
	want(t, err, store.ErrNotFound)
	tile, err := s.Tile(0, 0)
	must(t, err)
	if len(tile) != 64 {
		t.Fatalf("tile of %d bytes", len(tile))
	}
	v, err := s.Row(store.TableGateway, []byte("g"))
	must(t, err)
	if string(v) != "v" {
		t.Fatalf("row is %q", v)
	}
}

func entriesContinue(t *testing.T, s store.Store, reopen func() store.Store) {
	must(t, s.Commit(&store.Group{Entries: [][]byte{[]byte("a")}}))
	row := []store.Put{{Table: store.TableGateway, Key: []byte("g"), Value: []byte("v")}}
	for _, first := range []uint64{0, 2, 7} {
		want(t, s.Commit(&store.Group{First: first, Entries: [][]byte{[]byte("x")}, Rows: row}), store.ErrConflict)
	}
	s = reopen()
	same(t, entries(t, s, 0, 9), "0=a")
	same(t, keys(t, s, store.TableGateway, store.Range{}))
	must(t, s.Commit(&store.Group{First: 1, Entries: [][]byte{[]byte("b")}, Rows: row}))
	same(t, entries(t, s, 0, 9), "0=a", "1=b")
}

func checkpointSwaps(t *testing.T, s store.Store, reopen func() store.Store) {
	put := func(from, size uint64, note string) error {
		return s.Commit(&store.Group{From: from, Checkpoint: &store.Checkpoint{Size: size, Note: []byte(note)}})
	}
	want(t, put(3, 4, "no"), store.ErrConflict)
	must(t, put(0, 4, "four"))
	want(t, put(0, 5, "no"), store.ErrConflict)
	must(t, put(4, 9, "nine"))
	s = reopen()
	want(t, put(4, 10, "no"), store.ErrConflict)
	h, err := s.Head()
	must(t, err)
	if string(h.Checkpoint.Note) != "nine" || h.Checkpoint.Size != 9 {
		t.Fatalf("checkpoint is %+v", h.Checkpoint)
	}
}

func tilesGrow(t *testing.T, s store.Store, _ func() store.Store) {
	for w := 1; w <= 3; w++ {
		must(t, s.Commit(&store.Group{Tiles: []store.Tile{{Level: 1, Index: 7, Hashes: bytes.Repeat([]byte{byte(w)}, 32*w)}}}))
		got, err := s.Tile(1, 7)
		must(t, err)
		if len(got) != 32*w {
			t.Fatalf("tile of %d bytes at width %d", len(got), w)
		}
	}
	_, err := s.Tile(0, 7)
	want(t, err, store.ErrNotFound)
}

func rowsInOrder(t *testing.T, s store.Store, _ func() store.Store) {
	put := func(tab store.Table, k, v string) store.Put {
		return store.Put{Table: tab, Key: []byte(k), Value: []byte(v)}
	}
	must(t, s.Commit(&store.Group{Rows: []store.Put{
		put(store.TableTime, "b", "2"), put(store.TableTime, "a", "1"), put(store.TableTime, "ab", "3"),
		put(store.TableTime, "c\xff", "4"), put(store.TableTime, "d", "5"), put(store.TableDigest, "a", "other"), put(store.TableGateway, "a", "next"),
	}}))
	same(t, keys(t, s, store.TableTime, store.Range{}), "a=1", "ab=3", "b=2", "c\xff=4", "d=5")
	same(t, keys(t, s, store.TableTime, store.Range{Reverse: true}), "d=5", "c\xff=4", "b=2", "ab=3", "a=1")
	same(t, keys(t, s, store.TableTime, store.Range{From: []byte("ab"), To: []byte("d")}), "ab=3", "b=2", "c\xff=4")
	same(t, keys(t, s, store.TableTime, store.Range{From: []byte("ab"), To: []byte("d"), Reverse: true}), "c\xff=4", "b=2", "ab=3")
	same(t, keys(t, s, store.TableTime, store.Range{Limit: 2}), "a=1", "ab=3")
	same(t, keys(t, s, store.TableTime, store.Prefix([]byte("a"))), "a=1", "ab=3")
	same(t, keys(t, s, store.TableTime, store.Prefix([]byte("c\xff"))), "c\xff=4")
	must(t, s.Commit(&store.Group{Rows: []store.Put{{Table: store.TableTime, Key: []byte("ab")}, put(store.TableTime, "b", "9"), put(store.TableTime, "e", "")}}))
	same(t, keys(t, s, store.TableTime, store.Range{}), "a=1", "b=9", "c\xff=4", "d=5", "e=")
	_, err := s.Row(store.TableTime, []byte("ab"))
	want(t, err, store.ErrNotFound)
	for range s.Rows(store.TableTime, store.Range{}) {
		break // leaving early must leak nothing: Close follows
	}
}

func rangeIsStable(t *testing.T, s store.Store, _ func() store.Store) {
	for i := range 4 {
		must(t, s.Commit(&store.Group{First: uint64(i), Entries: [][]byte{{byte('a' + i)}}}))
	}
	n := 0
	for _, err := range s.Entries(0, 100) {
		must(t, err)
		if n == 0 {
			must(t, s.Commit(&store.Group{First: 4, Entries: [][]byte{[]byte("late")}}))
		}
		n++
	}
	if n != 4 {
		t.Fatalf("a range begun at size 4 gave %d entries", n)
	}
}

func callerOwns(t *testing.T, s store.Store, _ func() store.Store) {
	in := []byte("abc")
	must(t, s.Commit(&store.Group{Entries: [][]byte{in}, Rows: []store.Put{{Table: store.TableGateway, Key: in, Value: in}}}))
	in[0] = 'X'
	out, err := s.Entry(0)
	must(t, err)
	if string(out) != "abc" {
		t.Fatalf("the store kept the caller's slice: %q", out)
	}
	out[0] = 'Y'
	same(t, entries(t, s, 0, 1), "0=abc")
	same(t, keys(t, s, store.TableGateway, store.Range{}), "abc=abc")
}

func concurrent(t *testing.T, s store.Store, reopen func() store.Store) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				k := []byte(fmt.Sprintf("%d/%d", i, j))
				if err := s.Commit(&store.Group{Rows: []store.Put{{Table: store.TableGateway, Key: k, Value: k}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	won := make(chan uint64, 100)
	for range 8 {
		wg.Go(func() {
			for i := uint64(0); i < 4; i++ {
				err := s.Commit(&store.Group{First: i, Entries: [][]byte{[]byte("e")}})
				if err == nil {
					won <- i
				} else if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(won)
	taken := map[uint64]bool{}
	for i := range won {
		if taken[i] {
			t.Fatalf("index %d was given twice", i)
		}
		taken[i] = true
	}
	s = reopen()
	if n := len(keys(t, s, store.TableGateway, store.Range{})); n != 40 {
		t.Fatalf("%d of 40 rows", n)
	}
	if n := len(entries(t, s, 0, 100)); n != len(taken) {
		t.Fatalf("%d entries, %d were won", n, len(taken))
	}
}

func payloadsLater(t *testing.T, s store.Store, _ func() store.Store) {
	must(t, s.Commit(&store.Group{Entries: [][]byte{[]byte("a"), []byte("b"), []byte("c")}, Payloads: []store.Entry{{Index: 2, Data: []byte("pc")}}}))
	must(t, s.Commit(&store.Group{Payloads: []store.Entry{{Index: 0, Data: []byte("pa")}}}))
	var got []string
	for e, err := range s.Payloads(0, 9) {
		must(t, err)
		got = append(got, fmt.Sprintf("%d=%s", e.Index, e.Data))
	}
	same(t, got, "0=pa", "2=pc")
}
