package file

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Format is the value of the key "format".
const Format = "fieldseal-evidence/1"

// Extension ends the name of an evidence file.
const Extension = ".fseal.json"

// Limits, published in docs/formats.md §2.
const (
	MaxFile     = 8 << 20 // bytes
	MaxHeads    = 64
	MaxBatches  = 16384
	MaxNodes    = 1 << 16
	MaxTrie     = 4096
	MaxConfigs  = 256
	MaxProfiles = 64
	MaxStates   = 64
	MaxBlocks   = 4096
	MaxChanges  = 64
	MaxFacts    = 64
	MaxInteger  = 1<<53 - 1 // every JSON reader holds it exactly
)

// File is one evidence file. Lists are never null; an empty list is written [].
// Everything in a list must be used by the claim: what no check needs is refused.
type File struct {
	Format string `json:"format"` // [Format]
	Claim  Claim  `json:"claim"`

	// Batches are the sealed headers of the claim's gateway, predecessors before
	// successors: the batches that the claim speaks of, with the records they
	// disclose, and headers without records that link them, open or close the
	// range, chain to them, or show a fork.
	Batches []Batch `json:"batches"`

	// Configs are the leaves of the claimed device in every configuration that a
	// batch with disclosed readings names.
	Configs []Config `json:"configs"`

	// Profiles are the compiled profiles whose digests those leaves name.
	Profiles [][]byte `json:"profiles"`

	// Statements are the gateway's enrolment, the newest status list under the
	// last head, and the coverage plans in force.
	Statements []Statement `json:"statements"`

	// Heads are signed checkpoints of one log, in ascending size. The last is the
	// newest, under which the status list stands; an earlier one gives batches an
	// earlier upper bound of time.
	Heads []Head `json:"heads"`

	// Nodes are the Merkle hashes that paths name by position: no hash twice, none unused.
	Nodes []Hash `json:"nodes"`

	// Blocks are sealed headers of the chain that batch headers name (the lower
	// bounds of time) or anchors are shown in. No block twice, none unused.
	Blocks []Block `json:"blocks"`

	// Trie are the Merkle-Patricia nodes that anchors name by position: none
	// twice, none unused.
	Trie [][]byte `json:"trie"`

	// Changes are runs of headers, RLP, by each of which the validators of a BFT
	// chain voted for their successors, in ascending order. None unused.
	Changes []Change `json:"changes,omitempty"`

	// Register is what the chain's register says of origin and permission.
	Register *Register `json:"register,omitempty"`
}

// Change is the headers from the first vote that counts to the one that decides.
type Change struct {
	Headers [][]byte `json:"headers"`
}

// The kinds of claim.
const (
	KindReading = "reading" // one reading: it was sealed as it stands
	KindRange   = "range"   // every reading of a point from From until before To
)

// Claim says what the file is evidence of. Exactly one of Reading and Range is
// there, as Kind says.
type Claim struct {
	Kind    string   `json:"kind"`
	Site    batch.ID `json:"site"`
	Gateway batch.ID `json:"gateway"`
	Point   string   `json:"point"` // "device/name"
	// Frames says that the raw exchange of each claimed reading is disclosed, so
	// that its value can be decoded again; the question of meaning is judged then.
	Frames  bool        `json:"frames"`
	Reading *ReadingRef `json:"reading,omitempty"`
	Range   *Range      `json:"range,omitempty"`
}

// ReadingRef names one record.
type ReadingRef struct {
	Boot Boot   `json:"boot"`
	Seq  uint64 `json:"seq"`
	Leaf uint32 `json:"leaf"`
}

// Range is a stretch of the gateway's wall clock, From included, To excluded.
type Range struct {
	From int64 `json:"from"` // Unix µs
	To   int64 `json:"to"`   // Unix µs, above From
}

// Batch is a sealed header and what is disclosed of its batch.
type Batch struct {
	Header  []byte   `json:"header"`        // COSE_Sign1 as logged
	Log     *Place   `json:"log,omitempty"` // nil: shown by a later header that chains to it
	Records []Record `json:"records"`       // ascending by leaf
}

// Place is where an entry stands in the log.
type Place struct {
	Head  int    `json:"head"` // position in Heads
	Index uint64 `json:"index"`
	Path  []int  `json:"path"` // positions in Nodes, from the leaf upwards (RFC 6962 §2.1.1)
}

