package batching

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/agent/clock"
	"fieldseal/agent/sample"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Idle is after how long without records an empty batch is sealed.
const Idle = time.Minute

// Closed is a batch to be sealed.
type Closed struct {
	Builder     *batch.Builder
	First, Last int64 // Unix µs
	Clock       batch.Clock
	Reason      batch.CloseReason
	Tokens      []any          // of gaps given to Announce
	Kept        []func()       // to be called as soon as the batch is durable
	Alarms      []record.Event // of the batch: those that were raised or cleared, in their order
}

// KeptWithin is how long a batch stays open at most when an instrument waits for
// its acknowledgement, which is given only for what is durable.
const KeptWithin = 500 * time.Millisecond

// Config is what the collector is told.
type Config struct {
	Clock    *clock.Clock
	Interval time.Duration // that a batch with records stays open
	// Out takes closed batches. When it blocks, so does Take: the disk is behind,
	// and polls are missed and counted rather than kept in memory.
	Out chan<- Closed
	// OnTimed is called once, as soon as the wall clock can be used, and gives the
	// gaps that had to wait for it. It must not call the collector.
	OnTimed func(wall int64) []record.Gap
	Log     *slog.Logger
}

// Collector holds the open batch. It is safe for many goroutines.
type Collector struct {
	cfg Config

	mu      sync.Mutex
	b       *batch.Builder
	points  map[string]struct{}
	tokens  []any
	kept    []func()
	alarms  []record.Event
	awaited uint64                          // boot time of the first of them
	heard   map[*record.Frame]batch.FrameID // frames of the open batch that others may need; nil: none
	first   int64                           // wall time at which the batch opened
	opened  uint64                          // boot time of that
	quality batch.Clock
	timed   bool // OnTimed was called
	stopped bool
	beat    atomic.Uint64 // boot time of the newest turn of Run
}

// New opens the first batch.
func New(cfg Config) *Collector {
	c := &Collector{cfg: cfg, quality: cfg.Clock.Quality()}
	wall, boot := cfg.Clock.Now()
	c.open(wall, boot)
	c.beat.Store(boot)
	c.whenTimed(wall)
	return c
}

func (c *Collector) open(wall int64, boot uint64) {
	c.b, c.points, c.tokens, c.kept, c.alarms, c.heard = batch.NewBuilder(), map[string]struct{}{}, nil, nil, nil, nil
	c.first, c.opened = wall, boot
}

// close hands the open batch on and opens the next at the same instant.
func (c *Collector) close(reason batch.CloseReason, wall int64, boot uint64) {
	q := c.cfg.Clock.Quality()
	c.cfg.Out <- Closed{Builder: c.b, First: c.first, Last: max(wall, c.first), Clock: clock.Worse(c.quality, q), Reason: reason, Tokens: c.tokens, Kept: c.kept, Alarms: c.alarms}
	c.quality = q
	c.open(max(wall, c.first), boot)
}

// look takes note of what happened to the clock.
func (c *Collector) look() {
	step, ok := c.cfg.Clock.Check()
	if !ok {
		return
	}
	c.cfg.Log.Warn("the clock was set", "before", time.UnixMicro(step.Before).UTC(), "after", time.UnixMicro(step.After).UTC())
	c.close(batch.CloseClock, step.Before, step.Boot)
	c.first = max(step.After, 0)
	c.event(&record.Event{Type: record.EventClockSet, Time: c.first, Mono: step.Boot, Before: max(step.Before, 0), After: c.first}, batch.NoFrame)
	c.whenTimed(step.After)
}

func (c *Collector) whenTimed(wall int64) {
	if c.timed || wall < clock.Usable || c.cfg.OnTimed == nil {
		return
	}
	c.timed = true
	for _, g := range c.cfg.OnTimed(wall) {
		c.gap(&g)
	}
}

// Take implements sample.Sink.
func (c *Collector) Take(s *sample.Sample) (wall int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return c.cfg.Clock.At(s.Taken)
	}
	c.look()
	c.makeRoom(s)
	// A sample that was in hand while the batch before this one closed belongs to
	// the instant at which this one opened.
	wall = max(c.cfg.Clock.At(s.Taken), c.first)
	frame := batch.NoFrame
	whole := true
	if s.Frame != nil {
		var err error
		if frame, err = c.frame(s); err != nil {
			c.lost("frame", s.Frame.Device, err)
			whole = false
		}
	}
	for i := range s.Readings {
		x := &s.Readings[i]
		x.Time = wall
		if c.quality.Source == batch.ClockUnset {
			x.Marks = withMark(x.Marks, record.MarkClock)
		}
		if err := c.b.AddReading(x, frame); err != nil {
			c.lost("reading", x.Point, err)
			whole = false
			continue
		}
		c.points[x.Point] = struct{}{}
	}
	for i := range s.Events {
		s.Events[i].Time = wall
		c.event(&s.Events[i], frame)
	}
	for i := range s.Gaps {
		if s.Gaps[i].To == 0 {
			s.Gaps[i].To = wall
		}
		c.gap(&s.Gaps[i])
	}
	if s.Kept != nil && whole {
		if c.kept == nil {
			c.awaited = c.cfg.Clock.Boot()
		}
		c.kept = append(c.kept, s.Kept)
	}
	if s.Alarm {
		now, boot := c.cfg.Clock.Now()
		c.close(batch.CloseAlarm, now, boot)
	}
	return wall
}

