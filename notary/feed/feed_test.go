package feed_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/broker"
	"fieldseal/notary/feed"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

const patience = 10 * time.Second

// account is what each account may see; owned by mu.
type account struct {
	mu    sync.Mutex
	sites map[string][]batch.ID
}

func (a *account) set(name string, sites ...batch.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if sites == nil {
		delete(a.sites, name)
		return
	}
	a.sites[name] = sites
}

type viewer []batch.ID

func (v viewer) Sees(s batch.ID) bool {
	for _, x := range v {
		if x == s {
			return true
		}
	}
	return false
}

type house struct {
	*testing.T
	n        *lab.Notary
	feed     *feed.Feed
	broker   *broker.Broker
	accounts *account
}

func open(t *testing.T) *house {
	h := &house{T: t, n: lab.New(t, lab.Options{}), accounts: &account{sites: map[string][]batch.ID{}}}
	quiet := slog.New(slog.DiscardHandler)
	l, err := live.Open(live.Config{Log: h.n.Log, Store: h.n.Store, Covered: func() uint64 { return 0 }, Moved: func() <-chan struct{} { return nil }, Now: h.n.Now, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	h.n.Admitted = l.Take
	h.feed, err = feed.Open(feed.Config{Store: h.n.Store, Events: l, CA: h.n.CA, Now: h.n.Now, Logger: quiet,
		Slug: func(site batch.ID) string {
			for _, e := range h.n.Registry.List() {
				if e.Site == site {
					return e.SiteSlug
				}
			}
			return ""
		},
		Site:     h.n.Registry.SiteOf,
		District: func(batch.ID) string { return "east" },
		Account: func(name string) (feed.Viewer, bool) {
			h.accounts.mu.Lock()
			defer h.accounts.mu.Unlock()
			s, ok := h.accounts.sites[name]
			return viewer(s), ok
		}})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := access.NewServer(h.n.CA)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.broker, err = broker.Start(broker.Config{Listener: listener, TLS: srv.MutualTLS(), Intake: h.n.Intake, Admit: h.n.Registry.Admit, Readers: h.feed, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.broker.Close(time.Second) })
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx) })
	wg.Go(func() {
		if err := h.feed.Run(ctx, h.broker); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return h
}

// key makes a key and its certificate request.
func key(t *testing.T) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, k)
	if err != nil {
		t.Fatal(err)
	}
	return k, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

// reader is an account's connection.
type reader struct {
	mqtt.Client
	cert   tls.Certificate
	serial string
	lost   chan error
	values chan feed.Value
	topics chan string
}

func (h *house) read(name string) *reader {
	h.Helper()
	k, request := key(h.T)
	c, certificate, err := h.feed.Certify(h.Context(), name, request)
	if err != nil {
		h.Fatal(err)
	}
	r := &reader{serial: c.Serial, lost: make(chan error, 1), values: make(chan feed.Value, 1000), topics: make(chan string, 1000)}
	cert, err := access.ParseCertificate(certificate)
	if err != nil {
		h.Fatal(err)
	}
	r.cert = tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: k}
	r.Client = h.dial(r.cert, name, func(_ mqtt.Client, err error) { r.lost <- err }, func(_ mqtt.Client, m mqtt.Message) {
		var v feed.Value
		if err := json.Unmarshal(m.Payload(), &v); err != nil || m.Retained() {
			h.Errorf("%s: retained %v, %v", m.Topic(), m.Retained(), err)
		}
		r.topics <- m.Topic()
		r.values <- v
	})
	return r
}

func (h *house) dial(cert tls.Certificate, id string, lost mqtt.ConnectionLostHandler, each mqtt.MessageHandler) mqtt.Client {
	h.Helper()
	o := mqtt.NewClientOptions().AddBroker("ssl://" + h.broker.Addr().String()).SetClientID(id).
		SetTLSConfig(&tls.Config{RootCAs: h.n.CA.Pool(), Certificates: []tls.Certificate{cert}}).
		SetCleanSession(true).SetAutoReconnect(false).SetProtocolVersion(4).SetConnectionLostHandler(lost).SetDefaultPublishHandler(each)
	c := mqtt.NewClient(o)
	if tok := c.Connect(); !tok.WaitTimeout(patience) || tok.Error() != nil {
		h.Fatalf("connect as %s: %v", id, tok.Error())
	}
	h.Cleanup(func() { c.Disconnect(0) })
	return c
}

