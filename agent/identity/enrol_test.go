package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/wire"
)

// notary answers enrolments as the real one does, with a CA of its own.
type notary struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	ca     *x509.Certificate
	logKey string
	server *httptest.Server
	asked  int
	edit   func(*wire.EnrolAnswer)
	status int
}

func newNotary(t *testing.T) *notary {
	t.Helper()
	n := &notary{t: t, edit: func(*wire.EnrolAnswer) {}}
	n.key, n.ca = n.certificate(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	_, public, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	n.logKey = public
	key, cert := n.certificate(&x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, nil)
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(n.serve))
	n.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw, n.ca.Raw}, PrivateKey: key}}}
	n.server.StartTLS()
	t.Cleanup(n.server.Close)
	return n
}

func (n *notary) certificate(tmpl *x509.Certificate, public any) (*ecdsa.PrivateKey, *x509.Certificate) {
	n.t.Helper()
	tmpl.NotBefore, tmpl.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		n.t.Fatal(err)
	}
	parent, signer := n.ca, n.key
	if parent == nil {
		parent, signer = tmpl, key
	}
	if public == nil {
		public = key.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, public, signer)
	if err != nil {
		n.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		n.t.Fatal(err)
	}
	return key, cert
}

func (n *notary) code() wire.Code {
	c := wire.Code{Secret: [10]byte{1, 2, 3}}
	ca, log := sha256.Sum256(n.ca.Raw), sha256.Sum256([]byte(n.logKey))
	copy(c.CA[:], ca[:])
	copy(c.Log[:], log[:])
	return c
}

func (n *notary) serve(w http.ResponseWriter, r *http.Request) {
	n.asked++
	if n.status != 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(n.status)
		json.NewEncoder(w).Encode(map[string]string{"title": "Refused", "detail": "the code was used on Monday"})
		return
	}
	var req wire.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || r.URL.Path != wire.EnrolPath || r.Method != http.MethodPost {
		n.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	key, err := cose.ParseKey(cose.Alg(req.Alg), req.Key)
	if err != nil {
		n.t.Error(err)
	}
	if err := cose.Verify(key, wire.ProofMessage(req.Secret, key, req.TLSKey), req.Proof); err != nil {
		n.t.Errorf("proof: %v", err)
	}
	public, err := x509.ParsePKIXPublicKey(req.TLSKey)
	if err != nil {
		n.t.Error(err)
	}
	id := batch.ID{7}
	_, cert := n.certificate(&x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: id.String()}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, public)
	a := wire.EnrolAnswer{Gateway: id.String(), Site: batch.ID{8}.String(), Origin: "log.example", LogKey: n.logKey, Broker: "127.0.0.1:8883",
		CA: text(n.ca), Certificate: text(cert)}
	n.edit(&a)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(a)
}

func text(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func TestEnrolledGatewayHasAllItNeeds(t *testing.T) {
	n, d := newNotary(t), Folder(t.TempDir())
	if _, err := Load(d); !errors.Is(err, ErrNotEnrolled) || !strings.Contains(err.Error(), "fieldseal-agent enrol") {
		t.Fatalf("before: %v", err)
	}
	id, err := Enrol(t.Context(), d, n.server.URL, n.code(), "test", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Load(d)
	if err != nil || *back != *id || id.Gateway != (batch.ID{7}) || id.Site != (batch.ID{8}) || id.Broker != "127.0.0.1:8883" {
		t.Fatalf("%+v, %v", back, err)
	}
	c, err := TLS(d)
	if err != nil || c.Certificates[0].Leaf.Subject.CommonName != id.Gateway.String() {
		t.Fatal(err)
	}
	for _, path := range []string{d.Key(), d.TLSKey()} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Enrol(t.Context(), d, n.server.URL, n.code(), "test", rand.Reader); !errors.Is(err, ErrEnrolled) {
		t.Errorf("a second enrolment: %v", err)
	}
}

func TestNothingIsSentToAnImpostor(t *testing.T) {
	n, real := newNotary(t), newNotary(t)
	d := Folder(t.TempDir())
	if _, err := Enrol(t.Context(), d, n.server.URL, real.code(), "test", rand.Reader); !errors.Is(err, ErrImpostor) {
		t.Errorf("it says %v", err)
	}
	if n.asked > 0 {
		t.Error("the secret was sent to another notary")
	}
	if _, err := os.Stat(d.File()); err == nil {
		t.Error("an identity was stored")
	}
	// The same data folder still enrols with the right one, under the same key.
	before, _ := os.ReadFile(d.Key())
	if _, err := Enrol(t.Context(), d, real.server.URL, real.code(), "test", rand.Reader); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(d.Key()); string(after) != string(before) {
		t.Error("the key changed between two attempts")
	}
}

func TestAnswerThatDoesNotHoldTogetherIsRefused(t *testing.T) {
	other := newNotary(t)
	for name, edit := range map[string]func(*wire.EnrolAnswer){
		"another CA":          func(a *wire.EnrolAnswer) { a.CA = text(other.ca) },
		"another log key":     func(a *wire.EnrolAnswer) { a.LogKey = other.logKey },
		"another origin":      func(a *wire.EnrolAnswer) { a.Origin = "elsewhere.example" },
		"no gateway":          func(a *wire.EnrolAnswer) { a.Gateway = "" },
		"another gateway":     func(a *wire.EnrolAnswer) { a.Gateway = batch.ID{9}.String() },
		"no broker":           func(a *wire.EnrolAnswer) { a.Broker = "broker" },
		"foreign certificate": func(a *wire.EnrolAnswer) { a.Certificate = text(other.ca) },
		"two certificates":    func(a *wire.EnrolAnswer) { a.Certificate += a.Certificate },
	} {
		t.Run(name, func(t *testing.T) {
			n, d := newNotary(t), Folder(t.TempDir())
			n.edit = edit
			if _, err := Enrol(t.Context(), d, n.server.URL, n.code(), "test", rand.Reader); err == nil {
				t.Error("it was believed")
			}
			if _, err := os.Stat(d.File()); err == nil {
				t.Error("an identity was stored")
			}
		})
	}
}

func TestRefusalIsToldInTheNotarysWords(t *testing.T) {
	n := newNotary(t)
	n.status = http.StatusForbidden
	_, err := Enrol(t.Context(), Folder(t.TempDir()), n.server.URL, n.code(), "test", rand.Reader)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "used on Monday") {
		t.Errorf("it says %v", err)
	}
}

func TestAddressesAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]string{"https://n.example:7411/": "n.example:7411", "n.example": "n.example:7411", "10.0.0.1:99": "10.0.0.1:99", "[::1]": "[::1]:7411", "https://n.example": "n.example:7411"} {
		if got := withPort(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"gateway":"07000000000000000000000000000000","ca":"","broker":"h:1"}`))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a wire.EnrolAnswer
		if json.Unmarshal(raw, &a) != nil {
			return
		}
		if id, err := check(&a, wire.Code{CA: [10]byte{1}, Log: [10]byte{2}}, &key.PublicKey); err == nil {
			t.Errorf("an answer without the code's fingerprints was believed: %+v", id)
		}
	})
}
