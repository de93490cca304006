package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/serialport"
)

// Bus is one line with its master.
type Bus struct {
	cfg  Config
	dial Dial
	jobs chan job
	done chan struct{} // closed when Run has ended

	mu       sync.Mutex // guards what follows
	started  bool
	devices  map[string]*device
	counters Counters

	// Owned by Run's goroutine.
	framing  framing
	port     serialport.Port // nil while down
	used     bool            // the port has carried a valid answer
	reopenAt time.Time
	reopenIn time.Duration
	cause    error                  // why the port is down
	noisy    bool                   // the last quarantine found no silence
	window   time.Duration          // Quiet, or more where a slave was later
	faultAt  time.Time              // when the last fault was seen
	owing    map[question]time.Time // whose answer may still come, and when that was seen
	buf      []byte
}

type job struct {
	ctx context.Context
	req Request
	out chan Exchange // buffered: nobody may have stayed to listen
}

// New makes a bus that will open its port by dial. Nothing happens before Run.
func New(cfg Config, dial Dial) *Bus {
	cfg = cfg.withDefaults()
	b := &Bus{
		cfg:      cfg,
		dial:     dial,
		jobs:     make(chan job),
		done:     make(chan struct{}),
		devices:  make(map[string]*device),
		reopenIn: cfg.ReopenFirst,
		window:   cfg.Quiet,
		buf:      make([]byte, 512),
		owing:    map[question]time.Time{},
	}
	if cfg.Framing == TCP {
		b.framing = new(tcpFraming)
	} else {
		b.framing = rtuFraming{}
	}
	return b
}

// Run owns the port until ctx ends. It returns nil then, and an error only if
// it was called twice.
func (b *Bus) Run(ctx context.Context) error {
	b.mu.Lock()
	twice := b.started
	b.started = true
	b.mu.Unlock()
	if twice {
		return fmt.Errorf("bus %s: Run called twice; a port has one owner", b.cfg.Name)
	}
	defer close(b.done)
	defer b.drop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-b.jobs:
			if j.ctx.Err() != nil {
				continue // Do has answered already
			}
			ex := b.serve(ctx, j.req)
			b.settle(&ex)
			j.out <- ex
			b.recover(ctx, &ex, j.req)
		}
	}
}

// Do asks and waits for the answer, the turn in the queue included. It is safe
// from any goroutine; callers are served in the order they came. When ctx ends
// first the Outcome is Cancelled, and an answer under way is thrown away.
func (b *Bus) Do(ctx context.Context, req Request) Exchange {
	j := job{ctx: ctx, req: req, out: make(chan Exchange, 1)}
	cancelled := func(err error) Exchange {
		now := b.cfg.Clock()
		return Exchange{Device: req.Device, Unit: req.Unit, SentAt: now, ReceivedAt: now,
			Outcome: Cancelled, Err: fmt.Errorf("bus %s: %s: %w", b.cfg.Name, req.Device, err)}
	}
	select {
	case b.jobs <- j:
	case <-ctx.Done():
		return cancelled(context.Cause(ctx))
	case <-b.done:
		return cancelled(ErrStopped)
	}
	select {
	case ex := <-j.out:
		return ex
	case <-ctx.Done():
		return cancelled(context.Cause(ctx))
	case <-b.done:
		// Run may have answered in its last turn.
		select {
		case ex := <-j.out:
			return ex
		default:
			return cancelled(ErrStopped)
		}
	}
}

// serve does one request from check to answer. It leaves what a fault requires
// to recover, so that the caller does not wait for the line to fall silent.
func (b *Bus) serve(ctx context.Context, req Request) Exchange {
	ex := Exchange{Device: req.Device, Unit: req.Unit}
	end := func(o Outcome, err error) Exchange {
		if ex.ReceivedAt == 0 {
			ex.ReceivedAt = b.cfg.Clock()
		}
		if len(ex.Sent) == 0 {
			ex.SentAt = ex.ReceivedAt
		}
		ex.Outcome = o
		if e, ok := err.(ioError); ok {
			err = e.error
			b.fell(err)
		}
		if err != nil {
			ex.Err = fmt.Errorf("bus %s: %s (unit %d): %w", b.cfg.Name, req.Device, req.Unit, err)
		}
		return ex
	}
	read, err := modbus.ParseRead(req.PDU)
	if err != nil {
		return end(Refused, err)
	}
	if err := b.admit(req.Device, time.Now()); err != nil {
		return end(Skipped, err)
	}
	frame, err := b.framing.encode(req.Unit, req.PDU)
	if err != nil {
		return end(Refused, err)
	}
	if err := b.ready(ctx, req); err != nil {
		return end(BusFault, err)
	}
	for {
		reused := b.used
		outcome, err := b.converse(ctx, &ex, frame, read, req)
		// A TCP server may close an idle connection whenever it likes; that is
		// no fault of anyone. Asking again is harmless: it is a read.
		if _, broken := err.(ioError); broken && b.cfg.Framing == TCP && reused && len(ex.Received) == 0 && ctx.Err() == nil {
			b.drop()
			ex.Sent, ex.ReceivedAt = nil, 0
			if err := b.open(ctx); err != nil {
				return end(BusFault, err)
			}
			continue
		}
		return end(outcome, err)
	}
}

