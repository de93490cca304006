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
// tokens together are the stream.
type Scanner struct {
	opts Options
	buf  []byte
}

// MaxBuffered is how many bytes a Scanner holds before they are asked for.
const MaxBuffered = 4 * MaxFrame

// Token is a piece of the stream: a frame, or bytes that are none.
type Token struct {
	Raw   []byte
	Frame *Frame // nil: these bytes are no frame
	Err   error  // why they are none; nil for what merely lay between frames
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
	start := bytes.Index(s.buf, []byte("##"))
	if start < 0 {
		// A last "#" may be half of a frame's beginning.
		keep := 0
		if !done && bytes.HasSuffix(s.buf, []byte("#")) {
			keep = 1
		}
		return s.take(len(s.buf)-keep, Token{})
	}
	if start > 0 {
		return s.take(start, Token{})
	}
	f, n, err := Parse(s.buf, s.opts)
	switch {
	case err == nil:
		if f.LineEnd != lineEnd && n == headBytes+len(f.Segment)+crcBytes+len(f.LineEnd) && !done && lineEndMayFollow(s.buf[n-len(f.LineEnd):]) {
			return Token{}, false
		}
		t, ok = s.take(n, Token{})
		// Parse again over the token's own bytes: the buffer is overwritten.
		t.Frame, _, t.Err = Parse(t.Raw, s.opts)
		return t, ok
	case errors.Is(err, ErrShort) && !done:
		// A damaged length must not swallow the frames behind it, so a whole frame
		// inside what seems unfinished ends the wait.
		if k := s.wholeFrame(); k > 0 {
			return s.take(k, Token{Err: err})
		}
		return Token{}, false
	}
	return s.take(s.extent(), Token{Err: err})
}

// lineEndMayFollow reports whether b, what came behind a CRC, may still grow
// into CR LF.
func lineEndMayFollow(b []byte) bool { return len(b) == 0 || string(b) == "\r" }

// wholeFrame finds a frame that stands complete behind the buffer's beginning;
// 0 if there is none.
func (s *Scanner) wholeFrame() int {
	for i := 2; ; {
		k := bytes.Index(s.buf[i:], []byte("##"))
		if k < 0 {
			return 0
		}
		if i += k; s.whole(i) {
			return i
		}
		i++
	}
}

func (s *Scanner) whole(i int) bool {
	_, _, err := Parse(s.buf[i:], s.opts)
	return err == nil
}

// extent is how far the broken frame at the buffer's beginning reaches: to the
// next "##" within its announced length, else to the end of that.
func (s *Scanner) extent() int {
	end := len(s.buf)
	if n, err := announced(s.buf); err == nil {
		if e := headBytes + n + crcBytes; e <= end {
			end = e + len(readLineEnd(s.buf[e:]))
		}
	} else {
		end = min(2, end)
	}
	if len(s.buf) > 1 {
		// From the second byte on: in "###0101" the frame begins at the second "#".
		if k := bytes.Index(s.buf[1:], []byte("##")); k >= 0 && 1+k < end {
			end = 1 + k
		}
	}
	return end
}

// take cuts n bytes off the buffer into the token.
func (s *Scanner) take(n int, t Token) (Token, bool) {
	if n <= 0 {
		return Token{}, false
	}
	t.Raw = bytes.Clone(s.buf[:n])
	s.buf = append(s.buf[:0], s.buf[n:]...)
	return t, true
}

// Buffered is how many bytes wait for more to come.
func (s *Scanner) Buffered() int { return len(s.buf) }
