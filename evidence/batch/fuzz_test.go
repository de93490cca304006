package batch_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
)

// TestSaltsAreHKDF holds the derivation against the standard library's.
func TestSaltsAreHKDF(t *testing.T) {
	secret := batch.Secret{1, 2, 3}
	s := batch.NewSalts(secret)
	for _, i := range []uint32{0, 1, 255, 4095, 70000} {
		want, err := hkdf.Key(sha256.New, secret[:], nil, string(binary.BigEndian.AppendUint32([]byte("fieldseal/salt/v1"), i)), 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Salt(i); !bytes.Equal(got[:], want) {
			t.Errorf("salt %d: %x, crypto/hkdf says %x", i, got, want)
		}
	}
}

// TestTheHeaderIsCoreDeterministic lets fxamacker/cbor write it again.
func TestTheHeaderIsCoreDeterministic(t *testing.T) {
	s, payload, _ := sealed(t)
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"header": s.Append(nil), "signed header": s.Raw(), "payload": payload} {
		var v any
		if err := cbor.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		if back, err := enc.Marshal(v); err != nil || !bytes.Equal(back, b) {
			t.Errorf("%s: the judge writes %x, %v", name, back, err)
		}
	}
}

// wrap makes a COSE_Sign1 that parses, around any content.
func wrap(content []byte) []byte {
	b := cborx.AppendArray(cborx.AppendTag(nil, 18), 4)
	b = cborx.AppendBytes(b, []byte{0xa1, 0x01, 0x27})
	return cborx.AppendBytes(cborx.AppendBytes(cborx.AppendMap(b, 0), content), make([]byte, 64))
}

// FuzzHeader: what is read of a header's content writes the same bytes again.
func FuzzHeader(f *testing.F) {
	s, _, _ := sealed(f)
	h := s.Header
	f.Add(h.Append(nil))
	h.NoPrev, h.Block, h.Checkpoint = batch.PreviousKnown, &batch.Block{Number: 7}, &batch.Checkpoint{Size: 9}
	f.Add(h.Append(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		x, err := batch.ParseHeader(wrap(content))
		if err != nil {
			return
		}
		if b := x.Header.Append(nil); !bytes.Equal(b, content) {
			t.Fatalf("%x read, %x written", content, b)
		}
		if x.VerifySignature(cose.Key{}) == nil {
			t.Fatal("an empty signature verifies")
		}
	})
}

// FuzzLeaf: what is read of a leaf writes the same bytes again.
func FuzzLeaf(f *testing.F) {
	_, payload, _ := sealed(f)
	p, err := batch.ParsePayload(payload)
	if err != nil {
		f.Fatal(err)
	}
	for i := range p.Records {
		f.Add(p.LeafBytes(uint32(i)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := batch.ParseLeaf(raw)
		if err != nil {
			return
		}
		b := append(cborx.AppendArray(nil, 3), raw[1:35]...) // the salt has one form
		if b = l.Body.Append(cborx.AppendUint(b, uint64(l.Kind))); !bytes.Equal(b, raw) {
			t.Fatalf("%x read, %x written", raw, b)
		}
	})
}

// FuzzPayload: what is read of a payload writes the same bytes again, and its
// leaves stand where the contents record says.
func FuzzPayload(f *testing.F) {
	_, payload, _ := sealed(f)
	f.Add(payload)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := batch.ParsePayload(raw)
		if err != nil {
			return
		}
		b := append(cborx.AppendArray(nil, 2), raw[1:35]...)
		b = cborx.AppendArray(b, len(p.Records))
		for i, x := range p.Records {
			b = x.Append(cborx.AppendUint(cborx.AppendArray(b, 2), uint64(x.Kind())))
			if k, _, err := p.Contents().KindAt(uint32(i)); err != nil || k != x.Kind() {
				t.Fatalf("leaf %d is %v, contents say %v %v", i, x.Kind(), k, err)
			}
		}
		if !bytes.Equal(b, raw) {
			t.Fatalf("%x read, %x written", raw, b)
		}
	})
}
