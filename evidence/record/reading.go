package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// Mark is a quality mark that the agent put on a reading. A marked reading is
// kept and sealed unchanged. The number is signed.
type Mark uint8

// The quality marks.
const (
	MarkRange      Mark = 1 // outside the profile's plausible range
	MarkRate       Mark = 2 // changed faster than the profile's greatest rate
	MarkStuck      Mark = 3 // unchanged for longer than the profile's bound
	MarkInstrument Mark = 4 // the instrument's own flag is not its normal one
	MarkTainted    Mark = 5 // reserved: surplus bytes followed the reply; see docs/decisions.md
	MarkClock      Mark = 6 // the gateway's clock was not set
	MarkLimit      Mark = 7 // outside the limit that the site file gives
	MarkBackfilled Mark = 8 // sent late, out of the instrument's own memory
	maxMark             = MarkBackfilled
)

func (m Mark) String() string {
	if m == 0 || m > maxMark {
		return fmt.Sprintf("mark %d", uint8(m))
	}
	return [...]string{"", "range", "rate", "stuck", "instrument", "tainted", "clock", "limit", "back-filled"}[m]
}

// BootID names one run of an agent: 16 random bytes drawn at its start.
type BootID [16]byte

// FrameRef names the frame a reading was decoded from: by leaf index in the
// same batch, or with boot and sequence when it stands in another.
type FrameRef struct {
	Leaf  uint32
	Batch *BatchRef // nil: the same batch
}

// BatchRef names a batch of the same gateway.
type BatchRef struct {
	Boot BootID
	Seq  uint64
}

// Reading is one value of one point: a resolved one-record SenML map (RFC 8428
// §6, labels of §6 Table 4) with absolute time and no base fields, and four
// text labels of ours.
type Reading struct {
	Point string // "device/name", SenML n
	Unit  string // SenML u, empty for a bare number
	Value decimal.D
	Time  int64  // Unix microseconds, SenML t as 4([-6, µs])
	Mono  uint64 // µs since the machine started
	Path  Path
	Frame *FrameRef // nil only where no exchange of bytes exists
	Flag  string    // the instrument's own flag, verbatim
	Marks []Mark    // ascending
	// Instrument is the instrument's own time of the value, Unix µs; 0: it gave
	// none. Time is the gateway's, at which the bytes came; neither replaces the other.
	Instrument int64
}

// Kind is KindReading.
func (*Reading) Kind() Kind { return KindReading }

// minTime keeps SenML times absolute: below 2^28 seconds they are relative (RFC 8428 §4.5.3).
const minTime = (1 << 28) * 1_000_000

// maxTime is the year 9999 in µs: RFC 3339 ends there.
const maxTime = 253402300799 * 1_000_000

// Append writes the map; keys ascend by their encoding: 0 n, 1 u, 2 v, 6 t, then
// "f" frame, "m" monotonic, "p" path, "q" marks, "it" instrument's time, "flag".
func (x *Reading) Append(b []byte) []byte {
	n := 5
	if x.Unit != "" {
		n++
	}
	if x.Frame != nil {
		n++
	}
	if len(x.Marks) > 0 {
		n++
	}
	if x.Instrument != 0 {
		n++
	}
	if x.Flag != "" {
		n++
	}
	b = cborx.AppendText(cborx.AppendUint(cborx.AppendMap(b, n), 0), x.Point)
	if x.Unit != "" {
		b = cborx.AppendText(cborx.AppendUint(b, 1), x.Unit)
	}
	b = x.Value.Append(cborx.AppendUint(b, 2))
	b = decimal.New(x.Time, 6).Append(cborx.AppendUint(b, 6))
	if x.Frame != nil {
		b = x.Frame.append(cborx.AppendText(b, "f"))
	}
	b = cborx.AppendUint(cborx.AppendText(b, "m"), x.Mono)
	b = cborx.AppendUint(cborx.AppendText(b, "p"), uint64(x.Path))
	if len(x.Marks) > 0 {
		b = cborx.AppendArray(cborx.AppendText(b, "q"), len(x.Marks))
		for _, m := range x.Marks {
			b = cborx.AppendUint(b, uint64(m))
		}
	}
	if x.Instrument != 0 {
		b = decimal.New(x.Instrument, 6).Append(cborx.AppendText(b, "it"))
	}
	if x.Flag != "" {
		b = cborx.AppendText(cborx.AppendText(b, "flag"), x.Flag)
	}
	return b
}

