package batch

import (
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Payload is a parsed payload: the batch secret and the records in leaf order.
type Payload struct {
	Records []record.Body
	bodies  [][]byte // as received, aliasing the payload
	secret  Secret
}

// ParsePayload reads [secret, [[kind, body]…]] strictly: every record by its own
// format, in the order and number that the contents record says.
func ParsePayload(raw []byte) (*Payload, error) {
	if len(raw) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %d bytes is above the limit of %d", cborx.ErrMalformed, len(raw), MaxPayload)
	}
	r := cborx.NewReader(raw)
	r.ArrayOf(2)
	p := &Payload{}
	copy(p.secret[:], r.Fixed(32))
	n := r.Array(MaxRecords)
	p.Records, p.bodies = make([]record.Body, 0, n), make([][]byte, 0, n)
	for i := 0; i < n && r.Err() == nil; i++ {
		r.ArrayOf(2)
		k := record.Kind(r.UintMax(255))
		body := r.Raw()
		if r.Err() != nil {
			break
		}
		b, err := record.Parse(k, body)
		if err != nil {
			return nil, fmt.Errorf("payload: leaf %d: %w", i, err)
		}
		p.Records, p.bodies = append(p.Records, b), append(p.bodies, body)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return p, p.checkOrder()
}

// checkOrder holds each record against the contents record.
func (p *Payload) checkOrder() error {
	if len(p.Records) == 0 {
		return fmt.Errorf("payload: %w: no contents record", cborx.ErrMalformed)
	}
	c, ok := p.Records[0].(*record.Contents)
	if !ok {
		return fmt.Errorf("payload: %w: leaf 0 is a %v, not the contents record", cborx.ErrMalformed, p.Records[0].Kind())
	}
	if int(c.Total()) != len(p.Records) {
		return fmt.Errorf("payload: %w: the contents record speaks of %d leaves, there are %d", cborx.ErrMalformed, c.Total(), len(p.Records))
	}
	at := 1
	for _, run := range c.Points {
		for range run.Count {
			if x, ok := p.Records[at].(*record.Reading); !ok || x.Point != run.Point {
				return fmt.Errorf("payload: %w: leaf %d is not the reading of %s that the contents record says", cborx.ErrMalformed, at, run.Point)
			}
			at++
		}
	}
	for _, run := range c.Kinds {
		for range run.Count {
			if p.Records[at].Kind() != run.Kind {
				return fmt.Errorf("payload: %w: leaf %d is a %v, the contents record says %v", cborx.ErrMalformed, at, p.Records[at].Kind(), run.Kind)
			}
			at++
		}
	}
	return nil
}

// Contents is leaf 0.
func (p *Payload) Contents() *record.Contents { return p.Records[0].(*record.Contents) }

// Leaves derives the salts and hashes every leaf.
func (p *Payload) Leaves() []merkle.Hash {
	salts, out := NewSalts(p.secret), make([]merkle.Hash, len(p.bodies))
	var leaf []byte
	for i, body := range p.bodies {
		leaf = appendLeaf(leaf[:0], salts.Salt(uint32(i)), p.Records[i].Kind(), body)
		out[i] = merkle.Leaf(leaf)
	}
	return out
}

// LeafBytes is leaf i as evidence discloses it: [salt, kind, body].
func (p *Payload) LeafBytes(i uint32) []byte {
	return appendLeaf(nil, NewSalts(p.secret).Salt(i), p.Records[i].Kind(), p.bodies[i])
}

// Verify holds a payload against its header: count, root, and every reading's
// time within the batch. It does not check the header's signature.
func (p *Payload) Verify(h *Header) error {
	if int(h.Count) != len(p.Records) {
		return fmt.Errorf("%w: header %s says %d records, the payload has %d", ErrAltered, h.Name(), h.Count, len(p.Records))
	}
	for i, b := range p.Records {
		if x, ok := b.(*record.Reading); ok {
			if err := CheckReading(h, uint32(i), x); err != nil {
				return err
			}
		}
	}
	if merkle.Root(p.Leaves()) != h.Root {
		return fmt.Errorf("%w: the records of %s do not hash to the root in its header", ErrAltered, h.Name())
	}
	return nil
}

// CheckReading holds a reading against the header of its batch.
func CheckReading(h *Header, leaf uint32, x *record.Reading) error {
	if x.Time < h.First || x.Time > h.Last {
		return fmt.Errorf("%w: leaf %d of %s is timed outside its batch", cborx.ErrMalformed, leaf, h.Name())
	}
	return nil
}
