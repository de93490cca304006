package broker_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/broker"
)

const patience = 5 * time.Second

// memory is an intake that remembers, and fails or waits when told.
type memory struct {
	mu    sync.Mutex
	got   [][]byte
	from  []batch.ID
	fail  error
	hold  chan struct{} // not nil: Handle waits for it
	began chan struct{}
	gone  chan batch.ID
}

func (m *memory) Handle(ctx context.Context, g batch.ID, msg []byte) error {
	m.mu.Lock()
	hold, fail := m.hold, m.fail
	m.mu.Unlock()
	if hold != nil {
		m.began <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got, m.from = append(m.got, msg), append(m.from, g)
	return nil
}

func (m *memory) Disconnected(g batch.ID) { m.gone <- g }

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.got)
}

type house struct {
	*testing.T
	ca     *access.CA
	srv    *access.Server
	broker *broker.Broker
	intake *memory
	mu     sync.Mutex
	refuse map[batch.ID]error
}

func open(t *testing.T, change func(*broker.Config)) *house {
	t.Helper()
	h := &house{T: t, refuse: map[batch.ID]error{}, intake: &memory{gone: make(chan batch.ID, 64), began: make(chan struct{}, 64)}}
	var err error
	if h.ca, err = access.Init(t.TempDir(), "log.example/1", time.Now); err != nil {
		t.Fatal(err)
	}
	if h.srv, err = access.NewServer(h.ca); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := broker.Config{Listener: l, TLS: h.srv.MutualTLS(), Intake: h.intake, Log: slog.New(slog.DiscardHandler), Admit: func(g batch.ID) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.refuse[g]
	}}
	if change != nil {
		change(&cfg)
	}
	if h.broker, err = broker.Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.broker.Close(patience); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) cert(ca *access.CA, g batch.ID) tls.Certificate {
	h.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		h.Fatal(err)
	}
	raw, err := ca.IssueClient(g, der)
	if err != nil {
		h.Fatal(err)
	}
	c, err := access.ParseCertificate(raw)
	if err != nil {
		h.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: priv}
}

func (h *house) options(g batch.ID) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().
		AddBroker("ssl://" + h.broker.Addr().String()).
		SetTLSConfig(&tls.Config{RootCAs: h.ca.Pool(), Certificates: []tls.Certificate{h.cert(h.ca, g)}}).
		SetClientID(g.String()).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
		SetProtocolVersion(4).SetConnectTimeout(patience).SetOrderMatters(false)
}

type client struct {
	mqtt.Client
	lost chan error
	down chan []byte
}

func (h *house) dial(o *mqtt.ClientOptions) (*client, error) {
	c := &client{lost: make(chan error, 1), down: make(chan []byte, 64)}
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.lost <- err })
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.down <- m.Payload() })
	c.Client = mqtt.NewClient(o)
	tok := c.Connect()
	if !tok.WaitTimeout(patience) {
		return nil, errors.New("no CONNACK")
	}
	if tok.Error() != nil {
		return nil, tok.Error()
	}
	h.Cleanup(func() { c.Disconnect(0) })
	return c, nil
}

func (h *house) connect(g batch.ID) *client {
	h.Helper()
	c, err := h.dial(h.options(g))
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func (h *house) subscribe(c *client, filter string) byte {
	h.Helper()
	tok := c.Subscribe(filter, 1, nil)
	if !tok.WaitTimeout(patience) {
		h.Fatal("no SUBACK")
	}
	for _, code := range tok.(*mqtt.SubscribeToken).Result() { // of one filter
		return code
	}
	h.Fatal("an empty SUBACK")
	return 0
}

func (h *house) paceOff() { broker.PaceOff(h.broker) }

func (h *house) expectLost(c *client, what string) {
	h.Helper()
	select {
	case <-c.lost:
	case <-time.After(patience):
		h.Errorf("%s: the connection lives on", what)
	}
}

func (h *house) eventually(what string, ok func() bool) {
	h.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			h.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

var one, two = batch.ID{1}, batch.ID{2}

func TestMessageGoesUpAndAnswerComesDown(t *testing.T) {
	h := open(t, nil)
	c := h.connect(one)
	if code := h.subscribe(c, wire.DownTopic(one)); code > 2 {
		t.Fatalf("own topic refused with %#x", code)
	}
	tok := c.Publish(wire.UpTopic(one), 1, false, []byte("hello"))
	if !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatalf("no PUBACK: %v", tok.Error())
	}
	if h.intake.count() != 1 || string(h.intake.got[0]) != "hello" || h.intake.from[0] != one {
		t.Fatalf("intake has %q from %v", h.intake.got, h.intake.from)
	}
	if err := h.broker.Send(one, []byte("receipt")); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-c.down:
		if string(got) != "receipt" {
			t.Errorf("got %q", got)
		}
	case <-time.After(patience):
		t.Error("no answer came down")
	}
	if _, ok := h.broker.Connected()[one]; !ok {
		t.Error("the gateway is not listed as connected")
	}
}

