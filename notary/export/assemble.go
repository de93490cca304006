package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/intake"
)

// spacing is the shortest distance, in µs, between two bounds of time that a
// range carries: a verdict's remark begins at 15 minutes.
const spacing = 5 * 60 * 1_000_000

// marks is the most bounds of time of each kind in one file.
const marks = 48

// patience is how long an export waits for the checkpoint over entries that are
// logged already: several times the longest interval between checkpoints.
const patience = 5 * time.Second

// head is a checkpoint that goes into the file.
type head struct {
	checkpoint.Checkpoint
	note   []byte
	anchor *Anchor
}

// assemble adds to the batches all that makes them believable.
func (w *work) assemble(ctx context.Context, planTimes []int64) error {
	w.order()
	heads, err := w.chooseHeads(ctx)
	if err != nil {
		return err
	}
	if err := w.addHeads(ctx, heads); err != nil {
		return err
	}
	last := heads[len(heads)-1].Checkpoint
	if err := w.addBatches(last, len(heads)-1); err != nil {
		return err
	}
	if err := w.addBlocks(ctx); err != nil {
		return err
	}
	if err := w.addConfigs(); err != nil {
		return err
	}
	if err := w.addStatements(last, len(heads)-1, planTimes); err != nil {
		return err
	}
	if err := w.addRegister(ctx); err != nil {
		return err
	}
	return w.addChanges()
}

// addChanges adds the changes of validators under which the blocks of the file are
// sealed. A change is needed where a block stands after it.
func (w *work) addChanges() error {
	newest := uint64(0)
	for _, b := range w.File.Blocks {
		h, err := anchor.ParseHeader(b.Header)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		newest = max(newest, h.Number)
	}
	for _, run := range w.Anchors.Changes(newest) {
		w.File.Changes = append(w.File.Changes, file.Change{Headers: run})
	}
	return nil
}

// chooseHeads picks the checkpoints: the last is the newest anchored one over
// everything, or the newest of all while there is none; before it stand anchored
// ones that tighten the upper bounds, some minutes apart. It also says which
// batches are shown in the log.
func (w *work) chooseHeads(ctx context.Context) ([]head, error) {
	var claimed []*sealed
	top := w.entry.Index
	for _, b := range w.batches {
		if b.claimed {
			claimed = append(claimed, b)
			top = max(top, b.index)
		}
	}
	last, anchored, err := w.Anchors.Last()
	if err != nil {
		return nil, fmt.Errorf("export: newest anchor: %w", err)
	}
	if anchored = anchored && last.Size > top; anchored {
		if _, anchored, err = w.newestStatement(statement.TypeStatusList, last.Size); err != nil {
			return nil, err
		}
	}
	if !anchored {
		// Checkpoints follow entries within a second: a site that seals every second
		// would otherwise never be shown up to now.
		soon, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		newest, err := w.Log.WaitSigned(soon, top)
		if err != nil {
			return nil, fmt.Errorf("%w: log entry %d is under no checkpoint yet: %w", ErrNothing, top, err)
		}
		w.placeEnds(newest.Size)
		return []head{{newest.Checkpoint, newest.Note, nil}}, nil
	}
	var out []head
	before, step := int64(0), w.step(claimed)
	slices.SortFunc(claimed, func(a, b *sealed) int { return cmp.Compare(a.index, b.index) })
	for i, b := range claimed {
		a, ok, err := w.Anchors.Over(b.index)
		if err != nil {
			return nil, fmt.Errorf("export: anchor over %d: %w", b.index, err)
		}
		if !ok || a.Size >= last.Size {
			break // the last head bounds it and all after it
		}
		t := int64(a.Time) * 1_000_000
		if n := len(out); n > 0 && (out[n-1].Size == a.Size || t-before < step && i < len(claimed)-1) || n == file.MaxHeads-1 {
			continue
		}
		h, err := w.anchoredHead(a)
		if err != nil {
			return nil, err
		}
		b.placed = true
		out, before = append(out, h), t
	}
	w.placeEnds(last.Size)
	h, err := w.anchoredHead(last)
	if w.slim && len(out) > 0 {
		h.anchor = nil
	}
	return append(out, h), err
}

// step is the distance between bounds of time that suits the claim's length.
func (w *work) step(claimed []*sealed) int64 {
	if len(claimed) == 0 {
		return spacing
	}
	first, last := claimed[0].header.First, claimed[0].header.Last
	for _, b := range claimed {
		first, last = min(first, b.header.First), max(last, b.header.Last)
	}
	return max(spacing, (last-first)/marks)
}

// placeEnds shows in the log what no other header under the last head chains to.
func (w *work) placeEnds(size uint64) {
	named := map[[32]byte]bool{}
	for _, b := range w.batches {
		if b.header.NoPrev == batch.PreviousKnown && b.index < size {
			named[b.header.Prev] = true
		}
	}
	for _, b := range w.batches {
		b.placed = b.placed || b.index < size && !named[b.digest]
	}
}

func (w *work) anchoredHead(a Anchor) (head, error) {
	note, err := w.Log.Note(a.Size)
	if err != nil {
		return head{}, fmt.Errorf("export: anchored %w", err)
	}
	return head{checkpoint.Checkpoint{Origin: w.Log.Origin(), Size: a.Size, Root: a.Root}, note, &a}, nil
}

