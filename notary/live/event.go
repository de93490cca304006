package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Kind tells what an event is about.
type Kind string

// The kinds of event.
const (
	Admission Kind = "admission" // a batch was admitted with its records
	State     Kind = "state"     // the log came further under a checkpoint or an anchor
	Alarm     Kind = "alarm"     // an alarm took a step
)

// Event is one step of the cursor.
type Event struct {
	ID    uint64 // from 1 on, without holes
	At    int64  // Unix µs, the notary's clock when it came to know
	Kind  Kind
	Index uint64 // Admission: log index of the batch
	State string // State: what every entry below Size is now
	Size  uint64

	Header  *batch.Signed  // Admission
	Payload *batch.Payload // Admission; nil if it was erased since
	Notice  *Notice        // Alarm

	late bool // its payload came after its header's turn

	once sync.Once
	text []byte
}

// row is an event as it is stored; content stands in the log.
type row struct {
	At    int64  `json:"t"`
	Index uint64 `json:"i,omitempty"`
	State string `json:"s,omitempty"`
	Size  uint64 `json:"n,omitempty"`
	Late  bool   `json:"l,omitempty"` // its payload came after its header's turn

	Notice *Notice `json:"a,omitempty"`
}

// Notice is what a step of an alarm tells, with what filters and rights ask about.
type Notice struct {
	Site    batch.ID        `json:"site"`    // zero: the notary itself
	Gateway batch.ID        `json:"gateway"` // zero: the notary itself
	Device  string          `json:"device,omitempty"`
	Points  []string        `json:"points,omitempty"` // none: every point of device or gateway
	Alarm   json.RawMessage `json:"alarm"`            // as it is after the step
	Step    json.RawMessage `json:"step"`
}

// Stepped is a step of an alarm for people and programs.
type Stepped struct {
	ID    uint64          `json:"id"`
	At    int64           `json:"at"`
	Alarm json.RawMessage `json:"alarm"`
	Step  json.RawMessage `json:"step"`
}

// Reading is a reading of an admission.
type Reading struct {
	Point string   `json:"point"`
	Value string   `json:"value"` // exact decimal
	Unit  string   `json:"unit"`
	Time  int64    `json:"time"` // Unix µs
	Index uint64   `json:"index"`
	Leaf  uint32   `json:"leaf"`
	Flag  string   `json:"flag,omitempty"`
	Marks []string `json:"marks"`
}

// Gap is a gap of an admission.
type Gap struct {
	Points []string `json:"points"` // none: every point of the gateway
	From   int64    `json:"from"`
	To     int64    `json:"to"`
	Cause  string   `json:"cause"`
	Leaf   uint32   `json:"leaf"`
}

// Happening is something that an agent observed.
type Happening struct {
	Type    string `json:"type"`
	Subject string `json:"subject,omitempty"`
	Time    int64  `json:"time"`
	Value   string `json:"value,omitempty"`
	Limit   string `json:"limit,omitempty"`
	Leaf    uint32 `json:"leaf"`
}

// Admitted is an admission for people and programs.
type Admitted struct {
	ID       uint64      `json:"id"`
	At       int64       `json:"at"`
	Index    uint64      `json:"index"`
	Site     batch.ID    `json:"site"`
	Gateway  batch.ID    `json:"gateway"`
	Boot     file.Boot   `json:"boot"`
	Seq      uint64      `json:"seq"`
	Readings []Reading   `json:"readings"`
	Gaps     []Gap       `json:"gaps"`
	Events   []Happening `json:"events"`
}

// Reached is a state event for people and programs.
type Reached struct {
	ID    uint64 `json:"id"`
	At    int64  `json:"at"`
	State string `json:"state"`
	Size  uint64 `json:"size"` // every entry below it is in this state
}

// Text is the event in JSON.
func (e *Event) Text() []byte {
	e.once.Do(func() { e.text = e.marshal(nil) })
	return e.text
}

// marshal leaves out the points that keep refuses; nil keeps all.
func (e *Event) marshal(keep func(point string) bool) []byte {
	var v any = Reached{e.ID, e.At, e.State, e.Size}
	switch e.Kind {
	case Admission:
		v = e.tell(keep)
	case Alarm:
		v = Stepped{e.ID, e.At, e.Notice.Alarm, e.Notice.Step}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}

func (e *Event) tell(keep func(point string) bool) Admitted {
	h := e.Header
	a := Admitted{ID: e.ID, At: e.At, Index: e.Index, Site: h.Site, Gateway: h.Gateway, Boot: file.Boot(h.Boot), Seq: h.Seq,
		Readings: []Reading{}, Gaps: []Gap{}, Events: []Happening{}}
	if e.Payload == nil {
		return a
	}
	for i, r := range e.Payload.Records {
		leaf := uint32(i)
		switch r := r.(type) {
		case *record.Reading:
			if keep == nil || keep(r.Point) {
				a.Readings = append(a.Readings, ReadingOf(r, e.Index, leaf))
			}
		case *record.Gap:
			if keep == nil || len(r.Points) == 0 || anyOf(r.Points, keep) {
				a.Gaps = append(a.Gaps, Gap{append([]string{}, r.Points...), r.From, r.To, r.Cause.String(), leaf})
			}
		case *record.Event:
			if keep == nil || keep(r.Subject) {
				x := Happening{Type: r.Type.String(), Subject: r.Subject, Time: r.Time, Leaf: leaf}
				if r.Value != nil {
					x.Value = r.Value.String()
				}
				if r.Limit != nil {
					x.Limit = r.Limit.String()
				}
				a.Events = append(a.Events, x)
			}
		}
	}
	return a
}

func anyOf(points []string, keep func(string) bool) bool {
	for _, p := range points {
		if keep(p) {
			return true
		}
	}
	return false
}

// ReadingOf is a reading as it is told.
func ReadingOf(r *record.Reading, index uint64, leaf uint32) Reading {
	marks := []string{}
	for _, m := range r.Marks {
		marks = append(marks, m.String())
	}
	return Reading{r.Point, r.Value.String(), r.Unit, r.Time, index, leaf, r.Flag, marks}
}

// load reads an admission's content from the log.
func (e *Event) load(l *log.Log) error {
	raw, err := l.Entry(e.Index)
	if err != nil {
		return fmt.Errorf("log entry %d: %w", e.Index, err)
	}
	if e.Header, err = batch.ParseHeader(raw); err != nil {
		return fmt.Errorf("log entry %d: %w", e.Index, err)
	}
	payload, err := l.Payload(e.Index)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		e.Payload, err = batch.ParsePayload(payload)
	}
	if err != nil {
		return fmt.Errorf("payload of log entry %d: %w", e.Index, err)
	}
	return nil
}
