package access

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// accountPrefix begins the common name of an account's certificate: no gateway's
// id begins so.
const accountPrefix = "account:"

// ReaderValidity is how long an account's certificate lasts.
const ReaderValidity = 90 * 24 * time.Hour

// ErrNoAccount: the connection does not show the certificate of an account.
var ErrNoAccount = errors.New("no account's certificate")

// IssueReader certifies the key of a certificate request (PKCS #10 in PEM) for an
// account. Nothing else of the request counts.
func (c *CA) IssueReader(account string, request []byte) (certificate []byte, serial string, until time.Time, err error) {
	block, rest := pem.Decode(request)
	if block == nil || block.Type != "CERTIFICATE REQUEST" || len(strings.TrimSpace(string(rest))) != 0 {
		return nil, "", until, fmt.Errorf("%w: the request is not one PKCS #10 request in PEM", ErrNoAccount)
	}
	r, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = r.CheckSignature() // who asks holds the key
	}
	if err != nil {
		return nil, "", until, fmt.Errorf("%w: request: %v", ErrNoAccount, err)
	}
	switch k := r.PublicKey.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, "", until, fmt.Errorf("%w: curve %s; wanted P-256 or Ed25519", ErrNoAccount, k.Curve.Params().Name)
		}
	default:
		return nil, "", until, fmt.Errorf("%w: a %T; wanted ECDSA P-256 or Ed25519", ErrNoAccount, r.PublicKey)
	}
	n, err := newSerial()
	if err != nil {
		return nil, "", until, err
	}
	now := c.now()
	until = now.Add(ReaderValidity)
	tmpl := &x509.Certificate{
		SerialNumber: n,
		Subject:      pkix.Name{CommonName: accountPrefix + account},
		NotBefore:    now.Add(-backdate),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, c.cert, r.PublicKey, c.key)
	if err != nil {
		return nil, "", until, fmt.Errorf("certificate of account %s: %w", account, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), fmt.Sprintf("%032x", n), until, nil
}

// Account reads which account's certificate stands at the other end of a
// connection that a [Server.MutualTLS] listener accepted.
func Account(s tls.ConnectionState) (account, serial string, err error) {
	if !s.HandshakeComplete || len(s.VerifiedChains) == 0 || len(s.PeerCertificates) == 0 {
		return "", "", fmt.Errorf("%w: the connection shows none that this notary issued", ErrNoAccount)
	}
	cert := s.PeerCertificates[0]
	account, ok := strings.CutPrefix(cert.Subject.CommonName, accountPrefix)
	if !ok || account == "" {
		return "", "", ErrNoAccount
	}
	return account, fmt.Sprintf("%032x", cert.SerialNumber), nil
}
