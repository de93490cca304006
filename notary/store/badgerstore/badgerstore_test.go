package badgerstore

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

func TestBadger(t *testing.T) {
	dirs := map[*testing.T]string{}
	storetest.Run(t, func(t *testing.T) store.Store {
		if dirs[t] == "" {
			dirs[t] = t.TempDir()
		}
		s, err := Open(dirs[t], slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestAStoreOfANewerReleaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(txn *badger.Txn) error {
		return txn.Set(keyVersion, binary.BigEndian.AppendUint32(nil, store.Version+1))
	}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(dir, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrVersion) {
		t.Fatalf("opened with %v", err)
	}
}

func TestTwoNotariesCannotShareAStore(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(dir, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("opened with %v", err)
	}
}

func TestAFullDiskIsToldBeforeItIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := Room(dir, 1); err != nil {
		t.Fatal(err)
	}
	if err := Room(dir, 1<<62); !errors.Is(err, store.ErrFull) {
		t.Fatalf("no disk has that much: %v", err)
	}
	if err := Room(dir+"/nowhere", 1); err == nil || errors.Is(err, store.ErrFull) {
		t.Fatalf("no folder: %v", err)
	}
}

func TestAGroupAboveTheBoundWritesNothing(t *testing.T) {
	s, err := Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := &store.Group{}
	for range 3000 {
		g.Entries = append(g.Entries, make([]byte, 4096))
	}
	if err := s.Commit(g); !errors.Is(err, store.ErrTooBig) {
		t.Fatalf("committed with %v", err)
	}
	if h, err := s.Head(); err != nil || h.Size != 0 {
		t.Fatalf("head %+v, %v", h, err)
	}
}

func TestASyncErrorThatBadgerOnlyLogsFailsTheGroup(t *testing.T) {
	s, err := Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.write(func(set func(k, v []byte) error) error {
		s.logger.Errorf("Error while curlf sync: %v\n", errors.New("EIO"))
		return set([]byte("mx"), []byte("v"))
	}); err == nil {
		t.Fatal("a group whose sync failed was answered as durable")
	}
}
