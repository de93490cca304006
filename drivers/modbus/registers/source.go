package registers

import (
	"fmt"
	"strings"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/cborx"
)

// Read is a read request, for those who know this package and not package modbus.
type Read = modbus.Read

// Type is how the bits of a point are read. The number is part of the compiled profile.
type Type uint8

// The types of a point.
const (
	U16 Type = 1
	S16 Type = 2 // two's complement
	U32 Type = 3
	S32 Type = 4
	F32 Type = 5 // IEEE 754 binary32
	Bit Type = 6 // one bit: of a register with functions 3 and 4, of the answer with 1 and 2
	U64 Type = 7
	S64 Type = 8
	F64 Type = 9 // IEEE 754 binary64

	maxType = F64
)

var typeNames = [...]string{U16: "u16", S16: "s16", U32: "u32", S32: "s32", F32: "f32", Bit: "bit", U64: "u64", S64: "s64", F64: "f64"}

func (t Type) String() string {
	if t == 0 || t > maxType {
		return fmt.Sprintf("type %d", uint8(t))
	}
	return typeNames[t]
}

// ParseType reads a name such as "s16".
func ParseType(s string) (Type, error) {
	for t := U16; t <= maxType; t++ {
		if typeNames[t] == s {
			return t, nil
		}
	}
	return 0, fmt.Errorf("type %q does not exist; write one of %s", s, strings.Join(typeNames[1:], ", "))
}

// Registers is how many 16-bit registers the type takes.
func (t Type) Registers() int {
	switch t {
	case U32, S32, F32:
		return 2
	case U64, S64, F64:
		return 4
	}
	return 1
}

func (t Type) float() bool { return t == F32 || t == F64 }

// Order is how the bytes of a number lie in its registers. The number is part of
// the compiled profile.
type Order uint8

// The orders. ABCD are the bytes of a 32-bit number, A the most significant.
const (
	Big      Order = 0 // ABCD: as the standard has it
	WordSwap Order = 1 // CDAB: low register first
	ByteSwap Order = 2 // BADC: low byte first in each register
	Little   Order = 3 // DCBA: both

	maxOrder = Little
)

var orderNames = [...]string{"big", "word-swap", "byte-swap", "little"}

func (o Order) String() string {
	if o > maxOrder {
		return fmt.Sprintf("order %d", uint8(o))
	}
	return orderNames[o]
}

// ParseOrder reads a name such as "word-swap".
func ParseOrder(s string) (Order, error) {
	for i, n := range orderNames {
		if n == s {
			return Order(i), nil
		}
	}
	return 0, fmt.Errorf("order %q does not exist; write one of %s", s, strings.Join(orderNames[:], ", "))
}

// Source says where a point stands in the answer to its exchange.
type Source struct {
	Offset uint16 // registers (functions 3, 4) or bits (1, 2) from the exchange's address
	Type   Type
	Order  Order // Big for types of one register but byte-swapped ones, and for bits
	Bit    uint8 // of the register, 0 the least significant; 0 unless Type is Bit
}

// Append writes the compiled form [offset, type, order, bit].
func (s Source) Append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendArray(b, 4), uint64(s.Offset))
	b = cborx.AppendUint(cborx.AppendUint(b, uint64(s.Type)), uint64(s.Order))
	return cborx.AppendUint(b, uint64(s.Bit))
}

// ParseSource reads the compiled form strictly.
func ParseSource(item []byte) (Source, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(4)
	s := Source{
		Offset: uint16(r.UintMax(0xFFFF)),
		Type:   Type(r.UintMax(uint64(maxType))),
		Order:  Order(r.UintMax(uint64(maxOrder))),
		Bit:    uint8(r.UintMax(15)),
	}
	if err := r.Done(); err != nil {
		return Source{}, fmt.Errorf("point source: %w", err)
	}
	if err := s.Check(); err != nil {
		return Source{}, fmt.Errorf("point source: %w: %w", cborx.ErrMalformed, err)
	}
	return s, nil
}

// Check refuses what has no meaning, so that each meaning has one form.
func (s Source) Check() error {
	switch {
	case s.Type == 0 || s.Type > maxType:
		return fmt.Errorf("%v does not exist", s.Type)
	case s.Order > maxOrder:
		return fmt.Errorf("%v does not exist", s.Order)
	case s.Type == Bit && s.Order != Big:
		return fmt.Errorf("a bit has no byte order; leave the order out")
	case s.Type.Registers() == 1 && s.Order&WordSwap != 0:
		return fmt.Errorf("order %v of one register; big or byte-swap are possible", s.Order)
	case s.Type != Bit && s.Bit != 0 || s.Bit > 15:
		return fmt.Errorf("bit %d of %v; bits 0 to 15 belong to type bit only", s.Bit, s.Type)
	}
	return nil
}

// AppendRequest writes the compiled form of an exchange: [function, address, count].
func AppendRequest(b []byte, r modbus.Read) []byte {
	b = cborx.AppendUint(cborx.AppendArray(b, 3), uint64(r.Function))
	return cborx.AppendUint(cborx.AppendUint(b, uint64(r.Address)), uint64(r.Count))
}

// ParseRequest reads the compiled form strictly; the read is one that may be asked.
func ParseRequest(item []byte) (modbus.Read, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(3)
	q := modbus.Read{
		Function: byte(r.UintMax(0xFF)),
		Address:  uint16(r.UintMax(0xFFFF)),
		Count:    uint16(r.UintMax(0xFFFF)),
	}
	if err := r.Done(); err != nil {
		return modbus.Read{}, fmt.Errorf("exchange: %w", err)
	}
	if err := q.Check(); err != nil {
		return modbus.Read{}, fmt.Errorf("exchange: %w: %w", cborx.ErrMalformed, err)
	}
	return q, nil
}
