package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fieldseal/drivers/dlt645"
	"fieldseal/drivers/rounds"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Defaults, used where a Config leaves zero. A meter begins its answer within
// 500 ms (DL/T 645-2007, 6.3); radio and power-line bridges add to it.
const (
	DefaultTimeout = time.Second
	DefaultQuiet   = time.Second
)

const (
	// failures on end make a meter lost. From then on it is asked at probeFirst,
	// and ever more rarely up to probeMost, so that it does not hold up the others.
	failures              = 3
	probeFirst, probeMost = 10 * time.Second, 2 * time.Minute
)

// Config is one line.
type Config struct {
	Devices []source.Device // Address is the 12 digits on the meter's plate
	Dial    func(ctx context.Context) (stream.Conn, error)
	Boot    func() uint64 // µs since the machine started
	Log     *slog.Logger
	// Echo says that the adapter gives back what is sent.
	Echo bool
	// CharTime is one character on the wire; 0 where it is not known.
	CharTime time.Duration
	// Timeout is how long a meter may take to begin its answer, and to pause in it.
	Timeout time.Duration
	// Quiet is how long the line must be silent after a fault. It grows, up to
	// fourfold, when a meter is seen to be later.
	Quiet time.Duration
}

// Link implements source.Source.
type Link struct {
	cfg    Config
	meters []*meter
	turns  []*turn
}

// meter is a configured device.
type meter struct {
	source.Device
	plan    *dlt645.Map
	failed  int // exchanges on end
	lost    bool
	probeAt time.Time
	probeIn time.Duration
}

// turn is one identifier of a meter, on its schedule.
type turn struct {
	rounds.Turn
	of *meter
	di uint32
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Quiet <= 0 {
		cfg.Quiet = DefaultQuiet
	}
	if cfg.Dial == nil {
		return nil, errors.New("meters are asked and do not dial in; put them on a bus of kind serial or tcp")
	}
	l := &Link{cfg: cfg}
	for _, d := range cfg.Devices {
		m := &meter{Device: d}
		err := dlt645.CheckAddress(d.Address)
		if err == nil {
			m.plan, err = dlt645.Bind(d.Bound)
		}
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		for _, o := range l.meters {
			if o.Address == d.Address {
				return nil, fmt.Errorf("device %s: meter %s is device %s already; name each meter once", d.ID, d.Address, o.ID)
			}
		}
		for i, di := range m.plan.Reads {
			every := d.Cadence
			if every == 0 {
				every = d.Bound.Exchanges[i].Cadence
			}
			if every == 0 {
				return nil, fmt.Errorf("device %s: neither it nor message %d of profile %s has a cadence; write every: in the profile or cadence: in the site file", d.ID, i, d.Bound.ID)
			}
			l.turns = append(l.turns, &turn{of: m, di: di, Turn: rounds.Turn{Every: time.Duration(every) * time.Microsecond}})
		}
		l.meters = append(l.meters, m)
	}
	if len(l.turns) == 0 {
		return nil, errors.New("no meter is on this bus; leave the bus out")
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	bus := stream.Bus{Dial: l.cfg.Dial, Log: l.cfg.Log}
	bus.Run(ctx, func(ctx context.Context, c stream.Conn, _ bool) error {
		return l.serve(ctx, &line{conn: c, cfg: &l.cfg, dirty: true, window: l.cfg.Quiet, buf: make([]byte, 512)}, out)
	}, func(why error) {
		for _, m := range l.meters {
			out.Down(m.ID, record.CauseBus, why)
		}
	})
	return nil
}

// serve asks in turn until ctx ends or the line is lost.
func (l *Link) serve(ctx context.Context, w *line, out source.Sink) error {
	rounds.Begin(l.turns)
	for {
		t, ok := rounds.Next(ctx, l.turns)
		if !ok {
			return ctx.Err()
		}
		t.Taken()
		if err := l.read(ctx, w, t, out); err != nil {
			return err
		}
	}
}

// Due is when the turn comes: for a lost meter, not before its next probe.
func (t *turn) Due() time.Time {
	if at := t.Turn.Due(); !t.of.lost || at.After(t.of.probeAt) {
		return at
	}
	return t.of.probeAt
}

// read asks for one identifier, and for the rest of the answer while the meter
// says that there is more. The error says that the line is lost.
func (l *Link) read(ctx context.Context, w *line, t *turn, out source.Sink) error {
	var parts []*record.Frame
	for {
		request, err := t.request(byte(len(parts)))
		if err != nil {
			return err
		}
		a, lost := w.ask(ctx, request, t.of.Address, t.di)
		if lost != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		f := a.frame
		f.Bus, f.Device, f.Path = t.of.Bus, t.of.ID, t.of.Path
		if a.err == nil && a.reply.More() && len(parts) < dlt645.MaxParts-1 {
			parts = append(parts, f)
			continue
		}
		m := source.Message{Device: t.of.ID, Frame: f, Earlier: parts, At: f.RecvAt}
		if a.err == nil {
			m.Values, a.err = dlt645.Decoder{}.Decode(t.of.Bound, &t.of.Device.Device, f, parts)
			if a.err != nil {
				f.Outcome, a.cause = record.OutcomeForeign, record.CauseBus
			}
		} else if len(parts) > 0 {
			l.begun(t, parts[0], out)
			m.Earlier = nil
		}
		if a.err != nil {
			m.Values, m.Failed, m.Cause = nil, true, a.cause
			l.cfg.Log.Warn("a meter gave no value", "device", t.of.ID, "identifier", dlt645.Hex(t.di), "error", a.err)
		}
		out.Hear(m)
		l.book(t.of, a, out)
		return lost
	}
}

// begun hands on the first part of an answer whose rest did not come. A point that the
// part does not hold is not one for which the meter has no value: its gap has the cause
// for which the rest did not come.
func (l *Link) begun(t *turn, first *record.Frame, out source.Sink) {
	values, err := dlt645.Decoder{}.Decode(t.of.Bound, &t.of.Device.Device, first, nil)
	if err != nil {
		values = nil
	}
	held := values[:0:0]
	for _, v := range values {
		if !v.Missing {
			held = append(held, v)
		}
	}
	out.Hear(source.Message{Device: t.of.ID, Frame: first, At: first.RecvAt, Values: held})
}

// request is the question, or that for part seq of its answer.
func (t *turn) request(seq byte) ([]byte, error) {
	wake := []byte{0xFE, 0xFE, 0xFE, 0xFE} // 5.2.1
	if seq == 0 {
		return dlt645.AppendRead(wake, t.of.Address, t.di)
	}
	return dlt645.AppendReadMore(wake, t.of.Address, t.di, seq)
}

// book keeps account of whether a meter is there. One that refuses is.
func (l *Link) book(m *meter, a answer, out source.Sink) {
	if a.err == nil || a.frame.Outcome == record.OutcomeException {
		m.failed, m.lost, m.probeIn = 0, false, 0
		return
	}
	if m.failed++; m.failed < failures {
		return
	}
	m.probeIn = min(max(2*m.probeIn, probeFirst), probeMost)
	m.probeAt = time.Now().Add(m.probeIn)
	if !m.lost {
		m.lost = true
		out.Down(m.ID, a.cause, fmt.Errorf("meter %s: %w; check its wiring (A and B), its address and the line's rate", m.Address, a.err))
	}
}
