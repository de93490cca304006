package check

import (
	"strings"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// limited is point dev/x with one limit, and the board that its pauses look at.
func limited(t *testing.T, l profile.Limit) (*Point, *Board) {
	t.Helper()
	l.Point = "x"
	b := NewBoard()
	c, err := New(&profile.Profile{ID: "p"}, &profile.Device{ID: "dev", Limits: []profile.Limit{l}}, &profile.Point{Name: "x", Decimals: 1}, b)
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

func TestDurationHysteresisAndPauses(t *testing.T) {
	const minute = 60_000_000
	high := d("8")
	low := d("2")
	type at struct {
		min   uint64
		door  string // what the door reads just before; empty: nothing new
		value string
		cross Crossing
		pause Change
	}
	open := []profile.Pause{{Point: "door/open", Equals: d("1"), Most: 10 * minute}}
	for name, x := range map[string]struct {
		limit profile.Limit
		steps []at
	}{
		"raised only after its time outside": {profile.Limit{High: &high, After: 5 * minute}, []at{
			{0, "", "9.0", None, 0}, {4, "", "9.0", None, 0}, {5, "", "9.0", Raised, 0}, {6, "", "9.0", None, 0}, {7, "", "8.0", Cleared, 0}}},
		"one reading within starts the time anew": {profile.Limit{High: &high, After: 5 * minute}, []at{
			{0, "", "9.0", None, 0}, {4, "", "8.0", None, 0}, {5, "", "9.0", None, 0}, {9, "", "9.0", None, 0}, {10, "", "9.0", Raised, 0}}},
		"a silence between two readings outside counts": {profile.Limit{High: &high, After: 5 * minute}, []at{
			{0, "", "9.0", None, 0}, {60, "", "9.0", Raised, 0}}},
		"a silence that ends within does not": {profile.Limit{High: &high, After: 5 * minute}, []at{
			{0, "", "9.0", None, 0}, {60, "", "7.0", None, 0}, {61, "", "9.0", None, 0}}},
		"cleared only by its hysteresis, from above": {profile.Limit{High: &high, Hysteresis: ptr("0.5")}, []at{
			{0, "", "8.1", Raised, 0}, {1, "", "8.0", None, 0}, {2, "", "7.6", None, 0}, {3, "", "8.1", None, 0}, {4, "", "7.5", Cleared, 0}, {5, "", "8.0", None, 0}}},
		"and from below": {profile.Limit{Low: &low, Hysteresis: ptr("0.25")}, []at{
			{0, "", "1.9", Raised, 0}, {1, "", "2.2", None, 0}, {2, "", "2.3", Cleared, 0}}},
		"the other side takes its own time": {profile.Limit{Low: &low, High: &high, After: 2 * minute}, []at{
			{0, "", "1.0", None, 0}, {2, "", "1.0", Raised, 0}, {3, "", "9.0", None, 0}, {5, "", "9.0", Raised, 0}, {6, "", "5.0", Cleared, 0}}},
		"no alarm while the door is open": {profile.Limit{High: &high, Pauses: open}, []at{
			{0, "0", "5.0", None, 0}, {1, "1", "9.0", None, Paused}, {5, "1", "9.0", None, 0}, {6, "0", "7.0", None, Resumed}, {7, "", "9.0", Raised, 0}}},
		"a door open for longer than allowed raises": {profile.Limit{High: &high, After: 5 * minute, Pauses: open}, []at{
			{0, "1", "9.0", None, Paused}, {9, "1", "9.0", None, 0}, {10, "1", "9.0", Raised, Resumed}, {12, "1", "9.0", None, 0}}},
		"a door that is silent pauses no longer than allowed": {profile.Limit{High: &high, Pauses: open}, []at{
			{0, "1", "5.0", None, Paused}, {10, "", "9.0", Raised, Resumed}}},
		"opened again, it pauses again": {profile.Limit{High: &high, Pauses: open}, []at{
			{0, "1", "5.0", None, Paused}, {11, "1", "5.0", None, Resumed}, {12, "0", "5.0", None, 0}, {13, "1", "9.0", None, Paused}}},
		"an alarm that stands stays, and clears in a pause": {profile.Limit{High: &high, Pauses: open}, []at{
			{0, "", "9.0", Raised, 0}, {1, "1", "9.0", None, Paused}, {2, "", "8.0", Cleared, 0}, {3, "", "9.0", None, 0}, {4, "0", "9.0", Raised, Resumed}}},
		"a door that was never read pauses nothing": {profile.Limit{High: &high, Pauses: open}, []at{{0, "", "9.0", Raised, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, b := limited(t, x.limit)
			for i, s := range x.steps {
				if s.door != "" {
					b.Set("door/open", d(s.door), s.min*minute)
				}
				v := c.Check(d(s.value), "", s.min*minute)
				if v.Crossing != s.cross || v.Pause != s.pause || (v.Why != "") != (s.pause != 0) {
					t.Errorf("step %d, %s at %d min: crossing %d, pause %d (%s); want %d and %d", i, s.value, s.min, v.Crossing, v.Pause, v.Why, s.cross, s.pause)
				}
				out := v.Marks != nil
				if out != (x.limit.High != nil && d(s.value).Cmp(high) > 0 || x.limit.Low != nil && d(s.value).Cmp(low) < 0) {
					t.Errorf("step %d, %s: marks %v", i, s.value, v.Marks)
				}
			}
		})
	}
}

func TestEndOfAPauseSaysWhy(t *testing.T) {
	high := d("8")
	c, b := limited(t, profile.Limit{High: &high, Pauses: []profile.Pause{{Point: "door/open", Equals: d("1"), Most: 10}}})
	b.Set("door/open", decimal.New(10, 1), 0) // 1.0 is 1
	for _, x := range []struct {
		at  uint64
		why string
	}{{1, "while door/open is 1, for at most"}, {10, "door/open is 1 for longer than"}} {
		if v := c.Check(d("5.0"), "", x.at); !strings.Contains(v.Why, x.why) {
			t.Errorf("at %d it says %q, want %q", x.at, v.Why, x.why)
		}
	}
}
