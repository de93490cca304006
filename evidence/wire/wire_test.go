package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

func ups() []Up {
	return []Up{&Hello{Software: "agent 1"}, &Hello{"agent 1", []byte("note")}, &Hello{"agent 1", []byte{}},
		&Config{[][]byte{{1}, {2, 3}}, [][]byte{{4}}}, &Config{[][]byte{}, [][]byte{}},
		&Batch{[]byte{1}, []byte{2}}, &Batch{Header: []byte{1}}, &Batch{[]byte{1}, []byte{}}}
}

func downs() []Down {
	return []Down{
		&Receipt{Note: []byte("note"), From: 3, Consistency: []merkle.Hash{{1}}, Entries: []Entry{{record.BootID{1}, 2, 3, []merkle.Hash{{4}, {5}}}}, Block: &batch.Block{Number: 9}, Covered: 8},
		&Receipt{Note: []byte("note"), Consistency: []merkle.Hash{}},
		&Refusal{Class: Busy, Reason: "later", Boot: record.BootID{7}, Seq: 3},
	}
}

func TestMessagesReadBackAndAJudgeAgrees(t *testing.T) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	judge := func(b []byte) {
		t.Helper()
		var v any
		if err := cbor.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		if back, err := enc.Marshal(v); err != nil || !bytes.Equal(back, b) {
			t.Errorf("the judge writes %x, we %x", back, b)
		}
	}
	for _, m := range ups() {
		b := EncodeUp(m)
		judge(b)
		if got, err := ParseUp(b); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v, want %+v, %v", got, m, err)
		}
		if _, err := ParseDown(b); err == nil {
			t.Errorf("%+v read as a message down", m)
		}
	}
	for _, m := range downs() {
		b := EncodeDown(m)
		judge(b)
		if got, err := ParseDown(b); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v, want %+v, %v", got, m, err)
		}
	}
}

func TestALostPayloadIsNotAnEmptyOne(t *testing.T) {
	lost, err := ParseUp(EncodeUp(&Batch{Header: []byte{1}}))
	if err != nil || lost.(*Batch).Payload != nil {
		t.Errorf("%+v %v", lost, err)
	}
	empty, err := ParseUp(EncodeUp(&Batch{[]byte{1}, []byte{}}))
	if err != nil || empty.(*Batch).Payload == nil {
		t.Errorf("%+v %v", empty, err)
	}
}

func TestSizesAndVersionsAreRefusedBeforeReading(t *testing.T) {
	if _, err := ParseUp(make([]byte, MaxUp+1)); err == nil {
		t.Error("above the limit up")
	}
	if _, err := ParseDown(make([]byte, MaxDown+1)); err == nil {
		t.Error("above the limit down")
	}
	b := EncodeUp(&Hello{})
	b[1] = Version + 1
	if _, err := ParseUp(b); err == nil {
		t.Error("another version")
	}
}

func TestCodesForgiveHowPeopleType(t *testing.T) {
	c := Code{Secret: [10]byte{1, 2, 3}, CA: [10]byte{0xff}, Log: [10]byte{9, 9}}
	for _, s := range []string{c.String(), " " + c.String() + " ", string(bytes.ToUpper([]byte(c.String()))), string(bytes.ReplaceAll([]byte(c.String()), []byte("-"), []byte(" ")))} {
		if got, err := ParseCode(s); err != nil || got != c {
			t.Errorf("%q: %+v %v", s, got, err)
		}
	}
	for _, s := range []string{"", "abc", c.String()[1:], c.String() + "0", "u" + c.String()[1:]} {
		if _, err := ParseCode(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

func TestTopicsNameOneGateway(t *testing.T) {
	g := batch.ID{0xab}
	if up, got, err := ParseTopic(UpTopic(g)); err != nil || !up || got != g {
		t.Error(up, got, err)
	}
	if up, got, err := ParseTopic(DownTopic(g)); err != nil || up || got != g {
		t.Error(up, got, err)
	}
	for _, s := range []string{"", "up", "up/", "up/#", "up/+", "up/" + g.String() + "/x", "UP/" + g.String(), "x/" + g.String()} {
		if _, _, err := ParseTopic(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// FuzzParseUp: a message that reads writes the same bytes again.
func FuzzParseUp(f *testing.F) {
	for _, m := range ups() {
		f.Add(EncodeUp(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseUp(b); err == nil && !bytes.Equal(EncodeUp(m), b) {
			t.Fatalf("%x read, %x written", b, EncodeUp(m))
		}
	})
}

// FuzzParseDown: the same the other way.
func FuzzParseDown(f *testing.F) {
	for _, m := range downs() {
		f.Add(EncodeDown(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseDown(b); err == nil && !bytes.Equal(EncodeDown(m), b) {
			t.Fatalf("%x read, %x written", b, EncodeDown(m))
		}
	})
}

// FuzzParseCode: a code that reads prints as one that reads to itself.
func FuzzParseCode(f *testing.F) {
	f.Add(Code{}.String())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			return
		}
		if back, err := ParseCode(c.String()); err != nil || back != c {
			t.Fatalf("%q: %+v %v", s, back, err)
		}
	})
}
