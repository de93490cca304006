package link

import (
	"bytes"

	"fieldseal/drivers/crane"
)

var (
	head = []byte{0x7E, 0x7E, 0x0E}
	tail = []byte{0x7D, 0x7D}
)

// Splitter cuts frames out of a stream. A frame has no checksum and no length of its
// own: real-time data have 66 or 70 bytes, all others end at the first 7D 7D.
type Splitter struct{ buf []byte }

// Feed takes bytes and gives the frames that they complete, and what fits none.
func (s *Splitter) Feed(b []byte) (frames, noise [][]byte) {
	s.buf = append(s.buf, b...)
	for {
		i := bytes.Index(s.buf, head)
		if i < 0 {
			// The last bytes may be the beginning of a head.
			if keep := min(len(s.buf), len(head)-1); len(s.buf) > keep {
				noise = append(noise, bytes.Clone(s.buf[:len(s.buf)-keep]))
				s.buf = bytes.Clone(s.buf[len(s.buf)-keep:])
			}
			return frames, noise
		}
		if i > 0 {
			noise = append(noise, bytes.Clone(s.buf[:i]))
			s.buf = s.buf[i:]
		}
		n, ok := length(s.buf)
		switch {
		case !ok: // this head begins nothing
			noise = append(noise, bytes.Clone(s.buf[:len(head)]))
			s.buf = s.buf[len(head):]
		case n == 0:
			s.buf = bytes.Clone(s.buf)
			return frames, noise
		default:
			frames = append(frames, bytes.Clone(s.buf[:n]))
			s.buf = s.buf[n:]
		}
	}
}

// Waiting is how many bytes wait for the rest of their frame.
func (s *Splitter) Waiting() int { return len(s.buf) }

// Drop gives up what waits.
func (s *Splitter) Drop() (b []byte) {
	b, s.buf = s.buf, nil
	return b
}

// length is that of the frame that b begins with; 0 when more bytes are needed to
// tell. ok is false when no frame begins here.
func length(b []byte) (n int, ok bool) {
	if len(b) < 4 {
		return 0, true
	}
	if crane.Type(b[3]) == crane.RealTime {
		for _, n := range [...]int{66, 70} {
			if len(b) < n {
				return 0, true
			}
			if bytes.Equal(b[n-2:n], tail) {
				return n, true
			}
		}
		return 0, false
	}
	if i := bytes.Index(b[4:], tail); i >= 0 && i+6 <= crane.MaxFrame {
		return i + 6, true
	}
	return 0, len(b) < crane.MaxFrame
}
