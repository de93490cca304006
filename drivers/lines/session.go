package lines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/record"
)

// session is one connection, read by one goroutine.
type session struct {
	l     *Link
	conn  stream.Conn
	out   source.Sink
	split *Splitter
	known bool // a line of a device was heard

	asked    *turn // whose answer is waited for; nil: none
	sentAt   uint64
	deadline time.Time
}

var errIdle = errors.New("nothing came for too long")

// serve runs one connection to its end.
func (l *Link) serve(ctx context.Context, conn stream.Conn, out source.Sink, dialledIn bool) error {
	began := time.Now()
	s := &session{l: l, conn: conn, out: out, split: NewSplitter(l.cfg.Pause, began)}
	for _, t := range l.turns {
		t.due = began
	}
	heard := began
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		now := time.Now()
		if n > 0 {
			heard = now
			s.split.Write(buf[:n], now, s.line)
		} else {
			s.split.Quiet(now, s.line)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.split.End(s.line)
			s.unanswered(record.OutcomeBus, record.CauseBus, err)
			return err
		case dialledIn && now.Sub(heard) > stream.Idle:
			return errIdle
		case dialledIn && !s.known && now.Sub(began) > stream.Introduce:
			return fmt.Errorf("no line of a device that the site file names: %w", errIdle)
		}
		if err := s.ask(now); err != nil {
			return err
		}
	}
}

// ask sends the question that is due, once the line is clean: what was being
// printed before is no answer to it.
func (s *session) ask(now time.Time) error {
	if s.asked != nil {
		if now.Before(s.deadline) {
			return nil
		}
		s.unanswered(record.OutcomeNoAnswer, record.CauseNoAnswer, nil)
	}
	var t *turn
	for _, x := range s.l.turns {
		if !x.due.After(now) && (t == nil || x.due.Before(t.due)) {
			t = x
		}
	}
	if t == nil || !s.split.Clean() {
		return nil
	}
	// A turn that came late is not made up for.
	if t.due = t.due.Add(t.every); t.due.Before(now) {
		t.due = now.Add(t.every)
	}
	s.asked, s.sentAt, s.deadline = t, s.l.cfg.Boot(), now.Add(s.l.cfg.Answer)
	if _, err := s.conn.Write(t.ask); err != nil {
		s.unanswered(record.OutcomeBus, record.CauseBus, err)
		return fmt.Errorf("ask %s: %w", t.of.ID, err)
	}
	return nil
}

// unanswered hands on a question to which nothing came.
func (s *session) unanswered(o record.Outcome, cause record.Cause, why error) {
	t := s.asked
	if t == nil {
		return
	}
	s.asked = nil
	at := s.l.cfg.Boot()
	s.l.cfg.Log.Debug("a question without an answer", "device", t.of.ID, "error", why)
	s.out.Hear(source.Message{Device: t.of.ID, At: at, Failed: true, Cause: cause,
		Frame: &record.Frame{Sent: t.ask, Received: []byte{}, SentAt: s.sentAt, RecvAt: at, Outcome: o}})
}

// line takes what the splitter gives.
func (s *session) line(b []byte, shape Shape) {
	of, exchange, err := s.l.whose(b)
	if of == nil {
		s.l.stray(b, err)
		return
	}
	at := s.l.cfg.Boot()
	m := source.Message{Device: of.ID, At: at, Frame: &record.Frame{Bus: of.Bus, Device: of.ID, Sent: []byte{}, Received: b, SentAt: at, RecvAt: at, Path: of.Path}}
	fail := func(o record.Outcome, why error) {
		m.Frame.Outcome, m.Failed, m.Cause = o, true, record.CauseBus
		s.l.cfg.Log.Warn("a line without a value", "device", of.ID, "error", why)
	}
	asked := s.asked
	switch {
	case shape != Whole:
		fail(record.OutcomeTruncated, errors.New(shape.String()))
	case errors.Is(err, errOther):
		s.known = true
		return
	case err != nil:
		fail(outcome(err), err)
	case asked == nil && s.l.needsAsking(of, exchange):
		// A late answer, or one to another master: of which question is not known.
		fail(record.OutcomeForeign, errors.New("it answers a question that was not asked just now"))
		m.Failed = false
	}
	if asked != nil && (m.Frame.Outcome != record.OutcomeOK || asked.exchange == exchange) {
		// The next line is the answer, if it is one or not: an instrument that
		// refuses says so in a line of its own.
		m.Frame.Sent, m.Frame.SentAt = asked.ask, s.sentAt
		s.asked = nil
	} else if m.Frame.Outcome == record.OutcomeOK && s.l.needsAsking(of, exchange) {
		fail(record.OutcomeForeign, errors.New("it answers another question than the one that was asked"))
	}
	if m.Frame.Outcome == record.OutcomeOK {
		s.known = true
		values, err := of.tongue.decode(&of.Device.Device, m.Frame)
		if err != nil {
			fail(record.OutcomeForeign, err)
		}
		m.Values = values
	}
	s.out.Hear(m)
}

// needsAsking says that a line comes only as an answer.
func (l *Link) needsAsking(of *speaker, exchange int) bool {
	for _, t := range l.turns {
		if t.of == of && t.exchange == exchange {
			return true
		}
	}
	return false
}

// whose finds the device of a line, and which of its lines it is. A line that fits
// none is that of the bus's only device, with an error; of nobody where there are
// several.
func (l *Link) whose(b []byte) (of *speaker, exchange int, err error) {
	for _, s := range l.speakers {
		if exchange, err = s.tongue.find(b); err == nil {
			return s, exchange, nil
		}
	}
	if len(l.speakers) == 1 && !errors.Is(err, textline.ErrAddress) {
		return l.speakers[0], 0, err
	}
	return nil, 0, err
}
