package link

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// session is one connection, read by one goroutine.
type session struct {
	l    *Link
	conn stream.Conn
	out  source.Sink
	scan *hj212.Scanner
	tee  *tee
	last *station // the newest that spoke here

	write sync.Mutex // of conn
}

func (s *session) read(ctx context.Context, dialledIn bool) error {
	began := time.Now()
	heard := began
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		now := time.Now()
		if n > 0 {
			heard = now
			if s.tee != nil {
				s.tee.pass(buf[:n])
			}
			s.take(buf[:n])
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.tokens(true)
			return err
		case n == 0 && s.scan.Buffered() > 0 && now.Sub(heard) > Pause:
			s.tokens(true)
		case dialledIn && now.Sub(heard) > stream.Idle:
			return errIdle
		case dialledIn && s.last == nil && now.Sub(began) > stream.Introduce:
			return fmt.Errorf("no packet of a station that the site file names: %w", errIdle)
		}
	}
}

func (s *session) take(b []byte) {
	for len(b) > 0 {
		n, _ := s.scan.Write(b)
		b = b[n:]
		s.tokens(n == 0) // a full buffer that holds no frame must give way
	}
}

func (s *session) tokens(done bool) {
	for {
		t, ok := s.scan.Next(done)
		if !ok {
			return
		}
		switch {
		case t.Frame != nil:
			s.packet(t.Frame, t.Raw)
		case t.Err != nil:
			s.broken(t.Raw, t.Err)
		default:
			s.l.cfg.Log.Debug("bytes between packets", "bytes", len(t.Raw))
		}
	}
}

// broken seals a packet that is damaged, if it is known whose connection this is.
func (s *session) broken(raw []byte, err error) {
	if s.last == nil {
		s.l.cfg.Log.Warn("a damaged packet of an unknown station", "error", err)
		return
	}
	o := record.OutcomeForeign
	switch {
	case errors.Is(err, hj212.ErrCRC):
		o = record.OutcomeCheck
	case errors.Is(err, hj212.ErrShort), errors.Is(err, hj212.ErrLength):
		o = record.OutcomeTruncated
	}
	s.l.cfg.Log.Warn("a damaged packet", "device", s.last.ID, "error", err)
	at := s.l.cfg.Boot()
	s.out.Hear(source.Message{Device: s.last.ID, At: at, Failed: true, Cause: record.CauseBus,
		Frame: &record.Frame{Sent: []byte{}, Received: clipped(raw), SentAt: at, RecvAt: at, Outcome: o}})
}

// clipped bounds what one frame record can hold.
func clipped(raw []byte) []byte {
	return bytes.Clone(raw[:min(len(raw), record.MaxExchange)])
}

// packet takes a packet whose length and CRC are right by the rules of the bus.
func (s *session) packet(f *hj212.Frame, raw []byte) {
	x := s.l.find(f.Header.MN, s)
	if x == nil {
		return
	}
	s.last = x
	at := s.l.cfg.Boot()
	m := source.Message{Device: x.ID, At: at,
		Frame: &record.Frame{Bus: x.Bus, Device: x.ID, Sent: []byte{}, Received: clipped(raw), SentAt: at, RecvAt: at, Path: x.Path}}
	again := s.l.seen.before(x.ID, raw)
	err := x.opened(f, m.Frame)
	if err == nil && !again {
		var lost error
		s.l.mu.Lock()
		m.Earlier, lost = x.gather(f, m.Frame, time.Now())
		s.l.mu.Unlock()
		if lost != nil {
			s.l.cfg.Log.Warn("a message in parts", "device", x.ID, "error", lost)
		}
	}
	var values []profile.Decoded
	if err == nil {
		values, err = hj212.Decoder{}.Decode(x.Bound, &x.Device.Device, m.Frame, m.Earlier)
	}
	switch {
	case err != nil:
		// Another station of the bus may count or check like that; this one not.
		s.l.cfg.Log.Warn("a packet that the station's profile does not allow", "device", x.ID, "error", err)
		m.Frame.Outcome, m.Failed, m.Cause = record.OutcomeCheck, true, record.CauseBus
		s.out.Hear(m)
		return
	case !again:
		m.Values = values
		m.Events = append(events(f, false), s.deviations(x, f)...)
	}
	if s.l.cfg.Tee == nil && f.Header.WantsAnswer() {
		if answer := reply(f, raw); answer != nil {
			m.Kept = func() { go s.answer(x, answer) }
		}
	}
	s.out.Hear(m)
}

