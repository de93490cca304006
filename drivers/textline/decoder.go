package textline

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "text"

var (
	// ErrProfile says that a profile's text part has no meaning.
	ErrProfile = errors.New("profile has no meaning as text")
	// ErrNoMatch: no pattern of the profile fits the line.
	ErrNoMatch = errors.New("no pattern of the profile fits")
	// ErrAddress: a pattern fits and the line is of another instrument.
	ErrAddress = errors.New("line of another instrument")
)

// Map is a profile whose text part has been read and checked.
type Map struct {
	Profile *profile.Profile
	Lines   []Line // by exchange
	kinds   []kind
	groups  []int // by point: index of its group in its line's pattern
}

// kind is a compiled Line, with the places of its groups; -1: none.
type kind struct {
	re            *regexp.Regexp
	flag, address int
	clock         []int // year to second, as far as printed; nil: no time
}

// Bind reads the text part of a profile.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	if len(p.Exchanges) == 0 {
		return nil, bad("it names no line")
	}
	m := &Map{Profile: p}
	for i, e := range p.Exchanges {
		l, err := ParseLine(e.Request)
		if err != nil {
			return nil, bad("line %d: %w", i, err)
		}
		re, err := l.compile()
		if err != nil {
			return nil, bad("line %d: %w", i, err)
		}
		if slices.ContainsFunc(m.Lines, func(o Line) bool { return o.Pattern == l.Pattern }) {
			return nil, bad("line %d has the pattern of another", i)
		}
		k := kind{re: re, flag: re.SubexpIndex(GroupFlag), address: re.SubexpIndex(GroupAddress)}
		for _, n := range clockGroups {
			if at := re.SubexpIndex(n); at >= 0 {
				k.clock = append(k.clock, at)
			}
		}
		if len(m.kinds) > 0 && (k.address >= 0) != m.Addressed() {
			return nil, bad("line %d: either every pattern has the group %s or none has", i, GroupAddress)
		}
		m.Lines, m.kinds = append(m.Lines, l), append(m.kinds, k)
	}
	for i := range p.Points {
		x := &p.Points[i]
		if int(x.Exchange) >= len(m.Lines) {
			return nil, bad("point %s: line %d does not exist", x.Name, x.Exchange)
		}
		name, err := ParseGroup(x.Source)
		if err != nil {
			return nil, bad("point %s: %w", x.Name, err)
		}
		at := m.kinds[x.Exchange].re.SubexpIndex(name)
		switch {
		case at < 0:
			return nil, bad("point %s: the pattern %q has no group %q", x.Name, m.Lines[x.Exchange].Pattern, name)
		case name == GroupFlag || name == GroupAddress || slices.Contains(clockGroups, name):
			return nil, bad("point %s: the group %s is no value", x.Name, name)
		case x.Span != nil || x.Scale.Mantissa == 0:
			return nil, bad("point %s: leave the span out, and scale by no 0", x.Name)
		}
		for j, g := range m.groups {
			if g == at && p.Points[j].Exchange == x.Exchange {
				return nil, bad("points %s and %s are the same group", p.Points[j].Name, x.Name)
			}
		}
		m.groups = append(m.groups, at)
	}
	return m, nil
}

// Addressed says that each line tells which instrument it is of.
func (m *Map) Addressed() bool { return m.kinds[0].address >= 0 }

// AnyAddress is the address of an instrument whose lines do not tell whose they
// are; an empty one means the same.
const AnyAddress = "any"

// CheckAddress refuses an address that no line of the profile could have.
func (m *Map) CheckAddress(address string) error {
	plain := address == "" || address == AnyAddress
	switch {
	case m.Addressed() && plain:
		return fmt.Errorf("profile %s tells instruments on a line apart; write which one this is, as it prints it, such as address: \"01\"", m.Profile.ID)
	case !m.Addressed() && !plain:
		return fmt.Errorf("address %q: lines of profile %s do not tell whose they are; leave the address out or write %s", address, m.Profile.ID, AnyAddress)
	}
	return nil
}

// Match finds the line's kind, the first whose pattern fits. The error is
// ErrNoMatch or ErrAddress.
func (m *Map) Match(address string, raw []byte) (exchange int, err error) {
	i, _, err := m.match(address, raw)
	return i, err
}

// AddressOf is which instrument a line says that it is of; AnyAddress where no
// pattern that fits tells.
func (m *Map) AddressOf(raw []byte) string {
	line := bytes.TrimRight(raw, "\r\n")
	for i := range m.kinds {
		if len(raw) > MaxLine || m.kinds[i].address < 0 {
			break
		}
		if at := m.kinds[i].re.FindSubmatchIndex(line); at != nil {
			got, _ := group(line, at, m.kinds[i].address)
			return got
		}
	}
	return AnyAddress
}

