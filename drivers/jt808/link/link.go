package link

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/jt808"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Limits of messages that come in parts.
const (
	// Together is how long the parts of one message may be apart.
	Together = 5 * time.Minute
	maxSets  = 4 // messages of one terminal that are incomplete
)

// Config is one port.
type Config struct {
	Devices []source.Device // Address is the terminal's phone number, as in its header
	Listen  func() (net.Listener, error)
	// Secret makes the authentication keys. Empty: a new one for each process, and
	// terminals must register again after a restart, as the protocol has them do.
	Secret []byte
	// Peek answers registrations though nobody keeps them, for a terminal that is not
	// registered shows nothing. Whoever only looks acknowledges no report all the same.
	Peek bool
	Boot func() uint64 // µs since the machine started
	Log  *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg Config
	// speakers are the terminals, by the newest connection on which each authenticated.
	speakers stream.Speakers[*session]

	mu        sync.Mutex
	terminals map[string]*terminal // by phone
	unknown   map[string]bool      // phones that were told of
	refused   uint64               // messages of unknown terminals
}

// terminal is a configured device.
type terminal struct {
	source.Device
	seen seen
	sets []*set
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	l := &Link{cfg: cfg, terminals: map[string]*terminal{}, unknown: map[string]bool{}}
	if len(l.cfg.Secret) == 0 {
		l.cfg.Secret = make([]byte, 32)
		if _, err := rand.Read(l.cfg.Secret); err != nil {
			return nil, fmt.Errorf("make the terminals' keys: %w", err)
		}
	}
	for _, d := range cfg.Devices {
		if _, err := jt808.Bind(d.Bound); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		l.terminals[d.Address] = &terminal{Device: d, seen: seen{have: map[[32]byte]bool{}}}
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	bus := stream.Bus{Listen: l.cfg.Listen, Log: l.cfg.Log}
	bus.Run(ctx, func(ctx context.Context, c stream.Conn, _ bool) error {
		s := &session{l: l, conn: c, out: out, allowed: map[*terminal]bool{}}
		err := s.read(ctx)
		l.leave(s, err)
		return err
	}, func(why error) {
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, why)
		}
	})
	return nil
}

// Refused is how many messages of terminals came that the site file does not name.
func (l *Link) Refused() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// key is a terminal's authentication key.
func (l *Link) key(phone string) string {
	h := hmac.New(sha256.New, l.cfg.Secret)
	h.Write([]byte(phone))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (l *Link) find(phone string) *terminal {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.terminals[phone]
	if x == nil {
		l.refused++
		if len(l.unknown) < 64 && !l.unknown[phone] {
			l.unknown[phone] = true
			l.cfg.Log.Warn("a terminal reports that the site file does not name; it is refused", "terminal", phone, "remedy", fmt.Sprintf("add a device with address: %q", phone))
		}
	}
	return x
}

// leave tells of the terminals that were last heard on a connection that ended.
func (l *Link) leave(s *session, why error) {
	for _, id := range l.speakers.Leave(s) {
		s.out.Down(id, record.CauseBus, fmt.Errorf("the terminal's connection ended: %w", why))
	}
}

// set is a message of which parts have come.
type set struct {
	parts  []*jt808.Message
	frames []*record.Frame
	began  time.Time
}

func (s *set) has(part uint16) bool {
	for _, p := range s.parts {
		if p.Part == part {
			return true
		}
	}
	return false
}

// gather adds a part, and gives back the frames that came before it once it
// completes a message. The link's lock is held.
func (x *terminal) gather(m *jt808.Message, sealed *record.Frame, now time.Time) (earlier []*record.Frame, lost error) {
	if m.Parts < 2 {
		return nil, nil
	}
	if m.Parts > jt808.MaxParts || m.Part == 0 || m.Part > m.Parts {
		return nil, fmt.Errorf("part %d of %d; at most %d are put together", m.Part, m.Parts, jt808.MaxParts)
	}
	kept := x.sets[:0]
	for _, s := range x.sets {
		if now.Sub(s.began) < Together {
			kept = append(kept, s)
		} else {
			lost = s.lost()
		}
	}
	x.sets = kept
	for i, s := range x.sets {
		if s.has(m.Part) || !jt808.SameMessage(s.parts[0], m) {
			continue
		}
		earlier = s.frames[:len(s.frames):len(s.frames)]
		s.parts, s.frames = append(s.parts, m), append(s.frames, sealed)
		if len(s.parts) < int(m.Parts) {
			return nil, lost
		}
		x.sets = append(x.sets[:i], x.sets[i+1:]...)
		return earlier, lost
	}
	if len(x.sets) == maxSets {
		lost = x.sets[0].lost()
		x.sets = x.sets[1:]
	}
	x.sets = append(x.sets, &set{parts: []*jt808.Message{m}, frames: []*record.Frame{sealed}, began: now})
	return nil, lost
}

func (s *set) lost() error {
	return fmt.Errorf("%d of %d parts of message %04X came; their frames are sealed, their values are not read", len(s.parts), s.parts[0].Parts, s.parts[0].ID)
}

// seen remembers messages, so that one that is sent again gives no second reading.
type seen struct {
	have map[[32]byte]bool
	ring [256][32]byte
	next int
}

func (s *seen) before(raw []byte) bool {
	k := sha256.Sum256(raw)
	if s.have[k] {
		return true
	}
	delete(s.have, s.ring[s.next])
	s.ring[s.next], s.have[k] = k, true
	s.next = (s.next + 1) % len(s.ring)
	return false
}
