package fleet

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/evidence/wire"
)

// Session is one connection of a gateway.
type Session struct {
	g      *Gateway
	client mqtt.Client
	inbox  chan []byte
	closed chan struct{}

	proved  atomic.Int64
	refused atomic.Int64
	down    atomic.Int64 // bytes of messages received
	fault   atomic.Pointer[error]
}

// patience is how long one answer of the broker may take.
const patience = 30 * time.Second

// Connect opens a session and says hello.
func (g *Gateway) Connect() (*Session, error) {
	s := &Session{g: g, inbox: make(chan []byte, 1024), closed: make(chan struct{})}
	go s.read()
	opts := mqtt.NewClientOptions().
		AddBroker("ssl://" + g.Broker).
		SetClientID(g.ID.String()).
		SetTLSConfig(g.tls).
		SetCleanSession(true).
		SetAutoReconnect(false).
		SetOrderMatters(true).
		SetKeepAlive(time.Minute).
		SetProtocolVersion(4).
		SetConnectTimeout(patience)
	s.client = mqtt.NewClient(opts)
	if err := settle(s.client.Connect()); err != nil {
		close(s.closed)
		return nil, fmt.Errorf("gateway %s: connect to %s: %w", g.ID, g.Broker, err)
	}
	if err := settle(s.client.Subscribe(wire.DownTopic(g.ID), 1, s.heard)); err != nil {
		s.Close()
		return nil, fmt.Errorf("gateway %s: subscribe: %w", g.ID, err)
	}
	g.mu.Lock()
	hello := wire.EncodeUp(&wire.Hello{Software: software, Note: g.note})
	g.mu.Unlock()
	return s, s.Publish(hello)
}

func settle(t mqtt.Token) error {
	if !t.WaitTimeout(patience) {
		return errors.New("no answer within " + patience.String())
	}
	return t.Error()
}

// heard takes a message off the client's hands: receipts follow one another, so
// they are verified in their order, but not while the connection waits.
func (s *Session) heard(_ mqtt.Client, m mqtt.Message) {
	select {
	case s.inbox <- m.Payload():
	case <-s.closed:
	}
}

func (s *Session) read() {
	for {
		select {
		case raw := <-s.inbox:
			s.down.Add(int64(len(raw)))
			if err := s.take(raw); err != nil {
				err = fmt.Errorf("gateway %s: %w", s.g.ID, err)
				s.fault.CompareAndSwap(nil, &err)
			}
		case <-s.closed:
			return
		}
	}
}

func (s *Session) take(raw []byte) error {
	msg, err := wire.ParseDown(raw)
	if err != nil {
		return err
	}
	switch msg := msg.(type) {
	case *wire.Receipt:
		n, err := s.g.receive(msg)
		s.proved.Add(int64(n))
		return err
	case *wire.Refusal:
		s.refused.Add(1)
		return fmt.Errorf("refused as %s: %s", msg.Class, msg.Reason)
	}
	return nil
}

// Publish sends one message and waits for its PUBACK.
func (s *Session) Publish(message []byte) error { return s.Start(message)() }

// Start sends one message; the function it returns waits for the PUBACK.
func (s *Session) Start(message []byte) (wait func() error) {
	t := s.client.Publish(wire.UpTopic(s.g.ID), 1, false, message)
	return func() error {
		if err := settle(t); err != nil {
			return fmt.Errorf("gateway %s: publish: %w", s.g.ID, err)
		}
		if !s.client.IsConnectionOpen() {
			// A cut line can complete a token without an error.
			return fmt.Errorf("gateway %s: publish: connection lost", s.g.ID)
		}
		return nil
	}
}

// Proved is the number of batches that verified receipts have proved.
func (s *Session) Proved() int { return int(s.proved.Load()) }

// Received is the number of bytes of messages that came down.
func (s *Session) Received() int { return int(s.down.Load()) }

// Err is the first refusal or the first receipt that did not verify.
func (s *Session) Err() error {
	if e := s.fault.Load(); e != nil {
		return *e
	}
	return nil
}

// Refused is the number of messages that the notary refused for good.
func (s *Session) Refused() int { return int(s.refused.Load()) }

// Close ends the session; it is called once.
func (s *Session) Close() {
	s.client.Disconnect(250)
	close(s.closed)
}
