package crane

import (
	"fmt"
	"time"

	"fieldseal/evidence/decimal"
)

// Reading is one value of real-time data.
type Reading struct {
	Point string
	Value decimal.D
	Time  time.Time // by the crane's clock; zero when it could not be read
}

// limitNames are the bits of the limit switches.
var limitNames = [...]string{"left", "left-slow", "right", "right-slow", "up-slow", "up", "down", "down-slow", "outer-slow", "outer", "inner"}

// alarmNames are the bits of warnings and alarms; an empty one has no meaning
// that is known.
var alarmNames = [...]string{"wind", "overload", "collision", "torque", "tilt", "", "", "",
	"collision-front", "collision-back", "collision-left", "collision-right",
	"zone-front", "zone-back", "zone-left", "zone-right",
	"up", "down", "outer", "inner", "left", "right"}

// Readings are the values of a frame; a bit with a known meaning is a reading of
// 0 or 1. The position is left out when it is 0, 0 or not on the globe: a crane
// without receiver sends zeros.
func (f *Frame) Readings() (out []Reading, notes []string) {
	d := f.Data
	if d == nil {
		return nil, nil
	}
	if d.Time.IsZero() {
		notes = append(notes, "the crane's time cannot be read")
	}
	placed := d.placed()
	if !placed {
		notes = append(notes, "no position")
	}
	for _, n := range d.Numbers {
		if placed || n.Name != "lon" && n.Name != "lat" {
			out = append(out, Reading{n.Name, n.Value, d.Time})
		}
	}
	bits := func(kind string, names []string, set uint32) {
		for i, name := range names {
			if name != "" {
				out = append(out, Reading{kind + "-" + name, decimal.New(int64(set>>i&1), 0), d.Time})
			}
		}
		for i := range 32 {
			if set>>i&1 == 1 && (i >= len(names) || names[i] == "") {
				notes = append(notes, fmt.Sprintf("%s bit %d is set; its meaning is not known", kind, i))
			}
		}
	}
	bits("limit", limitNames[:], uint32(d.Limits))
	bits("warning", alarmNames[:], d.Warning)
	bits("alarm", alarmNames[:], d.Alarm)
	return out, notes
}

func (d *Data) placed() bool {
	var lon, lat int64
	for _, n := range d.Numbers {
		switch n.Name {
		case "lon":
			lon = n.Value.Mantissa
		case "lat":
			lat = n.Value.Mantissa
		}
	}
	const degree = 100_000
	return (lon != 0 || lat != 0) && lon <= 180*degree && lon >= -180*degree && lat <= 90*degree && lat >= -90*degree
}
