package wire

import (
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
)

// Version of the messages; a peer of another version is refused with that reason.
const Version = 1

// Limits of messages, published in docs/formats.md §2.
const (
	MaxUp   = 512 << 10 // bytes of a message to the notary
	MaxDown = 128 << 10 // bytes of a message to a gateway
)

// Up is a message from a gateway: *Hello, *Config or *Batch.
type Up interface{ appendUp(b []byte) []byte }

// Hello opens a session: it names the checkpoint from which the gateway wants
// consistency proved.
type Hello struct {
	Software   string
	Checkpoint *batch.Checkpoint // newest that the gateway has verified; nil: none yet
}

// Config brings the configuration that headers name by its root, and the
// compiled profiles that its devices name by digest. It is sent at the start of a
// session for every root that undelivered headers name.
type Config struct {
	Leaves   [][]byte
	Profiles [][]byte
}

// Batch brings a sealed batch.
type Batch struct {
	Header  []byte
	Payload []byte // nil: the journal's bound took it; the header alone is logged
}

const (
	upHello  = 1
	upConfig = 2
	upBatch  = 3
)

func (m *Hello) appendUp(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 4), Version), upHello)
	return appendCheckpoint(cborx.AppendText(b, m.Software), m.Checkpoint)
}

func (m *Config) appendUp(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 4), Version), upConfig)
	return appendList(appendList(b, m.Leaves), m.Profiles)
}

func (m *Batch) appendUp(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 4), Version), upBatch)
	b = cborx.AppendBytes(b, m.Header)
	if m.Payload == nil {
		return cborx.AppendNull(b)
	}
	return cborx.AppendBytes(b, m.Payload)
}

func appendList(b []byte, items [][]byte) []byte {
	b = cborx.AppendArray(b, len(items))
	for _, x := range items {
		b = cborx.AppendBytes(b, x)
	}
	return b
}

func readList(r *cborx.Reader, items, size int) [][]byte {
	n := r.Array(items)
	out := make([][]byte, 0, n)
	for ; n > 0 && r.Err() == nil; n-- {
		out = append(out, r.Bytes(size))
	}
	return out
}

func appendCheckpoint(b []byte, c *batch.Checkpoint) []byte {
	if c == nil {
		return cborx.AppendNull(b)
	}
	return cborx.AppendBytes(cborx.AppendUint(cborx.AppendArray(b, 2), c.Size), c.Root[:])
}

func readCheckpoint(r *cborx.Reader) *batch.Checkpoint {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	r.ArrayOf(2)
	c := &batch.Checkpoint{Size: r.Uint()}
	copy(c.Root[:], r.Fixed(32))
	return c
}

// EncodeUp writes a message to the notary.
func EncodeUp(m Up) []byte { return m.appendUp(nil) }

// ParseUp reads a message to the notary strictly. Headers and payloads inside
// are not parsed here.
func ParseUp(raw []byte) (Up, error) {
	if len(raw) > MaxUp {
		return nil, fmt.Errorf("message: %w: %d bytes are above the limit of %d", cborx.ErrMalformed, len(raw), MaxUp)
	}
	r := cborx.NewReader(raw)
	r.ArrayOf(4)
	if v := r.Uint(); r.Err() == nil && v != Version {
		r.Failf("message version %d; this side speaks %d", v, Version)
	}
	var out Up
	switch t := r.Uint(); t {
	case upHello:
		out = &Hello{r.Text(profile.MaxText), readCheckpoint(r)}
	case upConfig:
		out = &Config{readList(r, profile.MaxDevices+1, profile.MaxLeaf), readList(r, 64, profile.MaxProfile)}
	case upBatch:
		m := &Batch{Header: r.Bytes(batch.MaxHeader)}
		if r.Peek() == cborx.TypeNull {
			r.Null()
		} else {
			m.Payload = r.Bytes(batch.MaxPayload)
		}
		out = m
	default:
		r.Failf("message type %d does not exist", t)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return out, nil
}
