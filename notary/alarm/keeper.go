package alarm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Pace is how often the notary looks at what does not come.
const Pace = time.Second

// away is how long between two looks the notary must have been standing, or its
// clock have been set: what did not come meanwhile is nobody's fault.
const away = 10 * time.Second

// saveEvery is how often coverage is written; what came since is read again after
// a crash.
const saveEvery = 15 * time.Second

// Bounds of one write.
const (
	savedAtOnce  = 32 // gateways
	statedAtOnce = 16 // statements on their way into the log
)

// Log is where steps are stated.
type Log interface {
	Origin() string
	ReadOnly() string
	AppendStatement(ctx context.Context, s *statement.Signed, salted []byte) (uint64, error)
	Statements(t statement.Type) iter.Seq2[uint64, error] // newest first
	Statement(index uint64) (*statement.Signed, statement.Body, error)
}

// Config says what a keeper needs.
type Config struct {
	Live  *live.Live
	Log   Log
	Store store.Store
	Key   cose.Signer // the log's: what the notary recorded is signed with it
	// Active says whether a gateway may still send; nil: each may.
	Active func(batch.ID) bool
	// Conditions are what stands still at the notary itself; nil: nothing is looked at.
	Conditions func(now time.Time) []Condition
	Random     io.Reader // nil: crypto/rand
	Now        func() time.Time
	Logger     *slog.Logger
}

// Keeper follows the cursor of package live and keeps alarms. It is safe for
// concurrent use.
type Keeper struct {
	cfg Config

	work sync.Mutex // one change at a time, from the log to the cursor

	mu      sync.Mutex // state, plans, book and what follows
	state   *coverage.State
	plans   coverage.Plans
	configs coverage.Configs
	book    *book
	at      cursor
	looked  time.Time
	// savedEvent is the event up to which coverage is saved.
	savedEvent uint64
	stand      standings
	saved      time.Time
	ready      chan struct{} // closed when what is shown has caught up
	err        error         // why alarms are not kept any more
}

// cursor is how far events and statements were taken in.
type cursor struct {
	Event     uint64 `json:"event"`     // id, of all whose coverage is saved
	Statement uint64 `json:"statement"` // log index of the newest step that was taken in, and one
}

// Rows of store.TableAlarm.
var (
	cursorKey   = []byte("s")
	alarmPrefix = []byte("a") // id → alarm
	orderPrefix = []byte("o") // answered, newest first, id → nothing
	openPrefix  = []byte("p") // id → nothing
)

func alarmKey(id batch.ID) []byte { return append(slices.Clone(alarmPrefix), id[:]...) }
func openKey(id batch.ID) []byte  { return append(slices.Clone(openPrefix), id[:]...) }

// orderKey sorts unanswered ones first, then the newest.
func (e *entry) orderKey() []byte {
	answered := byte(0)
	if e.Answered {
		answered = 1
	}
	return append(binary.BigEndian.AppendUint64(append(slices.Clone(orderPrefix), answered), ^uint64(e.Raised)), e.ID[:]...)
}

