package jsonx

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every error of this package.
var ErrMalformed = errors.New("malformed JSON")

// MaxDepth is the deepest nesting of objects and arrays.
const MaxDepth = 10

// MaxInteger is the greatest magnitude of a number: every JSON reader holds it exactly.
const MaxInteger = 1<<53 - 1

// Canonical gives the RFC 8785 form of one JSON value: keys sorted, no white
// space, strings escaped as little as possible. It refuses what the package does
// not know, repeated keys and anything after the value.
func Canonical(text []byte) ([]byte, error) {
	p := parser{in: text, out: make([]byte, 0, len(text))}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	p.value(0)
	p.space()
	if p.err == nil && p.at != len(p.in) {
		p.failf("something follows the value")
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.out, nil
}

type parser struct {
	shapes  map[reflect.Type]*shape // of the structs met, for Decode
	in, out []byte
	at      int
	err     error
}

func (p *parser) failf(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, p.at, fmt.Sprintf(format, args...))
	}
}

func (p *parser) space() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

// next consumes c after white space and reports whether it was there.
func (p *parser) next(c byte) bool {
	p.space()
	if p.err != nil || p.at >= len(p.in) || p.in[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value(depth int) {
	p.space()
	switch {
	case p.err != nil:
	case p.at >= len(p.in):
		p.failf("the text ends where a value should begin")
	case depth > MaxDepth:
		p.failf("nested deeper than %d", MaxDepth)
	case p.next('{'):
		p.object(depth)
	case p.next('['):
		p.array(depth)
	case p.in[p.at] == '"':
		p.out = appendString(p.out, p.text())
	case p.in[p.at] == '-' || p.in[p.at] >= '0' && p.in[p.at] <= '9':
		p.number()
	case p.word("true") || p.word("false"):
	default:
		p.failf("%q begins no value of this format", p.in[p.at])
	}
}

func (p *parser) word(w string) bool {
	if !strings.HasPrefix(string(p.in[p.at:min(len(p.in), p.at+len(w))]), w) {
		return false
	}
	p.at += len(w)
	p.out = append(p.out, w...)
	return true
}

func (p *parser) number() {
	start := p.at
	if p.in[p.at] == '-' {
		p.at++
	}
	for p.at < len(p.in) && strings.IndexByte("0123456789.eE+-", p.in[p.at]) >= 0 {
		p.at++
	}
	s := string(p.in[start:p.at])
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s || n > MaxInteger || n < -MaxInteger {
		p.failf("%q is not an integer in its one spelling, within ±(2^53-1)", s)
	}
	p.out = append(p.out, s...)
}

func (p *parser) array(depth int) {
	p.out = append(p.out, '[')
	for n := 0; !p.next(']') && p.err == nil; n++ {
		if n > 0 {
			if !p.next(',') {
				p.failf("',' or ']' expected")
				return
			}
			p.out = append(p.out, ',')
		}
		p.value(depth + 1)
	}
	p.out = append(p.out, ']')
}

func (p *parser) object(depth int) {
	type member struct {
		key  string
		text []byte
	}
	var members []member
	start := len(p.out)
	for n := 0; !p.next('}') && p.err == nil; n++ {
		if n > 0 && !p.next(',') {
			p.failf("',' or '}' expected")
			return
		}
		p.space()
		if p.at >= len(p.in) || p.in[p.at] != '"' {
			p.failf("a key expected")
			return
		}
		key := p.text()
		if p.err == nil && (key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "") {
			p.failf("key %q is not of lower-case letters", key)
		}
		if !p.next(':') {
			p.failf("':' expected")
			return
		}
		at := len(p.out)
		p.value(depth + 1)
		members = append(members, member{key, slices.Clone(p.out[at:])})
		p.out = p.out[:at]
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	p.out = append(p.out[:start], '{')
	for i, m := range members {
		if i > 0 {
			if members[i-1].key == m.key {
				p.failf("key %q is repeated", m.key)
				return
			}
			p.out = append(p.out, ',')
		}
		p.out = append(appendString(p.out, m.key), ':')
		p.out = append(p.out, m.text...)
	}
	p.out = append(p.out, '}')
}

// text reads a string whose opening quote is next.
func (p *parser) text() string {
	p.at++
	start := p.at
	for p.at < len(p.in) && p.in[p.at] != '"' && p.in[p.at] != '\\' && p.in[p.at] >= 0x20 {
		p.at++
	}
	if p.at < len(p.in) && p.in[p.at] == '"' {
		p.at++
		return string(p.in[start : p.at-1])
	}
	b := slices.Clone(p.in[start:p.at])
	for p.at < len(p.in) && p.err == nil {
		switch c := p.in[p.at]; {
		case c == '"':
			p.at++
			return string(b)
		case c < 0x20:
			p.failf("a control character in a string")
		case c == '\\':
			b = utf8.AppendRune(b, p.escape())
		default:
			b = append(b, c)
			p.at++
		}
	}
	p.failf("the text ends inside a string")
	return ""
}

// escape reads one escape sequence, or two that make a surrogate pair.
func (p *parser) escape() rune {
	if p.at+1 >= len(p.in) {
		p.failf("the text ends inside an escape")
		return 0
	}
	c := p.in[p.at+1]
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			p.failf("escape \\%c does not exist", c)
			return 0
		}
		p.at += 2
		return rune("\"\\/\b\f\n\r\t"[i])
	}
	r := p.unit()
	if utf16.IsSurrogate(r) {
		if r = utf16.DecodeRune(r, p.unit()); r == utf8.RuneError {
			p.failf("half a surrogate pair")
		}
	}
	return r
}

// unit reads \uXXXX.
func (p *parser) unit() rune {
	if p.at+6 > len(p.in) || p.in[p.at] != '\\' || p.in[p.at+1] != 'u' {
		p.failf("\\uXXXX expected")
		return 0
	}
	n, err := strconv.ParseUint(string(p.in[p.at+2:p.at+6]), 16, 16)
	if err != nil {
		p.failf("\\uXXXX expected")
	}
	p.at += 6
	return rune(n)
}

func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			b = append(b, '\\', "btnvfr"[c-'\b'])
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"')
}
