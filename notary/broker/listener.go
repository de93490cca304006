package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// listener does what the library's own leaves out: TLS under a deadline before
// the library sees a connection, a bound on handshakes at once, a deadline for
// the first packet, and a connection's panic ending that connection only.
type listener struct {
	tcp  net.Listener
	tls  *tls.Config
	log  *slog.Logger
	m    *Metrics
	slot chan struct{}
	done atomic.Bool
}

func newListener(cfg Config) *listener {
	return &listener{tcp: cfg.Listener, tls: cfg.TLS, log: cfg.Log, m: cfg.Metrics, slot: make(chan struct{}, handshakes)}
}

func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return "gateways" }
func (l *listener) Address() string         { return l.tcp.Addr().String() }
func (l *listener) Protocol() string        { return "tls" }

func (l *listener) Serve(establish listeners.EstablishFn) {
	var pause time.Duration
	for {
		c, err := l.tcp.Accept()
		if err != nil {
			if l.done.Load() || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors, most likely: it passes.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			l.log.Error("accept", "error", err, "retry_in", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		l.slot <- struct{}{}
		go l.serve(c, establish)
	}
}

func (l *listener) serve(c net.Conn, establish listeners.EstablishFn) {
	defer func() {
		if r := recover(); r != nil {
			l.m.refused("panic")
			l.log.Error("connection ended by a fault in the broker", "remote", c.RemoteAddr(), "panic", r, "stack", string(debug.Stack()))
			c.Close()
		}
	}()
	t := tls.Server(c, l.tls)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	err := t.HandshakeContext(ctx)
	cancel()
	<-l.slot
	if err != nil {
		l.m.refused("tls")
		l.log.Debug("TLS handshake", "remote", c.RemoteAddr(), "error", err)
		c.Close()
		return
	}
	t.SetDeadline(time.Now().Add(connectTime))
	if l.done.Load() {
		t.Close()
		return
	}
	if err := establish(l.ID(), t); err != nil {
		l.log.Debug("connection ended", "remote", c.RemoteAddr(), "error", err)
	}
}

func (l *listener) Close(closeClients listeners.CloseFn) {
	if l.done.CompareAndSwap(false, true) {
		l.tcp.Close()
		closeClients(l.ID())
	}
}
