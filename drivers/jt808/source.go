package jt808

import (
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// Source says where a point stands in a position report: a reading of the
// standard by its name, or a number in an additional item, which is how a vendor's
// temperatures are mapped.
type Source struct {
	Name   string // such as lat or mileage; empty for an item
	Item   byte
	Offset uint8 // bytes from the item's beginning
	Bytes  uint8 // 1, 2 or 4
	Signed bool  // two's complement
	Little bool  // least significant byte first; the standard's order is the other
}

// Append writes the compiled form: [name], or [item, offset, bytes, signed, little].
func (s Source) Append(b []byte) []byte {
	if s.Name != "" {
		return cborx.AppendText(cborx.AppendArray(b, 1), s.Name)
	}
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 5), uint64(s.Item)), uint64(s.Offset))
	return cborx.AppendBool(cborx.AppendBool(cborx.AppendUint(b, uint64(s.Bytes)), s.Signed), s.Little)
}

// ParseSource reads the compiled form strictly.
func ParseSource(item []byte) (Source, error) {
	r := cborx.NewReader(item)
	var s Source
	switch n := r.Array(5); {
	case r.Err() != nil:
	case n == 1:
		s.Name = r.Text(32)
	case n == 5:
		s = Source{Item: byte(r.UintMax(0xFF)), Offset: uint8(r.UintMax(0xFF)), Bytes: uint8(r.UintMax(4)), Signed: r.Bool(), Little: r.Bool()}
	default:
		r.Failf("%d parts; a source has 1 or 5", n)
	}
	if err := r.Done(); err != nil {
		return Source{}, fmt.Errorf("point source: %w", err)
	}
	if err := s.Check(); err != nil {
		return Source{}, fmt.Errorf("point source: %w: %w", cborx.ErrMalformed, err)
	}
	return s, nil
}

// units are the readings that the standard fixes, with their units.
var units = func() map[string]string {
	m := map[string]string{"lat": "deg", "lon": "deg", "height": "m", "speed": "km/h", "course": "deg"}
	for _, e := range extras {
		m[e.point] = e.unit
	}
	return m
}()

// Check refuses what has no meaning, so that each meaning has one form.
func (s Source) Check() error {
	if s.Name != "" {
		if _, ok := units[s.Name]; !ok || s != (Source{Name: s.Name}) {
			return fmt.Errorf("a position report has no reading %q", s.Name)
		}
		return nil
	}
	switch {
	case s.Bytes != 1 && s.Bytes != 2 && s.Bytes != 4:
		return fmt.Errorf("a number of %d bytes; 1, 2 and 4 are possible", s.Bytes)
	case s.Bytes == 1 && s.Little:
		return fmt.Errorf("one byte has no order; leave it out")
	case int(s.Offset)+int(s.Bytes) > 0xFF:
		return fmt.Errorf("bytes %d to %d lie beyond any item", s.Offset, int(s.Offset)+int(s.Bytes))
	}
	if e, ok := extras[s.Item]; ok {
		return fmt.Errorf("item %02X is the standard's; name it %s", s.Item, e.point)
	}
	return nil
}

// number reads the source's number in an item; ok is false when the item ends
// before it.
func (s Source) number(item []byte) (n decimal.D, ok bool) {
	if int(s.Offset)+int(s.Bytes) > len(item) {
		return decimal.D{}, false
	}
	var v uint32
	for i := range int(s.Bytes) {
		k := i
		if s.Little {
			k = int(s.Bytes) - 1 - i
		}
		v = v<<8 | uint32(item[int(s.Offset)+k])
	}
	if shift := 32 - 8*int(s.Bytes); s.Signed {
		return decimal.New(int64(int32(v<<shift)>>shift), 0), true
	}
	return decimal.New(int64(v), 0), true
}

// raw are the bytes of the source's number, for "no value" patterns.
func (s Source) raw(item []byte) []byte {
	return item[s.Offset : int(s.Offset)+int(s.Bytes)]
}
