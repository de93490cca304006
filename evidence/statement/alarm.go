package statement

import (
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/record"
)

// Limits of an alarm step.
const (
	MaxAlarmPoints = 128     // points named one by one; more: the device or gateway as a whole
	MaxAlarmNote   = 4 << 10 // bytes of what somebody says
	MaxCause       = 512     // bytes of a cause
)

// Step is what happened to an alarm. The number is signed.
type Step uint8

// The steps of an alarm's life.
const (
	StepRaised       Step = 1
	StepAcknowledged Step = 2 // somebody has seen it
	StepStatement    Step = 3 // what somebody says about it
	StepCleared      Step = 4
	maxStep               = StepCleared
)

func (s Step) String() string {
	if s == 0 || s > maxStep {
		return fmt.Sprintf("step %d", uint8(s))
	}
	return [...]string{"", "raised", "acknowledged", "statement", "cleared"}[s]
}

// ByPerson reports whether somebody took the step, and not the notary by itself.
func (s Step) ByPerson() bool { return s == StepAcknowledged || s == StepStatement }

// AlarmKind is what an alarm is about. The number is signed.
type AlarmKind uint8

// The kinds of alarm.
const (
	AlarmEdge  AlarmKind = 1 // a point left its limit; raised and cleared in sealed events of the gateway
	AlarmGap   AlarmKind = 2 // no readings, as the gateway sealed with what it observed
	AlarmBlind AlarmKind = 3 // nothing came, as the notary observed
	AlarmLog   AlarmKind = 4 // the log stands still
	AlarmChain AlarmKind = 5 // anchoring stands still, or the chain is not the one it was
	maxAlarm             = AlarmChain
)

func (k AlarmKind) String() string {
	if k == 0 || k > maxAlarm {
		return fmt.Sprintf("alarm kind %d", uint8(k))
	}
	return [...]string{"", "edge", "gap", "blind", "log", "chain"}[k]
}

// Leaf names a record by the log index of its batch and its place there.
type Leaf struct {
	Index uint64
	Leaf  uint32
}

// AlarmStep is one step of an alarm's life as the notary recorded it, signed with
// the log's key. That the notary recorded it is all it proves: who stands in By is
// what the notary's accounts say.
type AlarmStep struct {
	Alarm   batch.ID // the same in every step of one alarm
	Step    Step
	Kind    AlarmKind
	Since   int64    // Unix µs; what the alarm is about began then
	Site    batch.ID // zero, as the gateway: the notary itself
	Gateway batch.ID
	Device  string   // empty: the whole gateway
	Points  []string // ascending; none: every point of the device
	Record  *Leaf    // the sealed record that raised or cleared it; nil: there is none
	Cause   string   // in English
	By      string   // account of the person; the two steps of people only
	Role    string   // of the account
	Note    string   // what the person says
	Request [32]byte // digest of the account and the request's idempotency key; zero: none
}

// Type is TypeAlarm.
func (*AlarmStep) Type() Type { return TypeAlarm }

// Concerns reports whether the step speaks of a point of a gateway.
func (a *AlarmStep) Concerns(g batch.ID, point string) bool {
	if a.Gateway != g {
		return false
	}
	for _, p := range a.Points {
		if p == point {
			return true
		}
	}
	return len(a.Points) == 0 && (a.Device == "" || len(point) > len(a.Device) && point[:len(a.Device)] == a.Device && point[len(a.Device)] == '/')
}

