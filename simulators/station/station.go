package station

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// Limits of a station.
const (
	// Answer is how long it waits for an acknowledgement, and Tries how often it sends
	// (HJ 212-2017, 7: 5 s, 3 times).
	Answer = 5 * time.Second
	Tries  = 3
	Memory = 10_000 // messages that wait to be acknowledged
	redial = 500 * time.Millisecond
)

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave, each of the next message.
const (
	BadCRC  Kind = iota + 1 // the CRC is wrong, once; it is sent again right
	Split                   // in as many packets as it has groups
	Garbage                 // bytes of a modem's chatter before it
	Twice                   // though it was acknowledged
	Late                    // sent after Delay
	Torn                    // cut off in its middle, once; it is sent again whole
)

// Fault is one misbehaviour.
type Fault struct {
	Kind  Kind
	Delay time.Duration
}

// Config is one station.
type Config struct {
	Device  *profile.Device // its address is the MN
	Profile *profile.Profile
	Value   number.Value
	System  string // ST; empty: 39, construction dust
	Key     []byte // SM4, 16 bytes: the content is encrypted as by the edition of 2025
	// Dial reaches whoever the station reports to; a line that is always there may be
	// given back each time. Reads may end with 0 bytes and no error.
	Dial func(ctx context.Context) (io.ReadWriteCloser, error)
	Now  func() time.Time
}

// Station is one station.
type Station struct {
	cfg     Config
	reports []report
	fields  []field

	mu    sync.Mutex
	queue []message
	more  chan struct{} // the queue has grown
	next  []Fault
	dead  bool
	cut   func() // ends the connection; nil: none
	away  bool   // nobody can be reached
	acked int
}

type message struct {
	packets  [][]byte
	requests []string // their QN
	fault    Fault
}

// New makes a station of a compiled profile.
func New(cfg Config) (*Station, error) {
	if cfg.System == "" {
		cfg.System = "39"
	}
	if cfg.Key != nil && len(cfg.Key) != 16 {
		return nil, fmt.Errorf("simulate %s: a key of %d bytes; SM4 takes 16", cfg.Device.ID, len(cfg.Key))
	}
	s := &Station{cfg: cfg, more: make(chan struct{}, 1)}
	for i, e := range cfg.Profile.Exchanges {
		x, err := readReport(i, e)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: message %d: %w", cfg.Device.ID, i, err)
		}
		if cfg.Device.Cadence > 0 {
			x.cadence = time.Duration(cfg.Device.Cadence) * time.Microsecond
		}
		if x.cadence > 0 {
			s.reports = append(s.reports, x)
		}
	}
	for i := range cfg.Profile.Points {
		f, err := readField(&cfg.Profile.Points[i])
		if err != nil {
			return nil, fmt.Errorf("simulate %s: point %s: %w", cfg.Device.ID, cfg.Profile.Points[i].Name, err)
		}
		s.fields = append(s.fields, f)
	}
	return s, nil
}

// Next makes the next messages misbehave, one each.
func (s *Station) Next(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, f...)
}

// SetAlive lets the station measure and report, or takes its power away.
func (s *Station) SetAlive(alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead = !alive; s.dead && s.cut != nil {
		s.cut()
	}
}

// SetReach cuts the station off from whoever it reports to, or lets it dial again. It
// goes on measuring.
func (s *Station) SetReach(reach bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away = !reach; s.away && s.cut != nil {
		s.cut()
	}
}

// Acknowledged is how many messages were.
func (s *Station) Acknowledged() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked
}

// Waiting is how many messages wait to be acknowledged.
func (s *Station) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Run measures and reports until ctx ends.
func (s *Station) Run(ctx context.Context) {
	// Switched on, it reports in the order of its profile.
	for _, r := range s.reports {
		s.put(r)
	}
	var all sync.WaitGroup
	for _, r := range s.reports {
		all.Go(func() { s.measure(ctx, r) })
	}
	for ctx.Err() == nil {
		// What ended a connection is for its other end to tell.
		_ = s.connect(ctx)
		pause(ctx, redial)
	}
	all.Wait()
}

func (s *Station) measure(ctx context.Context, r report) {
	tick := time.NewTicker(r.cadence)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.put(r)
		}
	}
}

func (s *Station) put(r report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return
	}
	var m message
	if len(s.next) > 0 {
		m.fault, s.next = s.next[0], s.next[1:]
	}
	var err error
	if m.packets, m.requests, err = s.packets(r, s.cfg.Now(), m.fault.Kind == Split); err != nil {
		return // a value beyond what a number can say: the station sends nothing
	}
	if s.queue = append(s.queue, m); len(s.queue) > Memory {
		s.queue = s.queue[1:]
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

var errCut = errors.New("cut")

func (s *Station) connect(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	if s.dead || s.away {
		s.mu.Unlock()
		return errCut
	}
	s.cut = stop
	s.mu.Unlock()
	c, err := s.cfg.Dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	answers := make(chan string, 16)
	go func() {
		defer stop()
		hear(ctx, c, answers)
	}()
	for {
		s.mu.Lock()
		var m *message
		if len(s.queue) > 0 {
			m = &s.queue[0]
		}
		s.mu.Unlock()
		if m == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-s.more:
			}
			continue
		}
		if err := s.send(ctx, c, *m, answers); err != nil {
			return err
		}
		s.mu.Lock()
		s.queue, s.acked = s.queue[1:], s.acked+1
		s.mu.Unlock()
	}
}

// send sends a message until each of its packets is acknowledged.
func (s *Station) send(ctx context.Context, c io.Writer, m message, answers <-chan string) error {
	if m.fault.Kind == Late {
		pause(ctx, m.fault.Delay)
	}
	for i, p := range m.packets {
		acknowledged := false
		for try := 0; try < Tries && !acknowledged; try++ {
			b := p
			switch {
			case m.fault.Kind == BadCRC && try == 0:
				b = append([]byte{}, p...)
				b[len(b)-3] ^= 1 // the last digit
			case m.fault.Kind == Garbage && try == 0:
				b = append([]byte("\r\nNO CARRIER\r\n"), p...)
			case m.fault.Kind == Torn && try == 0:
				b = p[:len(p)/2]
			case m.fault.Kind == Twice && try == 0:
				b = append(append([]byte{}, p...), p...)
			}
			if _, err := c.Write(b); err != nil {
				return err
			}
			acknowledged = await(ctx, answers, m.requests[i])
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if !acknowledged {
			return errors.New("not acknowledged")
		}
	}
	return nil
}

func await(ctx context.Context, answers <-chan string, qn string) bool {
	limit := time.NewTimer(Answer)
	defer limit.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-limit.C:
			return false
		case a := <-answers:
			if a == qn {
				return true
			}
		}
	}
}

// hear picks the acknowledgements out of what comes back.
func hear(ctx context.Context, c io.Reader, answers chan<- string) {
	var text string
	b := make([]byte, 1024)
	for ctx.Err() == nil {
		n, err := c.Read(b)
		text += string(b[:n])
		for {
			line, rest, ok := strings.Cut(text, "\r\n")
			if !ok {
				break
			}
			text = rest
			_, qn, ok := strings.Cut(line, "QN=")
			if qn, _, _ = strings.Cut(qn, ";"); ok && strings.Contains(line, ";CN=9014;") {
				select {
				case answers <- qn:
				case <-ctx.Done():
				}
			}
		}
		if err != nil || len(text) > 4096 {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
