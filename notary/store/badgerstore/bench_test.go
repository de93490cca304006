package badgerstore

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"testing"

	"fieldseal/notary/store"
)

// BenchmarkCommit writes groups as the log does under load: 32 headers, payloads
// and their rows, and the tiles of the right edge.
func BenchmarkCommit(b *testing.B) {
	s, err := Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	const batches = 32
	payload, header := make([]byte, 6000), make([]byte, 330)
	rand.Read(payload)
	next := uint64(0)
	for b.Loop() {
		g := &store.Group{First: next, Tiles: []store.Tile{{Index: next / 256, Hashes: make([]byte, 4096)}}}
		for i := range uint64(batches) {
			g.Entries = append(g.Entries, header)
			g.Payloads = append(g.Payloads, store.Entry{Index: next + i, Data: payload})
			for t := range store.Table(4) {
				g.Rows = append(g.Rows, store.Put{Table: 1 + t, Key: binary.BigEndian.AppendUint64(make([]byte, 32), next+i), Value: make([]byte, 40)})
			}
		}
		next += batches
		if err := s.Commit(g); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "batches/s")
}
