package cose

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"fieldseal/evidence/cborx"
)

// Alg is a COSE algorithm number (RFC 9053).
type Alg int64

// The algorithms a key may be enrolled with.
const (
	EdDSA Alg = -8 // Ed25519, RFC 9053 §2.2
	ES256 Alg = -7 // ECDSA with P-256 and SHA-256, RFC 9053 §2.1, low-s only
)

func (a Alg) String() string {
	switch a {
	case EdDSA:
		return "Ed25519"
	case ES256:
		return "P-256"
	}
	return fmt.Sprintf("algorithm %d", int64(a))
}

// Errors of keys and signatures.
var (
	ErrKey       = errors.New("unusable public key")
	ErrSignature = errors.New("signature does not verify")
)

// Key is a public key: 32 bytes for Ed25519 (RFC 8032), 33 bytes for P-256
// (SEC 1 compressed point). Build one with [ParseKey]; the zero Key verifies nothing.
type Key struct {
	Alg Alg
	Raw []byte
}

// ParseKey checks a public key: canonical encoding, on the curve and, for
// Ed25519, not of small order.
func ParseKey(alg Alg, raw []byte) (Key, error) {
	switch alg {
	case EdDSA:
		if len(raw) != ed25519.PublicKeySize {
			return Key{}, fmt.Errorf("%w: Ed25519 needs 32 bytes, found %d", ErrKey, len(raw))
		}
		if !canonicalPoint(raw) || smallOrder(raw) {
			return Key{}, fmt.Errorf("%w: Ed25519 point is not canonical or of small order", ErrKey)
		}
	case ES256:
		if len(raw) != 33 {
			return Key{}, fmt.Errorf("%w: P-256 needs 33 bytes, found %d", ErrKey, len(raw))
		}
		if x, _ := elliptic.UnmarshalCompressed(elliptic.P256(), raw); x == nil {
			return Key{}, fmt.Errorf("%w: not a point of P-256", ErrKey)
		}
	default:
		return Key{}, fmt.Errorf("%w: %v is not enrolled here", ErrKey, alg)
	}
	return Key{alg, bytes.Clone(raw)}, nil
}

// ID is the SHA-256 of the key's CBOR form [alg, raw]: how statements name their issuer.
func (k Key) ID() [32]byte { return sha256.Sum256(k.Append(nil)) }

// Equal reports whether both are the same key.
func (k Key) Equal(o Key) bool { return k.Alg == o.Alg && bytes.Equal(k.Raw, o.Raw) }

// String is "ed25519:" or "p256:" and the key in hex, as trust files print it.
func (k Key) String() string {
	if k.Alg == ES256 {
		return "p256:" + hex.EncodeToString(k.Raw)
	}
	return "ed25519:" + hex.EncodeToString(k.Raw)
}

// ParseKeyText reads the form of [Key.String]; upper-case hex is refused.
func ParseKeyText(s string) (Key, error) {
	for prefix, alg := range map[string]Alg{"ed25519:": EdDSA, "p256:": ES256} {
		if len(s) < len(prefix) || s[:len(prefix)] != prefix {
			continue
		}
		raw, err := hex.DecodeString(s[len(prefix):])
		if err != nil || hex.EncodeToString(raw) != s[len(prefix):] {
			return Key{}, fmt.Errorf("%w: %q is not lower-case hex", ErrKey, s)
		}
		return ParseKey(alg, raw)
	}
	return Key{}, fmt.Errorf("%w: %q does not begin with ed25519: or p256:", ErrKey, s)
}

// Append writes the CBOR form [alg, raw].
func (k Key) Append(b []byte) []byte {
	return cborx.AppendBytes(cborx.AppendInt(cborx.AppendArray(b, 2), int64(k.Alg)), k.Raw)
}

// ReadKey reads the CBOR form.
func ReadKey(r *cborx.Reader) Key {
	r.ArrayOf(2)
	alg, raw := Alg(r.Int()), r.Bytes(33)
	if r.Err() != nil {
		return Key{}
	}
	k, err := ParseKey(alg, raw)
	if err != nil {
		r.Failf("%v", err)
	}
	return k
}

// canonicalPoint reports whether the y coordinate is below 2^255-19.
func canonicalPoint(p []byte) bool {
	if p[31]&0x7f != 0x7f || p[0] < 0xed {
		return true
	}
	for _, b := range p[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}

// lowOrderY are the y coordinates of the eight points whose order divides the
// cofactor; with them a signature says nothing (RFC 8032 §5.1.7 leaves them open).
var lowOrderY = func() (ys [5][32]byte) {
	for i, s := range [5]string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	} {
		hex.Decode(ys[i][:], []byte(s))
	}
	return ys
}()

func smallOrder(p []byte) bool {
	y := [32]byte(p)
	y[31] &= 0x7f
	for _, low := range lowOrderY {
		if y == low {
			return true
		}
	}
	return false
}

var halfN = new(big.Int).Rsh(elliptic.P256().Params().N, 1)
