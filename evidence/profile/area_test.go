package profile

import (
	"math"
	"testing"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

func at(t testing.TB, lat, lon string) Position {
	t.Helper()
	x, err := decimal.Parse(lat)
	if err != nil {
		t.Fatal(err)
	}
	y, err := decimal.Parse(lon)
	if err != nil {
		t.Fatal(err)
	}
	return Position{x, y}
}

func TestDistanceFromACircle(t *testing.T) {
	a := &Area{Corners: []Position{at(t, "31.2241", "121.4737")}, Radius: 200}
	// A hundredth of a degree: 1,112 m to the north; times cos 31.2241 to the east.
	for name, x := range map[string]struct {
		p    Position
		want float64
	}{
		"centre": {at(t, "31.2241", "121.4737"), -200},
		"north":  {at(t, "31.2341", "121.4737"), 1111.95 - 200},
		"east":   {at(t, "31.2241", "121.4837"), 1111.95*0.85515 - 200},
		"west":   {at(t, "31.2241", "121.4727"), 111.195*0.85515 - 200},
	} {
		if got := a.Distance(x.p); math.Abs(got-x.want) > 1 {
			t.Errorf("%s: %.1f m, want %.1f", name, got, x.want)
		}
	}
}

// An L on the equator, where a thousandth of a degree is 111.2 m both ways.
func TestDistanceFromAPolygon(t *testing.T) {
	a := &Area{Corners: []Position{at(t, "0", "0"), at(t, "0", "0.004"), at(t, "0.002", "0.004"), at(t, "0.002", "0.002"), at(t, "0.004", "0.002"), at(t, "0.004", "0")}}
	for name, x := range map[string]struct {
		p    Position
		want float64
	}{
		"within":             {at(t, "0.001", "0.001"), -111.195},
		"in the notch":       {at(t, "0.003", "0.003"), 111.195},
		"beyond a corner":    {at(t, "-0.003", "-0.004"), 555.975},
		"beside an edge":     {at(t, "0.001", "0.005"), 111.195},
		"on an edge":         {at(t, "0", "0.001"), 0},
		"just within a lobe": {at(t, "0.0035", "0.001"), -55.6},
	} {
		if got := a.Distance(x.p); math.Abs(got-x.want) > 0.1 {
			t.Errorf("%s: %.1f m, want %.1f", name, got, x.want)
		}
	}
}

func TestWhatIsNoAreaIsRefused(t *testing.T) {
	p := at(t, "31", "121")
	for name, a := range map[string]Area{
		"nothing":              {},
		"a line":               {Corners: []Position{p, p}},
		"no radius":            {Corners: []Position{p}},
		"a polygon's radius":   {Corners: []Position{p, p, p}, Radius: 5},
		"too wide":             {Corners: []Position{p}, Radius: MaxRadius + 1},
		"longitude as first":   {Corners: []Position{at(t, "121", "31")}, Radius: 5},
		"more than all around": {Corners: []Position{at(t, "31", "181")}, Radius: 5},
	} {
		if err := a.Check(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzReadArea(f *testing.F) {
	a := &Area{Corners: []Position{at(f, "31.2241", "121.4737")}, Radius: 200, Margin: 30}
	f.Add(a.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := cborx.NewReader(b)
		a := readArea(r)
		if r.Done() != nil {
			return
		}
		if string(a.append(nil)) != string(b) {
			t.Error("two forms")
		}
		if d := a.Distance(a.Corners[0]); math.IsNaN(d) {
			t.Error("no number")
		}
	})
}
