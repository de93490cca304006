package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/notary/enrol"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Bounds of the headers that only link what is claimed.
const (
	maxLinks = 4096 // headers walked through on the way to an opening, a closing or a common root
	maxAhead = 1500 // headers looked through after the range for a gap that speaks of it
)

// work is one file in the making.
type work struct {
	*Exporter
	file.Builder
	entry   enrol.Entry
	slim    bool
	at      map[uint64]*sealed // by log index
	batches []*sealed          // in the file, in chain order once assemble ran
	rivals  []*batch.Signed    // refused headers that share an identity with a claimed batch
	shownIn []byte             // header of the block in whose state the newest anchor is shown; nil: none is
	signers [][32]byte         // ids of the keys that signed the plans in the file
}

// sealed is a batch of the file.
type sealed struct {
	index   uint64
	header  *batch.Signed
	digest  [32]byte
	payload *batch.Payload // nil: not here
	shown   map[uint32]bool
	claimed bool
	placed  bool // its place in the log goes into the file
}

func (b *sealed) show(leaf uint32) {
	if b.shown == nil {
		b.shown = map[uint32]bool{}
	}
	b.shown[leaf] = true
}

// open reads a batch from the log and puts it into the file.
func (w *work) open(index uint64) (*sealed, error) {
	if b := w.at[index]; b != nil {
		return b, nil
	}
	b, err := w.peek(index)
	if err != nil {
		return nil, err
	}
	if len(w.batches) >= file.MaxBatches {
		return nil, fmt.Errorf("%w: more than %d batches", ErrTooMuch, file.MaxBatches)
	}
	w.at[index] = b
	w.batches = append(w.batches, b)
	return b, nil
}

// peek reads a batch without putting it into the file.
func (w *work) peek(index uint64) (*sealed, error) {
	raw, err := w.Log.Entry(index)
	if err != nil {
		return nil, fmt.Errorf("export: log entry %d: %w", index, err)
	}
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return nil, fmt.Errorf("export: log entry %d: %w", index, err)
	}
	b := &sealed{index: index, header: h, digest: h.Digest()}
	payload, err := w.Log.Payload(index)
	if errors.Is(err, store.ErrNotFound) {
		return b, nil
	}
	if err == nil {
		b.payload, err = batch.ParsePayload(payload)
	}
	if err != nil {
		return nil, fmt.Errorf("export: payload of %s: %w", h.Name(), err)
	}
	return b, nil
}

// before finds the predecessor of a batch in the log.
func (w *work) before(b *sealed) (index uint64, ok bool, err error) {
	if b.header.NoPrev != batch.PreviousKnown {
		return 0, false, nil
	}
	index, err = w.Log.ByDigest(w.entry.Gateway, b.header.Prev)
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	return index, err == nil, err
}

