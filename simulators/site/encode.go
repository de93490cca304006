package site

import (
	"fmt"
	"math"
	"math/big"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
)

// This file turns values into registers by what the compiled profile says, as
// the maker of an instrument would. It is written apart from
// drivers/modbus/registers on purpose.

// ask is one request of a profile: [function, address, count].
type ask struct {
	function       byte
	address, count uint16
}

// place is where a point stands: [offset, type, order, bit].
type place struct {
	exchange           int
	offset             uint16
	kind, order, digit uint64
}

// widths are the registers that each kind of number takes, by the number that
// stands for the kind in a compiled profile (docs/formats.md §5).
var widths = map[uint64]int{u16: 1, s16: 1, u32: 2, s32: 2, f32: 2, bit: 1, u64: 4, s64: 4, f64: 4}

const (
	u16 = 1 + iota
	s16
	u32
	s32
	f32
	bit
	u64
	s64
	f64
)

func readAsk(item []byte) (a ask, err error) {
	r := cborx.NewReader(item)
	r.ArrayOf(3)
	a = ask{byte(r.UintMax(255)), uint16(r.UintMax(65535)), uint16(r.UintMax(65535))}
	return a, r.Done()
}

func readPlace(x *profile.Point) (p place, err error) {
	r := cborx.NewReader(x.Source)
	r.ArrayOf(4)
	p = place{int(x.Exchange), uint16(r.UintMax(65535)), r.Uint(), r.UintMax(3), r.UintMax(15)}
	if err := r.Done(); err != nil {
		return p, err
	}
	if widths[p.kind] == 0 {
		return p, fmt.Errorf("kind of number %d", p.kind)
	}
	return p, nil
}

// bounds of the integers, by kind.
func bounds(kind uint64) (low, high *big.Int) {
	one := big.NewInt(1)
	size := uint(16 * widths[kind])
	switch kind {
	case s16, s32, s64:
		high = new(big.Int).Lsh(one, size-1)
		return new(big.Int).Neg(high), high.Sub(high, one)
	}
	high = new(big.Int).Lsh(one, size)
	return new(big.Int), high.Sub(high, one)
}

// pattern is the raw number as the instrument stores it, most significant byte
// first; a number beyond the register stays at its end, as instruments do.
func pattern(kind uint64, raw *big.Rat) []byte {
	size := 2 * widths[kind]
	out := make([]byte, size)
	var whole uint64
	switch kind {
	case f32:
		f, _ := raw.Float32()
		whole = uint64(math.Float32bits(f))
	case f64:
		f, _ := raw.Float64()
		whole = math.Float64bits(f)
	default:
		// Half away from zero, as a small converter's firmware rounds.
		twice := new(big.Int).Mul(raw.Num(), big.NewInt(2))
		if raw.Sign() < 0 {
			twice.Sub(twice, raw.Denom())
		} else {
			twice.Add(twice, raw.Denom())
		}
		n := twice.Quo(twice, new(big.Int).Mul(raw.Denom(), big.NewInt(2)))
		low, high := bounds(kind)
		if n.Cmp(low) < 0 {
			n = low
		} else if n.Cmp(high) > 0 {
			n = high
		}
		if n.Sign() < 0 {
			whole = uint64(n.Int64())
		} else {
			whole = n.Uint64()
		}
	}
	for i := size - 1; i >= 0; i-- {
		out[i] = byte(whole)
		whole >>= 8
	}
	return out
}

// lay puts the bytes of a number in the order in which they go over the wire:
// 0 as they are, 1 low register first, 2 low byte first in each register, 3 both.
func lay(order uint64, b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i += 2 {
		at := i
		if order&1 == 1 {
			at = len(b) - 2 - i
		}
		if order&2 == 2 {
			out = append(out, b[at+1], b[at])
		} else {
			out = append(out, b[at], b[at+1])
		}
	}
	return out
}
