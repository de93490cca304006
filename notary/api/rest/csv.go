package rest

import (
	"encoding"
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"fieldseal/notary/api/client"
)

// CSV is the media type of tables. An output with it in its Content-Type header is
// written as one: RFC 4180, UTF-8 with a byte order mark.
const CSV = "text/csv; charset=utf-8"

// Table is what writes itself as rows.
type Table interface {
	Table() (head []string, rows [][]string)
}

// WriteCSV writes a value as a table: a [Table] as it says, a page with a field
// Items a row each, its fields in columns.
func WriteCSV(w io.Writer, v any) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	var head []string
	var rows [][]string
	if t, ok := v.(Table); ok {
		head, rows = t.Table()
	} else {
		items := reflect.Indirect(reflect.ValueOf(v))
		if items.Kind() == reflect.Struct {
			items = items.FieldByName("Items")
		}
		if items.Kind() != reflect.Slice || items.Type().Elem().Kind() != reflect.Struct {
			return fmt.Errorf("%T is no table", v)
		}
		head = columns(items.Type().Elem(), "")
		for i := range items.Len() {
			rows = append(rows, cells(items.Index(i), nil))
		}
	}
	for _, r := range append([][]string{head}, rows...) {
		for i := range r {
			r[i] = client.Cell(r[i])
		}
		if err := out.Write(r); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

var (
	marshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	listOfTexts = reflect.TypeFor[[]string]()
)

func nested(t reflect.Type) bool { return t.Kind() == reflect.Struct && !t.Implements(marshaler) }

func plain(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint32, reflect.Float64:
		return true
	}
	return t == listOfTexts || t.Implements(marshaler)
}

func columns(t reflect.Type, prefix string) (out []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || name == "":
		case nested(f.Type):
			out = append(out, columns(f.Type, prefix+name+"_")...)
		case plain(f.Type):
			out = append(out, prefix+name)
		}
	}
	return out
}

func cells(v reflect.Value, out []string) []string {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || name == "":
		case nested(f.Type):
			out = cells(v.Field(i), out)
		case plain(f.Type):
			out = append(out, cell(v.Field(i), f.Tag.Get("csv") == "time"))
		}
	}
	return out
}

func cell(v reflect.Value, clock bool) string {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return ""
		}
		return string(b)
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if clock {
			return client.Clock(v.Int())
		}
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Slice:
		return strings.Join(v.Interface().([]string), ";")
	}
	return fmt.Sprint(v.Interface())
}
