package worldtest

import (
	"bytes"
	"encoding/binary"
	"slices"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
)

// Deepen makes every later proof as long as in a contract with 16^n anchors.
func (w *World) Deepen(n int) { w.depth = n }

// Mine seals a block with the state as it is, and returns its name.
func (w *World) Mine() batch.Block { return w.mine([20]byte{}, list()) }

func (w *World) mine(beneficiary [20]byte, vote []byte) batch.Block {
	root, _ := w.account(w.storageRoot())
	number := uint64(len(w.blocks))
	parent := make([]byte, 32)
	if number > 0 {
		parent = w.hash[:]
	}
	zero := func(n int) []byte { return make([]byte, n) }
	with := func(extra []byte) []byte {
		return list(str(parent), str(zero(32)), str(beneficiary[:]), str(root[:]), str(zero(32)), str(zero(32)), str(zero(256)),
			num(0), num(number), num(30_000_000), num(21_000), num(uint64(w.Clock/Second)), str(extra), str(zero(32)), str(zero(8)),
			num(7), str(zero(32)))
	}
	if w.chain != nil {
		var header []byte
		header, w.hash = w.chain.seal(number, vote, with)
		w.blocks = append(w.blocks, anchor.Block{Header: header})
		return batch.Block{Number: number, Hash: w.hash}
	}
	header := with([]byte("worldtest"))
	hash := anchor.Keccak(header)
	w.hash = hash
	note := must(anchor.BlockNote{Origin: w.Origin, ChainID: w.ChainID, Number: number, Hash: hash}.Sign(w.ChainSigner))
	w.blocks = append(w.blocks, anchor.Block{Header: header, Note: note})
	return batch.Block{Number: number, Hash: hash}
}

// Block is a sealed block by its number.
func (w *World) Block(number uint64) anchor.Block {
	b := w.blocks[number]
	b.After = w.after(number)
	return b
}

// Proof shows a head in the newest block.
func (w *World) Proof(h *Head) anchor.Proof {
	root, storage := w.storage(anchor.SlotKey(anchor.LogID(w.Origin), h.Size))
	_, account := w.account(root)
	return anchor.Proof{ChainID: w.ChainID, Contract: w.Contract[:], Number: h.Number, Time: h.Time,
		Block: w.Block(w.shown()), Account: account, Storage: storage}
}

func (w *World) storageRoot() [32]byte { root, _ := w.storage([32]byte{}); return root }

func (w *World) storage(want [32]byte) (root [32]byte, proof [][]byte) {
	var all []leaf
	sizes := make([]uint64, 0, len(w.slots))
	for s := range w.slots {
		sizes = append(sizes, s)
	}
	slices.Sort(sizes)
	if w.Trie != nil {
		own := map[[32]byte][32]byte{}
		for size, s := range w.slots {
			own[anchor.SlotKey(anchor.LogID(w.Origin), size)] = anchor.Slot(s.root, size, s.number, s.time)
		}
		return w.Trie(own, want)
	}
	for _, size := range sizes {
		s := w.slots[size]
		v := anchor.Slot(s.root, size, s.number, s.time)
		all = append(all, leaf{nibbles(anchor.SlotKey(anchor.LogID(w.Origin), size)), str(bytes.TrimLeft(v[:], "\x00"))})
	}
	if len(all) == 0 {
		return anchor.Keccak([]byte{0x80}), nil
	}
	return w.trie(all, nibbles(want), w.depth)
}

func (w *World) account(storageRoot [32]byte) (root [32]byte, proof [][]byte) {
	return w.accounts(storageRoot, w.Contract)
}

// accounts proves one of the contracts under the state's root.
func (w *World) accounts(storageRoot [32]byte, want [20]byte) (root [32]byte, proof [][]byte) {
	var other [20]byte
	other[0] = 1
	all := []leaf{
		{accountKey(w.Contract), list(num(1), num(0), str(storageRoot[:]), str(w.CodeHash[:]))},
		{accountKey(other), list(num(9), num(1e18), str(make([]byte, 32)), str(make([]byte, 32)))},
	}
	if b := w.book; b != nil {
		books, _ := b.storage(w, [32]byte{})
		all = append(all, leaf{accountKey(b.Contract), list(num(1), num(0), str(books[:]), str(b.CodeHash[:]))})
	}
	return w.trie(all, accountKey(want), 1)
}

