package decode

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"fieldseal/evidence/decimal"
)

// Result is what one line of input gives.
type Result struct {
	OK       bool      `json:"ok"`
	Error    string    `json:"error"`
	Protocol string    `json:"protocol"`
	Frame    any       `json:"frame"` // fields by protocol; docs/drivers/ has them
	Readings []Reading `json:"readings"`
}

// Reading is one value.
type Reading struct {
	Point string `json:"point"`
	Value string `json:"value"` // plain decimal with the digits it was sent with
	Unit  string `json:"unit"`  // empty where neither profile nor standard fixes it
	Flag  string `json:"flag"`  // the instrument's own, verbatim
	Time  string `json:"time"`  // RFC 3339; empty where the frame gives none
}

func newReading(point string, v decimal.D, unit, flag string, t time.Time) Reading {
	return Reading{text(point), v.String(), unit, text(flag), timeText(t)}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// text keeps bytes that are not UTF-8 visible: JSON would replace them.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02X`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// number is an exact decimal as a JSON number.
type number struct{ decimal.D }

// MarshalJSON writes the digits as they are, unquoted.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }
