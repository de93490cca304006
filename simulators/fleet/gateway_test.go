package fleet

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
)

// enrolled is a gateway as newGateway makes it from an answer.
func enrolled(t *testing.T) *Gateway {
	t.Helper()
	_, seal, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, client.Public(), client)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	_, logKey, err := note.GenerateKey(rand.Reader, "test.invalid")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(logKey))
	a := &wire.EnrolAnswer{
		Gateway: batch.ID{1}.String(), Site: batch.ID{2}.String(), Origin: "test.invalid", LogKey: logKey,
		CA: text, Certificate: text, Broker: "127.0.0.1:1",
	}
	g, err := newGateway(a, wire.Code{Log: [10]byte(sum[:10])}, cose.Ed25519Signer(seal), client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newGateway(a, wire.Code{}, cose.Ed25519Signer(seal), client); err == nil {
		t.Fatal("a log key that the code does not name was believed")
	}
	return g
}

func TestFleetSendsWhatANotaryCanVerify(t *testing.T) {
	g := enrolled(t)
	for _, l := range []Load{{Points: 10, Records: 100}, {Points: 20, Records: 1000}, {Points: 1, Records: 1}, {Points: 64, Records: 70}} {
		raw, root, err := g.Config(l)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.ParseUp(raw)
		if err != nil {
			t.Fatal(err)
		}
		config := m.(*wire.Config)
		if profile.ConfigRoot(config.Leaves) != root {
			t.Fatal("the configuration's root is not of its leaves")
		}
		if _, err := profile.ParseDevice(config.Leaves[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := profile.Parse(config.Profiles[0]); err != nil {
			t.Fatal(err)
		}
		prev := g.prev
		raw, n, err := g.Seal(l, root, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if n != l.Records {
			t.Errorf("%d records asked for, %d sealed", l.Records, n)
		}
		m, err = wire.ParseUp(raw)
		if err != nil {
			t.Fatal(err)
		}
		h, err := batch.ParseHeader(m.(*wire.Batch).Header)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.VerifySignature(g.Key()); err != nil {
			t.Fatal(err)
		}
		if h.Prev != prev {
			t.Error("the header does not name its predecessor")
		}
		p, err := batch.ParsePayload(m.(*wire.Batch).Payload)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(&h.Header); err != nil {
			t.Fatal(err)
		}
		decodes(t, config, p)
	}
	if g.Unproved() != 4 {
		t.Errorf("%d batches without a receipt, wanted 4", g.Unproved())
	}
}

// decodes holds every reading against the frame that it names, as an inspector's
// verifier does.
func decodes(t *testing.T, c *wire.Config, p *batch.Payload) {
	t.Helper()
	dev, err := profile.ParseDevice(c.Leaves[1])
	if err != nil {
		t.Fatal(err)
	}
	prof, err := profile.Parse(c.Profiles[0])
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := decoders.For(prof.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Records {
		x, ok := r.(*record.Reading)
		if !ok {
			continue
		}
		values, err := decoder.Decode(prof, dev, p.Records[x.Frame.Leaf].(*record.Frame), nil)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, v := range values {
			found = found || dev.ID+"/"+v.Point == x.Point && v.Value == x.Value
		}
		if !found {
			t.Fatalf("%s is %v and its frame says %v", x.Point, x.Value, values)
		}
	}
}

func TestFleetSealsItsAlarmOnceWhenTheLimitIsPassed(t *testing.T) {
	g := enrolled(t)
	l := Load{Points: 2, Records: 4, High: 1}
	raw, root, err := g.Config(l)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.ParseUp(raw)
	if err != nil {
		t.Fatal(err)
	}
	d, err := profile.ParseDevice(m.(*wire.Config).Leaves[1])
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Limits) != 1 || d.Limits[0].Point != "p00" || d.Limits[0].High.String() != "0.1" {
		t.Fatalf("the configuration's limits are %+v", d.Limits)
	}
	var raised []int
	for k := range 5 {
		raw, _, err := g.Seal(l, root, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.ParseUp(raw)
		if err != nil {
			t.Fatal(err)
		}
		p, err := batch.ParsePayload(m.(*wire.Batch).Payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Records {
			if e, ok := r.(*record.Event); ok {
				if e.Type != record.EventAlarmRaised || e.Subject != "sim-1/p00" {
					t.Fatalf("batch %d seals %v of %s", k, e.Type, e.Subject)
				}
				raised = append(raised, k)
			}
		}
	}
	if len(raised) != 1 || raised[0] != 2 {
		t.Errorf("raised in batches %v, wanted in that of 0.2 alone", raised)
	}
}
