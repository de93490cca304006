package centre

import (
	"encoding/binary"
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// What the rows of the centre's table begin with. Numbers in keys are big-endian.
const (
	rowCursor    = 'v' // → cursor
	rowSeries    = 's' // gateway, point, 0, unit → number, site
	rowBucket    = 'b' // tier, series, slot → bucket
	rowGap       = 'g' // gateway, end, log index, leaf → gap
	rowAdmission = 'a' // gateway, admitted at, event → log index
	rowNewest    = 'n' // gateway, admitted at, event → newest readings then
	rowLogged    = 'l' // at, event → size under a checkpoint then
	rowAnchored  = 'c' // at, event → size under a final anchor then
)

// tier is a width of stored buckets.
type tier uint8

// The tiers. Their numbers are stored.
const (
	minutes tier = 1
	hours   tier = 2
)

// width of a bucket in µs.
func (t tier) width() int64 {
	if t == hours {
		return 3600 * 1_000_000
	}
	return 60 * 1_000_000
}

func u64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

func bucketKey(t tier, series, slot uint32) []byte {
	b := append(make([]byte, 0, 10), rowBucket, byte(t))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, series), slot)
}

func slotOf(t tier, time int64) uint32 { return uint32(max(time, 0) / t.width()) }

func seriesKey(g batch.ID, point, unit string) []byte {
	b := append(append(make([]byte, 0, 18+len(point)+len(unit)), rowSeries), g[:]...)
	return append(append(append(b, point...), 0), unit...)
}

func gapKey(g batch.ID, to int64, index uint64, leaf uint32) []byte {
	b := append(append(make([]byte, 0, 37), rowGap), g[:]...)
	return binary.BigEndian.AppendUint32(u64(u64(b, uint64(max(to, 0))), index), leaf)
}

func gatewayKey(kind byte, g batch.ID, at int64, event uint64) []byte {
	b := append(append(make([]byte, 0, 33), kind), g[:]...)
	return u64(u64(b, uint64(max(at, 0))), event)
}

func timeKey(kind byte, at int64, event uint64) []byte {
	return u64(u64(append(make([]byte, 0, 17), kind), uint64(max(at, 0))), event)
}

// gap is a stored gap with its place.
type gap struct {
	points   []string
	from, to int64
	cause    record.Cause
	index    uint64
	leaf     uint32
}

func (g *gap) covers(point string) bool { return (&record.Gap{Points: g.points}).Covers(point) }

func gapValue(r *record.Gap) []byte {
	b := binary.AppendVarint([]byte{rowVersion}, r.From)
	b = binary.AppendUvarint(append(b, byte(r.Cause)), uint64(len(r.Points)))
	for _, p := range r.Points {
		b = appendText(b, p)
	}
	return b
}

func readGap(key, value []byte) (g gap, err error) {
	if len(key) != 37 {
		return g, fmt.Errorf("%w: gap key of %d bytes", errRow, len(key))
	}
	g.to, g.index, g.leaf = int64(binary.BigEndian.Uint64(key[17:])), binary.BigEndian.Uint64(key[25:]), binary.BigEndian.Uint32(key[33:])
	r := reader{b: value}
	r.version()
	g.from, g.cause = r.int(), record.Cause(r.byte())
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		g.points = append(g.points, r.text())
	}
	if err := r.done(); err != nil {
		return g, fmt.Errorf("%w: gap: %v", errRow, err)
	}
	return g, nil
}

// newestValue is a gateway's newest readings, and its configuration then.
func newestValue(all []*series, f inForce) []byte {
	b := binary.AppendVarint(append([]byte{rowVersion}, f.config[:]...), f.configFor)
	n := 0
	for _, s := range all {
		if s.newest != nil {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	for _, s := range all {
		if s.newest == nil {
			continue
		}
		b = binary.AppendUvarint(b, uint64(s.number))
		b = binary.AppendVarint(b, s.newest.admitted)
		b = appendText(s.newest.append(b, 0), s.newest.flag)
	}
	return b
}

// readNewest gives what newestValue wrote, readings by series.
func readNewest(v []byte, take func(series uint32, n *newest)) (f inForce, err error) {
	r := reader{b: v}
	r.version()
	for i := range f.config {
		f.config[i] = r.byte()
	}
	f.configFor = r.int()
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		number := r.uint()
		x := &newest{admitted: r.int()}
		x.sample = r.sample(0)
		x.flag = r.text()
		if r.err == nil {
			take(uint32(number), x)
		}
	}
	if err := r.done(); err != nil {
		return f, fmt.Errorf("%w: newest readings: %v", errRow, err)
	}
	return f, nil
}
