package decimal

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"testing"

	"fieldseal/evidence/cborx"
)

func TestTextKeepsEveryDigit(t *testing.T) {
	for s, want := range map[string]D{
		"0": {0, 0}, "-0.5": {-5, 1}, "10.10": {1010, 2}, "-18": {-18, 0}, "0.000": {0, 3}, "9223372036854775807": {math.MaxInt64, 0},
		"-9.223372036854775808": {math.MinInt64, 18}, "0.000000000000000001": {1, 18},
	} {
		d, err := Parse(s)
		if err != nil || d != want || d.String() != s {
			t.Errorf("%s: %+v %q %v", s, d, d.String(), err)
		}
	}
}

func TestOtherTextsAreRefused(t *testing.T) {
	for _, s := range []string{"", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "0x1", "1_000", "--1", "1.2.3", "１", "9223372036854775808", "0.0000000000000000001", "NaN"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("%q read as %v", s, d)
		}
	}
}

func TestRoundingIsHalfToEvenAndExact(t *testing.T) {
	for _, tc := range []struct {
		num, den int64
		scale    uint8
		want     string
	}{{1, 2, 0, "0"}, {3, 2, 0, "2"}, {5, 2, 0, "2"}, {-1, 2, 0, "0"}, {-3, 2, 0, "-2"}, {1, 3, 4, "0.3333"}, {2, 3, 4, "0.6667"}, {25, 1000, 2, "0.02"}, {35, 1000, 2, "0.04"}, {-35, 1000, 2, "-0.04"}} {
		d, err := FromRat(big.NewRat(tc.num, tc.den), tc.scale)
		if err != nil || d.String() != tc.want {
			t.Errorf("%d/%d at %d: %v %v, want %s", tc.num, tc.den, tc.scale, d, err, tc.want)
		}
	}
	if _, err := FromRat(big.NewRat(math.MaxInt64, 1), 1); !errors.Is(err, ErrRange) {
		t.Errorf("beyond 64 bits: %v", err)
	}
	if _, err := FromRat(big.NewRat(1, 1), 19); err == nil {
		t.Error("scale 19")
	}
}

func TestComparisonKnowsNoScale(t *testing.T) {
	a, b := New(1010, 2), New(101, 1)
	if a.Cmp(b) != 0 || a.Cmp(New(1011, 2)) != -1 || b.Cmp(New(-101, 1)) != 1 || New(math.MaxInt64, 0).Cmp(New(1, 18)) != 1 {
		t.Error("comparison")
	}
}

// FuzzDecimal: text and CBOR have one form each, and both carry the same value.
func FuzzDecimal(f *testing.F) {
	f.Add([]byte{0x00}, "1.50")
	f.Add([]byte{0xc4, 0x82, 0x20, 0x0f}, "-0.001")
	f.Add([]byte{0xc4, 0x82, 0x00, 0x0f}, "1e5")
	f.Fuzz(func(t *testing.T, b []byte, s string) {
		r := cborx.NewReader(b)
		if d := Read(r); r.Done() == nil && !bytes.Equal(d.Append(nil), b) {
			t.Fatalf("%x read as %v, written as %x", b, d, d.Append(nil))
		}
		d, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(d.String())
		if err != nil || again != d {
			t.Fatalf("%q is %+v, %q is %+v %v", s, d, d.String(), again, err)
		}
		r = cborx.NewReader(d.Append(nil))
		if back := Read(r); r.Done() != nil || back != d {
			t.Fatalf("%v through CBOR is %v, %v", d, back, r.Done())
		}
		if rat, ok := new(big.Rat).SetString(s); !ok || rat.Cmp(d.Rat()) != 0 {
			t.Fatalf("%q is %v, math/big says %v", s, d.Rat(), rat)
		}
	})
}
