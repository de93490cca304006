package fault

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

type notes struct {
	start time.Time
	lines []string
}

func (n *notes) add(format string, args ...any) {
	n.lines = append(n.lines, fmt.Sprintf("%v ", time.Since(n.start))+fmt.Sprintf(format, args...))
}
func (n *notes) Late(d string, by time.Duration) { n.add("late %s %v", d, by) }
func (n *notes) Dead(d string, dead bool)        { n.add("dead %s %v", d, dead) }
func (n *notes) Hold(p string, v float64)        { n.add("hold %s %v", p, v) }
func (n *notes) NoValue(p string)                { n.add("novalue %s", p) }
func (n *notes) Free(p string)                   { n.add("free %s", p) }
func (n *notes) Spoil(d string, how Kind)        { n.add("%v %s", how, d) }
func (n *notes) Vanish(b string, gone bool)      { n.add("vanish %s %v", b, gone) }

func TestStepsHappenWhenTheScriptSaysAndAgainEachPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{start: time.Now()}
		s := Script{Period: 10 * time.Second, Steps: []Step{
			{At: 4 * time.Second, Kind: Value, Target: "dust-1/pm10", Value: 200, For: 3 * time.Second},
			{At: time.Second, Kind: Late, Target: "crane-1", Delay: 700 * time.Millisecond},
			{At: 2 * time.Second, Kind: Dead, Target: "crane-1", For: 4 * time.Second},
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 11500*time.Millisecond)
		defer cancel()
		var told int
		if err := s.Run(ctx, n, func(Event) { told++ }); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"1s late crane-1 700ms", "2s dead crane-1 true", "4s hold dust-1/pm10 200",
			"6s dead crane-1 false", "7s free dust-1/pm10", "11s late crane-1 700ms",
		}
		if !slices.Equal(n.lines, want) || told != len(want) {
			t.Fatalf("told %d:\n%q\nwant\n%q", told, n.lines, want)
		}
	})
}

func TestCuttingTheScriptShortEndsWhatBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{start: time.Now()}
		s := Script{Steps: []Step{
			{Kind: Dead, Target: "a", For: time.Hour},
			{Kind: Vanish, Target: "bus", For: time.Hour},
			{Kind: NoValue, Target: "a/x", For: time.Hour},
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Run(ctx, n, func(Event) {}); err != nil {
			t.Fatal(err)
		}
		want := []string{"0s dead a true", "0s vanish bus true", "0s novalue a/x", "1s dead a false", "1s vanish bus false", "1s free a/x"}
		if !slices.Equal(n.lines, want) {
			t.Fatalf("%q", n.lines)
		}
	})
}

func TestScriptsThatCannotBePlayedAreRefused(t *testing.T) {
	for name, s := range map[string]Script{
		"unknown kind":    {Steps: []Step{{Kind: 99}}},
		"no duration":     {Steps: []Step{{Kind: Dead, Target: "a"}}},
		"negative time":   {Steps: []Step{{Kind: Late, At: -1}}},
		"past the period": {Period: time.Second, Steps: []Step{{Kind: Dead, For: time.Minute}}},
	} {
		if err := s.Run(t.Context(), &notes{}, func(Event) {}); err == nil {
			t.Errorf("%s: played", name)
		}
	}
}

func TestAStepCanBeTyped(t *testing.T) {
	targets := func(id string) bool {
		return slices.Contains([]string{"crane-1", "gate", "room-1/temperature"}, id)
	}
	for line, want := range map[string]Step{
		"late crane-1 900ms":                {Kind: Late, Target: "crane-1", Delay: 900 * time.Millisecond},
		"  dead  crane-1 25s ":              {Kind: Dead, Target: "crane-1", For: 25 * time.Second},
		"vanish gate 1m":                    {Kind: Vanish, Target: "gate", For: time.Minute},
		"value room-1/temperature -13.9 5s": {Kind: Value, Target: "room-1/temperature", Value: -13.9, For: 5 * time.Second},
		"no-value room-1/temperature 5s":    {Kind: NoValue, Target: "room-1/temperature", For: 5 * time.Second},
		"garbage crane-1":                   {Kind: Garbage, Target: "crane-1"},
		"bad-check crane-1":                 {Kind: BadCheck, Target: "crane-1"},
		"torn crane-1":                      {Kind: Torn, Target: "crane-1"},
	} {
		got, err := Parse(line, targets)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
		if err := (Script{Steps: []Step{got}}).Check(); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{"", "explode crane-1", "late crane-1", "late crane-2 1s", "late crane-1 1", "dead crane-1 -1s", "value room-1/temperature warm 5s",
		"value crane-1 3 5s", "dead room-1/temperature 5s", "torn crane-1 5s"} {
		if s, err := Parse(line, targets); err == nil {
			t.Errorf("%q was taken for %+v", line, s)
		}
	}
}
