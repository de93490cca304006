package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Pause is the silence after which what has come of a packet is given up.
const Pause = 10 * time.Second

// Config is one bus. Exactly one of Dial and Listen is set.
type Config struct {
	Devices []source.Device // Address is the station's MN
	Dial    func(ctx context.Context) (stream.Conn, error)
	Listen  func() (net.Listener, error)
	// Tee connects to the platform that had the stations' bytes before; nil: the
	// stations are answered here.
	Tee  func(ctx context.Context) (net.Conn, error)
	Keys map[string][]hj212.Key // of encrypted content (2025), by device
	Boot func() uint64          // µs since the machine started
	Log  *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg     Config
	options hj212.Options
	seen    *seen
	// speakers are the stations, by the newest connection on which each spoke.
	speakers stream.Speakers[*session]

	mu       sync.Mutex
	stations map[string]*station // by MN
	unknown  map[string]bool     // MNs that were told of
}

// station is a configured device.
type station struct {
	source.Device
	keys  []hj212.Key
	notes map[string]bool // deviations that were told of
	sets  []*set          // messages of which parts are missing
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
		l.options.Keys = append(l.options.Keys, cfg.Keys[d.ID]...)
		l.stations[d.Address] = &station{Device: d, keys: cfg.Keys[d.ID], notes: map[string]bool{}}
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	bus := stream.Bus{Dial: l.cfg.Dial, Listen: l.cfg.Listen, Log: l.cfg.Log}
	bus.Run(ctx, func(ctx context.Context, c stream.Conn, dialledIn bool) error {
		return l.serve(ctx, c, out, dialledIn)
	}, func(why error) {
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, why)
		}
	})
	return nil
}

// errIdle ends a connection that says nothing.
var errIdle = errors.New("nothing came for too long")

// serve runs one connection to its end.
func (l *Link) serve(ctx context.Context, conn stream.Conn, out source.Sink, dialledIn bool) error {
	ctx, stop := context.WithCancel(ctx)
	s := &session{l: l, conn: conn, out: out, scan: hj212.NewScanner(l.options)}
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
	for _, id := range l.speakers.Leave(s) {
		s.out.Down(id, record.CauseBus, fmt.Errorf("the station's connection ended: %w", why))
	}
}

// station is a configured one.
func (l *Link) station(id string) *station {
	for _, x := range l.stations { // New alone changes them
		if x.ID == id {
			return x
		}
	}
	return nil
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
			l.speakers.Heard(x.ID, s)
		}
	case len(l.unknown) < 64 && !l.unknown[mn]:
		l.unknown[mn] = true
		l.cfg.Log.Warn("a station reports that the site file does not name; its packets are neither sealed nor answered", "station", mn, "remedy", fmt.Sprintf("add a device with station: %q", mn))
	}
	return x
}
