package registers

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// number is a raw number out of an answer: an integer, or a float that is kept
// as the binary fraction it is.
type number struct {
	i    int64
	wide *big.Int // a u64 above the greatest int64
	f    float64  // exact for binary32 too
	kind kind
}

type kind uint8

const (
	integer kind = iota
	float
)

func (n number) String() string {
	switch {
	case n.kind == float:
		return strconv.FormatFloat(n.f, 'g', -1, 64)
	case n.wide != nil:
		return n.wide.String()
	}
	return strconv.FormatInt(n.i, 10)
}

// finite reports whether there is a number at all.
func (n number) finite() bool {
	return n.kind == integer || !math.IsNaN(n.f) && !math.IsInf(n.f, 0)
}

func (n number) rat() *big.Rat {
	switch {
	case n.kind == float:
		return new(big.Rat).SetFloat64(n.f)
	case n.wide != nil:
		return new(big.Rat).SetInt(n.wide)
	}
	return new(big.Rat).SetInt64(n.i)
}

// raw copies the bytes of a point as they stand in the reply; nil for a bit.
func (s Source) raw(d modbus.Data) []byte {
	if s.Type == Bit {
		return nil
	}
	words := d.Words[s.Offset : int(s.Offset)+s.Type.Registers()]
	out := make([]byte, 0, 8)
	for _, w := range words {
		out = append(out, byte(w>>8), byte(w))
	}
	return out
}

// bitsOf puts the bytes in order, most significant first.
func (s Source) bitsOf(d modbus.Data) uint64 {
	words := d.Words[s.Offset : int(s.Offset)+s.Type.Registers()]
	var v uint64
	for i := range words {
		w := words[i]
		if s.Order&WordSwap != 0 {
			w = words[len(words)-1-i]
		}
		if s.Order&ByteSwap != 0 {
			w = bits.ReverseBytes16(w)
		}
		v = v<<16 | uint64(w)
	}
	return v
}

// number reads the raw number; the source lies inside d.
func (s Source) number(d modbus.Data) number {
	if s.Type == Bit {
		on := false
		if d.Bits != nil {
			on = d.Bits[s.Offset]
		} else {
			on = d.Words[s.Offset]>>s.Bit&1 == 1
		}
		if on {
			return number{i: 1}
		}
		return number{}
	}
	v := s.bitsOf(d)
	switch s.Type {
	case S16:
		return number{i: int64(int16(v))}
	case S32:
		return number{i: int64(int32(v))}
	case F32:
		return number{kind: float, f: float64(math.Float32frombits(uint32(v)))}
	case F64:
		return number{kind: float, f: math.Float64frombits(v)}
	case U64:
		if v > math.MaxInt64 {
			return number{wide: new(big.Int).SetUint64(v)}
		}
	}
	return number{i: int64(v)}
}

// noValue reports whether the bytes are one of the point's patterns.
func noValue(x *profile.Point, raw []byte) bool {
	for _, v := range x.NoValue {
		if bytes.Equal(v, raw) {
			return true
		}
	}
	return false
}

var pow10 = func() (t [decimal.MaxScale + 1]int64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// scaled is raw × Scale + Offset at the point's decimals: exact for integers,
// rounded half to even for floats. The error wraps decimal.ErrRange.
func (n number) scaled(x *profile.Point) (decimal.D, error) {
	if n.kind == integer && n.wide == nil && x.Scale.Scale <= x.Decimals && x.Offset.Scale <= x.Decimals {
		a, ok1 := multiply(n.i, x.Scale.Mantissa)
		a, ok2 := multiply(a, pow10[x.Decimals-x.Scale.Scale])
		b, ok3 := multiply(x.Offset.Mantissa, pow10[x.Decimals-x.Offset.Scale])
		sum := a + b
		// A sum overflowed when both parts have the other sign.
		if ok1 && ok2 && ok3 && (a^sum)&(b^sum) >= 0 {
			return decimal.New(sum, x.Decimals), nil
		}
	}
	if n.kind == float {
		if m, ok := roundFloat(n.f, x); ok {
			return decimal.New(m, x.Decimals), nil
		}
	}
	v := n.rat()
	v.Mul(v, x.Scale.Rat())
	return decimal.FromRat(v.Add(v, x.Offset.Rat()), x.Decimals)
}

// roundFloat is scaled for a float where 64 bits suffice, as they do for nearly
// every real value: f is m × 2^e exactly, so its mantissa at the point's decimals
// is m × factor, shifted by e and rounded half to even.
func roundFloat(f float64, x *profile.Point) (int64, bool) {
	if x.Offset.Mantissa != 0 || x.Scale.Scale > x.Decimals {
		return 0, false
	}
	factor, ok := multiply(x.Scale.Mantissa, pow10[x.Decimals-x.Scale.Scale])
	if !ok || f == 0 {
		return 0, ok
	}
	fraction, e := math.Frexp(f) // f = fraction × 2^e, 0.5 ≤ |fraction| < 1
	m := int64(fraction * (1 << 53))
	zeros := bits.TrailingZeros64(uint64(m))
	p, ok := multiply(m>>zeros, factor)
	shift := 53 - e - zeros // p / 2^shift
	switch {
	case !ok || shift <= 0 && p != 0 && -shift >= bits.LeadingZeros64(magnitude(p))-1:
		return 0, false
	case shift <= 0:
		return p << -shift, true
	}
	a := magnitude(p)
	q, rest := uint64(0), a
	if shift < 64 {
		q, rest = a>>shift, a&(1<<shift-1)
	}
	// Shifted by 65 or more, 63 bits are below one half.
	if shift <= 64 {
		if half := uint64(1) << (shift - 1); rest > half || rest == half && q&1 == 1 {
			q++
		}
	}
	if p < 0 {
		return -int64(q), true
	}
	return int64(q), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// multiply reports whether a × b fits 64 bits.
func multiply(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	if c/b != a || a == -1 && b == math.MinInt64 || b == -1 && a == math.MinInt64 {
		return 0, false
	}
	return c, true
}

// spanned maps raw linearly from [RawLow, RawHigh] onto [low, high], also
// outside it, rounded half to even at the point's decimals.
func (n number) spanned(x *profile.Point, low, high decimal.D) (decimal.D, error) {
	s := x.Span
	v := new(big.Rat).Sub(n.rat(), s.RawLow.Rat())
	v.Mul(v, new(big.Rat).Sub(high.Rat(), low.Rat()))
	width := new(big.Rat).Sub(s.RawHigh.Rat(), s.RawLow.Rat())
	if width.Sign() == 0 {
		return decimal.D{}, fmt.Errorf("%w: the span's raw range is empty", ErrProfile)
	}
	v.Quo(v, width)
	return decimal.FromRat(v.Add(v, low.Rat()), x.Decimals)
}
