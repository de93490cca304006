package link

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/crane"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Pause is the silence after which what has come of a frame is given up.
const Pause = 10 * time.Second

// Config is one bus. Exactly one of Dial and Listen is set.
type Config struct {
	Devices []source.Device // Address is the box's id, 6 upper-case hexadecimal digits
	Dial    func(ctx context.Context) (stream.Conn, error)
	Listen  func() (net.Listener, error)
	Boot    func() uint64 // µs since the machine started
	Log     *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg Config
	// speakers are the boxes, by the newest connection on which each spoke.
	speakers stream.Speakers[*session]

	mu    sync.Mutex
	boxes map[string]*box // by id
	told  map[string]bool // unknown ids that were told of
}

type box struct {
	source.Device
	last [32]byte // digest of the newest frame with data
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	l := &Link{cfg: cfg, boxes: map[string]*box{}, told: map[string]bool{}}
	for _, d := range cfg.Devices {
		if _, err := crane.Bind(d.Bound); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		l.boxes[d.Address] = &box{Device: d}
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	bus := stream.Bus{Dial: l.cfg.Dial, Listen: l.cfg.Listen, Log: l.cfg.Log}
	bus.Run(ctx, func(ctx context.Context, c stream.Conn, dialledIn bool) error {
		s := &session{l: l, conn: c, out: out}
		err := s.read(ctx, dialledIn)
		if dialledIn {
			l.leave(s, err)
		}
		return err
	}, func(why error) {
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, why)
		}
	})
	return nil
}

// leave tells of the boxes that were last heard on a connection that ended.
func (l *Link) leave(s *session, why error) {
	for _, id := range l.speakers.Leave(s) {
		s.out.Down(id, record.CauseBus, fmt.Errorf("the black box's connection ended: %w", why))
	}
}

// find is the box of an id, now speaking on s; nil for one that the site file does not
// name, which is told once.
func (l *Link) find(id string, s *session) *box {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.boxes[id]
	switch {
	case x != nil:
		l.speakers.Heard(x.ID, s)
	case len(l.told) < 64 && !l.told[id]:
		l.told[id] = true
		l.cfg.Log.Warn("a black box reports that the site file does not name; its frames are not sealed", "box", id, "remedy", fmt.Sprintf("add a device with address: %q", id))
	}
	return x
}

// session is one connection, read by one goroutine.
type session struct {
	l     *Link
	conn  stream.Conn
	out   source.Sink
	split Splitter
	last  *box // the newest that spoke here
}

var errIdle = errors.New("nothing came for too long")

func (s *session) read(ctx context.Context, dialledIn bool) error {
	began := time.Now()
	heard := began
	b := make([]byte, 2048)
	for {
		n, err := s.conn.Read(b)
		now := time.Now()
		if n > 0 {
			heard = now
			frames, noise := s.split.Feed(b[:n])
			for _, x := range noise {
				s.damaged(x, record.OutcomeForeign)
			}
			for _, f := range frames {
				s.frame(f)
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.damaged(s.split.Drop(), record.OutcomeTruncated)
			return err
		case n == 0 && s.split.Waiting() > 0 && now.Sub(heard) > Pause:
			s.damaged(s.split.Drop(), record.OutcomeTruncated)
		case dialledIn && now.Sub(heard) > stream.Idle:
			return errIdle
		case dialledIn && s.last == nil && now.Sub(began) > stream.Introduce:
			return fmt.Errorf("no frame of a black box that the site file names: %w", errIdle)
		}
	}
}

// damaged seals bytes that are no frame, if it is known whose connection this is.
func (s *session) damaged(b []byte, o record.Outcome) {
	if s.last == nil || len(b) == 0 {
		return
	}
	at := s.l.cfg.Boot()
	s.out.Hear(source.Message{Device: s.last.ID, At: at, Failed: true, Cause: record.CauseBus,
		Frame: &record.Frame{Sent: []byte{}, Received: b[:min(len(b), record.MaxExchange)], SentAt: at, RecvAt: at, Outcome: o}})
}

func (s *session) frame(b []byte) {
	f, err := crane.Parse(b)
	if err != nil {
		s.damaged(b, record.OutcomeCheck)
		return
	}
	x := s.l.find(f.Device, s)
	if x == nil {
		return
	}
	s.last = x
	at := s.l.cfg.Boot()
	m := source.Message{Device: x.ID, At: at, Frame: &record.Frame{Bus: x.Bus, Device: x.ID, Path: x.Path, Sent: []byte{}, Received: b, SentAt: at, RecvAt: at}}
	digest := sha256.Sum256(b)
	if f.Data != nil && digest != x.last {
		x.last = digest
		if m.Values, err = (crane.Decoder{}).Decode(x.Bound, &x.Device.Device, m.Frame, nil); err != nil {
			m.Frame.Outcome, m.Failed, m.Cause = record.OutcomeCheck, true, record.CauseBus
			m.Values = nil
		}
	}
	s.out.Hear(m)
}
