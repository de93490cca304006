package nmea

import (
	"math/big"
	"strings"
	"time"

	"fieldseal/evidence/decimal"
)

// Reading is one number of a sentence.
type Reading struct {
	Point string
	Value decimal.D
	Unit  string
	Time  time.Time // UTC; zero where the sentence carries no date
}

// Fix is what a sentence says about place and time.
type Fix struct {
	Readings []Reading
	Time     time.Time // UTC; zero where the sentence carries no whole date and time
	Clock    string    // the time of day as sent
	Notes    []string  // why something was left out
}

func (f *Fix) note(s string) { f.Notes = append(f.Notes, s) }

func (f *Fix) add(point, text, unit string) {
	if text == "" {
		return
	}
	v, err := decimal.Parse(text)
	if err != nil {
		f.note(point + " is no number")
		return
	}
	f.Readings = append(f.Readings, Reading{Point: point, Value: v, Unit: unit})
}

// Fix reads place and time out of a sentence; the zero Fix for a type that
// carries neither.
func (s *Sentence) Fix() Fix {
	var f Fix
	switch s.Type {
	case "RMC":
		f.Clock = s.field(0)
		f.Time = instant(f.Clock, s.field(8))
		if s.valid(&f, s.field(1), s.field(11)) && s.position(&f, 2) {
			f.add("speed", s.field(6), "kn")
			f.add("course", s.field(7), "deg")
		}
	case "GGA":
		f.Clock = s.field(0)
		if s.quality(&f, s.field(5)) && s.position(&f, 1) {
			f.altitude(s, 8)
			f.add("satellites", s.field(6), "")
			f.add("hdop", s.field(7), "")
		}
	case "GNS":
		f.Clock = s.field(0)
		if s.modes(&f, s.field(5)) && s.position(&f, 1) {
			f.add("altitude", s.field(8), "m")
			f.add("satellites", s.field(6), "")
			f.add("hdop", s.field(7), "")
		}
	case "GLL":
		f.Clock = s.field(4)
		if s.valid(&f, s.field(5), s.field(6)) {
			s.position(&f, 0)
		}
	case "VTG":
		s.track(&f)
	case "ZDA":
		f.Clock = s.field(0)
		f.Time = date(f.Clock, s.field(1), s.field(2), s.field(3))
	}
	if f.Clock != "" && (s.Type == "RMC" || s.Type == "ZDA") && f.Time.IsZero() {
		f.note("date and time cannot be read")
	}
	for i := range f.Readings {
		f.Readings[i].Time = f.Time
	}
	return f
}

// valid reads a status field, and the mode that versions 2.3 and later add.
func (s *Sentence) valid(f *Fix, status, mode string) bool {
	if status != "A" {
		f.note("void fix (status " + printable(status) + ")")
		return false
	}
	return mode == "" || s.measured(f, mode)
}

// measured tells modes in which the receiver measured (autonomous, differential,
// precise, fixed and float RTK) from estimate, manual entry and simulation.
func (s *Sentence) measured(f *Fix, mode string) bool {
	if len(mode) == 1 && strings.Contains("ADPRF", mode) {
		return true
	}
	f.note("no measured fix (mode " + printable(mode) + ")")
	return false
}

// modes reads GNS's field of one mode for each system: one that measured is enough.
func (s *Sentence) modes(f *Fix, modes string) bool {
	if strings.ContainsAny(modes, "ADPRF") && strings.Trim(modes, "ADPRFN") == "" {
		return true
	}
	f.note("no measured fix (modes " + printable(modes) + ")")
	return false
}

// quality reads GGA's fix quality.
func (s *Sentence) quality(f *Fix, q string) bool {
	if len(q) == 1 && strings.Contains("123459", q) {
		return true
	}
	f.note("no measured fix (quality " + printable(q) + ")")
	return false
}

