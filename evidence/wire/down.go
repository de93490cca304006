package wire

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// MaxEntries bounds the batches that one receipt speaks of.
const MaxEntries = 256

// Down is a message to a gateway: *Receipt or *Refusal.
type Down interface{ appendDown(b []byte) []byte }

// Receipt proves that batches are in the log. The gateway believes it only after
// [Receipt.Verify].
type Receipt struct {
	Note        []byte // signed checkpoint
	From        uint64 // size that Consistency starts from: the gateway's own
	Consistency []merkle.Hash
	Entries     []Entry
	Block       *batch.Block // newest final block; nil: none yet
	Covered     uint64       // log size that the newest final anchor covers
}

// Entry is one batch's place in the log.
type Entry struct {
	Boot  record.BootID
	Seq   uint64
	Index uint64
	Path  []merkle.Hash
}

// Class tells what kind of error a refusal is. It is the wire form of the
// project's sentinel errors.
type Class uint8

// The classes. Only Busy is worth sending again unchanged.
const (
	Malformed   Class = 1
	Altered     Class = 2
	Uncheckable Class = 3
	Conflict    Class = 4
	Busy        Class = 5
	maxClass          = Busy
)

func (c Class) String() string {
	if c == 0 || c > maxClass {
		return fmt.Sprintf("class %d", uint8(c))
	}
	return [...]string{"", "malformed", "altered", "uncheckable", "conflict", "busy"}[c]
}

// Refusal says that a message will not be logged, and why. The gateway
// quarantines the batch and goes on.
type Refusal struct {
	Class  Class
	Reason string
	Boot   record.BootID // of the batch; zero if the message held none that could be read
	Seq    uint64
}

// MaxReason bounds the text of a refusal.
const MaxReason = 512

const (
	downReceipt = 1
	downRefusal = 2
)

func appendPath(b []byte, path []merkle.Hash) []byte {
	b = cborx.AppendArray(b, len(path))
	for i := range path {
		b = cborx.AppendBytes(b, path[i][:])
	}
	return b
}

func readPath(r *cborx.Reader) []merkle.Hash {
	// A consistency proof can be one node longer than an audit path.
	n := r.Array(2 * merkle.MaxPath)
	out := make([]merkle.Hash, 0, n)
	for ; n > 0 && r.Err() == nil; n-- {
		var h merkle.Hash
		copy(h[:], r.Fixed(32))
		out = append(out, h)
	}
	return out
}

func (m *Receipt) appendDown(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 8), Version), downReceipt)
	b = cborx.AppendUint(cborx.AppendBytes(b, m.Note), m.From)
	b = cborx.AppendArray(appendPath(b, m.Consistency), len(m.Entries))
	for _, e := range m.Entries {
		b = cborx.AppendBytes(cborx.AppendArray(b, 4), e.Boot[:])
		b = appendPath(cborx.AppendUint(cborx.AppendUint(b, e.Seq), e.Index), e.Path)
	}
	if m.Block == nil {
		b = cborx.AppendNull(b)
	} else {
		b = cborx.AppendBytes(cborx.AppendUint(cborx.AppendArray(b, 2), m.Block.Number), m.Block.Hash[:])
	}
	return cborx.AppendUint(b, m.Covered)
}

func (m *Refusal) appendDown(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 6), Version), downRefusal)
	b = cborx.AppendText(cborx.AppendUint(b, uint64(m.Class)), m.Reason)
	return cborx.AppendUint(cborx.AppendBytes(b, m.Boot[:]), m.Seq)
}

// EncodeDown writes a message to a gateway.
func EncodeDown(m Down) []byte { return m.appendDown(nil) }

// ParseDown reads a message to a gateway strictly; it verifies nothing.
func ParseDown(raw []byte) (Down, error) {
	if len(raw) > MaxDown {
		return nil, fmt.Errorf("message: %w: %d bytes are above the limit of %d", cborx.ErrMalformed, len(raw), MaxDown)
	}
	r := cborx.NewReader(raw)
	n := r.Array(8)
	if v := r.Uint(); r.Err() == nil && v != Version {
		r.Failf("message version %d; this side speaks %d", v, Version)
	}
	var out Down
	switch t := r.Uint(); {
	case t == downReceipt && n == 8:
		m := &Receipt{Note: r.Bytes(checkpoint.MaxNote), From: r.Uint(), Consistency: readPath(r)}
		for k := r.Array(MaxEntries); k > 0 && r.Err() == nil; k-- {
			r.ArrayOf(4)
			var e Entry
			copy(e.Boot[:], r.Fixed(16))
			e.Seq, e.Index, e.Path = r.Uint(), r.Uint(), readPath(r)
			m.Entries = append(m.Entries, e)
		}
		if r.Peek() == cborx.TypeNull {
			r.Null()
		} else {
			r.ArrayOf(2)
			m.Block = &batch.Block{Number: r.Uint()}
			copy(m.Block.Hash[:], r.Fixed(32))
		}
		m.Covered = r.Uint()
		out = m
	case t == downRefusal && n == 6:
		m := &Refusal{Class: Class(r.UintMax(uint64(maxClass))), Reason: r.Text(MaxReason)}
		copy(m.Boot[:], r.Fixed(16))
		m.Seq = r.Uint()
		out = m
	default:
		r.Failf("message type %d with %d items does not exist", t, n)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return out, nil
}

// Verify checks the receipt's checkpoint under the log's key, its consistency
// from the gateway's own checkpoint, and the inclusion of each entry whose header
// find returns (the signed bytes, or nil for a batch the gateway does not know,
// which is an error). It returns the checkpoint, which becomes the gateway's own.
func (m *Receipt) Verify(log note.Verifier, own *batch.Checkpoint, find func(record.BootID, uint64) []byte) (batch.Checkpoint, error) {
	c, _, err := checkpoint.Open(m.Note, log)
	if err != nil {
		return batch.Checkpoint{}, fmt.Errorf("receipt: %w", err)
	}
	from, root := uint64(0), merkle.Empty()
	if own != nil {
		from, root = own.Size, own.Root
	}
	if m.From != from {
		return batch.Checkpoint{}, fmt.Errorf("receipt: consistency starts at size %d, the gateway's checkpoint is at %d", m.From, from)
	}
	if c.Size < from {
		return batch.Checkpoint{}, fmt.Errorf("receipt: %w: the log shrank from %d to %d entries", merkle.ErrProof, from, c.Size)
	}
	if err := merkle.VerifyConsistency(from, c.Size, m.Consistency, root, c.Root); err != nil {
		return batch.Checkpoint{}, fmt.Errorf("receipt: the log does not extend the checkpoint verified before: %w", err)
	}
	for _, e := range m.Entries {
		raw := find(e.Boot, e.Seq)
		if raw == nil {
			return batch.Checkpoint{}, fmt.Errorf("receipt: batch %x/%d is not in the journal", e.Boot[:4], e.Seq)
		}
		if err := merkle.VerifyPath(merkle.Leaf(raw), e.Index, c.Size, e.Path, c.Root); err != nil {
			return batch.Checkpoint{}, fmt.Errorf("receipt: batch %x/%d: %w", e.Boot[:4], e.Seq, err)
		}
	}
	if m.Covered > c.Size {
		return batch.Checkpoint{}, fmt.Errorf("receipt: %w: an anchor of %d entries cannot cover more than the %d logged", merkle.ErrProof, m.Covered, c.Size)
	}
	return batch.Checkpoint{Size: c.Size, Root: c.Root}, nil
}
