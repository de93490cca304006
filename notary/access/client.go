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

	"fieldseal/evidence/batch"
)

// Errors of admission.
var (
	// ErrNoGateway: the connection does not show the certificate of a gateway.
	ErrNoGateway = errors.New("no gateway's certificate")
	// ErrPending: the enrolment authority has not signed the gateway's enrolment
	// yet; it is worth coming back.
	ErrPending = errors.New("enrolment is not signed yet")
	// ErrUnknown: the gateway is not enrolled here.
	ErrUnknown = errors.New("gateway is not enrolled here")
	// ErrRevoked: the gateway's key is not believed any more.
	ErrRevoked = errors.New("gateway is revoked")
)

// IssueClient certifies a gateway's TLS key, given as DER SubjectPublicKeyInfo
// (Ed25519 or ECDSA P-256). The result is PEM; its common name is the gateway's id.
func (c *CA) IssueClient(g batch.ID, tlsKey []byte) ([]byte, error) {
	pub, err := x509.ParsePKIXPublicKey(tlsKey)
	if err != nil {
		return nil, fmt.Errorf("TLS key of gateway %s: %w", g, err)
	}
	switch k := pub.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("TLS key of gateway %s: curve %s; wanted P-256 or Ed25519", g, k.Curve.Params().Name)
		}
	default:
		return nil, fmt.Errorf("TLS key of gateway %s: a %T; wanted ECDSA P-256 or Ed25519", g, pub)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := c.now()
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: g.String()},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(ClientValidity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, c.cert, pub, c.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of gateway %s: %w", g, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// Gateway reads the id of the gateway at the other end of a connection that a
// [Server.MutualTLS] listener accepted.
func Gateway(s tls.ConnectionState) (batch.ID, error) {
	if !s.HandshakeComplete || len(s.VerifiedChains) == 0 || len(s.PeerCertificates) == 0 {
		return batch.ID{}, fmt.Errorf("%w: the connection shows none that this notary issued", ErrNoGateway)
	}
	g, err := batch.ParseID(s.PeerCertificates[0].Subject.CommonName)
	if err != nil {
		return batch.ID{}, fmt.Errorf("%w: its common name: %v", ErrNoGateway, err)
	}
	return g, nil
}
