package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Defaults, used where Options leave zero.
const (
	DefaultMaxBytes     = 512 << 20
	DefaultMaxAge       = 90 * 24 * time.Hour
	DefaultKeepReleased = 7 * 24 * time.Hour
)

// Errors of the journal.
var (
	// ErrFatal says that a write failed. What is on disk is known only to the
	// next Open; exit and start again.
	ErrFatal = errors.New("journal failed; restart the agent")
	// ErrLocked says that another process has the folder open.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrUnreadable says that the folder holds no journal that can be read.
	ErrUnreadable = errors.New("journal cannot be read")
	// ErrAbsent says that the journal has no such batch or configuration.
	ErrAbsent = errors.New("not in the journal")
)

// Options say where the journal lives and what it may take.
type Options struct {
	Dir string
	// MaxBytes bounds the payloads, in bytes. The folder takes up to about twice
	// as much, for deleted payloads leave it late.
	MaxBytes int64
	// MaxAge bounds the age of payloads that are not delivered.
	MaxAge time.Duration
	// KeepReleased is how long a batch stays after it is delivered and final.
	KeepReleased time.Duration
	// Reserve is the room to leave on the disk, in bytes; see DefaultReserve.
	Reserve int64
	// Room tells how many bytes are free in a folder; nil asks the system.
	Room func(dir string) (int64, error)
	// NoCompaction leaves the tables on disk as they are. It is for tests in
	// virtual time, where a day of the compactors' tickers takes many seconds.
	NoCompaction bool
	Log          *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.KeepReleased <= 0 {
		o.KeepReleased = DefaultKeepReleased
	}
	if o.Reserve <= 0 {
		o.Reserve = DefaultReserve
	}
	if o.Room == nil {
		o.Room = diskRoom
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Journal is an open journal. It is safe for many goroutines; writes come one
// after the other.
type Journal struct {
	opt Options
	db  *badger.DB
	// crash is nil but in tests: it is asked at each named point, and an error
	// stands for the machine dying there.
	crash func(point string) error

	write sync.Mutex // held over a whole write

	deleted atomic.Int64 // bytes of payloads that may still take room on the disk

	mu   sync.Mutex // guards what follows, which apply alone changes
	dead error
	mirror
}

// Open opens or makes the journal in opt.Dir.
func Open(opt Options) (*Journal, error) {
	opt = opt.withDefaults()
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal %s: %w", opt.Dir, err)
	}
	// Reading it makes files too. Half the reserve is for that and for Trim, which
	// is what makes room.
	if err := opt.room(opt.Reserve / 2); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := opt.fit(); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	db, err := badger.Open(badgerOptions(opt))
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return nil, fmt.Errorf("journal %s: %w: stop the other agent first (%v)", opt.Dir, ErrLocked, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENOMEM):
		return nil, fmt.Errorf("journal %s: %w", opt.Dir, err)
	default:
		return nil, fmt.Errorf("journal %s: %w: %w", opt.Dir, ErrUnreadable, err)
	}
	j := &Journal{opt: opt, db: db, mirror: newMirror()}
	j.deleted.Store(opt.Reserve) // what was deleted before is not known
	if err := j.load(); err != nil {
		db.Close()
		return nil, fmt.Errorf("journal %s: %w: %w", opt.Dir, ErrUnreadable, err)
	}
	if j.format != Format {
		if err := j.commit("format", []change{{key: []byte("m/format"), value: []byte{Format}}}); err != nil {
			db.Close()
			return nil, fmt.Errorf("journal %s: %w", opt.Dir, err)
		}
	}
	return j, nil
}

// badgerOptions suit a gateway: two memtables of 2 MiB, no caches, no
// compression, and a value threshold above any payload, so that the value log
// stays empty. Tables stay small on every level, because a compaction holds more
// than ten of them in memory at once: at 2 MiB it took 70 MB on its way.
func badgerOptions(opt Options) badger.Options {
	compactors := 2
	if opt.NoCompaction {
		compactors = 0
	}
	o := badger.DefaultOptions(opt.Dir).
		WithSyncWrites(true).
		WithMemTableSize(2 << 20).WithNumMemtables(2).
		WithBaseTableSize(512 << 10).
		WithNumLevelZeroTables(2).WithNumLevelZeroTablesStall(6).
		WithNumCompactors(compactors).
		WithBlockCacheSize(0).WithIndexCacheSize(0).
		WithCompression(options.None).
		WithValueLogFileSize(4 << 20).WithValueThreshold(300_000).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithLogger(quiet{opt.Log})
	o.TableSizeMultiplier = 1
	return o
}

