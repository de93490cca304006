package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// EventType tells what happened. The number is signed; the list grows by version.
type EventType uint8

// The events.
const (
	EventStarted      EventType = 1  // the agent started: a new boot id
	EventStopping     EventType = 2  // the agent is stopping cleanly
	EventClockSet     EventType = 3  // the wall clock was set or stepped: Before, After
	EventDeviceLost   EventType = 4  // a device stopped answering
	EventDeviceFound  EventType = 5  // a lost device answers again
	EventAlarmRaised  EventType = 6  // a point left its limit: Value, Limit
	EventAlarmCleared EventType = 7  // a point is back within its limit: Value, Limit
	EventParameter    EventType = 8  // a parameter of an instrument or of the site file changed
	EventReplaced     EventType = 9  // an instrument was replaced
	EventMaintenance  EventType = 10 // maintenance began or ended
	EventCalibration  EventType = 11 // an instrument was calibrated
	EventOpened       EventType = 12 // a contact opened
	EventClosed       EventType = 13 // a contact closed
	EventOutput       EventType = 14 // a local output switched
	EventMainsLost    EventType = 15 // an input that senses mains reports its loss
	EventMainsBack    EventType = 16 // and its return
	// The instrument's own affairs, as seen in its frames.
	EventInstrumentClock EventType = 17 // an instrument's clock was set, or it was told to set it
	EventCommand         EventType = 18 // a command to an instrument was seen on its way
	EventDeviation       EventType = 19 // frames deviate from their protocol in a way that was let pass
	EventAreaLeft        EventType = 20 // a position lies outside the area that the site file allows
	EventAreaEntered     EventType = 21 // and inside again
	EventPaused          EventType = 22 // limits of a point are not judged while a pause lasts
	EventResumed         EventType = 23 // and are judged again
	EventTampered        EventType = 24 // an input that senses tampering reports it
	maxEvent                       = EventTampered
)

func (t EventType) String() string {
	if t == 0 || t > maxEvent {
		return fmt.Sprintf("event %d", uint8(t))
	}
	return [...]string{"", "agent started", "agent stopping", "clock set", "device lost", "device found", "alarm raised",
		"alarm cleared", "parameter changed", "instrument replaced", "maintenance", "calibration", "contact opened",
		"contact closed", "output switched", "mains lost", "mains back", "instrument clock set",
		"command to instrument", "protocol deviation", "outside its area", "inside its area", "limits paused", "limits resumed", "tamper input"}[t]
}

// Event is something that happened at the gateway or to an instrument, as observed.
type Event struct {
	Type    EventType
	Time    int64  // Unix µs
	Mono    uint64 // µs since the machine started
	Path    Path
	Subject string     // bus, device or point; empty for the gateway itself
	Value   *decimal.D // alarms: the reading; parameters: the new value
	Limit   *decimal.D // alarms: the limit that was passed
	Before  int64      // EventClockSet: the wall clock just before, Unix µs
	After   int64      // EventClockSet: the wall clock just after, Unix µs
	Note    string     // an observed fact in English, such as the software's version
	Frame   *FrameRef  // the exchange in which it was seen
}

// Kind is KindEvent.
func (*Event) Kind() Kind { return KindEvent }

// Append writes {1 type, 2 time, 3 monotonic, 4 path, 5 subject, 6 value, 7 limit,
// 8 before, 9 after, 10 note, 11 frame}; labels 5 to 11 are left out when empty,
// 8 and 9 stand together.
func (e *Event) Append(b []byte) []byte {
	n := 4
	for _, have := range [...]bool{e.Subject != "", e.Value != nil, e.Limit != nil, e.Note != "", e.Frame != nil} {
		if have {
			n++
		}
	}
	clock := e.Type == EventClockSet
	if clock {
		n += 2
	}
	b = cborx.AppendMap(b, n)
	b = cborx.AppendUint(cborx.AppendUint(b, 1), uint64(e.Type))
	b = cborx.AppendInt(cborx.AppendUint(b, 2), e.Time)
	b = cborx.AppendUint(cborx.AppendUint(b, 3), e.Mono)
	b = cborx.AppendUint(cborx.AppendUint(b, 4), uint64(e.Path))
	if e.Subject != "" {
		b = cborx.AppendText(cborx.AppendUint(b, 5), e.Subject)
	}
	if e.Value != nil {
		b = e.Value.Append(cborx.AppendUint(b, 6))
	}
	if e.Limit != nil {
		b = e.Limit.Append(cborx.AppendUint(b, 7))
	}
	if clock {
		b = cborx.AppendInt(cborx.AppendUint(b, 8), e.Before)
		b = cborx.AppendInt(cborx.AppendUint(b, 9), e.After)
	}
	if e.Note != "" {
		b = cborx.AppendText(cborx.AppendUint(b, 10), e.Note)
	}
	if e.Frame != nil {
		b = e.Frame.append(cborx.AppendUint(b, 11))
	}
	return b
}

func readEvent(r *cborx.Reader) *Event {
	e := &Event{}
	m := r.Fields(cborx.LabelRange(1, 11), cborx.LabelRange(1, 4))
	for m.Next() {
		switch m.Label {
		case 1:
			if e.Type = EventType(r.UintMax(uint64(maxEvent))); e.Type == 0 {
				r.Failf("event type 0 does not exist")
			}
		case 2:
			e.Time = readTime(r)
		case 3:
			e.Mono = r.Uint()
		case 4:
			e.Path = readPath(r)
		case 5:
			e.Subject = nonEmpty(r, MaxName)
		case 6:
			d := decimal.Read(r)
			e.Value = &d
		case 7:
			d := decimal.Read(r)
			e.Limit = &d
		case 8:
			e.Before = readTime(r)
		case 9:
			e.After = readTime(r)
		case 10:
			e.Note = nonEmpty(r, MaxNote)
		case 11:
			e.Frame = readFrameRef(r)
		}
	}
	if clock := e.Type == EventClockSet; m.Has(8) != clock || m.Has(9) != clock {
		r.Failf("labels 8 and 9 belong to a clock event, both of them")
	}
	return e
}