func (w *work) addHeads(ctx context.Context, heads []head) error {
	for i, h := range heads {
		x := file.Head{Note: h.note, Consistency: []int{}}
		if i > 0 {
			p, err := w.Log.Consistency(heads[i-1].Size, heads[i-1].Root, h.Checkpoint)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			x.Consistency = w.Path(p)
		}
		if h.anchor != nil {
			p, err := w.Anchors.Prove(ctx, *h.anchor)
			if err != nil {
				return fmt.Errorf("export: prove the anchor of %d entries: %w", h.Size, err)
			}
			x.Anchor = w.Anchor(p)
			if p.Receipt == nil {
				w.shownIn = p.Block.Header
			}
		}
		w.File.Heads = append(w.File.Heads, x)
	}
	return nil
}

func (w *work) place(raw []byte, index uint64, c checkpoint.Checkpoint, at int) (*file.Place, error) {
	p, err := w.Log.Inclusion(merkle.Leaf(raw), index, c)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return &file.Place{Head: at, Index: index, Path: w.Path(p)}, nil
}

func (w *work) addBatches(c checkpoint.Checkpoint, at int) error {
	for _, b := range w.batches {
		x := file.Batch{Header: b.header.Raw(), Records: []file.Record{}}
		if b.placed {
			var err error
			if x.Log, err = w.place(x.Header, b.index, c, at); err != nil {
				return err
			}
		}
		if len(b.shown) > 0 {
			hashes := b.payload.Leaves()
			tree := newPaths(hashes)
			for _, leaf := range b.leavesShown() {
				x.Records = append(x.Records, file.Record{Leaf: leaf, Raw: b.payload.LeafBytes(leaf), Path: w.Path(tree.path(int(leaf)))})
			}
		}
		w.File.Batches = append(w.File.Batches, x)
	}
	for _, h := range w.rivals {
		w.File.Batches = append(w.File.Batches, file.Batch{Header: h.Raw(), Records: []file.Record{}})
	}
	return nil
}

// addBlocks adds sealed headers of the blocks that the batches name: the first,
// and then one each step, since a bound holds for all that follows.
func (w *work) addBlocks(ctx context.Context) error {
	var claimed []*sealed
	for _, b := range w.batches {
		if b.claimed {
			claimed = append(claimed, b)
		}
	}
	step := w.step(claimed)
	added := map[batch.Block]bool{}
	reached := map[[32]byte]int64{} // by digest: the last time, in µs, at which a bound was added on the way
	for _, b := range w.batches {
		before, chained := reached[b.header.Prev]
		chained = chained && b.header.NoPrev == batch.PreviousKnown
		if n := b.header.Block; n != nil && (!chained || b.header.Last-before >= step || added[*n]) {
			if !added[*n] {
				blk, err := w.Anchors.Block(ctx, *n)
				if err != nil {
					return fmt.Errorf("export: block %d that %s names: %w", n.Number, b.header.Name(), err)
				}
				w.Block(blk)
				added[*n] = true
			}
			before, chained = b.header.Last, true
		}
		if chained {
			reached[b.digest] = before
		}
	}
	return nil
}

// addConfigs adds the claimed device's leaf of every configuration in force, and
// the profiles that they name.
func (w *work) addConfigs() error {
	device, _, _ := strings.Cut(w.File.Claim.Point, "/")
	seen := map[merkle.Hash]bool{}
	profiles := map[[32]byte]bool{}
	for _, b := range w.batches {
		if !b.claimed || seen[b.header.Config] || !b.showsReading(w.File.Claim.Point) {
			continue
		}
		seen[b.header.Config] = true
		leaves, err := intake.ReadConfig(w.Store, b.header.Config)
		if err != nil {
			return fmt.Errorf("%w: %w: the gateway brings it with its next session", ErrWithheld, err)
		}
		for i, leaf := range leaves[1:] {
			d, err := profile.ParseDevice(leaf)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			if d.ID != device {
				continue
			}
			path := merkle.Path(profile.ConfigHashes(leaves), i+1)
			w.File.Configs = append(w.File.Configs, file.Config{Index: uint32(i + 1), Size: uint32(len(leaves)), Leaf: leaf, Path: w.Path(path)})
			if !profiles[d.Profile] {
				p, err := intake.ReadProfile(w.Store, d.Profile)
				if err != nil {
					return fmt.Errorf("%w: %w", ErrWithheld, err)
				}
				profiles[d.Profile] = true
				w.File.Profiles = append(w.File.Profiles, p)
			}
		}
	}
	return nil
}

func (b *sealed) showsReading(point string) bool {
	for leaf := range b.shown {
		if r, ok := b.payload.Records[leaf].(*record.Reading); ok && r.Point == point {
			return true
		}
	}
	return false
}

// paths gives audit paths of one batch without hashing its tree for each.
type paths struct {
	leaves []merkle.Hash
	nodes  map[[2]int]merkle.Hash
}

func newPaths(leaves []merkle.Hash) *paths { return &paths{leaves, map[[2]int]merkle.Hash{}} }

func (p *paths) root(lo, hi int) merkle.Hash {
	if hi-lo == 1 {
		return p.leaves[lo]
	}
	key := [2]int{lo, hi}
	if h, ok := p.nodes[key]; ok {
		return h
	}
	k := lo + half(hi-lo)
	h := merkle.Node(p.root(lo, k), p.root(k, hi))
	p.nodes[key] = h
	return h
}

// path is PATH(i, D) of RFC 6962 §2.1.1.
func (p *paths) path(i int) (out []merkle.Hash) {
	lo, hi := 0, len(p.leaves)
	for hi-lo > 1 {
		k := lo + half(hi-lo)
		if i < k {
			out = append(out, p.root(k, hi))
			hi = k
		} else {
			out = append(out, p.root(lo, k))
			lo = k
		}
	}
	slices.Reverse(out)
	return out
}

// half is the largest power of two below n, for n > 1.
func half(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}
