package batch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// ErrFull says that a batch can take no more; close it and begin another.
var ErrFull = errors.New("batch is full")

// FrameID is a frame's place in a [Builder]; NoFrame stands for none.
type FrameID int

// NoFrame is for a reading or event without an exchange of bytes.
const NoFrame FrameID = -1

// Builder gathers the records of one batch in memory. It is for one goroutine.
type Builder struct {
	readings []pending[*record.Reading]
	frames   []frame
	events   []pending[*record.Event]
	gaps     []*record.Gap
	points   map[string]struct{}
	size     int
}

type pending[T any] struct {
	body  T
	frame FrameID
}

// frame is an exchange with the places of those that decoding it needs besides.
type frame struct {
	body    *record.Frame
	earlier []FrameID
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder { return &Builder{points: map[string]struct{}{}} }

// Len is the number of records so far, the contents record not counted.
func (b *Builder) Len() int {
	return len(b.readings) + len(b.frames) + len(b.events) + len(b.gaps)
}

// Size is an upper bound of the payload's bytes so far.
func (b *Builder) Size() int { return b.size + 96 }

// room reserves space for a record; refOverhead covers a frame index that is
// known only when the batch closes.
func (b *Builder) room(kind record.Kind, body []byte, point string, refs int) error {
	const refOverhead = 8
	add := len(body) + refOverhead*(1+refs)
	if len(body)+48 > record.MaxRecord {
		return fmt.Errorf("%v record of %d bytes is above the limit of %d", kind, len(body), record.MaxRecord)
	}
	if point != "" {
		if _, have := b.points[point]; !have {
			add += len(point) + 12
			if len(b.points) >= record.MaxPoints {
				return fmt.Errorf("%w: %d points", ErrFull, len(b.points))
			}
		}
	}
	if b.Len()+2 > MaxRecords || b.Size()+add > MaxPayload {
		return ErrFull
	}
	if point != "" {
		b.points[point] = struct{}{}
	}
	b.size += add
	return nil
}

// AddFrame adds an exchange and returns its place. earlier are the frames of this
// batch that a decoder needs besides, oldest first; f itself is not changed.
func (b *Builder) AddFrame(f *record.Frame, earlier ...FrameID) (FrameID, error) {
	if err := b.room(record.KindFrame, f.Append(nil), "", len(earlier)); err != nil {
		return NoFrame, err
	}
	b.frames = append(b.frames, frame{f, earlier})
	return FrameID(len(b.frames) - 1), nil
}

// AddReading adds a reading decoded from the frame given; the reading's own
// Frame is set when the batch closes.
func (b *Builder) AddReading(x *record.Reading, frame FrameID) error {
	if err := b.room(record.KindReading, x.Append(nil), x.Point, 0); err != nil {
		return err
	}
	b.readings = append(b.readings, pending[*record.Reading]{x, frame})
	return nil
}

// AddEvent adds an event seen in the frame given, or in none.
func (b *Builder) AddEvent(e *record.Event, frame FrameID) error {
	if err := b.room(record.KindEvent, e.Append(nil), "", 0); err != nil {
		return err
	}
	b.events = append(b.events, pending[*record.Event]{e, frame})
	return nil
}

// AddGap adds a gap.
func (b *Builder) AddGap(g *record.Gap) error {
	if err := b.room(record.KindGap, g.Append(nil), "", 0); err != nil {
		return err
	}
	b.gaps = append(b.gaps, g)
	return nil
}

// Close orders the records, derives the salts and hashes the tree. It returns
// the payload to store and send, and sets Count and Root of h. It does not sign.
func (b *Builder) Close(secret Secret, h *Header) (payload []byte, err error) {
	slices.SortStableFunc(b.readings, func(x, y pending[*record.Reading]) int { return cmp.Compare(x.body.Point, y.body.Point) })
	c := &record.Contents{}
	next := uint32(1)
	for _, x := range b.readings {
		if l := len(c.Points); l > 0 && c.Points[l-1].Point == x.body.Point {
			c.Points[l-1].Count++
		} else {
			c.Points = append(c.Points, record.PointRun{Point: x.body.Point, Run: record.Run{First: next, Count: 1}})
		}
		next++
	}
	firstFrame := next
	for _, k := range []struct {
		kind record.Kind
		n    int
	}{{record.KindFrame, len(b.frames)}, {record.KindEvent, len(b.events)}, {record.KindGap, len(b.gaps)}} {
		if k.n > 0 {
			c.Kinds = append(c.Kinds, record.KindRun{Kind: k.kind, Run: record.Run{First: next, Count: uint32(k.n)}})
			next += uint32(k.n)
		}
	}
	ref := func(f FrameID) *record.FrameRef {
		if f == NoFrame {
			return nil
		}
		return &record.FrameRef{Leaf: firstFrame + uint32(f)}
	}
	bodies := make([]record.Body, 0, next)
	bodies = append(bodies, c)
	for _, x := range b.readings {
		x.body.Frame = ref(x.frame)
		bodies = append(bodies, x.body)
	}
	for _, f := range b.frames {
		if len(f.earlier) > 0 {
			with := *f.body
			for _, e := range f.earlier {
				with.Earlier = append(with.Earlier, *ref(e))
			}
			f.body = &with
		}
		bodies = append(bodies, f.body)
	}
	for _, e := range b.events {
		e.body.Frame = ref(e.frame)
		bodies = append(bodies, e.body)
	}
	for _, g := range b.gaps {
		bodies = append(bodies, g)
	}

	payload = make([]byte, 0, b.Size())
	payload = cborx.AppendBytes(cborx.AppendArray(payload, 2), secret[:])
	payload = cborx.AppendArray(payload, len(bodies))
	salts, leaves := NewSalts(secret), make([]merkle.Hash, len(bodies))
	var leaf []byte
	for i, body := range bodies {
		payload = cborx.AppendUint(cborx.AppendArray(payload, 2), uint64(body.Kind()))
		at := len(payload)
		payload = body.Append(payload)
		leaf = appendLeaf(leaf[:0], salts.Salt(uint32(i)), body.Kind(), payload[at:])
		leaves[i] = merkle.Leaf(leaf)
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %d bytes is above the limit of %d", ErrFull, len(payload), MaxPayload)
	}
	h.Count, h.Root = uint32(len(bodies)), merkle.Root(leaves)
	return payload, nil
}
