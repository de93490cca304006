package live

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Bounds of what is kept in memory and done at once.
const (
	ringSize   = 1024 // newest events with their content
	maxPending = 4096 // batches that intake handed over and the follower has not reached
	groupSize  = 256  // log entries in one write
)

// Pace is the least time between two wakes of all who follow.
const Pace = 20 * time.Millisecond

// The states that an event can tell.
const (
	Logged   = "logged"
	Local    = "anchored (local)"
	Anchored = "anchored"
)

// ErrStopped: the notary stops; come again with the last id.
var ErrStopped = errors.New("the stream ends because the notary stops")

// Config says what is followed.
type Config struct {
	Log   *log.Log
	Store store.Store
	// Covered is the log size under the newest final anchor; Moved gives a channel
	// that is closed at the next one.
	Covered func() uint64
	Moved   func() <-chan struct{}
	Local   bool // the chain is the operator's own: its anchors are not final
	// Events above either bound are forgotten; 0: KeepEvents, KeepFor.
	KeepEvents uint64
	KeepFor    time.Duration
	Now        func() time.Time
	Logger     *slog.Logger
}

// Live follows the log. It is safe for concurrent use.
type Live struct {
	cfg  Config
	wake chan struct{}

	hand    sync.Mutex
	pending map[uint64]taken // by log index; owned by hand
	late    []uint64         // payloads that came after their header's event was due; owned by hand
	notices []*announcement  // that wait for their ids; owned by hand
	at      cursor           // of Run alone after Open

	mu      sync.RWMutex
	ring    []*Event // the newest, oldest first
	first   uint64   // id of the oldest event that is kept
	last    uint64   // id of the newest event
	next    uint64   // log index that is followed next
	err     error    // why it does not go on
	changed chan struct{}
	ended   chan struct{}
}

type taken struct {
	h *batch.Signed
	p *batch.Payload
}

// cursor is how far the log is followed, stored with each event.
type cursor struct {
	Next     uint64 `json:"next"` // log index
	Last     uint64 `json:"last"` // event id
	Logged   uint64 `json:"logged"`
	Anchored uint64 `json:"anchored"`
}

var cursorKey = []byte("cursor")

// headless marks a batch that was logged without its payload.
func headless(index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte("w"), index)
}

func eventKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// Open reads how far the log was followed.
func Open(c Config) (*Live, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.KeepEvents == 0 {
		c.KeepEvents = KeepEvents
	}
	if c.KeepFor == 0 {
		c.KeepFor = KeepFor
	}
	l := &Live{cfg: c, wake: make(chan struct{}, 1), pending: map[uint64]taken{}, changed: make(chan struct{}), ended: make(chan struct{})}
	b, err := c.Store.Row(store.TableLive, cursorKey)
	if err == nil {
		err = json.Unmarshal(b, &l.at)
	} else if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("live cursor: %w", err)
	}
	l.last, l.next = l.at.Last, l.at.Next
	if err := l.loadFirst(); err != nil {
		return nil, err
	}
	// A payload may have come in the moment before the last stop.
	for kv, err := range c.Store.Rows(store.TableLive, store.Prefix([]byte("w"))) {
		if err != nil {
			return nil, fmt.Errorf("live: batches without payload: %w", err)
		}
		l.late = append(l.late, binary.BigEndian.Uint64(kv.Key[1:]))
	}
	return l, nil
}

// Take hands over a batch that intake has just admitted. It only saves reading
// it from the log again: what is not handed over is followed all the same.
func (l *Live) Take(index uint64, h *batch.Signed, p *batch.Payload) {
	l.hand.Lock()
	if len(l.pending) < maxPending {
		l.pending[index] = taken{h, p}
	}
	l.late = append(l.late, index)
	if len(l.late) > 2*maxPending {
		// Only payloads of headless batches matter, and these are marked in the store.
		l.late = l.late[maxPending:]
	}
	l.hand.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Last is the id of the newest event; 0 before the first.
func (l *Live) Last() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last
}

// Err is why the stream does not go on until the next start; nil while it does.
func (l *Live) Err() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.err
}

// Run follows the log until ctx ends.
func (l *Live) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.follow(ctx) })
	g.Go(func() error { return l.forgetting(ctx) })
	err := g.Wait()
	l.mu.Lock()
	l.err = err
	l.mu.Unlock()
	return err
}

func (l *Live) follow(ctx context.Context) error {
	defer close(l.ended)
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		signed, moved := l.cfg.Log.Changed(), l.cfg.Moved()
		more, err := l.step()
		if err != nil {
			return fmt.Errorf("live: %w", err)
		}
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		case <-signed:
		case <-moved:
		}
		// Batches of many gateways come in one wake.
		pace.Reset(Pace)
		select {
		case <-ctx.Done():
			return nil
		case <-pace.C:
		}
	}
}

