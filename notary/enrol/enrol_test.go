package enrol_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/enrol"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

const logKey = "log.example/1+12345678+AAAA"

type house struct {
	*testing.T
	disk *storetest.Disk
	reg  *enrol.Registry
	ca   *access.CA
	time time.Time
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, disk: storetest.NewDisk(), time: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	if h.ca, err = access.Init(t.TempDir(), "log.example/1", h.now); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	return h
}

func (h *house) now() time.Time { return h.time }

func (h *house) reopen() {
	h.Helper()
	var err error
	if h.reg, err = enrol.Open(h.disk.Open(), rand.Reader, h.now); err != nil {
		h.Fatal(err)
	}
}

func (h *house) order(gateway string) wire.Code {
	h.Helper()
	c, _, err := h.reg.Order(enrol.Order{Site: "north-yard", SiteName: "North yard", Gateway: gateway}, h.ca, logKey)
	if err != nil {
		h.Fatal(err)
	}
	return c
}

type device struct {
	key cose.Ed25519Signer
	tls []byte
}

func newDevice(t *testing.T) device {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return device{cose.Ed25519Signer(key), der}
}

func (d device) request(t *testing.T, c wire.Code) wire.EnrolRequest {
	t.Helper()
	k := d.key.Public()
	proof, err := d.key.Sign(wire.ProofMessage(c.Secret[:], k, d.tls))
	if err != nil {
		t.Fatal(err)
	}
	return wire.EnrolRequest{Secret: c.Secret[:], Alg: int64(k.Alg), Key: k.Raw, Proof: proof, TLSKey: d.tls, Software: "fieldseal-agent test"}
}

func TestCodeMakesAPendingGateway(t *testing.T) {
	h := open(t)
	c := h.order("gw-1")
	if print := h.ca.Fingerprint(); [10]byte(print[:10]) != c.CA {
		t.Error("the code does not carry the CA's fingerprint")
	}
	if print := sha256.Sum256([]byte(logKey)); [10]byte(print[:10]) != c.Log {
		t.Error("the code does not carry the log key's fingerprint")
	}
	d := newDevice(t)
	e, pem, err := h.reg.Enrol(d.request(t, c), h.ca)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := access.ParseCertificate(pem)
	if err != nil || cert.Subject.CommonName != e.Gateway.String() {
		t.Fatalf("certificate for %v, %v", cert.Subject, err)
	}
	if err := h.reg.Admit(e.Gateway); !errors.Is(err, access.ErrPending) {
		t.Errorf("admitted before the authority signed: %v", err)
	}
	h.reopen()
	if got, ok := h.reg.Get(e.Gateway); !ok || got.State != enrol.Pending || got.SiteName != "North yard" || got.GatewayName != "gw-1" {
		t.Errorf("after a restart: %+v", got)
	}
	if err := h.reg.MarkEnrolled(e.Gateway, 7); err != nil {
		t.Fatal(err)
	}
	if err := h.reg.Admit(e.Gateway); err != nil {
		t.Errorf("not admitted when enrolled: %v", err)
	}
}

func TestLostAnswerIsGivenAgainToTheSameKeyOnly(t *testing.T) {
	h := open(t)
	c, d := h.order("gw-1"), newDevice(t)
	first, _, err := h.reg.Enrol(d.request(t, c), h.ca)
	if err != nil {
		t.Fatal(err)
	}
	h.reopen()
	again, _, err := h.reg.Enrol(d.request(t, c), h.ca)
	if err != nil || again.Gateway != first.Gateway {
		t.Errorf("asked again: %v, %v", again.Gateway, err)
	}
	if _, _, err := h.reg.Enrol(newDevice(t).request(t, c), h.ca); !errors.Is(err, enrol.ErrCode) {
		t.Errorf("another key used the code: %v", err)
	}
	if n := len(h.reg.List()); n != 1 {
		t.Errorf("%d gateways from one code", n)
	}
}

func TestCodeEndsAfterADay(t *testing.T) {
	h := open(t)
	c := h.order("gw-1")
	h.time = h.time.Add(enrol.CodeLife)
	if _, _, err := h.reg.Enrol(newDevice(t).request(t, c), h.ca); !errors.Is(err, enrol.ErrCode) {
		t.Errorf("used after its end: %v", err)
	}
}