func (f *Fix) altitude(s *Sentence, at int) {
	if s.field(at+1) == "M" {
		f.add("altitude", s.field(at), "m")
	} else if s.field(at) != "" {
		f.note("altitude is not in metres")
	}
}

// track reads VTG: course over ground and speed.
func (s *Sentence) track(f *Fix) {
	if mode := s.field(8); mode != "" && !s.measured(f, mode) {
		return
	}
	for _, x := range [...]struct {
		at                int
		mark, point, unit string
	}{{0, "T", "course", "deg"}, {4, "N", "speed", "kn"}, {6, "K", "speed-kmh", "km/h"}} {
		if s.field(x.at+1) == x.mark {
			f.add(x.point, s.field(x.at), x.unit)
		}
	}
}

// position reads latitude, hemisphere, longitude, hemisphere from field i on.
func (s *Sentence) position(f *Fix, i int) bool {
	lat, ok := angle(s.field(i), s.field(i+1), "N", "S", 90)
	lon, ok2 := angle(s.field(i+2), s.field(i+3), "E", "W", 180)
	if !ok || !ok2 {
		f.note("impossible position")
		return false
	}
	f.Readings = append(f.Readings, Reading{Point: "lat", Value: lat, Unit: "deg"}, Reading{Point: "lon", Value: lon, Unit: "deg"})
	return true
}

// angle turns dddmm.mmmm into degrees. Sixtieths rarely end in decimals: two
// digits more than the minutes had are kept, finer than the minutes' own last
// digit, rounded half to even.
func angle(text, hemisphere, positive, negative string, most int64) (decimal.D, bool) {
	whole, frac, _ := strings.Cut(text, ".")
	width := 4
	if most > 99 {
		width = 5
	}
	if len(whole) != width || len(frac) > maxMinuteDigits || strings.Trim(whole+frac, "0123456789") != "" || hemisphere != positive && hemisphere != negative {
		return decimal.D{}, false
	}
	if strings.HasSuffix(text, ".") {
		text = whole
	}
	deg, err := decimal.Parse(text[:width-2])
	min, err2 := decimal.Parse(text[width-2:])
	if err != nil || err2 != nil || min.Cmp(decimal.New(60, 0)) >= 0 {
		return decimal.D{}, false
	}
	r := new(big.Rat).Quo(min.Rat(), big.NewRat(60, 1))
	r.Add(r, deg.Rat())
	if r.Cmp(big.NewRat(most, 1)) > 0 {
		return decimal.D{}, false
	}
	if hemisphere == negative {
		r.Neg(r)
	}
	d, err := decimal.FromRat(r, uint8(len(frac)+2))
	return d, err == nil
}

// maxMinuteDigits is far finer than any receiver.
const maxMinuteDigits = 9

// instant joins hhmmss.sss and ddmmyy. Years from 80 on belong to the century
// in which GPS began.
func instant(clock, ddmmyy string) time.Time {
	if len(ddmmyy) != 6 || strings.Trim(ddmmyy, "0123456789") != "" {
		return time.Time{}
	}
	century := "20"
	if ddmmyy[4] >= '8' {
		century = "19"
	}
	return date(clock, ddmmyy[:2], ddmmyy[2:4], century+ddmmyy[4:])
}

func date(clock, day, month, year string) time.Time {
	whole, frac, _ := strings.Cut(clock, ".")
	if len(frac) > 9 || strings.Trim(whole+frac+day+month+year, "0123456789") != "" {
		return time.Time{}
	}
	layout := "20060102150405"
	if frac != "" {
		layout += "." + strings.Repeat("0", len(frac))
		whole += "." + frac
	}
	t, err := time.Parse(layout, year+month+day+whole)
	if err != nil || t.Year() < 1970 {
		return time.Time{}
	}
	return t
}

// printable bounds what a sentence writes into a note; its bytes are ASCII.
func printable(s string) string {
	if s == "" {
		return "empty"
	}
	return s[:min(len(s), 8)]
}
