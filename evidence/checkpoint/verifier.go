package checkpoint

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/cose"
)

// Algorithms of verifier keys (C2SP signed-note).
const (
	algEd25519     = 1
	algCosignature = 4 // tlog-cosignature v1: Ed25519 over the time and the note
)

// ParseVerifier reads a verifier key, name+hash+base64, of a log (plain Ed25519)
// or of a witness (C2SP cosignature/v1). Unlike the library it refuses keys that
// are not canonical or of small order, and a second spelling of any part.
func ParseVerifier(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, enc, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(enc)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || base64.StdEncoding.EncodeToString(raw) != enc {
		return nil, fmt.Errorf("%w: verifier key %q is not name+hash+base64 of 33 bytes", ErrMalformed, text)
	}
	if name == "" || strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return nil, fmt.Errorf("%w: verifier key %q has no usable name", ErrMalformed, text)
	}
	k, err := cose.ParseKey(cose.EdDSA, raw[1:])
	if err != nil {
		return nil, fmt.Errorf("verifier key %q: %w", text, err)
	}
	s := sha256.Sum256(append([]byte(name+"\n"), raw...))
	v := &verifier{name, binary.BigEndian.Uint32(s[:]), raw[0], k}
	if want := fmt.Sprintf("%08x", v.hash); hash != want {
		return nil, fmt.Errorf("%w: verifier key %q: its hash is %s", ErrMalformed, text, want)
	}
	if v.alg != algEd25519 && v.alg != algCosignature {
		return nil, fmt.Errorf("%w: verifier key %q: algorithm %d is not known here", ErrMalformed, text, v.alg)
	}
	return v, nil
}

// VerifierText writes the verifier key of a plain Ed25519 key.
func VerifierText(name string, public ed25519.PublicKey) string {
	raw := append([]byte{algEd25519}, public...)
	s := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return fmt.Sprintf("%s+%08x+%s", name, binary.BigEndian.Uint32(s[:]), base64.StdEncoding.EncodeToString(raw))
}

// Cosigns tells the key of a witness (cosignature/v1), by which no log and no
// chain note is signed.
func Cosigns(v note.Verifier) bool {
	x, ok := v.(*verifier)
	return ok && x.alg == algCosignature
}

type verifier struct {
	name string
	hash uint32
	alg  byte
	key  cose.Key
}

func (v *verifier) Name() string    { return v.name }
func (v *verifier) KeyHash() uint32 { return v.hash }

// PublicKey is the key of a verifier that [ParseVerifier] read; ok is false for
// another's, and for that of a cosignature, which signs nothing else.
func PublicKey(v note.Verifier) (k cose.Key, ok bool) {
	own, ok := v.(*verifier)
	if !ok || own.alg != algEd25519 {
		return cose.Key{}, false
	}
	return own.key, true
}

// Verify checks one signature line; a cosignature is a time of 8 bytes, then the
// signature over "cosignature/v1", "time <seconds>" and the note's text.
func (v *verifier) Verify(msg, sig []byte) bool {
	if v.alg == algCosignature {
		if len(sig) != 8+ed25519.SignatureSize {
			return false
		}
		t := binary.BigEndian.Uint64(sig)
		msg = append([]byte("cosignature/v1\ntime "+strconv.FormatUint(t, 10)+"\n"), msg...)
		sig = sig[8:]
	}
	return cose.Verify(v.key, msg, sig) == nil
}
