package vehicle

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"fieldseal/evidence/cborx"
	"fieldseal/simulators/number"
)

// place is where a point stands in a report: a reading of the standard by its name, or
// a number in an additional item.
type place struct {
	name           string
	item           byte
	offset, bytes  int
	signed, little bool
}

func readPlace(item []byte) (p place, err error) {
	r := cborx.NewReader(item)
	if r.Array(5) == 1 {
		p.name = r.Text(32)
	} else {
		p = place{item: byte(r.UintMax(255)), offset: int(r.UintMax(255)), bytes: int(r.UintMax(4)), signed: r.Bool(), little: r.Bool()}
	}
	return p, r.Done()
}

// fixed are the standard's numbers of the basic part: where they stand, and how many
// of their units make one of the point's.
var fixed = map[string]struct {
	at, bytes int
	units     int64
}{"lat": {8, 4, 1e6}, "lon": {12, 4, 1e6}, "height": {16, 2, 1}, "speed": {18, 2, 10}, "course": {20, 2, 1}}

// beijing is the zone of all times on the wire.
var beijing = time.FixedZone("", 8*3600)

// report is the body of 0200 at an instant: 28 bytes, then items.
func (v *Vehicle) report(at time.Time) ([]byte, error) {
	b := make([]byte, 28)
	status := uint32(1) // ignition on
	items := map[byte][]byte{}
	var order []byte
	put := func(item byte, size int) []byte {
		if items[item] == nil {
			order = append(order, item)
		}
		for len(items[item]) < size {
			items[item] = append(items[item], 0xFF)
		}
		return items[item]
	}
	for i, p := range v.places {
		x := &v.cfg.Profile.Points[i]
		value, ok := v.cfg.Value(x.Name, at)
		if !ok {
			if p.name == "" && len(x.NoValue) > 0 {
				copy(put(p.item, p.offset+p.bytes)[p.offset:], x.NoValue[0])
			}
			continue
		}
		raw, err := number.Raw(v.cfg.Profile, v.cfg.Device, x, value)
		if err != nil {
			return nil, fmt.Errorf("point %s: %w", x.Name, err)
		}
		switch f, known := fixed[p.name]; {
		case known:
			status |= 2 // there is a fix
			n := whole(raw.Mul(raw, big.NewRat(f.units, 1)))
			if n < 0 {
				n = -n
				status |= map[string]uint32{"lat": 4, "lon": 8}[p.name]
			}
			lay(b[f.at:f.at+f.bytes], uint64(n), false)
		case p.name == "mileage":
			lay(put(1, 4), uint64(whole(raw.Mul(raw, big.NewRat(10, 1)))), false)
		case p.name != "":
			return nil, fmt.Errorf("point %s: %s cannot be simulated", x.Name, p.name)
		default:
			lay(put(p.item, p.offset+p.bytes)[p.offset:p.offset+p.bytes], uint64(whole(raw)), p.little)
		}
	}
	binary.BigEndian.PutUint32(b[4:], status)
	stamp, err := hex.DecodeString(at.In(beijing).Format("060102150405"))
	if err != nil {
		return nil, err
	}
	copy(b[22:], stamp)
	for _, id := range order {
		b = append(append(b, id, byte(len(items[id]))), items[id]...)
	}
	return b, nil
}

// whole rounds half away from zero.
func whole(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	if r.Sign() < 0 {
		twice.Sub(twice, r.Denom())
	} else {
		twice.Add(twice, r.Denom())
	}
	return twice.Quo(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}

func lay(to []byte, n uint64, little bool) {
	for i := range to {
		at := len(to) - 1 - i
		if little {
			at = i
		}
		to[at] = byte(n)
		n >>= 8
	}
}

// batch is the body of 0704: reports that could not be sent in their time.
func batch(reports [][]byte) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, uint16(len(reports))), 1)
	for _, r := range reports {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(r))), r...)
	}
	return b
}

// message frames a body: header, check byte, escapes.
func (v *Vehicle) message(id uint16, serial uint16, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	b = append(b, v.phone...)
	b = append(binary.BigEndian.AppendUint16(b, serial), body...)
	check := byte(0)
	for _, c := range b {
		check ^= c
	}
	out := []byte{0x7E}
	for _, c := range append(b, check) {
		switch c {
		case 0x7E:
			out = append(out, 0x7D, 0x02)
		case 0x7D:
			out = append(out, 0x7D, 0x01)
		default:
			out = append(out, c)
		}
	}
	return append(out, 0x7E)
}

// register is the body of 0100 (2013).
func register(device string) []byte {
	b := []byte{0, 11, 0, 100}                   // province, city
	b = append(b, "MAKER"...)                    // manufacturer
	b = append(b, make([]byte, 20)...)           // model
	b = append(b, (device + "       ")[:7]...)   // terminal id
	return append(b, 1, 0xBE, 0xA9, 'A', '1', 0) // plate colour; plate in GBK
}
