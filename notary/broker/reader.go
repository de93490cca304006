package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fieldseal/notary/access"
)

// LivePrefix begins every topic that accounts may read.
const LivePrefix = "live/"

// Limits of readers.
const (
	MaxReaders     = 256 // at the same time
	accountReaders = 16  // of one account
	readerFilters  = 64  // subscriptions of one
	filterLevels   = 8
)

// Readers says which accounts may read live values, and which of them.
type Readers interface {
	// Admit says whether the holder of a certificate may read at all, now.
	Admit(account, serial string) error
	// Sees says whether an account may see a topic, now.
	Sees(account, topic string) bool
}

// reader is a connection that reads live values. It publishes nothing.
type reader struct {
	client          *mqtt.Client
	account, serial string
	filters         map[string]bool // that were granted
}

// readerID begins the name of a reader's connection inside the library.
const readerID = "reader#"

// admitReader decides on a connection that shows an account's certificate.
func (h *hook) admitReader(cl *mqtt.Client, conn *tls.Conn, pk packets.Packet) (packets.Code, error) {
	account, serial, err := access.Account(conn.ConnectionState())
	if err != nil {
		return packets.ErrBadUsernameOrPassword, err
	}
	switch {
	case h.b.cfg.Readers == nil:
		return packets.ErrBadUsernameOrPassword, errors.New("live values are not published here")
	case pk.ProtocolVersion != 4:
		return packets.ErrUnsupportedProtocolVersion, fmt.Errorf("account %s: MQTT protocol level %d; this broker speaks 3.1.1 (level 4)", account, pk.ProtocolVersion)
	case pk.Connect.WillFlag:
		return packets.ErrBadUsernameOrPassword, fmt.Errorf("account %s: readers publish nothing, and no will", account)
	}
	if err := h.b.cfg.Readers.Admit(account, serial); err != nil {
		return packets.ErrBadUsernameOrPassword, fmt.Errorf("account %s: %w", account, err)
	}
	b := h.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.place(account); err != nil {
		return packets.ErrServerUnavailable, err
	}
	b.serial++
	cl.ID = fmt.Sprintf("%s%d", readerID, b.serial)
	// The place is taken here, so that many who come at once do not share the last.
	b.readers[cl.ID] = &reader{cl, account, serial, map[string]bool{}}
	cl.Properties.Clean = true
	if limit := uint16(MaxKeepAlive / time.Second); cl.State.Keepalive == 0 || cl.State.Keepalive > limit {
		cl.State.Keepalive = limit
	}
	return packets.CodeSuccess, nil
}

// place says whether an account may have one more reader. The caller holds mu.
func (b *Broker) place(account string) error {
	own := 0
	for id, r := range b.readers {
		switch {
		case r.client.Closed():
			delete(b.readers, id) // its connection ended before its session began
		case r.account == account:
			own++
		}
	}
	switch {
	case own >= accountReaders:
		return fmt.Errorf("account %s: %d readers of it are connected, and that is the most of one account", account, own)
	case len(b.readers) >= MaxReaders:
		return fmt.Errorf("account %s: %d readers are connected, and that is the most", account, MaxReaders)
	}
	return nil
}

func isReader(cl *mqtt.Client) bool { return strings.HasPrefix(cl.ID, readerID) }

// readerBegins takes in a reader whose session stands.
func (h *hook) readerBegins(cl *mqtt.Client) {
	r := h.b.reader(cl)
	if r == nil {
		cl.Stop(errors.New("its connection has ended"))
		return
	}
	// A revocation between the first check and here may have found no session to end.
	if err := h.b.cfg.Readers.Admit(r.account, r.serial); err != nil {
		cl.Stop(err)
		return
	}
	h.b.cfg.Log.Info("reader connected", "account", r.account, "serial", r.serial, "remote", cl.Net.Remote)
}

func (h *hook) readerEnds(cl *mqtt.Client, err error) {
	h.b.mu.Lock()
	r := h.b.readers[cl.ID]
	delete(h.b.readers, cl.ID)
	h.b.mu.Unlock()
	if r != nil {
		if cause := cl.StopCause(); cause != nil {
			err = cause
		}
		h.b.cfg.Log.Info("reader disconnected", "account", r.account, "remote", cl.Net.Remote, "cause", err)
	}
}

func (b *Broker) reader(cl *mqtt.Client) *reader {
	if !isReader(cl) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.readers[cl.ID]
}

// refusedFilter takes the place of a filter that is not granted; nobody may read it.
const refusedFilter = "refused"

// grant says whether a reader may subscribe to a filter, and counts it.
func (b *Broker) grant(r *reader, filter string) bool {
	if !strings.HasPrefix(filter, LivePrefix) || strings.Count(filter, "/") >= filterLevels || !mqtt.IsValidFilter(filter, false) ||
		!wild(filter) && !b.cfg.Readers.Sees(r.account, filter) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !r.filters[filter] && len(r.filters) >= readerFilters {
		return false
	}
	r.filters[filter] = true
	return true
}

func wild(filter string) bool { return strings.ContainsAny(filter, "+#") }

// mayRead says whether a reader may have a filter that was granted, or a topic that
// is published.
func (b *Broker) mayRead(r *reader, topic string) bool {
	if wild(topic) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return r.filters[topic] // each topic is asked about when it is published
	}
	return strings.HasPrefix(topic, LivePrefix) && b.cfg.Readers.Sees(r.account, topic)
}

// Readers is how many read live values.
func (b *Broker) Readers() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.readers)
}

// Live publishes a value to those who read it and may see it. A reader that does
// not keep up misses values: the stream over HTTPS is the one without holes.
func (b *Broker) Live(topic string, message []byte) error {
	return b.srv.Publish(topic, message, false, 0)
}

// Recheck ends the connections of readers that may not read any more.
func (b *Broker) Recheck() {
	b.mu.Lock()
	all := make([]*reader, 0, len(b.readers))
	for _, r := range b.readers {
		all = append(all, r)
	}
	b.mu.Unlock()
	for _, r := range all {
		if err := b.cfg.Readers.Admit(r.account, r.serial); err != nil {
			r.client.Stop(err)
		}
	}
}
