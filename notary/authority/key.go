package authority

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"fieldseal/evidence/cose"
	"fieldseal/notary/access"
)

// KeyFile is the name of the authority's key in its folder.
const KeyFile = "authority.key"

// MakeKey makes an Ed25519 key in a new file (PKCS #8 PEM, mode 0600).
func MakeKey(path string) (cose.Ed25519Signer, error) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	if err := access.WriteNew(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return cose.Ed25519Signer(k), nil
}

// ReadKey reads what MakeKey wrote; a file that others may read is refused.
func ReadKey(path string) (cose.Ed25519Signer, error) {
	raw, err := access.ReadSecret(path)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) != 0 {
		return nil, fmt.Errorf("key %s: no PKCS #8 private key in PEM", path)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	e, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key %s: a %T; wanted Ed25519", path, k)
	}
	return cose.Ed25519Signer(e), nil
}