func (m *Map) match(address string, raw []byte) (int, []int, error) {
	line := bytes.TrimRight(raw, "\r\n")
	if len(raw) > MaxLine {
		return 0, nil, fmt.Errorf("%d bytes are above the limit of %d: %w", len(raw), MaxLine, ErrNoMatch)
	}
	var other error
	for i := range m.kinds {
		k := &m.kinds[i]
		at := k.re.FindSubmatchIndex(line)
		if at == nil {
			continue
		}
		if k.address >= 0 {
			if got, _ := group(line, at, k.address); got != address {
				other = fmt.Errorf("%w: it is of %q, the device is %q", ErrAddress, got, address)
				continue
			}
		}
		return i, at, nil
	}
	if other != nil {
		return 0, nil, other
	}
	return 0, nil, fmt.Errorf("%q: %w", line[:min(len(line), 40)], ErrNoMatch)
}

// group is the text of a group without outer blanks; ok is false for a group that
// took no part in the match.
func group(line []byte, at []int, i int) (s string, ok bool) {
	if i < 0 || at[2*i] < 0 {
		return "", false
	}
	return string(bytes.Trim(line[at[2*i]:at[2*i+1]], " \t")), true
}

// Decoder decodes printed lines.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// Decode implements profile.Decoder. What was received is one line with its end.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	return m.Decode(d, f, earlier)
}

// Decode is Decoder's, for a profile that is bound already.
func (m *Map) Decode(d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	if len(earlier) > 0 || len(f.Earlier) > 0 || f.Device != d.ID {
		return nil, fmt.Errorf("%w: a line stands alone and is of its own device, %s", cborx.ErrMalformed, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	i, at, err := m.match(d.Address, f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.ID, err)
	}
	if l := &m.Lines[i]; string(f.Sent) != l.Ask {
		return nil, fmt.Errorf("device %s: %w: the line answers %q, and %q was sent", d.ID, cborx.ErrMalformed, l.Ask, f.Sent)
	}
	k, line := &m.kinds[i], bytes.TrimRight(f.Received, "\r\n")
	flag, _ := group(line, at, k.flag)
	if len(flag) > record.MaxFlag || strings.ContainsFunc(flag, func(r rune) bool { return r < 0x20 || r > 0x7E }) {
		flag = "" // it cannot be held as text; the frame has it
	}
	when := m.clock(i, line, at)
	var out []profile.Decoded
	for j, g := range m.groups {
		x := &m.Profile.Points[j]
		if int(x.Exchange) != i {
			continue
		}
		v := profile.Decoded{Point: x.Name, Flag: flag, Time: when, Missing: true}
		text, ok := group(line, at, g)
		if ok && !slices.ContainsFunc(x.NoValue, func(n []byte) bool { return string(n) == text }) {
			if n, err := Number(text, m.Lines[i].Comma); err == nil {
				if value, err := x.Exact(n); err == nil {
					v.Value, v.Missing = value, false
				}
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// Number reads a printed number: a sign, with blanks behind it, leading zeros or
// blanks, and a point at either end are a printer's ways to write the same number.
// An exponent, thousands set apart, or no digit at all is an error.
func Number(text string, comma bool) (decimal.D, error) {
	s := strings.TrimSpace(text)
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = "-"
		}
		s = strings.TrimLeft(s[1:], " ")
	}
	if comma {
		if strings.Contains(s, ".") {
			return decimal.D{}, fmt.Errorf("%q has a point where a comma is expected", text)
		}
		s = strings.Replace(s, ",", ".", 1)
	}
	if whole, frac, ok := strings.Cut(s, "."); ok && whole == "" && frac != "" {
		s = "0" + s
	} else if ok && frac == "" && whole != "" {
		s = whole
	}
	if strings.HasPrefix(s, "-") {
		return decimal.D{}, fmt.Errorf("%q has two signs", text)
	}
	return decimal.Parse(sign + s)
}

// clock is the instrument's time in Unix µs; 0 where none is printed or it cannot
// be.
func (m *Map) clock(i int, line []byte, at []int) int64 {
	k := &m.kinds[i]
	if k.clock == nil {
		return 0
	}
	var part [6]string
	for j, g := range k.clock {
		s, _ := group(line, at, g)
		if len(s) == 1 {
			s = "0" + s
		}
		part[j] = s
	}
	if len(part[0]) == 2 {
		part[0] = "20" + part[0]
	}
	if part[5] == "" {
		part[5] = "00"
	}
	t, err := time.Parse("2006-01-02 15:04:05", fmt.Sprintf("%s-%s-%s %s:%s:%s", part[0], part[1], part[2], part[3], part[4], part[5]))
	if err != nil || t.Year() < 1970 {
		return 0
	}
	return t.Add(-time.Duration(m.Lines[i].Zone) * time.Minute).UnixMicro()
}
