package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fieldseal/drivers/mqtt/link"
)

// Limits of a server.
const (
	DefaultClients = 256              // connected at once
	MaxKeepAlive   = 15 * time.Minute // of silence; 1.5 times that ends a connection
	// KeepWithin is how long a message may take to become durable. After it the
	// client is dropped without an acknowledgement, so that it sends again.
	KeepWithin     = 15 * time.Second
	handshakeTime  = 10 * time.Second // from TCP accept to the end of TLS
	connectTime    = 10 * time.Second // from there to MQTT CONNECT
	pendingWrites  = 16
	failedLogEvery = time.Minute
)

// User may connect.
type User struct {
	Name, Password string
}

// Config says what a server needs.
type Config struct {
	Listen    func() (net.Listener, error) // plain TCP; TLS is done here
	TLS       *tls.Config                  // nil: none
	Users     []User
	Anonymous bool          // clients without a name are let in as well
	Clients   int           // at once; 0: DefaultClients
	Within    time.Duration // 0: KeepWithin
	Log       *slog.Logger
}

// Server implements link.Server.
type Server struct {
	cfg   Config
	users map[string][32]byte // digests of passwords by name
}

var _ link.Server = (*Server)(nil)

// New prepares a server.
func New(cfg Config) (*Server, error) {
	if len(cfg.Users) == 0 && !cfg.Anonymous {
		return nil, errors.New("embedded MQTT server: nobody may connect; name users, or allow anonymous clients")
	}
	if cfg.Clients == 0 {
		cfg.Clients = DefaultClients
	}
	if cfg.Within == 0 {
		cfg.Within = KeepWithin
	}
	s := &Server{cfg: cfg, users: map[string][32]byte{}}
	for _, u := range cfg.Users {
		if _, twice := s.users[u.Name]; twice || u.Name == "" || u.Password == "" {
			return nil, fmt.Errorf("embedded MQTT server: user %q is named twice or has no name or password", u.Name)
		}
		s.users[u.Name] = sha256.Sum256([]byte(u.Password))
	}
	return s, nil
}

// Run implements link.Server.
func (s *Server) Run(ctx context.Context, take link.Take) error {
	tcp, err := s.cfg.Listen()
	if err != nil {
		return fmt.Errorf("embedded MQTT server: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	caps := mochi.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(s.cfg.Clients)
	caps.MaximumPacketSize = link.MaxPacket
	caps.MaximumClientWritesPending, caps.MaximumInflight = pendingWrites, pendingWrites
	caps.ReceiveMaximum = pendingWrites
	caps.MaximumSessionExpiryInterval = 1
	// Wills and messages that ask to be retained are taken, for many sensors send
	// such; the hook sees to it that none is.
	caps.SharedSubAvailable, caps.TopicAliasMaximum = 0, 0
	// The library's own log would print payloads; the hook logs what matters.
	srv := mochi.New(&mochi.Options{Capabilities: caps, SysTopicResendInterval: 3600, ClientNetReadBufferSize: 2 << 10,
		ClientNetWriteBufferSize: 2 << 10, Logger: slog.New(slog.DiscardHandler)})
	h := &hook{s: s, ctx: ctx, take: take}
	if err := srv.AddHook(h, nil); err != nil {
		tcp.Close()
		return fmt.Errorf("embedded MQTT server: %w", err)
	}
	ln := newListener(s.cfg, tcp)
	if err := srv.AddListener(ln); err != nil {
		tcp.Close()
		return fmt.Errorf("embedded MQTT server: %w", err)
	}
	if err := srv.Serve(); err != nil {
		tcp.Close()
		return fmt.Errorf("embedded MQTT server: %w", err)
	}
	s.cfg.Log.Info("listening to sensors as an MQTT server", "address", tcp.Addr().String(), "tls", s.cfg.TLS != nil, "anonymous", s.cfg.Anonymous)
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-ln.failed:
	}
	stop() // lets go of clients whose message waits to be kept
	err = errors.Join(err, srv.Close())
	h.busy.Lock() // waits for what is being taken; nothing more is
	defer h.busy.Unlock()
	return err
}

// hook holds every rule of the server. The library calls it from each
// connection's own goroutine.
type hook struct {
	mochi.HookBase
	s    *Server
	ctx  context.Context
	take link.Take
	busy sync.RWMutex // read-locked while something is taken

	mu     sync.Mutex
	logged map[string]time.Time // refusals by remote host
}

func (h *hook) ID() string { return "fieldseal" }

func (h *hook) Provides(b byte) bool {
	switch b {
	case mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPublish, mochi.OnWill, mochi.OnWillSent:
		return true
	}
	return false
}

// OnConnect bounds what a client may ask for itself.
func (h *hook) OnConnect(cl *mochi.Client, _ packets.Packet) error {
	// No session outlives its connection, whatever the client asks: what was not
	// acknowledged it sends again.
	cl.Properties.Clean = true
	if limit := uint16(MaxKeepAlive / time.Second); cl.State.Keepalive == 0 || cl.State.Keepalive > limit {
		cl.State.Keepalive = limit
	}
	return nil
}

// OnConnectAuthenticate compares name and password, in the same time for right
// and wrong ones.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	name := string(pk.Connect.Username)
	if name == "" && len(pk.Connect.Password) == 0 && h.s.cfg.Anonymous {
		return true
	}
	want, known := h.s.users[name]
	got := sha256.Sum256(pk.Connect.Password)
	if same := subtle.ConstantTimeCompare(want[:], got[:]) == 1; known && same {
		return true
	}
	h.refused(cl, name)
	return false
}

