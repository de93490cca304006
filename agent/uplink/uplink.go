package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/agent/receipt"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/wire"
)

// Defaults, used where a Config leaves zero.
const (
	DefaultPace       = 20          // backlog batches a second
	DefaultWindow     = 64          // batches sent and not receipted before the backlog waits
	DefaultResend     = time.Minute // after which a batch without receipt is sent again
	DefaultRetryFirst = time.Second // between attempts to connect, doubled each time
	DefaultRetryMax   = 2 * time.Minute
	AlarmRetryMax     = 5 * time.Second // while an alarm waits to be delivered
	inFlight          = 16              // messages given to the line and not acknowledged by the broker
	helloEvery        = 5 * time.Second
	steady            = time.Minute // a session that lasted so long was a good one
	maxDown           = 64          // messages from the notary that wait to be handled
	resendBurst       = 4           // of one turn of the pace
)

// Link is one connection to the broker, subscribed to this gateway's topic.
type Link interface {
	// Publish sends a message and returns when the broker has acknowledged it. It
	// is called from many goroutines.
	Publish(message []byte) error
	// Done is closed when the connection is lost.
	Done() <-chan struct{}
	Close()
}

// Dial connects and subscribes. It gives messages to down, which never blocks.
type Dial func(ctx context.Context, down func(message []byte)) (Link, error)

// Queue is the journal as the uplink reads it.
type Queue interface {
	Pending(after int64, n int) []uint64
	Alarms() []uint64
	IsPending(order uint64) bool
	Load(order uint64) (*journal.Item, error)
	Config(root merkle.Hash) (*wire.Config, error)
	Note() []byte
}

// Config is what the uplink is told.
type Config struct {
	Software string // name and version, in Hello
	Dial     Dial
	Queue    Queue
	// Handle takes a message from the notary; see receipt.Handler.
	Handle               func(message []byte) error
	Pace                 float64
	Window               int
	Resend               time.Duration
	RetryFirst, RetryMax time.Duration
	Log                  *slog.Logger
}

// Counters count since the start.
type Counters struct {
	Sessions, ConnectFailures, Sent, Resent, Bytes, Received, Dropped atomic.Uint64
}

// Uplink is the connection to one notary.
type Uplink struct {
	cfg      Config
	appended chan struct{}
	up       atomic.Bool
	Counters
}

// New prepares an uplink.
func New(cfg Config) *Uplink {
	if cfg.Pace <= 0 {
		cfg.Pace = DefaultPace
	}
	if cfg.Window <= 0 {
		cfg.Window = DefaultWindow
	}
	if cfg.Resend <= 0 {
		cfg.Resend = DefaultResend
	}
	if cfg.RetryFirst <= 0 {
		cfg.RetryFirst = DefaultRetryFirst
	}
	if cfg.RetryMax <= 0 {
		cfg.RetryMax = DefaultRetryMax
	}
	return &Uplink{cfg: cfg, appended: make(chan struct{}, 1)}
}

// Appended says that the journal holds a new batch. It never blocks.
func (u *Uplink) Appended() {
	select {
	case u.appended <- struct{}{}:
	default:
	}
}

// Connected reports whether a session stands.
func (u *Uplink) Connected() bool { return u.up.Load() }

// Run keeps a session until ctx ends. It returns an error only when the journal
// failed.
func (u *Uplink) Run(ctx context.Context) error {
	wait := u.cfg.RetryFirst
	for ctx.Err() == nil {
		began := time.Now()
		err := u.connect(ctx)
		if errors.Is(err, journal.ErrFatal) {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) >= steady {
			wait = u.cfg.RetryFirst
		}
		pause := wait/2 + rand.N(wait)
		u.cfg.Log.Warn("no uplink", "error", err, "next", u.bounded(pause).Round(time.Millisecond))
		u.pause(ctx, pause)
		wait = min(2*wait, u.cfg.RetryMax)
	}
	return nil
}

// bounded is a pause between attempts: no long one while an alarm waits.
func (u *Uplink) bounded(d time.Duration) time.Duration {
	if len(u.cfg.Queue.Alarms()) > 0 {
		return min(d, AlarmRetryMax)
	}
	return d
}

// pause waits before the next attempt to connect. An alarm that is sealed meanwhile
// shortens it.
func (u *Uplink) pause(ctx context.Context, d time.Duration) {
	began := time.Now()
	for {
		left := u.bounded(d) - time.Since(began)
		if left <= 0 {
			return
		}
		t := time.NewTimer(left)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
			return
		case <-u.appended: // a session begins with what is pending, told or not
			t.Stop()
		}
	}
}

// connect holds one session from dial to loss.
func (u *Uplink) connect(ctx context.Context) error {
	down := make(chan []byte, maxDown)
	link, err := u.cfg.Dial(ctx, func(m []byte) {
		u.Received.Add(1)
		select {
		case down <- m:
		default:
			// The notary repeats what a gateway misses; a handler that waits here
			// would stop the line.
			u.Dropped.Add(1)
		}
	})
	if err != nil {
		u.ConnectFailures.Add(1)
		return err
	}
	defer link.Close()
	u.Sessions.Add(1)
	u.up.Store(true)
	defer u.up.Store(false)
	u.cfg.Log.Info("uplink stands")
	s := newSession(u, link, down)
	return s.run(ctx)
}

// session is one connection's state. Its own goroutine alone touches it.
type session struct {
	u       *Uplink
	link    Link
	down    chan []byte
	acks    chan error
	flying  int
	first   int                  // alarms of the outage that the broker has yet to acknowledge
	begun   bool                 // the first of them were sent
	live    int64                // newest order sent
	back    int64                // newest order of the backlog sent
	waiting map[uint64]time.Time // sent in this session, no receipt yet
	told    map[merkle.Hash]bool // configurations sent in this session
	hello   time.Time
}

