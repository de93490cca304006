package jsonx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Decode reads text of at most limit bytes into the struct that dst points to.
// Every field without omitempty must be there, and no other.
func Decode(text []byte, limit int, dst any) error {
	if len(text) > limit {
		return fmt.Errorf("%w: %d bytes are above the limit of %d", ErrMalformed, len(text), limit)
	}
	want, err := Canonical(text)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(want))
	d.DisallowUnknownFields()
	if err := d.Decode(dst); err != nil {
		return fmt.Errorf("%w: %s", ErrMalformed, strings.TrimPrefix(err.Error(), "json: "))
	}
	got, err := Encode(dst)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		at := 0
		for at < len(got) && at < len(want) && got[at] == want[at] {
			at++
		}
		return fmt.Errorf("%w: a key is missing or a value is not in its one spelling, near %q", ErrMalformed,
			want[max(0, at-24):min(len(want), at+24)])
	}
	return nil
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
			if v.Type().Field(i).IsExported() {
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