// after finds the successors of a batch: the next of its boot, and a boot that
// began from it.
func (w *work) after(b *sealed) (out []uint64, err error) {
	h := &b.header.Header
	if index, _, err := w.Log.Place(h.Gateway, h.Boot, h.Seq+1); err == nil {
		out = append(out, index)
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	key := append(append(make([]byte, 0, 48), h.Gateway[:]...), b.digest[:]...)
	row, err := w.Store.Row(store.TableSuccessor, key)
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil || len(row) < 8 {
		return nil, fmt.Errorf("export: successor of %s: %d bytes, %w", h.Name(), len(row), err)
	}
	var index uint64
	for _, c := range row[:8] {
		index = index<<8 | uint64(c)
	}
	if !slices.Contains(out, index) {
		out = append(out, index)
	}
	return out, nil
}

// collect puts the batches of a range into the file, with the headers that open
// it, close it and join its runs.
func (w *work) collect(ctx context.Context, from, to int64) error {
	for s, err := range w.Log.Batches(w.entry.Gateway, from, to) {
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := w.open(s.Index)
		if err != nil {
			return err
		}
		b.claimed = true
	}
	if len(w.batches) == 0 {
		return fmt.Errorf("%w: gateway %s sealed no batch in that time", ErrNothing, w.entry.Gateway)
	}
	if err := w.openingHeaders(from); err != nil {
		return err
	}
	if err := w.closingHeaders(to); err != nil {
		return err
	}
	return w.joinRoots()
}

// openingHeaders walks back from each batch of the range to a header that closed
// before it.
func (w *work) openingHeaders(from int64) error {
	for _, b := range slices.Clone(w.batches) {
		for n := 0; n < maxLinks; n++ {
			// A clock set back can put a predecessor after the range: walk on.
			if b.header.Last < from {
				break
			}
			index, ok, err := w.before(b)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			if !ok || w.at[index] != nil {
				break
			}
			if b, err = w.open(index); err != nil {
				return err
			}
		}
	}
	return nil
}

// closingHeaders walks on from the ends of the runs to a header that opened after
// the range.
func (w *work) closingHeaders(to int64) error {
	queue := slices.Clone(w.batches)
	for n := 0; len(queue) > 0 && n < maxLinks+len(w.at); n++ {
		b := queue[0]
		queue = queue[1:]
		if b.header.First >= to {
			continue
		}
		next, err := w.after(b)
		if err != nil {
			return err
		}
		for _, index := range next {
			if w.at[index] != nil {
				continue
			}
			s, err := w.open(index)
			if err != nil {
				return err
			}
			queue = append(queue, s)
		}
	}
	return nil
}

// joinRoots walks back from the beginnings of several runs until they meet, as
// they do where a card was restored.
func (w *work) joinRoots() error {
	have := map[[32]byte]bool{}
	for _, b := range w.batches {
		have[b.digest] = true
	}
	var roots []*sealed
	for _, b := range w.batches {
		if b.header.NoPrev != batch.PreviousKnown || !have[b.header.Prev] {
			roots = append(roots, b)
		}
	}
	for n := 0; len(roots) > 1 && n < maxLinks; n++ {
		// The latest steps back first, so that none runs past the meeting point.
		slices.SortFunc(roots, func(a, b *sealed) int { return cmp.Compare(b.header.Last, a.header.Last) })
		i := slices.IndexFunc(roots, func(b *sealed) bool { return b.header.NoPrev == batch.PreviousKnown })
		if i < 0 {
			return nil // a real break: the verdict says so
		}
		index, ok, err := w.before(roots[i])
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if !ok {
			return nil
		}
		b, err := w.open(index)
		if err != nil {
			return err
		}
		have[b.digest] = true
		// Every root that named b is none any more; b is one unless its own
		// predecessor is here.
		roots = slices.DeleteFunc(roots, func(r *sealed) bool { return r.header.Prev == b.digest })
		if b.header.NoPrev != batch.PreviousKnown || !have[b.header.Prev] {
			roots = append(roots, b)
		}
	}
	return nil
}

// showPoint discloses what a batch holds about the point. It reports how many
// readings, and whether every frame that they name is here.
func (w *work) showPoint(b *sealed, point string) (n int, frames bool, err error) {
	b.show(0)
	frames = true
	device, _, _ := strings.Cut(point, "/")
	for i, r := range b.payload.Records {
		switch r := r.(type) {
		case *record.Reading:
			if r.Point != point {
				continue
			}
			b.show(uint32(i))
			n++
			ok, err := w.showFrames(b, r)
			if err != nil {
				return 0, false, err
			}
			frames = frames && ok
		case *record.Gap:
			// Whatever it covers: a verifier takes a withheld gap for one of the point.
			b.show(uint32(i))
		case *record.Event:
			if r.Subject == "" || r.Subject == device || r.Subject == point {
				b.show(uint32(i))
			}
		}
	}
	return n, frames, nil
}

// showFrames discloses the exchange that a reading names, and those that it
// needs; false when one is not here.
func (w *work) showFrames(b *sealed, r *record.Reading) (bool, error) {
	if r.Frame == nil {
		return true, nil
	}
	return w.showFrame(b, *r.Frame, 0)
}

func (w *work) showFrame(b *sealed, ref record.FrameRef, depth int) (bool, error) {
	if ref.Batch != nil && (ref.Batch.Boot != b.header.Boot || ref.Batch.Seq != b.header.Seq) {
		index, _, err := w.Log.Place(w.entry.Gateway, ref.Batch.Boot, ref.Batch.Seq)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("export: %w", err)
		}
		if b, err = w.open(index); err != nil {
			return false, err
		}
	}
	if b.payload == nil || ref.Leaf >= uint32(len(b.payload.Records)) || depth > 64 {
		return false, nil
	}
	f, ok := b.payload.Records[ref.Leaf].(*record.Frame)
	if !ok {
		return false, nil
	}
	if b.shown[ref.Leaf] {
		return true, nil
	}
	b.show(ref.Leaf)
	for _, e := range f.Earlier {
		if ok, err := w.showFrame(b, e, depth+1); err != nil || !ok {
			return ok, err
		}
	}
	return true, nil
}

