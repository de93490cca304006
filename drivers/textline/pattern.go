package textline

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"fieldseal/evidence/cborx"
)

// Limits of a line and of what reads it. Together they bound the work on one line:
// RE2 takes at most MaxLine × MaxProgram steps.
const (
	MaxLine    = 512 // bytes, line end included
	MaxPattern = 512 // bytes
	MaxProgram = 1000
	MaxGroups  = 32
	MaxGroup   = 32 // bytes of a group's name
	MaxAsk     = 64 // bytes
)

// Groups that are no values.
const (
	GroupFlag    = "flag"    // the instrument's own flag, of every value of the line
	GroupAddress = "address" // which instrument on the line speaks
)

// clockGroups tell the instrument's own time: all of the first five, and the
// seconds where they are printed.
var clockGroups = []string{"year", "month", "day", "hour", "minute", "second"}

// Line is one kind of line. It is the protocol's part of a compiled profile's
// exchange.
type Line struct {
	// Pattern is a regular expression in RE2's syntax that fits the whole line, its
	// end (CR, LF) taken off.
	Pattern string
	// Ask is sent to have the line printed; empty: the instrument prints by itself.
	Ask string
	// ReadOnly is the profile's word that Ask changes nothing in the instrument.
	ReadOnly bool
	// Comma says that numbers have a decimal comma.
	Comma bool
	// Zone is the offset of the instrument's clock from UTC, in minutes.
	Zone int
}

// Append writes the compiled form [pattern, ask, read only, comma, zone].
func (l Line) Append(b []byte) []byte {
	b = cborx.AppendText(cborx.AppendText(cborx.AppendArray(b, 5), l.Pattern), l.Ask)
	return cborx.AppendInt(cborx.AppendBool(cborx.AppendBool(b, l.ReadOnly), l.Comma), int64(l.Zone))
}

// ParseLine reads the compiled form strictly.
func ParseLine(item []byte) (Line, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(5)
	l := Line{Pattern: r.Text(MaxPattern), Ask: r.Text(MaxAsk), ReadOnly: r.Bool(), Comma: r.Bool(), Zone: int(r.Int())}
	if err := r.Done(); err != nil {
		return Line{}, fmt.Errorf("line: %w", err)
	}
	if _, err := l.compile(); err != nil {
		return Line{}, fmt.Errorf("line: %w: %w", cborx.ErrMalformed, err)
	}
	return l, nil
}

// Check refuses what has no meaning or is above the limits.
func (l Line) Check() error {
	_, err := l.compile()
	return err
}

// compiled are matchers that were made before: a verifier binds a profile for each
// frame, and making the matcher costs ten times what matching does. It changes no
// result, and forgets all when it holds maxCompiled.
var compiled = struct {
	sync.Mutex
	by map[Line]*regexp.Regexp
}{by: map[Line]*regexp.Regexp{}}

const maxCompiled = 64

// compile gives the matcher, within the limits.
func (l Line) compile() (*regexp.Regexp, error) {
	compiled.Lock()
	re := compiled.by[l]
	compiled.Unlock()
	if re != nil {
		return re, nil
	}
	re, err := l.make()
	if err != nil {
		return nil, err
	}
	compiled.Lock()
	defer compiled.Unlock()
	if len(compiled.by) >= maxCompiled {
		clear(compiled.by)
	}
	compiled.by[l] = re
	return re, nil
}

// make makes the matcher.
func (l Line) make() (*regexp.Regexp, error) {
	if err := l.checkAsk(); err != nil {
		return nil, err
	}
	if l.Pattern == "" || len(l.Pattern) > MaxPattern {
		return nil, fmt.Errorf("a pattern of %d bytes; 1 to %d are possible", len(l.Pattern), MaxPattern)
	}
	tree, err := syntax.Parse(l.Pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w; write RE2's syntax", l.Pattern, err)
	}
	// Repeats are unfolded when a pattern is compiled, so its size is judged before.
	if n := size(tree); n > MaxProgram {
		return nil, fmt.Errorf("pattern %q: about %d steps; at most %d are possible, repeat less", l.Pattern, n, MaxProgram)
	}
	re, err := regexp.Compile(`\A(?:` + l.Pattern + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w; write RE2's syntax", l.Pattern, err)
	}
	if err := l.checkGroups(re.SubexpNames()[1:]); err != nil {
		return nil, err
	}
	return re, nil
}

func (l Line) checkGroups(names []string) error {
	if len(names) > MaxGroups {
		return fmt.Errorf("%d groups; at most %d are possible, write (?:…) for those that need no name", len(names), MaxGroups)
	}
	clock, most := 0, 0
	for i, n := range names {
		switch {
		case n == "":
			return fmt.Errorf("group %d of the pattern has no name; write (?P<name>…), or (?:…) where none is needed", i+1)
		case len(n) > MaxGroup:
			return fmt.Errorf("group %s…: a name of %d bytes; at most %d are possible", n[:8], len(n), MaxGroup)
		case slices.Index(names, n) != i:
			return fmt.Errorf("group %s is there twice", n)
		}
		if k := slices.Index(clockGroups, n); k >= 0 {
			clock++
			most = max(most, k+1)
		}
	}
	switch {
	case clock != most || clock > 0 && clock < 5:
		return fmt.Errorf("a time needs the groups %s, and second if it is printed", strings.Join(clockGroups[:5], ", "))
	case clock == 0 && l.Zone != 0:
		return fmt.Errorf("a zone without a time; leave it out")
	case l.Zone < -14*60 || l.Zone > 14*60:
		return fmt.Errorf("zone %d minutes; -840 to 840 are possible", l.Zone)
	}
	return nil
}

func (l Line) checkAsk() error {
	switch {
	case l.Ask == "" && !l.ReadOnly:
		return nil
	case l.Ask == "":
		return fmt.Errorf("read_only without ask; leave it out")
	case !l.ReadOnly:
		return fmt.Errorf("ask %q: the profile must say that it changes nothing in the instrument; write read_only: true once its manual says so", l.Ask)
	case len(l.Ask) > MaxAsk:
		return fmt.Errorf("ask has %d bytes; at most %d are possible", len(l.Ask), MaxAsk)
	}
	text := strings.TrimRight(l.Ask, "\r\n")
	if end := l.Ask[len(text):]; text == "" || end != "\r\n" && end != "\r" && end != "\n" {
		return fmt.Errorf("ask %q: one line is expected, ended by CR LF, CR or LF", l.Ask)
	}
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7E {
			return fmt.Errorf("ask %q: only printable ASCII is sent", l.Ask)
		}
	}
	return nil
}

// size is about how many steps a compiled pattern has; it stops counting above
// the limit.
func size(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n = min(n+size(sub), MaxProgram+1)
	}
	if re.Op == syntax.OpRepeat {
		times := max(re.Max, re.Min, 1)
		if re.Max < 0 {
			times = re.Min + 1
		}
		n *= times // at most 1,000 times the limit: syntax.Parse refuses more
	}
	return min(n+1, MaxProgram+1)
}

// ParseGroup reads a point's source: the name of its group.
func ParseGroup(item []byte) (string, error) {
	r := cborx.NewReader(item)
	s := r.Text(MaxGroup)
	if err := r.Done(); err != nil {
		return "", fmt.Errorf("point source: %w", err)
	}
	return s, nil
}

// AppendGroup writes a point's source.
func AppendGroup(b []byte, name string) []byte { return cborx.AppendText(b, name) }
