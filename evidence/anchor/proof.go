package anchor

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"
)

// Profile says what makes a block header of a chain believable.
type Profile string

// Embedded is the notary's own development chain: it seals nothing, so a
// signed note stands for the seal. What it proves rests on the notary's
// operator alone.
const Embedded Profile = "embedded"

// The profiles of chains whose validators seal their blocks.
const (
	Clique Profile = "clique" // EIP-225: one sealer a block, others build on it
	QBFT   Profile = "qbft"   // of Besu and GoQuorum
	IBFT2  Profile = "ibft2"  // IBFT 2.0 of Besu
	IBFT1  Profile = "ibft1"  // IBFT of GoQuorum (EIP-650)
)

// Chain is what the trust file says of a chain.
type Chain struct {
	Profile Profile
	ID      uint64
	Note    note.Verifier // chain note key; Embedded only
	Sets    []Set         // validators by block, ascending; not Embedded
	// Epoch is after how many blocks the chain forgets votes on validators; 0
	// where only a new trust file changes a set. See [Chain.Follow].
	Epoch uint64
}

// Contract is what the trust file says of the contract Anchors on a chain.
type Contract struct {
	Address  [20]byte
	CodeHash [32]byte // keccak256 of the runtime code
}

// Block is a header with what seals it under the chain's profile.
type Block struct {
	Header []byte // RLP
	Note   []byte // signed [BlockNote]; Embedded only
	// After are the headers on top that confirm it, RLP, the next first; Clique
	// only. There are as many as the quorum takes and no more.
	After [][]byte
}

// Verify checks what seals the block and returns its header. This is also how
// a block that a batch header names is checked.
func (b Block) Verify(c Chain) (Header, error) {
	switch {
	case c.Profile == Embedded:
	case c.Profile.Sealed():
		return b.verifySealed(c)
	default:
		return Header{}, uncheckable("chain %d: profile %q not supported", c.ID, c.Profile)
	}
	if len(b.After) > 0 {
		return Header{}, malformed("block: headers on top of one that a note seals")
	}
	if c.Note == nil {
		return Header{}, uncheckable("chain %d: the trust file names no chain note key", c.ID)
	}
	n, err := openNote(b.Note, c.Note)
	if err != nil {
		return Header{}, err
	}
	if n.ChainID != c.ID {
		return Header{}, uncheckable("block note: for chain %d, the trust file says %d", n.ChainID, c.ID)
	}
	// The hash before the parse: a changed byte is an alteration, not a
	// misunderstanding of the format.
	if len(b.Header) > MaxHeader || Keccak(b.Header) != n.Hash {
		return Header{}, altered("block header: not the one that the note of block %d names", n.Number)
	}
	h, err := ParseHeader(b.Header)
	if err != nil {
		return Header{}, err
	}
	if h.Number != n.Number {
		return Header{}, altered("block header: number %d, its note says %d", h.Number, n.Number)
	}
	return h, nil
}

// Proof shows that a checkpoint is anchored: the anchor section of an
// evidence file. The block may be any from the anchoring block on. Where a node
// gives no state proofs it is the anchoring block itself, with a receipt.
type Proof struct {
	ChainID  uint64
	Contract []byte // address, 20 bytes
	Number   uint64 // block that anchored the checkpoint
	Time     uint64 // its timestamp, seconds since 1970
	Block    Block  // in whose state the slot is shown
	Account  [][]byte
	Storage  [][]byte
	Receipt  *Receipt // in place of Account and Storage; Clique only
}

// Checkpoint is what must be anchored.
type Checkpoint struct {
	LogID [32]byte // [LogID] of the origin
	Size  uint64   // entries, above 0
	Root  [32]byte // RFC 6962
}

// Result is what a proof shows.
type Result struct {
	Checkpoint
	Number  uint64 // block that anchored the checkpoint
	Time    uint64 // its timestamp, seconds since 1970
	ShownIn Header // block in whose state the slot is; the anchoring one or a later one
	Local   bool   // one operator runs chain and log: time and order rest on it alone
	// Receipt: shown by a receipt, which does not show the contract's code. That the
	// code at its address is the pinned one rests on whoever issued the trust file.
	Receipt bool
}

// Verify checks a proof against what the trust file says of chain and
// contract. It returns a result only with a nil error; the error wraps
// [ErrMalformed], [ErrAltered] or [ErrUncheckable].
func (p Proof) Verify(c Chain, k Contract, cp Checkpoint) (Result, error) {
	if len(p.Contract) != 20 {
		return Result{}, malformed("anchor: contract address of %d bytes, want 20", len(p.Contract))
	}
	if p.ChainID != c.ID {
		return Result{}, uncheckable("anchor: on chain %d, the trust file says %d", p.ChainID, c.ID)
	}
	if !bytes.Equal(p.Contract, k.Address[:]) {
		return Result{}, uncheckable("anchor: in contract %x, the trust file says %x", p.Contract, k.Address)
	}
	if cp.Size == 0 {
		return Result{}, malformed("anchor: a checkpoint over no entries")
	}
	h, err := p.Block.Verify(c)
	if err != nil {
		return Result{}, err
	}
	if p.Number > h.Number || p.Time > h.Time || p.Number == h.Number && p.Time != h.Time {
		return Result{}, altered("anchor: block %d at %d cannot be shown in block %d at %d", p.Number, p.Time, h.Number, h.Time)
	}
	out := Result{Checkpoint: cp, Number: p.Number, Time: p.Time, ShownIn: h, Local: c.Profile == Embedded, Receipt: p.Receipt != nil}
	if p.Receipt != nil {
		err = p.verifyReceipt(c, k, cp, h)
	} else {
		err = p.verifyState(k, cp, h)
	}
	if err != nil {
		return Result{}, err
	}
	return out, nil
}

// verifyReceipt shows the checkpoint in the receipt of the transaction that anchored it.
func (p Proof) verifyReceipt(c Chain, k Contract, cp Checkpoint, h Header) error {
	switch {
	case c.Profile != Clique:
		return uncheckable("anchor: shown by a receipt, which serves on Clique alone; on %s it takes a state proof", c.Profile)
	case len(p.Account) > 0 || len(p.Storage) > 0:
		return malformed("anchor: a receipt and a state proof")
	case p.Number != h.Number:
		return altered("anchor: block %d cannot be shown by a receipt in block %d", p.Number, h.Number)
	}
	return p.Receipt.Verify(h.ReceiptRoot, k.Address, cp)
}

// verifyState shows the checkpoint's slot in the state after a block.
func (p Proof) verifyState(k Contract, cp Checkpoint, h Header) error {
	a, found, err := FindAccount(h.StateRoot, k.Address, p.Account)
	if err != nil {
		return err
	}
	if !found {
		return altered("anchor: no contract %x in block %d", k.Address, h.Number)
	}
	if a.CodeHash != k.CodeHash {
		return uncheckable("anchor: contract %x has code %x, the trust file says %x", k.Address, a.CodeHash, k.CodeHash)
	}
	v, found, err := FindStorage(a.StorageRoot, SlotKey(cp.LogID, cp.Size), p.Storage)
	if err != nil {
		return err
	}
	if !found {
		return altered("anchor: nothing is anchored at size %d up to block %d", cp.Size, h.Number)
	}
	if v != Slot(cp.Root, cp.Size, p.Number, p.Time) {
		return altered("anchor: the slot of size %d holds another root, block or time", cp.Size)
	}
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func nodeName(i int) string { return "node " + strconv.Itoa(i+1) }

func decimal(v uint64) string { return strconv.FormatUint(v, 10) }
