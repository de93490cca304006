package store

import (
	"errors"
	"iter"
)

// Version of what the tables hold. A store with a newer one is refused.
const Version = 1

// Errors of a store.
var (
	// ErrNotFound: there is no such entry, payload, tile or row.
	ErrNotFound = errors.New("not in the store")
	// ErrConflict: the group does not continue what is stored. Nothing was written.
	ErrConflict = errors.New("store has moved on")
	// ErrVersion: the store was written by a newer release.
	ErrVersion = errors.New("store version is not known to this release")
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("store is in use")
	// ErrFull: the disk has too little room left. Nothing was written; it is worth
	// trying again when there is room.
	ErrFull = errors.New("the disk is full")
	// ErrTooBig: the group is above what one atomic write can hold. Nothing was written.
	ErrTooBig = errors.New("group is too big for one write")
)

// Store is a notary's memory. All methods are safe for concurrent use; slices
// that come out belong to the caller, and those that go in are not kept.
type Store interface {
	// Commit writes a group, all or nothing, and returns when it is synced.
	Commit(g *Group) error

	// Head tells how far the log goes.
	Head() (Head, error)

	// Entries gives the log entries from ≤ index < to, in order. It ends early,
	// without an error, where the log ends.
	Entries(from, to uint64) iter.Seq2[Entry, error]
	// Entry is one log entry, or ErrNotFound.
	Entry(index uint64) ([]byte, error)
	// Payload is what was stored beside entry index, or ErrNotFound.
	Payload(index uint64) ([]byte, error)
	// Payloads gives the payloads from ≤ index < to, in order, leaving out
	// entries without one.
	Payloads(from, to uint64) iter.Seq2[Entry, error]
	// Tile is the newest form of a tile, 32 bytes a hash, or ErrNotFound.
	Tile(level uint8, index uint64) ([]byte, error)

	// Row is the value of a key, or ErrNotFound.
	Row(t Table, key []byte) ([]byte, error)
	// Rows gives the rows of a range in the bytewise order of their keys.
	Rows(t Table, r Range) iter.Seq2[KV, error]

	Close() error
}

// Head is the state of the log in the store.
type Head struct {
	Size       uint64      // entries stored
	Checkpoint *Checkpoint // newest; nil before the first
}

// Checkpoint is a signed checkpoint and the size that it speaks of.
type Checkpoint struct {
	Size uint64
	Note []byte
}

// Entry is the bytes stored at a log index.
type Entry struct {
	Index uint64
	Data  []byte
}

// Tile is a tile of the log (C2SP tlog-tiles, height 8): 1 to 256 hashes of 32
// bytes. A tile only ever grows, so the newest form holds every narrower one.
type Tile struct {
	Level  uint8
	Index  uint64
	Hashes []byte
}

// KV is one row.
type KV struct{ Key, Value []byte }

// Put is a row to write; a nil Value removes it.
type Put struct {
	Table      Table
	Key, Value []byte
}

// Range bounds keys: From ≤ key < To. A nil To has no end.
type Range struct {
	From, To []byte
	Reverse  bool // from the last key to the first
	Limit    int  // rows at the most; 0: all
}

// Prefix is the range of all keys that begin with p.
func Prefix(p []byte) Range {
	to := append([]byte(nil), p...)
	for i := len(to) - 1; i >= 0; i-- {
		if to[i]++; to[i] != 0 {
			return Range{From: p, To: to[:i+1]}
		}
	}
	return Range{From: p}
}

// Group is one atomic write.
type Group struct {
	// First is the index of Entries[0] and must be the log's size; it counts only
	// if there are entries.
	First    uint64
	Entries  [][]byte
	Payloads []Entry // beside entries of this group or earlier ones
	Tiles    []Tile
	Rows     []Put
	// Checkpoint becomes the newest if the one stored is of the size From (0
	// before the first). Compare and swap: else the whole group is ErrConflict.
	Checkpoint *Checkpoint
	From       uint64
}

// Table names a set of rows. Keys and values are the owner's business.
type Table byte

// The tables, with their owners. The numbers are stored and never reused.
const (
	TableIdentity   Table = 1  // log: gateway, boot, seq → index, digest
	TableDigest     Table = 2  // log: gateway, digest → index
	TableSuccessor  Table = 3  // log: gateway, previous digest → index of the first batch of a boot
	TableTime       Table = 4  // log: gateway, last time, index → first time
	TableGateway    Table = 5  // log: gateway → status
	TableSite       Table = 6  // log: site, gateway → nothing
	TableNote       Table = 7  // log: size → signed checkpoint
	TableStatement  Table = 8  // log: statement type, index → nothing
	TableFinding    Table = 9  // log: number → finding
	TableConfig     Table = 10 // intake: configuration root → leaves
	TableProfile    Table = 11 // intake: digest → compiled profile
	TableRefused    Table = 12 // intake: number → refused message
	TableOutbox     Table = 13 // anchorer
	TableAnchor     Table = 14 // anchorer: size → anchor
	TableRegistry   Table = 15 // enrol: gateway → registry entry
	TableCode       Table = 16 // enrol: enrolment codes
	TableSerial     Table = 17 // enrol: certificates by serial number
	TableAuthority  Table = 18 // authority: pending requests, status lists
	TableAccess     Table = 19 // accounts: accounts, sessions, tokens
	TableChainState Table = 20 // service: what the log is anchored in
	TableEvent      Table = 21 // live: event id → what happened
	TableLive       Table = 22 // live: how far the log is followed
	TableAlarm      Table = 26 // alarm: alarms with their life
	TableCoverage   Table = 27 // alarm: gateway → what came of it
	TableCentre     Table = 30 // centre: sums, gaps, newest readings; made from the log
	TableWebhook    Table = 31 // webhook: where events are sent, and how far each is served
	TableReader     Table = 32 // feed: certificate serial → account that reads live values with it
	TableAudit      Table = 23 // accounts: number → who did what, each with the hash of the one before
	TablePlace      Table = 24 // sites: site → its register, with its changes
	TableAnswer     Table = 25 // api: idempotency key → the answer that was given
)
