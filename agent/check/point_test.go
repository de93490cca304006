package check

import (
	"slices"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func d(s string) decimal.D {
	v, err := decimal.Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

func ptr(s string) *decimal.D { v := d(s); return &v }

func point(t *testing.T, edit func(*profile.Point, *profile.Device)) *Point {
	t.Helper()
	x := &profile.Point{Name: "x", Decimals: 1}
	dev := &profile.Device{ID: "dev"}
	edit(x, dev)
	c, err := New(&profile.Profile{ID: "p"}, dev, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type step struct {
	at    uint64 // s
	value string
	flag  string
	marks []record.Mark
	cross Crossing
	limit string
}

func TestMarksAndCrossings(t *testing.T) {
	for name, x := range map[string]struct {
		edit  func(*profile.Point, *profile.Device)
		steps []step
	}{
		"range is inclusive, and its bounds may have other digits than the value": {
			func(p *profile.Point, _ *profile.Device) {
				p.Min, p.Max = &profile.Bound{Value: d("-40")}, &profile.Bound{Value: d("60.05")}
			},
			[]step{{0, "-40.0", "", nil, None, ""}, {1, "-40.1", "", []record.Mark{record.MarkRange}, None, ""}, {2, "60.0", "", nil, None, ""}, {3, "60.1", "", []record.Mark{record.MarkRange}, None, ""}},
		},
		"rate is per second, exact at its bound": {
			func(p *profile.Point, _ *profile.Device) { p.MaxRate = ptr("0.5") },
			[]step{{0, "1.0", "", nil, None, ""}, {1, "1.5", "", nil, None, ""}, {2, "2.1", "", []record.Mark{record.MarkRate}, None, ""}, {12, "-2.9", "", nil, None, ""}},
		},
		"stuck only after the bound, and never after a change": {
			func(p *profile.Point, _ *profile.Device) { p.Stuck = 10_000_000 },
			[]step{{0, "1.0", "", nil, None, ""}, {10, "1.0", "", nil, None, ""}, {11, "1.0", "", []record.Mark{record.MarkStuck}, None, ""}, {12, "1.1", "", nil, None, ""}, {13, "1.1", "", nil, None, ""}},
		},
		"the instrument's flag": {
			func(*profile.Point, *profile.Device) {},
			[]step{{0, "1.0", "N", nil, None, ""}, {1, "1.0", "D", []record.Mark{record.MarkInstrument}, None, ""}},
		},
		"alarm is raised once and cleared once, every reading outside is marked": {
			func(_ *profile.Point, v *profile.Device) {
				v.Limits = []profile.Limit{{Point: "x", Low: ptr("2.0"), High: ptr("8")}}
			},
			[]step{{0, "8.0", "", nil, None, ""}, {1, "8.1", "", []record.Mark{record.MarkLimit}, Raised, "8.0"}, {2, "9.0", "", []record.Mark{record.MarkLimit}, None, ""},
				{3, "1.0", "", []record.Mark{record.MarkLimit}, Raised, "2.0"}, {4, "2.0", "", nil, Cleared, "2.0"}, {5, "3.0", "", nil, None, ""}},
		},
		"a limit is not the range": {
			func(p *profile.Point, v *profile.Device) {
				p.Max = &profile.Bound{Value: d("5")}
				v.Limits = []profile.Limit{{Point: "x", High: ptr("4")}}
			},
			[]step{{0, "6.0", "", []record.Mark{record.MarkRange, record.MarkLimit}, Raised, "4.0"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := point(t, x.edit)
			for i, s := range x.steps {
				v := c.Check(d(s.value), s.flag, s.at*1_000_000)
				if !slices.Equal(v.Marks, s.marks) || v.Crossing != s.cross || s.cross != None && v.Limit.String() != s.limit {
					t.Errorf("step %d, %s at %d s: %v crossing %d at %v; want %v crossing %d at %s", i, s.value, s.at, v.Marks, v.Crossing, v.Limit, s.marks, s.cross, s.limit)
				}
			}
		})
	}
}

func TestBoundThatTheSiteDidNotFillInIsRefused(t *testing.T) {
	p := &profile.Profile{ID: "p", Params: []profile.Param{{Name: "top"}}}
	x := &profile.Point{Name: "x", Max: &profile.Bound{Param: "top"}}
	if _, err := New(p, &profile.Device{ID: "dev"}, x, nil); err == nil {
		t.Error("a point was checked against a parameter that nobody gave")
	}
	c, err := New(p, &profile.Device{ID: "dev", Params: []profile.ParamValue{{Name: "top", Value: d("3")}}}, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := c.Check(d("4"), "", 1); len(v.Marks) != 1 {
		t.Errorf("4 against a top of 3: %v", v.Marks)
	}
}

func TestGoodReadingsCostNoAllocation(t *testing.T) {
	c := point(t, func(p *profile.Point, v *profile.Device) {
		p.Min, p.Max, p.MaxRate, p.Stuck = &profile.Bound{Value: d("-40")}, &profile.Bound{Value: d("60")}, ptr("5"), 1e9
		v.Limits = []profile.Limit{{Point: "x", High: ptr("50")}}
	})
	at := uint64(0)
	if n := testing.AllocsPerRun(100, func() { at += 1e6; c.Check(decimal.New(int64(200+at/1e6%5), 1), "", at) }); n > 0 {
		t.Errorf("%v allocations for a good reading", n)
	}
}
