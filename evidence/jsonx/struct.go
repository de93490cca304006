package jsonx

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads text of at most limit bytes into the struct that dst points to.
// Every field without omitempty must be there and no other; a field with
// omitempty is left out when empty; byte slices are strict base64; a type that
// reads its own text must write the same text again.
func Decode(text []byte, limit int, dst any) error {
	if len(text) > limit {
		return fmt.Errorf("%w: %d bytes are above the limit of %d", ErrMalformed, len(text), limit)
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	p := parser{in: text, shapes: map[reflect.Type]*shape{}}
	p.into(reflect.ValueOf(dst).Elem(), 0)
	p.space()
	if p.err == nil && p.at != len(p.in) {
		p.failf("something follows the value")
	}
	return p.err
}

// shape is what a struct looks like in JSON.
type shape struct {
	fields []field
}

type field struct {
	key      string
	index    int
	optional bool
}

func (p *parser) shape(t reflect.Type) *shape {
	if s := p.shapes[t]; s != nil {
		return s
	}
	s := &shape{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && key != "" && key != "-" {
			s.fields = append(s.fields, field{key, i, opts == "omitempty"})
		}
	}
	p.shapes[t] = s
	return s
}

// into reads the next value into v.
func (p *parser) into(v reflect.Value, depth int) {
	p.space()
	if p.err != nil {
		return
	}
	if p.at >= len(p.in) {
		p.failf("the text ends where a value should begin")
		return
	}
	if depth > MaxDepth {
		p.failf("nested deeper than %d", MaxDepth)
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && v.Kind() != reflect.Pointer {
		p.ownText(v, u)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		p.into(v.Elem(), depth)
	case reflect.Struct:
		p.intoStruct(v, depth)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(p.base64())
			return
		}
		p.intoList(v, depth)
	case reflect.String:
		if p.quoted() {
			v.SetString(p.text())
		}
	case reflect.Bool:
		at := len(p.out)
		if !p.word("true") && !p.word("false") {
			p.failf("true or false expected")
			return
		}
		v.SetBool(p.out[at] == 't')
		p.out = p.out[:at]
	case reflect.Int, reflect.Int64, reflect.Int32:
		n := p.integer()
		if v.OverflowInt(n) {
			p.failf("%d is out of range", n)
			return
		}
		v.SetInt(n)
	case reflect.Uint32, reflect.Uint64:
		n := p.integer()
		if n < 0 || v.OverflowUint(uint64(n)) {
			p.failf("%d is out of range", n)
			return
		}
		v.SetUint(uint64(n))
	default:
		p.failf("a field of kind %v cannot be read", v.Kind())
	}
}

func (p *parser) quoted() bool {
	if p.err == nil && p.in[p.at] != '"' {
		p.failf("a string expected")
	}
	return p.err == nil
}

// integer reads a number in its one spelling.
func (p *parser) integer() int64 {
	if c := p.in[p.at]; c != '-' && (c < '0' || c > '9') {
		p.failf("an integer expected")
		return 0
	}
	at := len(p.out)
	p.number()
	if p.err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(p.out[at:]), 10, 64) // number has read it already
	p.out = p.out[:at]
	return n
}

func (p *parser) base64() []byte {
	if !p.quoted() {
		return nil
	}
	s := p.text()
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	// The strict decoder still skips line ends.
	if p.err == nil && (err != nil || base64.StdEncoding.EncodedLen(len(b)) != len(s)) {
		p.failf("not strict base64")
		return nil
	}
	return b
}

// ownText reads a type that parses its own text, and holds it to one spelling.
func (p *parser) ownText(v reflect.Value, u encoding.TextUnmarshaler) {
	if !p.quoted() {
		return
	}
	s := p.text()
	if p.err != nil {
		return
	}
	if err := u.UnmarshalText([]byte(s)); err != nil {
		p.failf("%v", err)
		return
	}
	m, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		p.failf("a %v cannot be written again", v.Type())
		return
	}
	if back, err := m.MarshalText(); err != nil || string(back) != s {
		p.failf("%q is not in its one spelling", s)
	}
}

func (p *parser) intoList(v reflect.Value, depth int) {
	if !p.next('[') {
		p.failf("an array expected")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for n := 0; !p.next(']') && p.err == nil; n++ {
		if n > 0 && !p.next(',') {
			p.failf("',' or ']' expected")
			return
		}
		// Growing one by one in place: no count of the text is believed.
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		p.into(v.Index(n), depth+1)
	}
}

func (p *parser) intoStruct(v reflect.Value, depth int) {
	if !p.next('{') {
		p.failf("an object expected")
		return
	}
	s := p.shape(v.Type())
	var seen uint64
	for n := 0; !p.next('}') && p.err == nil; n++ {
		if n > 0 && !p.next(',') {
			p.failf("',' or '}' expected")
			return
		}
		p.space()
		if p.at >= len(p.in) || !p.quoted() {
			p.failf("a key expected")
			return
		}
		key := p.text()
		i := 0
		for i < len(s.fields) && s.fields[i].key != key {
			i++
		}
		switch {
		case p.err != nil:
			return
		case i == len(s.fields):
			p.failf("unknown key %q", key)
			return
		case seen&(1<<i) != 0:
			p.failf("key %q is repeated", key)
			return
		case !p.next(':'):
			p.failf("':' expected")
			return
		}
		seen |= 1 << i
		f := v.Field(s.fields[i].index)
		p.into(f, depth+1)
		if p.err == nil && s.fields[i].optional && empty(f) {
			p.failf("an empty %q is left out", key)
		}
	}
	for i, f := range s.fields {
		if p.err == nil && !f.optional && seen&(1<<i) == 0 {
			p.failf("key %q is missing", f.key)
		}
	}
}

// empty is what encoding/json leaves out for omitempty.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// Encode gives the canonical form of the struct that src points to. Nil lists
// become empty ones.
func Encode(src any) ([]byte, error) {
	fill(reflect.ValueOf(src))
	b, err := json.Marshal(src)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return Canonical(b)
}

// Indent is Encode for people: the same value, a key a line.
func Indent(src any) ([]byte, error) {
	fill(reflect.ValueOf(src))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(src); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if _, err := Canonical(b.Bytes()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// fill makes nil slices empty, for null does not exist in this format.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && (v.Field(i).Kind() != reflect.Slice || !strings.HasSuffix(f.Tag.Get("json"), ",omitempty")) {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Pointer || k == reflect.Slice {
			for i := range v.Len() {
				fill(v.Index(i))
			}
		}
	}
}
