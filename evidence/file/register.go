package file

import (
	"encoding/hex"

	"fieldseal/evidence/anchor"
)

// Register shows facts of the contract Registry in the state after one block.
type Register struct {
	Contract Address `json:"contract"`
	Block    int     `json:"block"`   // position in Blocks
	Account  []int   `json:"account"` // positions in Trie, root first
	Facts    []Fact  `json:"facts"`   // at least one; none twice
}

// Fact is one entry of the register: what it holds, or that it holds nothing.
type Fact struct {
	Kind   string `json:"kind"` // name of an anchor.Fact
	Key    Digest `json:"key"`
	First  []int  `json:"first"`  // positions in Trie: proof of the first slot
	Second []int  `json:"second"` // and of the one after it
}

// Digest is 32 bytes, in lower-case hex in JSON.
type Digest [32]byte

// MarshalText writes 64 lower-case hex digits.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads 64 hex digits.
func (d *Digest) UnmarshalText(t []byte) error { return unhex(d[:], t) }

// check holds the register's shape.
func (r *Register) check(f *File, path func(at []int, limit int)) error {
	if r.Block < 0 || r.Block >= len(f.Blocks) {
		return malformed("block %d does not exist", r.Block)
	}
	if len(r.Facts) == 0 || len(r.Facts) > MaxFacts {
		return malformed("%d facts of the register, where 1 to %d may be", len(r.Facts), MaxFacts)
	}
	path(r.Account, anchor.MaxDepth)
	type named struct {
		kind string
		key  Digest
	}
	seen := map[named]bool{}
	for i, x := range r.Facts {
		if _, ok := anchor.ParseFact(x.Kind); !ok {
			return malformed("fact %d: kind %q is not known", i, x.Kind)
		}
		if seen[named{x.Kind, x.Key}] {
			return malformed("fact %d is there twice", i)
		}
		seen[named{x.Kind, x.Key}] = true
		path(x.First, anchor.MaxDepth)
		path(x.Second, anchor.MaxDepth)
	}
	return nil
}

// ShownFact is a fact of the register with the proofs of its slots.
type ShownFact struct {
	Kind          anchor.Fact
	Key           [32]byte
	First, Second [][]byte
}

// Register pools the parts of a register.
func (b *Builder) Register(r anchor.Register, facts []ShownFact) {
	out := &Register{Block: b.Block(r.Block), Account: b.trieNodes(r.Account)}
	copy(out.Contract[:], r.Contract)
	for _, x := range facts {
		out.Facts = append(out.Facts, Fact{x.Kind.String(), x.Key, b.trieNodes(x.First), b.trieNodes(x.Second)})
	}
	b.File.Register = out
}

// Shown resolves the file's register. Positions were checked by [Parse].
func (f *File) Shown() (r anchor.Register, facts []ShownFact) {
	x := f.Register
	r = anchor.Register{Contract: x.Contract[:], Block: f.Blocks[x.Block].Sealed(), Account: f.trieNodes(x.Account)}
	for _, s := range x.Facts {
		kind, _ := anchor.ParseFact(s.Kind)
		facts = append(facts, ShownFact{kind, s.Key, f.trieNodes(s.First), f.trieNodes(s.Second)})
	}
	return r, facts
}
