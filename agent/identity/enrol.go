package identity

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"fieldseal/agent/seal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
)

// DefaultPort is the notary's HTTP port.
const DefaultPort = "7411"

// Errors of enrolment.
var (
	ErrEnrolled  = errors.New("this gateway is enrolled already")
	ErrImpostor  = errors.New("that is not the notary that the code is from")
	ErrRefused   = errors.New("the notary refused")
	errUnwelcome = errors.New("the notary's answer does not hold together")
)

// Enrol shows the gateway's public keys to the notary at host:port and stores the
// answer. The code names the notary: its certificate authority and its log key
// are believed by fingerprint alone, before anything secret is sent.
func Enrol(ctx context.Context, d Folder, address string, code wire.Code, software string, random io.Reader) (*Identity, error) {
	if _, err := os.Stat(d.File()); err == nil {
		return nil, fmt.Errorf("%s: %w; to make it another gateway, give it an empty data folder", d, ErrEnrolled)
	}
	signer, _, err := seal.EnsureKey(d.Key(), random)
	if err != nil {
		return nil, err
	}
	tlsKey, err := ensureTLSKey(d, random)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(tlsKey.Public())
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	public := signer.Public()
	proof, err := signer.Sign(wire.ProofMessage(code.Secret[:], public, spki))
	if err != nil {
		return nil, fmt.Errorf("enrol: sign the proof: %w", err)
	}
	answer, err := post(ctx, withPort(address), code, wire.EnrolRequest{
		Secret: code.Secret[:], Alg: int64(public.Alg), Key: public.Raw, Proof: proof, TLSKey: spki, Software: software})
	if err != nil {
		return nil, err
	}
	id, err := check(answer, code, &tlsKey.PublicKey)
	if err != nil {
		return nil, err
	}
	id.Notary = withPort(address)
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	for _, f := range []struct {
		path    string
		content []byte
	}{{d.CA(), []byte(answer.CA)}, {d.Certificate(), []byte(answer.Certificate)}, {d.File(), append(text, '\n')}} {
		if err := write(f.path, f.content); err != nil {
			return nil, err
		}
	}
	return id, nil
}

func ensureTLSKey(d Folder, random io.Reader) (*ecdsa.PrivateKey, error) {
	der, err := seal.ReadPrivate(d.TLSKey())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k, err := ecdsa.GenerateKey(elliptic.P256(), random)
		if err != nil {
			return nil, fmt.Errorf("make key %s: %w", d.TLSKey(), err)
		}
		if der, err = x509.MarshalPKCS8PrivateKey(k); err != nil {
			return nil, fmt.Errorf("make key %s: %w", d.TLSKey(), err)
		}
		return k, seal.WritePrivate(d.TLSKey(), der)
	case err != nil:
		return nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", d.TLSKey(), err)
	}
	e, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key %s: a %T; move it away and enrol again", d.TLSKey(), k)
	}
	return e, nil
}

// withPort accepts what people write: a URL, a host, a host with a port.
func withPort(address string) string {
	a := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "//"), "/")
	if _, _, err := net.SplitHostPort(a); err == nil {
		return a
	}
	return net.JoinHostPort(strings.Trim(a, "[]"), DefaultPort)
}

// pinned believes a chain that ends in the certificate authority of the code.
func pinned(code wire.Code, host string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: host,
		// The standard check knows roots, not fingerprints; VerifyConnection does
		// all that it would, from the root that the fingerprint picks.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			for _, c := range s.PeerCertificates {
				if sum := sha256.Sum256(c.Raw); !bytes.Equal(sum[:len(code.CA)], code.CA[:]) {
					continue
				}
				roots := x509.NewCertPool()
				roots.AddCert(c)
				_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
				if err != nil {
					return fmt.Errorf("the notary's certificate: %w; is this machine's clock right, and is the notary reached by a name it was given?", err)
				}
				return nil
			}
			return fmt.Errorf("%w: none of the %d certificates it shows has the code's fingerprint; check the address, and ask for a new code", ErrImpostor, len(s.PeerCertificates))
		},
	}
}

func post(ctx context.Context, address string, code wire.Code, req wire.EnrolRequest) (*wire.EnrolAnswer, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("enrol: notary address %q: %w", address, err)
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: pinned(code, host), Proxy: nil, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+wire.EnrolPath, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("enrol with %s: %w", address, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxEnrol+1))
	if err != nil {
		return nil, fmt.Errorf("enrol with %s: %w", address, err)
	}
	if len(text) > wire.MaxEnrol {
		return nil, fmt.Errorf("enrol with %s: %w: it is longer than %d bytes", address, errUnwelcome, wire.MaxEnrol)
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("enrol with %s: %w: %s", address, ErrRefused, problem(resp, text))
	}
	out := &wire.EnrolAnswer{}
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(out); err != nil {
		return nil, fmt.Errorf("enrol with %s: %w: %w", address, errUnwelcome, err)
	}
	return out, nil
}

// problem is the sentence of an RFC 9457 answer, or the status.
func problem(resp *http.Response, body []byte) string {
	var p struct{ Title, Detail string }
	if t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); strings.HasSuffix(t, "json") && json.Unmarshal(body, &p) == nil {
		switch {
		case p.Detail != "":
			return p.Detail
		case p.Title != "":
			return p.Title
		}
	}
	return resp.Status
}

// check holds the answer against the code and our own key.
func check(a *wire.EnrolAnswer, code wire.Code, tlsKey *ecdsa.PublicKey) (*Identity, error) {
	bad := func(f string, args ...any) (*Identity, error) {
		return nil, fmt.Errorf("enrol: %w: %w", errUnwelcome, fmt.Errorf(f, args...))
	}
	ca, err := parseCertificate([]byte(a.CA))
	if err != nil {
		return bad("certificate authority: %w", err)
	}
	if sum := sha256.Sum256(ca.Raw); !bytes.Equal(sum[:len(code.CA)], code.CA[:]) {
		return nil, fmt.Errorf("enrol: %w: its certificate authority has another fingerprint than the code says", ErrImpostor)
	}
	if sum := sha256.Sum256([]byte(a.LogKey)); !bytes.Equal(sum[:len(code.Log)], code.Log[:]) {
		return nil, fmt.Errorf("enrol: %w: its log key has another fingerprint than the code says", ErrImpostor)
	}
	id := &Identity{Version: Version, Origin: a.Origin, LogKey: a.LogKey, Broker: a.Broker}
	if id.Gateway, err = batch.ParseID(a.Gateway); err != nil {
		return bad("gateway: %w", err)
	}
	if id.Site, err = batch.ParseID(a.Site); err != nil {
		return bad("site: %w", err)
	}
	if _, err := id.Verifier(); err != nil {
		return bad("%w", err)
	}
	if _, _, err := net.SplitHostPort(a.Broker); err != nil {
		return bad("broker %q: %w", a.Broker, err)
	}
	cert, err := parseCertificate([]byte(a.Certificate))
	if err != nil {
		return bad("certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return bad("certificate: %w", err)
	}
	if cert.Subject.CommonName != a.Gateway || !tlsKey.Equal(cert.PublicKey) {
		return bad("the certificate is for %q and another key", cert.Subject.CommonName)
	}
	return id, nil
}
