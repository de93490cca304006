package service

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/chain"
	"fieldseal/notary/export"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// outbox keeps the anchorer's rows in the store.
type outbox struct{ store store.Store }

func (o outbox) Newest(context.Context) (rows []anchorer.Row, err error) {
	for kv, err := range o.store.Rows(store.TableOutbox, store.Range{Reverse: true, Limit: 2}) {
		var row anchorer.Row
		if err == nil {
			err = json.Unmarshal(kv.Value, &row)
		}
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		rows = append(rows, row)
	}
	slices.Reverse(rows)
	return rows, nil
}

func (o outbox) Put(_ context.Context, row anchorer.Row) error {
	v, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	key := binary.BigEndian.AppendUint64(nil, row.Nonce)
	return o.store.Commit(&store.Group{Rows: []store.Put{{Table: store.TableOutbox, Key: key, Value: v}}})
}

// checkpoints is the log as the anchorer sees it.
type checkpoints struct{ log *log.Log }

func (c checkpoints) Newest(context.Context) (anchorer.Checkpoint, error) {
	h := c.log.Head()
	return anchorer.Checkpoint{Size: h.Size, Root: h.Root}, nil
}

func (c checkpoints) Root(_ context.Context, size uint64) ([32]byte, error) {
	return c.log.RootAt(size)
}

// Anchors is how far the log is anchored. It is safe for concurrent use.
type Anchors struct {
	store store.Store
	log   *log.Log
	out   *slog.Logger
	// interval is between anchors. Set before use.
	interval time.Duration

	mu      sync.Mutex
	newest  *anchorer.Anchored
	block   *batch.Block
	alarm   error     // anchoring stopped
	wrong   error     // this is not the chain; looked again
	held    error     // why nothing is anchored for now
	since   time.Time // of wrong or held
	changed chan struct{}
	lag     lag
	head    head
	waits   time.Time // since when the log is ahead of covered, without an anchor in between; zero: it is not
	covered uint64    // log size under the newest anchor when waits was set
}

// OpenAnchors reads what was anchored before.
func OpenAnchors(s store.Store, l *log.Log, out *slog.Logger) (*Anchors, error) {
	a := &Anchors{store: s, log: l, out: out, changed: make(chan struct{}), lag: newLag()}
	for kv, err := range s.Rows(store.TableAnchor, store.Range{Reverse: true, Limit: 1}) {
		if err != nil {
			return nil, fmt.Errorf("anchors: %w", err)
		}
		a.newest = &anchorer.Anchored{}
		if err := json.Unmarshal(kv.Value, a.newest); err != nil {
			return nil, fmt.Errorf("anchors: %w", err)
		}
		a.block = &batch.Block{Number: a.newest.Number, Hash: a.newest.BlockHash}
	}
	return a, nil
}

func sizeKey(size uint64) []byte { return binary.BigEndian.AppendUint64(nil, size) }

// report keeps a final anchor, and forgets the checkpoints that it makes needless.
func (a *Anchors) report(_ context.Context, n anchorer.Anchored) error {
	v, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("anchor of %d: %w", n.Size, err)
	}
	if err := a.store.Commit(&store.Group{Rows: []store.Put{{Table: store.TableAnchor, Key: sizeKey(n.Size), Value: v}}}); err != nil {
		return fmt.Errorf("anchor of %d: %w", n.Size, err)
	}
	a.mu.Lock()
	if a.newest == nil || n.Size >= a.newest.Size {
		a.newest = &n
	}
	if a.block == nil || n.Number > a.block.Number {
		a.block = &batch.Block{Number: n.Number, Hash: n.BlockHash}
	}
	close(a.changed)
	a.changed = make(chan struct{})
	a.lag.anchored(n.Size, time.Now())
	a.mu.Unlock()
	said := []any{"size", n.Size, "block", n.Number}
	if n.TxHash != [32]byte{} { // else an earlier life of this notary sent it, or another holder of the key
		said = append(said, "tx", hex.EncodeToString(n.TxHash[:]))
	}
	a.out.Info("log anchored", said...)
	return a.log.Prune(n.Size, func(size uint64) bool {
		_, err := a.At(size)
		return !errors.Is(err, store.ErrNotFound)
	})
}

// At is the final anchor of exactly this size, or store.ErrNotFound.
func (a *Anchors) At(size uint64) (anchorer.Anchored, error) {
	v, err := a.store.Row(store.TableAnchor, sizeKey(size))
	return decodeAnchor(v, err)
}

// Covering is the earliest final anchor over the entry at index, or
// store.ErrNotFound if it is not anchored yet.
func (a *Anchors) Covering(index uint64) (anchorer.Anchored, error) {
	for kv, err := range a.store.Rows(store.TableAnchor, store.Range{From: sizeKey(index + 1), Limit: 1}) {
		return decodeAnchor(kv.Value, err)
	}
	return anchorer.Anchored{}, fmt.Errorf("anchor over entry %d: %w", index, store.ErrNotFound)
}

