package mqtt

import (
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// number reads a JSON number with every digit that is written. ok is false when
// 64 bits and 18 digits after the point cannot hold it.
func number(text string) (d decimal.D, ok bool) {
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		d, err := decimal.Parse(text)
		return d, err == nil
	}
	exp, err := strconv.Atoi(text[at+1:])
	if err != nil || exp < -99 || exp > 99 {
		return decimal.D{}, false
	}
	whole, frac, _ := strings.Cut(text[:at], ".")
	digits, scale := whole+frac, len(frac)-exp
	for scale > decimal.MaxScale && strings.HasSuffix(digits, "0") {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	if scale < 0 {
		digits, scale = digits+strings.Repeat("0", -scale), 0
	}
	m, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || scale > decimal.MaxScale {
		return decimal.D{}, false
	}
	return decimal.New(m, uint8(scale)), true
}

// Word gives a number to a text that stands where a value is, such as open or ON.
type Word struct {
	Text  string
	Value decimal.D
}

// raw is the number of a value: as written, true as 1 and false as 0, a text by
// the words or, where it is a plain decimal in quotes, as that number.
func raw(v *value, words []Word) (decimal.D, bool) {
	for _, w := range words {
		if w.Text == v.text && v.kind != '{' && v.kind != '[' {
			return w.Value, true
		}
	}
	switch v.kind {
	case '0':
		return number(v.text)
	case '"':
		d, err := decimal.Parse(v.text)
		return d, err == nil
	case 't':
		return decimal.New(1, 0), true
	case 'f':
		return decimal.New(0, 0), true
	}
	return decimal.D{}, false
}

// convert makes the profile's value of what a document holds.
func convert(x *profile.Point, v *value, words []Word) (decimal.D, bool) {
	for _, pattern := range x.NoValue {
		if string(pattern) == v.text {
			return decimal.D{}, false
		}
	}
	d, ok := raw(v, words)
	if !ok {
		return decimal.D{}, false
	}
	d, err := x.Exact(d)
	return d, err == nil
}

// Form is how a time is written. The number is signed.
type Form uint8

// The forms of a time.
const (
	Seconds      Form = 0 // since 1970 UTC, with any fraction
	Milliseconds Form = 1
	Microseconds Form = 2
	RFC3339      Form = 3
	Local        Form = 4 // 2006-01-02T15:04:05 or with a blank, without a zone
	maxForm           = Local
)

// Forms are the words by which an engineer names the forms, in their order.
var Forms = [...]string{"s", "ms", "us", "rfc3339", "local"}

// Time says where in a document the instrument's own time stands.
type Time struct {
	Path Path
	Form Form
	Zone int // minutes east of UTC of a Local time, -840 to 840; otherwise 0
}

// append writes [path, form, zone].
func (t *Time) append(b []byte) []byte {
	if t == nil {
		return cborx.AppendNull(b)
	}
	b = t.Path.append(cborx.AppendArray(b, 3))
	return cborx.AppendInt(cborx.AppendUint(b, uint64(t.Form)), int64(t.Zone))
}

func readTime(r *cborx.Reader) *Time {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	r.ArrayOf(3)
	t := &Time{readPath(r), Form(r.UintMax(uint64(maxForm))), int(r.Int())}
	if r.Err() == nil && (t.Zone < -840 || t.Zone > 840 || t.Zone != 0 && t.Form != Local || len(t.Path) == 0) {
		r.Failf("time %v: a zone is for the local form, within 14 hours of UTC, and the whole document is no time", t.Path)
	}
	return t
}

// Times outside of these are a clock that was not set, and no time.
var earliest, latest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// in reads the time out of a document as Unix µs; 0 where it gives none.
func (t *Time) in(doc *value) int64 {
	if t == nil {
		return 0
	}
	v, _ := doc.at(t.Path)
	if v == nil {
		return 0
	}
	switch t.Form {
	case RFC3339:
		return instant(time.Parse(time.RFC3339, v.text))
	case Local:
		text := strings.Replace(v.text, " ", "T", 1)
		return instant(time.ParseInLocation("2006-01-02T15:04:05", text, time.FixedZone("", t.Zone*60)))
	}
	d, ok := raw(v, nil)
	if !ok || v.kind == 't' || v.kind == 'f' {
		return 0
	}
	r := d.Rat()
	micro, err := decimal.FromRat(r.Mul(r, decimal.New([...]int64{1e6, 1e3, 1}[t.Form], 0).Rat()), 0)
	if err != nil {
		return 0
	}
	return plausible(micro.Mantissa)
}

func instant(t time.Time, err error) int64 {
	if err != nil {
		return 0
	}
	return plausible(t.UnixMicro())
}

func plausible(micro int64) int64 {
	if micro < earliest || micro >= latest {
		return 0
	}
	return micro
}
