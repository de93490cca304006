package hj212

import (
	"bytes"
	"fmt"
	"slices"
)

// MaxParts is the most parts of one message that are put together; the standard
// prints four digits for their number, and a station of this many factors needs a
// handful.
const MaxParts = 64

// SameMessage reports whether two parts can be of one message (C.50): same station,
// system, command and number of parts. Their QN differ, for each is a request of its
// own. A part may leave DataTime out; two that name it must agree.
func SameMessage(a, b *Frame) bool {
	_, n, ok := a.Header.Part()
	_, m, also := b.Header.Part()
	return ok && also && n == m && a.Header.MN == b.Header.MN && a.Header.ST == b.Header.ST && a.Header.CN == b.Header.CN && agree(a, b)
}

func agree(a, b *Frame) bool {
	x, ok := a.Content.Get("DataTime")
	y, also := b.Content.Get("DataTime")
	return !ok || !also || x == y
}

// Join makes one frame of all parts of a message, in any order. Where a part ends
// within a field, the field goes on in the next one.
func Join(parts []*Frame) (*Frame, error) {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b *Frame) int { return a.number() - b.number() })
	for i, p := range parts {
		_, total, ok := p.Header.Part()
		if !ok || total != len(parts) || p.number() != i+1 {
			return nil, malformed("part %s of %s where part %d of %d is needed", printable(p.Header.PNO), printable(p.Header.PNUM), i+1, len(parts))
		}
		for _, before := range parts[:i] {
			if !SameMessage(before, p) {
				return nil, malformed("parts %d and %d are of different messages", before.number(), i+1)
			}
		}
	}
	whole := *parts[0]
	whole.Notes = slices.Clone(whole.Notes)
	whole.Content = Content{}
	var content []byte
	for i, p := range parts {
		if i > 0 && !withinField(content, p.content) {
			content = append(content, ';')
		}
		content = append(content, p.content...)
	}
	whole.readContent(content)
	for i, p := range parts[1:] {
		for _, n := range p.Notes {
			whole.note("part %d: %s", i+2, n)
		}
	}
	return &whole, nil
}

func (f *Frame) number() int {
	n, _, _ := f.Header.Part()
	return n
}

// withinField tells whether the cut between two contents runs through a field: the
// last field before it, or the first behind it, is none by itself.
func withinField(before, behind []byte) bool {
	if len(before) == 0 || len(behind) == 0 {
		return true // nothing to part
	}
	last := before[bytes.LastIndexAny(before, ",;")+1:]
	first := behind
	if i := bytes.IndexAny(behind, ",;"); i >= 0 {
		first = behind[:i]
	}
	name, _, ok := bytes.Cut(last, []byte("="))
	return !ok || len(name) == 0 || !bytes.Contains(first, []byte("="))
}

// parse reads the packets of a frame and of those before it, and joins them. Whole
// is nil while parts are missing.
func (m *Map) parse(frames []wire) (whole *Frame, err error) {
	var parts []*Frame
	for i, p := range frames {
		o := m.Options()
		o.Opened = p.opened
		x, n, err := Parse(p.raw, o)
		if err != nil {
			return nil, fmt.Errorf("packet %d of %d: %w", i+1, len(frames), err)
		}
		if n != len(p.raw) {
			return nil, malformed("packet %d of %d: %d bytes after it", i+1, len(frames), len(p.raw)-n)
		}
		parts = append(parts, x)
	}
	last := parts[len(parts)-1]
	_, total, split := last.Header.Part()
	switch {
	case !split || total == 1:
		if len(parts) > 1 {
			return nil, malformed("a packet that stands alone names %d earlier frames", len(parts)-1)
		}
		return last, nil
	case len(parts) == 1:
		return nil, nil
	}
	return Join(parts)
}

// wire is what was received, and what it opened to.
type wire struct{ raw, opened []byte }
