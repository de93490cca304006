package link

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"fieldseal/drivers/i2c"
	"fieldseal/drivers/rounds"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// refused is after how many failed measurements on end, over all devices, the
// bus is opened anew: a USB adapter that was pulled comes back as another file.
const refused = 3

// Config is one bus.
type Config struct {
	Path    string          // such as /dev/i2c-1; for Open, and for messages
	Devices []source.Device // Address is such as "0x44"
	Boot    func() uint64   // µs since the machine started
	Log     *slog.Logger
	// Open opens the bus; nil: the kernel's at Path.
	Open func() (periph.BusCloser, error)
}

// Link implements source.Source.
type Link struct {
	cfg   Config
	turns []*turn
	down  map[string]bool // devices that Down was said of since their last answer
	bad   int             // failed measurements on end
}

// turn is one exchange with one device, on its schedule.
type turn struct {
	rounds.Turn
	device  *source.Device
	plan    *i2c.Map
	command i2c.Command
	address uint16
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	l := &Link{cfg: cfg, down: map[string]bool{}}
	if cfg.Open == nil {
		bus, err := number(cfg.Path)
		if err != nil {
			return nil, err
		}
		l.cfg.Open = func() (periph.BusCloser, error) {
			b, err := sysfs.NewI2C(bus)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w; is the bus enabled, and may the agent's user write to it?", cfg.Path, err)
			}
			return b, nil
		}
	}
	at := map[uint16]string{}
	for i := range l.cfg.Devices {
		d := &l.cfg.Devices[i]
		m, err := i2c.Bind(d.Bound)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		a, err := i2c.ParseAddress(d.Address)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		if have, twice := at[a]; twice {
			return nil, fmt.Errorf("device %s: address %s is that of device %s; set one of the chips to its other address", d.ID, d.Address, have)
		}
		at[a] = d.ID
		for j, c := range m.Commands {
			every := d.Cadence
			if every == 0 {
				every = d.Bound.Exchanges[j].Cadence
			}
			if every == 0 {
				return nil, fmt.Errorf("device %s: neither it nor exchange %d of profile %s has a cadence; give one", d.ID, j, d.Bound.ID)
			}
			l.turns = append(l.turns, &turn{device: d, plan: m, command: c, address: a, Turn: rounds.Turn{Every: time.Duration(every) * time.Microsecond}})
		}
	}
	return l, nil
}

// number is the bus's number in the name of its file.
func number(path string) (int, error) {
	digits, ok := strings.CutPrefix(path, "/dev/i2c-")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no I2C bus; write it as /dev/i2c-1", path)
	}
	return n, nil
}

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	wait := stream.NewWait()
	for ctx.Err() == nil && len(l.turns) > 0 {
		bus, err := l.cfg.Open()
		if err == nil {
			var answered bool
			if answered, err = l.serve(ctx, bus, out); answered {
				wait.Reset()
			}
			if e := bus.Close(); e != nil && ctx.Err() == nil {
				l.cfg.Log.Warn("the I2C bus was not closed cleanly", "bus", l.cfg.Path, "error", e)
			}
		}
		if ctx.Err() != nil {
			break
		}
		l.cfg.Log.Warn("no I2C bus", "bus", l.cfg.Path, "error", err)
		for i := range l.cfg.Devices {
			out.Down(l.cfg.Devices[i].ID, record.CauseBus, err)
		}
		wait.Pause(ctx)
	}
	return nil
}

// serve measures until ctx ends or the bus gives nothing any more.
func (l *Link) serve(ctx context.Context, bus periph.Bus, out source.Sink) (answered bool, err error) {
	l.bad = 0
	rounds.Begin(l.turns)
	for {
		t, ok := rounds.Next(ctx, l.turns)
		if !ok {
			return answered, nil
		}
		err := l.measure(ctx, bus, t, out)
		if ctx.Err() != nil {
			return answered, nil
		}
		t.Taken()
		if err == nil {
			answered, l.bad = true, 0
		} else if l.bad++; l.bad >= max(refused, len(l.turns)) {
			return answered, err
		}
	}
}

// measure asks one device once and hands on what came. The error says that no
// byte came.
func (l *Link) measure(ctx context.Context, bus periph.Bus, t *turn, out source.Sink) error {
	f := &record.Frame{Device: t.device.ID, Sent: t.command.Bytes, SentAt: l.cfg.Boot()}
	reply := make([]byte, i2c.ReplySize)
	err := bus.Tx(t.address, t.command.Bytes, nil)
	if err == nil {
		// The chip does not acknowledge a read before it has measured.
		if !rounds.Pause(ctx, t.command.Wait) {
			return ctx.Err()
		}
		err = bus.Tx(t.address, nil, reply)
	}
	f.RecvAt = l.cfg.Boot()
	m := source.Message{Device: t.device.ID, Frame: f, At: f.RecvAt}
	if err != nil {
		// The kernel does not say how far a transfer came; none of it counts.
		f.Outcome, m.Failed, m.Cause = record.OutcomeNoAnswer, true, record.CauseNoAnswer
		if out.Hear(m); !l.down[t.device.ID] {
			l.down[t.device.ID] = true
			out.Down(t.device.ID, record.CauseNoAnswer, fmt.Errorf("chip %s at %s does not answer: %w; check its wiring and address", t.command.Chip, t.device.Address, err))
		}
		return err
	}
	delete(l.down, t.device.ID)
	f.Received = reply
	if err := i2c.Sound(reply); err != nil {
		f.Outcome, m.Failed, m.Cause = record.OutcomeCheck, true, record.CauseBus
		l.cfg.Log.Warn("a measurement came damaged", "device", t.device.ID, "error", err)
	} else if m.Values, err = t.plan.Decode(&t.device.Device, f, nil); err != nil {
		m.Values, m.Failed, m.Cause = nil, true, record.CauseUnknown
		l.cfg.Log.Error("a sound measurement has no value", "device", t.device.ID, "error", err)
	}
	out.Hear(m)
	return nil
}
