package profile

import (
	"math/big"

	"fieldseal/evidence/decimal"
)

// Exact is the value of a number that the instrument sent as a decimal: raw ×
// Scale + Offset with every digit kept, and with at least Decimals of them. It is
// decimal.ErrRange, or too many digits, when the value cannot be held exactly.
func (p *Point) Exact(raw decimal.D) (decimal.D, error) {
	if p.Scale == decimal.New(1, 0) && p.Offset == (decimal.D{}) && raw.Scale >= p.Decimals {
		return raw, nil
	}
	digits := max(p.Decimals, raw.Scale+p.Scale.Scale, p.Offset.Scale)
	r := new(big.Rat).Mul(raw.Rat(), p.Scale.Rat())
	return decimal.FromRat(r.Add(r, p.Offset.Rat()), digits)
}
