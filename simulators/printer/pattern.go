package printer

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// This file writes lines that a profile's pattern fits, as the instrument's maker
// would: what the pattern spells out is printed as it stands, and of what it leaves
// open one form is chosen.

// form is one pattern with what its groups stand for.
type form struct {
	cfg    *Config
	tree   *syntax.Regexp
	whole  *regexp.Regexp
	comma  bool
	zone   *time.Location
	points map[string]*profile.Point // by group
	fits   map[string]*regexp.Regexp // by group: what may stand there
}

// pattern reads exchange i of a profile of printed lines.
func (p *Printer) pattern(i int) (line, error) {
	r := cborx.NewReader(p.cfg.Profile.Exchanges[i].Request)
	r.ArrayOf(5)
	text, ask := r.Text(1024), r.Text(maxAsk)
	r.Bool() // that asking changes nothing is between the profile and the agent
	f := &form{cfg: &p.cfg, comma: r.Bool(), points: map[string]*profile.Point{}, fits: map[string]*regexp.Regexp{}}
	minutes := r.Int()
	if err := r.Done(); err != nil {
		return line{}, err
	}
	f.zone = time.FixedZone("", int(minutes)*60)
	var err error
	if f.tree, err = syntax.Parse(text, syntax.Perl); err != nil {
		return line{}, err
	}
	if f.whole, err = regexp.Compile("^(?:" + text + ")$"); err != nil {
		return line{}, err
	}
	for k := range p.cfg.Profile.Points {
		x := &p.cfg.Profile.Points[k]
		if int(x.Exchange) != i {
			continue
		}
		r := cborx.NewReader(x.Source)
		group := r.Text(64)
		if err := r.Done(); err != nil {
			return line{}, fmt.Errorf("point %s: %w", x.Name, err)
		}
		f.points[group] = x
	}
	f.groups(f.tree)
	return line{ask: []byte(ask), print: f.print}, nil
}

// groups keeps what may stand in each group.
func (f *form) groups(re *syntax.Regexp) {
	if re.Op == syntax.OpCapture && re.Name != "" {
		f.fits[re.Name] = regexp.MustCompile("^(?:" + re.Sub[0].String() + ")$")
	}
	for _, sub := range re.Sub {
		f.groups(sub)
	}
}

// print is the line of an instant.
func (f *form) print(at time.Time) []byte {
	text, ok := f.write(f.tree, at)
	if !ok || !f.whole.MatchString(text) {
		return nil // a value beyond what the instrument can print
	}
	return []byte(text + "\r\n")
}

// write is one form of an expression; ok is false where nothing can stand.
func (f *form) write(re *syntax.Regexp, at time.Time) (string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpStar:
		return "", true
	case syntax.OpLiteral:
		return string(re.Rune), true
	case syntax.OpCharClass:
		return string(choose(re.Rune)), true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return " ", true
	case syntax.OpQuest:
		if text, ok := f.write(re.Sub[0], at); ok {
			return text, true
		}
		return "", true
	case syntax.OpPlus:
		return f.write(re.Sub[0], at)
	case syntax.OpRepeat:
		text, ok := f.write(re.Sub[0], at)
		return strings.Repeat(text, max(re.Min, min(1, re.Max))), ok
	case syntax.OpConcat:
		var all strings.Builder
		for _, sub := range re.Sub {
			text, ok := f.write(sub, at)
			if !ok {
				return "", false
			}
			all.WriteString(text)
		}
		return all.String(), true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if text, ok := f.write(sub, at); ok {
				return text, true
			}
		}
	case syntax.OpCapture:
		return f.group(re, at)
	}
	return "", false
}

// choose takes of a class the last letter, which is what scales print of a weight
// that stands still, else a blank, else what comes first.
func choose(ranges []rune) rune {
	blank := false
	for i := len(ranges) - 2; i >= 0; i -= 2 {
		if unicode.IsLetter(ranges[i+1]) {
			return ranges[i+1]
		}
		blank = blank || ranges[i] <= ' ' && ' ' <= ranges[i+1]
	}
	if blank {
		return ' '
	}
	return ranges[0]
}

// stamps are how the parts of a time may be written.
var stamps = map[string][]string{"year": {"2006", "06"}, "month": {"01", "1"}, "day": {"02", "2"}, "hour": {"15"}, "minute": {"04", "4"}, "second": {"05", "5"}}

func (f *form) group(re *syntax.Regexp, at time.Time) (string, bool) {
	fits := f.fits[re.Name]
	if forms, ok := stamps[re.Name]; ok {
		for _, layout := range forms {
			if text := at.In(f.zone).Format(layout); fits.MatchString(text) {
				return text, true
			}
		}
		return "", false
	}
	if re.Name == "address" {
		return f.cfg.Device.Address, fits.MatchString(f.cfg.Device.Address)
	}
	x := f.points[re.Name]
	if x == nil {
		return f.write(re.Sub[0], at)
	}
	v, ok := f.cfg.Value(x.Name, at)
	if !ok {
		for _, n := range x.NoValue {
			if fits.Match(n) {
				return string(n), true
			}
		}
		return "", false
	}
	raw, err := number.Raw(f.cfg.Profile, f.cfg.Device, x, v)
	if err != nil {
		return "", false
	}
	value, _ := raw.Float64()
	for _, digits := range precisions(int(x.Decimals)) {
		for _, text := range numerals(value, digits) {
			if f.comma {
				text = strings.Replace(text, ".", ",", 1)
			}
			if fits.MatchString(text) {
				return text, true
			}
		}
	}
	return "", false
}

// precisions are how many digits after the point are tried, in their order.
func precisions(wanted int) []int {
	all := []int{wanted, 2, 1, 3, 4, 0, 5, 6}
	if wanted == 0 {
		all = all[1:]
	}
	for i := 1; i < len(all); i++ {
		if slices.Contains(all[:i], all[i]) {
			all = slices.Delete(all, i, i+1)
			i--
		}
	}
	return all
}

// numerals are the ways in which printers write a number: bare, with a sign, padded
// with blanks or zeros to some width.
func numerals(v float64, digits int) []string {
	out := []string{fmt.Sprintf("%.*f", digits, v), fmt.Sprintf("%+.*f", digits, v)}
	for width := 2; width <= 16; width++ {
		out = append(out, fmt.Sprintf("%*.*f", width, digits, v))
	}
	for width := 2; width <= 16; width++ {
		out = append(out, fmt.Sprintf("%0*.*f", width, digits, v), fmt.Sprintf("%+0*.*f", width, digits, v))
	}
	return out
}
