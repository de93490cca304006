package centre

import (
	"encoding/binary"
	"errors"
	"fmt"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// errRow marks a row that is not what this package wrote.
var errRow = errors.New("damaged row of the centre")

// sample is one reading, as far as charts and tables show it.
type sample struct {
	time  int64 // Unix µs
	value decimal.D
	index uint64 // of its batch in the log
	leaf  uint32
	marks uint16 // bit n: record.Mark n
}

func sampleOf(r *record.Reading, index uint64, leaf uint32) sample {
	s := sample{time: r.Time, value: r.Value, index: index, leaf: leaf}
	for _, m := range r.Marks {
		s.marks |= 1 << m
	}
	return s
}

// names are the marks in words.
func (s *sample) names() []string {
	out := []string{}
	for m := record.Mark(1); m < 16; m++ {
		if s.marks&(1<<m) != 0 {
			out = append(out, m.String())
		}
	}
	return out
}

// before orders readings of one time by their place in the log.
func (s *sample) before(o *sample) bool {
	if s.time != o.time {
		return s.time < o.time
	}
	return s.index < o.index || s.index == o.index && s.leaf < o.leaf
}

// bucket sums up the readings of a span.
type bucket struct {
	count                 uint64
	min, max, first, last sample
	through               uint64 // newest event that is in it
}

func (b *bucket) add(s sample, event uint64) {
	b.merge(&bucket{1, s, s, s, s, event})
}

func (b *bucket) merge(o *bucket) {
	switch {
	case o.count == 0:
		return
	case b.count == 0:
		*b = *o
		return
	}
	b.count += o.count
	if c := o.min.value.Cmp(b.min.value); c < 0 || c == 0 && o.min.before(&b.min) {
		b.min = o.min
	}
	if c := o.max.value.Cmp(b.max.value); c > 0 || c == 0 && o.max.before(&b.max) {
		b.max = o.max
	}
	if o.first.before(&b.first) {
		b.first = o.first
	}
	if b.last.before(&o.last) {
		b.last = o.last
	}
	b.through = max(b.through, o.through)
}

// rowVersion begins every value.
const rowVersion = 1

// value writes a bucket that begins at the time from.
func (b *bucket) value(from int64) []byte {
	out := append(make([]byte, 0, 96), rowVersion)
	out = binary.AppendUvarint(binary.AppendUvarint(out, b.through), b.count)
	out = b.first.append(out, from)
	if b.count == 1 {
		return out // all four are the same
	}
	for _, s := range [...]*sample{&b.last, &b.min, &b.max} {
		out = s.append(out, from)
	}
	return out
}

func readBucket(v []byte, from int64) (b bucket, err error) {
	r := reader{b: v}
	r.version()
	b.through, b.count = r.uint(), r.uint()
	b.first = r.sample(from)
	if b.count == 1 {
		b.last, b.min, b.max = b.first, b.first, b.first
	} else {
		b.last, b.min, b.max = r.sample(from), r.sample(from), r.sample(from)
	}
	if err := r.done(); err != nil || b.count == 0 {
		return b, fmt.Errorf("%w: bucket: %v", errRow, err)
	}
	return b, nil
}

func (s *sample) append(b []byte, from int64) []byte {
	b = binary.AppendVarint(b, s.time-from)
	b = append(binary.AppendVarint(b, s.value.Mantissa), s.value.Scale)
	b = binary.AppendUvarint(binary.AppendUvarint(b, s.index), uint64(s.leaf))
	return binary.AppendUvarint(b, uint64(s.marks))
}

// reader reads what append wrote; the first fault sticks.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New(what)
	}
}

func (r *reader) version() {
	if v := r.byte(); r.err == nil && v != rowVersion {
		r.fail(fmt.Sprintf("version %d", v))
	}
}

func (r *reader) byte() byte {
	if r.err != nil || len(r.b) == 0 {
		r.fail("it ends early")
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if r.err != nil || n <= 0 {
		r.fail("a number is damaged")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if r.err != nil || n <= 0 {
		r.fail("a number is damaged")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uint()
	if r.err != nil || n > uint64(len(r.b)) {
		r.fail("a text is damaged")
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) sample(from int64) (s sample) {
	s.time = from + r.int()
	s.value.Mantissa = r.int()
	if s.value.Scale = r.byte(); s.value.Scale > decimal.MaxScale {
		r.fail("a scale is damaged")
	}
	s.index = r.uint()
	leaf, marks := r.uint(), r.uint()
	if leaf > 1<<32-1 || marks > 1<<16-1 {
		r.fail("a place is damaged")
	}
	s.leaf, s.marks = uint32(leaf), uint16(marks)
	return s
}

func (r *reader) done() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("something follows")
	}
	return r.err
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
