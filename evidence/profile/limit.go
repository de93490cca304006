package profile

import (
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// MaxPauses of one limit.
const MaxPauses = 8

// Limit is what the site file holds a point to; outside it an alarm is raised.
type Limit struct {
	Point      string     // the point's name within the device
	Low, High  *decimal.D // at least one; the bounds themselves lie within
	After      uint64     // µs that readings must be outside before the alarm is raised
	Hysteresis *decimal.D // how far within a reading must be to clear the alarm; nil: not at all, else above 0
	Pauses     []Pause    // ascending by point
}

// Pause is a time in which a limit raises no alarm, such as that of a defrost or
// an open door. It begins when the point's value becomes Equals and ends when it
// is another one, at the latest after Most.
type Pause struct {
	Point  string // "device/name", of any device of the gateway
	Equals decimal.D
	Most   uint64 // µs, above 0
}

// plain reports whether a limit is written in the short form.
func (l *Limit) plain() bool { return l.After == 0 && l.Hysteresis == nil && len(l.Pauses) == 0 }

// append writes [point, low, high], and [point, low, high, after, hysteresis,
// pauses] where any of the latter says something: a limit has one encoding.
func (l *Limit) append(b []byte) []byte {
	n := 6
	if l.plain() {
		n = 3
	}
	b = appendOptional(appendOptional(cborx.AppendText(cborx.AppendArray(b, n), l.Point), l.Low), l.High)
	if n == 3 {
		return b
	}
	b = cborx.AppendArray(appendOptional(cborx.AppendUint(b, l.After), l.Hysteresis), len(l.Pauses))
	for _, p := range l.Pauses {
		b = cborx.AppendUint(p.Equals.Append(cborx.AppendText(cborx.AppendArray(b, 3), p.Point)), p.Most)
	}
	return b
}

func readLimit(r *cborx.Reader) Limit {
	n := r.Array(6)
	if r.Err() == nil && n != 3 && n != 6 {
		r.Failf("a limit of %d elements; it has 3 or 6", n)
	}
	l := Limit{Point: r.Text(MaxText), Low: readOptional(r), High: readOptional(r)}
	if r.Err() != nil || n == 3 {
		return l
	}
	l.After = r.Uint()
	if l.Hysteresis = readOptional(r); l.Hysteresis != nil && l.Hysteresis.Mantissa <= 0 {
		r.Failf("limit of %q: a hysteresis of %v; it is above 0, or null", l.Point, l.Hysteresis)
	}
	for n := r.Array(MaxPauses); n > 0 && r.Err() == nil; n-- {
		r.ArrayOf(3)
		p := Pause{r.Text(MaxText), decimal.Read(r), r.Uint()}
		if r.Err() != nil {
			break
		}
		if p.Most == 0 {
			r.Failf("limit of %q: the pause while %q lasts no time", l.Point, p.Point)
		}
		if k := len(l.Pauses); k > 0 && l.Pauses[k-1].Point >= p.Point {
			r.Failf("limit of %q: pauses are repeated or out of order at %q", l.Point, p.Point)
		}
		l.Pauses = append(l.Pauses, p)
	}
	if r.Err() == nil && l.plain() {
		r.Failf("limit of %q: the long form says nothing more; it has 3 elements", l.Point)
	}
	return l
}