// refused logs refusals of one host once a minute.
func (h *hook) refused(cl *mochi.Client, name string) {
	host, _, _ := net.SplitHostPort(cl.Net.Remote)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.logged == nil || len(h.logged) > 256 {
		h.logged = map[string]time.Time{}
	}
	if time.Since(h.logged[host]) < failedLogEvery {
		return
	}
	h.logged[host] = time.Now()
	h.s.cfg.Log.Warn("an MQTT client was refused", "remote", cl.Net.Remote, "client", cl.ID, "user", name, "remedy", "set the user and password of the site file in the sensor")
}

// OnACLCheck lets every client publish and none listen.
func (h *hook) OnACLCheck(_ *mochi.Client, _ string, write bool) bool { return write }

// OnPublish runs before the library acknowledges. The error that a nil result
// turns into means: acknowledge, retain nothing, and pass it to nobody.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	p := link.Publication{Topic: pk.TopicName, Payload: bytes.Clone(pk.Payload), Duplicate: pk.FixedHeader.Dup}
	if pk.FixedHeader.Qos == 0 {
		h.hand(p, nil)
		return pk, packets.CodeSuccessIgnore
	}
	kept := make(chan struct{})
	h.hand(p, sync.OnceFunc(func() { close(kept) }))
	limit := time.NewTimer(h.s.cfg.Within)
	defer limit.Stop()
	select {
	case <-kept:
		return pk, packets.CodeSuccessIgnore
	case <-h.ctx.Done():
	case <-limit.C:
		h.s.cfg.Log.Warn("a message was not durable in time; its client is dropped and will send it again", "client", cl.ID, "remote", cl.Net.Remote, "topic", pk.TopicName)
	}
	// A rejected packet gets no PUBACK, but a 3.1.1 client would wait for it until
	// its own timeout: ending the connection tells it at once.
	cl.Stop(errors.New("the message is not durable"))
	return pk, packets.ErrRejectPacket
}

// OnWill keeps wills from being retained.
func (h *hook) OnWill(_ *mochi.Client, w mochi.Will) (mochi.Will, error) {
	w.Retain = false
	return w, nil
}

// OnWillSent takes the will of a client whose connection broke, such as a
// Sparkplug node's death certificate.
func (h *hook) OnWillSent(_ *mochi.Client, pk packets.Packet) {
	h.hand(link.Publication{Topic: pk.TopicName, Payload: bytes.Clone(pk.Payload)}, nil)
}

// hand hands a publication on unless the server stops.
func (h *hook) hand(p link.Publication, kept func()) {
	h.busy.RLock()
	defer h.busy.RUnlock()
	if h.ctx.Err() == nil {
		h.take(p, kept)
	}
}
