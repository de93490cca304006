package jt808

import (
	"fmt"
	"slices"
	"testing"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func TestABatchGivesEveryReportOldestFirst(t *testing.T) {
	p, d := truck(), &profile.Device{ID: "truck-1", Address: "013912344323"}
	report := func(clock string, tenths byte) []byte {
		b := position(0, 1, 1, clock, 0xE1, 2, 0, tenths)
		return append([]byte{0, byte(len(b))}, b...)
	}
	for kind, late := range map[byte]bool{0: false, 1: true} {
		body := slices.Concat([]byte{0, 3, kind}, report("261122143100", 50), report("261122143000", 40), report("999999999999", 90))
		f := &record.Frame{Device: "truck-1", Received: wire(IDBatch, uint16(len(body)), header2013(body)...)}
		values, err := Decoder{}.Decode(p, d, f, nil)
		var got []string
		for _, v := range values {
			if v.Point == "cold" {
				got = append(got, v.Value.String())
				if v.Backfilled != late || v.Time == 0 {
					t.Errorf("kind %d: %+v", kind, v)
				}
			}
		}
		if err != nil || fmt.Sprint(got) != "[4.0 5.0]" {
			t.Errorf("kind %d: %v, %v", kind, got, err)
		}
	}
}

func TestPartsJoinOnlyWhenAllAreOfOneMessage(t *testing.T) {
	part := func(n, serial uint16, body string) *Message {
		return &Message{ID: IDBatch, Phone: "1", Parts: 2, Part: n, Serial: serial, Body: []byte(body)}
	}
	m, err := Join([]*Message{part(2, 0, "b"), part(1, 0xFFFF, "a")}) // serials wrap
	if err != nil || string(m.Body) != "ab" || m.Parts != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	for name, parts := range map[string][]*Message{
		"one missing":     {part(1, 1, "a")},
		"one twice":       {part(1, 1, "a"), part(1, 1, "a")},
		"of two messages": {part(1, 1, "a"), part(2, 9, "b")},
	} {
		if m, err := Join(parts); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