// load reads everything but headers, payloads and profiles into memory.
func (j *Journal) load() error {
	return j.db.View(func(txn *badger.Txn) error {
		for _, prefix := range []string{"m/", "i/", "l/", "c/"} {
			it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix), PrefetchValues: true, PrefetchSize: 100})
			for it.Rewind(); it.Valid(); it.Next() {
				item := it.Item()
				err := item.Value(func(v []byte) error { return j.apply(change{key: item.Key(), value: v}) })
				if err != nil {
					it.Close()
					return err
				}
			}
			it.Close()
		}
		if j.format > Format {
			return fmt.Errorf("it has format %d, this release knows up to %d", j.format, Format)
		}
		return nil
	})
}

// change is one key with its new value; nil deletes it.
type change struct {
	key, value []byte
	freed      int64 // bytes of payload that go with a released batch's index
}

// commit makes the changes in one synced write and then in memory. The caller
// holds j.write. Where the disk has no room nothing happens (ErrFull).
func (j *Journal) commit(name string, changes []change) error {
	j.mu.Lock()
	dead := j.dead
	j.mu.Unlock()
	if dead != nil {
		return dead
	}
	need := j.opt.Reserve / 2
	if name == "append" {
		need = j.opt.Reserve
	}
	if err := j.opt.room(need); err != nil {
		return fmt.Errorf("journal: %s: %w", name, err)
	}
	err := j.at(name + ": before the write")
	if err == nil {
		// Nothing of these changes is on disk before this line.
		err = j.store(changes)
	}
	if err == nil {
		// All of them are on disk after it, synced.
		err = j.at(name + ": after the write")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		for _, c := range changes {
			if err = j.apply(c); err != nil {
				break
			}
		}
	}
	if err != nil {
		j.dead = fmt.Errorf("%w: %s: %w", ErrFatal, name, err)
		return j.dead
	}
	return nil
}

func (j *Journal) at(point string) error {
	if j.crash == nil {
		return nil
	}
	return j.crash(point)
}

func (j *Journal) store(changes []change) error {
	txn := j.db.NewTransaction(true)
	defer txn.Discard()
	for _, c := range changes {
		var err error
		if c.value == nil {
			err = txn.Delete(c.key)
		} else {
			err = txn.Set(c.key, c.value)
		}
		if err != nil {
			return err
		}
	}
	return txn.Commit()
}

// get reads one key; nil if it is not there.
func (j *Journal) get(key []byte) (out []byte, err error) {
	err = j.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		out, err = item.ValueCopy(nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("journal: read %q: %w", key[:2], err)
	}
	return out, nil
}

// Close flushes and releases the folder.
func (j *Journal) Close() error {
	j.write.Lock()
	defer j.write.Unlock()
	if err := j.db.Close(); err != nil {
		return fmt.Errorf("journal %s: close: %w", j.opt.Dir, err)
	}
	return nil
}

func key(prefix string, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefix), n)
}

func orderOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[2:]) }

// Last is what the next boot links to.
type Last struct {
	Header  *batch.Signed
	Machine string // the machine's boot in which it was sealed
	order   uint64
}

