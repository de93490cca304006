package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"golang.org/x/time/rate"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
)

// Intake takes what gateways send.
type Intake interface {
	// Handle takes one message of gateway g, whose certificate was checked. It
	// returns nil when the message is durable or refused for good, and is then
	// acknowledged. An error says that nothing was stored and that sending it
	// again helps: the message is not acknowledged and the connection ends.
	Handle(ctx context.Context, g batch.ID, message []byte) error
	// Disconnected tells that the session of g ended; what is sent to it until
	// its next Hello is lost.
	Disconnected(g batch.ID)
}

// ErrOffline says that a gateway has no session that listens.
var ErrOffline = errors.New("gateway is not connected")

// Defaults of [Config].
const (
	DefaultConnections = 4096
	MaxKeepAlive       = 300 * time.Second // of silence; 1.5 times that ends a connection
	handshakeTime      = 10 * time.Second  // from TCP accept to the end of TLS
	connectTime        = 10 * time.Second  // from there to MQTT CONNECT
	handshakes         = 128               // in TLS at the same time
	pendingWrites      = 512               // messages on the way to one client
	packetOverhead     = 64                // MQTT's own bytes around a message, topic included
)

// Reconnecting more often than this, over a minute, a gateway is told to wait.
const (
	connectEvery = 2 * time.Second
	connectBurst = 8
)

// Config says what a broker needs.
type Config struct {
	Listener net.Listener // plain TCP; TLS is done here
	TLS      *tls.Config  // must require and verify client certificates
	Intake   Intake
	// Admit says whether a gateway may have a session; nil: enrolled and not
	// revoked. One refused with access.ErrPending is told to come back (CONNACK 3),
	// any other that it may not come (CONNACK 5).
	Admit       func(g batch.ID) error
	Connections int // at once; 0: DefaultConnections
	// Readers says which accounts read live values; nil: nobody does.
	Readers Readers
	Log     *slog.Logger
	Metrics *Metrics // nil: not counted
}

// Broker is a running broker. It is safe for concurrent use.
type Broker struct {
	cfg    Config
	srv    *mqtt.Server
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	serial   uint64
	sessions map[batch.ID]*session
	readers  map[string]*reader // by the name of the connection
	pace     map[batch.ID]*rate.Limiter
	every    rate.Limit // connections of one gateway, lasting
}

// session is the one connection of a gateway.
type session struct {
	client  *mqtt.Client
	listens bool // subscribed to its own topic
	since   time.Time
}

