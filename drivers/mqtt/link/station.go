package link

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

const (
	// remembered is how many uplinks of a device are told apart from repeats.
	remembered = 16
	// pendingMost bounds the events that wait for a device's next message.
	pendingMost = 8
)

// station is a configured device.
type station struct {
	source.Device
	m *mqtt.Map

	lock    *sync.Mutex     // of what follows, and of the order of messages; a node's devices share one
	notes   map[string]bool // deviations that were told of
	pending []record.Event  // to go with its next message
	last    [32]byte        // digest of the newest payload and its topic
	uplinks []uplink        // the newest, oldest first

	birth  *record.Frame // Sparkplug: the certificate that names its metrics
	unborn bool          // it was told that there is none
}

// uplink tells uplinks of one device apart.
type uplink struct {
	address string
	counter int64
}

// message begins what is handed on of a publication.
func (x *station) message(l *Link, p Publication, kept func()) source.Message {
	at := l.cfg.Boot()
	m := source.Message{Device: x.ID, At: at, Kept: kept, Events: x.pending,
		Frame: &record.Frame{Bus: x.Bus, Device: x.ID, Sent: []byte{}, Received: p.Payload, SentAt: at, RecvAt: at, Path: x.Path, Topic: p.Topic}}
	x.pending = nil
	if len(p.Payload) > record.MaxExchange {
		m.Frame.Received = bytes.Clone(p.Payload[:record.MaxExchange])
		m.Frame.Outcome = record.OutcomeTruncated
		m.Failed, m.Cause = true, record.CauseBus
		l.cfg.Log.Warn("a message is too long to be sealed whole; its beginning is", "device", x.ID, "topic", p.Topic, "bytes", len(p.Payload), "limit", record.MaxExchange)
	}
	return m
}

// fail marks a message that cannot be read.
func (x *station) fail(l *Link, m *source.Message, err error) {
	l.cfg.Log.Warn("a message that cannot be read", "device", x.ID, "error", err)
	m.Values, m.Frame.Outcome, m.Failed, m.Cause = nil, record.OutcomeForeign, true, record.CauseBus
}

// again reports whether a publication is the newest one sent once more. Equal
// bytes alone do not say so: a steady temperature looks the same each time.
func (x *station) again(p Publication) bool {
	h := sha256.New()
	h.Write([]byte(p.Topic + "\x00"))
	h.Write(p.Payload)
	sum := [32]byte(h.Sum(nil))
	same := p.Duplicate && sum == x.last
	x.last = sum
	return same
}

// later keeps an event for the device's next message.
func (x *station) later(e record.Event) {
	if len(x.pending) < pendingMost {
		x.pending = append(x.pending, e)
	}
}

// deviates tells of each kind of deviation once.
func (x *station) deviates(m *source.Message, note string) {
	if note == "" || x.notes[note] || len(x.notes) >= told {
		return
	}
	x.notes[note] = true
	m.Events = append(m.Events, record.Event{Type: record.EventDeviation, Note: note})
}

// hear takes a publication of a JSON sensor or a LoRaWAN device.
func (x *station) hear(l *Link, out source.Sink, p Publication, kept func()) {
	x.lock.Lock()
	defer x.lock.Unlock()
	m := x.message(l, p, kept)
	repeated := x.again(p)
	if !m.Failed {
		values, err := x.m.Decode(&x.Device.Device, m.Frame, nil)
		switch {
		case err != nil:
			x.fail(l, &m, err)
		case !repeated && !x.counted(&m):
			m.Values = values
		}
	}
	out.Hear(m)
}

// counted reports whether an uplink came already: fCnt grows by one with each, and
// starts anew with a new DevAddr.
func (x *station) counted(m *source.Message) bool {
	if x.m.Encoding() != mqtt.ChirpStack {
		return false
	}
	u, err := mqtt.ParseUplink(m.Frame.Received)
	if err != nil || u.Counter < 0 {
		x.deviates(m, "the uplink has no fCnt, so a repeated one cannot be told")
		return false
	}
	this := uplink{strings.ToLower(u.Address), u.Counter}
	for _, other := range x.uplinks {
		if other == this {
			return true
		}
	}
	if n := len(x.uplinks); n > 0 && x.uplinks[n-1].address == this.address && x.uplinks[n-1].counter > this.counter {
		m.Events = append(m.Events, record.Event{Type: record.EventDeviation,
			Note: fmt.Sprintf("fCnt %d came after %d in one session: the device started anew, or an older uplink came late", this.counter, x.uplinks[n-1].counter)})
	}
	if len(x.uplinks) == remembered {
		x.uplinks = append(x.uplinks[:0], x.uplinks[1:]...)
	}
	x.uplinks = append(x.uplinks, this)
	return false
}
