package lamp

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/agent/sample"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// Retry is how long after a failed switch the next attempt comes.
const Retry = 2 * time.Second

// Subject of the lamp's events.
const Subject = "lamp"

// Output is what the lamp hangs on, such as a pin or an LED of the gateway.
type Output interface {
	Set(on bool) error
}

// Lamp is a sample.Sink that looks at samples on their way to the next sink.
type Lamp struct {
	out   Output
	next  sample.Sink
	event func(record.Event) // seals an event of the gateway
	log   *slog.Logger
	wake  chan struct{}

	mu     sync.Mutex
	stands map[string]bool // points whose alarm stands
	fault  error           // of the newest attempt; nil: none
}

// New makes a lamp before a sink; Run switches it. The alarms of the points given stand
// already.
func New(out Output, next sample.Sink, event func(record.Event), log *slog.Logger, standing ...string) *Lamp {
	l := &Lamp{out: out, next: next, event: event, log: log, wake: make(chan struct{}, 1), stands: map[string]bool{}}
	for _, p := range standing {
		l.stands[p] = true
	}
	return l
}

// Take implements sample.Sink.
func (l *Lamp) Take(s *sample.Sample) int64 {
	turned := false
	for i := range s.Events {
		switch e := &s.Events[i]; e.Type {
		case record.EventAlarmRaised:
			turned = true
			l.stand(e.Subject, true)
		case record.EventAlarmCleared:
			turned = true
			l.stand(e.Subject, false)
		}
	}
	if turned {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	return l.next.Take(s)
}

func (l *Lamp) stand(point string, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if on {
		l.stands[point] = true
	} else {
		delete(l.stands, point)
	}
}

// Fault is why the lamp could not be switched as it should be; nil: it is.
func (l *Lamp) Fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// Run switches the lamp until ctx ends; it begins dark, or lit if an alarm stands. At the end it stays as it
// is: an agent that stops clears no alarm.
func (l *Lamp) Run(ctx context.Context) {
	// Whoever seals may wait for room on the disk; the lamp must not.
	queue := make(chan record.Event, 64)
	defer close(queue)
	go func() {
		for e := range queue {
			l.event(e)
		}
	}()
	tell := func(e record.Event) {
		select {
		case queue <- e:
		default:
			l.log.Error("an event of the alarm lamp could not be sealed", "note", e.Note)
		}
	}
	var shown, told bool // told: the failure that lasts has its event
	known := false       // what the output shows
	retry := time.NewTimer(Retry)
	defer retry.Stop()
	for {
		l.mu.Lock()
		points := slices.Sorted(maps.Keys(l.stands))
		l.mu.Unlock()
		if on := len(points) > 0; !known || on != shown {
			err := l.out.Set(on)
			l.mu.Lock()
			l.fault = err
			l.mu.Unlock()
			switch {
			case err != nil:
				if !told {
					l.log.Error("the alarm lamp cannot be switched", "on", on, "error", err)
					tell(record.Event{Type: record.EventOutput, Path: record.PathAgent, Subject: Subject, Note: note("cannot be switched: " + err.Error())})
				}
				told = true
				retry.Reset(Retry)
			default:
				// The first dark is no news.
				if known || on || told {
					tell(switched(on, points))
				}
				shown, known, told = on, true, false
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-retry.C:
		}
	}
}

func switched(on bool, points []string) record.Event {
	value, text := decimal.New(0, 0), "off: no alarm stands"
	if on {
		value, text = decimal.New(1, 0), fmt.Sprintf("on: %s", strings.Join(points, ", "))
	}
	return record.Event{Type: record.EventOutput, Path: record.PathAgent, Subject: Subject, Value: &value, Note: note(text)}
}

// note keeps a text within an event's bound; ids of points are ASCII.
func note(s string) string {
	if len(s) > record.MaxNote {
		s = strings.ToValidUTF8(s[:record.MaxNote-3], "") + "..."
	}
	return s
}
