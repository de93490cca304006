package cborx

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every error of a [Reader].
var ErrMalformed = errors.New("malformed CBOR")

// MaxDepth is the deepest nesting that [Reader.Raw] follows.
const MaxDepth = 12

// Type tells what the next item is.
type Type byte

// The types a [Reader] can meet.
const (
	TypeUint Type = iota
	TypeNint
	TypeBytes
	TypeText
	TypeArray
	TypeMap
	TypeTag
	TypeBool
	TypeNull
	TypeNone // end of input, or an item that this encoding does not have
)

// A Reader is a cursor over one deterministic CBOR item. The first error
// sticks: later calls return zero values, and [Reader.Done] reports it.
// Byte strings it returns alias the input.
type Reader struct {
	b   []byte
	off int
	err error
}

// NewReader returns a reader at the start of b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Offset is the number of bytes consumed so far.
func (r *Reader) Offset() int { return r.off }

// Err is the first error met, or nil.
func (r *Reader) Err() error { return r.err }

// Done returns the first error met, and an error if input is left over.
func (r *Reader) Done() error {
	if r.err == nil && r.off != len(r.b) {
		r.Failf("%d bytes after the end of the item", len(r.b)-r.off)
	}
	return r.err
}

// Failf records an error at the present offset, unless there is one already.
func (r *Reader) Failf(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, r.off, fmt.Sprintf(format, args...))
	}
}

// Peek tells the type of the next item without consuming it.
func (r *Reader) Peek() Type {
	if r.err != nil || r.off >= len(r.b) {
		return TypeNone
	}
	switch c := r.b[r.off]; {
	case c == 0xf4 || c == 0xf5:
		return TypeBool
	case c == 0xf6:
		return TypeNull
	case c>>5 == majorOther:
		return TypeNone
	default:
		return Type(c >> 5)
	}
}

func (r *Reader) head() (major byte, n uint64) {
	if r.err != nil {
		return 0, 0
	}
	if r.off >= len(r.b) {
		r.Failf("input ends where an item should begin")
		return 0, 0
	}
	c := r.b[r.off]
	major, info := c>>5, c&0x1f
	if info < 24 {
		r.off++
		return major, uint64(info)
	}
	if info > 27 {
		r.Failf("indefinite or reserved length 0x%02x", c)
		return 0, 0
	}
	size := 1 << (info - 24)
	if len(r.b)-r.off-1 < size {
		r.Failf("input ends inside a length")
		return 0, 0
	}
	for _, x := range r.b[r.off+1 : r.off+1+size] {
		n = n<<8 | uint64(x)
	}
	shortest := n >= 24
	if size > 1 {
		shortest = n>>(uint(size)*4) != 0
	}
	if !shortest {
		r.Failf("%d is not in its shortest form", n)
		return 0, 0
	}
	r.off += 1 + size
	return major, n
}

func (r *Reader) expect(major byte, what string) uint64 {
	at := r.off
	m, n := r.head()
	if r.err == nil && m != major {
		r.off = at
		r.Failf("%s expected, found major type %d", what, m)
	}
	if r.err != nil {
		return 0
	}
	return n
}

// Uint reads an unsigned integer.
func (r *Reader) Uint() uint64 { return r.expect(majorUint, "unsigned integer") }

// UintMax reads an unsigned integer not above limit.
func (r *Reader) UintMax(limit uint64) uint64 {
	n := r.Uint()
	if n > limit {
		r.Failf("%d is above the limit %d", n, limit)
		return 0
	}
	return n
}

// Int reads an integer that fits an int64.
func (r *Reader) Int() int64 {
	m, n := r.head()
	switch {
	case r.err != nil:
		return 0
	case m == majorUint && n <= math.MaxInt64:
		return int64(n)
	case m == majorNint && n <= math.MaxInt64:
		return -1 - int64(n)
	}
	r.Failf("integer of 64 bits expected")
	return 0
}

// Bytes reads a byte string of at most limit bytes; the result aliases the input.
func (r *Reader) Bytes(limit int) []byte { return r.chunk(majorBytes, "byte string", limit) }

// Fixed reads a byte string of exactly n bytes; the result aliases the input.
func (r *Reader) Fixed(n int) []byte {
	s := r.Bytes(n)
	if r.err == nil && len(s) != n {
		r.Failf("byte string of %d bytes expected, found %d", n, len(s))
		return nil
	}
	return s
}

// Text reads a UTF-8 text string of at most limit bytes.
func (r *Reader) Text(limit int) string {
	s := r.text(limit)
	if r.err != nil {
		return ""
	}
	return string(s)
}

// text checks a text string without copying it.
func (r *Reader) text(limit int) []byte {
	s := r.chunk(majorText, "text string", limit)
	if r.err == nil && !utf8.Valid(s) {
		r.Failf("text is not UTF-8")
	}
	return s
}

