package fleet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
)

// software is what the gateways of a fleet call themselves.
const software = "fieldseal-fleet 1"

// Enrol makes a gateway with new keys and enrols it at the notary's HTTP address
// (host:port) with a one-time code. from is the address to speak from, since a
// notary bounds attempts by address; nil leaves it to the machine.
func Enrol(ctx context.Context, addr, codeText string, from net.IP) (*Gateway, error) {
	code, err := wire.ParseCode(codeText)
	if err != nil {
		return nil, err
	}
	_, seal, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	client, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tlsKey, err := x509.MarshalPKIXPublicKey(client.Public())
	if err != nil {
		return nil, err
	}
	signer := cose.Ed25519Signer(seal)
	proof, err := signer.Sign(wire.ProofMessage(code.Secret[:], signer.Public(), tlsKey))
	if err != nil {
		return nil, err
	}
	answer, err := ask(ctx, addr, from, code, wire.EnrolRequest{
		Secret: code.Secret[:], Alg: int64(cose.EdDSA), Key: signer.Public().Raw,
		Proof: proof, TLSKey: tlsKey, Software: software,
	})
	if err != nil {
		return nil, fmt.Errorf("enrol at %s: %w", addr, err)
	}
	return newGateway(answer, code, signer, client)
}

// ask posts the request to a server whose chain ends in the CA that the code names.
func ask(ctx context.Context, addr string, from net.IP, code wire.Code, q wire.EnrolRequest) (*wire.EnrolAnswer, error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: from}
	}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS13,
		// Nothing but the CA's fingerprint is known yet, so the chain is checked by
		// hand below.
		InsecureSkipVerify: true,
		VerifyConnection:   func(s tls.ConnectionState) error { return pinned(s, code, addr) },
	}}
	defer transport.CloseIdleConnections()
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+addr+wire.EnrolPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, wire.MaxEnrol))
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(raw)))
	}
	var a wire.EnrolAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return &a, nil
}

func pinned(s tls.ConnectionState, code wire.Code, addr string) error {
	for _, cert := range s.PeerCertificates {
		sum := sha256.Sum256(cert.Raw)
		if !bytes.HasPrefix(sum[:], code.CA[:]) {
			continue
		}
		pool := x509.NewCertPool()
		pool.AddCert(cert)
		host := addr
		if i := strings.LastIndexByte(addr, ':'); i >= 0 {
			host = strings.Trim(addr[:i], "[]")
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, DNSName: host})
		return err
	}
	return errors.New("the server's certificate is not from the notary that the code names")
}

func newGateway(a *wire.EnrolAnswer, code wire.Code, signer cose.Ed25519Signer, client *ecdsa.PrivateKey) (*Gateway, error) {
	logKey, err := note.NewVerifier(a.LogKey)
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	sum := sha256.Sum256([]byte(a.LogKey))
	if !bytes.HasPrefix(sum[:], code.Log[:]) {
		return nil, errors.New("the log key is not the one that the code names")
	}
	id, err := batch.ParseID(a.Gateway)
	if err != nil {
		return nil, err
	}
	site, err := batch.ParseID(a.Site)
	if err != nil {
		return nil, err
	}
	cert, _ := pem.Decode([]byte(a.Certificate))
	if cert == nil {
		return nil, errors.New("the answer holds no client certificate")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(a.CA)) {
		return nil, errors.New("the answer holds no CA certificate")
	}
	g := &Gateway{
		ID: id, Site: site, Origin: a.Origin, Broker: a.Broker, LogKey: logKey,
		signer: signer,
		tls: &tls.Config{
			MinVersion:   tls.VersionTLS13,
			RootCAs:      pool,
			Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Bytes}, PrivateKey: client}},
		},
	}
	if _, err := rand.Read(g.boot[:]); err != nil {
		return nil, err
	}
	g.headers = make(map[place][]byte)
	return g, nil
}

// place names a batch of one gateway.
type place struct {
	boot record.BootID
	seq  uint64
}
