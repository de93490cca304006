package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/serialport"
	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

const (
	unhurried = 2 * time.Second // between lines of an instrument whose profile names no pace
	redial    = 500 * time.Millisecond
	maxAsk    = 256 // bytes that are kept while no line end comes
)

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave, each of the next line.
const (
	Garbage Kind = iota + 1 // a line of something else before it
	Damaged                 // one of its characters is another one
	Torn                    // its second half is missing, line end and all
)

// Config is one instrument.
type Config struct {
	Device  *profile.Device
	Profile *profile.Profile
	Value   number.Value
	Now     func() time.Time
	// Dial reaches the agent, for Run alone.
	Dial func(ctx context.Context) (net.Conn, error)
}

// Printer is one instrument.
type Printer struct {
	cfg   Config
	lines []line

	mu    sync.Mutex
	next  []Kind
	delay time.Duration
	dead  bool
	away  bool
	cut   func() // ends the connection of Run; nil: none
}

// line is one kind of line.
type line struct {
	ask   []byte // empty: it is printed by itself
	every time.Duration
	print func(at time.Time) []byte // nil: nothing can be said now
}

// New makes an instrument of a compiled profile.
func New(cfg Config) (*Printer, error) {
	p := &Printer{cfg: cfg}
	for i := range cfg.Profile.Exchanges {
		var l line
		var err error
		switch cfg.Profile.Protocol {
		case "nmea":
			l, err = p.sentence(i)
		case "text":
			l, err = p.pattern(i)
		default:
			err = fmt.Errorf("it speaks %s", cfg.Profile.Protocol)
		}
		if err != nil {
			return nil, fmt.Errorf("simulate %s: line %d: %w", cfg.Device.ID, i, err)
		}
		micros := cfg.Profile.Exchanges[i].Cadence
		if cfg.Device.Cadence > 0 {
			micros = cfg.Device.Cadence
		}
		if l.every = time.Duration(micros) * time.Microsecond; l.every == 0 {
			l.every = unhurried
		}
		p.lines = append(p.lines, l)
	}
	return p, nil
}

// SetAlive lets the instrument print, or takes its power away.
func (p *Printer) SetAlive(alive bool) { p.set(func() { p.dead = !alive }) }

// SetReach cuts an instrument that dials in off, or lets it dial again. What it would
// have printed meanwhile is lost.
func (p *Printer) SetReach(reach bool) { p.set(func() { p.away = !reach }) }

// Late delays the next line.
func (p *Printer) Late(delay time.Duration) { p.set(func() { p.delay = delay }) }

// Next makes the next lines misbehave, one each.
func (p *Printer) Next(k ...Kind) { p.set(func() { p.next = append(p.next, k...) }) }

func (p *Printer) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	if (p.dead || p.away) && p.cut != nil {
		p.cut()
	}
}

// ServeLine prints on a serial line until ctx ends (nil) or the port breaks.
func (p *Printer) ServeLine(ctx context.Context, port serialport.Port) error {
	return p.serve(ctx, port)
}

// ServeTCP prints to whoever dials, as behind a serial server, until ctx ends.
func (p *Printer) ServeTCP(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		all.Go(func() {
			defer context.AfterFunc(ctx, func() { c.Close() })()
			defer c.Close()
			_ = p.serve(ctx, c) // a connection that ends is the other side's business
		})
	}
}

// Run dials in and prints until ctx ends.
func (p *Printer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		p.connect(ctx)
		pause(ctx, redial)
	}
}

func (p *Printer) connect(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p.mu.Lock()
	if p.dead || p.away {
		p.mu.Unlock()
		return
	}
	p.cut = stop
	p.mu.Unlock()
	c, err := p.cfg.Dial(ctx)
	if err != nil {
		return
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	_ = p.serve(ctx, c) // what ended a connection is for its other end to tell
}

// serve prints and answers. Reads may end with 0 bytes and no error.
func (p *Printer) serve(ctx context.Context, c io.ReadWriter) error {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	var one sync.Mutex
	say := func(l *line) error {
		b := p.spoilt(ctx, l)
		if b == nil || ctx.Err() != nil {
			return nil
		}
		one.Lock()
		defer one.Unlock()
		_, err := c.Write(b)
		return err
	}
	for i := range p.lines {
		l := &p.lines[i]
		if len(l.ask) > 0 {
			continue
		}
		all.Go(func() {
			tick := time.NewTicker(l.every)
			defer tick.Stop()
			for ctx.Err() == nil && say(l) == nil {
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
		})
	}
	var heard []byte
	buf := make([]byte, maxAsk)
	for ctx.Err() == nil {
		n, err := c.Read(buf)
		heard = append(heard, buf[:n]...)
		for i := range p.lines {
			l := &p.lines[i]
			if len(l.ask) == 0 || !bytes.HasSuffix(heard, l.ask) {
				continue
			}
			heard = nil
			if err := say(l); err != nil {
				return err
			}
		}
		if len(heard) > maxAsk {
			heard = heard[len(heard)-maxAsk:]
		}
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	return nil
}

// spoilt is a line as it goes out; nil: none.
func (p *Printer) spoilt(ctx context.Context, l *line) []byte {
	p.mu.Lock()
	dead, delay, how := p.dead, p.delay, Kind(0)
	if !dead {
		p.delay = 0
		if len(p.next) > 0 {
			how, p.next = p.next[0], p.next[1:]
		}
	}
	p.mu.Unlock()
	if dead {
		return nil
	}
	b := l.print(p.cfg.Now())
	pause(ctx, delay)
	if len(b) == 0 {
		return nil
	}
	switch how {
	case Garbage:
		return append([]byte("\x00\xfe#?!\r\n"), b...)
	case Damaged:
		b[len(b)/2] ^= 0x15
	case Torn:
		b = b[:len(b)/2]
	}
	return b
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
