package link

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"fieldseal/drivers/jt808"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// Messages and results (8.1 to 8.8, Tables 4 to 8).
const (
	idAck, idBeat, idLeave, idRegister, idAuth = 0x0001, 0x0002, 0x0003, 0x0100, 0x0102
	idAnswer, idRegistered                     = 0x8001, 0x8100

	resultOK, resultFailed, resultWrong, resultUnsupported = 0, 1, 2, 3
	registerUnknown                                        = 4 // no such terminal
)

// session is one connection, read by one goroutine.
type session struct {
	l       *Link
	conn    stream.Conn
	out     source.Sink
	buf     []byte
	allowed map[*terminal]bool // authenticated here
	last    *terminal          // the newest that was heard here

	write  sync.Mutex // of conn and serial
	serial uint16
}

var errIdle = errors.New("nothing came for too long")

func (s *session) read(ctx context.Context) error {
	began := time.Now()
	heard := began
	b := make([]byte, 4096)
	for {
		n, err := s.conn.Read(b)
		now := time.Now()
		if n > 0 {
			heard = now
			s.take(b[:n])
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case now.Sub(heard) > stream.Idle:
			return errIdle
		case len(s.allowed) == 0 && now.Sub(began) > stream.Introduce:
			return fmt.Errorf("no terminal that the site file names has authenticated: %w", errIdle)
		}
	}
}

func (s *session) take(b []byte) {
	s.buf = append(s.buf, b...)
	for len(s.buf) > 0 {
		_, raw, n := jt808.Split(s.buf)
		if n == 0 {
			break
		}
		if raw != nil {
			m, err := jt808.Parse(raw)
			if err != nil {
				s.broken(raw, err)
				n-- // the 7E at its end may begin the next
			} else {
				s.message(m, bytes.Clone(raw))
			}
		}
		s.buf = s.buf[n:]
	}
	s.buf = bytes.Clone(s.buf)
}

// broken seals a damaged message if it is known whose connection this is.
func (s *session) broken(raw []byte, err error) {
	x := s.last
	if x == nil {
		s.l.cfg.Log.Warn("a damaged message of an unknown terminal", "error", err)
		return
	}
	o := record.OutcomeForeign
	switch {
	case errors.Is(err, jt808.ErrCheck):
		o = record.OutcomeCheck
	case errors.Is(err, jt808.ErrShort), errors.Is(err, jt808.ErrLength):
		o = record.OutcomeTruncated
	}
	s.l.cfg.Log.Warn("a damaged message", "device", x.ID, "error", err)
	m := s.heard(x, bytes.Clone(raw))
	m.Frame.Outcome, m.Failed, m.Cause = o, true, record.CauseBus
	s.out.Hear(m)
}

func (s *session) heard(x *terminal, raw []byte) source.Message {
	at := s.l.cfg.Boot()
	return source.Message{Device: x.ID, At: at, Frame: &record.Frame{Bus: x.Bus, Device: x.ID, Sent: []byte{},
		Received: raw[:min(len(raw), record.MaxExchange)], SentAt: at, RecvAt: at, Path: x.Path}}
}

// message takes a message whose check and length are right.
func (s *session) message(m *jt808.Message, raw []byte) {
	x := s.l.find(m.Phone)
	switch {
	case x == nil:
		if m.ID == idRegister {
			s.send(m, idRegistered, registered(m, registerUnknown, ""))
		}
		return
	case m.ID == idAuth:
		s.authenticate(x, m)
		return
	case m.ID == idRegister:
		h := s.heard(x, raw)
		answer := func() { go s.send(m, idRegistered, registered(m, resultOK, s.l.key(m.Phone))) }
		if h.Kept = answer; s.l.cfg.Peek {
			answer()
			h.Kept = nil
		}
		s.out.Hear(h)
		return
	case !s.allowed[x]:
		s.l.cfg.Log.Warn("a message before authentication is refused", "device", x.ID, "message", fmt.Sprintf("%04X", m.ID))
		if answered(m.ID) {
			s.send(m, idAnswer, general(m, resultFailed))
		}
		return
	}
	s.last = x
	h := s.heard(x, raw)
	s.l.mu.Lock()
	again := x.seen.before(raw)
	var lost error
	if !again {
		h.Earlier, lost = x.gather(m, h.Frame, time.Now())
	}
	s.l.mu.Unlock()
	if lost != nil {
		s.l.cfg.Log.Warn("a message in parts", "device", x.ID, "error", lost)
	}
	result := byte(resultOK)
	if !known(m.ID) {
		result = resultUnsupported
	}
	if !again {
		values, err := jt808.Decoder{}.Decode(x.Bound, &x.Device.Device, h.Frame, h.Earlier)
		if err != nil {
			s.l.cfg.Log.Warn("a message that cannot be read", "device", x.ID, "error", err)
			h.Frame.Outcome, h.Failed, h.Cause, h.Earlier = record.OutcomeForeign, true, record.CauseBus, nil
			result = resultWrong
		}
		h.Values = values
	}
	if answered(m.ID) {
		h.Kept = func() { go s.answer(x, m, result) }
	}
	s.out.Hear(h)
}

