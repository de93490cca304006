package lines

import (
	"bytes"
	"time"

	"fieldseal/drivers/textline"
)

// MaxLine is the longest line taken, in bytes, its end included; nothing that
// these instruments print comes near it.
const MaxLine = textline.MaxLine

// Pause is the silence within a line after which it counts as torn, and the
// silence after which whatever comes begins a line. Some thermometers print a line
// in pieces, a fifth of a second apart.
const Pause = time.Second

// Shape is how a line came.
type Shape uint8

// The shapes of a line.
const (
	Whole Shape = iota
	Torn        // it paused in its middle
	Long        // above MaxLine; the rest of it is dropped
)

func (s Shape) String() string { return [...]string{"a line", "a torn line", "an overlong line"}[s] }

// Splitter cuts a stream of bytes into lines. A line ends with LF, or with CR and
// whatever LF follows at once. Until the beginning of a line is known, bytes are
// dropped: the tail of a line can look like another one.
type Splitter struct {
	pause time.Duration
	buf   []byte
	skip  bool // to the next line end
	last  time.Time
}

// NewSplitter begins within a line, for all it knows.
func NewSplitter(pause time.Duration, now time.Time) *Splitter {
	return &Splitter{pause: pause, skip: true, last: now}
}

// Clean reports whether the next byte begins a line.
func (s *Splitter) Clean() bool { return !s.skip && len(s.buf) == 0 }

// Write takes bytes that came at now and gives the lines that they end, in fresh
// memory.
func (s *Splitter) Write(b []byte, now time.Time, take func(line []byte, shape Shape)) {
	s.Quiet(now, take)
	s.last = now
	for _, c := range b {
		if n := len(s.buf); n > 0 && s.buf[n-1] == '\r' && c != '\n' {
			s.end(take)
		}
		switch {
		case s.skip:
			// A line that ends is over with its CR; a LF behind it is an empty line.
			s.skip = c != '\n' && c != '\r'
			continue
		case len(s.buf) == MaxLine:
			s.give(take, Long)
			s.skip = c != '\n'
			continue
		}
		if s.buf = append(s.buf, c); c == '\n' {
			s.end(take)
		}
	}
}

// Quiet tells that nothing came until now.
func (s *Splitter) Quiet(now time.Time, take func(line []byte, shape Shape)) {
	if n := len(s.buf); n > 0 && s.buf[n-1] == '\r' && now.Sub(s.last) >= s.pause/4 {
		s.end(take) // an instrument that ends its lines with CR alone
	}
	if now.Sub(s.last) < s.pause {
		return
	}
	if len(s.buf) > 0 {
		// What may still come of it is no line.
		s.give(take, Torn)
		s.skip, s.last = true, now
		return
	}
	s.skip = false
}

// End tells that nothing will come any more: what is left of a line is torn.
func (s *Splitter) End(take func(line []byte, shape Shape)) {
	if n := len(s.buf); n > 0 && s.buf[n-1] == '\r' {
		s.end(take)
	} else if n > 0 {
		s.give(take, Torn)
	}
	s.skip = true
}

func (s *Splitter) end(take func([]byte, Shape)) { s.give(take, Whole) }

func (s *Splitter) give(take func([]byte, Shape), shape Shape) {
	if len(bytes.TrimRight(s.buf, "\r\n")) > 0 {
		take(bytes.Clone(s.buf), shape)
	}
	s.buf = s.buf[:0]
}