func accountKey(a [20]byte) []byte {
	h := anchor.Keccak(a[:])
	return toNibbles(h[:])
}

// leaf is a key in nibbles and its RLP value.
type leaf struct {
	key   []byte
	value []byte
}

func nibbles(slot [32]byte) []byte {
	h := anchor.Keccak(slot[:])
	return toNibbles(h[:])
}

func toNibbles(h []byte) []byte {
	out := make([]byte, 0, 2*len(h))
	for _, b := range h {
		out = append(out, b>>4, b&15)
	}
	return out
}

// trie hashes leaves and proves one key; the first full levels are branches whose
// other children are made up, as if other keys stood there.
func (w *World) trie(all []leaf, want []byte, full int) (root [32]byte, proof [][]byte) {
	node := w.node(all, want, 0, full, true, &proof)
	slices.Reverse(proof)
	return anchor.Keccak(node), proof
}

// node encodes the subtree of leaves that share their first depth nibbles, and
// keeps the nodes on the way to want, deepest first.
func (w *World) node(all []leaf, want []byte, depth, full int, onPath bool, proof *[][]byte) []byte {
	keep := func(n []byte) []byte {
		if onPath && (len(n) >= 32 || depth == 0) {
			*proof = append(*proof, n)
		}
		return n
	}
	if len(all) == 1 && full <= depth {
		return keep(list(str(compact(all[0].key[depth:], true)), str(all[0].value)))
	}
	shared := commonPrefix(all, depth)
	if full > depth {
		shared = 0
	}
	if shared > 0 {
		next := all[0].key[depth : depth+shared]
		on := onPath && bytes.Equal(want[depth:depth+shared], next)
		child := w.node(all, want, depth+shared, full, on, proof)
		return keep(list(str(compact(next, false)), ref(child)))
	}
	var items [17][]byte
	for n := range byte(16) {
		var group []leaf
		for _, l := range all {
			if l.key[depth] == n {
				group = append(group, l)
			}
		}
		switch {
		case len(group) > 0:
			items[n] = ref(w.node(group, want, depth+1, full, onPath && want[depth] == n, proof))
		case full > depth:
			h := anchor.Keccak(all[0].key[:depth], []byte{byte(depth), n})
			items[n] = str(h[:])
		default:
			items[n] = str(nil)
		}
	}
	items[16] = str(nil)
	return keep(list(items[:]...))
}

func commonPrefix(all []leaf, depth int) (n int) {
	for ; depth+n < len(all[0].key); n++ {
		for _, l := range all[1:] {
			if l.key[depth+n] != all[0].key[depth+n] {
				return n
			}
		}
	}
	return n
}

func ref(node []byte) []byte {
	if len(node) < 32 {
		return node
	}
	h := anchor.Keccak(node)
	return str(h[:])
}

// compact is the hex-prefix encoding of the yellow paper, appendix C.
func compact(nibbles []byte, isLeaf bool) []byte {
	flag := byte(0)
	if isLeaf {
		flag = 2
	}
	if len(nibbles)%2 == 1 {
		nibbles = append([]byte{flag | 1}, nibbles...)
	} else {
		nibbles = append([]byte{flag, 0}, nibbles...)
	}
	out := make([]byte, len(nibbles)/2)
	for i := range out {
		out[i] = nibbles[2*i]<<4 | nibbles[2*i+1]
	}
	return out
}

// str and list are RLP (yellow paper, appendix B).
func str(b []byte) []byte {
	if len(b) == 1 && b[0] < 0x80 {
		return b
	}
	return append(head(0x80, len(b)), b...)
}

func list(items ...[]byte) []byte {
	b := bytes.Join(items, nil)
	return append(head(0xc0, len(b)), b...)
}

func head(base byte, n int) []byte {
	if n < 56 {
		return []byte{base + byte(n)}
	}
	l := bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, uint64(n)), "\x00")
	return append([]byte{base + 55 + byte(len(l))}, l...)
}

func num(n uint64) []byte {
	return str(bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, n), "\x00"))
}
