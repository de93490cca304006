package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

// Limits of a connection to a broker.
const (
	// MaxPacket is the longest packet that is read at all; a longer one ends the
	// connection before it takes memory.
	MaxPacket = 256 << 10
	// waiting is how many messages may wait for the disk.
	waiting = 1024
	// patience is how long one step with the broker may take.
	patience = 30 * time.Second
	alive    = 30 * time.Second
)

// Broker is a broker that the site has already. Its acknowledgement to a sensor
// promises nothing of ours: it keeps messages in memory, or not at all.
type Broker struct {
	Address        string      // host:port
	TLS            *tls.Config // nil: none
	User, Password string
	ClientID       string // one for each gateway; a second client of one id ends the first
}

// session is one connection to the broker, from its beginning to its end. The
// library's own queues and reconnects are off: a new client each time.
func (l *Link) session(ctx context.Context, out source.Sink, take Take) error {
	b := l.cfg.Broker
	gone := make(chan error, 1)
	queue := make(chan Publication, waiting)
	var lost atomic.Uint64
	c := paho.NewClient(paho.NewClientOptions().
		AddBroker("tcp://" + b.Address). // which the function below does in truth
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return b.dial(ctx) }).
		SetClientID(b.ClientID).SetUsername(b.User).SetPassword(b.Password).
		SetProtocolVersion(4).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectTimeout(patience).SetWriteTimeout(patience).
		SetKeepAlive(alive).SetPingTimeout(patience / 3).
		// In order, which is safe as the handler never blocks.
		SetOrderMatters(true).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
			select {
			case queue <- Publication{m.Topic(), m.Payload(), m.Retained(), m.Duplicate()}:
			default:
				lost.Add(1)
			}
		}).
		SetConnectionLostHandler(func(_ paho.Client, err error) { gone <- err }))
	var worker sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer worker.Wait()
	defer stop()
	worker.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case p := <-queue:
				l.behind(lost.Swap(0))
				take(p, nil)
			}
		}
	})
	defer c.Disconnect(100)
	if err := wait(ctx, c.Connect()); err != nil {
		return fmt.Errorf("broker %s: connect: %w", b.Address, err)
	}
	if err := l.subscribe(ctx, c, out); err != nil {
		return fmt.Errorf("broker %s: %w", b.Address, err)
	}
	l.cfg.Log.Info("listening to sensors through a broker", "broker", b.Address, "topics", len(l.filters))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-gone:
		return fmt.Errorf("broker %s: the connection was lost: %w", b.Address, err)
	}
}

// subscribe asks for every topic at QoS 1. A topic that the broker refuses silences
// its devices and no others.
func (l *Link) subscribe(ctx context.Context, c paho.Client, out source.Sink) error {
	for _, f := range l.Filters() {
		t := c.Subscribe(f, 1, nil)
		if err := wait(ctx, t); err != nil && !refused(t, f) {
			return fmt.Errorf("subscribe to %s: %w", f, err)
		}
		if refused(t, f) {
			err := fmt.Errorf("the broker refuses topic %s to user %q; give it the right to read", f, l.cfg.Broker.User)
			l.cfg.Log.Error("a topic cannot be heard", "broker", l.cfg.Broker.Address, "error", err)
			for _, x := range l.filters[f] {
				out.Down(x.ID, record.CauseBus, err)
			}
		}
	}
	return nil
}

func refused(t paho.Token, filter string) bool {
	s, ok := t.(*paho.SubscribeToken)
	return ok && s.Result()[filter] > 2
}

// behind tells every device that messages were lost because the disk was slower
// than the sensors; whose they were is not known.
func (l *Link) behind(lost uint64) {
	if lost == 0 {
		return
	}
	note := fmt.Sprintf("%d messages of the broker came faster than they could be sealed and are lost", lost)
	l.cfg.Log.Error("messages were lost", "count", lost)
	e := record.Event{Type: record.EventDeviation, Note: note}
	for _, x := range l.stations {
		x.lock.Lock()
		x.later(e)
		x.lock.Unlock()
	}
}

func wait(ctx context.Context, t paho.Token) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return errors.New("no answer in time")
	}
}

func (b *Broker) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	c, err := d.DialContext(ctx, "tcp", b.Address)
	if err != nil {
		return nil, err
	}
	if b.TLS != nil {
		cfg := b.TLS.Clone()
		if host, _, err := net.SplitHostPort(b.Address); err == nil && cfg.ServerName == "" {
			cfg.ServerName = host
		}
		t := tls.Client(c, cfg)
		ctx, stop := context.WithTimeout(ctx, patience)
		defer stop()
		if err := t.HandshakeContext(ctx); err != nil {
			c.Close()
			return nil, err
		}
		c = t
	}
	return &bounded{Conn: c}, nil
}

// bounded reads along in the packets' headers and ends a connection that announces
// a longer packet than MaxPacket: the library would make room for up to 256 MB
// (MQTT 3.1.1, 2.2).
type bounded struct {
	net.Conn
	left   int  // bytes of the packet's body still to come
	inside bool // the first byte of a header was read
	length int
	shift  int
}

func (c *bounded) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for p := b[:n]; len(p) > 0; {
		switch {
		case c.left > 0:
			skip := min(c.left, len(p))
			c.left, p = c.left-skip, p[skip:]
			continue
		case !c.inside:
			c.inside, c.length, c.shift = true, 0, 0
		default:
			c.length |= int(p[0]&0x7F) << c.shift
			c.shift += 7
			if c.length > MaxPacket || c.shift > 28 {
				return 0, fmt.Errorf("the broker sends a packet of at least %d bytes; the limit is %d", c.length, MaxPacket)
			}
			if p[0] < 0x80 {
				c.inside, c.left = false, c.length
			}
		}
		p = p[1:]
	}
	return n, err
}