// Open reads what was kept, and takes in the steps that the log has and the rows
// have not, as after a crash between the two.
func Open(c Config) (*Keeper, error) {
	if c.Active == nil {
		c.Active = func(batch.ID) bool { return true }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	k := &Keeper{cfg: c, state: coverage.NewState(), plans: coverage.Plans{Log: c.Log}, configs: coverage.Configs{Store: c.Store}, ready: make(chan struct{})}
	k.book = newBook(k.load)
	now := c.Now()
	k.looked, k.saved, k.state.Listening = now, now, now.UnixMicro()
	if err := k.restore(now); err != nil {
		return nil, fmt.Errorf("alarms: %w", err)
	}
	return k, nil
}

func (k *Keeper) restore(now time.Time) error {
	v, err := k.cfg.Store.Row(store.TableAlarm, cursorKey)
	if err == nil {
		err = json.Unmarshal(v, &k.at)
	} else if errors.Is(err, store.ErrNotFound) {
		// A store of a release without alarms begins with what comes.
		k.at.Event = k.cfg.Live.Last()
		if v, err = json.Marshal(k.at); err == nil {
			err = k.cfg.Store.Commit(&store.Group{Rows: []store.Put{{Table: store.TableAlarm, Key: cursorKey, Value: v}}})
		}
	}
	if err != nil {
		return err
	}
	k.savedEvent = k.at.Event
	for kv, err := range k.cfg.Store.Rows(store.TableCoverage, store.Range{}) {
		g := &coverage.Gateway{}
		if err == nil {
			err = json.Unmarshal(kv.Value, g)
		}
		if err != nil {
			return fmt.Errorf("coverage of gateway %x: %w", kv.Key, err)
		}
		k.state.Restore(g)
	}
	for _, g := range k.state.Gateways {
		c, err := k.configs.Get(g.Config)
		if err != nil {
			return err
		}
		g.Configure(c, now.UnixMicro())
	}
	ids := map[batch.ID]bool{}
	for kv, err := range k.cfg.Store.Rows(store.TableAlarm, store.Prefix(openPrefix)) {
		if err != nil {
			return err
		}
		ids[batch.ID(kv.Key[1:])] = true
	}
	// What was cleared within the week was raised before that or since.
	for _, answered := range []byte{0, 1} {
		from := append(slices.Clone(orderPrefix), answered)
		to := binary.BigEndian.AppendUint64(slices.Clone(from), ^uint64(now.UnixMicro()-Remembered))
		for kv, err := range k.cfg.Store.Rows(store.TableAlarm, store.Range{From: from, To: to}) {
			if err != nil {
				return err
			}
			ids[batch.ID(kv.Key[len(kv.Key)-16:])] = true
		}
	}
	for id := range ids {
		e, err := k.load(id)
		if err != nil {
			return err
		}
		if e == nil {
			return fmt.Errorf("alarm %s is listed and is not there", id)
		}
		k.book.add(e)
	}
	if err := k.plans.Refresh(); err != nil {
		return err
	}
	return k.catchUp()
}

// load reads an alarm; nil: there is none.
func (k *Keeper) load(id batch.ID) (*entry, error) {
	v, err := k.cfg.Store.Row(store.TableAlarm, alarmKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	e := &entry{}
	if err == nil {
		err = json.Unmarshal(v, e)
	}
	if err != nil {
		return nil, fmt.Errorf("alarm %s: %w", id, err)
	}
	e.order = e.orderKey()
	return e, nil
}

// catchUp takes in the steps that are in the log and not in the rows. They are
// told when Run begins.
func (k *Keeper) catchUp() error {
	var missed []uint64
	for at, err := range k.cfg.Log.Statements(statement.TypeAlarm) {
		if err != nil {
			return err
		}
		if at < k.at.Statement {
			break
		}
		missed = append(missed, at)
	}
	slices.Reverse(missed)
	for _, at := range missed {
		s, body, err := k.cfg.Log.Statement(at)
		if err != nil {
			return fmt.Errorf("step at log entry %d: %w", at, err)
		}
		st, ok := body.(*statement.AlarmStep)
		if !ok {
			return fmt.Errorf("log entry %d is no step of an alarm", at)
		}
		k.book.apply(&at, s.Time, st)
		k.at.Statement = at + 1
	}
	return nil
}

// Run follows the cursor until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	k.work.Lock()
	err := k.publish(ctx)
	k.work.Unlock()
	if err != nil {
		return k.ended(ctx, err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.ended(ctx, k.follow(ctx)) })
	g.Go(func() error { return k.ended(ctx, k.watch(ctx)) })
	return g.Wait()
}

// ended makes the ordinary end of the notary no error.
func (k *Keeper) ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, live.ErrStopped) || errors.Is(err, log.ErrClosed) {
		return nil
	}
	err = fmt.Errorf("alarms: %w", err)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.err = err
	}
	return err
}

