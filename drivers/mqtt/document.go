package mqtt

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/record"
)

// MaxDepth is how deep a JSON document may nest.
const MaxDepth = 32

// value is one value of a JSON document.
type value struct {
	kind byte   // { [ " 0 t f n
	text string // of a text, without quotes and escapes; of a number or word, as written
	keys []string
	kids []value // of an object, in the order of keys; of an array
}

// parseDocument reads a whole payload. Its text must be UTF-8 and nothing may
// follow it.
func parseDocument(b []byte) (*value, error) {
	switch {
	case len(b) > record.MaxExchange:
		return nil, malformed("%d bytes are above the limit of %d", len(b), record.MaxExchange)
	case !utf8.Valid(b) || !json.Valid(b):
		return nil, malformed("it is no JSON document (RFC 8259)")
	}
	w := walker{b: b}
	v, err := w.value(0)
	return &v, err
}

// walker goes through a document that is known to be valid, so it looks for the
// ends of things and for nothing else.
type walker struct {
	b   []byte
	off int
}

// peek is the next byte that is no blank.
func (w *walker) peek() byte {
	for w.b[w.off] == ' ' || w.b[w.off] == '\t' || w.b[w.off] == '\r' || w.b[w.off] == '\n' {
		w.off++
	}
	return w.b[w.off]
}

func (w *walker) value(depth int) (v value, err error) {
	if depth > MaxDepth {
		return v, malformed("it nests deeper than %d levels", MaxDepth)
	}
	switch c := w.peek(); c {
	case '{', '[':
		v.kind = c
		w.off++
		for end := c + 2; ; { // } and ] stand two places behind { and [
			switch w.peek() {
			case end:
				w.off++
				return v, nil
			case ',':
				w.off++
				continue
			}
			if c == '{' {
				key, err := w.text()
				if err != nil {
					return v, err
				}
				v.keys = append(v.keys, key)
				w.peek()
				w.off++ // the colon
			}
			kid, err := w.value(depth + 1)
			if err != nil {
				return v, err
			}
			v.kids = append(v.kids, kid)
		}
	case '"':
		v.kind = c
		v.text, err = w.text()
		return v, err
	case 't', 'f', 'n':
		v.kind = c
	default:
		v.kind = '0'
	}
	start := w.off
	for w.off < len(w.b) && !ends(w.b[w.off]) {
		w.off++
	}
	v.text = string(w.b[start:w.off])
	return v, nil
}

// ends reports whether a byte ends a number or a word.
func ends(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

func (w *walker) text() (string, error) {
	w.peek()
	start := w.off
	plain := true
	for w.off++; w.b[w.off] != '"'; w.off++ {
		if w.b[w.off] == '\\' {
			plain = false
			w.off++
		}
	}
	w.off++
	if plain {
		return string(w.b[start+1 : w.off-1]), nil
	}
	var s string
	if err := json.Unmarshal(w.b[start:w.off], &s); err != nil {
		return "", fmt.Errorf("%w: %w", cborx.ErrMalformed, err)
	}
	return s, nil
}

// at finds the value at a path; nil if there is none. twice says that a key on
// the way stands there more than once, so that which one holds is not known.
func (v *value) at(p Path) (found *value, twice bool) {
	for _, s := range p {
		next := -1
		switch {
		case s.Index >= 0 && v.kind == '[' && s.Index < len(v.kids):
			next = s.Index
		case s.Index < 0 && v.kind == '{':
			for i, k := range v.keys {
				if k != s.Key {
					continue
				}
				if next >= 0 {
					return nil, true
				}
				next = i
			}
		}
		if next < 0 {
			return nil, false
		}
		v = &v.kids[next]
	}
	return v, false
}

// texts is the text at a path of keys; empty if there is none.
func (v *value) texts(keys ...string) string {
	if x := v.under(keys...); x != nil && x.kind == '"' {
		return x.text
	}
	return ""
}

func (v *value) under(keys ...string) *value {
	p := make(Path, len(keys))
	for i, k := range keys {
		p[i] = Step{k, -1}
	}
	x, _ := v.at(p)
	return x
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{cborx.ErrMalformed}, args...)...)
}