func TestUnknownCodeForgedProofAndKnownKeyAreRefused(t *testing.T) {
	h := open(t)
	c, d := h.order("gw-1"), newDevice(t)
	unknown := c
	unknown.Secret[0]++
	if _, _, err := h.reg.Enrol(d.request(t, unknown), h.ca); !errors.Is(err, enrol.ErrCode) {
		t.Errorf("unknown code: %v", err)
	}
	for name, spoil := range map[string]func(*wire.EnrolRequest){
		"proof":   func(r *wire.EnrolRequest) { r.Proof[0]++ },
		"TLS key": func(r *wire.EnrolRequest) { r.TLSKey = newDevice(t).tls },
		"key":     func(r *wire.EnrolRequest) { r.Key = newDevice(t).key.Public().Raw },
	} {
		r := d.request(t, c)
		spoil(&r)
		if _, _, err := h.reg.Enrol(r, h.ca); !errors.Is(err, enrol.ErrProof) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	r := d.request(t, c)
	r.Alg = 5
	if _, _, err := h.reg.Enrol(r, h.ca); !errors.Is(err, enrol.ErrRequest) {
		t.Errorf("unknown algorithm: %v", err)
	}
	if _, _, err := h.reg.Enrol(d.request(t, c), h.ca); err != nil {
		t.Fatalf("the code was spent on refused attempts: %v", err)
	}
	if _, _, err := h.reg.Enrol(d.request(t, h.order("gw-2")), h.ca); !errors.Is(err, enrol.ErrKnownKey) {
		t.Errorf("one key became two gateways: %v", err)
	}
}

func TestSecretIsNotKept(t *testing.T) {
	h := open(t)
	c := h.order("gw-1")
	for kv, err := range h.disk.Open().Rows(store.TableCode, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		if string(kv.Key) == string(c.Secret[:]) || len(kv.Value) == 0 {
			t.Error("the secret is stored")
		}
	}
}

func TestGatewaysOfOneSiteShareItsID(t *testing.T) {
	h := open(t)
	a, _, err := h.reg.Enrol(newDevice(t).request(t, h.order("gw-1")), h.ca)
	if err != nil {
		t.Fatal(err)
	}
	h.reopen()
	b, _, err := h.reg.Enrol(newDevice(t).request(t, h.order("gw-2")), h.ca)
	if err != nil {
		t.Fatal(err)
	}
	if a.Site != b.Site || a.Gateway == b.Gateway || a.Site == (batch.ID{}) {
		t.Errorf("sites %v and %v, gateways %v and %v", a.Site, b.Site, a.Gateway, b.Gateway)
	}
	if id, ok := h.reg.SiteOf("north-yard"); !ok || id != a.Site {
		t.Errorf("site found as %v, %v", id, ok)
	}
}

func TestRevocationIsForGoodAndWatched(t *testing.T) {
	h := open(t)
	e, _, err := h.reg.Enrol(newDevice(t).request(t, h.order("gw-1")), h.ca)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.reg.MarkEnrolled(e.Gateway, 1); err != nil {
		t.Fatal(err)
	}
	var seen []enrol.Entry
	h.reg.Watch(func(e enrol.Entry) { seen = append(seen, e) })
	changed := h.reg.Changed()
	if err := h.reg.Revoke(e.Gateway, enrol.Revocation{FromIndex: 40, Reason: ""}); err == nil {
		t.Error("revoked without a reason")
	}
	if err := h.reg.Revoke(e.Gateway, enrol.Revocation{FromIndex: 40, Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("the change was not announced")
	}
	if len(seen) != 1 || seen[0].State != enrol.Revoked {
		t.Errorf("watchers saw %+v", seen)
	}
	if err := h.reg.MarkEnrolled(e.Gateway, 9); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if err := h.reg.Admit(e.Gateway); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("after revocation and restart: %v", err)
	}
	if err := h.reg.Revoke(e.Gateway, enrol.Revocation{Reason: "again"}); err == nil {
		t.Error("revoked twice")
	}
	if err := h.reg.Admit(batch.ID{9}); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("an unknown gateway: %v", err)
	}
}

func TestNamesAreHeldToTheirForm(t *testing.T) {
	h := open(t)
	for _, o := range []enrol.Order{
		{Site: "North", SiteName: "x", Gateway: "a"}, {Site: "", SiteName: "x", Gateway: "a"}, {Site: "-a", SiteName: "x", Gateway: "a"},
		{Site: "a", SiteName: "", Gateway: "a"}, {Site: "a", SiteName: "x\n", Gateway: "a"}, {Site: "a", SiteName: "x", Gateway: "a/b"},
	} {
		if _, _, err := h.reg.Order(o, h.ca, logKey); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	a := enrol.NewAttempts()
	n := 0
	for range 1000 {
		if a.Allow("192.0.2.1") {
			n++
		}
	}
	if n < 5 || n > 20 {
		t.Errorf("%d attempts at once from one address", n)
	}
	if !a.Allow("192.0.2.2") {
		t.Error("another address is held up")
	}
}
