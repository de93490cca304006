package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
)

// hook holds every rule of the broker. The library calls it from each
// connection's own goroutine.
type hook struct {
	mqtt.HookBase
	b *Broker
}

func (h *hook) ID() string { return "fieldseal" }

func (h *hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablished, mqtt.OnDisconnect, mqtt.OnPacketRead,
		mqtt.OnACLCheck, mqtt.OnSubscribe, mqtt.OnSubscribed, mqtt.OnUnsubscribed, mqtt.OnPublish, mqtt.OnPublishDropped:
		return true
	}
	return false
}

// OnConnect admits a gateway or answers with the code that says why not.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	code, err := h.admit(cl, pk)
	if err == nil {
		return nil
	}
	h.b.cfg.Metrics.refused("connect")
	h.b.cfg.Log.Warn("connection refused", "remote", cl.Net.Remote, "error", err)
	if e := h.b.srv.SendConnack(cl, code, false, nil); e != nil {
		return errors.Join(err, e)
	}
	return err
}

func (h *hook) admit(cl *mqtt.Client, pk packets.Packet) (packets.Code, error) {
	conn, ok := cl.Net.Conn.(*tls.Conn)
	if !ok {
		return packets.ErrBadUsernameOrPassword, fmt.Errorf("a %T is not TLS", cl.Net.Conn)
	}
	if _, _, err := access.Account(conn.ConnectionState()); err == nil {
		return h.admitReader(cl, conn, pk)
	}
	g, err := access.Gateway(conn.ConnectionState())
	if err != nil {
		return packets.ErrBadUsernameOrPassword, err
	}
	switch {
	case pk.ProtocolVersion != 4:
		return packets.ErrUnsupportedProtocolVersion, fmt.Errorf("gateway %s: MQTT protocol level %d; this broker speaks 3.1.1 (level 4)", g, pk.ProtocolVersion)
	case pk.Connect.ClientIdentifier != g.String():
		return packets.ErrClientIdentifierNotValid, fmt.Errorf("client id %q is not the gateway of its certificate, %s", pk.Connect.ClientIdentifier, g)
	case pk.Connect.WillFlag:
		return packets.ErrBadUsernameOrPassword, fmt.Errorf("gateway %s: wills are not taken: silence is seen from the seals", g)
	case h.b.tooOften(g):
		return packets.ErrServerUnavailable, fmt.Errorf("gateway %s connects more often than every %v", g, connectEvery)
	}
	if err := h.b.cfg.Admit(g); err != nil {
		err = fmt.Errorf("gateway %s: %w", g, err)
		if errors.Is(err, access.ErrPending) {
			return packets.ErrServerUnavailable, err
		}
		return packets.ErrBadUsernameOrPassword, err
	}
	cl.ID = h.b.clientID(g)
	// No session outlives its connection, whatever the client asks.
	cl.Properties.Clean = true
	if limit := uint16(MaxKeepAlive / time.Second); cl.State.Keepalive == 0 || cl.State.Keepalive > limit {
		cl.State.Keepalive = limit
	}
	return packets.CodeSuccess, nil
}

// OnConnectAuthenticate has nothing left to ask: OnConnect decided.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	_, err := gatewayOf(cl)
	return err == nil || isReader(cl)
}

func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	if isReader(cl) {
		h.readerBegins(cl)
		return
	}
	g, err := gatewayOf(cl)
	if err != nil {
		cl.Stop(err)
		return
	}
	h.b.register(g, cl)
	// A revocation between the first check and here found no session to end.
	if err := h.b.cfg.Admit(g); err != nil {
		cl.Stop(err)
		return
	}
	h.b.cfg.Log.Info("gateway connected", "gateway", g, "remote", cl.Net.Remote)
}

func (h *hook) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	if isReader(cl) {
		h.readerEnds(cl, err)
		return
	}
	g, e := gatewayOf(cl)
	if e != nil || !h.b.unregister(g, cl) {
		return
	}
	if cause := cl.StopCause(); cause != nil {
		err = cause
	}
	h.b.cfg.Log.Info("gateway disconnected", "gateway", g, "remote", cl.Net.Remote, "cause", err)
	h.b.cfg.Intake.Disconnected(g)
}