func TestAcknowledgedOnlyAfterTheIntakeReturned(t *testing.T) {
	h := open(t, nil)
	h.intake.hold = make(chan struct{})
	c := h.connect(one)
	tok := c.Publish(wire.UpTopic(one), 1, false, []byte("x"))
	<-h.intake.began
	if tok.WaitTimeout(50 * time.Millisecond) {
		t.Fatal("PUBACK came while the intake was still at work")
	}
	close(h.intake.hold)
	if !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatalf("no PUBACK afterwards: %v", tok.Error())
	}
}

func TestNothingStoredMeansNoAckAndNoConnection(t *testing.T) {
	h := open(t, nil)
	h.intake.fail = errors.New("disk full")
	c := h.connect(one)
	tok := c.Publish(wire.UpTopic(one), 1, false, []byte("x"))
	h.expectLost(c, "intake failed")
	// paho completes a cut-off token without error; the wire shows no PUBACK below.
	_ = tok
	conn := h.raw(one)
	h.write(conn, h.connectPacket(one))
	if _, ok := h.read(conn).(*packets.ConnackPacket); !ok {
		t.Fatal("no CONNACK")
	}
	h.write(conn, publish(wire.UpTopic(one), 1, false, []byte("x")))
	if p, err := packets.ReadPacket(conn); err == nil {
		t.Fatalf("answered with %v", p)
	}
}

func publish(topic string, qos byte, retain bool, payload []byte) *packets.PublishPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Qos, p.Retain, p.Payload, p.MessageID = topic, qos, retain, payload, 7
	return p
}

