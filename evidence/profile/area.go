package profile

import (
	"fmt"
	"math"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// Limits of an area.
const (
	MaxCorners = 64
	MaxRadius  = 1_000_000 // m
	MaxMargin  = 10_000    // m
)

// Names of the points that say where an instrument is, in degrees of WGS-84.
const (
	Latitude  = "lat"
	Longitude = "lon"
)

// Position is a place in degrees of WGS-84, north and east positive.
type Position struct{ Lat, Lon decimal.D }

// Area is where an instrument may be: a circle around one position, or a polygon of 3
// to 64 corners. An area does not reach over a pole or the 180th meridian.
type Area struct {
	Corners []Position // one: the centre of a circle
	Radius  uint64     // m, of a circle
	Margin  uint64     // m; so far outside a position still counts as inside, once inside
}

// Check refuses what is no area.
func (a *Area) Check() error {
	switch n := len(a.Corners); {
	case n != 1 && (n < 3 || n > MaxCorners):
		return fmt.Errorf("%d corners; an area has one centre with a radius, or 3 to %d corners", n, MaxCorners)
	case (n == 1) != (a.Radius > 0):
		return fmt.Errorf("a radius belongs to a centre, and only to one")
	case a.Radius > MaxRadius:
		return fmt.Errorf("a radius of %d m is above %d", a.Radius, MaxRadius)
	case a.Margin > MaxMargin:
		return fmt.Errorf("a margin of %d m is above %d", a.Margin, MaxMargin)
	}
	for _, p := range a.Corners {
		if lat, lon := p.Lat.Float(), p.Lon.Float(); math.Abs(lat) > 85 || math.Abs(lon) > 180 {
			return fmt.Errorf("%v, %v is no position of an area; latitude first, -85 to 85, then longitude, -180 to 180, in degrees", p.Lat, p.Lon)
		}
	}
	return nil
}

func (a *Area) append(b []byte) []byte {
	b = cborx.AppendArray(cborx.AppendArray(b, 3), len(a.Corners))
	for _, p := range a.Corners {
		b = p.Lon.Append(p.Lat.Append(cborx.AppendArray(b, 2)))
	}
	return cborx.AppendUint(cborx.AppendUint(b, a.Radius), a.Margin)
}

func readArea(r *cborx.Reader) *Area {
	r.ArrayOf(3)
	a := &Area{}
	for n := r.Array(MaxCorners); n > 0 && r.Err() == nil; n-- {
		r.ArrayOf(2)
		a.Corners = append(a.Corners, Position{decimal.Read(r), decimal.Read(r)})
	}
	a.Radius, a.Margin = r.Uint(), r.Uint()
	if r.Err() == nil {
		if err := a.Check(); err != nil {
			r.Failf("area: %v", err)
		}
	}
	return a
}

// metre is a degree of latitude, in metres: the mean of WGS-84.
const metre = 111_195

// Distance is how far outside the area a position lies, in metres; below 0 within it.
// It is measured on a plane that touches the earth at the area's first corner, which
// for areas of 100 km is right to some 1 in 1,000.
func (a *Area) Distance(p Position) float64 {
	origin := a.Corners[0]
	width := metre * math.Cos(origin.Lat.Float()*math.Pi/180)
	plane := func(q Position) (x, y float64) {
		return (q.Lon.Float() - origin.Lon.Float()) * width, (q.Lat.Float() - origin.Lat.Float()) * metre
	}
	x, y := plane(p)
	if len(a.Corners) == 1 {
		return math.Hypot(x, y) - float64(a.Radius)
	}
	nearest, inside := math.Inf(1), false
	x1, y1 := plane(a.Corners[len(a.Corners)-1])
	for _, c := range a.Corners {
		x2, y2 := plane(c)
		nearest = min(nearest, toSegment(x, y, x1, y1, x2, y2))
		if (y1 > y) != (y2 > y) && x < (x2-x1)*(y-y1)/(y2-y1)+x1 {
			inside = !inside
		}
		x1, y1 = x2, y2
	}
	if inside {
		return -nearest
	}
	return nearest
}

// toSegment is the distance of a point from a line between two others.
func toSegment(x, y, x1, y1, x2, y2 float64) float64 {
	dx, dy := x2-x1, y2-y1
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, ((x-x1)*dx+(y-y1)*dy)/l))
	}
	return math.Hypot(x-x1-t*dx, y-y1-t*dy)
}
