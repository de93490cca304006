package embedded

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"fieldseal/drivers/mqtt/link"
)

// Limits of a server.
const (
	DefaultClients = 256              // connected at once
	MaxIdle        = 20 * time.Minute // of silence, or 1.5 times the client's keep-alive
	// MaxPacket is the longest packet that is read; a longer one ends its client.
	MaxPacket = 64 << 10
	// KeepWithin is how long a message may take to become durable. After it the
	// client is dropped without an acknowledgement, so that it sends again.
	KeepWithin     = 15 * time.Second
	connectTime    = 10 * time.Second // for TLS and CONNECT; and for each write
	failedLogEvery = time.Minute
	maxID          = 256 // bytes of a client id
	maxOpen        = 64  // messages of a client at QoS 2 that are not released
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
	Anonymous bool          // clients that give no name and no password are let in as well
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

// admits compares name and password, in the same time for right and wrong ones.
func (s *Server) admits(k connect) bool {
	if !k.named && s.cfg.Anonymous {
		return true
	}
	want, known := s.users[k.user]
	got := sha256.Sum256([]byte(k.password))
	same := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	return known && same
}

// run is a server while it serves.
type run struct {
	s    *Server
	take link.Take

	mu      sync.Mutex
	clients map[string]net.Conn  // by user and client id
	logged  map[string]time.Time // refusals by remote host
}

// Run implements link.Server.
func (s *Server) Run(ctx context.Context, take link.Take) error {
	ln, err := s.cfg.Listen()
	if err != nil {
		return fmt.Errorf("embedded MQTT server: %w", err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	defer ln.Close()
	s.cfg.Log.Info("listening to sensors as an MQTT server", "address", ln.Addr().String(), "tls", s.cfg.TLS != nil, "anonymous", s.cfg.Anonymous)
	r := &run{s: s, take: take, clients: map[string]net.Conn{}, logged: map[string]time.Time{}}
	room := make(chan struct{}, s.cfg.Clients)
	for {
		conn, err := ln.Accept()
		if err != nil {
			return fmt.Errorf("embedded MQTT server: listen at %v: %w", ln.Addr(), err)
		}
		select {
		case room <- struct{}{}:
		default:
			s.cfg.Log.Warn("an MQTT client was turned away: too many are connected", "remote", conn.RemoteAddr().String(), "most", s.cfg.Clients)
			conn.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-room }()
			r.serve(ctx, conn)
		})
	}
}

// serve runs one connection; a fault in it ends it alone.
func (r *run) serve(ctx context.Context, conn net.Conn) {
	remote := conn.RemoteAddr().String()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer func() {
		if p := recover(); p != nil {
			r.s.cfg.Log.Error("an MQTT client's connection was ended by a fault in the server", "remote", remote, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c := &client{run: r, conn: conn}
	err := c.serve(ctx)
	r.s.cfg.Log.Debug("an MQTT client's connection ended", "remote", remote, "reason", err)
}

// hand hands a publication on unless the server stops.
func (r *run) hand(ctx context.Context, p link.Publication, kept func()) {
	if ctx.Err() == nil {
		r.take(p, kept)
	}
}

// enter gives a client its place. An older connection of its name and id ends: it
// is more often a dead line than a second sensor (MQTT-3.1.4-2).
func (r *run) enter(k connect, conn net.Conn) (leave func()) {
	if k.id == "" {
		return func() {}
	}
	key := k.user + "\x00" + k.id
	r.mu.Lock()
	old := r.clients[key]
	r.clients[key] = conn
	r.mu.Unlock()
	if old != nil {
		r.s.cfg.Log.Info("an MQTT client connected again; its older connection is closed", "client", k.id, "old", old.RemoteAddr().String(), "new", conn.RemoteAddr().String())
		old.Close()
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.clients[key] == conn {
			delete(r.clients, key)
		}
	}
}

// refused logs refusals of one host once a minute.
func (r *run) refused(conn net.Conn, k connect) {
	host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.logged) > 256 {
		clear(r.logged)
	}
	if time.Since(r.logged[host]) < failedLogEvery {
		return
	}
	r.logged[host] = time.Now()
	r.s.cfg.Log.Warn("an MQTT client was refused", "remote", host, "client", k.id, "user", k.user, "remedy", "set the user and password of the site file in the sensor")
}