// converse flushes, sends, and reads until the answer is whole, impossible or
// overdue.
func (b *Bus) converse(ctx context.Context, ex *Exchange, frame []byte, read modbus.Read, req Request) (Outcome, error) {
	if err := b.port.Flush(); err != nil {
		return BusFault, ioError{err}
	}
	timeout := req.Timeout
	if timeout <= 0 {
		timeout = b.cfg.Timeout
	}
	// Longest answer: unit, function, count, data, checksum.
	timeout += b.cfg.CharTime * time.Duration(len(frame)+read.DataBytes()+5)
	ex.SentAt = b.cfg.Clock()
	deadline := time.Now().Add(timeout)
	if n, err := b.port.Write(frame); err != nil {
		ex.Sent = frame[:n]
		return BusFault, ioError{err}
	}
	ex.Sent = frame
	var early []byte // of the answer, read together with the echo
	if b.cfg.Echo {
		var err error
		if early, err = b.removeEcho(ctx, frame, deadline); err != nil {
			ex.ReceivedAt = b.cfg.Clock()
			return BusFault, err
		}
	}
	ex.Received = append(make([]byte, 0, read.DataBytes()+9), early...)
	for fresh := len(early) > 0; ; fresh = false {
		if !fresh {
			n, err := b.port.Read(b.buf)
			ex.ReceivedAt = b.cfg.Clock()
			ex.Received = append(ex.Received, b.buf[:n]...)
			if err != nil {
				return BusFault, ioError{err}
			}
			if n == 0 {
				if ctx.Err() != nil {
					return Cancelled, ErrStopped
				}
				if time.Now().Before(deadline) {
					continue
				}
				if len(ex.Received) == 0 {
					return NoAnswer, fmt.Errorf("within %v: %w", timeout, ErrNoAnswer)
				}
				return Truncated, fmt.Errorf("%d bytes within %v: %w", len(ex.Received), timeout, modbus.ErrShort)
			}
		}
		want, err := b.framing.expected(frame, ex.Received)
		if err != nil {
			return outcomeOf(err), err
		}
		if want == 0 || len(ex.Received) < want {
			if time.Now().Before(deadline) {
				continue
			}
			return Truncated, fmt.Errorf("%d bytes within %v: %w", len(ex.Received), timeout, modbus.ErrShort)
		}
		if err := b.afterword(ctx, ex, timeout); err != nil {
			return BusFault, err
		}
		return b.judge(ex, frame)
	}
}

// judge parses a whole answer.
func (b *Bus) judge(ex *Exchange, frame []byte) (Outcome, error) {
	data, err := b.framing.parse(frame, ex.Received)
	outcome := outcomeOf(err)
	if outcome == OK {
		ex.Data = data
	}
	if outcome.Answered() {
		b.used = true
		b.reopenIn = b.cfg.ReopenFirst
	}
	return outcome, err
}

// question is what a unit was asked.
type question struct {
	unit byte
	pdu  string
}

// owes reports whether an answer of the unit to an earlier question may still come.
func (b *Bus) owes(unit byte) bool {
	owes := false
	for q, since := range b.owing {
		if time.Since(since) > latest {
			delete(b.owing, q)
		} else if q.unit == unit {
			owes = true
		}
	}
	return owes
}

// afterword keeps the silence that must follow a frame and takes what comes
// during it: bytes after a whole answer spoil it.
//
// A unit that owes an answer may give it now, just after the same question, and it
// fits. Then the true answer follows, and it is listened for as long as it may take.
func (b *Bus) afterword(ctx context.Context, ex *Exchange, timeout time.Duration) error {
	if b.cfg.Framing == TCP {
		return nil
	}
	time.Sleep(max(minGap, b.cfg.CharTime*7/2))
	n, err := b.waiting()
	if n > 0 && err == nil {
		n, err = b.port.Read(b.buf)
		ex.Received = append(ex.Received, b.buf[:n]...)
	}
	for end := time.Now().Add(timeout); err == nil && n == 0 && b.owes(ex.Unit) && time.Now().Before(end) && ctx.Err() == nil; {
		n, err = b.port.Read(b.buf)
		ex.Received = append(ex.Received, b.buf[:n]...)
		ex.ReceivedAt = b.cfg.Clock() // the wait is part of the exchange
	}
	if err != nil {
		return ioError{err}
	}
	return nil
}

// waiting counts unread bytes where the port can.
func (b *Bus) waiting() (int, error) {
	w, ok := b.port.(serialport.Waiter)
	if !ok {
		return 0, nil
	}
	n, err := w.Waiting()
	if errors.Is(err, errors.ErrUnsupported) {
		return 0, nil
	}
	return n, err
}

// removeEcho reads back frame and returns what came after it.
func (b *Bus) removeEcho(ctx context.Context, frame []byte, deadline time.Time) ([]byte, error) {
	var got []byte
	for len(got) < len(frame) {
		n, err := b.port.Read(b.buf)
		got = append(got, b.buf[:n]...)
		if err != nil {
			return nil, ioError{err}
		}
		k := min(len(got), len(frame))
		if string(got[:k]) != string(frame[:k]) {
			return nil, fmt.Errorf("sent % x, read back % x: %w", frame, got, ErrEcho)
		}
		if n == 0 && ctx.Err() != nil {
			return nil, ErrStopped
		}
		if k < len(frame) && !time.Now().Before(deadline) {
			return nil, fmt.Errorf("%d of %d bytes read back; is echo set for an adapter that has none? %w", k, len(frame), ErrEcho)
		}
	}
	return got[len(frame):], nil
}
