package link

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"fieldseal/drivers/gpio"
	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

const (
	// step is the longest wait for an edge, so that a stop is not held up.
	step = 200 * time.Millisecond
	// patience is how long beyond its time a reading is held back while the line
	// moves; then it is due and has no value.
	patience = time.Second

	reopenFirst, reopenMost = time.Second, time.Minute
)

// Pin is an input line. Close gives it back.
type Pin interface {
	Read() (high bool, err error)
	// Wait waits for an edge that has not been waited for yet, and tells which way
	// it went; edge is false when there was none in time.
	Wait(timeout time.Duration) (edge, rising bool, err error)
	Close()
}

// Config is one GPIO chip.
type Config struct {
	Chip    string          // such as gpiochip0; empty: found by the lines' names
	Devices []source.Device // Address is the line's name or number
	Boot    func() uint64   // µs since the machine started
	Log     *slog.Logger
	// Open opens a line with its bias, for a counter or a contact; nil: the kernel's.
	Open func(line string, pull periph.Pull, counts bool) (Pin, error)
}

// Link implements source.Source.
type Link struct {
	cfg   Config
	lines []*line
}

// line is one device.
type line struct {
	*Link
	device *source.Device
	plan   *gpio.Map
	pull   periph.Pull
	every  time.Duration
	active bool // as it was last known; false at first
	seen   bool // it has been read before
	// Of a counter, since the line was opened.
	total, interval uint64
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	l := &Link{cfg: cfg}
	if cfg.Open == nil {
		l.cfg.Open = func(line string, pull periph.Pull, counts bool) (Pin, error) {
			return watch(cfg.Chip, line, pull, counts)
		}
	}
	used := map[string]string{}
	for i := range l.cfg.Devices {
		d := &l.cfg.Devices[i]
		m, err := gpio.Bind(d.Bound)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		if d.Address == "" {
			return nil, fmt.Errorf("device %s: no line; write its name or number, such as GPIO17", d.ID)
		}
		if have, twice := used[d.Address]; twice {
			return nil, fmt.Errorf("device %s: line %s is that of device %s; give each its own", d.ID, d.Address, have)
		}
		used[d.Address] = d.ID
		every := d.Cadence
		if every == 0 {
			every = d.Bound.Exchanges[0].Cadence
		}
		if every == 0 {
			return nil, fmt.Errorf("device %s: neither it nor profile %s has a cadence; give one", d.ID, d.Bound.ID)
		}
		pull := map[gpio.Pull]periph.Pull{gpio.PullUp: periph.PullUp, gpio.PullDown: periph.PullDown, gpio.PullNone: periph.PullNoChange}[m.Input.Pull]
		l.lines = append(l.lines, &line{Link: l, device: d, plan: m, pull: pull, every: time.Duration(every) * time.Microsecond})
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	var all sync.WaitGroup
	for _, x := range l.lines {
		all.Go(func() { x.run(ctx, out) })
	}
	all.Wait()
	return nil
}

func (l *line) run(ctx context.Context, out source.Sink) {
	wait := reopenFirst
	for ctx.Err() == nil {
		began := time.Now()
		pin, err := l.cfg.Open(l.device.Address, l.pull, l.plan.Input.Kind == gpio.Counter)
		if err == nil {
			err = l.watch(ctx, pin, out)
			pin.Close()
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > reopenMost {
			wait = reopenFirst
		}
		err = fmt.Errorf("line %s: %w", l.device.Address, err)
		l.cfg.Log.Warn("a line cannot be read", "device", l.device.ID, "error", err)
		out.Down(l.device.ID, record.CauseBus, err)
		pause(ctx, wait/2+rand.N(wait/2))
		wait = min(2*wait, reopenMost)
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

// watch follows the line until ctx ends or it fails.
func (l *line) watch(ctx context.Context, pin Pin, out source.Sink) error {
	high, err := pin.Read()
	if err != nil {
		return err
	}
	s := gpio.Settler{Debounce: l.plan.Input.Debounce}
	s.Start(high)
	l.total, l.interval = 0, 0
	l.begin(l.plan.Input.Active(high), out)
	due := time.Now().Add(l.every)
	for ctx.Err() == nil {
		wait := min(step, time.Until(due))
		if left, moving := s.Moving(l.cfg.Boot()); moving {
			wait = min(step, time.Duration(left)*time.Microsecond)
		}
		edge, rising, err := pin.Wait(max(wait, time.Millisecond))
		if err != nil {
			return err
		}
		now := l.cfg.Boot()
		if edge {
			l.edge(rising, s.Quiet(now))
			s.Edge(now)
		}
		if left, moving := s.Moving(now); moving && left == 0 {
			if high, err = pin.Read(); err != nil {
				return err
			}
			if s.Settle(high) {
				l.settled(l.plan.Input.Active(high), now, out)
			}
		}
		if time.Now().Before(due) {
			continue
		}
		_, moving := s.Moving(now)
		if moving && time.Since(due) < patience {
			continue
		}
		if !moving {
			if high, err = pin.Read(); err != nil {
				return err
			}
			if high != s.Level() { // an edge that was not told yet
				s.Edge(now)
				continue
			}
		}
		l.tick(l.plan.Input.Active(s.Level()), moving, out)
		// A turn that came late is not made up for.
		if due = due.Add(l.every); due.Before(time.Now()) {
			due = time.Now().Add(l.every)
		}
	}
	return nil
}

// edge counts a pulse: the line becomes active after it has been quiet for the
// debounce time.
func (l *line) edge(rising, quiet bool) {
	if l.plan.Input.Kind == gpio.Counter && quiet && l.plan.Input.Active(rising) {
		l.total++
		l.interval++
	}
}

// begin tells what the line says when it is first read. Of what happened before
// only the state is known: that is told as an event if it is another one than was
// last known, and if it is active at the agent's start.
func (l *line) begin(active bool, out source.Sink) {
	now := l.cfg.Boot()
	if l.plan.Input.Kind == gpio.Counter {
		out.Hear(source.Message{Device: l.device.ID, At: now, Values: l.plan.Counts(0, 0, false)})
		return
	}
	m := source.Message{Device: l.device.ID, At: now, Values: l.plan.Contact(active, false)}
	if active != l.active {
		m.Events = l.event(active, "so when the agent began to watch the line")
		if l.seen {
			m.Events = l.event(active, "so when the line could be read again")
		}
	}
	l.active, l.seen = active, true
	out.Hear(m)
}

func (l *line) event(active bool, note string) []record.Event {
	t, ok := l.plan.Input.Event(active)
	if !ok {
		return nil
	}
	return []record.Event{{Type: t, Subject: l.plan.Alarmed(), Note: note}}
}

// settled takes a level that has held.
func (l *line) settled(active bool, now uint64, out source.Sink) {
	if l.plan.Input.Kind == gpio.Counter {
		return
	}
	l.active = active
	out.Hear(source.Message{Device: l.device.ID, At: now, Values: l.plan.Contact(active, false), Events: l.event(active, "")})
}

// tick tells what the line says though nothing happened, so that silence means
// something.
func (l *line) tick(active, moving bool, out source.Sink) {
	m := source.Message{Device: l.device.ID, At: l.cfg.Boot()}
	if l.plan.Input.Kind == gpio.Counter {
		m.Values = l.plan.Counts(l.interval, l.total, true)
		l.interval = 0
	} else {
		m.Values = l.plan.Contact(active, moving)
	}
	out.Hear(m)
}
