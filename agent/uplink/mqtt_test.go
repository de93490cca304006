package uplink

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
)

// authority issues certificates for one test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t, key, cert}
}

func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// hook lets everyone in but to topics that begin with "no", and shows what comes.
type hook struct {
	mochi.HookBase
	published chan packets.Packet
	mute      bool // no acknowledgement
	closed    bool // no subscription
}

func (h *hook) ID() string { return "test" }
func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPublish}, []byte{b})
}
func (h *hook) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }
func (h *hook) OnACLCheck(_ *mochi.Client, _ string, write bool) bool    { return write || !h.closed }
func (h *hook) OnPublish(cl *mochi.Client, p packets.Packet) (packets.Packet, error) {
	h.published <- p
	if h.mute {
		cl.Stop(io.ErrUnexpectedEOF)
		return p, packets.ErrRejectPacket
	}
	return p, nil
}

func startBroker(t *testing.T, a *authority, h *hook) (*mochi.Server, string) {
	t.Helper()
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := s.AddHook(h, nil); err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := listeners.NewNet("test", tls.NewListener(inner, &tls.Config{Certificates: []tls.Certificate{a.issue("broker")}, ClientCAs: a.pool(), ClientAuth: tls.RequireAndVerifyClientCert}))
	if err := s.AddListener(l); err != nil {
		t.Fatal(err)
	}
	go s.Serve()
	t.Cleanup(func() { s.Close() })
	return s, inner.Addr().String()
}

func TestMessagesGoBothWaysOverMutualTLS(t *testing.T) {
	a, h := newAuthority(t), &hook{published: make(chan packets.Packet, 1)}
	s, addr := startBroker(t, a, h)
	id := batch.ID{0xab}
	got := make(chan []byte, 1)
	l, err := MQTT(addr, id, &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{a.issue(id.String())}})(t.Context(), func(m []byte) { got <- m })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Publish([]byte("up")); err != nil {
		t.Fatal(err)
	}
	if p := <-h.published; p.TopicName != wire.UpTopic(id) || string(p.Payload) != "up" || p.FixedHeader.Qos != 1 || p.FixedHeader.Retain {
		t.Errorf("published %+v", p)
	}
	if err := s.Publish(wire.DownTopic(id), []byte("down"), false, 1); err != nil {
		t.Fatal(err)
	}
	if m := <-got; string(m) != "down" {
		t.Errorf("received %q", m)
	}
}

func TestCutLineIsNoAcknowledgement(t *testing.T) {
	a, h := newAuthority(t), &hook{published: make(chan packets.Packet, 1), mute: true}
	_, addr := startBroker(t, a, h)
	l, err := MQTT(addr, batch.ID{1}, &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{a.issue("g")}})(t.Context(), func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Publish([]byte("lost")); err == nil {
		t.Error("a message that nobody acknowledged counts as published")
	}
	<-l.Done()
}

func TestStrangeBrokersAndRefusedSubscriptionsAreErrors(t *testing.T) {
	a := newAuthority(t)
	h := &hook{published: make(chan packets.Packet, 1), closed: true}
	_, addr := startBroker(t, a, h)
	mine := []tls.Certificate{a.issue("g")}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for name, c := range map[string]*tls.Config{
		"broker of another authority": {RootCAs: newAuthority(t).pool(), Certificates: mine},
		"no certificate of ours":      {RootCAs: a.pool()},
		"subscription refused":        {RootCAs: a.pool(), Certificates: mine},
	} {
		if l, err := MQTT(addr, batch.ID{1}, c)(ctx, func([]byte) {}); err == nil {
			l.Close()
			t.Errorf("%s: connected", name)
		}
	}
}
