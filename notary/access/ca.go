package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Names of the CA's files in its folder.
const (
	KeyFile  = "ca.key" // PKCS #8 PEM, mode 0600
	CertFile = "ca.pem" // certificate, PEM
)

// Validity of what the CA issues. A gateway runs for years without a visit and
// is checked against the revocations at each connection, so its certificate is
// long; a server certificate is made anew at each start.
const (
	CAValidity     = 30 * 365 * 24 * time.Hour
	ClientValidity = 10 * 365 * 24 * time.Hour
	ServerValidity = 90 * 24 * time.Hour
)

// CAName is the common name of every notary's own CA.
const CAName = "Fieldseal notary CA"

// backdate forgives a gateway whose clock is behind.
const backdate = 24 * time.Hour

// CA is the notary's certificate authority (ECDSA P-256). It is safe for
// concurrent use.
type CA struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	now  func() time.Time
}

// Expires is when the CA's own certificate ends.
func (c *CA) Expires() time.Time { return c.cert.NotAfter }

// Init makes a new CA in an existing folder for the log of this origin and
// refuses to replace one.
func Init(dir, origin string, now func() time.Time) (*CA, error) {
	keyPath, certPath := filepath.Join(dir, KeyFile), filepath.Join(dir, CertFile)
	for _, p := range []string{keyPath, certPath} {
		if _, err := os.Lstat(p); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("certificate authority: %s is there already; gateways trust it, so it is never replaced", p)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := now()
	tmpl := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: CAName, Organization: []string{origin}},
		NotBefore:             t.Add(-backdate),
		NotAfter:              t.Add(CAValidity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	if err := WriteNew(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		return nil, err
	}
	if err := WriteNew(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, err
	}
	return Open(dir, now)
}

// Open reads a CA from its folder. A key that others may read is refused.
func Open(dir string, now func() time.Time) (*CA, error) {
	raw, err := ReadSecret(filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) != 0 {
		return nil, fmt.Errorf("certificate authority: %s holds no PKCS #8 private key in PEM", filepath.Join(dir, KeyFile))
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %s: %w", filepath.Join(dir, KeyFile), err)
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("certificate authority: %s holds a %T, wanted ECDSA P-256", filepath.Join(dir, KeyFile), k)
	}
	certPath := filepath.Join(dir, CertFile)
	if raw, err = os.ReadFile(certPath); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	cert, err := ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %s: %w", certPath, err)
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("certificate authority: %s and %s do not belong together", KeyFile, CertFile)
	}
	return &CA{key, cert, now}, nil
}

// ParseCertificate reads exactly one certificate in PEM.
func ParseCertificate(raw []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		return nil, errors.New("not one certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// PEM is the CA's certificate.
func (c *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

// Fingerprint is the SHA-256 of the CA's certificate (DER): an enrolment code
// carries its first bytes.
func (c *CA) Fingerprint() [32]byte { return sha256.Sum256(c.cert.Raw) }

// Pool holds the CA alone.
func (c *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.cert)
	return p
}

func newSerial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("certificate serial: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}
