package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Errors that end a gateway's connection: nothing was stored, and sending again
// helps, later or after a restart of the notary.
var (
	ErrBusy  = errors.New("notary cannot take this now")
	ErrFatal = errors.New("notary is stopping after an error")
)

// Defaults of [Config].
const (
	DefaultRate      = 200      // batches a second of one gateway, lasting
	DefaultBurst     = 2000     // batches at once after silence
	DefaultByteRate  = 8 << 20  // bytes a second of one gateway, lasting
	DefaultByteBurst = 64 << 20 // bytes at once after silence
	DefaultPatience  = 10 * time.Second
)

// Gateway is what intake needs to know of an enrolled gateway.
type Gateway struct {
	Site batch.ID
	Key  cose.Key
	// Refused says why nothing of it is taken any more, such as a revocation; nil: it is.
	Refused error
}

// Registry knows the gateways. An error says that a gateway is not known, for
// good, or, if it wraps ErrBusy, not yet.
type Registry interface {
	Enrolled(g batch.ID) (Gateway, error)
}

// Anchors knows how far the log is anchored.
type Anchors interface {
	// Newest is the newest final block (nil: none yet) and the log size that the
	// newest final anchor covers.
	Newest() (*batch.Block, uint64)
}

// Config says what an intake works with. Zero numbers are the defaults.
type Config struct {
	Log      *log.Log
	Store    store.Store
	Registry Registry
	Anchors  Anchors
	// Room is asked before a message is looked at; an error holds it back. nil:
	// there is always room.
	Room func() error
	// Down hands a message to the connection of a gateway; an error means that it
	// was not sent.
	Down func(g batch.ID, message []byte) error
	// Admitted is told of each batch whose payload was verified and is durable, as
	// it was parsed; it must not keep the caller waiting. nil: nobody asks.
	Admitted func(index uint64, h *batch.Signed, p *batch.Payload)

	Workers   int // verifications at a time; 0: one for each processor
	Rate      rate.Limit
	Burst     int
	ByteRate  rate.Limit
	ByteBurst int
	Patience  time.Duration // that a message may wait for its rate

	Metrics *Metrics
	Logger  *slog.Logger
	Now     func() time.Time
}

// Intake admits messages. It is safe for concurrent use.
type Intake struct {
	Config
	workers chan struct{}
	again   chan struct{} // a batch came that the newest checkpoint covers already

	mu       sync.Mutex
	sessions map[batch.ID]*session
	limits   map[batch.ID]*limits
	refused  *refused
}

// New makes an intake; Run sends its receipts.
func New(c Config) (*Intake, error) {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Rate == 0 {
		c.Rate = DefaultRate
	}
	if c.Burst == 0 {
		c.Burst = DefaultBurst
	}
	if c.ByteRate == 0 {
		c.ByteRate = DefaultByteRate
	}
	if c.ByteBurst == 0 {
		c.ByteBurst = DefaultByteBurst
	}
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Logger = c.Logger.With("part", "intake")
	r, err := openRefused(c.Store)
	if err != nil {
		return nil, fmt.Errorf("intake: %w", err)
	}
	return &Intake{
		Config: c, workers: make(chan struct{}, c.Workers), again: make(chan struct{}, 1),
		sessions: map[batch.ID]*session{}, limits: map[batch.ID]*limits{}, refused: r,
	}, nil
}

// limits are one gateway's token buckets.
type limits struct {
	batches, bytes *rate.Limiter
	kept           *rate.Limiter // refused messages that are kept
}

func (in *Intake) limitsOf(g batch.ID) *limits {
	in.mu.Lock()
	defer in.mu.Unlock()
	l := in.limits[g]
	if l == nil {
		l = &limits{
			batches: rate.NewLimiter(in.Rate, in.Burst), bytes: rate.NewLimiter(in.ByteRate, in.ByteBurst),
			kept: rate.NewLimiter(keptRate, keptBurst),
		}
		in.limits[g] = l
	}
	return l
}

// refusal is an error that is final for a message.
type refusal struct {
	class wire.Class
	boot  record.BootID
	seq   uint64
	err   error
}

