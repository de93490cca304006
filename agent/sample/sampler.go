package sample

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/agent/check"
	"fieldseal/agent/clock"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// GapEvery is how long a gap may grow before it is handed on as it stands.
const GapEvery = time.Minute

// Answer is how one exchange ended.
type Answer struct {
	Sent, Received []byte // Sent is empty when nothing was sent
	SentAt, RecvAt uint64 // µs since the machine started
	Outcome        record.Outcome
	Cause          record.Cause // why there is no value, unless Outcome is OK
	Values         []profile.Decoded
	Lost           bool // the device counts as lost after this exchange
	Cancelled      bool // the agent is stopping; nothing can be said
	Err            error
}

// Driver asks one device for one exchange.
type Driver interface {
	Ask(ctx context.Context) Answer
}

// Sample is what one exchange gave. Times of readings are zero: whoever takes
// the sample stamps them.
type Sample struct {
	Frame *record.Frame // nil when nothing was sent
	// Earlier are the frames that decoding Frame needs besides, and Kept is called
	// once all of the sample is durable, both only of what was Heard.
	Earlier  []*record.Frame
	Kept     func()
	Heard    bool // from an instrument that speaks by itself
	Readings []record.Reading
	Events   []record.Event
	Gaps     []record.Gap
	Taken    uint64 // boot time of the answer, µs
	Alarm    bool   // an alarm was raised or cleared: the batch closes at once
}

// Sink takes samples, in the order of their points' readings. It returns the
// wall time (Unix µs) that it gave to the sample's readings, and makes a gap
// whose To is 0 end there.
type Sink interface {
	Take(s *Sample) (wall int64)
}

// Presence is whether a device answers, shared by its exchanges.
type Presence struct {
	mu   sync.Mutex
	lost bool
}

// update tells whether this is news.
func (p *Presence) update(lost bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := p.lost != lost
	p.lost = lost
	return news
}

// Counters count polls of one sampler.
type Counters struct {
	Polls  uint64 // asked or due
	Missed uint64 // of these, without a reading of every point
	Late   uint64 // of these, never asked, for the line was not free in time
}

// Config is one exchange of one device.
type Config struct {
	Device   *profile.Device
	Profile  *profile.Profile
	Exchange uint32
	Cadence  time.Duration
	Phase    time.Duration // of the first poll after the start
	Driver   Driver
	Presence *Presence
	Board    *check.Board // of the gateway; nil: limits never pause
	// Standing are the alarms raised before the agent began, by "device/point".
	Standing map[string]decimal.D
	Sink     Sink
	Clock    *clock.Clock
	Log      *slog.Logger
}

// Sampler polls one exchange of one device. It is for one goroutine, except
// Counters.
type Sampler struct {
	Config
	points []point
	began  uint64        // boot time of Run
	newest atomic.Uint64 // boot time of the newest reading, or of Run

	mu       sync.Mutex
	counters Counters
}

// point is one point of the exchange.
type point struct {
	name  string // "device/name"
	short string
	unit  string
	check *check.Point
	last  int64 // wall time of the newest reading, sealed or not; 0: none yet
	hole  hole

	sealed uint64 // boot time of the newest reading that was handed on
	first  bool   // a reading was handed on
}

// New prepares a sampler.
func New(cfg Config) (*Sampler, error) {
	s := &Sampler{Config: cfg}
	for i := range cfg.Profile.Points {
		x := &cfg.Profile.Points[i]
		if x.Exchange != cfg.Exchange {
			continue
		}
		c, err := check.New(cfg.Profile, cfg.Device, x, cfg.Board)
		if err != nil {
			return nil, err
		}
		s.points = append(s.points, cfg.standing(point{name: cfg.Device.ID + "/" + x.Name, short: x.Name, unit: x.Unit, check: c}))
	}
	return s, nil
}

// standing takes up the alarm of a point that stood when the agent began.
func (c *Config) standing(p point) point {
	if l, ok := c.Standing[p.name]; ok {
		p.check.Stand(l)
	}
	return p
}

// Points are the names of the sampler's points.
func (s *Sampler) Points() []string {
	out := make([]string, len(s.points))
	for i := range s.points {
		out[i] = s.points[i].name
	}
	return out
}

// Counters is a snapshot.
func (s *Sampler) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counters
}

// Silence is for how long there has been no reading; 0 before Run.
func (s *Sampler) Silence() time.Duration {
	newest, now := s.newest.Load(), s.Clock.Boot()
	if newest == 0 || now < newest {
		return 0
	}
	return time.Duration(now-newest) * time.Microsecond
}

// Run polls until ctx ends, then hands on the gaps that are open. The schedule is
// absolute: a late poll does not move those after it, and polls whose time has
// passed are counted, not made up for.
func (s *Sampler) Run(ctx context.Context) {
	s.began = s.Clock.Boot()
	s.newest.Store(s.began)
	due := time.Now().Add(s.Phase)
	timer := time.NewTimer(s.Phase)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.stop()
			return
		case <-timer.C:
		}
		asked := s.Clock.Boot()
		a := s.Driver.Ask(ctx)
		if a.Cancelled {
			s.stop()
			return
		}
		// Polls that fell due while this one waited or was answered.
		late := uint64(max(0, time.Since(due)/s.Cadence))
		s.take(&a, asked, late)
		due = due.Add(time.Duration(late+1) * s.Cadence)
		timer.Reset(time.Until(due))
	}
}