// append writes {1 alarm, 2 step, 3 kind, 4 since, 5 site, 6 gateway, 7 device,
// 8 points, 9 record, 10 cause, 11 by, 12 role, 13 note, 14 request}; from 5 on
// what is empty is left out.
func (a *AlarmStep) append(b []byte) []byte {
	zero, n := batch.ID{}, 4
	for _, have := range [...]bool{a.Site != zero, a.Gateway != zero, a.Device != "", len(a.Points) > 0, a.Record != nil,
		a.Cause != "", a.By != "", a.Role != "", a.Note != "", a.Request != [32]byte{}} {
		if have {
			n++
		}
	}
	b = cborx.AppendBytes(cborx.AppendUint(cborx.AppendMap(b, n), 1), a.Alarm[:])
	b = cborx.AppendUint(cborx.AppendUint(b, 2), uint64(a.Step))
	b = cborx.AppendUint(cborx.AppendUint(b, 3), uint64(a.Kind))
	b = cborx.AppendInt(cborx.AppendUint(b, 4), a.Since)
	if a.Site != zero {
		b = cborx.AppendBytes(cborx.AppendUint(b, 5), a.Site[:])
	}
	if a.Gateway != zero {
		b = cborx.AppendBytes(cborx.AppendUint(b, 6), a.Gateway[:])
	}
	text := func(label uint64, s string) {
		if s != "" {
			b = cborx.AppendText(cborx.AppendUint(b, label), s)
		}
	}
	text(7, a.Device)
	if len(a.Points) > 0 {
		b = cborx.AppendArray(cborx.AppendUint(b, 8), len(a.Points))
		for _, p := range a.Points {
			b = cborx.AppendText(b, p)
		}
	}
	if a.Record != nil {
		b = cborx.AppendArray(cborx.AppendUint(b, 9), 2)
		b = cborx.AppendUint(cborx.AppendUint(b, a.Record.Index), uint64(a.Record.Leaf))
	}
	text(10, a.Cause)
	text(11, a.By)
	text(12, a.Role)
	text(13, a.Note)
	if a.Request != [32]byte{} {
		b = cborx.AppendBytes(cborx.AppendUint(b, 14), a.Request[:])
	}
	return b
}

// some reads a text that would be left out if it were empty.
func some(r *cborx.Reader, limit int) string { return filled(r, limit, "is left out") }

// filled reads a text that is not empty; why says what is wrong with an empty one.
func filled(r *cborx.Reader, limit int, why string) string {
	s := r.Text(limit)
	if r.Err() == nil && s == "" {
		r.Failf("an empty text %s", why)
	}
	return s
}

// full reads bytes that would be left out if they were zero.
func full(r *cborx.Reader, out []byte) {
	copy(out, r.Fixed(len(out)))
	for _, x := range out {
		if x != 0 {
			return
		}
	}
	if r.Err() == nil {
		r.Failf("zero bytes are left out")
	}
}

func readAlarmStep(r *cborx.Reader) *AlarmStep {
	a := &AlarmStep{}
	m := r.Fields(cborx.LabelRange(1, 14), cborx.LabelRange(1, 4))
	for m.Next() {
		switch m.Label {
		case 1:
			copy(a.Alarm[:], r.Fixed(16))
		case 2:
			if a.Step = Step(r.UintMax(uint64(maxStep))); a.Step == 0 {
				r.Failf("step 0 does not exist")
			}
		case 3:
			if a.Kind = AlarmKind(r.UintMax(uint64(maxAlarm))); a.Kind == 0 {
				r.Failf("alarm kind 0 does not exist")
			}
		case 4:
			a.Since = r.Int()
		case 5:
			full(r, a.Site[:])
		case 6:
			full(r, a.Gateway[:])
		case 7:
			a.Device = some(r, record.MaxName)
		case 8:
			a.readPoints(r)
		case 9:
			r.ArrayOf(2)
			a.Record = &Leaf{r.Uint(), uint32(r.UintMax(batch.MaxRecords - 1))}
		case 10:
			a.Cause = some(r, MaxCause)
		case 11:
			a.By = some(r, MaxName)
		case 12:
			a.Role = some(r, MaxName)
		case 13:
			a.Note = some(r, MaxAlarmNote)
		case 14:
			full(r, a.Request[:])
		}
	}
	if r.Err() == nil && (a.By != "") != a.Step.ByPerson() {
		r.Failf("a step by a person names who took it, and no other does")
	}
	return a
}

func (a *AlarmStep) readPoints(r *cborx.Reader) {
	n := r.Array(MaxAlarmPoints)
	if r.Err() == nil && n == 0 {
		r.Failf("no point is left out")
	}
	for ; n > 0 && r.Err() == nil; n-- {
		p := some(r, record.MaxName)
		if l := len(a.Points); r.Err() == nil && l > 0 && a.Points[l-1] >= p {
			r.Failf("points are repeated or out of order at %q", p)
		}
		a.Points = append(a.Points, p)
	}
}
