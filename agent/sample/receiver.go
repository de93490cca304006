package sample

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"fieldseal/agent/check"
	"fieldseal/agent/clock"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// ReceiverConfig is one device that speaks by itself.
type ReceiverConfig struct {
	Device  *profile.Device
	Profile *profile.Profile
	// Expect is the time from one reading of a point to the next; 0: the cadence of
	// the point's message in the profile, and where that is 0 too, nothing is
	// expected. A reading that is late by Grace is missing.
	Expect time.Duration
	Board  *check.Board // of the gateway; nil: limits never pause
	// Standing are the alarms raised before the agent began, by "device/point".
	Standing map[string]decimal.D
	Sink     Sink
	Clock    *clock.Clock
	Log      *slog.Logger
}

// Receiver turns what a device says by itself into samples. Its methods are safe
// for many goroutines.
type Receiver struct {
	mu     sync.Mutex
	s      *Sampler
	expect []time.Duration // by point
	heard  []uint64        // by point: boot time up to which all is accounted for
	area   *check.Area
	silent []bool       // by point: a reading is missing since the last
	cause  record.Cause // of the silence
}

// Grace is how late a report that is expected after e may be before it counts as
// missing: half of e, at most a minute. Stations keep their own time, and a message
// takes a while on its way.
func Grace(e time.Duration) time.Duration { return min(e/2, time.Minute) }

// NewReceiver prepares a receiver. Time without readings counts from now.
func NewReceiver(cfg ReceiverConfig) (*Receiver, error) {
	r := &Receiver{cause: record.CauseNoAnswer, s: &Sampler{
		Config: Config{Device: cfg.Device, Profile: cfg.Profile, Presence: &Presence{}, Board: cfg.Board, Standing: cfg.Standing, Sink: cfg.Sink, Clock: cfg.Clock, Log: cfg.Log},
		began:  cfg.Clock.Boot()}}
	r.area = check.NewArea(cfg.Device.Area)
	r.s.newest.Store(r.s.began)
	for i := range cfg.Profile.Points {
		x := &cfg.Profile.Points[i]
		c, err := check.New(cfg.Profile, cfg.Device, x, cfg.Board)
		if err != nil {
			return nil, err
		}
		expect := cfg.Expect
		if expect == 0 && int(x.Exchange) < len(cfg.Profile.Exchanges) {
			expect = time.Duration(cfg.Profile.Exchanges[x.Exchange].Cadence) * time.Microsecond
		}
		r.s.points = append(r.s.points, r.s.standing(point{name: cfg.Device.ID + "/" + x.Name, short: x.Name, unit: x.Unit, check: c}))
		r.expect, r.heard, r.silent = append(r.expect, expect), append(r.heard, r.s.began), append(r.silent, false)
	}
	return r, nil
}

// Run books silence until ctx ends, then hands on the gaps that are open.
func (r *Receiver) Run(ctx context.Context) {
	turn := time.Second
	for _, e := range r.expect {
		if e > 0 {
			turn = min(turn, max(e/4, 50*time.Millisecond))
		}
	}
	t := time.NewTicker(turn)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			r.mu.Lock()
			defer r.mu.Unlock()
			r.s.stop()
			return
		case <-t.C:
			r.silence()
		}
	}
}

// silence books the points from which a reading was due.
func (r *Receiver) silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	boot := r.s.Clock.Boot()
	wall := r.s.Clock.At(boot)
	out := &Sample{Taken: boot, Heard: true}
	silent, due := 0, 0
	for i := range r.s.points {
		e := uint64(r.expect[i].Microseconds())
		if e == 0 {
			continue
		}
		due++
		if r.overdue(out, i, r.cause, boot, wall) {
			silent++
		}
	}
	if due > 0 && silent == due {
		r.presence(out, true, boot, "nothing was heard in time")
	}
	r.hand(out, nil)
}

// overdue books the readings of a point that should have come by now, if there are any.
func (r *Receiver) overdue(out *Sample, i int, cause record.Cause, boot uint64, wall int64) bool {
	e := uint64(r.expect[i].Microseconds())
	if e == 0 || boot < r.heard[i] {
		return false
	}
	late := e
	if !r.silent[i] {
		late += uint64(Grace(r.expect[i]).Microseconds())
	}
	if boot-r.heard[i] <= late {
		return false
	}
	r.silent[i] = true
	polls := (boot - r.heard[i]) / e
	r.s.miss(out, &r.s.points[i], cause, polls, wall, wall >= clock.Usable)
	r.heard[i] += polls * e
	r.count(polls, polls)
	return true
}

func (r *Receiver) count(polls, missed uint64) {
	r.s.mu.Lock()
	r.s.counters.Polls += polls
	r.s.counters.Missed += missed
	r.s.mu.Unlock()
}

func (r *Receiver) presence(out *Sample, lost bool, boot uint64, note string) {
	if !r.s.Presence.update(lost) {
		return
	}
	e := record.Event{Type: record.EventDeviceFound, Mono: boot, Path: r.s.Device.Path, Subject: r.s.Device.ID}
	if lost {
		e.Type, e.Note = record.EventDeviceLost, clip(note)
	}
	out.Events = append(out.Events, e)
}

