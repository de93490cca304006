package batch_test

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// BenchmarkVerify checks a batch of 100 records as intake does: header, its
// signature, payload and root.
func BenchmarkVerify(b *testing.B) {
	signer := cose.Ed25519Signer(ed25519.NewKeyFromSeed(make([]byte, 32)))
	builder := batch.NewBuilder()
	const t0 = 1_700_000_000_000_000
	for i := range 99 {
		if err := builder.AddReading(&record.Reading{Point: fmt.Sprintf("dust-%d/pm10", i%10), Unit: "ug/m3", Value: decimal.New(int64(i), 1), Time: t0 + int64(i), Path: record.PathSerial}, batch.NoFrame); err != nil {
			b.Fatal(err)
		}
	}
	h := &batch.Header{Origin: "log.example", NoPrev: batch.PreviousFirst, First: t0, Last: t0 + 1e6}
	payload, err := builder.Close(batch.Secret{1}, h)
	if err != nil {
		b.Fatal(err)
	}
	s, err := batch.Sign(signer, h)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("header", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := batch.ParseHeader(s.Raw()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signature", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.VerifySignature(signer.Public()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := batch.ParsePayload(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	p, err := batch.ParsePayload(payload)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("records", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Verify(&s.Header); err != nil {
				b.Fatal(err)
			}
		}
	})
}
