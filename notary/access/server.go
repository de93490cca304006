package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Server makes the certificate of the notary's listeners, and a new one in
// good time before it ends. Its key is never written to the disk: clients pin
// the CA, so a restart may change it.
type Server struct {
	ca    *CA
	names []string
	ips   []net.IP

	mu   sync.Mutex
	cert *tls.Certificate
	from time.Time
}

// NewServer takes the host names and addresses under which gateways reach the
// notary. localhost and the loopback addresses are always among them.
func NewServer(ca *CA, hosts ...string) (*Server, error) {
	s := &Server{ca: ca}
	for _, h := range append([]string{"localhost", "127.0.0.1", "::1"}, hosts...) {
		if ip := net.ParseIP(h); ip != nil {
			if !ip.IsUnspecified() && !slices.ContainsFunc(s.ips, ip.Equal) {
				s.ips = append(s.ips, ip)
			}
		} else if h != "" && !slices.Contains(s.names, h) {
			s.names = append(s.names, h)
		}
	}
	if _, err := s.certificate(nil); err != nil {
		return nil, err
	}
	return s, nil
}

// certificate is the one in force; it is renewed when a third of its time is left.
func (s *Server) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.ca.now()
	if s.cert != nil && now.Sub(s.from) < ServerValidity*2/3 && !now.Before(s.from.Add(-backdate)) {
		return s.cert, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Fieldseal notary"},
		DNSNames:     s.names,
		IPAddresses:  s.ips,
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(ServerValidity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, s.ca.cert, key.Public(), s.ca.key)
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	// The CA's certificate goes along: an enrolment client has nothing but its
	// fingerprint.
	s.cert, s.from = &tls.Certificate{Certificate: [][]byte{der, s.ca.cert.Raw}, PrivateKey: key}, now
	return s.cert, nil
}

// TLS is the configuration of a listener that asks for no client certificate.
func (s *Server) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: s.certificate, Time: s.ca.now}
}

// MutualTLS is the configuration of a listener for gateways alone. Sessions are
// not resumed, so that each connection shows its certificate again.
func (s *Server) MutualTLS() *tls.Config {
	c := s.TLS()
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs = s.ca.Pool()
	c.SessionTicketsDisabled = true
	return c
}
