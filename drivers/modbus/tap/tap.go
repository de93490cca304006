package tap

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Ear is a line that can only be listened to. Read waits a while; 0 bytes without an
// error mean that nothing came.
type Ear interface {
	Read(b []byte) (int, error)
	Close() error
}

// Config is one line.
type Config struct {
	Devices []source.Device // Address is the unit
	Open    func(ctx context.Context) (Ear, error)
	Boot    func() uint64 // µs since the machine started
	Log     *slog.Logger
}

// Tap implements source.Source.
type Tap struct {
	cfg   Config
	units map[byte]*slave
	told  map[string]bool
}

type slave struct {
	source.Device
	reads *registers.Map
}

var _ source.Source = (*Tap)(nil)

// New prepares a tap.
func New(cfg Config) (*Tap, error) {
	t := &Tap{cfg: cfg, units: map[byte]*slave{}, told: map[string]bool{}}
	for _, d := range cfg.Devices {
		m, err := registers.Bind(d.Bound)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		u, err := registers.Unit(registers.ProtocolRTU, d.Address)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		if have := t.units[u]; have != nil {
			return nil, fmt.Errorf("device %s: unit %d is device %s", d.ID, u, have.ID)
		}
		t.units[u] = &slave{d, m}
	}
	return t, nil
}

// Run implements source.Source.
func (t *Tap) Run(ctx context.Context, out source.Sink) error {
	wait := stream.NewWait()
	for ctx.Err() == nil {
		ear, err := t.cfg.Open(ctx)
		if err == nil {
			wait.Reset()
			err = t.listen(ctx, ear, out)
			ear.Close()
		}
		if ctx.Err() != nil {
			return nil
		}
		t.cfg.Log.Warn("the line cannot be listened to", "error", err)
		for _, d := range t.cfg.Devices {
			out.Down(d.ID, record.CauseBus, err)
		}
		wait.Pause(ctx)
	}
	return nil
}

func (t *Tap) listen(ctx context.Context, ear Ear, out source.Sink) error {
	var s Splitter
	b := make([]byte, modbus.MaxRTU)
	noise := time.Now()
	for ctx.Err() == nil {
		n, err := ear.Read(b)
		if err != nil {
			return err
		}
		now := t.cfg.Boot()
		var seen []Seen
		if n == 0 {
			seen = s.Idle(now)
		} else {
			seen = s.Feed(b[:n], now)
		}
		for i := range seen {
			t.hand(&seen[i], out)
		}
		if s.Noise > 0 && time.Since(noise) > time.Minute {
			t.cfg.Log.Debug("bytes on the line that are part of no exchange", "bytes", s.Noise)
			s.Noise, noise = 0, time.Now()
		}
	}
	return ctx.Err()
}

// hand hands on what was seen of a device that the site file names.
func (t *Tap) hand(x *Seen, out source.Sink) {
	d := t.units[x.Unit]
	if d == nil {
		t.tell(fmt.Sprintf("unit %d", x.Unit), "the line's master asks a unit that the site file does not name", "unit", x.Unit)
		return
	}
	m := source.Message{Device: d.ID, At: x.RecvAt, Frame: &record.Frame{Bus: d.Bus, Device: d.ID, Path: d.Path, Sent: x.Request, Received: x.Reply,
		SentAt: x.SentAt, RecvAt: x.RecvAt, Outcome: x.Outcome, Speaker: record.SpeakerMaster}}
	if m.Frame.Received == nil {
		m.Frame.Received = []byte{}
	}
	if x.Write {
		m.Events = []record.Event{{Type: record.EventParameter, Note: fmt.Sprintf("the line's master writes: function %d, address %d", x.Request[1], int(x.Request[2])<<8|int(x.Request[3]))}}
		out.Hear(m)
		return
	}
	if _, ok := d.reads.Exchange(x.Read); !ok {
		r := x.Read
		t.tell(fmt.Sprintf("%s %v", d.ID, r), "the line's master asks what the profile does not name; write the profile's reads as the master asks them", "device", d.ID,
			"function", r.Function, "address", r.Address, "count", r.Count)
		return
	}
	switch x.Outcome {
	case record.OutcomeOK:
		var err error
		if m.Values, err = (registers.RTU{}).Decode(d.Bound, &d.Device.Device, m.Frame, nil); err != nil {
			t.cfg.Log.Warn("a reply that cannot be decoded", "device", d.ID, "error", err)
			m.Frame.Outcome, m.Failed, m.Cause = record.OutcomeForeign, true, record.CauseBus
		}
	case record.OutcomeNoAnswer:
		m.Failed, m.Cause = true, record.CauseNoAnswer
	case record.OutcomeException:
		m.Failed, m.Cause = true, record.CauseNoValue
	default:
		m.Failed, m.Cause = true, record.CauseBus
	}
	out.Hear(m)
}

// tell logs a thing once.
func (t *Tap) tell(what, text string, args ...any) {
	if len(t.told) < 256 && !t.told[what] {
		t.told[what] = true
		t.cfg.Log.Warn(text, args...)
	}
}
