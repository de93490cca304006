package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Packet types (MQTT 3.1.1, 2.2.1; MQTT 5, 2.1.2).
const (
	typeConnect     = 1
	typeConnack     = 2
	typePublish     = 3
	typePuback      = 4
	typePubrec      = 5
	typePubrel      = 6
	typePubcomp     = 7
	typeSubscribe   = 8
	typeSuback      = 9
	typeUnsubscribe = 10
	typeUnsuback    = 11
	typePingreq     = 12
	typePingresp    = 13
	typeDisconnect  = 14
)

// Protocol levels.
const (
	level31  = 3
	level311 = 4
	level5   = 5
)

// Codes of a refused connection, as in 3.1.1 and as in 5.
const (
	refusedLevel, refusedLevel5 = 1, 0x84
	refusedID, refusedID5       = 2, 0x85
	refusedUser, refusedUser5   = 4, 0x86
)

// errPacket ends a client that does not speak the protocol.
var errPacket = errors.New("no valid MQTT packet")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errPacket}, args...)...)
}

// packet is one packet of a client, its body not yet read apart.
type packet struct {
	kind, flags byte
	body        []byte
}

// readPacket reads one packet of at most limit bytes behind its header.
func readPacket(r io.ByteReader, full io.Reader, limit int) (p packet, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return p, err
	}
	p.kind, p.flags = first>>4, first&15
	length := 0
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return p, err
		}
		length |= int(b&0x7F) << shift
		if length > limit {
			return p, bad("a packet of at least %d bytes; the limit is %d", length, limit)
		}
		if b < 0x80 {
			break
		}
		if shift == 21 {
			return p, bad("a length of more than four bytes")
		}
	}
	p.body = make([]byte, length)
	_, err = io.ReadFull(full, p.body)
	return p, err
}

// body reads the parts of a packet; after the first error it gives nothing.
type body struct {
	b   []byte
	err error
}

func (r *body) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = bad("it ends too early")
	}
	if r.err != nil {
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *body) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *body) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *body) binary() []byte { return r.take(int(r.uint16())) }

func (r *body) text() string {
	s := string(r.binary())
	if r.err == nil && (!utf8.ValidString(s) || strings.ContainsRune(s, 0)) {
		r.err = bad("a text that is no UTF-8")
	}
	return s
}

// properties passes over those of MQTT 5: none changes what is sealed.
func (r *body) properties(level byte) {
	if level < level5 {
		return
	}
	length := 0
	for shift := 0; shift <= 21; shift += 7 {
		b := r.byte()
		length |= int(b&0x7F) << shift
		if b < 0x80 {
			r.take(length)
			return
		}
	}
	r.err = bad("a length of more than four bytes")
}

// connect is what a client introduces itself by.
type connect struct {
	level          byte
	clean          bool
	keepAlive      uint16 // s
	id             string
	will           *publish
	user, password string
	named          bool // user or password were given
}

// parseConnect reads a CONNECT (3.1). A level that is not known comes back with
// nothing else, to be answered.
func parseConnect(b []byte) (c connect, err error) {
	r := &body{b: b}
	name := r.text()
	c.level = r.byte()
	switch {
	case r.err != nil:
		return c, r.err
	case name == "MQTT" && c.level != level311 && c.level != level5:
		return connect{level: c.level}, nil
	case name != "MQTT" && (name != "MQIsdp" || c.level != level31):
		return c, bad("protocol %.16q", name)
	}
	flags := r.byte()
	c.keepAlive = r.uint16()
	r.properties(c.level)
	c.clean = flags&0x02 != 0
	c.id = r.text()
	if flags&0x04 != 0 {
		r.properties(c.level)
		c.will = &publish{topic: r.text(), payload: r.binary()}
		if r.err == nil && !topicOK(c.will.topic) {
			r.err = bad("a will under %.64q", c.will.topic)
		}
	}
	if flags&0x80 != 0 {
		c.user, c.named = r.text(), true
	}
	if flags&0x40 != 0 {
		c.password, c.named = string(r.binary()), true
	}
	if r.err == nil && (flags&0x01 != 0 || flags&0x18 == 0x18 || len(r.b) > 0) {
		r.err = bad("a CONNECT with flags %02X and %d bytes behind it", flags, len(r.b))
	}
	return c, r.err
}

// publish is one message of a client.
type publish struct {
	topic   string
	payload []byte
	qos     byte
	again   bool // DUP
	id      uint16
}

func parsePublish(flags byte, b []byte, level byte) (p publish, err error) {
	r := &body{b: b}
	p = publish{qos: flags >> 1 & 3, again: flags&0x08 != 0, topic: r.text()}
	if p.qos > 0 {
		if p.id = r.uint16(); r.err == nil && p.id == 0 {
			r.err = bad("a message with packet id 0")
		}
	}
	r.properties(level)
	p.payload = r.b
	if r.err == nil && (p.qos == 3 || !topicOK(p.topic)) {
		// MQTT 5 allows an empty topic for an alias; the server has none.
		r.err = bad("a message under %.64q at QoS %d", p.topic, p.qos)
	}
	return p, r.err
}

func topicOK(topic string) bool { return topic != "" && !strings.ContainsAny(topic, "+#") }

// parseFilters counts what a SUBSCRIBE or UNSUBSCRIBE asks for.
func parseFilters(b []byte, level byte, options int) (id uint16, filters int, err error) {
	r := &body{b: b}
	id = r.uint16()
	r.properties(level)
	for r.err == nil && len(r.b) > 0 {
		r.text()
		r.take(options)
		filters++
	}
	if r.err == nil && (filters == 0 || id == 0) {
		r.err = bad("a subscription to nothing")
	}
	return id, filters, r.err
}

// parseID reads the packet id that PUBREL begins with.
func parseID(b []byte) (uint16, error) {
	r := &body{b: b}
	id := r.uint16()
	return id, r.err
}

// answer builds a packet with a body below 128 bytes, or of filters' codes.
func answer(kind, flags byte, b ...byte) []byte {
	out := []byte{kind<<4 | flags}
	for n := len(b); ; {
		x := byte(n & 0x7F)
		if n >>= 7; n == 0 {
			out = append(out, x)
			break
		}
		out = append(out, x|0x80)
	}
	return append(out, b...)
}

// acknowledge answers a packet id.
func acknowledge(kind, flags byte, id uint16) []byte {
	return answer(kind, flags, byte(id>>8), byte(id))
}