// addExplanations looks after the range for gap records that speak of it: a gap
// is sealed when it ends, or when the lost payloads are noticed.
func (w *work) addExplanations(ctx context.Context, point string, from, to int64) error {
	lost, silent := false, true
	for _, b := range w.batches {
		if b.claimed && b.payload == nil {
			lost = true
		}
	}
	ends := w.ends()
	for _, b := range ends {
		trail := []*sealed{}
		for n := 0; n < maxAhead && b != nil && (lost || silent); n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			if b.payload != nil {
				if speaks := explains(b.payload, point, from, to); len(speaks) > 0 {
					for _, t := range trail {
						if _, err := w.open(t.index); err != nil {
							return err
						}
					}
					trail = trail[:0]
					kept, err := w.open(b.index)
					if err != nil {
						return err
					}
					for _, leaf := range speaks {
						kept.show(leaf)
					}
				}
				if _, ok := b.payload.Contents().Point(point); ok {
					silent = false
				}
			}
			next, err := w.after(b)
			if err != nil {
				return err
			}
			if len(next) == 0 {
				break
			}
			if b, err = w.peek(next[0]); err != nil {
				return err
			}
			trail = append(trail, b)
		}
	}
	return nil
}

// explains lists the leaves that are gaps about the range.
func explains(p *batch.Payload, point string, from, to int64) (out []uint32) {
	for i, r := range p.Records {
		if g, ok := r.(*record.Gap); ok && (g.Lost != nil || g.Covers(point) && g.From < to && g.To > from) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// ends are the batches without a successor in the file.
func (w *work) ends() (out []*sealed) {
	named := map[[32]byte]bool{}
	for _, b := range w.batches {
		if b.header.NoPrev == batch.PreviousKnown {
			named[b.header.Prev] = true
		}
	}
	for _, b := range w.batches {
		if !named[b.digest] {
			out = append(out, b)
		}
	}
	return out
}

// addRivals finds refused headers with the identity of a claimed batch: the pair
// proves that the key signed two contents.
func (w *work) addRivals() error {
	all, err := w.Log.Findings(w.entry.Gateway)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, f := range all {
		if f.Kind != log.FindingEquivocation || len(f.Header) == 0 {
			continue
		}
		for _, b := range w.batches {
			if b.claimed && b.header.Boot == f.Boot && b.header.Seq == f.Seq {
				h, err := batch.ParseHeader(f.Header)
				if err != nil {
					return fmt.Errorf("export: refused header: %w", err)
				}
				w.rivals = append(w.rivals, h)
			}
		}
	}
	return nil
}

// order puts predecessors before successors, else by log index.
func (w *work) order() {
	slices.SortFunc(w.batches, func(a, b *sealed) int { return cmp.Compare(a.index, b.index) })
	at := map[[32]byte]*sealed{}
	for _, b := range w.batches {
		at[b.digest] = b
	}
	done := map[*sealed]bool{}
	out := make([]*sealed, 0, len(w.batches))
	for _, b := range w.batches {
		var chain []*sealed
		for ; b != nil && !done[b]; b = at[b.header.Prev] {
			done[b] = true
			chain = append(chain, b)
			if b.header.NoPrev != batch.PreviousKnown {
				break
			}
		}
		slices.Reverse(chain)
		out = append(out, chain...)
	}
	w.batches = out
}

func (b *sealed) leavesShown() []uint32 { return slices.Sorted(maps.Keys(b.shown)) }

// mentions looks whether the gateway has a reading of the point, or a gap that
// names it, in a batch of the range.
func (w *work) mentions(point string, from, to int64) (reads, speaks bool, err error) {
	for s, err := range w.Log.Batches(w.entry.Gateway, from, to) {
		if err != nil {
			return false, false, fmt.Errorf("export: %w", err)
		}
		b, err := w.peek(s.Index)
		if err != nil {
			return false, false, err
		}
		if b.payload == nil {
			continue
		}
		if _, ok := b.payload.Contents().Point(point); ok {
			return true, true, nil
		}
		for _, r := range b.payload.Records {
			if g, ok := r.(*record.Gap); ok && slices.Contains(g.Points, point) {
				speaks = true
			}
		}
	}
	return false, speaks, nil
}
