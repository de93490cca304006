package link

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

// node is an edge node of Sparkplug with those of its devices that the site file
// names. One count (seq) runs through the messages of all of them.
type node struct {
	l        *Link
	mu       sync.Mutex
	stations map[string]*station // by device; "": the node itself
	next     int                 // the seq that is due; -1: not known
	session  uint64              // bdSeq of its birth
	born     bool                // session is known
}

// sample is a topic of an address, to read the address by.
func sample(address string) string {
	parts := strings.SplitN(address, "/", 3)
	if len(parts) < 2 {
		return ""
	}
	if len(parts) == 2 {
		return mqtt.Namespace + "/" + parts[0] + "/" + string(mqtt.NData) + "/" + parts[1]
	}
	return mqtt.Namespace + "/" + parts[0] + "/" + string(mqtt.DData) + "/" + parts[1] + "/" + parts[2]
}

func split(node string) (group, name string) {
	group, name, _ = strings.Cut(node, "/")
	return group, name
}

// distrust drops the birth certificates: metrics may have other aliases by now. A
// profile may say that its device's never change.
func (n *node) distrust() {
	for _, x := range n.stations {
		if !x.m.Messages[0].Stable {
			x.birth = nil
		}
	}
}

func (n *node) hear(out source.Sink, t mqtt.Topic, p Publication, kept func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	x := n.stations[t.Device]
	if t.Kind.Command() {
		n.command(out, x, t, p, kept)
		return
	}
	payload, err := mqtt.ParsePayload(p.Payload)
	if err != nil {
		// What it counted is not known, nor what it may have said of aliases.
		n.next = -1
		if t.Kind.Birth() {
			n.distrust()
		}
		payload = &mqtt.Payload{}
	} else if note := n.count(t, payload); note != "" {
		n.distrust()
		for _, s := range n.stations {
			s.later(record.Event{Type: record.EventDeviation, Note: note})
		}
	}
	if t.Kind == mqtt.NBirth && err == nil {
		// A node that is born begins a session, in which its devices are born again.
		for _, s := range n.stations {
			s.birth = nil
		}
		n.session, n.born = payload.Session()
	}
	if t.Kind == mqtt.NDeath {
		n.die(out, payload, p, kept)
		return
	}
	if x == nil {
		if kept != nil {
			kept()
		}
		return
	}
	m := x.message(n.l, p, kept)
	switch {
	case m.Failed: // too long
		x.birth = nil
	case err != nil:
		x.fail(n.l, &m, fmt.Errorf("topic %s: %w", p.Topic, err))
	default:
		n.read(x, &m, t, payload, x.again(p))
	}
	out.Hear(m)
	if t.Kind == mqtt.DDeath && !m.Failed {
		x.birth = nil
		out.Down(x.ID, record.CauseNoAnswer, errors.New("the edge node says by DDEATH that it does not reach the device"))
	}
}

// read decodes a birth or data.
func (n *node) read(x *station, m *source.Message, t mqtt.Topic, payload *mqtt.Payload, repeated bool) {
	if !payload.HasSeq {
		x.deviates(m, string(t.Kind)+" without seq: lost messages cannot be told")
	}
	if t.Kind == mqtt.NBirth && payload.HasSeq && payload.Seq != 0 {
		x.deviates(m, "NBIRTH with a seq that is not 0")
	}
	needs := t.Kind.Data() && payload.NeedsBirth()
	if needs && x.birth != nil {
		m.Earlier = []*record.Frame{x.birth}
	}
	values, err := x.m.Decode(&x.Device.Device, m.Frame, m.Earlier)
	if err != nil {
		m.Earlier = nil
		x.fail(n.l, m, err)
		return
	}
	if t.Kind.Birth() {
		x.birth, x.unborn = m.Frame, false
	}
	if !repeated {
		m.Values = values
	}
	if needs && x.birth == nil {
		if !x.unborn {
			x.unborn = true
			m.Events = append(m.Events, record.Event{Type: record.EventDeviation, Note: "metrics are named by alias or have no type, and no birth certificate holds: " +
				"their values cannot be told until the node is born again, which its host application may ask for"})
		}
		if len(values) == 0 {
			m.Failed, m.Cause = true, record.CauseNoValue
		}
	}
}

// count follows seq, 0 to 255 (6.4.1). The note says that messages are missing.
func (n *node) count(t mqtt.Topic, p *mqtt.Payload) (note string) {
	if !p.HasSeq || t.Kind == mqtt.NDeath {
		return ""
	}
	due := n.next
	n.next = int(p.Seq+1) & 255
	if t.Kind == mqtt.NBirth || due < 0 || p.Seq == uint64(due) {
		return ""
	}
	return fmt.Sprintf("seq %d came where %d was due: messages of the edge node are missing or came out of order", p.Seq, due)
}

// die takes a node's death certificate, which the broker sends in its name. It
// speaks of every device of the node.
func (n *node) die(out source.Sink, payload *mqtt.Payload, p Publication, kept func()) {
	stations := make([]*station, 0, len(n.stations))
	for _, x := range n.stations {
		stations = append(stations, x)
	}
	session, known := payload.Session()
	stale := known && n.born && session != n.session
	if !stale {
		n.next, n.born = -1, false
		n.distrust()
	}
	each(stations, kept, func(x *station, kept func()) {
		m := x.message(n.l, p, kept)
		if stale {
			x.deviates(&m, "NDEATH of another session than the node was born for; the node counts as alive")
			out.Hear(m)
			return
		}
		m.Failed, m.Cause = true, record.CauseBus
		out.Hear(m)
		out.Down(x.ID, record.CauseBus, errors.New("the edge node's connection to the broker ended (NDEATH)"))
	})
}

// command seals what a host application told a node or device.
func (n *node) command(out source.Sink, x *station, t mqtt.Topic, p Publication, kept func()) {
	if x == nil {
		if kept != nil {
			kept()
		}
		return
	}
	m := x.message(n.l, p, kept)
	m.Frame.Sent, m.Frame.Received, m.Frame.Speaker = m.Frame.Received, []byte{}, record.SpeakerPlatform
	m.Failed = false
	note := string(t.Kind) + " of a host application"
	if payload, err := mqtt.ParsePayload(p.Payload); err == nil {
		for i := range payload.Metrics {
			if name := payload.Metrics[i].Name; name != "" {
				note += ": " + name
				break
			}
		}
	}
	m.Events = append(m.Events, record.Event{Type: record.EventCommand, Note: note})
	out.Hear(m)
}
