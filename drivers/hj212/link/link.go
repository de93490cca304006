package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

// Limits of a link.
const (
	// MaxSessions is how many stations may be connected to one port at once.
	MaxSessions = 256
	// Idle is after how long without a byte a connection is given up.
	Idle = 15 * time.Minute
	// Introduce is how long a connection may take to send a packet of a station
	// that the site file names.
	Introduce = time.Minute
	// Pause is the silence after which what has come of a packet is given up.
	Pause = 10 * time.Second
	// WriteTimeout bounds one write to a station or a platform.
	WriteTimeout = 10 * time.Second

	redialFirst, redialMost = time.Second, time.Minute
)

// Conn is a line to one or more stations.
type Conn interface {
	// Read returns (0, nil) when nothing has come for a moment; an error means
	// that the line is lost.
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	Close() error
}

// Config is one bus. Exactly one of Dial and Listen is set.
type Config struct {
	Devices []source.Device // Address is the station's MN
	Dial    func(ctx context.Context) (Conn, error)
	Listen  func() (net.Listener, error)
	// Tee connects to the platform that had the stations' bytes before; nil: the
	// stations are answered here.
	Tee  func(ctx context.Context) (net.Conn, error)
	Boot func() uint64 // µs since the machine started
	Log  *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg     Config
	options hj212.Options
	seen    *seen

	mu       sync.Mutex
	stations map[string]*station // by MN
	unknown  map[string]bool     // MNs that were told of
}

// station is a configured device.
type station struct {
	source.Device
	on    *session        // the newest connection on which it spoke; nil: none
	notes map[string]bool // deviations that were told of
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	l := &Link{cfg: cfg, stations: map[string]*station{}, unknown: map[string]bool{}, seen: newSeen()}
	for _, d := range cfg.Devices {
		m, err := hj212.Bind(d.Bound)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		// A packet names its station only inside, so packets are cut by what any
		// station of the bus may do; each is then held to its own profile.
		o := m.Options()
		l.options.Rules = append(l.options.Rules, o.Rules...)
		l.options.LongLength = l.options.LongLength || o.LongLength
		l.stations[d.Address] = &station{Device: d, notes: map[string]bool{}}
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	if l.cfg.Listen != nil {
		return l.listen(ctx, out)
	}
	wait := redialFirst
	for ctx.Err() == nil {
		conn, err := l.cfg.Dial(ctx)
		if err == nil {
			wait = redialFirst
			err = l.serve(ctx, conn, out, false)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.cfg.Log.Warn("no line to the station", "error", err)
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, err)
		}
		pause(ctx, &wait)
	}
	return nil
}

// pause waits with jitter, longer each time.
func pause(ctx context.Context, wait *time.Duration) {
	t := time.NewTimer(*wait/2 + rand.N(*wait/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	*wait = min(2**wait, redialMost)
}

func (l *Link) listen(ctx context.Context, out source.Sink) error {
	wait := redialFirst
	for ctx.Err() == nil {
		ln, err := l.cfg.Listen()
		if err == nil {
			wait = redialFirst
			err = l.accept(ctx, ln, out)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.cfg.Log.Error("stations cannot dial in", "error", err)
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, err)
		}
		pause(ctx, &wait)
	}
	return nil
}

func (l *Link) accept(ctx context.Context, ln net.Listener, out source.Sink) error {
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
		select {
		case room <- struct{}{}:
		default:
			l.cfg.Log.Warn("a station was turned away: too many are connected", "remote", c.RemoteAddr().String(), "most", MaxSessions)
			c.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-room }()
			err := l.serve(ctx, NetConn(c), out, true)
			l.cfg.Log.Info("a station's connection ended", "remote", c.RemoteAddr().String(), "reason", err)
		})
	}
}

// errIdle ends a connection that says nothing.
var errIdle = errors.New("nothing came for too long")

// serve runs one connection to its end.
func (l *Link) serve(ctx context.Context, conn Conn, out source.Sink, dialledIn bool) error {
	ctx, stop := context.WithCancel(ctx)
	s := &session{l: l, conn: conn, out: out, scan: hj212.NewScanner(l.options)}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	var rest sync.WaitGroup
	defer rest.Wait()
	defer stop()
	if l.cfg.Tee != nil {
		s.tee = newTee(s)
		rest.Go(func() { s.tee.run(ctx) })
	}
	err := s.read(ctx, dialledIn)
	if dialledIn {
		l.leave(s, err)
	}
	return err
}

// leave tells of the stations that were last heard on a connection that ended.
func (l *Link) leave(s *session, why error) {
	l.mu.Lock()
	var gone []string
	for _, x := range l.stations {
		if x.on == s {
			x.on = nil
			gone = append(gone, x.ID)
		}
	}
	l.mu.Unlock()
	for _, id := range gone {
		s.out.Down(id, record.CauseBus, fmt.Errorf("the station's connection ended: %w", why))
	}
}

// find is the station of an MN, now speaking on s; nil for one that the site file
// does not name, which is told once.
func (l *Link) find(mn string, s *session) *station {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.stations[mn]
	switch {
	case x != nil:
		if s != nil {
			x.on = s
		}
	case len(l.unknown) < 64 && !l.unknown[mn]:
		l.unknown[mn] = true
		l.cfg.Log.Warn("a station reports that the site file does not name; its packets are neither sealed nor answered", "station", mn, "remedy", fmt.Sprintf("add a device with station: %q", mn))
	}
	return x
}

// NetConn makes a Conn of a network connection.
func NetConn(c net.Conn) Conn { return netConn{c} }

type netConn struct{ net.Conn }

// step is how long a read waits before it says "nothing yet".
const step = 200 * time.Millisecond

func (c netConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(step)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	var late net.Error
	if n > 0 || errors.As(err, &late) && late.Timeout() {
		return n, nil
	}
	return n, err
}

func (c netConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

var _ io.ReadWriteCloser = netConn{}
