package jt808

import (
	"encoding/binary"
	"time"

	"fieldseal/evidence/decimal"
)

// Reading is one number of a position report.
type Reading struct {
	Point string
	Value decimal.D
	Unit  string // SenML (RFC 8428, RFC 8798), "deg" for degrees
	Time  time.Time
}

// extras are the additional items with one number that the standard fixes
// (8.18 Table 27).
var extras = map[byte]struct {
	point string
	bytes int
	scale uint8
	unit  string
}{
	0x01: {"mileage", 4, 1, "km"},
	0x02: {"fuel", 2, 1, "l"},
	0x03: {"recorder-speed", 2, 1, "km/h"},
	0x30: {"signal", 1, 0, ""},
	0x31: {"satellites", 1, 0, ""},
}

// Readings are the numbers of a report. Position, height, speed and course come
// only from a terminal that knew where it was; notes say what was left out.
func (l *Location) Readings() (out []Reading, notes []string) {
	add := func(point string, v decimal.D, unit string) {
		out = append(out, Reading{point, v, unit, l.Time})
	}
	switch {
	case !l.Positioned():
		notes = append(notes, "the terminal had no position")
	case !l.Possible():
		notes = append(notes, "the position is not on the globe")
	default:
		add("lat", l.Lat, "deg")
		add("lon", l.Lon, "deg")
		add("height", decimal.New(int64(l.Height), 0), "m")
		add("speed", l.Speed, "km/h")
		if l.Course < 360 {
			add("course", decimal.New(int64(l.Course), 0), "deg")
		} else {
			notes = append(notes, "the course is above 359 degrees")
		}
	}
	if l.Time.IsZero() {
		notes = append(notes, "the terminal's time cannot be read")
	}
	seen := map[byte]bool{}
	for _, x := range l.Extras {
		e, known := extras[x.ID]
		switch {
		case !known:
		case seen[x.ID]:
			notes = append(notes, e.point+" twice; the first counts")
		case len(x.Value) != e.bytes:
			notes = append(notes, e.point+" has another length than the standard's")
		default:
			seen[x.ID] = true
			add(e.point, decimal.New(int64(number(x.Value)), e.scale), e.unit)
		}
	}
	if l.Cut {
		notes = append(notes, "the last additional item is cut off")
	}
	return out, notes
}

// number reads up to 4 bytes, the most significant first.
func number(b []byte) uint32 {
	var w [4]byte
	copy(w[4-len(b):], b)
	return binary.BigEndian.Uint32(w[:])
}
