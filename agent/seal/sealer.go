package seal

import (
	"fmt"
	"io"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Identity is what enrolment gave the gateway.
type Identity struct {
	Gateway, Site batch.ID
	Origin        string // of the log
}

// Window is what is known of a batch when it closes.
type Window struct {
	First, Last int64 // Unix µs: opened, closed
	Clock       batch.Clock
	Reason      batch.CloseReason
}

// Sealer seals the batches of one boot. It is for one goroutine.
type Sealer struct {
	signer cose.Signer
	random io.Reader
	id     Identity
	config merkle.Hash
	boot   record.BootID
	seq    uint64
	prev   [32]byte
	none   batch.NoPrevious
}

// New draws the boot id from random and links to last, or to nothing for the
// reason given when last is nil.
func New(signer cose.Signer, random io.Reader, id Identity, config merkle.Hash, last *batch.Signed, none batch.NoPrevious) (*Sealer, error) {
	s := &Sealer{signer: signer, random: random, id: id, config: config}
	switch {
	case last != nil:
		s.prev = last.Digest()
	case none == batch.PreviousKnown:
		return nil, fmt.Errorf("sealer: no header to link to and no reason for it")
	default:
		s.none = none
	}
	if _, err := io.ReadFull(random, s.boot[:]); err != nil {
		return nil, fmt.Errorf("draw a boot id: %w", err)
	}
	return s, nil
}

// Boot is the boot id.
func (s *Sealer) Boot() record.BootID { return s.boot }

// Seal closes the builder and signs its header, which names the block and the
// checkpoint that the newest receipt proved. After an error the sequence has not
// moved, and the builder is spent.
func (s *Sealer) Seal(b *batch.Builder, w Window, block *batch.Block, point *batch.Checkpoint) (*batch.Signed, []byte, error) {
	var secret batch.Secret
	if _, err := io.ReadFull(s.random, secret[:]); err != nil {
		return nil, nil, fmt.Errorf("draw the secret of a batch: %w", err)
	}
	h := &batch.Header{
		Gateway: s.id.Gateway, Site: s.id.Site, Origin: s.id.Origin,
		Boot: s.boot, Seq: s.seq, Prev: s.prev, NoPrev: s.none,
		First: max(w.First, 0), Last: max(w.Last, w.First, 0), Clock: w.Clock,
		Config: s.config, Close: w.Reason, Block: block, Checkpoint: point,
	}
	payload, err := b.Close(secret, h)
	if err != nil {
		return nil, nil, fmt.Errorf("close batch %s: %w", h.Name(), err)
	}
	signed, err := batch.Sign(s.signer, h)
	if err != nil {
		return nil, nil, err
	}
	s.seq, s.prev, s.none = s.seq+1, signed.Digest(), batch.PreviousKnown
	return signed, payload, nil
}
