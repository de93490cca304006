package vehicle

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// Limits of a terminal.
const (
	Answer  = 5 * time.Second // it waits for an acknowledgement
	Memory  = 5000            // reports that wait
	inBatch = 12              // of them in one upload
	redial  = 500 * time.Millisecond
)

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave, each of the next message; what is not acknowledged is sent
// again on another connection.
const (
	Garbage  Kind = iota + 1 // a message of something else before it
	BadCheck                 // its check is wrong
	Torn                     // its second half is missing
)

// Config is one terminal.
type Config struct {
	Device  *profile.Device // its address is the phone number of 12 digits
	Profile *profile.Profile
	Value   number.Value
	Dial    func(ctx context.Context) (net.Conn, error)
	Now     func() time.Time
	Every   time.Duration // between reports; 0: the device's cadence
}

// Vehicle is one terminal.
type Vehicle struct {
	cfg    Config
	phone  []byte
	places []place

	mu    sync.Mutex
	queue []waiting
	more  chan struct{}
	delay time.Duration
	next  []Kind
	dead  bool
	away  bool
	cut   func()
	key   []byte // of authentication; nil: not registered
	acked int
}

type waiting struct {
	body []byte
	made time.Time
}

// New makes a terminal of a compiled profile.
func New(cfg Config) (*Vehicle, error) {
	v := &Vehicle{cfg: cfg, more: make(chan struct{}, 1)}
	if cfg.Every <= 0 {
		v.cfg.Every = time.Duration(cfg.Device.Cadence) * time.Microsecond
	}
	if v.cfg.Every <= 0 {
		return nil, fmt.Errorf("simulate %s: it has no cadence", cfg.Device.ID)
	}
	var err error
	if v.phone, err = hex.DecodeString(cfg.Device.Address); err != nil || len(v.phone) != 6 {
		return nil, fmt.Errorf("simulate %s: %q is no phone number of 12 digits", cfg.Device.ID, cfg.Device.Address)
	}
	for i := range cfg.Profile.Points {
		p, err := readPlace(cfg.Profile.Points[i].Source)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: point %s: %w", cfg.Device.ID, cfg.Profile.Points[i].Name, err)
		}
		v.places = append(v.places, p)
	}
	return v, nil
}

// SetAlive lets the terminal measure and report, or takes its power away.
func (v *Vehicle) SetAlive(alive bool) { v.set(func() { v.dead = !alive }) }

// SetReach drives the truck out of reach of the network, or back. It goes on measuring.
func (v *Vehicle) SetReach(reach bool) { v.set(func() { v.away = !reach }) }

// Late delays the next report.
func (v *Vehicle) Late(delay time.Duration) { v.set(func() { v.delay = delay }) }

// Next makes the next messages misbehave, one each.
func (v *Vehicle) Next(k ...Kind) { v.set(func() { v.next = append(v.next, k...) }) }

func (v *Vehicle) set(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	if (v.dead || v.away) && v.cut != nil {
		v.cut()
	}
}

// Acknowledged is how many reports were; Waiting how many wait.
func (v *Vehicle) Acknowledged() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.acked
}

// Waiting is how many reports wait to be acknowledged.
func (v *Vehicle) Waiting() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.queue)
}

// Run drives until ctx ends.
func (v *Vehicle) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { v.measure(ctx) })
	for ctx.Err() == nil {
		// What ended a connection is for its other end to tell.
		_ = v.connect(ctx)
		pause(ctx, redial)
	}
}

