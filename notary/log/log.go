package log

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/statement"
	"fieldseal/notary/store"
)

// Defaults of [Options].
const (
	DefaultGroupBytes      = 2 << 20                // of headers and payloads
	DefaultGroupEntries    = 1024                   // entries of one group
	DefaultGroupDelay      = 2 * time.Millisecond   // that the first of a group waits for others
	DefaultQueue           = 256                    // entries between verification and the committer
	DefaultCheckpointEvery = 500 * time.Millisecond // while there is something new
)

// Options of a log. Zero numbers are the defaults.
type Options struct {
	Store  store.Store   // owned by the caller
	Signer note.Signer   // the log's key; its name is the origin
	Key    note.Verifier // of Signer
	// HeadFile gets the newest signed checkpoint, best on other storage than the
	// store; empty: none.
	HeadFile string

	// Room is asked before anything new is taken; an error, such as one that wraps
	// store.ErrFull, is answered and nothing is taken. nil: there is always room.
	Room func() error

	GroupBytes      int
	GroupEntries    int
	GroupDelay      time.Duration
	Queue           int
	CheckpointEvery time.Duration

	Now func() time.Time // wall clock; nil: time.Now
	Log *slog.Logger     // nil: slog.Default
}

func (o *Options) fill() {
	for _, d := range []struct {
		v *int
		n int
	}{{&o.GroupBytes, DefaultGroupBytes}, {&o.GroupEntries, DefaultGroupEntries}, {&o.Queue, DefaultQueue}} {
		if *d.v == 0 {
			*d.v = d.n
		}
	}
	if o.GroupDelay == 0 {
		o.GroupDelay = DefaultGroupDelay
	}
	if o.CheckpointEvery == 0 {
		o.CheckpointEvery = DefaultCheckpointEvery
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = o.Log.With("part", "log")
}

// Log is the one writer of a log. Its methods are safe for concurrent use.
type Log struct {
	opt    Options
	origin string

	tree  *tree
	queue chan *pending
	index *index // owned by the committer, but for its own locked parts

	size   atomic.Uint64          // entries synced
	head   atomic.Pointer[Signed] // newest signed checkpoint
	signMu sync.Mutex             // one checkpoint in the making

	readOnly atomic.Pointer[string]
	headErr  atomic.Pointer[error] // of the newest write of the head file; nil: it was written
	changeMu sync.Mutex
	changed  chan struct{} // closed and replaced when head moves

	dead    chan struct{}
	deadErr error
	once    sync.Once
	stop    chan struct{} // closed: nothing more is queued
	gone    chan struct{} // closed: nothing more is answered

	stats counters
}

// Signed is a signed checkpoint.
type Signed struct {
	checkpoint.Checkpoint
	Note []byte
}

// Create begins a log in an empty store: entry 0 is the genesis statement, which
// must be signed with the log's own key. It signs the first checkpoint.
func Create(opt Options, genesis *statement.Signed, salted []byte) error {
	opt.fill()
	h, err := opt.Store.Head()
	if err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	if h.Size != 0 || h.Checkpoint != nil {
		return fmt.Errorf("create log: %w", ErrExists)
	}
	l := newLog(opt)
	p := statementPending(genesis, salted)
	if _, err := checkGenesis(l.origin, genesis, salted); err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	if err := l.commit([]*pending{p}); err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	if a := <-p.answer; a.err != nil {
		return fmt.Errorf("create log: %w", a.err)
	}
	return l.sign()
}

func checkGenesis(origin string, s *statement.Signed, salted []byte) (*statement.Genesis, error) {
	if s.Type != statement.TypeGenesis || s.Origin != origin {
		return nil, fmt.Errorf("%w: entry 0 is a %v of %q, not the genesis of %q", ErrDamaged, s.Type, s.Origin, origin)
	}
	b, err := s.Open(salted)
	if err != nil {
		return nil, err
	}
	g := b.(*statement.Genesis)
	if err := s.Verify(g.LogKey); err != nil {
		return nil, fmt.Errorf("genesis is not signed with the log's key: %w", err)
	}
	return g, nil
}

func newLog(opt Options) *Log {
	l := &Log{
		opt: opt, origin: opt.Key.Name(),
		tree: newTree(opt.Store.Tile), queue: make(chan *pending, opt.Queue), index: newIndex(opt.Store),
		changed: make(chan struct{}), dead: make(chan struct{}), stop: make(chan struct{}), gone: make(chan struct{}),
	}
	return l
}

// Open replays the store, compares it with what was signed, and returns the log.
// A store that contradicts itself or the head file is refused (ErrDamaged); one
// that is behind the head file is opened read-only.
func Open(opt Options) (*Log, error) {
	opt.fill()
	l := newLog(opt)
	if err := l.replay(); err != nil {
		return nil, fmt.Errorf("open log %s: %w", l.origin, err)
	}
	return l, nil
}

// Run commits groups and signs checkpoints until ctx ends or the log fails. On a
// clean stop what was queued is committed and a last checkpoint signed.
func (l *Log) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.committer(ctx) })
	g.Go(func() error { return l.signer(ctx) })
	err := g.Wait()
	if err == nil && l.ReadOnly() == "" {
		err = l.sign()
	}
	return err
}

