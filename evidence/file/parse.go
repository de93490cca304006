package file

import (
	"errors"
	"fmt"
	"math/bits"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/jsonx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// ErrMalformed is wrapped by every error of this package: the bytes are no
// evidence file, whatever they claim.
var ErrMalformed = errors.New("not an evidence file")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Marshal writes the file in its canonical form (RFC 8785) with a line end,
// after checking it as [Parse] does.
func Marshal(f *File) ([]byte, error) {
	for i := range f.Configs {
		f.Configs[i].turn()
	}
	b, err := jsonx.Encode(f)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if len(b) >= MaxFile {
		return nil, malformed("%d bytes are above the limit of %d: choose a shorter range", len(b), MaxFile)
	}
	return append(b, '\n'), nil
}

// Parse reads an evidence file strictly: its JSON, its limits, and that every
// pooled part is named and named once. What is inside is not checked.
func Parse(text []byte) (*File, error) {
	f := &File{}
	if err := jsonx.Decode(text, MaxFile, f); err != nil {
		return nil, malformed("%v", err)
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f, nil
}

// turn writes a place in a tree of any size as turns in a full one: inner steps
// go by the index's bits, then each step along the tree's right border has its
// sibling on the left.
func (c *Config) turn() {
	if c.Size == 0 || c.Index >= c.Size {
		return
	}
	inner := bits.Len32(c.Index ^ (c.Size - 1))
	border := bits.OnesCount32(c.Index >> inner)
	if inner+border != len(c.Path) {
		return // not a path of that place; check says so
	}
	c.Index = c.Index&(1<<inner-1) | (1<<border-1)<<inner
	c.Size = 1 << len(c.Path)
}

func (f *File) check() error {
	if f.Format != Format {
		return malformed("format %q; this reader knows %q", f.Format, Format)
	}
	if err := f.Claim.check(); err != nil {
		return err
	}
	for _, l := range []struct {
		what       string
		n, min, at int
	}{
		{"batches", len(f.Batches), 1, MaxBatches}, {"configs", len(f.Configs), 0, MaxConfigs},
		{"profiles", len(f.Profiles), 0, MaxProfiles}, {"statements", len(f.Statements), 0, MaxStates},
		{"heads", len(f.Heads), 1, MaxHeads}, {"nodes", len(f.Nodes), 0, MaxNodes},
		{"blocks", len(f.Blocks), 0, MaxBlocks}, {"trie nodes", len(f.Trie), 0, MaxTrie},
		{"changes of validators", len(f.Changes), 0, MaxChanges},
	} {
		if l.n < l.min || l.n > l.at {
			return malformed("%d %s, where %d to %d may be", l.n, l.what, l.min, l.at)
		}
	}
	if err := f.checkPools(); err != nil {
		return err
	}
	if err := unique("profile", f.Profiles, profile.MaxProfile); err != nil {
		return err
	}
	return unique("trie node", f.Trie, anchor.MaxReceipt)
}

func (c *Claim) check() error {
	if c.Point == "" || len(c.Point) > record.MaxName {
		return malformed("claim: the point's name has %d bytes, where 1 to %d may be", len(c.Point), record.MaxName)
	}
	switch {
	case c.Kind == KindReading && c.Reading != nil && c.Range == nil:
		if c.Reading.Leaf == 0 || c.Reading.Leaf >= batch.MaxRecords {
			return malformed("claim: leaf %d is no reading", c.Reading.Leaf)
		}
	case c.Kind == KindRange && c.Range != nil && c.Reading == nil:
		if c.Range.From < 0 || c.Range.To <= c.Range.From {
			return malformed("claim: a range from %d to %d µs", c.Range.From, c.Range.To)
		}
	default:
		return malformed("claim: kind %q with exactly its own part expected", c.Kind)
	}
	return nil
}

// uses counts who names the parts of a pool.
type uses struct {
	what string
	seen []bool
}

func (u *uses) take(at ...int) error {
	for _, i := range at {
		if i < 0 || i >= len(u.seen) {
			return malformed("%s %d does not exist", u.what, i)
		}
		u.seen[i] = true
	}
	return nil
}

func (u *uses) all() error {
	for i, used := range u.seen {
		if !used {
			return malformed("%s %d is used by nothing", u.what, i)
		}
	}
	return nil
}

func (f *File) checkPools() error {
	nodes := uses{"node", make([]bool, len(f.Nodes))}
	trie := uses{"trie node", make([]bool, len(f.Trie))}
	var err error
	path := func(u *uses, at []int, limit int) {
		if err == nil && len(at) > limit {
			err = malformed("a path of %d steps is above the limit of %d", len(at), limit)
		}
		if err == nil {
			err = u.take(at...)
		}
	}
	place := func(p *Place) {
		if err == nil && (p.Head < 0 || p.Head >= len(f.Heads)) {
			err = malformed("head %d does not exist", p.Head)
		}
		path(&nodes, p.Path, merkle.MaxPath)
	}
	for i := range f.Batches {
		b := &f.Batches[i]
		if b.Log != nil {
			place(b.Log)
		}
		for j, r := range b.Records {
			if j > 0 && b.Records[j-1].Leaf >= r.Leaf {
				return malformed("batch %d: leaves are repeated or out of order at %d", i, r.Leaf)
			}
			path(&nodes, r.Path, merkle.MaxPath)
		}
	}
	for i := range f.Configs {
		c := &f.Configs[i]
		path(&nodes, c.Path, 20)
		if err == nil && (c.Size != 1<<len(c.Path) || c.Index >= c.Size) {
			err = malformed("config %d: place %d of %d does not go with a path of %d steps", i, c.Index, c.Size, len(c.Path))
		}
	}
	for i := range f.Statements {
		place(&f.Statements[i].Log)
	}
	for i := range f.Heads {
		h := &f.Heads[i]
		if i == 0 && len(h.Consistency) > 0 {
			return malformed("the first head extends no other")
		}
		path(&nodes, h.Consistency, 2*merkle.MaxPath)
		if a := h.Anchor; a != nil {
			if a.Block < 0 || a.Block >= len(f.Blocks) {
				return malformed("block %d does not exist", a.Block)
			}
			path(&trie, a.Account, anchor.MaxDepth)
			path(&trie, a.Storage, anchor.MaxDepth)
			if r := a.Receipt; r != nil {
				path(&trie, r.Path, anchor.MaxDepth)
			}
		}
	}
	if r := f.Register; r != nil && err == nil {
		if e := r.check(f, func(at []int, limit int) { path(&trie, at, limit) }); err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	seen := make(map[Hash]bool, len(f.Nodes))
	for i, h := range f.Nodes {
		if seen[h] {
			return malformed("node %d is there twice", i)
		}
		seen[h] = true
	}
	blocks := make([][]byte, len(f.Blocks))
	for i := range f.Blocks {
		blocks[i] = f.Blocks[i].Header
	}
	for i := range f.Blocks {
		if err := headers("on top of a block", f.Blocks[i].After, 0, anchor.MaxAfter); err != nil {
			return err
		}
	}
	for i := range f.Changes {
		if err := headers("of a change of validators", f.Changes[i].Headers, 1, anchor.MaxRun); err != nil {
			return err
		}
	}
	return errors.Join(nodes.all(), trie.all(), unique("block", blocks, anchor.MaxHeader))
}

// headers checks a run of headers that stands in one place of the file.
func headers(what string, run [][]byte, least, most int) error {
	if len(run) < least || len(run) > most {
		return malformed("%d headers %s, where %d to %d may be", len(run), what, least, most)
	}
	return unique("header "+what, run, anchor.MaxHeader)
}

func unique(what string, parts [][]byte, limit int) error {
	seen := make(map[string]bool, len(parts))
	for i, p := range parts {
		if len(p) == 0 || len(p) > limit {
			return malformed("%s %d has %d bytes, where 1 to %d may be", what, i, len(p), limit)
		}
		if seen[string(p)] {
			return malformed("%s %d is there twice", what, i)
		}
		seen[string(p)] = true
	}
	return nil
}
