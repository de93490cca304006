package badgerstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"fieldseal/notary/store"
)

// Memory and file sizes. Badger's defaults take gigabytes.
const (
	memTable   = 32 << 20 // one table in memory; bounds a group to 15 % of it, large values not counted
	memTables  = 3
	blockCache = 16 << 20
	indexCache = 32 << 20
	valueFile  = 256 << 20 // one file of the value log
	// maxInline keeps a full tile (8,192 bytes), which is written again with each
	// group, in the tree that compaction cleans; a payload is written once and a
	// large one would only be copied about by it.
	maxInline = 8 << 10
)

// Key prefixes. All integers in keys are big-endian, so that order is numeric.
const (
	prefixMeta    = 'm'
	prefixEntry   = 'e'
	prefixPayload = 'p'
	prefixTile    = 't'
	prefixRow     = 'r'
)

var (
	keyVersion    = []byte{prefixMeta, 'v'}
	keyCheckpoint = []byte{prefixMeta, 'c'}
)

// Store is a store in a Badger folder.
type Store struct {
	db     *badger.DB
	logger *logger

	mu   sync.Mutex // one group that moves the head at a time
	size atomic.Uint64
	head atomic.Pointer[store.Checkpoint]
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder, or makes one there.
func Open(dir string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := Room(dir, StartReserve); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	l := &logger{log: log.With("part", "store")}
	// Blocks are checked as they are read: the log's replay reads all of them, and
	// Badger's own check of whole tables at open dereferences nil on a bad block.
	db, err := badger.Open(badger.DefaultOptions(dir).
		WithLogger(l).WithSyncWrites(true).WithDetectConflicts(false).WithMetricsEnabled(false).
		WithMemTableSize(memTable).WithNumMemtables(memTables).WithNumCompactors(2).
		WithCompression(options.None).WithBlockCacheSize(blockCache).WithIndexCacheSize(indexCache).
		WithValueThreshold(maxInline + 1).WithValueLogFileSize(valueFile).
		WithVerifyValueChecksum(true).WithChecksumVerificationMode(options.OnBlockRead))
	if err != nil {
		if strings.Contains(err.Error(), "directory lock") {
			return nil, fmt.Errorf("%w: %s; stop the notary that runs on it first", store.ErrLocked, dir)
		}
		return nil, fmt.Errorf("open store in %s: %w", dir, err)
	}
	s := &Store{db: db, logger: l}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", dir, errors.Join(err, db.Close()))
	}
	return s, nil
}

// load checks the version and finds the head.
func (s *Store) load() error {
	v, err := s.get(keyVersion)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := s.write(func(set func(k, v []byte) error) error {
			return set(keyVersion, binary.BigEndian.AppendUint32(nil, store.Version))
		}); err != nil {
			return err
		}
	case err != nil:
		return err
	case len(v) != 4:
		return fmt.Errorf("version mark of %d bytes: this is no notary's store", len(v))
	default:
		if have := binary.BigEndian.Uint32(v); have > store.Version {
			return fmt.Errorf("%w: it is %d, this release knows %d; install the release that wrote it", store.ErrVersion, have, store.Version)
		}
	}
	c, err := s.get(keyCheckpoint)
	switch {
	case err == nil && len(c) >= 8:
		s.head.Store(&store.Checkpoint{Size: binary.BigEndian.Uint64(c), Note: c[8:]})
	case err == nil:
		return fmt.Errorf("checkpoint of %d bytes is damaged", len(c))
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	for e, err := range s.scan([]byte{prefixEntry}, store.Range{Reverse: true, Limit: 1}, false) {
		if err != nil {
			return err
		}
		if len(e.Key) != 8 {
			return fmt.Errorf("entry key of %d bytes is damaged", len(e.Key))
		}
		s.size.Store(binary.BigEndian.Uint64(e.Key) + 1)
	}
	return nil
}

func indexKey(prefix byte, i uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), prefix), i)
}

func tileKey(level uint8, i uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 10), prefixTile, level), i)
}

func rowKey(t store.Table, key []byte) []byte {
	return append(append(make([]byte, 0, 2+len(key)), prefixRow, byte(t)), key...)
}

// write runs one synced transaction. Badger keeps the slices until it is done.
func (s *Store) write(fill func(set func(k, v []byte) error) error) error {
	failed := s.logger.failed.Load()
	err := s.db.Update(func(txn *badger.Txn) error {
		return fill(func(k, v []byte) error {
			if v == nil {
				return txn.Delete(k)
			}
			return txn.Set(k, v)
		})
	})
	if errors.Is(err, badger.ErrTxnTooBig) {
		return fmt.Errorf("%w: %v", store.ErrTooBig, err)
	}
	if err == nil && s.logger.failed.Load() != failed {
		err = errors.New("a sync of the value log failed")
	}
	return err
}

// Commit implements store.Store.
func (s *Store) Commit(g *store.Group) error {
	moves := len(g.Entries) > 0 || g.Checkpoint != nil
	if moves {
		s.mu.Lock()
		defer s.mu.Unlock()
		if size := s.size.Load(); len(g.Entries) > 0 && g.First != size {
			return fmt.Errorf("%w: entries begin at %d, the log ends at %d", store.ErrConflict, g.First, size)
		}
		var have uint64
		if c := s.head.Load(); c != nil {
			have = c.Size
		}
		if g.Checkpoint != nil && g.From != have {
			return fmt.Errorf("%w: checkpoint follows %d, the newest is of %d", store.ErrConflict, g.From, have)
		}
	}
	err := s.write(func(set func(k, v []byte) error) error { return fill(g, set) })
	if err != nil {
		return fmt.Errorf("write group of %d entries: %w", len(g.Entries), err)
	}
	if moves {
		s.size.Add(uint64(len(g.Entries)))
		if c := g.Checkpoint; c != nil {
			s.head.Store(&store.Checkpoint{Size: c.Size, Note: bytes.Clone(c.Note)})
		}
	}
	return nil
}