// Record is a disclosed leaf.
type Record struct {
	Leaf uint32 `json:"leaf"`
	Raw  []byte `json:"raw"`  // [salt, kind, body]
	Path []int  `json:"path"` // positions in Nodes; the tree's size is the header's count
}

// Config is a disclosed leaf of a gateway's configuration. Its root is not
// written: the one that its path leads to must be the one its headers name.
//
// Nobody signs how many leaves a configuration has, so a path of n steps is
// written as one of the full tree of 2^n leaves, where Index holds its turns: bit
// i is 1 where the sibling of step i stands on the left. [Marshal] turns the place
// in the configuration into that form.
type Config struct {
	Index uint32 `json:"index"`
	Size  uint32 `json:"size"` // 2^n
	Leaf  []byte `json:"leaf"`
	Path  []int  `json:"path"` // positions in Nodes
}

// Statement is a logged statement and its body.
type Statement struct {
	Header []byte `json:"header"` // COSE_Sign1 as logged
	Body   []byte `json:"body"`   // [salt, type, body]
	Log    Place  `json:"log"`
}

// Head is a signed checkpoint and, once there is one, its anchor.
type Head struct {
	Note []byte `json:"note"` // C2SP signed note as published
	// Consistency proves that this tree extends the previous head's (RFC 6962
	// §2.1.2); empty for the first head. Positions in Nodes.
	Consistency []int   `json:"consistency"`
	Anchor      *Anchor `json:"anchor,omitempty"` // nil: not anchored yet
}

// Anchor is the JSON form of anchor.Proof, its parts pooled.
type Anchor struct {
	Chain    uint64  `json:"chain"`
	Contract Address `json:"contract"`
	Number   uint64  `json:"number"` // block that anchored the checkpoint
	Time     uint64  `json:"time"`   // its timestamp, seconds since 1970
	Block    int     `json:"block"`  // position in Blocks: the block in whose state the slot is shown
	Account  []int   `json:"account"`
	Storage  []int   `json:"storage"` // positions in Trie
	// Receipt stands in place of Account and Storage, which are then empty.
	Receipt *Receipt `json:"receipt,omitempty"`
}

// Receipt is the JSON form of anchor.Receipt.
type Receipt struct {
	Index uint64 `json:"index"` // of the transaction in its block
	Path  []int  `json:"path"`  // positions in Trie, root first
}

// Block is a block header with what seals it under the chain's profile.
type Block struct {
	Header []byte `json:"header"`         // RLP
	Note   []byte `json:"note,omitempty"` // signed block note, embedded chain only
	// After are the headers on top that confirm it, the next first; Clique only.
	After [][]byte `json:"after,omitempty"`
}

// Sealed is the block as evidence/anchor judges it.
func (b Block) Sealed() anchor.Block {
	return anchor.Block{Header: b.Header, Note: b.Note, After: b.After}
}

// Hash is a Merkle node, in base64 in JSON.
type Hash [32]byte

// MarshalText writes strict base64.
func (h Hash) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads strict base64 of 32 bytes.
func (h *Hash) UnmarshalText(t []byte) error {
	b, err := base64.StdEncoding.Strict().DecodeString(string(t))
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("%q is not 32 bytes in base64", t)
	}
	copy(h[:], b)
	return nil
}

// Boot is a boot id, in lower-case hex in JSON.
type Boot record.BootID

// MarshalText writes 32 lower-case hex digits.
func (b Boot) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b[:]), nil }

// UnmarshalText reads 32 hex digits.
func (b *Boot) UnmarshalText(t []byte) error { return unhex(b[:], t) }

// Address is a contract's address, in lower-case hex in JSON, without prefix.
type Address [20]byte

// MarshalText writes 40 lower-case hex digits.
func (a Address) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, a[:]), nil }

// UnmarshalText reads 40 hex digits.
func (a *Address) UnmarshalText(t []byte) error { return unhex(a[:], t) }

func unhex(dst, t []byte) error {
	b, err := hex.DecodeString(string(t))
	if err != nil || len(b) != len(dst) || hex.EncodeToString(b) != string(t) {
		return fmt.Errorf("%q is not %d lower-case hex digits", t, 2*len(dst))
	}
	copy(dst, b)
	return nil
}