// Start serves on the listener until [Broker.Close], which also closes it.
func Start(cfg Config) (*Broker, error) {
	if cfg.TLS == nil || cfg.TLS.ClientAuth != tls.RequireAndVerifyClientCert {
		return nil, errors.New("broker: the TLS configuration does not require client certificates")
	}
	if cfg.Connections == 0 {
		cfg.Connections = DefaultConnections
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(cfg.Connections)
	caps.MaximumPacketSize = wire.MaxUp + packetOverhead
	caps.MaximumClientWritesPending = pendingWrites
	caps.MaximumInflight = pendingWrites
	caps.MaximumSessionExpiryInterval = 1
	caps.MinimumProtocolVersion = 4
	caps.RetainAvailable, caps.SharedSubAvailable = 0, 0
	caps.TopicAliasMaximum = 0
	b := &Broker{
		cfg: cfg,
		// The library's own log would print payloads; the hook logs what matters.
		srv: mqtt.New(&mqtt.Options{Capabilities: caps, InlineClient: true, SysTopicResendInterval: 3600,
			ClientNetReadBufferSize: 4 << 10, Logger: slog.New(slog.DiscardHandler)}),
		sessions: map[batch.ID]*session{},
		readers:  map[string]*reader{},
		pace:     map[batch.ID]*rate.Limiter{},
		every:    rate.Every(connectEvery),
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	if err := b.srv.AddHook(&hook{b: b}, nil); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	if err := b.srv.AddListener(newListener(cfg)); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	if err := b.srv.Serve(); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	return b, nil
}

// Addr is where the broker listens.
func (b *Broker) Addr() net.Addr { return b.cfg.Listener.Addr() }

// Send hands a message to the gateway's connection. It does not wait for the
// gateway and keeps nothing for later: [ErrOffline] means that it was not sent.
// A gateway too slow to take its messages is disconnected, so that its next
// Hello asks for what it lacks.
func (b *Broker) Send(g batch.ID, message []byte) error {
	if len(message) > wire.MaxDown {
		return fmt.Errorf("message to gateway %s: %d bytes are above the limit of %d", g, len(message), wire.MaxDown)
	}
	b.mu.Lock()
	s := b.sessions[g]
	ok := s != nil && s.listens && !s.client.Closed()
	b.mu.Unlock()
	if !ok {
		return fmt.Errorf("message to gateway %s: %w", g, ErrOffline)
	}
	if err := b.srv.Publish(wire.DownTopic(g), message, false, 0); err != nil {
		return fmt.Errorf("message to gateway %s: %w", g, err)
	}
	if s.client.Closed() {
		return fmt.Errorf("message to gateway %s: %w", g, ErrOffline)
	}
	b.cfg.Metrics.down.Inc()
	return nil
}

// Disconnect ends the connection of a gateway at once, such as after its revocation.
func (b *Broker) Disconnect(g batch.ID, why error) {
	b.mu.Lock()
	s := b.sessions[g]
	b.mu.Unlock()
	if s != nil {
		s.client.Stop(why)
	}
}

// Connected lists the gateways that have a session, with its beginning.
func (b *Broker) Connected() map[batch.ID]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make(map[batch.ID]time.Time, len(b.sessions))
	for g, s := range b.sessions {
		out[g] = s.since
	}
	return out
}

// Close stops accepting, ends every connection and waits for the messages in
// hand; those that take longer than grace are cancelled.
func (b *Broker) Close(grace time.Duration) error {
	t := time.AfterFunc(grace, b.cancel)
	defer t.Stop()
	defer b.cancel()
	if err := b.srv.Close(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	return nil
}

// register makes cl the gateway's session; an older one is stopped, for it is
// more often a dead line than a second gateway. Which it was shows in the
// headers: two speakers make two boots.
func (b *Broker) register(g batch.ID, cl *mqtt.Client) {
	b.mu.Lock()
	old := b.sessions[g]
	b.sessions[g] = &session{client: cl, since: time.Now()}
	b.cfg.Metrics.sessions.Set(float64(len(b.sessions)))
	b.mu.Unlock()
	if old != nil {
		b.cfg.Metrics.takeovers.Inc()
		b.cfg.Log.Warn("gateway connected again while connected; the older connection is closed",
			"gateway", g, "old", old.client.Net.Remote, "new", cl.Net.Remote)
		old.client.Stop(errors.New("the gateway connected again"))
	}
}

// unregister reports whether cl was the gateway's session.
func (b *Broker) unregister(g batch.ID, cl *mqtt.Client) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[g]
	if s == nil || s.client != cl {
		return false
	}
	delete(b.sessions, g)
	b.cfg.Metrics.sessions.Set(float64(len(b.sessions)))
	return true
}

// tooOften reports whether a gateway reconnects faster than it may.
func (b *Broker) tooOften(g batch.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.pace[g]
	if l == nil {
		l = rate.NewLimiter(b.every, connectBurst)
		b.pace[g] = l
	}
	return !l.Allow()
}

// clientID names one connection inside the library. It is unique, so that the
// library's own take-over by id, which can drop the newer connection's
// subscription, never happens.
func (b *Broker) clientID(g batch.ID) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serial++
	return fmt.Sprintf("%s#%d", g, b.serial)
}

// gatewayOf is the inverse of clientID.
func gatewayOf(cl *mqtt.Client) (batch.ID, error) {
	id, _, ok := strings.Cut(cl.ID, "#")
	if !ok {
		return batch.ID{}, fmt.Errorf("client %q has no gateway", cl.ID)
	}
	return batch.ParseID(id)
}
