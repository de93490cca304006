package alarm

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
)

// Alarm is an alarm for people and programs. Times are Unix µs.
type Alarm struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind" enum:"edge,gap,blind,log,chain"`
	Site     string   `json:"site"`    // empty, as the gateway: the notary itself
	Gateway  string   `json:"gateway"` // 32 hex digits
	Device   string   `json:"device"`  // empty: the whole gateway
	Point    string   `json:"point"`   // the one point where there is one
	Points   []string `json:"points"`  // empty: all of the device or gateway
	Value    string   `json:"value,omitempty"`
	Limit    string   `json:"limit,omitempty"`
	Cause    string   `json:"cause"`
	Raised   int64    `json:"raised" csv:"time"`
	Cleared  int64    `json:"cleared" csv:"time"` // 0: it stands
	Answered bool     `json:"answered"`           // somebody acknowledged it since it was last raised
	Times    int      `json:"times"`              // how often it was raised
	Steps    []Step   `json:"steps"`
}

// Step is a step of an alarm's life.
type Step struct {
	Step  string  `json:"step" enum:"raised,acknowledged,statement,cleared"`
	Time  int64   `json:"time" csv:"time"` // of the gateway's clock where it is a sealed record
	At    int64   `json:"at" csv:"time"`   // when the notary came to know
	By    string  `json:"by,omitempty"`
	Role  string  `json:"role,omitempty"`
	Note  string  `json:"note,omitempty"`
	Index *uint64 `json:"index,omitempty"` // log index; none: the log takes nothing yet
	Leaf  *uint32 `json:"leaf,omitempty"`  // of the sealed record
}

// Bounds of one alarm.
const (
	maxFacts  = 64  // sealed raises and clears that are kept apart; the first stays
	maxSealed = 100 // steps that are sealed records or the notary's own
	maxPeople = 200 // steps of people
)

// Reopen is within what time of its clearing an alarm that comes back is the same
// one, in µs.
const Reopen = 10 * 60 * second

const second = int64(1_000_000)

// fact is a sealed raise or clear.
type fact struct {
	Time  int64        `json:"t"`
	Raise bool         `json:"r"`
	Ref   coverage.Ref `json:"ref"`
}

// kept is a step with what people are not shown.
type kept struct {
	Step
	Request [32]byte `json:"request,omitempty"`
}

// entry is an alarm as it is kept.
type entry struct {
	ID       batch.ID            `json:"id"`
	Subject  subject             `json:"subject"`
	Kind     statement.AlarmKind `json:"kind"`
	Site     batch.ID            `json:"site"`
	Gateway  batch.ID            `json:"gateway"`
	Device   string              `json:"device"`
	Points   []string            `json:"points"`
	Value    string              `json:"value"`
	Limit    string              `json:"limit"`
	Cause    string              `json:"cause"`
	Raised   int64               `json:"raised"`
	Cleared  int64               `json:"cleared"`
	Answered bool                `json:"answered"`
	Times    int                 `json:"times"`
	Steps    []kept              `json:"steps"`
	Facts    []fact              `json:"facts,omitempty"`
	Missing  []string            `json:"missing,omitempty"` // points of a gap that do not read yet
	Ref      *coverage.Ref       `json:"ref,omitempty"`     // sealed record that raised it, or that says why
	Out      *outside            `json:"out,omitempty"`     // a limit's: how it was outside

	order []byte // key of its row in the order; nil: it has none yet
}

// subject is what an alarm is about: one that stands at a time.
type subject struct {
	Class   string   `json:"class"` // "limit", "area", …, "absence", or "notary"
	Gateway batch.ID `json:"gateway"`
	Name    string   `json:"name"` // point, device, or the notary's condition
}

// newID names an alarm by what it is about and the record or moment that raised it.
func newID(s subject, ref coverage.Ref, since int64) (id batch.ID) {
	b := append([]byte("fieldseal/alarm/v1\n"), s.Class...)
	b = append(append(append(b, '\n'), s.Gateway[:]...), s.Name...)
	b = binary.BigEndian.AppendUint64(append(b, '\n'), ref.Index)
	b = binary.BigEndian.AppendUint32(b, ref.Leaf)
	h := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(since)))
	copy(id[:], h[:])
	return id
}

func (e *entry) open() bool { return e.Cleared == 0 }

// until is when it was cleared; while it stands, the end of time.
func (e *entry) until() int64 {
	if e.open() {
		return 1 << 62
	}
	return e.Cleared
}

// step adds a step, and lets the oldest of those that are not people's go.
func (e *entry) step(s kept) {
	e.Steps = append(e.Steps, s)
	n, first := 0, -1
	for i, have := range e.Steps {
		if have.By == "" {
			if n++; n == 2 {
				first = i
			}
		}
	}
	if n > maxSealed {
		e.Steps = slices.Delete(e.Steps, first, first+1)
	}
}

func (e *entry) people() (n int) {
	for _, s := range e.Steps {
		if s.By != "" {
			n++
		}
	}
	return n
}

// point is the one point that an alarm is about; empty: several.
func (e *entry) point() string {
	if len(e.Points) == 1 {
		return e.Points[0]
	}
	return ""
}

// tell is the alarm for people.
func (e *entry) tell() Alarm {
	a := Alarm{ID: e.ID.String(), Kind: e.Kind.String(), Site: name(e.Site), Gateway: name(e.Gateway), Device: e.Device, Point: e.point(),
		Points: append([]string{}, e.Points...), Value: e.Value, Limit: e.Limit, Cause: e.Cause, Raised: e.Raised, Cleared: e.Cleared,
		Answered: e.Answered, Times: e.Times, Steps: make([]Step, len(e.Steps))}
	for i, s := range e.Steps {
		a.Steps[i] = s.Step
	}
	return a
}

func name(id batch.ID) string {
	if id == (batch.ID{}) {
		return ""
	}
	return id.String()
}
