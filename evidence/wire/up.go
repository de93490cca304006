package wire

import (
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/checkpoint"
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

// Hello opens a session: it shows the checkpoint from which the gateway wants
// consistency proved. It shows the signed note and not the size and root alone,
// so that a notary that does not know it can tell its own word from a gateway's.
type Hello struct {
	Software string
	Note     []byte // newest signed checkpoint that the gateway has verified; nil: none yet
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
	return appendOptional(cborx.AppendText(b, m.Software), m.Note)
}

func (m *Config) appendUp(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 4), Version), upConfig)
	return appendList(appendList(b, m.Leaves), m.Profiles)
}

func (m *Batch) appendUp(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendArray(b, 4), Version), upBatch)
	return appendOptional(cborx.AppendBytes(b, m.Header), m.Payload)
}

// appendOptional writes null for nil, which is not the same as no bytes.
func appendOptional(b, v []byte) []byte {
	if v == nil {
		return cborx.AppendNull(b)
	}
	return cborx.AppendBytes(b, v)
}

func readOptional(r *cborx.Reader, limit int) []byte {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	return r.Bytes(limit)
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
		out = &Hello{r.Text(profile.MaxText), readOptional(r, checkpoint.MaxNote)}
	case upConfig:
		out = &Config{readList(r, profile.MaxDevices+1, profile.MaxLeaf), readList(r, 64, profile.MaxProfile)}
	case upBatch:
		out = &Batch{r.Bytes(batch.MaxHeader), readOptional(r, batch.MaxPayload)}
	default:
		r.Failf("message type %d does not exist", t)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return out, nil
}