func readReading(r *cborx.Reader) *Reading {
	x := &Reading{}
	var seen uint32
	for m := r.Map(10); m.Next(); {
		if k, ok := m.Int(); ok {
			switch k {
			case 0:
				seen |= 1
				x.Point = nonEmpty(r, MaxName)
			case 1:
				x.Unit = nonEmpty(r, MaxName)
			case 2:
				seen |= 2
				x.Value = decimal.Read(r)
			case 6:
				seen |= 4
				t := decimal.Read(r)
				if r.Err() == nil && (t.Scale != 6 || t.Mantissa < minTime || t.Mantissa > maxTime) {
					r.Failf("time is not an absolute 4([-6, µs])")
				}
				x.Time = t.Mantissa
			default:
				m.Unknown()
			}
			continue
		}
		switch k, _ := m.Text(); k {
		case "f":
			x.Frame = readFrameRef(r)
		case "m":
			seen |= 8
			x.Mono = r.Uint()
		case "p":
			seen |= 16
			x.Path = readPath(r)
		case "q":
			n := r.Array(MaxMarks)
			if r.Err() == nil && n == 0 {
				r.Failf("an empty list of marks is left out")
			}
			for ; n > 0 && r.Err() == nil; n-- {
				q := Mark(r.UintMax(uint64(maxMark)))
				if l := len(x.Marks); r.Err() == nil && (q == 0 || l > 0 && x.Marks[l-1] >= q) {
					r.Failf("marks are zero, repeated or out of order")
				}
				x.Marks = append(x.Marks, q)
			}
		case "it":
			t := decimal.Read(r)
			if r.Err() == nil && (t.Scale != 6 || t.Mantissa <= 0 || t.Mantissa > maxTime) {
				r.Failf("the instrument's time is not 4([-6, µs]) after 1970")
			}
			x.Instrument = t.Mantissa
		case "flag":
			x.Flag = nonEmpty(r, MaxFlag)
		default:
			m.Unknown()
		}
	}
	if seen != 31 {
		r.Failf("one of the labels 0, 2, 6, m and p is missing")
	}
	return x
}

func nonEmpty(r *cborx.Reader, limit int) string {
	s := r.Text(limit)
	if r.Err() == nil && s == "" {
		r.Failf("an empty text is left out")
	}
	return s
}

func (f *FrameRef) append(b []byte) []byte {
	if f.Batch == nil {
		return cborx.AppendUint(b, uint64(f.Leaf))
	}
	b = cborx.AppendBytes(cborx.AppendArray(b, 3), f.Batch.Boot[:])
	return cborx.AppendUint(cborx.AppendUint(b, f.Batch.Seq), uint64(f.Leaf))
}

func readFrameRef(r *cborx.Reader) *FrameRef {
	if r.Peek() == cborx.TypeUint {
		return &FrameRef{Leaf: uint32(r.UintMax(1 << 20))}
	}
	r.ArrayOf(3)
	b := &BatchRef{}
	copy(b.Boot[:], r.Fixed(16))
	b.Seq = r.Uint()
	return &FrameRef{Leaf: uint32(r.UintMax(1 << 20)), Batch: b}
}

func readTime(r *cborx.Reader) int64 {
	t := r.Int()
	if r.Err() == nil && (t < 0 || t > maxTime) {
		r.Failf("time %d µs is outside 1970…9999", t)
	}
	return t
}
