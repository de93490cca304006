package api

import (
	"net"
	"sync"

	"fieldseal/notary/accounts"
)

// Connections at once. Each takes a descriptor that the store and the gateways
// need too, and may be silent for its ten seconds before the first request.
const (
	maxConns   = maxStreams + 256 // of all
	maxAddress = 32               // of one address, but for this machine's own
)

// bounded is a listener that closes connections above its bounds at once, so
// that whoever holds many open takes no place from other addresses.
type bounded struct {
	net.Listener
	all, each int

	mu    sync.Mutex
	total int
	by    map[string]int
}

// Bound bounds a listener that others can reach. It goes below TLS, so that a
// handshake counts.
func Bound(l net.Listener) net.Listener { return bound(l, maxConns, maxAddress) }

func bound(l net.Listener, all, each int) *bounded {
	return &bounded{Listener: l, all: all, each: each, by: map[string]int{}}
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host := address(c.RemoteAddr())
		if b.take(host) {
			return &counted{Conn: c, done: func() { b.release(host) }}, nil
		}
		c.Close()
	}
}

// address is the host of an address that counts; empty for this machine's own.
func address(a net.Addr) string {
	if a == nil || isLoopback(a.String()) {
		return ""
	}
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return "" // a socket in the file system
	}
	return accounts.Block(host)
}

func (b *bounded) take(host string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.total >= b.all || host != "" && b.by[host] >= b.each {
		return false
	}
	b.total++
	b.by[host]++
	return true
}

func (b *bounded) release(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total--
	if b.by[host]--; b.by[host] == 0 {
		delete(b.by, host)
	}
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *counted) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}
