// Package number turns what an instrument measures into the number that its profile
// says it sends, as its maker's firmware would.
//
// It knows no protocol, and shares no code with the decoders under drivers on
// purpose. Invariant: it only undoes what the compiled profile does to a number.
package number

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"fieldseal/evidence/profile"
)

// Value is what an instrument measures for a point of its profile, in the point's
// unit; ok is false when it has no value now.
type Value func(point string, at time.Time) (v float64, ok bool)

// Raw is the number that stands for a value on the wire.
func Raw(p *profile.Profile, d *profile.Device, x *profile.Point, value float64) (*big.Rat, error) {
	v := new(big.Rat)
	if v.SetFloat64(value) == nil {
		return nil, fmt.Errorf("%v is no number", value)
	}
	if s := x.Span; s != nil {
		low, err := d.Resolve(p, s.Low)
		if err != nil {
			return nil, err
		}
		high, err := d.Resolve(p, s.High)
		if err != nil {
			return nil, err
		}
		breadth := new(big.Rat).Sub(high.Rat(), low.Rat())
		if breadth.Sign() == 0 {
			return nil, fmt.Errorf("its span is empty")
		}
		v.Sub(v, low.Rat())
		v.Mul(v, new(big.Rat).Sub(s.RawHigh.Rat(), s.RawLow.Rat()))
		v.Quo(v, breadth)
		return v.Add(v, s.RawLow.Rat()), nil
	}
	if x.Scale.Mantissa == 0 {
		return nil, fmt.Errorf("its scale is 0")
	}
	v.Sub(v, x.Offset.Rat())
	return v.Quo(v, x.Scale.Rat()), nil
}

// Text is the number as an instrument prints it that sends decimals: with the
// point's digits, and at least one where the point leaves them open.
func Text(p *profile.Profile, d *profile.Device, x *profile.Point, value float64) (string, error) {
	v, err := Raw(p, d, x, value)
	if err != nil {
		return "", err
	}
	digits := int(x.Decimals)
	// A number that is multiplied needs more digits to say the same.
	for s := x.Scale.Rat(); x.Span == nil && s.Cmp(big.NewRat(1, 1)) > 0 && digits < 9; s.Quo(s, big.NewRat(10, 1)) {
		digits++
	}
	s := v.FloatString(max(digits, 1))
	if digits == 0 {
		s = strings.TrimSuffix(s, ".0")
	}
	return s, nil
}
