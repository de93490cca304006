package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/agent/seal"
	"fieldseal/evidence/batch"
)

// ErrNotEnrolled says that the data folder holds no identity yet.
var ErrNotEnrolled = errors.New("this gateway is not enrolled")

// Version of identity.json.
const Version = 1

// Identity is what enrolment gave.
type Identity struct {
	Version int      `json:"version"`
	Gateway batch.ID `json:"gateway"`
	Site    batch.ID `json:"site"`
	Origin  string   `json:"origin"`
	LogKey  string   `json:"log_key"`
	Broker  string   `json:"broker"`
	Notary  string   `json:"notary"` // host:port that it enrolled with
}

// Folder is a data folder.
type Folder string

// Paths of what the folder holds.
func (d Folder) Key() string         { return filepath.Join(string(d), "gateway.key") }
func (d Folder) TLSKey() string      { return filepath.Join(string(d), "gateway-tls.key") }
func (d Folder) Certificate() string { return filepath.Join(string(d), "gateway-tls.pem") }
func (d Folder) CA() string          { return filepath.Join(string(d), "notary-ca.pem") }
func (d Folder) File() string        { return filepath.Join(string(d), "identity.json") }
func (d Folder) Journal() string     { return filepath.Join(string(d), "journal") }

// sealed marks that this key has sealed: a journal found empty after that was
// lost, and the next header has to say so.
func (d Folder) sealed() string { return filepath.Join(string(d), "sealed") }

// Load reads identity.json strictly.
func Load(d Folder) (*Identity, error) {
	raw, err := os.ReadFile(d.File())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; ask the notary's operator for a code (fieldseal-notary gateway enrol) and run: fieldseal-agent enrol --config SITE.yaml --code CODE", d, ErrNotEnrolled)
	}
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	id := &Identity{}
	if err := dec.Decode(id); err != nil {
		return nil, fmt.Errorf("%s: %w; enrol again with a new code", d.File(), err)
	}
	if id.Version != Version || id.Gateway == (batch.ID{}) || id.Site == (batch.ID{}) || id.Origin == "" {
		return nil, fmt.Errorf("%s: version %d of an identity, or an incomplete one; this release reads version %d", d.File(), id.Version, Version)
	}
	if _, err := id.Verifier(); err != nil {
		return nil, fmt.Errorf("%s: %w", d.File(), err)
	}
	return id, nil
}

// Verifier is the log's key.
func (id *Identity) Verifier() (note.Verifier, error) {
	v, err := note.NewVerifier(id.LogKey)
	if err != nil {
		return nil, fmt.Errorf("log key %q: %w", id.LogKey, err)
	}
	if v.Name() != id.Origin {
		return nil, fmt.Errorf("log key is of %q, the log is %q", v.Name(), id.Origin)
	}
	return v, nil
}

// TLS is the client configuration for the notary's broker.
func TLS(d Folder) (*tls.Config, error) {
	der, err := seal.ReadPrivate(d.TLSKey())
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", d.TLSKey(), err)
	}
	text, err := os.ReadFile(d.Certificate())
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	cert, err := parseCertificate(text)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", d.Certificate(), err)
	}
	if k, ok := key.(*ecdsa.PrivateKey); !ok || !k.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("certificate %s is not for the key %s; enrol again with a new code", d.Certificate(), d.TLSKey())
	}
	ca, err := os.ReadFile(d.CA())
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("certificate authority %s: no certificate in it", d.CA())
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		RootCAs:      pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}},
	}, nil
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("not one PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

// HasSealed reports whether this gateway's key ever sealed a batch.
func HasSealed(d Folder) bool {
	_, err := os.Stat(d.sealed())
	return err == nil
}

// MarkSealed records that it will have; call it before the first batch.
func MarkSealed(d Folder) error {
	return write(d.sealed(), []byte("this key has sealed batches\n"))
}

// write replaces a file, synced.
func write(path string, content []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return seal.SyncDir(filepath.Dir(path))
}
