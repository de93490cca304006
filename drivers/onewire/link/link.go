package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	periph "periph.io/x/conn/v3/onewire"

	"fieldseal/drivers/onewire"
	"fieldseal/drivers/rounds"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

const (
	// Folder is where the kernel has its 1-wire devices.
	Folder = "/sys/bus/w1/devices"
	// Conversion is how long a chip measures at 12 bits: 750 ms (data sheet, table
	// 2) with a margin.
	Conversion = 800 * time.Millisecond

	// refused is after how many failed measurements on end, over all devices, a
	// bus is opened anew.
	refused = 3
)

// Config is one bus.
type Config struct {
	Devices []source.Device // Address is as the kernel's folder is called, such as "28-0316a2794aff"
	Path    string          // the folder of the kernel's devices; empty: Folder
	// Bus opens a bus that is driven here; nil: the kernel's files at Path.
	Bus  func() (periph.BusCloser, error)
	Boot func() uint64 // µs since the machine started
	Log  *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg   Config
	turns []*turn
	bad   int // failed measurements on end
}

// turn is one device on its schedule.
type turn struct {
	rounds.Turn
	device  *source.Device
	plan    *onewire.Map
	address onewire.Address
	down    bool // Down was said since its last answer
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	if cfg.Path == "" {
		cfg.Path = Folder
	}
	l := &Link{cfg: cfg}
	used := map[onewire.Address]string{}
	for i := range l.cfg.Devices {
		d := &l.cfg.Devices[i]
		m, err := onewire.Bind(d.Bound)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		a, err := onewire.ParseAddress(d.Address)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		if have, twice := used[a]; twice {
			return nil, fmt.Errorf("device %s: address %s is that of device %s", d.ID, d.Address, have)
		}
		used[a] = d.ID
		every := d.Cadence
		if every == 0 {
			every = d.Bound.Exchanges[0].Cadence
		}
		if every == 0 {
			return nil, fmt.Errorf("device %s: neither it nor profile %s has a cadence; give one", d.ID, d.Bound.ID)
		}
		l.turns = append(l.turns, &turn{device: d, plan: m, address: a, Turn: rounds.Turn{Every: time.Duration(every) * time.Microsecond}})
	}
	return l, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	if l.cfg.Bus == nil {
		// A file is opened at each turn, so nothing of the bus can be lost.
		_, err := l.serve(ctx, l.readFile, out)
		return err
	}
	wait := stream.NewWait()
	for ctx.Err() == nil {
		bus, err := l.cfg.Bus()
		if err == nil {
			var answered bool
			if answered, err = l.serve(ctx, func(ctx context.Context, t *turn) (*record.Frame, error) { return l.readBus(ctx, bus, t) }, out); answered {
				wait.Reset()
			}
			if e := bus.Close(); e != nil && ctx.Err() == nil {
				l.cfg.Log.Warn("the 1-wire bus was not closed cleanly", "error", e)
			}
		}
		if ctx.Err() != nil {
			break
		}
		l.cfg.Log.Warn("no 1-wire bus", "error", err)
		for _, t := range l.turns {
			t.down = true
			out.Down(t.device.ID, record.CauseBus, err)
		}
		wait.Pause(ctx)
	}
	return nil
}

// serve measures until ctx ends or, on a bus that is driven here, nothing answers
// any more.
func (l *Link) serve(ctx context.Context, read func(context.Context, *turn) (*record.Frame, error), out source.Sink) (answered bool, err error) {
	if len(l.turns) == 0 {
		<-ctx.Done()
		return false, nil
	}
	l.bad = 0
	rounds.Begin(l.turns)
	for {
		t, ok := rounds.Next(ctx, l.turns)
		if !ok {
			return answered, nil
		}
		f, err := read(ctx, t)
		if ctx.Err() != nil {
			return answered, nil
		}
		l.hand(t, f, err, out)
		t.Taken()
		if err == nil {
			answered, l.bad = true, 0
		} else if l.bad++; l.cfg.Bus != nil && l.bad >= max(refused, len(l.turns)) {
			return answered, err
		}
	}
}

// readFile reads the kernel's text; the kernel begins a conversion and waits for
// it, which takes most of a second and cannot be cut short.
func (l *Link) readFile(_ context.Context, t *turn) (*record.Frame, error) {
	f := &record.Frame{Device: t.device.ID, SentAt: l.cfg.Boot()}
	defer func() { f.RecvAt = l.cfg.Boot() }()
	name := filepath.Join(l.cfg.Path, t.device.Address, "w1_slave")
	file, err := os.Open(name)
	if err != nil {
		return f, fmt.Errorf("no thermometer %s: %w; check its wiring and that the kernel has the modules w1-gpio and w1-therm", t.device.Address, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, onewire.MaxText+1))
	if err == nil && len(text) == 0 {
		err = errEmpty
	}
	if err != nil {
		return f, fmt.Errorf("thermometer %s gives nothing: %w", t.device.Address, err)
	}
	f.Received = text
	return f, nil
}

var errEmpty = errors.New("the kernel's file is empty")

// readBus measures and reads the scratchpad.
func (l *Link) readBus(ctx context.Context, bus periph.Bus, t *turn) (*record.Frame, error) {
	f := &record.Frame{Device: t.device.ID, Sent: t.address.AppendSelect(nil, onewire.ReadScratchpad), SentAt: l.cfg.Boot()}
	defer func() { f.RecvAt = l.cfg.Boot() }()
	fail := func(err error) (*record.Frame, error) {
		return f, fmt.Errorf("thermometer %s does not answer: %w; check its wiring and address", t.device.Address, err)
	}
	if err := bus.Tx(t.address.AppendSelect(nil, onewire.ConvertT), nil, periph.StrongPullup); err != nil {
		return fail(err)
	}
	if !rounds.Pause(ctx, Conversion) {
		return f, ctx.Err()
	}
	reply := make([]byte, onewire.ScratchpadSize)
	if err := bus.Tx(f.Sent, reply, periph.WeakPullup); err != nil {
		return fail(err)
	}
	f.Received = reply
	return f, nil
}

// hand decodes and hands on; err says that no byte came.
func (l *Link) hand(t *turn, f *record.Frame, err error, out source.Sink) {
	m := source.Message{Device: t.device.ID, Frame: f, At: f.RecvAt}
	if err != nil {
		m.Failed, m.Cause, f.Outcome = true, record.CauseNoAnswer, record.OutcomeNoAnswer
		// Where the kernel has no file there are no bytes to seal, in either direction.
		if len(f.Sent) > 0 {
			out.Hear(m)
		}
		if !t.down {
			l.cfg.Log.Warn("no reading", "device", t.device.ID, "error", err)
			out.Down(t.device.ID, record.CauseNoAnswer, err)
			t.down = true
		}
		return
	}
	t.down = false
	m.Values, err = t.plan.Decode(&t.device.Device, f, nil)
	switch {
	case errors.Is(err, onewire.ErrCheck):
		f.Outcome, m.Failed, m.Cause = record.OutcomeCheck, true, record.CauseBus
	case err != nil && len(f.Received) < onewire.ScratchpadSize:
		f.Outcome, m.Failed, m.Cause = record.OutcomeTruncated, true, record.CauseBus
	case err != nil:
		f.Outcome, m.Failed, m.Cause = record.OutcomeForeign, true, record.CauseNoValue
	}
	if err != nil {
		m.Values = nil
		l.cfg.Log.Warn("a measurement has no value", "device", t.device.ID, "error", err)
	}
	out.Hear(m)
}
