package dlt645

import (
	"fmt"
	"time"

	"fieldseal/evidence/decimal"
)

// Reading is one value of a reply.
type Reading struct {
	DI    uint32
	Item  Item
	Value decimal.D
	Time  time.Time // of a demand, by the meter's clock; zero when it gave none
}

// Point is the identifier in 8 hexadecimal digits, the most significant first.
func (r Reading) Point() string { return Hex(r.DI) }

// Hex writes an identifier as the standard does.
func Hex(di uint32) string { return fmt.Sprintf("%08X", di) }

// zone is that of a meter's clock, which names none.
var zone = time.FixedZone("UTC+8", 8*60*60)

// Readings are the values of a reply to a read. Notes say what was not taken and
// why: a nibble above 9, a length that does not fit the identifier, an
// identifier whose form is not known.
func (f *Frame) Readings() (out []Reading, notes []string) {
	if word, refused := f.Refused(); refused {
		return nil, []string{"the meter refused: " + Refusal(word)}
	}
	di, ok := f.DI()
	if !ok || !f.Reply() {
		return nil, nil
	}
	if f.Control&functionMask != ControlRead {
		return nil, []string{"a continuation: where its values stand only the frames before it tell"}
	}
	data := f.Data[4:]
	ids, item, note := items(di, len(data), f.More())
	if note != "" {
		return nil, []string{note}
	}
	for i, id := range ids {
		b := data[i*item.size() : (i+1)*item.size()]
		v, ok := item.value(b[:item.Bytes])
		if !ok {
			notes = append(notes, fmt.Sprintf("%s holds no decimal digits (%X)", Hex(id), b[:item.Bytes]))
			continue
		}
		r := Reading{DI: id, Item: item, Value: v}
		if item.Dated {
			r.Time = date(b[item.Bytes:])
		}
		out = append(out, r)
	}
	return out, notes
}

// items tells which identifiers stand in n bytes of answer to di.
func items(di uint32, n int, more bool) ([]uint32, Item, string) {
	ids := []uint32{di}
	if r := row(di); r != nil {
		ids = r
	}
	item, ok := Lookup(ids[0])
	if !ok {
		return nil, item, fmt.Sprintf("the form of %s is not known", Hex(di))
	}
	whole := n / item.size()
	switch {
	case whole == 0 || n%item.size() != 0 && !more || whole > len(ids):
		return nil, item, fmt.Sprintf("%d bytes of data; %s (%s) has %d each", n, Hex(di), item.Name, item.size())
	case di>>24 == 0x02 && whole != len(ids) && !more:
		return nil, item, fmt.Sprintf("%d values where %s has %d", whole, Hex(di), len(ids))
	}
	return ids[:whole], item, ""
}

// value reads BCD, the least significant byte first.
func (i Item) value(b []byte) (decimal.D, bool) {
	var n int64
	negative := false
	for k := len(b) - 1; k >= 0; k-- {
		high, low := b[k]>>4, b[k]&0x0F
		if k == len(b)-1 && i.Signed {
			negative, high = high&8 != 0, high&7
		}
		if high > 9 || low > 9 {
			return decimal.D{}, false
		}
		n = n*100 + int64(high)*10 + int64(low)
	}
	if negative {
		n = -n
	}
	return decimal.New(n, i.Decimals), true
}

// date reads YYMMDDhhmm, least significant byte first; the zero time when it is
// none, as in a meter that has seen no demand.
func date(b []byte) time.Time {
	var v [5]int
	for i := range v {
		x := b[len(v)-1-i]
		if x>>4 > 9 || x&0x0F > 9 {
			return time.Time{}
		}
		v[i] = int(x>>4)*10 + int(x&0x0F)
	}
	t := time.Date(2000+v[0], time.Month(v[1]), v[2], v[3], v[4], 0, 0, zone)
	// Date turns the 31st of April into the 1st of May; a meter must not.
	if int(t.Month()) != v[1] || t.Day() != v[2] || t.Hour() != v[3] || t.Minute() != v[4] {
		return time.Time{}
	}
	return t
}