// Last is the newest batch, or nil for an empty journal.
func (j *Journal) Last() *Last {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Sealed is a batch to keep.
type Sealed struct {
	Header  *batch.Signed
	Payload []byte
	// Announces are the runs, from [Journal.Lost], that gaps in this batch name.
	Announces []Run
	// Alarms are those events of this batch that raised or cleared one, in their order.
	Alarms []record.Event
}

// Append keeps batches, in their order, with one synced write. Their payloads
// together must stay below 300,000 bytes; one batch always does. After ErrFull
// they are not kept and the same call may be made again.
func (j *Journal) Append(machine string, group ...Sealed) error {
	j.write.Lock()
	defer j.write.Unlock()
	j.mu.Lock()
	next := uint64(0)
	if j.last != nil {
		next = j.last.order + 1
	}
	j.mu.Unlock()
	changes := make([]change, 0, 3*len(group)+3)
	standing, turned := j.Standing(), false
	for i, s := range group {
		order := next + uint64(i)
		e := entry{order: order, seq: s.Header.Seq, first: s.Header.First, last: s.Header.Last, size: uint32(len(s.Payload)), alarm: s.Header.Close == batch.CloseAlarm}
		changes = append(changes,
			change{key: key("h/", order), value: s.Header.Raw()},
			change{key: key("p/", order), value: s.Payload},
			change{key: key("i/", order), value: e.encode(s.Header.Boot, s.Header.Config)})
		for _, a := range s.Alarms {
			turned = true
			if delete(standing, a.Subject); a.Type == record.EventAlarmRaised && a.Limit != nil {
				standing[a.Subject] = *a.Limit
			}
		}
		for _, r := range s.Announces {
			r.carrier = order + 1
			changes = append(changes, change{key: key("l/", r.first), value: r.encode()})
		}
	}
	if len(group) > 0 {
		l := group[len(group)-1].Header.Raw()
		v := binary.BigEndian.AppendUint64(nil, next+uint64(len(group))-1)
		v = append(binary.BigEndian.AppendUint16(v, uint16(len(l))), l...)
		changes = append(changes, change{key: []byte("m/last"), value: append(v, machine...)})
	}
	if turned {
		changes = append(changes, change{key: []byte(alarmsKey), value: encodeStanding(standing)})
	}
	return j.commit("append", changes)
}

// Item is a batch as it travels.
type Item struct {
	Order           uint64
	Boot            record.BootID
	Seq             uint64
	Header, Payload []byte // Payload nil: the bound took it
	Config          merkle.Hash
}

// Load reads a batch; an error wraps ErrAbsent if it is gone.
func (j *Journal) Load(order uint64) (*Item, error) {
	index, err := j.get(key("i/", order))
	if err != nil {
		return nil, err
	}
	header, err := j.get(key("h/", order))
	if err != nil {
		return nil, err
	}
	if index == nil || header == nil {
		return nil, fmt.Errorf("batch %d: %w", order, ErrAbsent)
	}
	e, boot, root, err := decodeEntry(order, index)
	if err != nil {
		return nil, err
	}
	it := &Item{Order: order, Boot: boot, Seq: e.seq, Header: header, Config: root}
	if !e.gone {
		if it.Payload, err = j.get(key("p/", order)); err != nil {
			return nil, err
		}
	}
	return it, nil
}

// Header is the signed header of a batch, or nil if the journal has none.
func (j *Journal) Header(boot record.BootID, seq uint64) []byte {
	order, ok := j.find(boot, seq)
	if !ok {
		return nil
	}
	h, err := j.get(key("h/", order))
	if err != nil {
		j.opt.Log.Error("journal does not give a header", "order", order, "error", err)
		return nil
	}
	return h
}

// Pending gives the orders of up to n batches after the order given that have
// neither receipt nor refusal, oldest first. Pass -1 to begin.
func (j *Journal) Pending(after int64, n int) []uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []uint64
	at, _ := slices.BinarySearchFunc(j.entries, after, func(e entry, t int64) int { return cmpOrder(int64(e.order), t+1) })
	for ; at < len(j.entries) && len(out) < n; at++ {
		if j.entries[at].state == Pending {
			out = append(out, j.entries[at].order)
		}
	}
	return out
}

// Alarms gives the orders of the batches that an alarm closed and that have
// neither receipt nor refusal, oldest first.
func (j *Journal) Alarms() []uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.alarms)
}

// IsPending reports whether a batch still waits for receipt or refusal.
func (j *Journal) IsPending(order uint64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.entry(order)
	return e != nil && e.state == Pending
}

func cmpOrder(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// find gives the order of a batch of a boot.
func (j *Journal) find(boot record.BootID, seq uint64) (uint64, bool) {
	j.mu.Lock()
	base, ok := j.boots[boot]
	j.mu.Unlock()
	if !ok {
		return 0, false
	}
	order := base + seq
	v, err := j.get(key("i/", order))
	if err != nil || v == nil {
		return 0, false
	}
	e, b, _, err := decodeEntry(order, v)
	return order, err == nil && b == boot && e.seq == seq
}

// Checkpoint is the newest checkpoint that a receipt proved; nil: none yet.
func (j *Journal) Checkpoint() *batch.Checkpoint {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.checkpoint
}

// Block is the newest final block that a receipt named; nil: none yet.
func (j *Journal) Block() *batch.Block {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.block
}

// quiet passes on only what Badger finds wrong.
type quiet struct{ log *slog.Logger }

func (q quiet) Errorf(f string, a ...any)   { q.log.Error("badger: " + trim(f, a)) }
func (q quiet) Warningf(f string, a ...any) { q.log.Warn("badger: " + trim(f, a)) }
func (q quiet) Infof(string, ...any)        {}
func (q quiet) Debugf(string, ...any)       {}

func trim(f string, a []any) string { return string(bytes.TrimSpace(fmt.Appendf(nil, f, a...))) }

// Newest reads batches from the newest backwards until visit says false.
func (j *Journal) Newest(visit func(*Item) bool) error {
	last := j.Last()
	if last == nil {
		return nil
	}
	for order := last.order; ; order-- {
		it, err := j.Load(order)
		if errors.Is(err, ErrAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		if !visit(it) || order == 0 {
			return nil
		}
	}
}