// Err is why alarms are not kept until the next start; nil: they are.
func (k *Keeper) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// follow takes in what is admitted.
func (k *Keeper) follow(ctx context.Context) error {
	after := k.at.Event
	target := k.cfg.Live.Last()
	caught := false
	for {
		if !caught && after >= target {
			caught = true
			close(k.ready)
		}
		events, err := k.cfg.Live.Wait(ctx, after)
		if err != nil {
			return err
		}
		if err := k.takeIn(ctx, events); err != nil {
			return err
		}
		after = events[len(events)-1].ID
	}
}

func (k *Keeper) takeIn(ctx context.Context, events []*live.Event) error {
	k.work.Lock()
	defer k.work.Unlock()
	k.mu.Lock()
	for _, e := range events {
		if e.Kind == live.Admission && e.Payload != nil {
			if err := k.admit(e); err != nil {
				k.mu.Unlock()
				return fmt.Errorf("event %d: %w", e.ID, err)
			}
		}
		k.at.Event = e.ID
	}
	k.mu.Unlock()
	return k.publish(ctx)
}

func (k *Keeper) admit(e *live.Event) error {
	c, err := k.configs.Get(e.Header.Config)
	if err != nil {
		// What a gateway sealed stands, whatever its configuration says.
		k.cfg.Logger.Error("configuration not read; its points are not expected", "gateway", e.Header.Gateway, "error", err)
	}
	took := k.state.Take(e.At, e.Index, &e.Header.Header, e.Payload, c)
	k.book.sealedBatch(e.At, e.Index, &e.Header.Header, e.Payload, &took)
	return nil
}

// publish makes what the book changed durable and tells it. The caller holds work.
func (k *Keeper) publish(ctx context.Context) error {
	k.mu.Lock()
	changed, err := k.book.take()
	if err != nil {
		k.mu.Unlock()
		return err
	}
	var all []piece
	p := piece{}
	written := map[*entry]bool{}
	for _, c := range changed {
		if !written[c.e] {
			written[c.e] = true
			more, e := c.e.rows()
			p.rows, err = append(p.rows, more...), errors.Join(err, e)
			p.size += len(more[0].Value)
		}
		if c.step != nil {
			n, e := c.notice()
			p.notices, err = append(p.notices, n), errors.Join(err, e)
			p.size += len(n.Alarm)
		}
		if p.size > pieceSize {
			all, p = append(all, p), piece{}
		}
	}
	at := k.at
	k.mu.Unlock()
	if err != nil || len(changed) == 0 {
		return err
	}
	at.Event = k.savedEvent
	v, err := json.Marshal(at)
	if err != nil {
		return err
	}
	p.rows = append(p.rows, store.Put{Table: store.TableAlarm, Key: cursorKey, Value: v})
	for _, p := range append(all, p) {
		if err := k.cfg.Live.Announce(ctx, p.rows, p.notices...); err != nil {
			return err
		}
	}
	return nil
}

// piece is what goes into one write.
type piece struct {
	rows    []store.Put
	notices []live.Notice
	size    int
}

// pieceSize bounds one write, about, in bytes.
const pieceSize = 256 << 10

// rows are an alarm and its places in the order.
func (e *entry) rows() ([]store.Put, error) {
	v, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	out := []store.Put{{Table: store.TableAlarm, Key: alarmKey(e.ID), Value: v}}
	if order := e.orderKey(); string(order) != string(e.order) {
		if e.order != nil {
			out = append(out, store.Put{Table: store.TableAlarm, Key: e.order})
		}
		out = append(out, store.Put{Table: store.TableAlarm, Key: order, Value: []byte{}})
		e.order = order
	}
	p := store.Put{Table: store.TableAlarm, Key: openKey(e.ID), Value: []byte{}}
	if !e.open() {
		p.Value = nil
	}
	return append(out, p), nil
}

func (c *change) notice() (live.Notice, error) {
	a, err := json.Marshal(c.e.tell())
	if err != nil {
		return live.Notice{}, err
	}
	s, err := json.Marshal(c.step.Step)
	return live.Notice{Site: c.e.Site, Gateway: c.e.Gateway, Device: c.e.Device, Points: slices.Clone(c.e.Points), Alarm: a, Step: s}, err
}
