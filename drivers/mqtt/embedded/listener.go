package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// handshakes is how many clients may be in TLS at the same time.
const handshakes = 16

// listener does what the library's own leaves out: TLS under a deadline before
// the library sees a connection, a deadline for the first packet, a failure that
// is told, and a connection's panic ending that connection only.
type listener struct {
	cfg    Config
	tcp    net.Listener
	slot   chan struct{}
	failed chan error
	done   atomic.Bool
}

func newListener(cfg Config, tcp net.Listener) *listener {
	return &listener{cfg: cfg, tcp: tcp, slot: make(chan struct{}, handshakes), failed: make(chan error, 1)}
}

func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return "sensors" }
func (l *listener) Address() string         { return l.tcp.Addr().String() }
func (l *listener) Protocol() string        { return "tcp" }

func (l *listener) Serve(establish listeners.EstablishFn) {
	for {
		c, err := l.tcp.Accept()
		if err != nil {
			if !l.done.Load() {
				l.failed <- fmt.Errorf("embedded MQTT server: listen at %v: %w", l.tcp.Addr(), err)
			}
			return
		}
		l.slot <- struct{}{}
		go l.serve(c, establish)
	}
}

func (l *listener) serve(c net.Conn, establish listeners.EstablishFn) {
	defer func() {
		if r := recover(); r != nil {
			l.cfg.Log.Error("an MQTT client's connection was ended by a fault in the server", "remote", c.RemoteAddr().String(), "panic", r, "stack", string(debug.Stack()))
			c.Close()
		}
	}()
	c, err := l.secure(c)
	<-l.slot
	if err == nil && l.done.Load() {
		err = errors.New("the server stops")
	}
	if err == nil {
		err = c.SetDeadline(time.Now().Add(connectTime))
	}
	if err != nil {
		l.cfg.Log.Debug("an MQTT client did not connect", "remote", c.RemoteAddr().String(), "error", err)
		c.Close()
		return
	}
	if err := establish(l.ID(), c); err != nil {
		l.cfg.Log.Debug("an MQTT client's connection ended", "remote", c.RemoteAddr().String(), "error", err)
	}
}

func (l *listener) secure(c net.Conn) (net.Conn, error) {
	if l.cfg.TLS == nil {
		return c, nil
	}
	t := tls.Server(c, l.cfg.TLS)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	return t, t.HandshakeContext(ctx)
}

func (l *listener) Close(closeClients listeners.CloseFn) {
	if l.done.CompareAndSwap(false, true) {
		l.tcp.Close()
		closeClients(l.ID())
	}
}
