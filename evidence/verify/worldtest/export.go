package worldtest

import (
	"slices"

	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Export assembles an evidence file as a notary would.
type Export struct {
	file.Builder
	w *World
	g *Gateway
	// Heads are the checkpoints to carry, in ascending size.
	Heads []*Head
	// Statements go in as they are.
	Statements []Entry
}

// Export begins a file about a gateway's point under the heads given.
func (w *World) Export(g *Gateway, heads []*Head, statements ...Entry) *Export {
	return &Export{w: w, g: g, Heads: heads, Statements: append([]Entry{g.Enrolment}, statements...)}
}

func (e *Export) place(index uint64) *file.Place {
	last := len(e.Heads) - 1
	return &file.Place{Head: last, Index: index, Path: e.Path(e.w.Path(index, e.Heads[last].Size))}
}

// Reading claims one reading of one batch, with its frame; links are the headers
// around it in chain order, the batch among them.
func (e *Export) Reading(s *Sealed, leaf uint32, links ...*Sealed) *file.File {
	e.File.Claim = file.Claim{Kind: file.KindReading, Site: e.g.Site, Gateway: e.g.ID, Point: Point, Frames: true,
		Reading: &file.ReadingRef{Boot: file.Boot(s.Boot), Seq: s.Seq, Leaf: leaf}}
	if len(links) == 0 {
		links = []*Sealed{s}
	}
	for _, b := range links {
		var leaves []uint32
		if b == s {
			leaves = []uint32{leaf, s.Payload.Records[leaf].(*record.Reading).Frame.Leaf}
		}
		e.add(b, leaves, true)
	}
	return e.close()
}

// Range claims every reading from one moment until before another; links are all
// headers from the opening to the closing one. Only the end of each run is shown in
// the log.
func (e *Export) Range(from, to int64, links ...*Sealed) *file.File {
	e.File.Claim = file.Claim{Kind: file.KindRange, Site: e.g.Site, Gateway: e.g.ID, Point: Point, Frames: true, Range: &file.Range{From: from, To: to}}
	for _, b := range links {
		var leaves []uint32
		if b.First < to && b.Last >= from {
			leaves = disclose(b)
		}
		e.add(b, leaves, !slices.ContainsFunc(links, func(n *Sealed) bool { return n.Prev == b.Digest() }))
	}
	return e.close()
}

// disclose lists the leaves that a range needs: contents, readings, frames, gaps.
func disclose(b *Sealed) (leaves []uint32) {
	for i := range b.Payload.Records {
		leaves = append(leaves, uint32(i))
	}
	return leaves
}

func (e *Export) add(b *Sealed, leaves []uint32, place bool) {
	x := file.Batch{Header: b.Raw()}
	if place && b.Logged {
		x.Log = e.place(b.Index)
	}
	slices.Sort(leaves)
	for _, l := range leaves {
		x.Records = append(x.Records, file.Record{Leaf: l, Raw: b.Payload.LeafBytes(l), Path: e.Path(b.leafPath(l))})
	}
	e.File.Batches = append(e.File.Batches, x)
	if n := b.Block; n != nil {
		e.Block(e.w.Block(n.Number))
	}
}

func (e *Export) close() *file.File {
	hashes := profile.ConfigHashes(e.g.Leaves)
	e.File.Format = file.Format
	e.File.Configs = []file.Config{{Index: 1, Size: uint32(len(hashes)), Leaf: e.g.Leaves[1], Path: e.Path(hashes[:1])}}
	e.File.Profiles = [][]byte{e.g.Profile}
	for _, s := range e.Statements {
		e.File.Statements = append(e.File.Statements, file.Statement{Header: s.Raw, Body: s.Body, Log: *e.place(s.Index)})
	}
	for i, h := range e.Heads {
		x := file.Head{Note: h.Note}
		if i > 0 {
			x.Consistency = e.Path(e.w.Consistency(e.Heads[i-1].Size, h.Size))
		}
		if h.Number > 0 {
			x.Anchor = e.Anchor(e.w.Proof(h))
		}
		e.File.Heads = append(e.File.Heads, x)
	}
	return &e.File
}
