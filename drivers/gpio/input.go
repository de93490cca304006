package gpio

import (
	"fmt"
	"slices"
	"strings"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/record"
)

// Kind is what a line is.
type Kind string

// The kinds of lines.
const (
	Contact Kind = "contact" // 1 while it is active, else 0
	Counter Kind = "counter" // pulses; each begins when the line becomes active
)

// Pull is the bias that the gateway puts on a line.
type Pull string

// The biases.
const (
	PullNone Pull = "none" // as it was, or resistors outside
	PullUp   Pull = "up"
	PullDown Pull = "down"
)

// Alarm is the pair of events that a contact stands for.
type Alarm string

// The alarms.
const (
	AlarmNone     Alarm = "none"     // readings only
	AlarmOpened   Alarm = "opened"   // active: contact opened; inactive: contact closed
	AlarmMains    Alarm = "mains"    // active: mains lost; inactive: mains back
	AlarmTampered Alarm = "tampered" // active: tamper input; inactive: nothing
)

// MaxDebounce bounds the debounce time, in µs.
const MaxDebounce = 10_000_000

// Kinds, Pulls and Alarms are the words known.
var (
	Kinds  = []Kind{Contact, Counter}
	Pulls  = []Pull{PullNone, PullUp, PullDown}
	Alarms = []Alarm{AlarmNone, AlarmOpened, AlarmMains, AlarmTampered}
)

// Input is how a line is watched. It is the compiled form of an exchange.
type Input struct {
	Kind Kind
	// ActiveLow says that the line is active at the low level.
	ActiveLow bool
	Pull      Pull
	Debounce  uint64 // µs for which a level must hold before it counts
	Alarm     Alarm  // of a contact
}

// Append writes [kind, active low, pull, debounce, alarm].
func (in Input) Append(b []byte) []byte {
	b = cborx.AppendBool(cborx.AppendText(cborx.AppendArray(b, 5), string(in.Kind)), in.ActiveLow)
	b = cborx.AppendUint(cborx.AppendText(b, string(in.Pull)), in.Debounce)
	return cborx.AppendText(b, string(in.Alarm))
}

// ParseInput reads the compiled form.
func ParseInput(item []byte) (Input, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(5)
	in := Input{Kind: Kind(r.Text(16)), ActiveLow: r.Bool(), Pull: Pull(r.Text(16)), Debounce: r.Uint(), Alarm: Alarm(r.Text(16))}
	if err := r.Done(); err != nil {
		return Input{}, err
	}
	return in, in.Check()
}

// Check refuses what has no meaning.
func (in Input) Check() error {
	switch {
	case !slices.Contains(Kinds, in.Kind):
		return fmt.Errorf("kind %q is not known; write %s", in.Kind, words(Kinds))
	case !slices.Contains(Pulls, in.Pull):
		return fmt.Errorf("pull %q is not known; write %s", in.Pull, words(Pulls))
	case !slices.Contains(Alarms, in.Alarm):
		return fmt.Errorf("event %q is not known; write %s", in.Alarm, words(Alarms))
	case in.Kind == Counter && in.Alarm != AlarmNone:
		return fmt.Errorf("a counter has no events; leave event out")
	case in.Debounce > MaxDebounce:
		return fmt.Errorf("a debounce of %d µs is above %d", in.Debounce, MaxDebounce)
	}
	return nil
}

func words[T ~string](of []T) string {
	s := make([]string, len(of))
	for i, w := range of {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}

// Active says what a level of the line means.
func (in Input) Active(high bool) bool { return high != in.ActiveLow }

// Event is that of a contact becoming active or inactive; ok is false where it
// stands for none.
func (in Input) Event(active bool) (t record.EventType, ok bool) {
	switch in.Alarm {
	case AlarmOpened:
		t = record.EventClosed
		if active {
			t = record.EventOpened
		}
	case AlarmMains:
		t = record.EventMainsBack
		if active {
			t = record.EventMainsLost
		}
	case AlarmTampered:
		t = record.EventTampered
		if !active {
			return 0, false
		}
	}
	return t, t != 0
}

// Settler finds the levels that hold. Times are boot times in µs.
type Settler struct {
	Debounce uint64
	level    bool
	moved    bool
	last     uint64 // when it moved last
}

// Start takes the level that the line has at first.
func (s *Settler) Start(level bool) { s.level, s.moved = level, false }

// Edge notes that the line moved.
func (s *Settler) Edge(now uint64) { s.moved, s.last = true, now }

// Quiet reports whether the line has been left alone for the debounce time.
func (s *Settler) Quiet(now uint64) bool { return s.last == 0 || now-s.last >= s.Debounce }

// Moving reports whether the line has moved since its level last held, and for
// how long it must still be left alone.
func (s *Settler) Moving(now uint64) (left uint64, moving bool) {
	if !s.moved {
		return 0, false
	}
	if end := s.last + s.Debounce; end > now {
		return end - now, true
	}
	return 0, true
}

// Settle takes the level that the line has after it was left alone; changed says
// that it is another one than before.
func (s *Settler) Settle(level bool) (changed bool) {
	changed = level != s.level
	s.level, s.moved = level, false
	return changed
}

// Level is the last level that held.
func (s *Settler) Level() bool { return s.level }
