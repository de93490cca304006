package journal_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"testing"

	"fieldseal/agent/journal"
	"fieldseal/agent/seal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

const second = 1_000_000

// start is 2026-01-01.
const start = 1_767_225_600 * second

type maker struct {
	t      testing.TB
	sealer *seal.Sealer
	at     int64
}

var testKey = cose.Ed25519Signer(ed25519.NewKeyFromSeed(make([]byte, 32)))

func newMaker(t testing.TB, last *journal.Last) *maker {
	t.Helper()
	var h *batch.Signed
	at := int64(start)
	if last != nil {
		h, at = last.Header, last.Header.Last
	}
	s, err := seal.New(testKey, rand.Reader, seal.Identity{Gateway: batch.ID{1}, Site: batch.ID{2}, Origin: "log.example"}, merkle.Hash{7}, h, batch.PreviousFirst)
	if err != nil {
		t.Fatal(err)
	}
	return &maker{t, s, at}
}

// batch makes a batch of n readings that lasts a second.
func (m *maker) batch(n int) journal.Sealed {
	m.t.Helper()
	b := batch.NewBuilder()
	for i := range n {
		var v [8]byte
		rand.Read(v[:])
		x := &record.Reading{Point: "dust-1/pm10", Unit: "ug/m3", Value: decimal.New(int64(binary.BigEndian.Uint32(v[:])), 1), Time: m.at + int64(i), Mono: uint64(m.at)}
		if err := b.AddReading(x, batch.NoFrame); err != nil {
			m.t.Fatal(err)
		}
	}
	h, p, err := m.sealer.Seal(b, seal.Window{First: m.at, Last: m.at + second}, nil, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	m.at += second
	return journal.Sealed{Header: h, Payload: p}
}

func open(t testing.TB, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
