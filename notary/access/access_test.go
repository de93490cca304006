package access_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
)

var gateway = batch.ID{7, 0xc4, 1}

func newCA(t *testing.T) (*access.CA, string) {
	t.Helper()
	dir := t.TempDir()
	ca, err := access.Init(dir, "log.example/1", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return ca, dir
}

func TestKeyIsForItsOwnerAloneAndNeverReplaced(t *testing.T) {
	_, dir := newCA(t)
	info, err := os.Stat(filepath.Join(dir, access.KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if _, err := access.Init(dir, "log.example/1", time.Now); err == nil {
		t.Error("a second init replaced the CA")
	}
	if err := os.Chmod(filepath.Join(dir, access.KeyFile), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := access.Open(dir, time.Now); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read was opened: %v", err)
	}
}

func TestReopenedCAIsTheSame(t *testing.T) {
	ca, dir := newCA(t)
	again, err := access.Open(dir, time.Now)
	if err != nil || again.Fingerprint() != ca.Fingerprint() {
		t.Fatalf("fingerprint changed, or %v", err)
	}
}

func ed25519Key(t *testing.T) (ed25519.PrivateKey, []byte) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return priv, der
}

func clientCert(t *testing.T, ca *access.CA) tls.Certificate {
	t.Helper()
	priv, der := ed25519Key(t)
	raw, err := ca.IssueClient(gateway, der)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := access.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: priv}
}

// meet runs one handshake over a pipe and returns both ends' view of it.
func meet(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	a, b := net.Pipe()
	s, c := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := c.Handshake()
		if err == nil {
			// In TLS 1.3 a refused client learns of it with its first read.
			_, err = c.Read(make([]byte, 1))
		}
		done <- err
	}()
	err := s.Handshake()
	state := s.ConnectionState()
	if err == nil {
		_, err = s.Write([]byte{1})
	}
	a.Close()
	<-done
	b.Close()
	return state, err
}

func TestCertificateNamesTheGateway(t *testing.T) {
	ca, _ := newCA(t)
	srv, err := access.NewServer(ca, "notary.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"notary.example", "localhost", "127.0.0.1"} {
		state, err := meet(t, srv.MutualTLS(), &tls.Config{RootCAs: ca.Pool(), ServerName: host, Certificates: []tls.Certificate{clientCert(t, ca)}})
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		if g, err := access.Gateway(state); err != nil || g != gateway {
			t.Errorf("%s: gateway %v, %v", host, g, err)
		}
		if state.Version != tls.VersionTLS13 {
			t.Errorf("%s: TLS version %x", host, state.Version)
		}
	}
}

func TestStrangersAreRefused(t *testing.T) {
	ca, _ := newCA(t)
	other, _ := newCA(t)
	srv, err := access.NewServer(ca)
	if err != nil {
		t.Fatal(err)
	}
	serverCert, err := srv.TLS().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	good := clientCert(t, ca)
	for name, c := range map[string]*tls.Config{
		"no certificate":                  {},
		"another CA's certificate":        {Certificates: []tls.Certificate{clientCert(t, other)}},
		"the server's own certificate":    {Certificates: []tls.Certificate{*serverCert}},
		"TLS 1.2 with a good certificate": {Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12},
	} {
		c.RootCAs, c.ServerName = ca.Pool(), "localhost"
		if _, err := meet(t, srv.MutualTLS(), c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := access.Gateway(tls.ConnectionState{HandshakeComplete: true}); err == nil {
		t.Error("a connection without certificate names a gateway")
	}
}

func TestServerCertificateIsRenewedInTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	ca, err := access.Init(t.TempDir(), "log.example/1", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	srv, err := access.NewServer(ca)
	if err != nil {
		t.Fatal(err)
	}
	for day := range 400 {
		now = now.Add(24 * time.Hour)
		c, err := srv.TLS().GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		x, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if left := x.NotAfter.Sub(now); left < access.ServerValidity/4 {
			t.Fatalf("day %d: only %v left", day, left)
		}
	}
}

func TestWeakTLSKeysAreRefused(t *testing.T) {
	ca, _ := newCA(t)
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, pub := range []any{r.Public(), p384.Public()} {
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ca.IssueClient(gateway, der); err == nil {
			t.Errorf("%T was certified", pub)
		}
	}
	if _, err := ca.IssueClient(gateway, []byte("junk")); err == nil {
		t.Error("junk was certified")
	}
}

func TestTokenOpensOnlyToItself(t *testing.T) {
	dir := t.TempDir()
	tok, err := access.OpenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := access.ReadToken(filepath.Join(dir, access.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	again, err := access.OpenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]bool{"Bearer " + text: true, "": false, "Bearer ": false, text: false, "Bearer " + text[1:]: false, "Bearer " + text + "0": false} {
		r, _ := http.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		if tok.Allows(r) != want || again.Allows(r) != want {
			t.Errorf("%q: allowed is not %v", header, want)
		}
	}
	var none *access.Token
	if r, _ := http.NewRequest("GET", "/", nil); none.Allows(r) {
		t.Error("no token allows")
	}
}
