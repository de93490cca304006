package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
)

// patience is how long one step with the broker may take.
const patience = 30 * time.Second

// MQTT dials a broker at host:port: MQTT 3.1.1 over TLS, client identity is the
// gateway's id, a clean session and a new client each time. The library's own
// queues and reconnects are off, for neither survives a power cut.
func MQTT(broker string, gateway batch.ID, tlsConfig *tls.Config) Dial {
	return func(ctx context.Context, down func([]byte)) (Link, error) {
		l := &mqttLink{topic: wire.UpTopic(gateway), done: make(chan struct{})}
		l.client = mqtt.NewClient(mqtt.NewClientOptions().
			AddBroker("ssl://" + broker).
			SetClientID(gateway.String()).
			SetProtocolVersion(4).
			SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
			SetOrderMatters(false).
			SetTLSConfig(tlsConfig.Clone()).
			SetConnectTimeout(patience).SetWriteTimeout(patience).
			SetKeepAlive(30 * time.Second).SetPingTimeout(10 * time.Second).
			SetConnectionLostHandler(func(mqtt.Client, error) { l.lost() }))
		fail := func(what string, err error) (Link, error) {
			l.Close()
			return nil, fmt.Errorf("broker %s: %s: %w", broker, what, err)
		}
		if err := wait(ctx, l.client.Connect()); err != nil {
			return fail("connect", err)
		}
		t := l.client.Subscribe(wire.DownTopic(gateway), 1, func(_ mqtt.Client, m mqtt.Message) {
			if len(m.Payload()) <= wire.MaxDown {
				down(m.Payload())
			}
		})
		if err := wait(ctx, t); err != nil {
			return fail("subscribe", err)
		}
		if code, ok := t.(*mqtt.SubscribeToken); ok {
			for topic, q := range code.Result() {
				if q > 1 {
					return fail("subscribe", fmt.Errorf("%s was refused", topic))
				}
			}
		}
		return l, nil
	}
}

func wait(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return errors.New("no answer in time")
	}
}

type mqttLink struct {
	client mqtt.Client
	topic  string
	once   sync.Once
	done   chan struct{}
}

func (l *mqttLink) lost() { l.once.Do(func() { close(l.done) }) }

// Publish implements Link. A token that completes without error after the line
// was cut is no acknowledgement, so a lost line is looked for as well.
func (l *mqttLink) Publish(m []byte) error {
	t := l.client.Publish(l.topic, 1, false, m)
	if !t.WaitTimeout(patience) {
		return fmt.Errorf("publish: no acknowledgement within %v", patience)
	}
	if err := t.Error(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	select {
	case <-l.done:
		return errors.New("publish: the connection was lost")
	default:
		return nil
	}
}

func (l *mqttLink) Done() <-chan struct{} { return l.done }

func (l *mqttLink) Close() {
	l.client.Disconnect(250)
	l.lost()
}
