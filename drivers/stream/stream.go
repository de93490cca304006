package stream

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Limits of a bus.
const (
	// MaxSessions is how many instruments may be connected to one port at once.
	MaxSessions = 256
	// Idle is after how long without a byte a connection that was dialled in
	// should be given up.
	Idle = 15 * time.Minute
	// Introduce is how long a connection that was dialled in may take to show an
	// instrument that the site file names.
	Introduce = time.Minute

	redialFirst, redialMost = time.Second, time.Minute
)

// Bus is one line, or one port. Exactly one of Dial and Listen is set.
type Bus struct {
	Dial   func(ctx context.Context) (Conn, error)
	Listen func() (net.Listener, error)
	Log    *slog.Logger
}

// Session reads one connection to its end, which is when ctx ends or Read fails;
// the connection is closed by whoever called it. dialledIn is whether an
// instrument opened it.
type Session func(ctx context.Context, c Conn, dialledIn bool) error

// Run keeps the line, or the port, until ctx ends. down is told each time that
// nothing can be heard on the bus, and why.
func (b *Bus) Run(ctx context.Context, session Session, down func(why error)) {
	wait := NewWait()
	for ctx.Err() == nil {
		var err error
		if b.Listen != nil {
			err = b.listen(ctx, session, wait)
		} else {
			err = b.dial(ctx, session, wait)
		}
		if ctx.Err() != nil {
			return
		}
		b.Log.Warn("the line is lost and will be tried again", "error", err)
		down(err)
		wait.Pause(ctx)
	}
}

func (b *Bus) dial(ctx context.Context, session Session, wait *Wait) error {
	c, err := b.Dial(ctx)
	if err != nil {
		return err
	}
	wait.Reset()
	return serve(ctx, c, session, false)
}

func (b *Bus) listen(ctx context.Context, session Session, wait *Wait) error {
	ln, err := b.Listen()
	if err != nil {
		return err
	}
	wait.Reset()
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	defer ln.Close()
	var all sync.WaitGroup
	defer all.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	room := make(chan struct{}, MaxSessions)
	for {
		c, err := ln.Accept()
		if err != nil {
			return fmt.Errorf("listen at %v: %w", ln.Addr(), err)
		}
		remote := c.RemoteAddr().String()
		select {
		case room <- struct{}{}:
		default:
			b.Log.Warn("an instrument was turned away: too many are connected", "remote", remote, "most", MaxSessions)
			c.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-room }()
			err := serve(ctx, NetConn(c), session, true)
			b.Log.Info("an instrument's connection ended", "remote", remote, "reason", err)
		})
	}
}

func serve(ctx context.Context, c Conn, session Session, dialledIn bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer c.Close()
	return session(ctx, c, dialledIn)
}

// Wait is the pause before a line is tried again: longer each time, with jitter,
// so that many gateways do not return at once.
type Wait struct{ next time.Duration }

// NewWait begins with a second.
func NewWait() *Wait { return &Wait{redialFirst} }

// Reset is for a line that was there.
func (w *Wait) Reset() { w.next = redialFirst }

// Pause waits, or until ctx ends.
func (w *Wait) Pause(ctx context.Context) {
	t := time.NewTimer(w.next/2 + rand.N(w.next/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	w.next = min(2*w.next, redialMost)
}
