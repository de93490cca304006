package check

import (
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func TestLeavingTakesTwoPositionsBeyondTheMargin(t *testing.T) {
	// On the equator a ten-thousandth of a degree is 11 m.
	pos := func(east int64) profile.Position {
		return profile.Position{Lat: decimal.New(0, 0), Lon: decimal.New(east, 4)}
	}
	a := NewArea(&profile.Area{Corners: []profile.Position{pos(0)}, Radius: 100, Margin: 30})
	var got []record.EventType
	for _, east := range []int64{0, 11, 20, 5, 20, 20, 11, 10, 0, 20, 8, 8, 20, 0} {
		if e, ok := a.Fix(pos(east)); ok {
			got = append(got, e.Type)
		} else {
			got = append(got, 0)
		}
	}
	const left, back = record.EventAreaLeft, record.EventAreaEntered
	// 122 m is within the margin of 130; one jump to 222 m is none; 122 m is no return.
	want := []record.EventType{0, 0, 0, 0, 0, left, 0, 0, 0, 0, 0, back, 0, 0}
	// Of 10 (111 m) and 0 the first is outside still, so 0 and 20 are one of two.
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("positions %v, want %v", got, want)
		}
	}
	if _, ok := (*Area)(nil).Fix(pos(9)); ok {
		t.Error("no area was left")
	}
}
