package hj212

import (
	"bytes"
	"errors"
	"io"
)

// Scanner cuts a byte stream into frames. It survives what lies between them,
// several frames in one read and one frame in several. It is not safe for use
// by two goroutines.
//
// Every byte written comes out in exactly one Token, in order, so that the
// tokens together are the stream. Each place where a frame may begin is refused
// at most once, so that no stream can make it work its checksums over and over.
type Scanner struct {
	opts   Options
	buf    []byte
	looked int     // buf[:looked] has been searched for beginnings
	places []place // where frames may begin in buf, ascending
}

// place is a "##" with four digits behind it, or too near the end to tell.
type place struct {
	at   int
	need int   // bytes from here on before it is worth another look
	err  error // why no frame begins here; nil: not refused
}

// MaxBuffered is how many bytes a Scanner holds before they are asked for.
const MaxBuffered = 4 * MaxFrame

// Token is a piece of the stream: a frame, or bytes that are none.
type Token struct {
	Raw   []byte
	Frame *Frame // nil: these bytes are no frame
	Err   error  // why a frame that began here is none; nil for what merely lay between frames
}

// NewScanner makes a scanner for one connection or line.
func NewScanner(o Options) *Scanner { return &Scanner{opts: o} }

// Write takes bytes as they came. It takes fewer than all, with
// io.ErrShortWrite, when MaxBuffered is reached: call Next first.
func (s *Scanner) Write(p []byte) (int, error) {
	n := min(len(p), MaxBuffered-len(s.buf))
	s.buf = append(s.buf, p[:n]...)
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// Next gives the next token. ok is false when the stream must bring more first.
// done says that it will not, because the stream ended or has been silent for
// longer than a frame's own pauses: then what is left comes out as it is.
func (s *Scanner) Next(done bool) (t Token, ok bool) {
	s.look()
	live, size := s.judge(done)
	// What lies before the first place that is not refused is no frame.
	bound := len(s.buf)
	switch {
	case live >= 0:
		bound = s.places[live].at
	case !done && bytes.HasSuffix(s.buf, []byte("#")):
		bound-- // it may be half of a beginning
	}
	if bound > 0 {
		return s.take(s.refused(bound))
	}
	if size == 0 {
		return Token{}, false
	}
	t, ok = s.take(size, nil)
	// Parse again over the token's own bytes: the buffer is overwritten.
	t.Frame, _, t.Err = Parse(t.Raw, s.opts)
	return t, ok
}

// look finds the places that came in since it was last called.
func (s *Scanner) look() {
	for ; s.looked+1 < len(s.buf); s.looked++ {
		if s.buf[s.looked] == '#' && s.buf[s.looked+1] == '#' {
			s.places = append(s.places, place{at: s.looked})
		}
	}
}

// judge refuses the places where no frame begins. It gives the index of the
// first that is not refused, or -1, and the size of its frame, 0 if that is
// still coming.
func (s *Scanner) judge(done bool) (live, size int) {
	live = -1
	kept := s.places[:0]
	for _, p := range s.places {
		if p.err != nil || size > 0 {
			kept = append(kept, p)
			continue
		}
		have := len(s.buf) - p.at
		if have < p.need && !done {
			if live < 0 {
				live = len(kept)
			}
			kept = append(kept, p)
			continue
		}
		f, n, err := Parse(s.buf[p.at:], s.opts)
		switch {
		case !done && (errors.Is(err, ErrShort) || err == nil && have == n && lineEndMayFollow(f.LineEnd)):
			p.need = s.need(s.buf[p.at:])
			if live < 0 {
				live = len(kept)
			}
		case errors.Is(err, ErrStart):
			continue // two # in a text
		case err != nil:
			p.err = err
		default:
			// A damaged length must not swallow the frames behind it: a whole frame
			// ends the wait for those that seem unfinished before it.
			for i := range kept {
				if kept[i].err == nil {
					kept[i].err = ErrShort
				}
			}
			live, size = len(kept), n
		}
		kept = append(kept, p)
	}
	s.places = kept
	return live, size
}

// need is how many bytes may tell more about an unfinished frame.
func (s *Scanner) need(b []byte) int {
	n, err := announced(b)
	if err != nil {
		return len(b) + 1
	}
	size := headBytes + n + crcBytes
	if s.opts.LongLength {
		size -= tailBytes
	}
	return max(size, len(b)+1)
}

// lineEndMayFollow reports whether what came behind a CRC may still grow into CR LF.
func lineEndMayFollow(end string) bool { return end == "" || end == "\r" }

// refused tells how far the first piece of s.buf[:bound] reaches, which holds no
// frame, and the error if a frame began there.
func (s *Scanner) refused(bound int) (int, error) {
	if len(s.places) == 0 || s.places[0].err == nil {
		return bound, nil
	}
	if at := s.places[0].at; at > 0 {
		return min(at, bound), nil
	}
	n, err := announced(s.buf)
	end := headBytes + n + crcBytes
	if err != nil || end >= bound {
		return bound, s.places[0].err
	}
	return min(end+len(readLineEnd(s.buf[end:])), bound), s.places[0].err
}

// take cuts n bytes off the buffer into a token.
func (s *Scanner) take(n int, err error) (Token, bool) {
	t := Token{Raw: bytes.Clone(s.buf[:n]), Err: err}
	s.buf = append(s.buf[:0], s.buf[n:]...)
	s.looked = max(s.looked-n, 0)
	kept := s.places[:0]
	for _, p := range s.places {
		if p.at >= n {
			kept = append(kept, place{p.at - n, p.need, p.err})
		}
	}
	s.places = kept
	return t, true
}

// Buffered is how many bytes wait for more to come.
func (s *Scanner) Buffered() int { return len(s.buf) }
