package line

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"fieldseal/drivers/serialport"
)

// Config says how the wire behaves. The zero value delivers at once.
type Config struct {
	// CharTime delays each byte by its time on the wire.
	CharTime time.Duration
	// Chunk is how many bytes arrive together; 0 delivers what was written in
	// one piece, after the time of all of it.
	Chunk int
	// Echo gives the master back what it sends, as some RS-485 adapters do.
	Echo bool
}

// Line is a wire inside the process.
type Line struct {
	cfg    Config
	slave  *end
	mu     sync.Mutex
	master *end // nil while nobody has it open
	gone   bool
}

// slaveStep is how long the slaves' side waits in Read. Slaves mostly listen;
// in virtual days their waking for nothing would be most of the work.
const slaveStep = time.Second

// New lays a line.
func New(cfg Config) *Line {
	l := &Line{cfg: cfg}
	l.slave = newEnd(l, slaveStep)
	return l
}

// Open is the master's side. It fails while the port has vanished and while
// another master holds it. It has the form of bus.Dial.
func (l *Line) Open(context.Context) (serialport.Port, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return nil, fmt.Errorf("in-process line: %w", fs.ErrNotExist)
	}
	if l.master != nil {
		return nil, fmt.Errorf("in-process line: %w", serialport.ErrBusy)
	}
	l.master = newEnd(l, serialport.ReadStep)
	return l.master, nil
}

// Slave is the instruments' side. It outlives a vanished master.
func (l *Line) Slave() serialport.Port { return l.slave }

// Vanish pulls the master's adapter: its reads and writes fail from now on.
func (l *Line) Vanish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = true
	if l.master != nil {
		l.master.fail(serialport.ErrVanished)
		l.master = nil
	}
}

// Return puts the adapter back; the master must open it again.
func (l *Line) Return() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = false
}

// Inject puts bytes that nobody sent in front of the master: noise.
func (l *Line) Inject(b []byte) { l.carry(l.slave, b) }

// carry moves b from one end to the other, in wire time.
func (l *Line) carry(from *end, b []byte) {
	if l.cfg.CharTime == 0 && l.cfg.Chunk == 0 {
		l.arrive(from, b)
		return
	}
	chunk := l.cfg.Chunk
	if chunk <= 0 {
		chunk = len(b)
	}
	b = append([]byte(nil), b...)
	from.mu.Lock()
	epoch := from.epoch
	at := from.busyUntil
	if now := time.Now(); at.Before(now) {
		at = now
	}
	for len(b) > 0 {
		n := min(chunk, len(b))
		part := b[:n]
		b = b[n:]
		at = at.Add(time.Duration(n) * l.cfg.CharTime)
		time.AfterFunc(time.Until(at), func() {
			from.mu.Lock()
			dropped := from.epoch != epoch
			from.mu.Unlock()
			if !dropped {
				l.arrive(from, part)
			}
		})
		// Timers that fire at one instant have no order among them.
		at = at.Add(1)
	}
	from.busyUntil = at
	from.mu.Unlock()
}

func (l *Line) arrive(from *end, b []byte) {
	l.mu.Lock()
	master := l.master
	l.mu.Unlock()
	if from == l.slave {
		if master != nil {
			master.put(b)
		}
		return
	}
	if from != master {
		return // the adapter was pulled while this was under way
	}
	l.slave.put(b)
	if l.cfg.Echo {
		master.put(b)
	}
}

func (l *Line) release(e *end) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.master == e {
		l.master = nil
	}
}

// end is one side's port.
type end struct {
	line   *Line
	step   time.Duration // how long Read waits
	mu     sync.Mutex
	in     []byte
	err    error
	news   chan struct{} // capacity 1: there is something to look at
	broken chan struct{} // closed with err

	epoch     int // raised by Flush: what is under way is dropped
	busyUntil time.Time
}

func newEnd(l *Line, step time.Duration) *end {
	return &end{line: l, step: step, news: make(chan struct{}, 1), broken: make(chan struct{})}
}

func (e *end) put(b []byte) {
	e.mu.Lock()
	e.in = append(e.in, b...)
	e.mu.Unlock()
	select {
	case e.news <- struct{}{}:
	default:
	}
}

func (e *end) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
		close(e.broken)
	}
}

func (e *end) take(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return 0, e.err
	}
	n := copy(b, e.in)
	e.in = e.in[:copy(e.in, e.in[n:])]
	return n, nil
}

func (e *end) Read(b []byte) (int, error) {
	if n, err := e.take(b); n > 0 || err != nil {
		return n, err
	}
	timer := time.NewTimer(e.step)
	defer timer.Stop()
	for {
		select {
		case <-e.news:
			if n, err := e.take(b); n > 0 || err != nil {
				return n, err
			}
		case <-e.broken:
			return e.take(b)
		case <-timer.C:
			return 0, nil
		}
	}
}

func (e *end) Write(b []byte) (int, error) {
	e.mu.Lock()
	err := e.err
	e.mu.Unlock()
	if err != nil {
		return 0, err
	}
	e.line.carry(e, b)
	return len(b), nil
}

func (e *end) Flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.in = e.in[:0]
	e.epoch++
	e.busyUntil = time.Time{}
	return e.err
}

// Waiting counts the bytes that have arrived and were not read.
func (e *end) Waiting() (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.in), e.err
}

func (e *end) Close() error {
	e.fail(serialport.ErrClosed)
	e.line.release(e)
	return nil
}
