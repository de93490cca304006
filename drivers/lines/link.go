package lines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/nmea"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/record"
)

// Answer is how long an instrument that is asked may take to print its line.
const Answer = 2 * time.Second

// Config is one bus. Exactly one of Dial and Listen is set.
type Config struct {
	// Devices are all of one protocol. Several share a bus only where their lines
	// tell whose they are, and none of them is asked.
	Devices []source.Device
	Dial    func(ctx context.Context) (stream.Conn, error)
	Listen  func() (net.Listener, error)
	Boot    func() uint64 // µs since the machine started
	Log     *slog.Logger
	// Pause and Answer are for tests; 0: the constants of these names.
	Pause, Answer time.Duration
}

// Link implements source.Source.
type Link struct {
	cfg      Config
	speakers []*speaker
	turns    []*turn // of the one device that is asked

	mu     sync.Mutex
	strays int                // lines of nobody, told of so far
	on     context.CancelFunc // ends the connection that is heard; nil: none
	number int                // of that connection
}

// speaker is a configured device.
type speaker struct {
	source.Device
	tongue tongue
}

// turn is one question with its schedule.
type turn struct {
	of       *speaker
	exchange int
	ask      []byte
	every    time.Duration
	due      time.Time
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	if cfg.Pause == 0 {
		cfg.Pause = Pause
	}
	if cfg.Answer == 0 {
		cfg.Answer = Answer
	}
	l := &Link{cfg: cfg}
	for _, d := range cfg.Devices {
		if err := l.add(d); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
	}
	switch {
	case len(l.speakers) == 0:
		return nil, errors.New("no device is on this bus; leave the bus out")
	case len(l.speakers) == 1:
		return l, nil
	case len(l.turns) > 0:
		return nil, fmt.Errorf("device %s is asked, and a bus has one such instrument; give each a bus of its own", l.turns[0].of.ID)
	}
	for _, s := range l.speakers {
		if !s.tongue.addressed() {
			return nil, fmt.Errorf("device %s: its lines do not tell whose they are, and %d devices are on the bus; give each a bus of its own", s.ID, len(l.speakers))
		}
	}
	return l, nil
}

func (l *Link) add(d source.Device) error {
	s := &speaker{Device: d}
	switch d.Bound.Protocol {
	case nmea.Protocol:
		m, err := nmea.Bind(d.Bound)
		if err != nil {
			return err
		}
		s.tongue = sentences{m}
	default:
		m, err := textline.Bind(d.Bound)
		if err != nil {
			return err
		}
		if err := m.CheckAddress(d.Address); err != nil {
			return err
		}
		s.tongue = printed{m, d.Address}
		for i := range m.Lines {
			if m.Lines[i].Ask == "" {
				continue
			}
			every := d.Cadence
			if every == 0 {
				every = d.Bound.Exchanges[i].Cadence
			}
			if every == 0 {
				return fmt.Errorf("line %d of profile %s is asked for and has no cadence; write every: in the profile or cadence: in the site file", i, d.Bound.ID)
			}
			l.turns = append(l.turns, &turn{of: s, exchange: i, ask: []byte(m.Lines[i].Ask), every: time.Duration(every) * time.Microsecond})
		}
	}
	l.speakers = append(l.speakers, s)
	return nil
}

// errReplaced ends a connection when a newer one of the same instrument comes.
var errReplaced = errors.New("the instrument dialled in again")

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	bus := stream.Bus{Dial: l.cfg.Dial, Listen: l.cfg.Listen, Log: l.cfg.Log}
	bus.Run(ctx, func(ctx context.Context, c stream.Conn, dialledIn bool) error {
		if !dialledIn {
			return l.serve(ctx, c, out, false)
		}
		return l.dialledIn(ctx, c, out)
	}, func(why error) { l.down(out, why) })
	return nil
}

// dialledIn serves one connection that an instrument opened. Where lines do not
// tell whose they are, the newest connection is the instrument's: an older one is
// what a network left behind, and two together would mix.
func (l *Link) dialledIn(ctx context.Context, c stream.Conn, out source.Sink) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if !l.speakers[0].tongue.addressed() {
		l.mu.Lock()
		if l.on != nil {
			l.on()
		}
		l.number++
		mine := l.number
		l.on = stop
		l.mu.Unlock()
		defer context.AfterFunc(ctx, func() { c.Close() })()
		err := l.serve(ctx, c, out, true)
		l.mu.Lock()
		last := l.number == mine
		if last {
			l.on = nil
		}
		l.mu.Unlock()
		if !last {
			return errReplaced
		}
		l.down(out, fmt.Errorf("the instrument's connection ended: %w", err))
		return err
	}
	// Its lines tell whose they are; silence is what the receiver books.
	return l.serve(ctx, c, out, true)
}

func (l *Link) down(out source.Sink, why error) {
	for _, s := range l.speakers {
		out.Down(s.ID, record.CauseBus, why)
	}
}

// stray tells of a line that is of no device, a few times.
func (l *Link) stray(line []byte, why error) {
	l.mu.Lock()
	l.strays++
	n := l.strays
	l.mu.Unlock()
	if n <= 8 {
		l.cfg.Log.Warn("a line that is of no device of the bus; it is not sealed", "line", fmt.Sprintf("%.40q", line), "reason", why)
	}
}
