package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
)

// Run is a stretch of leaves: first leaf index and count (at least 1).
type Run struct {
	First, Count uint32
}

// PointRun is the run of one point's readings.
type PointRun struct {
	Point string
	Run
}

// KindRun is the run of a kind other than contents and reading.
type KindRun struct {
	Kind Kind
	Run
}

// Contents is leaf 0 of every batch: where each point's readings stand and how
// many there are, then the same for each other kind. Because runs are
// contiguous and cover all leaves, "all readings of this point" is provable.
type Contents struct {
	Points []PointRun // ascending bytewise by point
	Kinds  []KindRun  // ascending by kind
}

// Kind is KindContents.
func (*Contents) Kind() Kind { return KindContents }

// Total is the number of leaves described, leaf 0 included.
func (c *Contents) Total() uint32 {
	n := uint32(1)
	for _, p := range c.Points {
		n += p.Count
	}
	for _, k := range c.Kinds {
		n += k.Count
	}
	return n
}

// Point finds the run of a point; ok is false when the batch has no reading of it.
func (c *Contents) Point(name string) (Run, bool) {
	for _, p := range c.Points {
		if p.Point == name {
			return p.Run, true
		}
	}
	return Run{}, false
}

// Of finds the run of a kind other than contents and reading.
func (c *Contents) Of(k Kind) (Run, bool) {
	for _, r := range c.Kinds {
		if r.Kind == k {
			return r.Run, true
		}
	}
	return Run{}, false
}

// KindAt tells what the contents record says leaf i is, and of which point.
func (c *Contents) KindAt(i uint32) (Kind, string, error) {
	if i == 0 {
		return KindContents, "", nil
	}
	for _, p := range c.Points {
		if i >= p.First && i-p.First < p.Count {
			return KindReading, p.Point, nil
		}
	}
	for _, k := range c.Kinds {
		if i >= k.First && i-k.First < k.Count {
			return k.Kind, "", nil
		}
	}
	return 0, "", fmt.Errorf("leaf %d is beyond the %d leaves of the contents record", i, c.Total())
}

// Append writes {1: [[point, first, count]…], 2: [[kind, first, count]…]}.
func (c *Contents) Append(b []byte) []byte {
	b = cborx.AppendArray(cborx.AppendUint(cborx.AppendMap(b, 2), 1), len(c.Points))
	for _, p := range c.Points {
		b = cborx.AppendText(cborx.AppendArray(b, 3), p.Point)
		b = cborx.AppendUint(cborx.AppendUint(b, uint64(p.First)), uint64(p.Count))
	}
	b = cborx.AppendArray(cborx.AppendUint(b, 2), len(c.Kinds))
	for _, k := range c.Kinds {
		b = cborx.AppendUint(cborx.AppendArray(b, 3), uint64(k.Kind))
		b = cborx.AppendUint(cborx.AppendUint(b, uint64(k.First)), uint64(k.Count))
	}
	return b
}

func readContents(r *cborx.Reader) *Contents {
	c := &Contents{}
	next := uint64(1)
	run := func() Run {
		first, count := r.UintMax(1<<20), r.UintMax(1<<20)
		if r.Err() == nil && (first != next || count == 0) {
			r.Failf("run [%d, %d] does not continue at leaf %d", first, count, next)
		}
		next = first + count
		return Run{uint32(first), uint32(count)}
	}
	for m := r.Fields(cborx.LabelRange(1, 2), cborx.LabelRange(1, 2)); m.Next(); {
		switch m.Label {
		case 1:
			for n := r.Array(MaxPoints); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(3)
				p := r.Text(MaxName)
				if l := len(c.Points); r.Err() == nil && (p == "" || l > 0 && c.Points[l-1].Point >= p) {
					r.Failf("points are empty, repeated or out of order at %q", p)
				}
				c.Points = append(c.Points, PointRun{p, run()})
			}
		case 2:
			for n := r.Array(8); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(3)
				kind := Kind(r.UintMax(uint64(KindGap)))
				if l := len(c.Kinds); r.Err() == nil && (kind < KindFrame || kind == KindAggregate || l > 0 && c.Kinds[l-1].Kind >= kind) {
					r.Failf("kinds are unknown, repeated or out of order at %v", kind)
				}
				c.Kinds = append(c.Kinds, KindRun{kind, run()})
			}
		}
	}
	return c
}