// step takes in one group; more says that the log goes on.
func (l *Live) step() (more bool, err error) {
	// Read in this order, what is signed and covered lies within size.
	covered, signed := l.cfg.Covered(), l.cfg.Log.Head().Size
	size := l.cfg.Log.Size()
	at := l.at
	g := &store.Group{}
	now := l.cfg.Now().UnixMicro()
	var out []*Event
	add := func(e *Event) error {
		at.Last++
		e.ID, e.At = at.Last, now
		v, err := json.Marshal(row{At: e.At, Index: e.Index, State: e.State, Size: e.Size, Late: e.late, Notice: e.Notice})
		if err != nil {
			return err
		}
		g.Rows = append(g.Rows, store.Put{Table: store.TableEvent, Key: eventKey(e.ID), Value: v})
		out = append(out, e)
		return nil
	}
	for n := 0; at.Next < size && n < groupSize; n++ {
		e, mark, err := l.entry(at.Next)
		if err == nil && mark {
			g.Rows = append(g.Rows, store.Put{Table: store.TableLive, Key: headless(at.Next), Value: []byte{1}})
		}
		if err == nil && e != nil {
			err = add(e)
		}
		if err != nil {
			return false, err
		}
		at.Next++
	}
	if err := l.latecomers(at.Next, g, add); err != nil {
		return false, err
	}
	// A state follows the admissions that it speaks of.
	if signed = min(signed, at.Next); signed > at.Logged {
		at.Logged = signed
		if err := add(&Event{Kind: State, State: Logged, Size: signed}); err != nil {
			return false, err
		}
	}
	if covered = min(covered, at.Next); covered > at.Anchored {
		at.Anchored = covered
		state := Anchored
		if l.cfg.Local {
			state = Local
		}
		if err := add(&Event{Kind: State, State: state, Size: covered}); err != nil {
			return false, err
		}
	}
	told, err := l.announced(g, add)
	if err != nil {
		return false, err
	}
	if at == l.at && len(g.Rows) == 0 {
		return false, nil
	}
	v, err := json.Marshal(at)
	if err != nil {
		return false, err
	}
	g.Rows = append(g.Rows, store.Put{Table: store.TableLive, Key: cursorKey, Value: v})
	if err := l.cfg.Store.Commit(g); err != nil {
		return false, err
	}
	l.at = at
	l.publish(out, at.Next)
	for _, a := range told {
		close(a.done)
	}
	return at.Next < size || l.waiting(), nil
}

// entry is the event of a log entry; nil for statements and for batches without
// payload, which mark tells.
func (l *Live) entry(index uint64) (e *Event, mark bool, err error) {
	l.hand.Lock()
	t, ok := l.pending[index]
	delete(l.pending, index)
	l.hand.Unlock()
	if ok {
		return &Event{Kind: Admission, Index: index, Header: t.h, Payload: t.p}, false, nil
	}
	raw, err := l.cfg.Log.Entry(index)
	if err != nil {
		return nil, false, fmt.Errorf("log entry %d: %w", index, err)
	}
	kind, err := statement.EntryKind(raw)
	if err != nil || kind == statement.KindStatement {
		return nil, false, err
	}
	e = &Event{Kind: Admission, Index: index}
	if err := e.load(l.cfg.Log); err != nil {
		return nil, false, err
	}
	if e.Payload == nil {
		return nil, true, nil
	}
	return e, false, nil
}

// latecomers makes events of payloads that came after their headers.
func (l *Live) latecomers(next uint64, g *store.Group, add func(*Event) error) error {
	l.hand.Lock()
	late := l.late
	l.late = nil
	l.hand.Unlock()
	done := map[uint64]bool{}
	for n, index := range late {
		if index >= next || n >= groupSize {
			l.hand.Lock()
			l.late = append(l.late, index) // its turn comes
			l.hand.Unlock()
			continue
		}
		l.hand.Lock()
		delete(l.pending, index)
		l.hand.Unlock()
		if done[index] {
			continue
		}
		done[index] = true
		switch _, err := l.cfg.Store.Row(store.TableLive, headless(index)); {
		case errors.Is(err, store.ErrNotFound):
			continue // its event is there
		case err != nil:
			return err
		}
		e := &Event{Kind: Admission, Index: index, late: true}
		if err := e.load(l.cfg.Log); err != nil {
			return err
		}
		if e.Payload == nil {
			continue
		}
		g.Rows = append(g.Rows, store.Put{Table: store.TableLive, Key: headless(index)})
		if err := add(e); err != nil {
			return err
		}
	}
	return nil
}

func (l *Live) publish(out []*Event, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = next
	if len(out) == 0 {
		return
	}
	l.ring = append(l.ring, out...)
	if over := len(l.ring) - ringSize; over > 0 {
		l.ring = append([]*Event(nil), l.ring[over:]...)
	}
	l.last = out[len(out)-1].ID
	close(l.changed)
	l.changed = make(chan struct{})
}