// OnPacketRead refuses what a gateway may not publish, before anything acts on
// it. The library passes on this one error only; it ends the connection.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type != packets.Publish {
		return pk, nil
	}
	g, err := gatewayOf(cl)
	switch {
	case isReader(cl):
		err = errors.New("publishes; an account reads only")
	case err != nil:
	case pk.TopicName != wire.UpTopic(g):
		err = fmt.Errorf("publishes to %q; a gateway publishes to %s only", pk.TopicName, wire.UpTopic(g))
	case pk.FixedHeader.Retain:
		err = errors.New("asks for its message to be retained; nothing is")
	case pk.FixedHeader.Qos != 1:
		err = fmt.Errorf("publishes at QoS %d; only QoS 1 is acknowledged as durable", pk.FixedHeader.Qos)
	case len(pk.Payload) > wire.MaxUp:
		err = fmt.Errorf("message of %d bytes is above the limit of %d", len(pk.Payload), wire.MaxUp)
	}
	if err != nil {
		h.b.cfg.Metrics.refused("publish")
		h.b.cfg.Log.Warn("message refused, connection closed", "client", cl.ID, "remote", cl.Net.Remote, "error", err)
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnSubscribe grants readers QoS 0: what is not kept cannot be delivered later. It is
// asked once for each filter, so that those are counted here; the library keeps any
// number of them.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if !isReader(cl) {
		return pk
	}
	r := h.b.reader(cl)
	for i := range pk.Filters {
		pk.Filters[i].Qos = 0
		if r == nil || !h.b.grant(r, pk.Filters[i].Filter) {
			pk.Filters[i].Filter = refusedFilter
		}
	}
	return pk
}

// OnACLCheck allows each gateway its own two topics, and accounts what they may see.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if isReader(cl) {
		r := h.b.reader(cl)
		return r != nil && !write && h.b.mayRead(r, topic)
	}
	g, err := gatewayOf(cl)
	if err != nil {
		return false
	}
	if write {
		return topic == wire.UpTopic(g)
	}
	if topic != wire.DownTopic(g) {
		h.b.cfg.Metrics.refused("subscribe")
		h.b.cfg.Log.Warn("subscription refused", "gateway", g, "remote", cl.Net.Remote, "filter", topic)
		return false
	}
	return true
}

func (h *hook) OnSubscribed(cl *mqtt.Client, pk packets.Packet, codes []byte) {
	h.listens(cl, pk, func(i int) bool { return i < len(codes) && codes[i] <= 2 }, true)
}

func (h *hook) OnUnsubscribed(cl *mqtt.Client, pk packets.Packet) {
	if r := h.b.reader(cl); r != nil {
		h.b.mu.Lock()
		defer h.b.mu.Unlock()
		for _, f := range pk.Filters {
			delete(r.filters, f.Filter)
		}
		return
	}
	h.listens(cl, pk, func(int) bool { return true }, false)
}

func (h *hook) listens(cl *mqtt.Client, pk packets.Packet, granted func(int) bool, now bool) {
	g, err := gatewayOf(cl)
	if err != nil {
		return
	}
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	s := h.b.sessions[g]
	if s == nil || s.client != cl {
		return
	}
	for i, f := range pk.Filters {
		if f.Filter == wire.DownTopic(g) && granted(i) {
			s.listens = now
		}
	}
}

// OnPublish runs the intake before the library acknowledges. The error that a
// nil result turns into means: acknowledge, and pass it to nobody.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	g, err := gatewayOf(cl)
	if err != nil {
		return pk, packets.ErrRejectPacket
	}
	start := time.Now()
	if err := h.b.cfg.Intake.Handle(h.b.ctx, g, pk.Payload); err != nil {
		h.b.cfg.Metrics.refused("intake")
		h.b.cfg.Log.Warn("message not stored, connection closed", "gateway", g, "error", err)
		// A rejected packet gets no PUBACK, but a 3.1.1 client would wait for it
		// until its own timeout: ending the connection tells it at once.
		cl.Stop(err)
		return pk, packets.ErrRejectPacket
	}
	h.b.cfg.Metrics.up.Inc()
	h.b.cfg.Metrics.bytes.Add(float64(len(pk.Payload)))
	h.b.cfg.Metrics.handle.Observe(time.Since(start).Seconds())
	return pk, packets.CodeSuccessIgnore
}

// OnPublishDropped ends the connection of a gateway that does not take its
// messages: its next Hello asks for them again.
func (h *hook) OnPublishDropped(cl *mqtt.Client, _ packets.Packet) {
	if isReader(cl) {
		h.b.cfg.Metrics.refused("reader") // it misses a value, and gets the next
		return
	}
	h.b.cfg.Metrics.refused("slow")
	cl.Stop(errors.New("the gateway does not take its messages"))
}
