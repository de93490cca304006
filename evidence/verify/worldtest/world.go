package worldtest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"io"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
)

// Second, Minute and Hour are lengths of the world's clock, in µs.
const (
	Second int64 = 1_000_000
	Minute       = 60 * Second
	Hour         = 60 * Minute
	Day          = 24 * Hour
)

// Start is when a world begins: 2026-03-01 10:00:00 UTC.
const Start int64 = 1772359200 * Second

// World is a log with its chain and its authorities.
type World struct {
	Origin                        string
	Authority, Supervisor, Issuer cose.Ed25519Signer
	LogStatements                 cose.Ed25519Signer // the log's key
	LogSigner, ChainSigner        note.Signer
	LogKey, ChainKey              string // verifier keys
	ChainID                       uint64
	Contract                      [20]byte
	CodeHash                      [32]byte
	Clock                         int64 // now, Unix µs: everyone's true time

	// Trie, where given, is the contract's storage in place of the world's own: it
	// takes the world's slots in and proves one of them. A value of zero is not there.
	Trie func(slots map[[32]byte][32]byte, want [32]byte) (root [32]byte, proof [][]byte)

	Heads  []*Head
	random io.Reader
	leaves []merkle.Hash
	nodes  map[[2]uint64]merkle.Hash
	blocks []anchor.Block
	hash   [32]byte    // of the newest block
	chain  *consortium // nil: the notary's own
	book   *book       // nil: no register
	slots  map[uint64]slot
	depth  int // full branches above every slot, as in a contract of many anchors
}

type slot struct {
	root         merkle.Hash
	number, time uint64
}

// Head is a signed checkpoint, and its anchor once it has one.
type Head struct {
	checkpoint.Checkpoint
	Note         []byte
	Number, Time uint64 // of the anchoring block; 0: not anchored
}

// drip is deterministic randomness.
type drip struct {
	seed [32]byte
	n    uint64
	left []byte
}

func (d *drip) Read(p []byte) (int, error) {
	for i := range p {
		if len(d.left) == 0 {
			h := sha256.Sum256(binary.BigEndian.AppendUint64(d.seed[:], d.n))
			d.n, d.left = d.n+1, h[:]
		}
		p[i], d.left = d.left[0], d.left[1:]
	}
	return len(p), nil
}

// New makes a world whose keys and salts come from the seed.
func New(seed string) *World {
	w := &World{Origin: "north.example/log", ChainID: 7411, Clock: Start, random: &drip{seed: sha256.Sum256([]byte(seed))},
		nodes: map[[2]uint64]merkle.Hash{}, slots: map[uint64]slot{}}
	w.Authority, w.Supervisor, w.Issuer = w.Key(), w.Key(), w.Key()
	logKey := w.Key()
	w.LogStatements = logKey
	w.LogSigner, w.LogKey = noteSigner(w.Origin, logKey)
	chainKey := w.Key()
	w.ChainSigner, w.ChainKey = noteSigner(anchor.KeyName(w.Origin), chainKey)
	w.random.Read(w.Contract[:])
	w.random.Read(w.CodeHash[:])
	chain := chainKey.Public()
	w.State(logKey, &statement.Genesis{LogKey: logKey.Public(), Authority: w.Authority.Public(), ChainKey: &chain,
		ChainID: w.ChainID, Contract: w.Contract, CodeHash: w.CodeHash})
	w.Mine()
	return w
}

// Key draws a key.
func (w *World) Key() cose.Ed25519Signer {
	var seed [32]byte
	w.random.Read(seed[:])
	return cose.Ed25519Signer(ed25519.NewKeyFromSeed(seed[:]))
}

// Random is the world's randomness.
func (w *World) Random() io.Reader { return w.random }

type signer struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

func (s signer) Name() string                    { return s.name }
func (s signer) KeyHash() uint32                 { return s.hash }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

func noteSigner(name string, k cose.Ed25519Signer) (note.Signer, string) {
	text := checkpoint.VerifierText(name, ed25519.PrivateKey(k).Public().(ed25519.PublicKey))
	v := must(checkpoint.ParseVerifier(text))
	return signer{name, v.KeyHash(), ed25519.PrivateKey(k)}, text
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a world that cannot be built is a broken test
	}
	return v
}

// Entry is something logged.
type Entry struct {
	Raw   []byte
	Body  []byte // salted body of a statement
	Index uint64
}

// Log appends an entry to the log.
func (w *World) Log(raw []byte) uint64 {
	w.leaves = append(w.leaves, merkle.Leaf(raw))
	return uint64(len(w.leaves) - 1)
}

// Fill appends n entries that nobody asks for.
func (w *World) Fill(n int) {
	for range n {
		var h merkle.Hash
		w.random.Read(h[:])
		w.leaves = append(w.leaves, h)
	}
}