// Down notes that nothing can be heard, and why.
func (r *Receiver) Down(cause record.Cause, why error) {
	if errors.Is(why, context.Canceled) {
		return // the agent hung up itself, for it stops
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cause = cause
	boot := r.s.Clock.Boot()
	out := &Sample{Taken: boot, Heard: true}
	note := cause.String()
	if why != nil {
		note = why.Error()
	}
	r.presence(out, true, boot, note)
	r.hand(out, nil)
}

// Hear takes a message of the device. A message of a point that the profile does
// not have is a driver's mistake and gives an error in the log, no reading.
func (r *Receiver) Hear(m *source.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	dev := r.s.Device
	out := &Sample{Taken: m.At, Earlier: m.Earlier, Kept: m.Kept, Heard: true}
	for _, f := range append(m.Earlier[:len(m.Earlier):len(m.Earlier)], m.Frame) {
		if f != nil {
			f.Bus, f.Device, f.Path = dev.Bus, dev.ID, dev.Path
		}
	}
	out.Frame = m.Frame
	silence := r.cause
	// What the agent or a platform said tells nothing of the instrument.
	if m.Frame == nil || len(m.Frame.Received) > 0 {
		r.presence(out, false, m.At, "")
		r.cause = record.CauseNoAnswer
	}
	for _, e := range m.Events {
		e.Mono, e.Path = m.At, dev.Path
		if e.Subject == "" {
			e.Subject = dev.ID
		} else {
			e.Subject = dev.ID + "/" + e.Subject
		}
		e.Note = clip(e.Note)
		switch e.Type {
		case record.EventMainsLost, record.EventTampered, record.EventAreaLeft:
			out.Alarm = true // before whoever did it can do more
		}
		out.Events = append(out.Events, e)
	}
	wall := r.s.Clock.At(m.At)
	timed := wall >= clock.Usable
	var read []*point
	missed := false
	for i := range r.s.points {
		p := &r.s.points[i]
		values := 0
		for j := range m.Values {
			v := &m.Values[j]
			if v.Point != p.short {
				continue
			}
			if values++; values == 1 {
				r.overdue(out, i, silence, m.At, wall)
			}
			switch {
			case !timed:
				r.s.miss(out, p, record.CauseClock, 1, wall, timed)
				missed = true
			case v.Missing:
				r.s.miss(out, p, record.CauseNoValue, 1, wall, timed)
				missed = true
			default:
				r.s.read(out, p, v, m.At)
				read = append(read, p)
				p.last = wall // a value that is missing after it is a gap from here
			}
		}
		if values > 0 {
			r.heard[i], r.silent[i] = max(r.heard[i], m.At), false
		}
	}
	r.locate(out, m)
	if m.Failed {
		r.cause = m.Cause
	}
	if len(m.Values) > 0 {
		n := uint64(0)
		if missed {
			n = 1
		}
		r.count(1, n)
	}
	for _, v := range m.Values {
		if _, ok := r.s.Profile.Point(v.Point); !ok {
			r.s.Log.Error("a decoder gave a value of a point that the profile does not have", "device", dev.ID, "point", v.Point)
		}
	}
	if len(read) > 0 && !missed && len(out.Readings)+len(out.Events)+len(out.Gaps) == 0 {
		// All that it says was judged, and nothing of it is to be recorded yet.
		out.Frame, out.Earlier = nil, nil
		for _, p := range read {
			p.last = wall
		}
	}
	r.hand(out, read)
	if len(read) > 0 {
		r.s.newest.Store(m.At)
	}
}

// locate holds the positions of a message to the device's area, in the order in which
// they stand there. What was sent late tells nothing of where it is now.
func (r *Receiver) locate(out *Sample, m *source.Message) {
	for i := range m.Values {
		lat := &m.Values[i]
		if lat.Point != profile.Latitude || lat.Missing || lat.Backfilled {
			continue
		}
		for j := range m.Values {
			lon := &m.Values[j]
			if lon.Point != profile.Longitude || lon.Missing || lon.Time != lat.Time {
				continue
			}
			if e, ok := r.area.Fix(profile.Position{Lat: lat.Value, Lon: lon.Value}); ok {
				e.Mono, e.Path, e.Subject = m.At, r.s.Device.Path, r.s.Device.ID
				out.Alarm = out.Alarm || e.Type == record.EventAreaLeft
				out.Events = append(out.Events, e)
			}
		}
	}
}

// hand gives a sample on, if it holds anything.
func (r *Receiver) hand(out *Sample, read []*point) {
	out.Gaps = join(out.Gaps, out.Taken)
	if out.Frame == nil && len(out.Readings)+len(out.Events)+len(out.Gaps) == 0 {
		if out.Kept != nil {
			// Nothing is to be kept, so nothing can be lost.
			go out.Kept()
		}
		return
	}
	at := r.s.Sink.Take(out)
	for _, p := range read {
		if p.hole.open && p.hole.from == p.last {
			p.hole.from = at
		}
		p.last = at
	}
}

// Counters, Points and Silence are as a sampler's.
func (r *Receiver) Counters() Counters { return r.s.Counters() }

// Points are the names of the device's points.
func (r *Receiver) Points() []string { return r.s.Points() }

// Silence is for how long there has been no reading.
func (r *Receiver) Silence() time.Duration { return r.s.Silence() }

// Lost reports whether the device counts as lost.
func (r *Receiver) Lost() bool {
	r.s.Presence.mu.Lock()
	defer r.s.Presence.mu.Unlock()
	return r.s.Presence.lost
}

// Receivers is a source.Sink of several devices.
type Receivers map[string]*Receiver

var _ source.Sink = Receivers{}

// Hear implements source.Sink. A device that no receiver has is a link's mistake
// and is told in the log.
func (rs Receivers) Hear(m source.Message) {
	if r := rs[m.Device]; r != nil {
		r.Hear(&m)
		return
	}
	rs.stranger(m.Device)
}

// Down implements source.Sink.
func (rs Receivers) Down(device string, cause record.Cause, why error) {
	if r := rs[device]; r != nil {
		r.Down(cause, why)
		return
	}
	rs.stranger(device)
}

func (rs Receivers) stranger(device string) {
	for _, r := range rs {
		r.s.Log.Error("a link handed on a device that it was not given", "device", device)
		return
	}
}
