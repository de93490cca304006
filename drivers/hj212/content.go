package hj212

import (
	"strings"
	"time"
	"unicode/utf8"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// Content is what stands between "CP=&&" and "&&".
type Content struct {
	Groups [][]Field // groups are parted by ";", fields of one group by ","
}

// Field is one name with its value, as sent.
type Field struct {
	Name, Value string
}

// Factor splits a name such as a34004-Rtd at its first hyphen. suffix is empty
// for a name without one, such as DataTime.
func (x Field) Factor() (factor, suffix string) {
	factor, suffix, _ = strings.Cut(x.Name, "-")
	return factor, suffix
}

// Get is the value of the first field of that name.
func (c *Content) Get(name string) (string, bool) {
	for _, g := range c.Groups {
		for _, x := range g {
			if x.Name == name {
				return x.Value, true
			}
		}
	}
	return "", false
}

// Reading is one number of the content.
type Reading struct {
	Factor string // such as a34004
	Suffix string // such as Rtd
	Text   string // the number as sent
	Value  decimal.D
	Flag   string // the instrument's own, verbatim; empty when it sent none
	// Time is DataTime: the moment of acquisition in real-time data, the start of
	// the window in minute, hour and day data (6.6.5). Zero when none could be read.
	Time time.Time
}

// Point is the reading's name on the wire, such as a34004-Rtd.
func (r Reading) Point() string { return r.Factor + "-" + r.Suffix }

// Backfilled reports whether the station declares its data to be sent late, out of
// its own memory (HJ 212-2025, RF=1).
func (f *Frame) Backfilled() bool {
	v, ok := f.Content.Get("RF")
	return ok && v == "1"
}

// values are the suffixes that carry a measured number (6.6.5 Table 9); others
// with a number are readings too, and noted.
var values = set("Rtd", "Min", "Avg", "Max", "Cou", "ZsRtd", "ZsMin", "ZsAvg", "ZsMax", "Data", "DayData", "NightData", "RS", "RT")

// attributes are the suffixes that say something about a value, or about the
// instrument, and are no value themselves.
var attributes = set("Flag", "EFlag", "SampleTime", "SN", "Info")

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func (f *Frame) readContent(content []byte) {
	if !utf8.Valid(content) {
		f.note("content is not UTF-8")
	}
	text := string(content)
	if strings.HasSuffix(text, ";") {
		f.note("; after the last field of CP")
		text = strings.TrimSuffix(text, ";")
	}
	if text == "" {
		return
	}
	for group := range strings.SplitSeq(text, ";") {
		var fields []Field
		for part := range strings.SplitSeq(group, ",") {
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				f.note("field of CP without =")
				continue
			}
			fields = append(fields, Field{name, value})
		}
		if fields == nil {
			f.note("empty group in CP")
			continue
		}
		f.Content.Groups = append(f.Content.Groups, fields)
	}
	if f.Backfilled() {
		f.note("back-filled data (RF=1)")
	}
}

// Readings are the numbers of the content in the order sent. A value that is no
// plain decimal of 64 bits gives none, and neither does a point that stands
// there twice with different values: what it means is not for us to guess. Each
// is noted.
func (f *Frame) Readings() []Reading {
	var out []Reading
	at := map[string]int{} // by time and point
	clash := map[int]bool{}
	when, scope := f.firstTime()
	for i, group := range f.Content.Groups {
		for _, x := range group {
			if x.Name == "DataTime" {
				when, scope = f.readTime(x.Value), i
			}
			r, ok := f.reading(x)
			if !ok {
				continue
			}
			r.Time, r.Flag = when, f.flagOf(r.Factor, i, scope)
			key := r.Time.String() + " " + r.Point()
			if have, twice := at[key]; twice {
				if clash[have] = clash[have] || out[have].Value != r.Value; clash[have] {
					f.note("%s twice with different values", printable(r.Point()))
				} else {
					f.note("%s twice", printable(r.Point()))
				}
				continue
			}
			at[key] = len(out)
			out = append(out, r)
		}
	}
	if len(clash) == 0 {
		return out
	}
	kept := out[:0]
	for i, r := range out {
		if !clash[i] {
			kept = append(kept, r)
		}
	}
	return kept
}

// reading reads one field's number.
func (f *Frame) reading(x Field) (Reading, bool) {
	factor, suffix := x.Factor()
	if factor == "" || suffix == "" || attributes[suffix] {
		return Reading{}, false
	}
	v, err := decimal.Parse(x.Value)
	if err != nil {
		f.note("%s is no number", printable(x.Name))
		return Reading{}, false
	}
	if !values[suffix] {
		f.note("%s has a suffix that the standard does not know", printable(x.Name))
	}
	return Reading{Factor: factor, Suffix: suffix, Text: x.Value, Value: v}, true
}

// firstTime is the DataTime that holds for the groups before any other.
func (f *Frame) firstTime() (time.Time, int) {
	if v, ok := f.Content.Get("DataTime"); ok {
		return f.readTime(v), 0
	}
	return time.Time{}, 0
}

// flagOf finds the flag of a factor: in its own group, or else the only one
// under the same DataTime, which stands in group scope.
func (f *Frame) flagOf(factor string, group, scope int) string {
	name := factor + "-Flag"
	for _, x := range f.Content.Groups[group] {
		if x.Name == name {
			return f.readFlag(x)
		}
	}
	found := ""
	for i, g := range f.Content.Groups[scope:] {
		for _, x := range g {
			if x.Name == "DataTime" && i > 0 {
				return found
			}
			if x.Name != name {
				continue
			}
			if found != "" && x.Value != found {
				f.note("%s twice with different values", printable(name))
				return ""
			}
			found = f.readFlag(x)
		}
	}
	return found
}

// readFlag keeps a flag within what a record can hold.
func (f *Frame) readFlag(x Field) string {
	if len(x.Value) > record.MaxFlag || !utf8.ValidString(x.Value) {
		f.note("%s is no text of at most %d bytes and was left out", printable(x.Name), record.MaxFlag)
		return ""
	}
	return x.Value
}

// zone is that of every time on the wire, which names none.
var zone = time.FixedZone("UTC+8", 8*60*60)

func (f *Frame) readTime(s string) time.Time {
	t, odd, ok := ParseTime(s)
	if !ok {
		f.note("DataTime %q cannot be read", printable(s))
	} else if odd != "" {
		f.note("DataTime %s", odd)
	}
	return t
}

// ParseTime reads a time of the wire, YYYYMMDDhhmmss in UTC+8. Milliseconds and
// a zone name CST behind it are understood and told in odd; anything else is not.
func ParseTime(s string) (t time.Time, odd string, ok bool) {
	digits := strings.TrimSuffix(s, "CST")
	if digits != s {
		odd = "names the zone CST"
	}
	layout := "20060102150405"
	if len(digits) == len(layout)+3 {
		if odd != "" {
			odd += " and "
		}
		odd += "has milliseconds"
		// The layout needs the point that the wire leaves out.
		digits, layout = digits[:14]+"."+digits[14:], layout+".000"
	}
	if len(digits) != len(layout) {
		return time.Time{}, "", false
	}
	t, err := time.ParseInLocation(layout, digits, zone)
	if err != nil || t.Year() < 1970 {
		return time.Time{}, "", false
	}
	return t, odd, true
}
