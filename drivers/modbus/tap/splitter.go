package tap

import (
	"bytes"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/record"
)

// Patience is how long after a request its reply may end, in µs. What comes later is
// taken for nobody's.
const Patience = 1_500_000

// MaxBuffer bounds what waits to be told apart.
const MaxBuffer = 4 * modbus.MaxRTU

// Seen is one thing that passed on the line. Times are boot times in µs.
type Seen struct {
	Unit    byte
	Read    modbus.Read // of a request that reads; zero for another
	Request []byte
	Reply   []byte
	SentAt  uint64
	RecvAt  uint64
	Outcome record.Outcome
	// Write says that the request changes the slave (functions 5, 6, 15, 16); it has
	// no outcome.
	Write bool
}

// Splitter tells requests from replies in the bytes of both directions. It has no
// clock and opens nothing.
type Splitter struct {
	buf    []byte
	open   *Seen  // the request that waits for its reply
	write  []byte // how the slave answers a write that was just seen
	synced bool   // the frame before this one was whole
	last   uint64 // when the last byte came
	Noise  uint64 // bytes that were part of nothing
}

// Feed takes bytes that came by now, and gives what they complete.
func (s *Splitter) Feed(b []byte, now uint64) (seen []Seen) {
	seen = s.Idle(now)
	s.last = now
	s.buf = append(s.buf, b...)
	for len(s.buf) > 0 {
		x, took := s.next(now)
		if x != nil {
			seen = append(seen, *x)
		}
		if took == 0 {
			break
		}
		s.buf = s.buf[took:]
	}
	if over := len(s.buf) - MaxBuffer; over > 0 {
		s.skip(over)
		s.buf = s.buf[over:]
	}
	s.buf = bytes.Clone(s.buf) // lets go of what was taken
	return seen
}

// Idle ends what has waited too long. It is called whenever the line is quiet.
func (s *Splitter) Idle(now uint64) (seen []Seen) {
	if s.open != nil && now-s.open.SentAt > Patience {
		seen = append(seen, s.unanswered(now))
	}
	if len(s.buf) > 0 && now-s.last > Patience {
		s.skip(len(s.buf))
		s.buf = nil
	}
	return seen
}

// unanswered ends the open request without its reply.
func (s *Splitter) unanswered(now uint64) Seen {
	x := *s.open
	s.open = nil
	x.RecvAt, x.Outcome = now, record.OutcomeNoAnswer
	if n, err := modbus.ExpectedLength(x.Request, s.buf); err == nil && n > 0 && len(s.buf) < n {
		x.Reply, x.Outcome = bytes.Clone(s.buf), record.OutcomeTruncated
		s.skip(len(s.buf))
		s.buf = nil
	}
	return x
}

func (s *Splitter) skip(n int) {
	s.Noise += uint64(n)
	s.synced = false
}

// next looks at what the buffer begins with: took is how many bytes are done with, 0
// when more are needed to tell.
func (s *Splitter) next(now uint64) (x *Seen, took int) {
	if s.open != nil {
		n, err := modbus.ExpectedLength(s.open.Request, s.buf)
		switch {
		case err != nil: // not its reply; the master may have given up
		case n == 0:
			return nil, 0
		case n != 8 && s.request(s.buf):
			// The master asks again, and the third byte looks like a byte count.
		case len(s.buf) < n:
			return nil, 0
		default:
			return s.reply(n, now)
		}
	}
	if w := s.write; len(w) > 0 && len(s.buf) >= len(w) {
		s.write = nil
		if bytes.Equal(s.buf[:len(w)], w) {
			s.synced = true
			return nil, len(w)
		}
	}
	if n := writeLength(s.buf); n > 0 {
		switch {
		case n > len(s.buf):
			return nil, 0
		case n > 0 && modbus.CRC(s.buf[:n]) == 0:
			return s.written(n, now), n
		}
	}
	if len(s.buf) < 8 {
		return nil, 0
	}
	if !s.request(s.buf) {
		s.skip(1)
		return nil, 1
	}
	if f := s.buf[1]; !s.synced && f <= modbus.ReadDiscreteInputs && s.buf[2] == 3 {
		// It may as well be a reply with three bytes of bits.
		s.Noise += 8
		s.synced = true
		return nil, 8
	}
	if s.open != nil {
		gone := *s.open
		gone.RecvAt, gone.Outcome = now, record.OutcomeNoAnswer
		x = &gone
	}
	r, _ := modbus.ParseRead(s.buf[1:6]) // request checked it
	s.open = &Seen{Unit: s.buf[0], Read: r, Request: bytes.Clone(s.buf[:8]), SentAt: now}
	s.synced = true
	return x, 8
}

// request reports whether b begins with a whole request that reads.
func (s *Splitter) request(b []byte) bool {
	if len(b) < 8 || b[0] == 0 || b[0] > modbus.MaxUnit || modbus.CRC(b[:8]) != 0 {
		return false
	}
	_, err := modbus.ParseRead(b[1:6])
	return err == nil
}

// reply takes the n bytes that have the length of the open request's reply.
func (s *Splitter) reply(n int, now uint64) (*Seen, int) {
	x := *s.open
	x.Reply, x.RecvAt = bytes.Clone(s.buf[:n]), now
	s.open = nil
	if modbus.CRC(x.Reply) != 0 {
		x.Outcome = record.OutcomeCheck
		s.skip(1)
		return &x, 1 // the next request may stand within
	}
	s.synced = true
	if x.Reply[1]&0x80 != 0 {
		x.Outcome = record.OutcomeException
	}
	return &x, n
}

// writeLength is the length of a request that writes, if b begins with one; 0 if not,
// or more than b holds where it is not whole yet.
func writeLength(b []byte) int {
	if len(b) < 2 || b[0] > modbus.MaxUnit {
		return 0
	}
	switch b[1] {
	case 5, 6:
		return 8
	case 15, 16:
		if len(b) < 7 {
			return 7
		}
		if b[6] == 0 || int(b[6]) > modbus.MaxRTU-9 {
			return 0
		}
		return 9 + int(b[6])
	}
	return 0
}

// written takes a request that writes, of n bytes.
func (s *Splitter) written(n int, now uint64) *Seen {
	x := &Seen{Unit: s.buf[0], Request: bytes.Clone(s.buf[:n]), SentAt: now, RecvAt: now, Write: true}
	s.write = x.Request
	if n != 8 {
		s.write = modbus.AppendCRC(bytes.Clone(s.buf[:6]))
	}
	s.open, s.synced = nil, true
	return x
}