// take turns an answer into a sample and hands it on.
func (s *Sampler) take(a *Answer, asked, late uint64) {
	out := &Sample{Taken: a.RecvAt}
	dev := s.Device
	if len(a.Sent) > 0 {
		out.Frame = &record.Frame{Bus: dev.Bus, Device: dev.ID, Sent: a.Sent, Received: a.Received, SentAt: a.SentAt, RecvAt: a.RecvAt, Outcome: a.Outcome, Path: dev.Path}
	}
	if s.Presence.update(a.Lost) {
		e := record.Event{Type: record.EventDeviceFound, Mono: a.RecvAt, Path: dev.Path, Subject: dev.ID}
		if a.Lost {
			e.Type = record.EventDeviceLost
		}
		if a.Err != nil {
			e.Note = clip(a.Err.Error())
		}
		out.Events = append(out.Events, e)
	}
	wall := s.Clock.At(a.RecvAt)
	timed := wall >= clock.Usable
	lateCause := record.CauseUnknown
	if a.SentAt > asked && a.SentAt-asked >= uint64(s.Cadence.Microseconds()) {
		lateCause = record.CauseBus // the request waited for the line
	}
	missed := false
	var read []*point
	if a.Outcome == record.OutcomeOK {
		out.Readings = make([]record.Reading, 0, len(a.Values))
	}
	next := 0
	for i := range s.points {
		p := &s.points[i]
		var v *profile.Decoded
		if a.Outcome == record.OutcomeOK {
			v, next = find(a.Values, next, p.short)
		}
		if late > 0 {
			s.miss(out, p, lateCause, late, wall, timed)
		}
		switch {
		case !timed:
			s.miss(out, p, record.CauseClock, 1, wall, timed)
			missed = true
		case v == nil:
			s.miss(out, p, a.Cause, 1, wall, timed)
			missed = true
		case v.Missing:
			s.miss(out, p, record.CauseNoValue, 1, wall, timed)
			missed = true
		default:
			s.read(out, p, v, a.RecvAt)
			read = append(read, p)
		}
	}
	s.mu.Lock()
	s.counters.Polls += 1 + late
	s.counters.Late += late
	s.counters.Missed += late
	if missed {
		s.counters.Missed++
	}
	s.mu.Unlock()
	out.Gaps = join(out.Gaps, a.RecvAt)
	if len(read) > 0 && !missed && len(out.Readings)+len(out.Events)+len(out.Gaps) == 0 {
		// All that it says was judged, and nothing of it is to be recorded yet.
		out.Frame = nil
	}
	for _, p := range read {
		p.last = wall
	}
	if len(read) > 0 {
		s.newest.Store(a.RecvAt)
	}
	if out.Frame == nil && len(out.Readings)+len(out.Events)+len(out.Gaps) == 0 {
		return
	}
	at := s.Sink.Take(out)
	for _, p := range read {
		p.last = at
	}
}

// due reports whether a reading is to be handed on: all of them without a
// recording interval, else the first, each at which something changes, the first
// after a gap, and one each interval, the shorter one while outside the limit.
func (s *Sampler) due(p *point, v *check.Verdict, at uint64) bool {
	every := s.Device.Record
	if every == 0 || !p.first || p.hole.open || v.Turned || v.Crossing != check.None || v.Pause != check.Unchanged {
		return true
	}
	if outside := s.Device.RecordOutside; v.Outside && outside > 0 {
		every = min(every, outside)
	}
	// The poll nearest to the interval's end is the one: an answer a millisecond
	// early must not put it off by a whole cadence.
	return at-p.sealed+uint64(s.Cadence.Microseconds())/2 >= every
}

// read judges a reading and adds it if it is due, with the alarm that it raised
// or cleared and the pause that began or ended; it ends the hole.
func (s *Sampler) read(out *Sample, p *point, v *profile.Decoded, at uint64) {
	var verdict check.Verdict
	if v.Backfilled {
		// It tells of another time: no alarm of now, and no rate between the two.
		verdict.Marks = []record.Mark{record.MarkBackfilled}
	} else {
		verdict = p.check.Check(v.Value, v.Flag, at)
		s.Board.Set(p.name, v.Value, at)
	}
	if v.Backfilled || s.due(p, &verdict, at) {
		out.Readings = append(out.Readings, record.Reading{Point: p.name, Unit: p.unit, Value: v.Value, Mono: at, Path: s.Device.Path, Flag: v.Flag, Marks: verdict.Marks, Instrument: v.Time})
		if !v.Backfilled {
			p.first, p.sealed = true, at
		}
	}
	if verdict.Pause != check.Unchanged {
		e := record.Event{Type: record.EventPaused, Mono: at, Path: s.Device.Path, Subject: p.name, Note: clip(verdict.Why)}
		if verdict.Pause == check.Resumed {
			e.Type = record.EventResumed
		}
		out.Events = append(out.Events, e)
	}
	if verdict.Crossing != check.None {
		e := record.Event{Type: record.EventAlarmRaised, Mono: at, Path: s.Device.Path, Subject: p.name, Value: &v.Value, Limit: &verdict.Limit}
		if verdict.Crossing == check.Cleared {
			e.Type = record.EventAlarmCleared
		}
		out.Events = append(out.Events, e)
		out.Alarm = true
	}
	if p.hole.open {
		out.Gaps = append(out.Gaps, p.hole.gap(p.name, s.from(p), 0))
		p.hole = hole{}
	}
}

// find looks for a point among decoded values, which come in the profile's order.
func find(values []profile.Decoded, from int, name string) (*profile.Decoded, int) {
	for i := from; i < len(values); i++ {
		if values[i].Point == name {
			return &values[i], i + 1
		}
	}
	return nil, from
}

func clip(s string) string {
	if len(s) > record.MaxNote {
		s = s[:record.MaxNote]
		for len(s) > 0 && s[len(s)-1]&0xc0 == 0x80 {
			s = s[:len(s)-1]
		}
		if len(s) > 0 && s[len(s)-1] >= 0xc0 {
			s = s[:len(s)-1]
		}
	}
	return s
}