func newSession(u *Uplink, link Link, down chan []byte) *session {
	return &session{u: u, link: link, down: down, acks: make(chan error, inFlight), back: -1, waiting: map[uint64]time.Time{}, told: map[merkle.Hash]bool{}}
}

func (s *session) run(ctx context.Context) error {
	if err := s.greet(); err != nil {
		return err
	}
	// The newest batch that waits counts as live: it goes first.
	s.live = -1
	for after := s.live; ; {
		orders := s.u.cfg.Queue.Pending(after, 1024)
		if len(orders) == 0 {
			break
		}
		after = int64(orders[len(orders)-1])
		s.live = after - 1
	}
	pace := time.NewTicker(time.Duration(float64(time.Second) / s.u.cfg.Pace))
	defer pace.Stop()
	for {
		if err := s.sendLive(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.link.Done():
			return errors.New("the connection was lost")
		case <-s.u.appended:
		case err := <-s.acks:
			s.flying--
			s.first = max(0, s.first-1)
			if err != nil {
				return err
			}
		case m := <-s.down:
			if err := s.handle(m); err != nil {
				return err
			}
		case <-pace.C:
			if err := s.sendBacklog(); err != nil {
				return err
			}
		}
	}
}

// greet says Hello and waits for its acknowledgement.
func (s *session) greet() error {
	s.hello = time.Now()
	return s.publish(wire.EncodeUp(&wire.Hello{Software: s.u.cfg.Software, Note: s.u.cfg.Queue.Note()}))
}

func (s *session) publish(message []byte) error {
	s.u.Bytes.Add(uint64(len(message)))
	return s.link.Publish(message)
}

func (s *session) handle(m []byte) error {
	err := s.u.cfg.Handle(m)
	switch {
	case errors.Is(err, journal.ErrFatal):
		return err
	case errors.Is(err, receipt.ErrBehind):
		// An earlier receipt was lost, or this one is old. Ask from where we are,
		// but not for each of a row of them.
		if time.Since(s.hello) >= helloEvery {
			s.u.cfg.Log.Info("asking for receipts from our own checkpoint", "reason", err)
			return s.greet()
		}
	case errors.Is(err, receipt.ErrFork):
		s.u.cfg.Log.Error("THE LOG IS NOT THE ONE VERIFIED BEFORE; nothing is released", "error", err)
	case err != nil:
		s.u.cfg.Log.Warn("message from the notary is refused", "error", err)
	}
	for order := range s.waiting {
		if !s.u.cfg.Queue.IsPending(order) {
			delete(s.waiting, order)
		}
	}
	return nil
}

// sendLive sends alarms, then what was appended since, as far as the line takes
// it. Nothing else leaves before the broker has the newest alarms of the outage,
// as many as the line takes at once: acknowledged is durable at the notary.
func (s *session) sendLive() error {
	if err := s.sendAlarms(); err != nil {
		return err
	}
	for s.first == 0 && s.flying < inFlight {
		orders := s.u.cfg.Queue.Pending(s.live, 1)
		if len(orders) == 0 {
			return nil
		}
		s.live = int64(orders[0])
		if _, sent := s.waiting[orders[0]]; sent {
			continue // as an alarm
		}
		if err := s.send(orders[0]); err != nil {
			return err
		}
	}
	return nil
}

// sendAlarms sends the alarms that this session did not send yet, the newest
// first: they tell what stands now.
func (s *session) sendAlarms() error {
	defer func() { s.begun = true }()
	alarms := s.u.cfg.Queue.Alarms()
	for i := len(alarms) - 1; i >= 0 && s.flying < inFlight; i-- {
		if _, sent := s.waiting[alarms[i]]; sent {
			continue
		}
		before := s.flying
		if err := s.send(alarms[i]); err != nil {
			return err
		}
		if !s.begun {
			s.first += s.flying - before
		}
	}
	return nil
}

// sendBacklog is one turn of the pace: first what waits too long for its receipt,
// then the next of the backlog.
func (s *session) sendBacklog() error {
	if s.first > 0 {
		return nil
	}
	now, burst := time.Now(), 0
	for order, at := range s.waiting {
		if now.Sub(at) < s.u.cfg.Resend || s.flying >= inFlight || burst == resendBurst {
			continue
		}
		burst++
		s.u.Resent.Add(1)
		if err := s.send(order); err != nil {
			return err
		}
	}
	for burst == 0 && s.flying < inFlight && len(s.waiting) < s.u.cfg.Window {
		orders := s.u.cfg.Queue.Pending(s.back, 1)
		if len(orders) == 0 || int64(orders[0]) > s.live {
			return nil
		}
		s.back = int64(orders[0])
		if _, sent := s.waiting[orders[0]]; !sent {
			return s.send(orders[0])
		}
	}
	return nil
}

// send gives one batch to the line, after the configuration that its header
// names.
func (s *session) send(order uint64) error {
	it, err := s.u.cfg.Queue.Load(order)
	if errors.Is(err, journal.ErrAbsent) {
		delete(s.waiting, order)
		return nil
	}
	if err != nil {
		return err
	}
	if !s.told[it.Config] {
		c, err := s.u.cfg.Queue.Config(it.Config)
		if err != nil {
			return fmt.Errorf("configuration of batch %d: %w", order, err)
		}
		if err := s.publish(wire.EncodeUp(c)); err != nil {
			return err
		}
		s.told[it.Config] = true
	}
	m := wire.EncodeUp(&wire.Batch{Header: it.Header, Payload: it.Payload})
	s.waiting[order] = time.Now()
	s.flying++
	s.u.Sent.Add(1)
	go func() { s.acks <- s.publish(m) }()
	return nil
}