func fill(g *store.Group, set func(k, v []byte) error) error {
	for i, e := range g.Entries {
		if err := set(indexKey(prefixEntry, g.First+uint64(i)), e); err != nil {
			return err
		}
	}
	for _, p := range g.Payloads {
		if err := set(indexKey(prefixPayload, p.Index), p.Data); err != nil {
			return err
		}
	}
	for _, t := range g.Tiles {
		if err := set(tileKey(t.Level, t.Index), t.Hashes); err != nil {
			return err
		}
	}
	for _, r := range g.Rows {
		if err := set(rowKey(r.Table, r.Key), r.Value); err != nil {
			return err
		}
	}
	if c := g.Checkpoint; c != nil {
		return set(keyCheckpoint, append(binary.BigEndian.AppendUint64(nil, c.Size), c.Note...))
	}
	return nil
}

// Head implements store.Store.
func (s *Store) Head() (store.Head, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := store.Head{Size: s.size.Load()}
	if c := s.head.Load(); c != nil {
		h.Checkpoint = &store.Checkpoint{Size: c.Size, Note: bytes.Clone(c.Note)}
	}
	return h, nil
}

func (s *Store) get(key []byte) (out []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err == nil {
			out, err = item.ValueCopy(nil)
		}
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, store.ErrNotFound
	}
	return out, err
}

func name(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// Entry implements store.Store.
func (s *Store) Entry(i uint64) ([]byte, error) {
	b, err := s.get(indexKey(prefixEntry, i))
	return b, name(err, "log entry %d", i)
}

// Payload implements store.Store.
func (s *Store) Payload(i uint64) ([]byte, error) {
	b, err := s.get(indexKey(prefixPayload, i))
	return b, name(err, "payload of log entry %d", i)
}

// Tile implements store.Store.
func (s *Store) Tile(level uint8, i uint64) ([]byte, error) {
	b, err := s.get(tileKey(level, i))
	return b, name(err, "tile %d/%d", level, i)
}

// Row implements store.Store.
func (s *Store) Row(t store.Table, key []byte) ([]byte, error) {
	b, err := s.get(rowKey(t, key))
	return b, name(err, "row %x of table %d", key, t)
}

// Rows implements store.Store.
func (s *Store) Rows(t store.Table, r store.Range) iter.Seq2[store.KV, error] {
	return s.scan([]byte{prefixRow, byte(t)}, r, true)
}

// Entries implements store.Store.
func (s *Store) Entries(from, to uint64) iter.Seq2[store.Entry, error] {
	return s.indexed(prefixEntry, from, to)
}

// Payloads implements store.Store.
func (s *Store) Payloads(from, to uint64) iter.Seq2[store.Entry, error] {
	return s.indexed(prefixPayload, from, to)
}

func (s *Store) indexed(prefix byte, from, to uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		r := store.Range{From: binary.BigEndian.AppendUint64(nil, from), To: binary.BigEndian.AppendUint64(nil, to)}
		for kv, err := range s.scan([]byte{prefix}, r, true) {
			var e store.Entry
			if err == nil {
				e = store.Entry{Index: binary.BigEndian.Uint64(kv.Key), Data: kv.Value}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// scan walks the keys prefix ‖ r.From ≤ key < prefix ‖ r.To as of its beginning.
func (s *Store) scan(prefix []byte, r store.Range, values bool) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		txn := s.db.NewTransaction(false)
		defer txn.Discard()
		opt := badger.DefaultIteratorOptions
		opt.Reverse, opt.PrefetchValues = r.Reverse, false
		if !r.Reverse { // in reverse the first key looked at may be the next prefix's
			opt.Prefix = prefix
		}
		it := txn.NewIterator(opt)
		defer it.Close()
		from := append(bytes.Clone(prefix), r.From...)
		to := store.Prefix(prefix).To
		if r.To != nil {
			to = append(bytes.Clone(prefix), r.To...)
		}
		if r.Reverse {
			it.Seek(to)
			if it.Valid() && bytes.Compare(it.Item().Key(), to) >= 0 {
				it.Next() // Seek in reverse stops at a key that is equal, which the range leaves out
			}
		} else {
			it.Seek(from)
		}
		for n := 0; it.Valid() && (r.Limit == 0 || n < r.Limit); n++ {
			item := it.Item()
			if !r.Reverse && bytes.Compare(item.Key(), to) >= 0 || r.Reverse && bytes.Compare(item.Key(), from) < 0 {
				return
			}
			kv := store.KV{Key: bytes.Clone(item.Key()[len(prefix):])}
			if values {
				v, err := item.ValueCopy(nil)
				if err != nil {
					yield(store.KV{}, fmt.Errorf("key %x: %w", item.Key(), err))
					return
				}
				kv.Value = v
			}
			if !yield(kv, nil) {
				return
			}
			it.Next()
		}
	}
}

// Close implements store.Store.
func (s *Store) Close() error { return s.db.Close() }