// subscribe gives the code that the broker answered.
func (h *house) subscribe(c mqtt.Client, filter string) byte {
	h.Helper()
	tok := c.Subscribe(filter, 1, nil)
	if !tok.WaitTimeout(patience) {
		h.Fatalf("subscribe to %s: no answer", filter)
	}
	return tok.(*mqtt.SubscribeToken).Result()[filter]
}

func (h *house) send(g *lab.Gateway, n int) {
	h.Helper()
	s := h.n.NewSealer(g, time.Now().UnixMicro()-int64(n+1)*lab.Minute)
	for range n {
		h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
}

func TestAReaderGetsWhatItsAccountMaySee(t *testing.T) {
	h := open(t)
	a, b := h.n.Enrol("north-yard", "gw-1"), h.n.Enrol("south-yard", "gw-1")
	h.accounts.set("wang", a.Site)
	r := h.read("wang")
	if code := h.subscribe(r, "live/#"); code != 0 {
		t.Fatalf("subscription answered with %d: QoS 0 is what can be kept", code)
	}
	h.send(b, 3)
	h.send(a, 2)
	for i := range 2 * 12 {
		select {
		case v := <-r.values:
			topic := <-r.topics
			if v.Site != a.Site || !strings.HasPrefix(topic, "live/east/north-yard/dust-1/pm") || v.Value == "" || v.Index == 0 || v.ID == 0 {
				t.Fatalf("%s: %+v", topic, v)
			}
		case <-time.After(patience):
			t.Fatalf("%d values came", i)
		}
	}
	// The other site's came before; none of them is there.
	select {
	case v := <-r.values:
		t.Errorf("one more: %+v", v)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestRightsThatEndAreFeltAtOnce(t *testing.T) {
	h := open(t)
	a := h.n.Enrol("north-yard", "gw-1")
	h.accounts.set("wang", a.Site)
	h.accounts.set("li", a.Site)
	wang, li := h.read("wang"), h.read("li")
	h.subscribe(wang, "live/+/north-yard/#")
	h.subscribe(li, "live/east/north-yard/dust-1/pm10")
	h.send(a, 1)
	for range 12 {
		<-wang.values
	}
	for range 6 {
		<-li.values
	}
	h.accounts.set("wang") // it may see nothing any more
	if err := h.feed.Revoke(t.Context(), li.serial, nil); err != nil {
		t.Fatal(err)
	}
	h.broker.Recheck()
	for name, r := range map[string]*reader{"wang": wang, "li": li} {
		select {
		case <-r.lost:
		case <-time.After(patience):
			t.Errorf("%s stays connected", name)
		}
	}
	h.send(a, 1)
	if len(wang.values)+len(li.values) > 0 {
		t.Error("values came after the rights had ended")
	}
}

// The broker's library keeps any number of subscriptions: each counts here, whether
// it has wildcards or not, and what is asked for again counts once.
func TestSubscriptionsOfAReaderAreBounded(t *testing.T) {
	h := open(t)
	a, b := h.n.Enrol("north-yard", "gw-1"), h.n.Enrol("south-yard", "gw-1")
	h.accounts.set("wang", a.Site)
	r := h.read("wang")
	for _, filter := range []string{"live/east/nowhere/dust-1/pm10", "live/east/south-yard/dust-1/pm10", "live/east/" + b.Site.String() + "/dust-1/pm10"} {
		if code := h.subscribe(r, filter); code != 0x80 {
			t.Errorf("%s: granted with %d", filter, code)
		}
	}
	topic := func(i int) string { return fmt.Sprintf("live/east/north-yard/dust-%d/pm10", i) }
	for i := range 63 {
		if code := h.subscribe(r, topic(i)); code != 0 {
			t.Fatalf("%s: answered with %d", topic(i), code)
		}
	}
	for _, filter := range []string{"live/east/#", topic(0)} {
		if code := h.subscribe(r, filter); code != 0 {
			t.Errorf("%s: answered with %d", filter, code)
		}
	}
	for _, filter := range []string{"live/+/#", topic(63)} {
		if code := h.subscribe(r, filter); code != 0x80 {
			t.Errorf("%s, one too many: granted with %d", filter, code)
		}
	}
	if tok := r.Unsubscribe(topic(0)); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatal(tok.Error())
	}
	if code := h.subscribe(r, topic(63)); code != 0 {
		t.Errorf("after another was given up: answered with %d", code)
	}
}

func TestOneAccountDoesNotTakeAllPlacesOfReaders(t *testing.T) {
	h := open(t)
	h.accounts.set("wang", batch.ID{1})
	h.accounts.set("li", batch.ID{1})
	var first *reader
	for range 16 {
		if r := h.read("wang"); first == nil {
			first = r
		}
	}
	again := mqtt.NewClientOptions().AddBroker("ssl://" + h.broker.Addr().String()).SetClientID("wang").SetAutoReconnect(false).SetProtocolVersion(4).
		SetTLSConfig(&tls.Config{RootCAs: h.n.CA.Pool(), Certificates: []tls.Certificate{first.cert}})
	if tok := mqtt.NewClient(again).Connect(); !tok.WaitTimeout(patience) || tok.Error() == nil {
		t.Error("a 17th reader of one account is let in")
	}
	h.read("li")
	first.Disconnect(0)
	for end := time.Now().Add(patience); h.broker.Readers() > 16; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d readers", h.broker.Readers())
		}
	}
	c := mqtt.NewClient(again)
	if tok := c.Connect(); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Errorf("after one left: %v", tok.Error())
	}
	c.Disconnect(0)
}