// opened writes down what encrypted content says and which key opened it. Any key of
// the bus opens a packet; it must be one of its station's.
func (x *station) opened(f *hj212.Frame, sealed *record.Frame) error {
	if !f.Encrypted {
		return nil
	}
	if !slices.ContainsFunc(x.keys, func(k hj212.Key) bool { return k.ID == f.Key.ID && bytes.Equal(k.Bytes, f.Key.Bytes) }) {
		return fmt.Errorf("%w: opened by the key %q, which is another station's", hj212.ErrEncrypted, f.Key.ID)
	}
	sealed.Opened, sealed.Key = bytes.Clone(f.Plain), f.Key.ID
	return nil
}

// deviations tells each kind of deviation of a station once.
func (s *session) deviations(x *station, f *hj212.Frame) []record.Event {
	note := strings.Join(f.Notes, "; ")
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if note == "" || x.notes[note] || len(x.notes) >= 64 {
		return nil
	}
	x.notes[note] = true
	return []record.Event{{Type: record.EventDeviation, Note: note}}
}

// answer sends an acknowledgement for what is durable, and hands it on to be
// sealed itself.
func (s *session) answer(x *station, b []byte) {
	s.write.Lock()
	at := s.l.cfg.Boot()
	_, err := s.conn.Write(b)
	s.write.Unlock()
	if err != nil {
		s.l.cfg.Log.Warn("a packet is kept and could not be acknowledged; the station will send it again", "device", x.ID, "error", err)
		return
	}
	s.out.Hear(source.Message{Device: x.ID, At: at, Frame: &record.Frame{Sent: b, Received: []byte{}, SentAt: at, RecvAt: at}})
}

// reply is the answer that a packet wants (HJ 212-2017 §6.6.2, §8): 9013 to a
// notice, 9014 to data; nil where none is due. It repeats QN, MN and PW, as
// stations compare them.
func reply(f *hj212.Frame, raw []byte) []byte {
	h := &f.Header
	cn, err := strconv.Atoi(h.CN)
	if err != nil || h.QN == "" || h.MN == "" {
		return nil
	}
	command := 9014
	switch {
	case cn == 1013 || cn == 9015:
		command = 9013
	case cn >= 9000:
		return nil // an answer is not answered
	}
	flag, _ := strconv.ParseUint(h.Flag, 10, 8)
	password := ""
	if i := bytes.Index(raw, []byte("PW=")); i >= 0 {
		if n := bytes.IndexByte(raw[i:], ';'); n > 0 {
			password = string(raw[i:i+n]) + ";"
		}
	}
	segment := fmt.Sprintf("QN=%s;ST=91;CN=%d;%sMN=%s;Flag=%d;CP=&&&&", h.QN, command, password, h.MN, flag&^3)
	crc := f.Rule.CRC([]byte(segment))
	length := len(segment)
	if f.LongLength {
		length += 6
	}
	return fmt.Appendf(nil, "##%04d%s%04X\r\n", length, segment, crc)
}

// events are what a packet tells of the station itself (HJ 212-2017 Table 5).
func events(f *hj212.Frame, fromPlatform bool) []record.Event {
	one := func(t record.EventType, note string) []record.Event {
		if fromPlatform {
			note += ", by the platform"
		}
		return []record.Event{{Type: t, Note: note}}
	}
	switch cn := f.Header.CN; cn {
	case "3019":
		if !fromPlatform {
			return one(record.EventReplaced, "CN 3019: the station sends an instrument's unique id")
		}
	case "1012", "1013":
		return one(record.EventInstrumentClock, "CN "+cn+": station clock")
	case "1000", "1062", "1064", "1072", "3021":
		return one(record.EventParameter, "CN "+cn+": parameters set")
	case "3020":
		return one(record.EventParameter, "CN 3020: parameters or logs read")
	case "3011", "3012", "3013", "3014", "3015", "3016", "3017", "3018":
		return one(record.EventCommand, "CN "+cn+": remote control")
	}
	return nil
}

// seen remembers packets, so that one that is sent again gives no second reading.
type seen struct {
	mu   sync.Mutex
	have map[[32]byte]bool
	ring [][32]byte
	next int
}

// remembered is how many packets a link tells apart from repeats.
const remembered = 1024

func newSeen() *seen { return &seen{have: map[[32]byte]bool{}, ring: make([][32]byte, remembered)} }

// before reports whether the same bytes came from the device already. A packet
// carries its time in QN and DataTime, so that equal bytes are the same packet.
func (s *seen) before(device string, raw []byte) bool {
	k := sha256.Sum256(append([]byte(device+"\x00"), raw...))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have[k] {
		return true
	}
	delete(s.have, s.ring[s.next])
	s.ring[s.next], s.have[k] = k, true
	s.next = (s.next + 1) % remembered
	return false
}