func (h *house) raw(g batch.ID) net.Conn {
	h.Helper()
	conn, err := tls.Dial("tcp", h.broker.Addr().String(), &tls.Config{RootCAs: h.ca.Pool(), Certificates: []tls.Certificate{h.cert(h.ca, g)}})
	if err != nil {
		h.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	h.Cleanup(func() { conn.Close() })
	return conn
}

func (h *house) connectPacket(g batch.ID) *packets.ConnectPacket {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier, p.Keepalive = "MQTT", 4, true, g.String(), 30
	return p
}

func (h *house) write(c net.Conn, p packets.ControlPacket) {
	h.Helper()
	if err := p.Write(c); err != nil {
		h.Fatal(err)
	}
}

func (h *house) read(c net.Conn) packets.ControlPacket {
	h.Helper()
	p, err := packets.ReadPacket(c)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func TestStrangersDoNotGetIn(t *testing.T) {
	h := open(t, nil)
	other, err := access.Init(t.TempDir(), "log.example/1", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	h.refuse[two] = errors.New("revoked")
	for name, change := range map[string]func(*mqtt.ClientOptions){
		"no certificate": func(o *mqtt.ClientOptions) { o.SetTLSConfig(&tls.Config{RootCAs: h.ca.Pool()}) },
		"another CA's certificate": func(o *mqtt.ClientOptions) {
			o.SetTLSConfig(&tls.Config{RootCAs: h.ca.Pool(), Certificates: []tls.Certificate{h.cert(other, one)}})
		},
		"another gateway's id": func(o *mqtt.ClientOptions) { o.SetClientID(two.String()) },
		"an empty client id":   func(o *mqtt.ClientOptions) { o.SetClientID("") },
		"a will":               func(o *mqtt.ClientOptions) { o.SetWill(wire.UpTopic(one), "gone", 1, false) },
		"MQTT 3.1":             func(o *mqtt.ClientOptions) { o.SetProtocolVersion(3) },
		"TLS 1.2": func(o *mqtt.ClientOptions) {
			o.SetTLSConfig(&tls.Config{RootCAs: h.ca.Pool(), Certificates: []tls.Certificate{h.cert(h.ca, one)}, MaxVersion: tls.VersionTLS12})
		},
		"a revoked certificate": func(o *mqtt.ClientOptions) {
			o.SetClientID(two.String()).SetTLSConfig(&tls.Config{RootCAs: h.ca.Pool(), Certificates: []tls.Certificate{h.cert(h.ca, two)}})
		},
	} {
		o := h.options(one)
		change(o)
		if _, err := h.dial(o); err == nil {
			t.Errorf("%s: connected", name)
		}
	}
	if n := len(h.broker.Connected()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestPendingGatewayIsToldToComeBack(t *testing.T) {
	h := open(t, nil)
	h.refuse[one] = access.ErrPending
	h.refuse[two] = errors.New("revoked")
	for g, want := range map[batch.ID]byte{one: packets.ErrRefusedServerUnavailable, two: packets.ErrRefusedNotAuthorised} {
		conn := h.raw(g)
		h.write(conn, h.connectPacket(g))
		ack, ok := h.read(conn).(*packets.ConnackPacket)
		if !ok || ack.ReturnCode != want {
			t.Errorf("gateway %v: CONNACK %v, want code %d", g, ack, want)
		}
	}
}

func TestGatewayPublishesOnlyItsOwnAndWithinTheRules(t *testing.T) {
	h := open(t, nil)
	h.paceOff()
	big := bytes.Repeat([]byte{1}, wire.MaxUp+1)
	for name, p := range map[string]*packets.PublishPacket{
		"another gateway's topic": publish(wire.UpTopic(two), 1, false, []byte("x")),
		"a down topic":            publish(wire.DownTopic(one), 1, false, []byte("x")),
		"a topic of the library":  publish("$SYS/broker/version", 1, false, []byte("x")),
		"retain":                  publish(wire.UpTopic(one), 1, true, []byte("x")),
		"QoS 0":                   publish(wire.UpTopic(one), 0, false, []byte("x")),
		"QoS 2":                   publish(wire.UpTopic(one), 2, false, []byte("x")),
		"a byte too many":         publish(wire.UpTopic(one), 1, false, big),
		"far too many bytes":      publish(wire.UpTopic(one), 1, false, bytes.Repeat(big, 4)),
		"a wildcard":              publish("up/+", 1, false, []byte("x")),
	} {
		conn := h.raw(one)
		h.write(conn, h.connectPacket(one))
		if ack, ok := h.read(conn).(*packets.ConnackPacket); !ok || ack.ReturnCode != 0 {
			t.Fatalf("%s: no session", name)
		}
		p.Write(conn) // the broker may close before the last byte
		if got, err := packets.ReadPacket(conn); err == nil {
			t.Errorf("%s: answered with %v", name, got)
		}
		conn.Close()
	}
	if n := h.intake.count(); n != 0 {
		t.Errorf("%d messages reached the intake", n)
	}
	// The limit itself is allowed.
	c := h.connect(two)
	if tok := c.Publish(wire.UpTopic(two), 1, false, big[1:]); !tok.WaitTimeout(patience) || tok.Error() != nil || h.intake.count() != 1 {
		t.Errorf("a message of exactly %d bytes: %v", wire.MaxUp, tok.Error())
	}
}

func TestGatewayHearsOnlyItsOwnTopic(t *testing.T) {
	h := open(t, nil)
	c := h.connect(one)
	for _, filter := range []string{"#", "+/" + one.String(), "down/+", "down/#", wire.DownTopic(two), wire.UpTopic(one), "$SYS/#", "$share/g/" + wire.DownTopic(one)} {
		if code := h.subscribe(c, filter); code != 0x80 {
			t.Errorf("%s: granted with %#x", filter, code)
		}
	}
	d := h.connect(two)
	h.subscribe(d, wire.DownTopic(two))
	if err := h.broker.Send(one, []byte("x")); !errors.Is(err, broker.ErrOffline) {
		t.Errorf("sent to a gateway that listens to nothing: %v", err)
	}
	if err := h.broker.Send(two, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	<-d.down
	select {
	case got := <-c.down:
		t.Errorf("gateway one heard %q", got)
	default:
	}
}

func TestNewestConnectionOfAGatewayWins(t *testing.T) {
	h := open(t, nil)
	a := h.connect(one)
	h.subscribe(a, wire.DownTopic(one))
	b := h.connect(one)
	h.expectLost(a, "taken over")
	h.subscribe(b, wire.DownTopic(one))
	if tok := b.Publish(wire.UpTopic(one), 1, false, []byte("x")); !tok.WaitTimeout(patience) || tok.Error() != nil || h.intake.count() != 1 {
		t.Fatalf("the newer connection does not work: %v", tok.Error())
	}
	if err := h.broker.Send(one, []byte("for b")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.down:
	case <-time.After(patience):
		t.Error("the newer connection hears nothing")
	}
	select {
	case g := <-h.intake.gone:
		t.Errorf("%v was reported as gone while its newer connection lives", g)
	default:
	}
	b.Disconnect(10)
	select {
	case g := <-h.intake.gone:
		if g != one {
			t.Errorf("%v is gone", g)
		}
	case <-time.After(patience):
		t.Error("the end of the session was not reported")
	}
	if err := h.broker.Send(one, nil); !errors.Is(err, broker.ErrOffline) {
		t.Errorf("sent to nobody: %v", err)
	}
}

func TestRevokedGatewayIsCutOffAtOnce(t *testing.T) {
	h := open(t, nil)
	c := h.connect(one)
	h.mu.Lock()
	h.refuse[one] = errors.New("revoked")
	h.mu.Unlock()
	h.broker.Disconnect(one, errors.New("revoked"))
	h.expectLost(c, "revoked")
	if _, err := h.dial(h.options(one)); err == nil {
		t.Error("it came back")
	}
}

func TestGatewayThatReconnectsInALoopIsSlowedDown(t *testing.T) {
	h := open(t, nil)
	refused := false
	for range 12 {
		conn := h.raw(one)
		h.write(conn, h.connectPacket(one))
		if ack := h.read(conn).(*packets.ConnackPacket); ack.ReturnCode == packets.ErrRefusedServerUnavailable {
			refused = true
		}
		conn.Close()
	}
	if !refused {
		t.Error("twelve connections in a row were all taken")
	}
	h.connect(two) // others are not held up
}

func TestConnectionsAreCapped(t *testing.T) {
	h := open(t, func(c *broker.Config) { c.Connections = 2 })
	h.connect(one)
	h.connect(two)
	if _, err := h.dial(h.options(batch.ID{3})); err == nil || !strings.Contains(err.Error(), "navailable") {
		t.Errorf("the third got %v", err)
	}
}

func TestPlainListenerIsRefused(t *testing.T) {
	h := open(t, nil)
	if _, err := broker.Start(broker.Config{TLS: h.srv.TLS()}); err == nil {
		t.Error("started without client certificates")
	}
}

func TestFaultInOneConnectionLeavesTheOthers(t *testing.T) {
	h := open(t, nil)
	c := h.connect(two)
	for _, junk := range [][]byte{{0xff}, {0x10, 0xff, 0xff, 0xff, 0xff}, {0x10, 2, 0, 9}, {0x30, 0}, {0x82, 0}, {0x62, 2, 0, 1}} {
		conn := h.raw(one)
		conn.Write(junk)
		conn.(*tls.Conn).CloseWrite()
		for buf := make([]byte, 64); ; {
			if _, err := conn.Read(buf); err != nil {
				break
			}
		}
	}
	if tok := c.Publish(wire.UpTopic(two), 1, false, []byte("x")); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatal("the other gateway's connection died")
	}
	h.eventually("only one session is left", func() bool { return len(h.broker.Connected()) == 1 })
}

func TestCloseWaitsForTheMessageInHand(t *testing.T) {
	h := open(t, nil)
	h.intake.hold = make(chan struct{})
	c := h.connect(one)
	c.Publish(wire.UpTopic(one), 1, false, []byte("x"))
	<-h.intake.began
	time.AfterFunc(50*time.Millisecond, func() { close(h.intake.hold) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	old := h.broker
	if err := old.Close(patience); err != nil {
		t.Fatal(err)
	}
	if h.intake.count() != 1 {
		t.Error("the message in hand was dropped")
	}
	// The clean-up closes a broker; give it a live one.
	if h.broker, err = broker.Start(broker.Config{Listener: l, TLS: h.srv.MutualTLS(), Intake: h.intake, Log: slog.New(slog.DiscardHandler), Admit: func(batch.ID) error { return nil }}); err != nil {
		t.Fatal(err)
	}
}
