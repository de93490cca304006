package file

import (
	"bytes"
	"fieldseal/evidence/anchor"
	"fieldseal/evidence/merkle"
)

// A Builder assembles a file: it pools hashes, trie nodes and blocks. The zero
// Builder is ready; set File's other fields directly, and write it with [Marshal].
type Builder struct {
	File   File
	nodes  map[merkle.Hash]int
	trie   map[string]int
	blocks map[string]int
}

// Path pools the hashes of an audit path or consistency proof.
func (b *Builder) Path(hashes []merkle.Hash) []int {
	if b.nodes == nil {
		b.nodes = map[merkle.Hash]int{}
	}
	out := make([]int, len(hashes))
	for i, h := range hashes {
		at, have := b.nodes[h]
		if !have {
			at = len(b.File.Nodes)
			b.nodes[h] = at
			b.File.Nodes = append(b.File.Nodes, Hash(h))
		}
		out[i] = at
	}
	return out
}

// Block pools a sealed block and returns its position.
func (b *Builder) Block(x anchor.Block) int {
	if b.blocks == nil {
		b.blocks = map[string]int{}
	}
	at, have := b.blocks[string(x.Header)]
	if !have {
		at = len(b.File.Blocks)
		b.blocks[string(x.Header)] = at
		b.File.Blocks = append(b.File.Blocks, Block{x.Header, x.Note, x.After})
	}
	return at
}

// Anchor pools the parts of a proof.
func (b *Builder) Anchor(p anchor.Proof) *Anchor {
	a := &Anchor{Chain: p.ChainID, Number: p.Number, Time: p.Time, Block: b.Block(p.Block)}
	copy(a.Contract[:], p.Contract)
	a.Account, a.Storage = b.trieNodes(p.Account), b.trieNodes(p.Storage)
	if p.Receipt != nil {
		a.Receipt = &Receipt{p.Receipt.Index, b.trieNodes(p.Receipt.Nodes)}
	}
	return a
}

func (b *Builder) trieNodes(nodes [][]byte) []int {
	if b.trie == nil {
		b.trie = map[string]int{}
	}
	out := make([]int, len(nodes))
	for i, n := range nodes {
		at, have := b.trie[string(n)]
		if !have {
			at = len(b.File.Trie)
			b.trie[string(n)] = at
			b.File.Trie = append(b.File.Trie, bytes.Clone(n))
		}
		out[i] = at
	}
	return out
}

// Hashes resolves a path of the file. Positions were checked by [Parse].
func (f *File) Hashes(path []int) []merkle.Hash {
	out := make([]merkle.Hash, len(path))
	for i, at := range path {
		out[i] = merkle.Hash(f.Nodes[at])
	}
	return out
}

// Proof resolves an anchor of the file. Positions were checked by [Parse].
func (f *File) Proof(a *Anchor) anchor.Proof {
	p := anchor.Proof{ChainID: a.Chain, Contract: a.Contract[:], Number: a.Number, Time: a.Time,
		Block: f.Blocks[a.Block].Sealed(), Account: f.trieNodes(a.Account), Storage: f.trieNodes(a.Storage)}
	if a.Receipt != nil {
		p.Receipt = &anchor.Receipt{Index: a.Receipt.Index, Nodes: f.trieNodes(a.Receipt.Path)}
	}
	return p
}

func (f *File) trieNodes(at []int) [][]byte {
	out := make([][]byte, len(at))
	for i, n := range at {
		out[i] = f.Trie[n]
	}
	return out
}