// State signs and logs a statement.
func (w *World) State(by cose.Signer, body statement.Body) Entry {
	s, salted, err := statement.Sign(by, w.random, w.Origin, w.Clock, body)
	must(s, err)
	return Entry{s.Raw(), salted, w.Log(s.Raw())}
}

// StatusList logs a status list that is due again after a day.
func (w *World) StatusList(serial uint64, revoked ...statement.Revocation) Entry {
	return w.State(w.Authority, &statement.StatusList{Serial: serial, Next: w.Clock + Day, Revoked: revoked})
}

// Checkpoint signs the log's head.
func (w *World) Checkpoint() *Head {
	c := checkpoint.Checkpoint{Origin: w.Origin, Size: uint64(len(w.leaves)), Root: w.root(0, uint64(len(w.leaves)))}
	h := &Head{Checkpoint: c, Note: must(checkpoint.Sign(c, w.LogSigner))}
	w.Heads = append(w.Heads, h)
	return h
}

// Anchor puts a head into a new block of the chain.
func (w *World) Anchor(h *Head) {
	n := uint64(len(w.blocks))
	h.Number, h.Time = n, uint64(w.Clock/Second)
	w.slots[h.Size] = slot{h.Root, h.Number, h.Time}
	w.Mine()
}

// root hashes leaves [lo, hi), complete subtrees once.
func (w *World) root(lo, hi uint64) merkle.Hash {
	n := hi - lo
	if n == 1 {
		return w.leaves[lo]
	}
	if n == 0 {
		return merkle.Empty()
	}
	full := n&(n-1) == 0
	if h, ok := w.nodes[[2]uint64{lo, hi}]; full && ok {
		return h
	}
	k := split(n)
	h := merkle.Node(w.root(lo, lo+k), w.root(lo+k, hi))
	if full {
		w.nodes[[2]uint64{lo, hi}] = h
	}
	return h
}

func split(n uint64) uint64 {
	k := uint64(1)
	for k*2 < n {
		k *= 2
	}
	return k
}

// Path is the audit path of an entry in the tree of a size.
func (w *World) Path(index, size uint64) []merkle.Hash { return w.path(index, 0, size) }

func (w *World) path(index, lo, hi uint64) []merkle.Hash {
	if hi-lo == 1 {
		return nil
	}
	if k := split(hi - lo); index < lo+k {
		return append(w.path(index, lo, lo+k), w.root(lo+k, hi))
	} else {
		return append(w.path(index, lo+k, hi), w.root(lo, lo+k))
	}
}

// Consistency is the proof from one size to a greater one (RFC 6962 §2.1.2).
func (w *World) Consistency(from, to uint64) []merkle.Hash { return w.sub(from, 0, to, true) }

func (w *World) sub(m, lo, hi uint64, whole bool) []merkle.Hash {
	n := hi - lo
	if m == n {
		if whole {
			return nil
		}
		return []merkle.Hash{w.root(lo, hi)}
	}
	if k := split(n); m <= k {
		return append(w.sub(m, lo, lo+k, whole), w.root(lo+k, hi))
	} else {
		return append(w.sub(m-k, lo+k, hi, false), w.root(lo, lo+k))
	}
}

// Trust is the trust file that an honest issuer makes of this world.
func (w *World) Trust() *trust.File {
	f := must(trust.New("North district", w.Facts(), trust.Time((Start+365*Day)/Second),
		map[string]cose.Signer{"district office": w.Issuer}, []string{"district office"}))
	return must(trust.Parse(must(f.Marshal())))
}

// Facts are what the notary of this world says of itself.
func (w *World) Facts() *trust.Facts {
	logKey, chainKey := must(trust.ParseNoteKey(w.LogKey)), must(trust.ParseNoteKey(w.ChainKey))
	f := &trust.Facts{Format: trust.FactsFormat, Since: trust.Time(Start/Second) - 1, Authorities: []trust.Key{{Key: w.Authority.Public()}},
		Supervisors: []trust.Key{{Key: w.Supervisor.Public()}},
		Log:         trust.Log{Origin: w.Origin, Key: logKey, Chain: w.ChainID, Contract: w.Contract, CodeHash: w.CodeHash, Interval: 15},
		Chain:       trust.Chain{ID: w.ChainID, Profile: string(anchor.Embedded), Independence: trust.Local, Notes: []trust.NoteKey{chainKey}}}
	if w.chain != nil {
		w.chain.describe(&f.Chain)
	}
	if w.book != nil {
		f.Chain.Registry = &trust.Registry{Contract: w.book.Contract, CodeHash: w.book.CodeHash}
	}
	return f
}

// NewID draws an id.
func (w *World) NewID() (id batch.ID) {
	w.random.Read(id[:])
	return id
}
