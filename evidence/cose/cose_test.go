package cose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	gocose "github.com/veraison/go-cose"

	"fieldseal/evidence/cborx"
)

func signers(t testing.TB) map[string]Signer {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Signer{"Ed25519": Ed25519Signer(ed), "P-256": P256Signer{ec, rand.Reader}}
}

// TestGoCoseVerifiesWhatWeSign: someone else's library reads and checks it.
func TestGoCoseVerifiesWhatWeSign(t *testing.T) {
	for name, s := range signers(t) {
		raw, err := Sign(s, BatchContext, []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		var m gocose.Sign1Message
		if err := m.UnmarshalCBOR(raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var v gocose.Verifier
		switch s := s.(type) {
		case Ed25519Signer:
			v, err = gocose.NewVerifier(gocose.AlgorithmEdDSA, ed25519.PrivateKey(s).Public())
		case P256Signer:
			v, err = gocose.NewVerifier(gocose.AlgorithmES256, &s.Private.PublicKey)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify([]byte(BatchContext), v); err != nil {
			t.Errorf("%s: go-cose says %v", name, err)
		}
		if err := m.Verify([]byte(StatementContext), v); err == nil {
			t.Errorf("%s: it verifies in another context", name)
		}
		if back, err := m.MarshalCBOR(); err != nil || !bytes.Equal(back, raw) {
			t.Errorf("%s: go-cose writes %x, %v", name, back, err)
		}
	}
}

func TestEveryByteIsSigned(t *testing.T) {
	for name, s := range signers(t) {
		raw, err := Sign(s, BatchContext, []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		check := func(b []byte) error {
			m, err := Parse(b)
			if err != nil {
				return err
			}
			return m.Verify(s.Public(), BatchContext)
		}
		if err := check(raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range raw {
			for bit := range 8 {
				b := bytes.Clone(raw)
				b[i] ^= 1 << bit
				if check(b) == nil {
					t.Fatalf("%s: bit %d of byte %d is free", name, bit, i)
				}
			}
		}
		m, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if m.Verify(s.Public(), EnrolContext) == nil {
			t.Errorf("%s: a signature serves twice", name)
		}
		for other, o := range signers(t) {
			if err := m.Verify(o.Public(), BatchContext); !errors.Is(err, ErrSignature) {
				t.Errorf("%s under another key (%s): %v", name, other, err)
			}
		}
	}
}

// TestWeakKeysAndSecondSignaturesAreRefused: what the libraries let through.
func TestWeakKeysAndSecondSignaturesAreRefused(t *testing.T) {
	// Small order and non-canonical points, from RFC 8032's torsion group.
	for _, s := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseKey(EdDSA, b); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", s, err)
		}
		if Verify(Key{EdDSA, b}, []byte("x"), make([]byte, 64)) == nil {
			t.Errorf("%s verified", s)
		}
	}
	all := signers(t)
	ed, ec := all["Ed25519"], all["P-256"]
	msg := []byte("message")
	sig, _ := ed.Sign(msg)
	// S + L is the same number modulo the group order.
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := new(big.Int).Add(new(big.Int).SetBytes(reversed(sig[32:])), l)
	second := append(bytes.Clone(sig[:32]), reversed(s.FillBytes(make([]byte, 32)))...)
	if Verify(ed.Public(), msg, second) == nil {
		t.Error("Ed25519: S above the order verified")
	}
	sig, _ = ec.Sign(msg)
	if err := Verify(ec.Public(), msg, sig); err != nil {
		t.Fatal(err)
	}
	n := elliptic.P256().Params().N
	high := append(bytes.Clone(sig[:32]), new(big.Int).Sub(n, new(big.Int).SetBytes(sig[32:])).FillBytes(make([]byte, 32))...)
	if Verify(ec.Public(), msg, high) == nil {
		t.Error("P-256: high s verified")
	}
	for _, k := range []Key{{}, {EdDSA, nil}, {ES256, make([]byte, 33)}, {ES256, nil}, {-99, make([]byte, 32)}} {
		if Verify(k, msg, sig) == nil || Verify(k, msg, sig[:63]) == nil {
			t.Errorf("key %v verified", k)
		}
	}
}

func reversed(b []byte) []byte {
	out := bytes.Clone(b)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func TestKeyTextHasOneForm(t *testing.T) {
	for name, s := range signers(t) {
		k := s.Public()
		if back, err := ParseKeyText(k.String()); err != nil || !back.Equal(k) {
			t.Errorf("%s: %v", name, err)
		}
		r := cborx.NewReader(k.Append(nil))
		if back := ReadKey(r); r.Done() != nil || !back.Equal(k) || back.ID() != k.ID() {
			t.Errorf("%s through CBOR: %v", name, r.Done())
		}
	}
	for _, s := range []string{"", "ed25519:", "ed25519:zz", "rsa:00", "ed25519:D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A", "p256:00"} {
		if k, err := ParseKeyText(s); err == nil {
			t.Errorf("%q read as %v", s, k)
		}
	}
}

// FuzzParse: what is read writes the same bytes again.
func FuzzParse(f *testing.F) {
	for _, s := range signers(f) {
		raw, err := Sign(s, BatchContext, []byte("payload"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw)
		if err != nil {
			return
		}
		b := cborx.AppendArray(cborx.AppendTag(nil, 18), 4)
		b = cborx.AppendMap(cborx.AppendBytes(b, protectedHeader(m.Alg)), 0)
		if b = cborx.AppendBytes(cborx.AppendBytes(b, m.Payload), m.Signature); !bytes.Equal(b, raw) {
			t.Fatalf("%x read, %x written", raw, b)
		}
	})
}
