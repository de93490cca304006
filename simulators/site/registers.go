package site

import (
	"fmt"
	"strconv"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// slaveImage is one device behind a unit number, with the registers that its
// compiled profile describes.
type slaveImage struct {
	*measured
	unit   byte
	asks   []ask
	places []place
}

// imageOf reads the profile.
func imageOf(m *measured) (*slaveImage, error) {
	d, p := m.device, m.profile
	unit, err := strconv.ParseUint(d.Address, 10, 8)
	if err != nil || unit < 1 || unit > 247 {
		return nil, fmt.Errorf("simulate %s: address %q is not a Modbus unit from 1 to 247", d.ID, d.Address)
	}
	in := &slaveImage{measured: m, unit: byte(unit)}
	for i, e := range p.Exchanges {
		a, err := readAsk(e.Request)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: exchange %d of profile %s: %w", d.ID, i, p.ID, err)
		}
		in.asks = append(in.asks, a)
	}
	for i := range p.Points {
		x := &p.Points[i]
		pl, err := readPlace(x)
		if err == nil && pl.exchange >= len(in.asks) {
			err = fmt.Errorf("exchange %d does not exist", pl.exchange)
		}
		if err != nil {
			return nil, fmt.Errorf("simulate %s: point %s of profile %s: %w", d.ID, x.Name, p.ID, err)
		}
		in.places = append(in.places, pl)
	}
	return in, nil
}

// read is the content of the registers (functions 3 and 4) or bits (1 and 2) at
// an instant. Registers that hold no point read 0; addresses that no exchange
// of the profile covers are refused, as instruments do.
func (in *slaveImage) read(function byte, address, count uint16, at time.Time) ([]uint16, byte) {
	const illegalFunction, illegalAddress, failure = 1, 2, 4
	known, covered := false, false
	for _, a := range in.asks {
		if a.function == function {
			known = true
			covered = covered || address >= a.address && uint32(address)+uint32(count) <= uint32(a.address)+uint32(a.count)
		}
	}
	switch {
	case !known:
		return nil, illegalFunction
	case !covered:
		return nil, illegalAddress
	}
	out := make([]uint16, count)
	put := func(at uint32, f func(old uint16) uint16) {
		if i := int64(at) - int64(address); i >= 0 && i < int64(count) {
			out[i] = f(out[i])
		}
	}
	for i, p := range in.places {
		a := in.asks[p.exchange]
		if a.function != function {
			continue
		}
		x := &in.profile.Points[i]
		first := uint32(a.address) + uint32(p.offset)
		if p.kind == bit {
			if in.value(i, at) != 0 {
				put(first, func(old uint16) uint16 { return old | 1<<p.digit })
			}
			continue
		}
		wire, err := in.bytes(i, x, at)
		if err != nil {
			return nil, failure
		}
		for k := 0; k+1 < len(wire); k += 2 {
			put(first+uint32(k/2), func(uint16) uint16 { return uint16(wire[k])<<8 | uint16(wire[k+1]) })
		}
	}
	return out, 0
}

// bytes are those of point i as they go over the wire.
func (in *slaveImage) bytes(i int, x *profile.Point, at time.Time) ([]byte, error) {
	if len(x.NoValue) > 0 && in.isBlank(x.Name) {
		return x.NoValue[0], nil
	}
	raw, err := number.Raw(in.profile, in.device, x, in.value(i, at))
	if err != nil {
		return nil, err
	}
	return lay(in.places[i].order, pattern(in.places[i].kind, raw)), nil
}
