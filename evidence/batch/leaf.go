package batch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Secret is the fresh randomness of one batch, from which its salts are derived.
// It travels with the payload only.
type Secret [32]byte

// Salts derives the 32-byte salt of each leaf: HKDF-SHA256 (RFC 5869) with an
// empty salt, the batch secret as key material, and info "fieldseal/salt/v1"
// followed by the leaf index as four bytes, big-endian.
type Salts struct {
	expand hash.Hash
	info   [22]byte // with the one-byte block counter of the expansion
	sum    [32]byte
}

const saltInfo = "fieldseal/salt/v1"

// NewSalts prepares the derivation for one batch. A Salts is for one goroutine.
func NewSalts(s Secret) *Salts {
	extract := hmac.New(sha256.New, make([]byte, sha256.Size))
	extract.Write(s[:])
	d := &Salts{expand: hmac.New(sha256.New, extract.Sum(nil))}
	copy(d.info[:], saltInfo)
	d.info[len(d.info)-1] = 1
	return d
}

// Salt is the salt of leaf i.
func (d *Salts) Salt(i uint32) [32]byte {
	binary.BigEndian.PutUint32(d.info[len(saltInfo):], i)
	d.expand.Reset()
	d.expand.Write(d.info[:])
	d.expand.Sum(d.sum[:0])
	return d.sum
}

// appendLeaf writes [salt, kind, body], the bytes a leaf hash is taken over.
func appendLeaf(b []byte, salt [32]byte, k record.Kind, body []byte) []byte {
	b = cborx.AppendBytes(cborx.AppendArray(b, 3), salt[:])
	return append(cborx.AppendUint(b, uint64(k)), body...)
}

// Leaf is one disclosed record.
type Leaf struct {
	Kind record.Kind
	Body record.Body
	Raw  []byte // [salt, kind, body] as received
}

// Hash is the leaf hash.
func (l *Leaf) Hash() merkle.Hash { return merkle.Leaf(l.Raw) }

// ParseLeaf reads a disclosed leaf [salt, kind, body] strictly.
func ParseLeaf(raw []byte) (*Leaf, error) {
	limit := record.MaxContents + 64
	if len(raw) > limit {
		return nil, fmt.Errorf("%w: leaf of %d bytes is above the limit of %d", cborx.ErrMalformed, len(raw), limit)
	}
	r := cborx.NewReader(raw)
	r.ArrayOf(3)
	r.Fixed(32)
	k := record.Kind(r.UintMax(255))
	at := r.Offset()
	r.Raw()
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("leaf: %w", err)
	}
	body, err := record.Parse(k, raw[at:])
	if err != nil {
		return nil, fmt.Errorf("leaf: %w", err)
	}
	return &Leaf{k, body, raw}, nil
}
