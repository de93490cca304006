package cose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"

	"fieldseal/evidence/cborx"
)

// Context is the external_aad of a signature: it names what kind of thing was signed.
type Context string

// The contexts in use.
const (
	BatchContext     Context = "fieldseal/batch/v1"
	StatementContext Context = "fieldseal/statement/v1"
	EnrolContext     Context = "fieldseal/enrol/v1"
)

// MaxSign1 bounds a whole COSE_Sign1: 2 kB, the limit of a header.
const MaxSign1 = 2048

// A Signer holds a private key, in a file or in a chip.
type Signer interface {
	Public() Key
	// Sign signs message (a Sig_structure) and returns 64 bytes: R‖S of RFC 8032,
	// or r‖s of P-256 with s in the lower half of the order.
	Sign(message []byte) ([]byte, error)
}

// Ed25519Signer signs with a private key in memory.
type Ed25519Signer ed25519.PrivateKey

// Public is the public half.
func (s Ed25519Signer) Public() Key {
	return Key{EdDSA, ed25519.PrivateKey(s).Public().(ed25519.PublicKey)}
}

// Sign is plain Ed25519, deterministic.
func (s Ed25519Signer) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(s), message), nil
}

// P256Signer signs with a P-256 private key in memory and normalises to low s,
// as the interface to a hardware key must.
type P256Signer struct {
	Private *ecdsa.PrivateKey
	Rand    io.Reader
}

// Public is the public half.
func (s P256Signer) Public() Key {
	return Key{ES256, elliptic.MarshalCompressed(elliptic.P256(), s.Private.X, s.Private.Y)}
}

// Sign signs the SHA-256 of message.
func (s P256Signer) Sign(message []byte) ([]byte, error) {
	h := sha256.Sum256(message)
	r, v, err := ecdsa.Sign(s.Rand, s.Private, h[:])
	if err != nil {
		return nil, fmt.Errorf("sign with P-256: %w", err)
	}
	if v.Cmp(halfN) > 0 {
		v.Sub(elliptic.P256().Params().N, v)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	v.FillBytes(sig[32:])
	return sig, nil
}

// Message is a COSE_Sign1 whose encoding was found strict. Its signature is not
// checked until [Message.Verify].
type Message struct {
	Alg       Alg
	Payload   []byte
	Signature []byte
	raw       []byte
	protected []byte
}

// Raw is the encoding as received.
func (m *Message) Raw() []byte { return m.raw }

// SigStructure is the byte string that was signed (RFC 9052 §4.4), for the context given.
func (m *Message) SigStructure(c Context) []byte { return sigStructure(m.protected, c, m.Payload) }

// Digest is the SHA-256 of the Sig_structure: how a batch header names its
// predecessor. It does not depend on the signature.
func (m *Message) Digest(c Context) [32]byte { return sha256.Sum256(m.SigStructure(c)) }

func sigStructure(protected []byte, c Context, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+64)
	b = cborx.AppendText(cborx.AppendArray(b, 4), "Signature1")
	b = cborx.AppendBytes(b, protected)
	b = cborx.AppendBytes(b, []byte(c))
	return cborx.AppendBytes(b, payload)
}

func protectedHeader(a Alg) []byte {
	return cborx.AppendInt(cborx.AppendUint(cborx.AppendMap(nil, 1), 1), int64(a))
}

// Sign makes the COSE_Sign1 of payload.
func Sign(s Signer, c Context, payload []byte) ([]byte, error) {
	p := protectedHeader(s.Public().Alg)
	sig, err := s.Sign(sigStructure(p, c, payload))
	if err != nil {
		return nil, err
	}
	b := cborx.AppendArray(cborx.AppendTag(make([]byte, 0, len(payload)+96), 18), 4)
	b = cborx.AppendMap(cborx.AppendBytes(b, p), 0)
	b = cborx.AppendBytes(cborx.AppendBytes(b, payload), sig)
	if len(b) > MaxSign1 {
		return nil, fmt.Errorf("signed header of %d bytes is above the limit of %d", len(b), MaxSign1)
	}
	return b, nil
}

// Parse reads a COSE_Sign1 strictly; it keeps raw and does not check the signature.
func Parse(raw []byte) (*Message, error) {
	if len(raw) > MaxSign1 {
		return nil, fmt.Errorf("%w: signed header of %d bytes is above the limit of %d", cborx.ErrMalformed, len(raw), MaxSign1)
	}
	r := cborx.NewReader(raw)
	r.Tag(18)
	r.ArrayOf(4)
	m := &Message{raw: raw, protected: r.Bytes(8)}
	r.Map(0)
	m.Payload = r.Bytes(MaxSign1)
	m.Signature = r.Fixed(64)
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("COSE_Sign1: %w", err)
	}
	p := cborx.NewReader(m.protected)
	for h := p.Map(1); h.Next(); {
		if k, ok := h.Int(); !ok || k != 1 {
			h.Unknown()
		}
		m.Alg = Alg(p.Int())
	}
	if err := p.Done(); err != nil {
		return nil, fmt.Errorf("COSE_Sign1 protected header: %w", err)
	}
	if m.Alg != EdDSA && m.Alg != ES256 {
		return nil, fmt.Errorf("COSE_Sign1: %w: %v", cborx.ErrMalformed, m.Alg)
	}
	return m, nil
}

// Verify checks the signature under k, whose algorithm must be the message's.
func (m *Message) Verify(k Key, c Context) error {
	if m.Alg != k.Alg {
		return fmt.Errorf("%w: signed with %v, the key is %v", ErrSignature, m.Alg, k.Alg)
	}
	return Verify(k, m.SigStructure(c), m.Signature)
}

// Verify checks a bare 64-byte signature as strictly as every verifier of
// Fieldseal does: no second encoding of a signature verifies.
func Verify(k Key, message, sig []byte) error {
	if len(sig) != 64 {
		return fmt.Errorf("%w: %d bytes instead of 64", ErrSignature, len(sig))
	}
	switch k.Alg {
	case EdDSA:
		// The standard library recomputes R and compares bytes, and refuses S
		// at or above the group order; small orders are what it lets through.
		if len(k.Raw) != ed25519.PublicKeySize || !canonicalPoint(k.Raw) || smallOrder(k.Raw) || smallOrder(sig[:32]) ||
			!ed25519.Verify(k.Raw, message, sig) {
			return ErrSignature
		}
		return nil
	case ES256:
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k.Raw)
		r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
		h := sha256.Sum256(message)
		if x == nil || s.Cmp(halfN) > 0 || !ecdsa.Verify(&ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}, h[:], r, s) {
			return ErrSignature
		}
		return nil
	}
	return fmt.Errorf("%w: %v", ErrSignature, k.Alg)
}