func TestOnlyTheNotaryPublishesAndOnlyLiveIsRead(t *testing.T) {
	h := open(t)
	a := h.n.Enrol("north-yard", "gw-1")
	h.accounts.set("wang", a.Site)
	r := h.read("wang")
	for _, filter := range []string{"#", "+/+", "up/#", wire.DownTopic(a.Gateway), "livex/#", "live/1/2/3/4/5/6/7/8", "$SYS/#"} {
		if code := h.subscribe(r, filter); code != 0x80 {
			t.Errorf("%s: granted with %d", filter, code)
		}
	}
	r.Publish("live/east/north-yard/dust-1/pm10", 0, false, "{}").WaitTimeout(patience)
	select {
	case <-r.lost:
	case <-time.After(patience):
		t.Error("a reader that publishes stays connected")
	}
	cert, err := access.ParseCertificate(a.PEM)
	if err != nil {
		t.Fatal(err)
	}
	g := h.dial(tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: a.TLS}, a.Gateway.String(), nil, nil)
	if code := h.subscribe(g, "live/#"); code != 0x80 {
		t.Errorf("a gateway reads live values: %d", code)
	}
}

func TestCertificatesAreBoundedAndTheirKeysHeld(t *testing.T) {
	h := open(t)
	h.accounts.set("wang")
	_, request := key(t)
	broken := []byte(strings.Replace(string(request), "M", "N", 3))
	for _, bad := range [][]byte{nil, []byte("x"), broken, append(request, request...)} {
		if _, _, err := h.feed.Certify(t.Context(), "wang", bad); !errors.Is(err, access.ErrNoAccount) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	for range 16 {
		if _, _, err := h.feed.Certify(t.Context(), "wang", request); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := h.feed.Certify(t.Context(), "wang", request); !errors.Is(err, feed.ErrMany) {
		t.Errorf("the 17th: %v", err)
	}
	if other := "li"; len(h.feed.List(&other)) != 0 || !errors.Is(h.feed.Revoke(t.Context(), h.feed.List(nil)[0].Serial, &other), feed.ErrUnknown) {
		t.Error("another account's certificate is shown or revoked")
	}
	if err := h.feed.RevokeAll("li"); err != nil || len(h.feed.List(nil)) != 16 {
		t.Errorf("%d are out after another account's were revoked: %v", len(h.feed.List(nil)), err)
	}
	if err := h.feed.RevokeAll("wang"); err != nil || len(h.feed.List(nil)) != 0 {
		t.Errorf("%d are out after all were revoked: %v", len(h.feed.List(nil)), err)
	}
	for range 16 {
		if _, _, err := h.feed.Certify(t.Context(), "wang", request); err != nil {
			t.Fatal(err)
		}
	}
	h.n.Advance(access.ReaderValidity + time.Hour)
	if _, _, err := h.feed.Certify(t.Context(), "wang", request); err != nil {
		t.Errorf("after the others ended: %v", err)
	}
	if n := len(h.feed.List(nil)); n != 1 {
		t.Errorf("%d are kept", n)
	}
}

func FuzzTopic(f *testing.F) {
	f.Add("east", "north-yard", "dust-1/pm10")
	f.Add("", "a", "b/c/+#")
	f.Fuzz(func(t *testing.T, district, slug, point string) {
		topic := feed.Topic(district, slug, point)
		if strings.Count(topic, "/") != 4 || strings.ContainsAny(topic, "+#") {
			t.Errorf("%q", topic)
		}
	})
}
