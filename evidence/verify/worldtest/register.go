package worldtest

import (
	"bytes"
	"encoding/binary"
	"slices"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/file"
)

// book is the contract Registry of the world.
type book struct {
	Contract [20]byte
	CodeHash [32]byte
	slots    map[[32]byte][32]byte
}

// Keep founds a register from the next block on; the trust file names it.
func (w *World) Keep() {
	w.book = &book{slots: map[[32]byte][32]byte{}}
	w.random.Read(w.book.Contract[:])
	w.random.Read(w.book.CodeHash[:])
}

// Enter writes an entry; it stands from the next block on.
func (w *World) Enter(kind anchor.Fact, key [32]byte, e anchor.Entry) {
	first, second := kind.Slots(key)
	w.book.slots[first], w.book.slots[second] = e.First, e.Second
}

// KeyEntry is the entry of a gateway's or a signer's key, as the contract packs it.
func KeyEntry(k anchor.RegisteredKey) (e anchor.Entry) {
	binary.BigEndian.PutUint64(e.First[:], k.Until)
	binary.BigEndian.PutUint64(e.First[8:], k.From)
	copy(e.First[16:], k.Site[:])
	binary.BigEndian.PutUint64(e.Second[24:], k.Revoked)
	return e
}

// SiteEntry is the entry of a site.
func SiteEntry(s anchor.RegisteredSite) (e anchor.Entry) {
	if s.Open {
		e.First[7] = 1
	}
	binary.BigEndian.PutUint64(e.First[8:], s.Since)
	copy(e.First[16:], s.Department[:])
	copy(e.Second[12:], s.Keeper[:])
	return e
}

// GrantEntry is the entry of a permission.
func GrantEntry(g anchor.RegisteredGrant) anchor.Entry {
	e := KeyEntry(anchor.RegisteredKey{Site: g.Site, From: g.From, Until: g.Until})
	e.Second = g.Grantee
	return e
}

// Show proves entries, known or not, in the newest block.
func (w *World) Show(want ...file.ShownFact) (anchor.Register, []file.ShownFact) {
	_, account := w.accounts(w.storageRoot(), w.book.Contract)
	r := anchor.Register{Contract: w.book.Contract[:], Block: w.Block(w.shown()), Account: account}
	for i := range want {
		first, second := want[i].Kind.Slots(want[i].Key)
		_, want[i].First = w.book.storage(w, first)
		_, want[i].Second = w.book.storage(w, second)
	}
	return r, want
}

func (b *book) storage(w *World, want [32]byte) (root [32]byte, proof [][]byte) {
	var all []leaf
	for slot, v := range b.slots {
		if v != [32]byte{} {
			all = append(all, leaf{nibbles(slot), str(bytes.TrimLeft(v[:], "\x00"))})
		}
	}
	if len(all) == 0 {
		return anchor.Keccak([]byte{0x80}), nil
	}
	slices.SortFunc(all, func(x, y leaf) int { return bytes.Compare(x.key, y.key) })
	return w.trie(all, nibbles(want), 0)
}
