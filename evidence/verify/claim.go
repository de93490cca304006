package verify

import (
	"cmp"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
)

// claimedReading is a reading that the claim speaks of, and where it stands.
type claimedReading struct {
	*record.Reading
	batch int
	leaf  uint32
}

// signedGap is a gap record that speaks of the claimed point.
type signedGap struct {
	*record.Gap
	batch int
}

// findClaim finds the batches and records that the claim speaks of, and refuses
// what it does not need.
func (v *verifier) findClaim() {
	switch c := &v.f.Claim; c.Kind {
	case file.KindReading:
		v.findReading(c)
	case file.KindRange:
		for i, b := range v.batches {
			if b.h != nil && b.signed && overlaps(&b.h.Header, c.Range) {
				v.claimed = append(v.claimed, i)
			}
		}
		if len(v.claimed) == 0 && v.good("signature") && v.state.enrolment != nil {
			v.fail("links", Uncheckable, say("no batch of the file lies in the range", "证据包中没有该时段的批次"), remedyExport)
		}
	}
	v.takeReadings()
	v.takeFrames()
	v.takeOthers()
	for i, b := range v.batches {
		for j := range v.f.Batches[i].Records {
			leaf := v.f.Batches[i].Records[j].Leaf
			if b.leaves[leaf] != nil && !b.used[leaf] {
				v.fail("file", Uncheckable, say("leaf %d of %s is needed by nothing", "批次 %[2]s 第 %[1]d 条没有用处", leaf, b.h.Name()), remedyExport)
			}
		}
	}
	slices.SortFunc(v.claimed, func(a, b int) int { return cmp.Compare(a, b) })
}

// overlaps reports whether a batch's wall clock touches the range.
func overlaps(h *batch.Header, r *file.Range) bool { return h.First < r.To && h.Last >= r.From }

func (v *verifier) findReading(c *file.Claim) {
	for i, b := range v.batches {
		if b.h == nil || !b.signed || b.h.Boot != record.BootID(c.Reading.Boot) || b.h.Seq != c.Reading.Seq {
			continue
		}
		// Of two headers with one identity, the claim is of the one that discloses;
		// the other stands there as the proof of equivocation.
		if len(v.f.Batches[i].Records) > 0 && len(v.claimed) == 0 {
			v.claimed = []int{i}
		}
	}
	if len(v.claimed) == 0 {
		if v.good("signature") && v.state.enrolment != nil {
			v.fail("record", Uncheckable, say("the batch that the claim names is not disclosed", "声称的批次未出示"), remedyExport)
		}
		return
	}
	b := v.batches[v.claimed[0]]
	l := b.leaves[c.Reading.Leaf]
	if l == nil {
		v.fail("record", Uncheckable, say("the reading that the claim names is not disclosed", "声称的读数未出示"), remedyExport)
		return
	}
	if x, ok := l.Body.(*record.Reading); !ok || x.Point != c.Point {
		v.fail("record", Altered, say("leaf %d of %s is not a reading of %s, as the file claims", "批次 %[2]s 第 %[1]d 条并非证据包所称的 %[3]s 的读数", c.Reading.Leaf, b.h.Name(), c.Point))
	}
}

// takeReadings collects the claimed readings in the order of their batches.
func (v *verifier) takeReadings() {
	c := &v.f.Claim
	for _, i := range v.claimed {
		b := v.batches[i]
		for j := range v.f.Batches[i].Records {
			leaf := v.f.Batches[i].Records[j].Leaf
			l := b.leaves[leaf]
			if l == nil {
				continue
			}
			x, ok := l.Body.(*record.Reading)
			if !ok || x.Point != c.Point || c.Reading != nil && leaf != c.Reading.Leaf {
				continue
			}
			b.used[leaf] = true
			v.read = append(v.read, claimedReading{x, i, leaf})
		}
	}
}

// takeFrames marks the exchanges that the claimed readings name.
func (v *verifier) takeFrames() {
	if !v.f.Claim.Frames {
		return
	}
	for _, x := range v.read {
		if x.Frame != nil {
			v.takeFrame(x.batch, *x.Frame, 0)
		}
	}
}

// takeFrame marks a frame and those it names in turn; a missing one is for the
// check of decoding to say.
func (v *verifier) takeFrame(from int, ref record.FrameRef, depth int) {
	at, f := v.frame(from, ref)
	if f == nil || depth > 64 || v.batches[at].used[ref.Leaf] {
		return
	}
	v.batches[at].used[ref.Leaf] = true
	for _, e := range f.Earlier {
		v.takeFrame(at, e, depth+1)
	}
}

// frame resolves a reference; nil if the frame is not disclosed.
func (v *verifier) frame(from int, ref record.FrameRef) (at int, f *record.Frame) {
	at = from
	if ref.Batch != nil {
		at = slices.IndexFunc(v.batches, func(b *sealed) bool {
			return b.h != nil && b.signed && b.h.Boot == ref.Batch.Boot && b.h.Seq == ref.Batch.Seq && b.leaves[ref.Leaf] != nil
		})
		if at < 0 {
			return at, nil
		}
	}
	if l := v.batches[at].leaves[ref.Leaf]; l != nil {
		f, _ = l.Body.(*record.Frame)
	}
	return at, f
}

// takeOthers marks contents records, gaps of the point and events that bear on
// it, in any batch of the file.
func (v *verifier) takeOthers() {
	device, _, _ := strings.Cut(v.f.Claim.Point, "/")
	for i, b := range v.batches {
		for leaf, l := range b.leaves {
			switch x := l.Body.(type) {
			case *record.Contents:
				b.used[leaf] = true
			case *record.Gap:
				// A batch of the range discloses every gap, whatever it covers, for
				// nothing else shows that none of them covers the point.
				if covers := x.Covers(v.f.Claim.Point) || x.Lost != nil; covers {
					b.used[leaf] = true
					v.gaps = append(v.gaps, signedGap{x, i})
				} else if v.f.Claim.Range != nil && slices.Contains(v.claimed, i) {
					b.used[leaf] = true
				}
			case *record.Event:
				if x.Subject == "" || x.Subject == device || x.Subject == v.f.Claim.Point || strings.HasPrefix(x.Subject, device+"/") {
					b.used[leaf] = true
					v.events++
				}
			}
		}
	}
	slices.SortStableFunc(v.gaps, func(a, b signedGap) int { return cmp.Compare(a.From, b.From) })
}

// checkConnected refuses headers that neither belong to the claim nor link to
// it, nor show with one of it that the key spoke twice.
func (v *verifier) checkConnected() {
	if len(v.claimed) == 0 {
		return
	}
	seen := make([]bool, len(v.batches))
	groups := v.rivals()
	var walk func(i int)
	queue := slices.Clone(v.claimed)
	walk = func(i int) {
		if i >= 0 && !seen[i] {
			seen[i] = true
			queue = append(queue, i)
		}
	}
	for _, i := range v.claimed {
		seen[i] = true
	}
	for len(queue) > 0 {
		b := v.batches[queue[0]]
		queue = queue[1:]
		walk(b.prev)
		for _, n := range b.next {
			walk(n)
		}
		for _, i := range groups.of(b) {
			walk(i)
		}
	}
	for i, ok := range seen {
		// A frame may stand in a batch of its own.
		if !ok && len(v.batches[i].used) == 0 && v.batches[i].h != nil && v.batches[i].signed {
			v.unused("batch", i)
		}
	}
}