// fail ends the log.
func (l *Log) fail(err error) error {
	l.once.Do(func() {
		l.deadErr = fmt.Errorf("%w: %w", ErrFatal, err)
		l.opt.Log.Error("log stops", "err", err)
		close(l.dead)
	})
	return l.deadErr
}

// Origin is the log's name.
func (l *Log) Origin() string { return l.origin }

// Key is the log's verifier.
func (l *Log) Key() note.Verifier { return l.opt.Key }

// Size is the number of entries that are synced; a checkpoint may follow later.
func (l *Log) Size() uint64 { return l.size.Load() }

// Head is the newest signed checkpoint.
func (l *Log) Head() Signed { return *l.head.Load() }

// Changed gives a channel that is closed when the next checkpoint is signed. Get
// it before looking at Head.
func (l *Log) Changed() <-chan struct{} {
	l.changeMu.Lock()
	defer l.changeMu.Unlock()
	return l.changed
}

// WaitSigned waits until a checkpoint covers the entry at index.
func (l *Log) WaitSigned(ctx context.Context, index uint64) (Signed, error) {
	for {
		ch := l.Changed()
		if h := l.Head(); h.Size > index {
			return h, nil
		}
		select {
		case <-ch:
		case <-l.dead:
			return Signed{}, l.deadErr
		case <-ctx.Done():
			return Signed{}, fmt.Errorf("wait for a checkpoint over entry %d: %w", index, ctx.Err())
		}
	}
}

// ReadOnly says why the log takes nothing; empty: it does.
func (l *Log) ReadOnly() string {
	if r := l.readOnly.Load(); r != nil {
		return *r
	}
	return ""
}

// HeadError is why the head file does not hold the newest checkpoint; nil: it does.
func (l *Log) HeadError() error {
	if e := l.headErr.Load(); e != nil {
		return *e
	}
	return nil
}

// SetReadOnly stops admissions until the next start. The first reason stays.
func (l *Log) SetReadOnly(reason string) {
	if l.readOnly.CompareAndSwap(nil, &reason) {
		l.opt.Log.Error("log turns read-only", "reason", reason)
	}
}

