package dlt645

// Item is how the value behind a data identifier is written (Annex A): so many
// BCD bytes, the least significant first, with a fixed decimal point and unit.
type Item struct {
	Name     string
	Bytes    int
	Decimals uint8
	Unit     string // SenML (RFC 8428, RFC 8798)
	// Signed: the highest bit is a sign and no digit.
	Signed bool
	// Dated: five bytes YYMMDDhhmm follow, least significant first.
	Dated bool
}

func (i Item) size() int {
	if i.Dated {
		return i.Bytes + 5
	}
	return i.Bytes
}

// energies are the kinds of energy and demand by the second byte.
var energies = [...]struct {
	name         string
	unit, demand string
	signed       bool
}{
	{"combined active", "kWh", "kW", true},
	{"forward active", "kWh", "kW", false},
	{"reverse active", "kWh", "kW", false},
	{"combined reactive 1", "kvarh", "kvar", true},
	{"combined reactive 2", "kvarh", "kvar", true},
	{"quadrant 1 reactive", "kvarh", "kvar", false},
	{"quadrant 2 reactive", "kvarh", "kvar", false},
	{"quadrant 3 reactive", "kvarh", "kvar", false},
	{"quadrant 4 reactive", "kvarh", "kvar", false},
	{"forward apparent", "kVAh", "kVA", false},
	{"reverse apparent", "kVAh", "kVA", false},
}

// phased are the quantities of group 02 by the second byte; the third says the
// phase, 00 the total where there is one.
var phased = map[byte]struct {
	Item
	total bool
}{
	0x01: {Item{Name: "voltage", Bytes: 2, Decimals: 1, Unit: "V"}, false},
	0x02: {Item{Name: "current", Bytes: 3, Decimals: 3, Unit: "A", Signed: true}, false},
	0x03: {Item{Name: "active power", Bytes: 3, Decimals: 4, Unit: "kW", Signed: true}, true},
	0x04: {Item{Name: "reactive power", Bytes: 3, Decimals: 4, Unit: "kvar", Signed: true}, true},
	0x05: {Item{Name: "apparent power", Bytes: 3, Decimals: 4, Unit: "kVA", Signed: true}, true},
	0x06: {Item{Name: "power factor", Bytes: 2, Decimals: 3, Signed: true}, true},
	0x07: {Item{Name: "phase angle", Bytes: 2, Decimals: 1, Unit: "deg"}, false},
	0x08: {Item{Name: "voltage distortion", Bytes: 2, Decimals: 2, Unit: "%"}, false},
	0x09: {Item{Name: "current distortion", Bytes: 2, Decimals: 2, Unit: "%"}, false},
}

// single are the quantities of group 0280 by the last byte.
var single = map[byte]Item{
	0x01: {Name: "neutral current", Bytes: 3, Decimals: 3, Unit: "A"},
	0x02: {Name: "grid frequency", Bytes: 2, Decimals: 2, Unit: "Hz"},
	0x03: {Name: "active power, mean of a minute", Bytes: 3, Decimals: 4, Unit: "kW", Signed: true},
	0x04: {Name: "active demand", Bytes: 3, Decimals: 4, Unit: "kW", Signed: true},
	0x05: {Name: "reactive demand", Bytes: 3, Decimals: 4, Unit: "kvar", Signed: true},
	0x06: {Name: "apparent demand", Bytes: 3, Decimals: 4, Unit: "kVA", Signed: true},
	0x07: {Name: "temperature in the meter", Bytes: 2, Decimals: 1, Unit: "Cel", Signed: true},
	0x08: {Name: "clock battery voltage", Bytes: 2, Decimals: 2, Unit: "V"},
	0x09: {Name: "reading battery voltage", Bytes: 2, Decimals: 2, Unit: "V"},
}

// all is the byte of an identifier that asks for a whole row.
const all = 0xFF

// Lookup finds the item of one identifier; ok is false for a row, and for an
// identifier whose form this package does not know.
func Lookup(di uint32) (item Item, ok bool) {
	d3, d2, d1, d0 := byte(di>>24), byte(di>>16), byte(di>>8), byte(di)
	switch {
	case d3 == 0x00 && int(d2) < len(energies) && d1 <= 0x3F && d0 <= 0x0C:
		e := energies[d2]
		return Item{Name: e.name + " energy", Bytes: 4, Decimals: 2, Unit: e.unit, Signed: e.signed}, true
	case d3 == 0x01 && d2 >= 1 && int(d2) < len(energies) && d1 <= 0x3F && d0 <= 0x0C:
		e := energies[d2]
		return Item{Name: e.name + " greatest demand", Bytes: 3, Decimals: 4, Unit: e.demand, Signed: e.signed, Dated: true}, true
	case d3 == 0x02 && d2 == 0x80 && d1 == 0:
		item, ok = single[d0]
		return item, ok
	case d3 == 0x02 && d0 == 0:
		p, known := phased[d2]
		if !known || d1 > 3 || d1 == 0 && !p.total {
			return Item{}, false
		}
		return p.Item, true
	}
	return Item{}, false
}

// row lists the identifiers that one identifier with FF stands for, the longest
// list that the standard allows; a reply may hold fewer rates.
func row(di uint32) []uint32 {
	d3, d2, d1, d0 := byte(di>>24), byte(di>>16), byte(di>>8), byte(di)
	if d1 != all || d0 == all {
		return nil
	}
	first, last := byte(0), byte(0x3F)
	if d3 == 0x02 {
		if last = 3; !phased[d2].total {
			first = 1
		}
	}
	var out []uint32
	for i := first; i <= last; i++ {
		x := uint32(d3)<<24 | uint32(d2)<<16 | uint32(i)<<8 | uint32(d0)
		if _, ok := Lookup(x); !ok {
			return nil
		}
		out = append(out, x)
	}
	return out
}