// frame adds a sample's frame, and before it those that it needs and that this
// batch does not hold yet: whoever gets the batch can decode it alone.
func (c *Collector) frame(s *sample.Sample) (batch.FrameID, error) {
	if !s.Heard {
		return c.b.AddFrame(s.Frame)
	}
	if c.heard == nil {
		c.heard = map[*record.Frame]batch.FrameID{}
	}
	var earlier []batch.FrameID
	for _, f := range s.Earlier {
		id, have := c.heard[f]
		if !have {
			var err error
			if id, err = c.b.AddFrame(f); err != nil {
				return batch.NoFrame, err
			}
			c.heard[f] = id
		}
		earlier = append(earlier, id)
	}
	id, err := c.b.AddFrame(s.Frame, earlier...)
	if err == nil {
		c.heard[s.Frame] = id
	}
	return id, err
}

// makeRoom closes the batch if the sample might not fit whole: its readings name
// its frame by leaf, so they stay together.
func (c *Collector) makeRoom(s *sample.Sample) {
	const overhead = 160 // bytes of a record beside its texts, at most
	records := len(s.Readings) + len(s.Events) + len(s.Gaps) + 1
	bytes, fresh := overhead, 0
	for _, f := range append(s.Earlier[:len(s.Earlier):len(s.Earlier)], s.Frame) {
		if f != nil {
			bytes += overhead + len(f.Sent) + len(f.Received) + len(f.Opened) + len(f.Key) + len(f.Topic) + len(f.Bus) + len(f.Device)
		}
	}
	records += len(s.Earlier)
	bytes += 8 * len(s.Earlier)
	for i := range s.Readings {
		x := &s.Readings[i]
		bytes += overhead + 2*len(x.Point) + len(x.Unit) + len(x.Flag)
		if _, have := c.points[x.Point]; !have {
			fresh++
		}
	}
	for i := range s.Events {
		bytes += overhead + len(s.Events[i].Subject) + len(s.Events[i].Note)
	}
	for i := range s.Gaps {
		bytes += overhead
		for _, p := range s.Gaps[i].Points {
			bytes += len(p) + 3
		}
	}
	if c.b.Len() > 0 && (c.b.Size()+bytes > batch.MaxPayload || c.b.Len()+records+1 > batch.MaxRecords || len(c.points)+fresh > record.MaxPoints) {
		now, boot := c.cfg.Clock.Now()
		c.close(batch.CloseFull, now, boot)
	}
}

func (c *Collector) event(e *record.Event, frame batch.FrameID) {
	if err := c.b.AddEvent(e, frame); err != nil {
		c.lost(e.Type.String(), e.Subject, err)
		return
	}
	if e.Type == record.EventAlarmRaised || e.Type == record.EventAlarmCleared {
		c.alarms = append(c.alarms, *e)
	}
}

func (c *Collector) gap(g *record.Gap) {
	if err := c.b.AddGap(g); err != nil {
		c.lost("gap", "", err)
	}
}

// lost is reached only by a record that no batch could hold.
func (c *Collector) lost(what, of string, err error) {
	c.cfg.Log.Error("a record does not fit any batch", "record", what, "of", of, "error", err)
}

// Event adds an event of the gateway itself; its times are set here.
func (c *Collector) Event(e record.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	c.look()
	c.makeRoom(&sample.Sample{Events: []record.Event{e}})
	e.Time, e.Mono = c.cfg.Clock.Now()
	e.Time = max(e.Time, c.first)
	c.event(&e, batch.NoFrame)
}

// Announce adds a gap of the gateway itself; the token comes back with the batch
// that holds it.
func (c *Collector) Announce(g record.Gap, token any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	c.makeRoom(&sample.Sample{Gaps: []record.Gap{g}})
	c.gap(&g)
	c.tokens = append(c.tokens, token)
}

// Run closes batches by time until ctx ends.
func (c *Collector) Run(ctx context.Context) {
	turn := min(max(min(c.cfg.Interval, time.Second)/4, 20*time.Millisecond), 250*time.Millisecond)
	t := time.NewTicker(turn)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			c.turn(turn, n%4 == 0)
		}
	}
}

func (c *Collector) turn(turn time.Duration, quality bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	c.look()
	wall, boot := c.cfg.Clock.Now()
	c.beat.Store(boot)
	if quality && c.cfg.Clock.Quality().Source != c.quality.Source {
		c.close(batch.CloseClock, wall, boot)
		return
	}
	// Half a turn of grace: a batch of a second does not wait for the turn after.
	open := time.Duration(boot-c.opened)*time.Microsecond + turn/2
	switch {
	case c.b.Len() > 0 && open >= c.cfg.Interval,
		c.kept != nil && time.Duration(boot-c.awaited)*time.Microsecond+turn/2 >= KeptWithin:
		c.close(batch.CloseInterval, wall, boot)
	case c.b.Len() == 0 && open >= Idle:
		c.close(batch.CloseIdle, wall, boot)
	}
}

// Stop seals what is there and an event that says so; nothing is taken after it.
func (c *Collector) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	c.look()
	c.makeRoom(&sample.Sample{Events: make([]record.Event, 1)})
	wall, boot := c.cfg.Clock.Now()
	c.event(&record.Event{Type: record.EventStopping, Time: max(wall, 0), Mono: boot}, batch.NoFrame)
	c.close(batch.CloseStop, wall, boot)
	c.stopped = true
}

// Beat is the boot time at which Run last came round.
func (c *Collector) Beat() uint64 { return c.beat.Load() }

// withMark adds a mark in its place.
func withMark(marks []record.Mark, m record.Mark) []record.Mark {
	for i, x := range marks {
		if x == m {
			return marks
		}
		if x > m {
			return append(marks[:i:i], append([]record.Mark{m}, marks[i:]...)...)
		}
	}
	return append(marks, m)
}
