// Package decimal holds the number of a reading: an exact decimal of int64
// mantissa and a scale of 0 to 18 digits, never a binary float.
//
// It is not an arithmetic library: it converts, compares and rescales. Its
// invariant: a value has one text and one CBOR form, and its digits after the
// point are those its scale names, trailing zeros included.
package decimal

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"fieldseal/evidence/cborx"
)

// MaxScale is the greatest number of digits after the decimal point.
const MaxScale = 18

// ErrRange says that a number does not fit an int64 mantissa at its scale.
var ErrRange = errors.New("number does not fit 64 bits at its scale")

// D is Mantissa × 10^-Scale. The zero value is 0.
type D struct {
	Mantissa int64
	Scale    uint8 // digits after the point, 0 to 18
}

// New returns mantissa × 10^-scale.
func New(mantissa int64, scale uint8) D { return D{mantissa, scale} }

// String gives the plain decimal, with exactly Scale digits after the point.
func (d D) String() string {
	s := strconv.FormatUint(magnitude(d.Mantissa), 10)
	if n := int(d.Scale); n > 0 {
		if len(s) <= n {
			s = strings.Repeat("0", n-len(s)+1) + s
		}
		s = s[:len(s)-n] + "." + s[len(s)-n:]
	}
	if d.Mantissa < 0 {
		return "-" + s
	}
	return s
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// Parse reads a plain decimal such as -10.10; the digits written after the
// point become the scale. Exponents, signs "+", blanks and bare points are errors.
func Parse(s string) (D, error) {
	t := strings.TrimPrefix(s, "-")
	whole, frac, pointed := strings.Cut(t, ".")
	if whole == "" || pointed && frac == "" || len(frac) > MaxScale || strings.Trim(whole+frac, "0123456789") != "" {
		return D{}, fmt.Errorf("%q is not a plain decimal with at most %d digits after the point", s, MaxScale)
	}
	digits := whole + frac
	if len(s) != len(t) {
		digits = "-" + digits
	}
	m, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return D{}, fmt.Errorf("%q: %w", s, ErrRange)
	}
	return D{m, uint8(len(frac))}, nil
}

// Rat is the exact value as a rational.
func (d D) Rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(d.Mantissa), pow10(d.Scale))
}

func pow10(n uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// FromRat rounds r half to even at the scale given.
func FromRat(r *big.Rat, scale uint8) (D, error) {
	if scale > MaxScale {
		return D{}, fmt.Errorf("scale %d is above %d", scale, MaxScale)
	}
	num := new(big.Int).Mul(r.Num(), pow10(scale))
	q, rem := new(big.Int).QuoRem(num, r.Denom(), new(big.Int))
	twice := new(big.Int).Abs(rem)
	twice.Lsh(twice, 1)
	if c := twice.Cmp(r.Denom()); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(num.Sign())))
	}
	if !q.IsInt64() {
		return D{}, ErrRange
	}
	return D{q.Int64(), scale}, nil
}

// Cmp compares values, whatever their scales: -1, 0 or +1.
func (d D) Cmp(e D) int {
	if d.Scale == e.Scale {
		switch {
		case d.Mantissa < e.Mantissa:
			return -1
		case d.Mantissa > e.Mantissa:
			return 1
		}
		return 0
	}
	return d.Rat().Cmp(e.Rat())
}

// Float is the nearest float64, for charts and metrics only, never for evidence.
func (d D) Float() float64 { return float64(d.Mantissa) * math.Pow10(-int(d.Scale)) }

// Append writes the CBOR form: an integer at scale 0, else the decimal fraction
// 4([-scale, mantissa]) of RFC 8949 §3.4.4.
func (d D) Append(b []byte) []byte {
	if d.Scale == 0 {
		return cborx.AppendInt(b, d.Mantissa)
	}
	b = cborx.AppendArray(cborx.AppendTag(b, 4), 2)
	return cborx.AppendInt(cborx.AppendInt(b, -int64(d.Scale)), d.Mantissa)
}

// Read reads the CBOR form; a tag 4 with exponent 0 is refused, for that value
// has the integer as its only form.
func Read(r *cborx.Reader) D {
	if r.Peek() != cborx.TypeTag {
		return D{Mantissa: r.Int()}
	}
	r.Tag(4)
	r.ArrayOf(2)
	e := r.Int()
	m := r.Int()
	if r.Err() == nil && (e >= 0 || e < -MaxScale) {
		r.Failf("decimal exponent %d is outside -%d…-1", e, MaxScale)
	}
	if r.Err() != nil {
		return D{}
	}
	return D{m, uint8(-e)}
}

// MarshalText is String, for JSON and YAML.
func (d D) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is Parse.
func (d *D) UnmarshalText(b []byte) (err error) {
	*d, err = Parse(string(b))
	return err
}
