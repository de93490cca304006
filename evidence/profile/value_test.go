package profile

import (
	"testing"

	"fieldseal/evidence/decimal"
)

func TestExactKeepsEveryDigitAndAtLeastTheDecimals(t *testing.T) {
	for _, c := range []struct {
		raw, scale, offset string
		decimals           uint8
		want               string // empty: cannot be held
	}{
		{"75.60", "1", "0", 0, "75.60"},
		{"75.60", "1", "0", 1, "75.60"},
		{"75", "1", "0", 2, "75.00"},
		{"178000.000", "0.001", "0", 0, "178.000000"},
		{"0.160", "1000", "0", 0, "160.000"},
		{"-3", "0.5", "0.25", 0, "-1.25"},
		{"0", "1", "-273.15", 1, "-273.15"},
		{"9223372036854775807", "10", "0", 0, ""},
		{"0.000000000000000001", "0.1", "0", 0, ""},
		{"9223372036854775807", "1", "0", 1, ""},
	} {
		d := func(s string) decimal.D {
			v, err := decimal.Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		p := Point{Scale: d(c.scale), Offset: d(c.offset), Decimals: c.decimals}
		got, err := p.Exact(d(c.raw))
		if (err == nil) != (c.want != "") || err == nil && got.String() != c.want {
			t.Errorf("%s × %s + %s: %v %v, want %q", c.raw, c.scale, c.offset, got, err, c.want)
		}
	}
}
