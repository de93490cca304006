package seal

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"fieldseal/evidence/cose"
)

const pemKey = "PRIVATE KEY" // PKCS #8, RFC 5958

// LoadKey reads the gateway's signing key, an Ed25519 key in PKCS #8. A file
// that others may read is refused, for what it signed would prove nothing.
func LoadKey(path string) (cose.Signer, error) {
	der, err := ReadPrivate(path)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	e, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key %s: it is a %T, the gateway signs with Ed25519", path, k)
	}
	return cose.Ed25519Signer(e), nil
}

// EnsureKey is LoadKey, after making the key if there is none yet. made tells
// that it was made now.
func EnsureKey(path string, random io.Reader) (s cose.Signer, made bool, err error) {
	if s, err = LoadKey(path); !errors.Is(err, fs.ErrNotExist) {
		return s, false, err
	}
	_, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, false, fmt.Errorf("make key %s: %w", path, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, false, fmt.Errorf("make key %s: %w", path, err)
	}
	if err := WritePrivate(path, der); err != nil {
		return nil, false, err
	}
	return cose.Ed25519Signer(private), true, nil
}

// ReadPrivate reads a PEM private key whose file is for its owner alone.
func ReadPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key %s: its permissions are %04o, so others may have read it; if nobody did, run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemKey || len(rest) > 0 {
		return nil, fmt.Errorf("key %s: it is not one PEM block %q", path, pemKey)
	}
	return block.Bytes, nil
}

// WritePrivate writes a PKCS #8 key, synced, and never over another.
func WritePrivate(path string, der []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("key %s: %w", path, err)
	}
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("key %s: %w", path, err)
	}
	err = pem.Encode(f, &pem.Block{Type: pemKey, Bytes: der})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		// Link refuses to replace, where a rename would silently lose a key.
		err = os.Link(tmp, path)
	}
	err = errors.Join(err, os.Remove(tmp))
	if err != nil {
		return fmt.Errorf("key %s: %w", path, err)
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes what was created in a folder survive a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