func (r *Reader) chunk(major byte, what string, limit int) []byte {
	n := r.expect(major, what)
	if r.err != nil {
		return nil
	}
	if n > uint64(limit) {
		r.Failf("%s of %d bytes is above the limit %d", what, n, limit)
		return nil
	}
	if n > uint64(len(r.b)-r.off) {
		r.Failf("input ends inside a %s", what)
		return nil
	}
	s := r.b[r.off : r.off+int(n) : r.off+int(n)]
	r.off += int(n)
	return s
}

// Array reads the head of an array of at most limit items.
func (r *Reader) Array(limit int) int { return r.count(majorArray, "array", limit) }

// ArrayOf reads the head of an array of exactly n items.
func (r *Reader) ArrayOf(n int) {
	if got := r.Array(n); r.err == nil && got != n {
		r.Failf("array of %d items expected, found %d", n, got)
	}
}

func (r *Reader) count(major byte, what string, limit int) int {
	n := r.expect(major, what)
	if r.err == nil && n > uint64(limit) {
		r.Failf("%s of %d items is above the limit %d", what, n, limit)
		return 0
	}
	// An item takes a byte at least: a count beyond the input never allocates.
	if r.err == nil && n > uint64(len(r.b)-r.off) {
		r.Failf("input ends inside a %s", what)
		return 0
	}
	return int(n)
}

// Bool reads false or true.
func (r *Reader) Bool() bool {
	if r.Peek() != TypeBool {
		r.Failf("true or false expected")
		return false
	}
	r.off++
	return r.b[r.off-1] == 0xf5
}

// Null consumes a null.
func (r *Reader) Null() {
	if r.Peek() != TypeNull {
		r.Failf("null expected")
		return
	}
	r.off++
}

// Tag reads a tag head and fails if it is not the tag given.
func (r *Reader) Tag(tag uint64) {
	if n := r.expect(majorTag, "tag"); r.err == nil && n != tag {
		r.Failf("tag %d expected, found %d", tag, n)
	}
}

// Raw consumes one item of any kind, checked for the deterministic encoding to
// [MaxDepth], and returns its bytes, which alias the input.
func (r *Reader) Raw() []byte {
	at := r.off
	r.skip(0)
	if r.err != nil {
		return nil
	}
	return r.b[at:r.off:r.off]
}

func (r *Reader) skip(depth int) {
	if depth > MaxDepth {
		r.Failf("nested deeper than %d", MaxDepth)
		return
	}
	switch r.Peek() {
	case TypeUint, TypeNint:
		r.head()
	case TypeBytes:
		r.Bytes(math.MaxInt32)
	case TypeText:
		r.text(math.MaxInt32)
	case TypeArray:
		for n := r.Array(math.MaxInt32); n > 0 && r.err == nil; n-- {
			r.skip(depth + 1)
		}
	case TypeMap:
		for m := r.Map(math.MaxInt32); m.Next(); {
			r.skip(depth + 1)
		}
	case TypeTag:
		r.head()
		r.skip(depth + 1)
	case TypeBool, TypeNull:
		r.off++
	default:
		if r.off >= len(r.b) {
			r.Failf("input ends where an item should begin")
		} else {
			r.Failf("item 0x%02x does not exist in this encoding", r.b[r.off])
		}
	}
}

// A Map walks the pairs of a map whose head has been read. Keys must ascend
// bytewise by their encoding (RFC 8949 §4.2.1), so none can repeat.
type Map struct {
	r    *Reader
	left int
	prev []byte
	at   int
}

// Map reads the head of a map of at most limit pairs.
func (r *Reader) Map(limit int) Map {
	return Map{r: r, left: r.count(majorMap, "map", limit)}
}

// Next moves to the next pair, reads past its key, and reports whether there is
// one. The caller then reads the value from the reader.
func (m *Map) Next() bool {
	r := m.r
	if r.err != nil || m.left == 0 {
		return false
	}
	m.left--
	m.at = r.off
	switch r.Peek() {
	case TypeUint, TypeNint:
		r.head()
	case TypeText:
		r.text(64)
	default:
		r.Failf("map key is neither an integer nor a text")
	}
	if r.err != nil {
		return false
	}
	key := r.b[m.at:r.off]
	if m.prev != nil && bytes.Compare(m.prev, key) >= 0 {
		r.Failf("map keys are repeated or out of order")
		return false
	}
	m.prev = key
	return true
}

// Int is the present key if it is an integer; a text key yields ok false.
func (m *Map) Int() (key int64, ok bool) {
	k := Reader{b: m.prev}
	if k.Peek() == TypeText {
		return 0, false
	}
	key = k.Int()
	return key, k.err == nil
}

// Text is the present key if it is a text; an integer key yields ok false.
func (m *Map) Text() (key string, ok bool) {
	k := Reader{b: m.prev}
	if k.Peek() != TypeText {
		return "", false
	}
	return k.Text(64), true
}

// Unknown fails: the present key has no meaning in this format. Formats change
// by version only, so an unknown label is never skipped.
func (m *Map) Unknown() {
	if s, ok := m.Text(); ok {
		m.r.Failf("unknown label %q", s)
		return
	}
	k, _ := m.Int()
	m.r.Failf("unknown label %d", k)
}
