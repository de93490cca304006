package log

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/note"
)

// signerOf is a note.Signer over an Ed25519 key in memory; note.NewSigner wants
// the key in a text of its own, and our key files have one form.
type signerOf struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

// NewSigner makes the C2SP signed-note signer of a name and an Ed25519 key.
func NewSigner(name string, key ed25519.PrivateKey) note.Signer {
	// Key id: SHA-256(name ‖ "\n" ‖ algorithm 1 ‖ public key), first four bytes.
	h := sha256.New()
	h.Write([]byte(name + "\n\x01"))
	h.Write(key.Public().(ed25519.PublicKey))
	return &signerOf{name, binary.BigEndian.Uint32(h.Sum(nil)), key}
}

func (s *signerOf) Name() string                    { return s.name }
func (s *signerOf) KeyHash() uint32                 { return s.hash }
func (s *signerOf) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
