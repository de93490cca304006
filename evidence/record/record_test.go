package record

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

const at = 1_772_359_200_000_000

func d(m int64, s uint8) *decimal.D { x := decimal.New(m, s); return &x }

// samples are bodies with every label and with none of the optional ones.
func samples() []Body {
	boot := BootID{1, 2, 3}
	return []Body{
		&Contents{},
		&Contents{Points: []PointRun{{"a/x", Run{1, 2}}, {"a/y", Run{3, 1}}}, Kinds: []KindRun{{KindFrame, Run{4, 1}}, {KindGap, Run{5, 7}}}},
		&Reading{Point: "dust-1/pm10", Value: decimal.New(-105, 1), Time: at, Mono: 7, Path: PathSerial},
		&Reading{Point: "dust-1/pm10", Unit: "ug/m3", Value: decimal.New(42, 0), Time: at, Mono: 1 << 40, Path: PathPublic,
			Frame: &FrameRef{Leaf: 3, Batch: &BatchRef{boot, 9}}, Flag: "N", Marks: []Mark{MarkRange, MarkLimit}},
		&Reading{Point: "a/b", Value: decimal.New(1, 18), Time: at, Frame: &FrameRef{Leaf: 3}},
		&Frame{Bus: "a", Device: "dust-1", Sent: []byte{1, 3, 0, 0, 0, 1}, Received: []byte{1, 3, 2, 0, 9}, SentAt: 1, RecvAt: 2, Outcome: OutcomeSurplus, Path: PathSerial,
			Earlier: []FrameRef{{Leaf: 1}, {Leaf: 2, Batch: &BatchRef{boot, 1}}}},
		&Frame{Bus: "a", Device: "b", Sent: []byte{}, Received: []byte{}, Outcome: OutcomeNoAnswer},
		&Frame{Bus: "a", Device: "b", Sent: []byte{1}, Received: []byte{}, Opened: []byte("CP=&&&&"), Key: "north-2026", Topic: "site/fridge-1", Speaker: SpeakerPlatform},
		&Reading{Point: "a/b", Value: decimal.New(1, 0), Time: at, Flag: "N", Marks: []Mark{MarkBackfilled}, Instrument: at - 7_200_000_000},
		&Event{Type: EventTampered, Time: at, Mono: 1, Path: PathLocal, Subject: "box-1"},
		&Event{Type: EventStarted, Time: at, Mono: 1, Note: "fieldseal-agent 1"},
		&Event{Type: EventClockSet, Time: at, Mono: 1, Before: at, After: at + 5},
		&Event{Type: EventAlarmRaised, Time: at, Mono: 1, Path: PathSerial, Subject: "dust-1/pm10", Value: d(1605, 1), Limit: d(150, 0), Frame: &FrameRef{Leaf: 8}},
		&Gap{From: at, To: at + 1, Cause: CauseMachine, Mono: 1},
		&Gap{Points: []string{"a/x", "a/y"}, From: at, To: at, Cause: CauseJournal, Mono: 1, Missed: 3, Lost: &LostRun{boot, 2, 5}},
	}
}

func TestEveryBodyReadsBackAndAJudgeAgrees(t *testing.T) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range samples() {
		b := want.Append(nil)
		got, err := Parse(want.Kind(), b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %+v, want %+v, %v", want.Kind(), got, want, err)
			continue
		}
		var any any
		if err := cbor.Unmarshal(b, &any); err != nil {
			t.Fatal(err)
		}
		if back, err := enc.Marshal(any); err != nil || !bytes.Equal(back, b) {
			t.Errorf("%v: fxamacker/cbor writes %x, we %x", want.Kind(), back, b)
		}
		for other := KindContents; other <= KindGap+1; other++ {
			if other != want.Kind() {
				if _, err := Parse(other, b); err == nil {
					t.Errorf("%v read as %v", want.Kind(), other)
				}
			}
		}
	}
}

// TestAReadingIsSenML: another reader of RFC 8428 finds its labels.
func TestAReadingIsSenML(t *testing.T) {
	x := samples()[3].(*Reading)
	var m struct {
		N string   `cbor:"0,keyasint"`
		U string   `cbor:"1,keyasint"`
		V int      `cbor:"2,keyasint"`
		T cbor.Tag `cbor:"6,keyasint"`
	}
	if err := cbor.Unmarshal(x.Append(nil), &m); err != nil {
		t.Fatal(err)
	}
	if m.N != x.Point || m.U != x.Unit || m.V != 42 || m.T.Number != 4 {
		t.Errorf("%+v", m)
	}
}

func TestWhatFormatsForbidIsRefused(t *testing.T) {
	bad := map[string]Body{
		"a point without name":         &Reading{Value: decimal.New(1, 0), Time: at},
		"a relative time":              &Reading{Point: "a", Time: 1},
		"a time beyond 9999":           &Reading{Point: "a", Time: maxTime + 1},
		"marks out of order":           &Reading{Point: "a", Time: at, Marks: []Mark{2, 1}},
		"a mark twice":                 &Reading{Point: "a", Time: at, Marks: []Mark{2, 2}},
		"an unknown mark":              &Reading{Point: "a", Time: at, Marks: []Mark{maxMark + 1}},
		"an unknown path":              &Reading{Point: "a", Time: at, Path: maxPath + 1},
		"a name too long":              &Reading{Point: strings.Repeat("x", MaxName+1), Time: at},
		"points out of order":          &Contents{Points: []PointRun{{"b", Run{1, 1}}, {"a", Run{2, 1}}}},
		"a hole between runs":          &Contents{Points: []PointRun{{"a", Run{1, 1}}, {"b", Run{3, 1}}}},
		"an empty run":                 &Contents{Points: []PointRun{{"a", Run{1, 0}}}},
		"readings in the list of kind": &Contents{Kinds: []KindRun{{KindReading, Run{1, 1}}}},
		"an aggregate":                 &Contents{Kinds: []KindRun{{KindAggregate, Run{1, 1}}}},
		"event type 0":                 &Event{Time: at},
		"an unknown event":             &Event{Type: maxEvent + 1, Time: at},
		"a negative time":              &Event{Type: EventStarted, Time: -1},
		"an unknown cause":             &Gap{From: at, To: at, Cause: maxCause + 1},
		"lost batches backwards":       &Gap{From: at, To: at, Lost: &LostRun{First: 2, Last: 1}},
		"an unknown outcome":           &Frame{Bus: "a", Device: "b", Outcome: maxOutcome + 1},
		"too many bytes":               &Frame{Bus: "a", Device: "b", Sent: make([]byte, MaxExchange+1)},
	}
	for name, b := range bad {
		if _, err := Parse(b.Kind(), b.Append(nil)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if _, err := Parse(KindAggregate, cborx.AppendMap(nil, 0)); err == nil {
		t.Error("a kind that version 1 does not have was read")
	}
}

// FuzzParse: for every accepted body, Append(Parse(body)) == body.
func FuzzParse(f *testing.F) {
	for _, s := range samples() {
		f.Add(byte(s.Kind()), s.Append(nil))
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		x, err := Parse(Kind(kind), body)
		if err != nil {
			return
		}
		if b := x.Append(nil); !bytes.Equal(b, body) {
			t.Fatalf("%x read, %x written", body, b)
		}
	})
}