// Witness holds a head that this log must have had, since its own key signed it
// or the chain holds it, against the log. A head beyond the log turns it
// read-only: it must be an old copy. A head within it with another root is an
// ErrDamaged, and turns it read-only too. For mere claims there is [Log.Holds].
func (l *Log) Witness(source string, size uint64, root *merkle.Hash) error {
	if have := l.size.Load(); size > have {
		why := fmt.Sprintf("%s knows %d entries of %s, this store has %d: it is an old copy or has lost entries; bring the newest store back", source, size, l.origin, have)
		l.SetReadOnly(why)
		return fmt.Errorf("%w: %s", ErrReadOnly, why)
	}
	if root == nil {
		return nil
	}
	own, err := l.RootAt(size)
	if err != nil {
		return err
	}
	if own != *root {
		why := fmt.Sprintf("%s has seen root %x at size %d of %s, this store has %x", source, *root, size, l.origin, own)
		l.SetReadOnly(why)
		return fmt.Errorf("%w: %s", ErrDamaged, why)
	}
	return nil
}

// Holds compares a head that somebody claims to have seen with the log: nil, or
// an error that wraps ErrNotOurs. A claim proves nothing and changes nothing.
func (l *Log) Holds(size uint64, root merkle.Hash) error {
	if h := l.Head(); size == h.Size && root == h.Root {
		return nil
	} else if size > h.Size {
		return fmt.Errorf("%w: it is of %d entries, %d were ever signed", ErrNotOurs, size, h.Size)
	}
	own, err := l.RootAt(size)
	if err == nil && own != root {
		err = fmt.Errorf("%w: root %x at size %d, where this log has %x", ErrNotOurs, root, size, own)
	}
	return err
}

// Admission says where a batch stands.
type Admission struct {
	Index     uint64
	Duplicate bool // it was there before
	Leaf      merkle.Hash
}

// Append logs a verified batch header with its verified payload (nil: the header
// alone) and returns once both are synced. The same batch again gives the same
// index; its payload is kept if there was none. Another batch of the same
// identity is refused with an *Equivocation, which is kept.
func (l *Log) Append(ctx context.Context, h *batch.Signed, payload []byte) (Admission, error) {
	p := &pending{
		raw: h.Raw(), leaf: merkle.Leaf(h.Raw()), payload: payload, batch: h, digest: h.Digest(),
		answer: make(chan answer, 1),
	}
	return l.submit(ctx, p)
}

// AppendStatement logs a statement with its salted body and returns its index
// once both are synced. Who may issue it is for the caller to know.
func (l *Log) AppendStatement(ctx context.Context, s *statement.Signed, salted []byte) (uint64, error) {
	if s.Origin != l.origin {
		return 0, fmt.Errorf("append %v: it is meant for log %q, this is %q", s.Type, s.Origin, l.origin)
	}
	if s.Type == statement.TypeGenesis {
		return 0, fmt.Errorf("append %v: %w", s.Type, ErrExists)
	}
	if _, err := s.Open(salted); err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	a, err := l.submit(ctx, statementPending(s, salted))
	return a.Index, err
}

func statementPending(s *statement.Signed, salted []byte) *pending {
	return &pending{
		raw: s.Raw(), leaf: merkle.Leaf(s.Raw()), payload: salted, statement: s, digest: sha256.Sum256(s.Raw()),
		answer: make(chan answer, 1),
	}
}

func (l *Log) submit(ctx context.Context, p *pending) (Admission, error) {
	if r := l.ReadOnly(); r != "" {
		return Admission{}, fmt.Errorf("%w: %s", ErrReadOnly, r)
	}
	if l.opt.Room != nil {
		if err := l.opt.Room(); err != nil {
			return Admission{}, err
		}
	}
	select {
	case l.queue <- p:
	case <-l.stop:
		return Admission{}, ErrClosed
	case <-l.dead:
		return Admission{}, l.deadErr
	case <-ctx.Done():
		return Admission{}, ctx.Err()
	}
	select {
	case a := <-p.answer:
		return a.Admission, a.err
	case <-l.gone:
		// The committer may have answered before it went.
		select {
		case a := <-p.answer:
			return a.Admission, a.err
		default:
			return Admission{}, l.whyGone()
		}
	case <-ctx.Done():
		return Admission{}, ctx.Err()
	}
}

func (l *Log) whyGone() error {
	select {
	case <-l.dead:
		return l.deadErr
	default:
		return ErrClosed
	}
}