func (r *refusal) Error() string { return r.class.String() + ": " + r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// refuse classes an error by the sentinels that it wraps.
func refuse(h *batch.Header, err error) error {
	if errors.Is(err, ErrBusy) {
		return err // a registry that says "later", such as for a gateway not yet signed in
	}
	r := &refusal{class: wire.Uncheckable, err: err}
	switch {
	case errors.Is(err, cborx.ErrMalformed):
		r.class = wire.Malformed
	case errors.Is(err, batch.ErrAltered), errors.Is(err, cose.ErrSignature):
		r.class = wire.Altered
	case errors.Is(err, log.ErrConflict), errors.Is(err, log.ErrNotOurs):
		r.class = wire.Conflict
	}
	if h != nil {
		r.boot, r.seq = h.Boot, h.Seq
	}
	return r
}

// Handle takes one message of gateway g, whose certificate was checked. It
// returns nil when the message is durable, or refused for good: the refusal is
// then kept (bounded) and sent down, and the message is to be acknowledged. An
// error wraps ErrBusy or ErrFatal: nothing is to be acknowledged, and the
// connection is to end.
func (in *Intake) Handle(ctx context.Context, g batch.ID, message []byte) error {
	kind, err := in.take(ctx, g, message)
	var r *refusal
	switch {
	case err == nil:
		in.Metrics.messages.WithLabelValues(kind, "taken").Inc()
		return nil
	case errors.As(err, &r):
		in.Metrics.messages.WithLabelValues(kind, r.class.String()).Inc()
		// A refusal draws on the gateway's rate, or a flood of what is refused
		// before its rate is asked would cost its sender nothing.
		if err := in.await(ctx, g, len(message)); err != nil {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return in.keepAndTell(g, message, r)
	case errors.Is(err, log.ErrFatal), errors.Is(err, ErrFatal):
		in.Metrics.messages.WithLabelValues(kind, "fatal").Inc()
		return fmt.Errorf("%w: %w", ErrFatal, err)
	default:
		in.Metrics.messages.WithLabelValues(kind, "busy").Inc()
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
}

// keepAndTell ends a message that is refused for good.
func (in *Intake) keepAndTell(g batch.ID, message []byte, r *refusal) error {
	if in.limitsOf(g).kept.Allow() {
		in.Logger.Warn("message refused", "gateway", g, "class", r.class, "reason", r.err)
		if err := in.refused.keep(in.Store, Refused{
			Gateway: g, Class: r.class.String(), Reason: r.err.Error(), At: in.Now().UnixMicro(), Message: message,
		}); err != nil {
			return fmt.Errorf("%w: keep a refused message: %w", ErrBusy, err)
		}
	}
	reason := r.err.Error()
	if len(reason) > wire.MaxReason {
		reason = reason[:wire.MaxReason]
		for len(reason) > 0 && reason[len(reason)-1]&0xc0 == 0x80 {
			reason = reason[:len(reason)-1] // not in the middle of a character
		}
		reason = trimHead(reason)
	}
	// A refusal that does not arrive is made again when the batch comes again.
	if err := in.Down(g, wire.EncodeDown(&wire.Refusal{Class: r.class, Reason: reason, Boot: r.boot, Seq: r.seq})); err != nil {
		in.Logger.Info("refusal not sent", "gateway", g, "err", err)
	}
	return nil
}

// trimHead drops a last byte that begins a character whose rest was cut off.
func trimHead(s string) string {
	if len(s) > 0 && s[len(s)-1] >= 0xc0 {
		return s[:len(s)-1]
	}
	return s
}

// take admits one message and names its kind for the metrics.
func (in *Intake) take(ctx context.Context, g batch.ID, message []byte) (string, error) {
	if in.Room != nil {
		if err := in.Room(); err != nil {
			return "unknown", err
		}
	}
	up, err := wire.ParseUp(message) // its first check is the size
	if err != nil {
		return "unknown", refuse(nil, err)
	}
	switch m := up.(type) {
	case *wire.Batch:
		return "batch", in.takeBatch(ctx, g, m, len(message))
	case *wire.Hello:
		return "hello", in.takeHello(ctx, g, m, len(message))
	case *wire.Config:
		return "config", in.takeConfig(ctx, g, m, len(message))
	}
	return "unknown", refuse(nil, fmt.Errorf("message %T is not taken here", up))
}

func (in *Intake) takeBatch(ctx context.Context, g batch.ID, m *wire.Batch, size int) error {
	h, gw, err := in.checkHeader(ctx, g, m.Header)
	if err != nil {
		return err
	}
	if gw.Refused != nil {
		return refuse(&h.Header, gw.Refused)
	}
	if h.Site != gw.Site {
		return refuse(&h.Header, fmt.Errorf("header %s is of site %s; the gateway is enrolled at %s", h.Name(), h.Site, gw.Site))
	}
	if h.Origin != in.Log.Origin() {
		return refuse(&h.Header, fmt.Errorf("header %s is meant for log %q; this is %q", h.Name(), h.Origin, in.Log.Origin()))
	}
	if err := in.await(ctx, g, size); err != nil {
		return err
	}
	var p *batch.Payload
	if m.Payload != nil {
		if p, err = in.checkPayload(ctx, h, m.Payload); err != nil {
			return err
		}
	}
	if c := h.Checkpoint; c != nil {
		// What a header names is one gateway's word, and the note behind it came
		// with its hello if there is one: the log does not stop for it.
		if err := in.Log.Holds(c.Size, c.Root); errors.Is(err, log.ErrNotOurs) {
			in.Metrics.contradictions.Inc()
			return refuse(&h.Header, fmt.Errorf("header %s: %w", h.Name(), err))
		} else if err != nil {
			return err
		}
	}
	a, err := in.Log.Append(ctx, h, m.Payload)
	if errors.Is(err, log.ErrConflict) {
		in.Metrics.equivocations.Inc()
		return refuse(&h.Header, err)
	}
	if err != nil {
		return err
	}
	if a.Duplicate {
		in.Metrics.duplicates.Inc()
	} else {
		in.Metrics.records.Add(float64(h.Count))
	}
	if p != nil && in.Admitted != nil {
		in.Admitted(a.Index, h, p)
	}
	in.session(g).wait(waiting{h.Boot, h.Seq, a.Index, a.Leaf})
	if a.Index < in.Log.Head().Size {
		select { // no checkpoint to come will cover it anew
		case in.again <- struct{}{}:
		default:
		}
	}
	return nil
}

// work runs a verification when a worker is free.
func (in *Intake) work(ctx context.Context, f func() error) error {
	select {
	case in.workers <- struct{}{}:
		defer func() { <-in.workers }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkHeader is everything up to the header's signature.
func (in *Intake) checkHeader(ctx context.Context, g batch.ID, raw []byte) (h *batch.Signed, gw Gateway, err error) {
	err = in.work(ctx, func() error {
		if h, err = batch.ParseHeader(raw); err != nil {
			return refuse(nil, err)
		}
		if h.Gateway != g {
			// Not named by the header's identity: it is another gateway's.
			return refuse(nil, fmt.Errorf("header of gateway %s came over the connection of %s", h.Gateway, g))
		}
		if gw, err = in.Registry.Enrolled(g); err != nil {
			return refuse(&h.Header, err)
		}
		if err = h.VerifySignature(gw.Key); err != nil {
			return refuse(&h.Header, err)
		}
		return nil
	})
	return h, gw, err
}

func (in *Intake) checkPayload(ctx context.Context, h *batch.Signed, payload []byte) (p *batch.Payload, err error) {
	err = in.work(ctx, func() error {
		if p, err = batch.ParsePayload(payload); err == nil {
			err = p.Verify(&h.Header)
		}
		if err != nil {
			return refuse(&h.Header, err)
		}
		return nil
	})
	return p, err
}

// await holds a message back until its gateway's rate allows it. The broker
// takes a gateway's messages one at a time, so that this slows that one alone.
func (in *Intake) await(ctx context.Context, g batch.ID, size int) error {
	l := in.limitsOf(g)
	ctx, cancel := context.WithTimeout(ctx, in.Patience)
	defer cancel()
	for _, b := range []struct {
		bucket *rate.Limiter
		n      int
	}{{l.batches, 1}, {l.bytes, size}} {
		if b.bucket.AllowN(time.Now(), b.n) {
			continue
		}
		in.Metrics.held.Inc()
		if err := b.bucket.WaitN(ctx, b.n); err != nil {
			return fmt.Errorf("gateway %s sends more than its rate: %w", g, err)
		}
	}
	return nil
}

func (in *Intake) takeHello(ctx context.Context, g batch.ID, m *wire.Hello, size int) error {
	gw, err := in.Registry.Enrolled(g)
	if err == nil {
		err = gw.Refused
	}
	if err != nil {
		return refuse(nil, err)
	}
	base := batch.Checkpoint{Root: merkle.Empty()}
	if err := in.await(ctx, g, size); err != nil {
		return err
	}
	if m.Note != nil {
		c, _, err := checkpoint.Open(m.Note, in.Log.Key())
		if err != nil {
			return refuse(nil, fmt.Errorf("checkpoint of the hello: %w", err))
		}
		// This log's own key signed it: whoever shows it, it was there.
		if err := in.Log.Witness(fmt.Sprintf("gateway %s, by a checkpoint that this log signed,", g), c.Size, &c.Root); err != nil {
			return err
		}
		base = batch.Checkpoint{Size: c.Size, Root: c.Root}
	}
	s := in.session(g)
	s.begin(base)
	in.Logger.Info("gateway says hello", "gateway", g, "software", m.Software, "checkpoint", base.Size)
	// The first receipt speaks of no batch: it brings the checkpoint and the block
	// that the gateway's next header can name.
	in.flush(g, s)
	return nil
}

// Disconnected forgets the session of g; its gateway asks again after its next Hello.
func (in *Intake) Disconnected(g batch.ID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.sessions, g)
}

func (in *Intake) session(g batch.ID) *session {
	in.mu.Lock()
	defer in.mu.Unlock()
	s := in.sessions[g]
	if s == nil {
		s = &session{}
		in.sessions[g] = s
	}
	return s
}