// InBlock is the first anchor in a block, or store.ErrNotFound. Later anchors
// stand in later blocks, so that it is looked for by halves.
func (a *Anchors) InBlock(number uint64) (anchorer.Anchored, error) {
	last, ok := a.Last()
	if !ok || last.Number < number {
		return anchorer.Anchored{}, store.ErrNotFound
	}
	low, high := uint64(0), last.Size // the first anchor of block number or above has a size in low < size ≤ high
	for low < high {
		mid := low + (high-low)/2
		n, err := a.Covering(mid)
		if err != nil {
			return n, err
		}
		if n.Number >= number {
			high = mid
		} else {
			low = n.Size
		}
	}
	n, err := a.Covering(low)
	if err == nil && n.Number != number {
		err = store.ErrNotFound
	}
	return n, err
}

// ledger shows the anchors to the exporter, which proves them on the chain.
type ledger struct {
	*Anchors
	*export.Prover
}

// Over implements export.Anchors.
func (l ledger) Over(index uint64) (export.Anchor, bool, error) { return shown(l.Covering(index)) }

// Last implements export.Anchors.
func (l ledger) Last() (export.Anchor, bool, error) {
	n, ok := l.Anchors.Last()
	if !ok {
		return export.Anchor{}, false, nil
	}
	return shown(n, nil)
}

func shown(n anchorer.Anchored, err error) (export.Anchor, bool, error) {
	if errors.Is(err, store.ErrNotFound) {
		return export.Anchor{}, false, nil
	}
	return export.Anchor{Size: n.Size, Root: n.Root, Number: n.Number, Time: n.Time}, err == nil, err
}

func decodeAnchor(v []byte, err error) (n anchorer.Anchored, _ error) {
	if err == nil {
		err = json.Unmarshal(v, &n)
	}
	if err != nil {
		return n, fmt.Errorf("anchor: %w", err)
	}
	return n, nil
}

// Newest is the newest final block and the log size that the newest final anchor
// covers.
func (a *Anchors) Newest() (*batch.Block, uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	covered := uint64(0)
	if a.newest != nil {
		covered = a.newest.Size
	}
	return a.block, covered
}

// Last is the newest final anchor; false before the first.
func (a *Anchors) Last() (anchorer.Anchored, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.newest == nil {
		return anchorer.Anchored{}, false
	}
	return *a.newest, true
}

// Changed gives a channel that is closed at the next anchor.
func (a *Anchors) Changed() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.changed
}

// Alarm is why anchoring stopped; nil: it has not.
func (a *Anchors) Alarm() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.alarm != nil {
		return a.alarm
	}
	return a.wrong
}

// state is told by the anchorer, after each look, what holds it up.
func (a *Anchors) state(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil || a.wrong == nil && a.held == nil {
		a.since = time.Now()
	}
	a.wrong, a.held = nil, nil
	if anchorer.IsIdentity(err) {
		a.wrong = err
	} else {
		a.held = err
	}
}

// Held is why nothing is anchored for now, and since when; nil: nothing holds it up.
func (a *Anchors) Held() (since time.Time, why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.since, a.held
}

// blockEvery is the pause between looks at a chain that others make blocks of.
const blockEvery = 5 * time.Second

// follow keeps the newest final block, which gateways name in their headers.
func (a *Anchors) follow(ctx context.Context, c *chain.Chain) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		a.look(time.Now())
		asked, cancel := context.WithTimeout(ctx, chainPatience)
		b, err := a.final(asked, c)
		cancel()
		if err == nil {
			a.mu.Lock()
			if a.block == nil || b.Number > a.block.Number {
				a.block = &batch.Block{Number: b.Number, Hash: b.Hash}
			}
			a.mu.Unlock()
		} else if ctx.Err() == nil {
			a.out.Warn("newest final block not known", "err", err)
		}
		t.Reset(blockEvery)
	}
}

// final is the newest final block, held against its seals where they are known; on
// the way it notes the chain's head.
func (a *Anchors) final(ctx context.Context, c *chain.Chain) (chain.Block, error) {
	if c.Local() {
		return c.Final(ctx)
	}
	h, err := c.Head(ctx)
	if err != nil {
		return h, err
	}
	a.mu.Lock()
	a.head.seen(h, time.Now())
	a.mu.Unlock()
	b, err := c.Final(ctx)
	if err != nil {
		return b, err
	}
	return c.Sealed(ctx, b.Number)
}

// look notes since when the log waits for its next anchor.
func (a *Anchors) look(now time.Time) {
	signed := a.log.Head().Size
	_, covered := a.Newest()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case signed <= covered:
		a.waits = time.Time{}
	case a.waits.IsZero() || covered != a.covered:
		a.waits, a.covered = now, covered
	}
}

// Waits is how long the log has been waiting for its next anchor.
func (a *Anchors) Waits(now time.Time) time.Duration {
	a.look(now)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits.IsZero() {
		return 0
	}
	return now.Sub(a.waits)
}

// run anchors until ctx ends. An alarm stops anchoring and leaves the rest
// running; one that says that this store is not the newest turns the log read-only.
func (a *Anchors) run(ctx context.Context, w *anchorer.Anchorer) error {
	err := w.Run(ctx)
	if err == nil {
		return nil
	}
	a.mu.Lock()
	a.alarm = err
	a.mu.Unlock()
	var behind *anchorer.BehindError
	var fork *anchorer.ForkError
	if errors.As(err, &behind) || errors.As(err, &fork) {
		a.log.SetReadOnly("anchor: " + err.Error())
	}
	<-ctx.Done()
	return nil
}