// authenticate checks the key (8.8): the body before 2019; since, its length first.
func (s *session) authenticate(x *terminal, m *jt808.Message) {
	key := m.Body
	if m.Version == jt808.Version2019 {
		if len(key) == 0 || len(key) < 1+int(key[0]) {
			key = nil
		} else {
			key = key[1 : 1+int(key[0])]
		}
	}
	if !hmac.Equal(key, []byte(s.l.key(m.Phone))) {
		s.l.cfg.Log.Warn("a terminal's key is wrong; it must register again", "device", x.ID)
		s.send(m, idAnswer, general(m, resultFailed))
		return
	}
	s.l.speakers.Heard(x.ID, s)
	s.allowed[x], s.last = true, x
	s.send(m, idAnswer, general(m, resultOK))
}

// answer acknowledges what is durable, and hands the answer on to be sealed.
func (s *session) answer(x *terminal, m *jt808.Message, result byte) {
	b, at, err := s.send(m, idAnswer, general(m, result))
	if err != nil {
		s.l.cfg.Log.Warn("a message is kept and could not be answered; the terminal will send it again", "device", x.ID, "error", err)
		return
	}
	s.out.Hear(source.Message{Device: x.ID, At: at, Frame: &record.Frame{Bus: x.Bus, Device: x.ID, Sent: b, Received: []byte{}, SentAt: at, RecvAt: at, Path: x.Path}})
}

func (s *session) send(to *jt808.Message, id uint16, body []byte) ([]byte, uint64, error) {
	s.write.Lock()
	defer s.write.Unlock()
	b := encode(to, id, s.serial, body)
	s.serial++
	at := s.l.cfg.Boot()
	_, err := s.conn.Write(b)
	return b, at, err
}

// known are the messages that are understood.
func known(id uint16) bool {
	switch id {
	case idBeat, idLeave, jt808.IDLocation, jt808.IDBatch:
		return true
	}
	return false
}

// answered is false for a terminal's own answers, which are not answered.
func answered(id uint16) bool {
	switch id {
	case idAck, 0x0104, 0x0107, jt808.IDLocationQuery, 0x0302, jt808.IDControlReply, 0x0700, 0x0802, 0x0805:
		return false
	}
	return true
}

func general(m *jt808.Message, result byte) []byte {
	return append(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, m.Serial), m.ID), result)
}

func registered(m *jt808.Message, result byte, key string) []byte {
	return append(append(binary.BigEndian.AppendUint16(nil, m.Serial), result), key...)
}

// encode writes a message in the form of the header that the terminal speaks.
func encode(to *jt808.Message, id, serial uint16, body []byte) []byte {
	props := uint16(len(body))
	p := binary.BigEndian.AppendUint16(nil, id)
	if to.Version == jt808.Version2019 {
		p = append(binary.BigEndian.AppendUint16(p, props|1<<14), to.Protocol)
	} else {
		p = binary.BigEndian.AppendUint16(p, props)
	}
	phone, _ := hex.DecodeString(to.Phone) // it was hex when it was read
	p = append(binary.BigEndian.AppendUint16(append(p, phone...), serial), body...)
	var check byte
	for _, c := range p {
		check ^= c
	}
	out := []byte{0x7E}
	for _, c := range append(p, check) {
		switch c {
		case 0x7E:
			out = append(out, 0x7D, 2)
		case 0x7D:
			out = append(out, 0x7D, 1)
		default:
			out = append(out, c)
		}
	}
	return append(out, 0x7E)
}
