package batch_test

import (
	"crypto/ed25519"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

func sealed(t testing.TB) (*batch.Signed, []byte, cose.Key) {
	t.Helper()
	signer := cose.Ed25519Signer(ed25519.NewKeyFromSeed(make([]byte, 32)))
	const t0 = 1_700_000_000_000_000
	b := batch.NewBuilder()
	f, err := b.AddFrame(&record.Frame{Bus: "a", Device: "dust-1", Sent: []byte{1, 3}, Received: []byte{1, 3, 2, 0, 9}, SentAt: 5, RecvAt: 9, Path: record.PathSerial})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"dust-1/pm25", "dust-1/pm10", "dust-1/pm25"} {
		x := &record.Reading{Point: p, Unit: "ug/m3", Value: decimal.New(1250, 1), Time: t0 + 5, Mono: 9, Path: record.PathSerial, Marks: []record.Mark{record.MarkRange}}
		if err := b.AddReading(x, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.AddEvent(&record.Event{Type: record.EventStarted, Time: t0, Mono: 1, Note: "v1"}, batch.NoFrame); err != nil {
		t.Fatal(err)
	}
	if err := b.AddGap(&record.Gap{From: t0 - 10, To: t0, Cause: record.CauseRestarted, Mono: 1}); err != nil {
		t.Fatal(err)
	}
	h := &batch.Header{Origin: "log.example", NoPrev: batch.PreviousFirst, First: t0, Last: t0 + 10}
	payload, err := b.Close(batch.Secret{1}, h)
	if err != nil {
		t.Fatal(err)
	}
	s, err := batch.Sign(signer, h)
	if err != nil {
		t.Fatal(err)
	}
	return s, payload, signer.Public()
}

func TestWhatWasSealedVerifies(t *testing.T) {
	s, payload, key := sealed(t)
	if err := s.VerifySignature(key); err != nil {
		t.Fatal(err)
	}
	p, err := batch.ParsePayload(payload)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(&s.Header); err != nil {
		t.Fatal(err)
	}
	run, ok := p.Contents().Point("dust-1/pm25")
	if !ok || run != (record.Run{First: 2, Count: 2}) {
		t.Fatalf("run of pm25 is %v", run)
	}
	leaves := p.Leaves()
	for i := range leaves {
		raw := p.LeafBytes(uint32(i))
		l, err := batch.ParseLeaf(raw)
		if err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		if l.Hash() != leaves[i] {
			t.Fatalf("leaf %d hashes differently when disclosed", i)
		}
		if err := merkle.VerifyPath(l.Hash(), uint64(i), uint64(len(leaves)), merkle.Path(leaves, i), s.Root); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("header %d bytes, payload %d bytes", len(s.Raw()), len(payload))
}

func TestAChangedPayloadIsRefused(t *testing.T) {
	s, payload, _ := sealed(t)
	for i := range payload {
		bad := append([]byte(nil), payload...)
		bad[i] ^= 1
		p, err := batch.ParsePayload(bad)
		if err == nil {
			err = p.Verify(&s.Header)
		}
		if err == nil {
			t.Fatalf("byte %d changed and nothing noticed", i)
		}
	}
}

func TestAChangedHeaderIsRefused(t *testing.T) {
	s, _, key := sealed(t)
	for i := range s.Raw() {
		bad := append([]byte(nil), s.Raw()...)
		bad[i] ^= 1
		h, err := batch.ParseHeader(bad)
		if err == nil {
			err = h.VerifySignature(key)
		}
		if err == nil {
			t.Fatalf("byte %d changed and nothing noticed", i)
		}
	}
}