func (v *Vehicle) measure(ctx context.Context) {
	tick := time.NewTicker(v.cfg.Every)
	defer tick.Stop()
	for {
		v.mu.Lock()
		if !v.dead {
			now := v.cfg.Now()
			if b, err := v.report(now); err == nil { // a value beyond what a number can say: nothing is sent
				if v.queue = append(v.queue, waiting{b, time.Now()}); len(v.queue) > Memory {
					v.queue = v.queue[1:]
				}
			}
		}
		v.mu.Unlock()
		select {
		case v.more <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

var errCut = errors.New("cut")

func (v *Vehicle) connect(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	v.mu.Lock()
	if v.dead || v.away {
		v.mu.Unlock()
		return errCut
	}
	v.cut = stop
	v.mu.Unlock()
	c, err := v.cfg.Dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	t := talk{v: v, c: c}
	if err := t.enter(); err != nil {
		return err
	}
	for {
		v.mu.Lock()
		n := len(v.queue)
		var late [][]byte
		for _, w := range v.queue[:min(n, inBatch)] {
			late = append(late, w.body)
		}
		delay := v.delay
		v.delay = 0
		v.mu.Unlock()
		pause(ctx, delay)
		switch {
		case n == 0:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-v.more:
			}
			continue
		case n == 1:
			err = t.ask(0x0200, late[0])
		default:
			err = t.ask(0x0704, batch(late))
		}
		if err != nil {
			return err
		}
		v.mu.Lock()
		v.queue, v.acked = v.queue[len(late):], v.acked+len(late)
		v.mu.Unlock()
	}
}

// talk is one connection.
type talk struct {
	v      *Vehicle
	c      net.Conn
	serial uint16
	buf    []byte
}

// enter registers if it has no key, and authenticates.
func (t *talk) enter() error {
	v := t.v
	if v.key == nil {
		id, body, err := t.exchange(0x0100, register(v.cfg.Device.ID))
		if err != nil {
			return err
		}
		if id != 0x8100 || len(body) < 3 || body[2] != 0 {
			return errors.New("not registered")
		}
		v.key = body[3:]
	}
	if err := t.ask(0x0102, v.key); err != nil {
		v.key = nil // it registers again
		return err
	}
	return nil
}

// ask sends a message and waits until it is acknowledged.
func (t *talk) ask(id uint16, body []byte) error {
	got, answer, err := t.exchange(id, body)
	if err != nil {
		return err
	}
	if got != 0x8001 || len(answer) != 5 || answer[4] != 0 {
		return fmt.Errorf("message %04X is answered by %04X %x", id, got, answer)
	}
	return nil
}

// exchange sends a message and gives the answer that names its serial number.
func (t *talk) exchange(id uint16, body []byte) (uint16, []byte, error) {
	t.serial++
	if err := t.c.SetDeadline(time.Now().Add(Answer)); err != nil {
		return 0, nil, err
	}
	if _, err := t.c.Write(t.v.spoilt(t.v.message(id, t.serial, body))); err != nil {
		return 0, nil, err
	}
	for {
		m, err := t.read()
		if err != nil {
			return 0, nil, err
		}
		if len(m) < 15 { // header of 12, serial, check
			continue
		}
		got, answer := binary.BigEndian.Uint16(m), m[12:len(m)-1]
		if (got == 0x8001 || got == 0x8100) && binary.BigEndian.Uint16(answer) == t.serial {
			return got, answer, nil
		}
	}
}

// spoilt is a message as it goes out.
func (v *Vehicle) spoilt(m []byte) []byte {
	var k Kind
	v.mu.Lock()
	if len(v.next) > 0 {
		k, v.next = v.next[0], v.next[1:]
	}
	v.mu.Unlock()
	switch k {
	case Garbage:
		return append([]byte{0x7E, 0x7D, 0x03, 'A', 'T', '\r', 0x7E}, m...)
	case BadCheck:
		m[len(m)-2] ^= 0x40 // an escape may stand there: then it is none any more
	case Torn:
		m = m[:len(m)/2]
	}
	return m
}

// read gives the next message without its flags and escapes.
func (t *talk) read() ([]byte, error) {
	b := make([]byte, 512)
	for {
		if i := bytes.IndexByte(t.buf, 0x7E); i >= 0 {
			if n := bytes.IndexByte(t.buf[i+1:], 0x7E); n >= 0 {
				m := t.buf[i+1 : i+1+n]
				t.buf = t.buf[i+n+1:]
				if n == 0 {
					continue
				}
				t.buf = t.buf[1:]
				m = bytes.ReplaceAll(m, []byte{0x7D, 0x02}, []byte{0x7E})
				return bytes.ReplaceAll(m, []byte{0x7D, 0x01}, []byte{0x7D}), nil
			}
		}
		n, err := t.c.Read(b)
		t.buf = append(t.buf, b[:n]...)
		if err != nil {
			return nil, err
		}
	}
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
