package access

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// foreign writes a certificate that the notary's CA did not issue.
func foreign(t *testing.T, dir, name string, serial int64, until time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for f, b := range map[string]*pem.Block{"page.pem": {Type: "CERTIFICATE", Bytes: der}, "page.key": {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(filepath.Join(dir, f), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestPageShowsTheGivenCertificateAndGatewaysTheirs(t *testing.T) {
	dir := t.TempDir()
	clock := time.Now()
	now := func() time.Time { return clock }
	ca, err := Init(dir, "log.example", now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServer(ca, "notary.example")
	if err != nil {
		t.Fatal(err)
	}
	first := foreign(t, dir, "notary.example", 1, time.Now().Add(24*time.Hour))
	var log bytes.Buffer
	certFile, keyFile := filepath.Join(dir, "page.pem"), filepath.Join(dir, "page.key")
	g, err := OpenGiven(certFile, keyFile, now, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", s.PageTLS(g))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func(c net.Conn) {
				_ = c.(*tls.Conn).Handshake() // the client's side is what is looked at
				c.Close()
			}(c)
		}
	}()
	shown := func(name string, protos ...string) *x509.Certificate {
		t.Helper()
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: name, NextProtos: protos, InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0]
	}
	own := func(c *x509.Certificate) bool { return c.CheckSignatureFrom(ca.cert) == nil }
	if c := shown("notary.example", "h2", "http/1.1"); !c.Equal(first) {
		t.Errorf("a browser sees %v", c.Subject)
	}
	for what, c := range map[string]*x509.Certificate{"a gateway that enrols": shown("notary.example"), "a command with the notary's CA": shown("notary.example", "http/1.1", OwnCA),
		"another name": shown("localhost", "h2"), "an address": shown("", "h2")} {
		if !own(c) {
			t.Errorf("%s sees %v", what, c.Subject)
		}
	}

	// A new one is taken without a restart; one that cannot be used is not.
	later := func() { clock = clock.Add(givenEvery) }
	second := foreign(t, dir, "notary.example", 2, time.Now().Add(48*time.Hour))
	stamp := time.Now().Add(time.Minute)
	touch := func() {
		stamp = stamp.Add(time.Minute)
		for _, f := range []string{certFile, keyFile} {
			if err := os.Chtimes(f, stamp, stamp); err != nil {
				t.Fatal(err)
			}
		}
	}
	touch()
	later()
	if c := shown("notary.example", "h2"); !c.Equal(second) || !g.Until().Equal(second.NotAfter) {
		t.Errorf("after a change a browser sees serial %v", c.SerialNumber)
	}
	if err := os.WriteFile(certFile, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	touch()
	later()
	if c := shown("notary.example", "h2"); !c.Equal(second) || !strings.Contains(log.String(), "stays in force") {
		t.Errorf("after a bad change a browser sees serial %v: %s", c.SerialNumber, log.String())
	}
	foreign(t, dir, "notary.example", 3, time.Now().Add(-time.Minute))
	if _, err := OpenGiven(certFile, keyFile, now, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired certificate: %v", err)
	}
	if err := os.Chmod(keyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenGiven(certFile, keyFile, now, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "others may read") {
		t.Errorf("a key that others may read: %v", err)
	}
}
