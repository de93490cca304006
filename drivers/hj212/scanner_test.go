package hj212

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// scan feeds stream in pieces of n bytes and gives back all tokens.
func scan(t testing.TB, stream []byte, n int, o Options) []Token {
	t.Helper()
	s := NewScanner(o)
	var out []Token
	drain := func(done bool) {
		for {
			tok, ok := s.Next(done)
			if !ok {
				return
			}
			out = append(out, tok)
		}
	}
	for len(stream) > 0 {
		k := min(n, len(stream))
		if _, err := s.Write(stream[:k]); err != nil {
			t.Fatal(err)
		}
		stream = stream[k:]
		drain(false)
	}
	drain(true)
	if s.Buffered() != 0 {
		t.Fatalf("%d bytes never came out", s.Buffered())
	}
	return out
}

func good(tokens []Token) (frames []string) {
	for _, x := range tokens {
		if x.Frame != nil {
			frames = append(frames, x.Frame.Header.MN)
		}
	}
	return frames
}

func station(mn string) string {
	return packet("QN=20200101000000001;ST=22;CN=2011;PW=1;MN="+mn+";Flag=5;CP=&&DataTime=20200101000000;a34004-Rtd=75.6&&", RuleHJ212)
}

func TestFramesComeOutOfAnyStream(t *testing.T) {
	a, b, c := station("A"), station("B"), station("C")
	broken := strings.Replace(a, "75.6", "75.7", 1)
	for _, x := range []struct{ name, stream, want string }{
		{"one", a, "A"},
		{"three in one read", a + b + c, "A B C"},
		{"garbage before", "?\xff\x00 noise" + a, "A"},
		{"a # before", "#" + a + "##" + b, "A B"},
		{"text after", a + "OK\r\n" + b, "A B"},
		{"no line end", strings.TrimSpace(a) + strings.TrimSpace(b), "A B"},
		{"line feed only", strings.Replace(a, "\r\n", "\n", 1) + b, "A B"},
		{"a broken frame between", a + broken + b, "A B"},
		{"cut off", a[:40] + b + c, "B C"},
		{"a length of 9999", "##9999" + a + b, "A B"},
		{"a length that swallows the next", strings.Replace(a, "##0", "##1", 1) + b + c, "B C"},
		{"## in the content", packet("QN=1;ST=22;CN=2011;PW=1;MN=A;Flag=5;CP=&&x=##0012##;a34004-Rtd=1&&", RuleHJ212) + b, "A B"},
		{"nothing but noise", strings.Repeat("noise ", 50), ""},
		{"never ends", a + "##0500QN=", "A"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for n := range len(x.stream) {
				tokens := scan(t, []byte(x.stream), n+1, Options{})
				if got := strings.Join(good(tokens), " "); got != x.want {
					t.Fatalf("in pieces of %d: frames %q, want %q", n+1, got, x.want)
				}
				var all []byte
				for _, tok := range tokens {
					all = append(all, tok.Raw...)
				}
				if string(all) != x.stream {
					t.Fatalf("in pieces of %d the stream comes out as %q", n+1, all)
				}
			}
		})
	}
}

func TestBrokenFrameSaysWhy(t *testing.T) {
	var errs []error
	for _, tok := range scan(t, []byte(strings.Replace(station("A"), "75.6", "75.7", 1)), 7, Options{}) {
		if tok.Err != nil {
			errs = append(errs, tok.Err)
		}
	}
	if len(errs) != 1 || !errors.Is(errs[0], ErrCRC) {
		t.Errorf("%v", errs)
	}
}

func TestLongLengthInAStream(t *testing.T) {
	frame := named(t, "testdata/foreign.txt")["long-length-null-mn"] + "\r\n"
	tokens := scan(t, []byte(frame+frame+station("B")), 11, Options{LongLength: true})
	if got := strings.Join(good(tokens), " "); got != "null null B" {
		t.Errorf("frames %q", got)
	}
}

func TestScannerBoundsWhatItHolds(t *testing.T) {
	s := NewScanner(Options{})
	n, err := s.Write(bytes.Repeat([]byte("#"), MaxBuffered+1))
	if n != MaxBuffered || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%d %v", n, err)
	}
	for range MaxBuffered {
		if _, ok := s.Next(false); !ok {
			break
		}
	}
	if s.Buffered() > MaxFrame {
		t.Errorf("%d bytes of noise are kept", s.Buffered())
	}
}

// Whatever comes, the tokens are the stream, and reading it in pieces changes
// no frame that stands by itself.
func FuzzScanner(f *testing.F) {
	for _, frame := range named(f, "testdata/foreign.txt") {
		f.Add([]byte(frame+"\r\n"), uint8(5), uint8(0))
	}
	f.Add([]byte("?"+station("A")+"##"+station("B")), uint8(1), uint8(15))
	f.Fuzz(func(t *testing.T, stream []byte, n, opts uint8) {
		if len(stream) > MaxBuffered/2 {
			return
		}
		o := Options{LongLength: opts&1 != 0}
		for r := RuleSwapped; r <= maxRule; r++ {
			if opts>>r&1 != 0 {
				o.Rules = append(o.Rules, r)
			}
		}
		if opts&128 != 0 {
			o.Keys = []Key{{Bytes: bytes.Repeat([]byte{0x30}, 16)}}
		}
		var all []byte
		for _, tok := range scan(t, stream, int(n)+1, o) {
			all = append(all, tok.Raw...)
			if len(tok.Raw) == 0 || tok.Frame != nil && tok.Err != nil {
				t.Fatalf("token %+v", tok)
			}
			if tok.Frame != nil {
				if !bytes.Equal(tok.Frame.Raw, tok.Raw) || tok.Frame.Rule == 0 {
					t.Fatalf("frame %+v of %q", tok.Frame, tok.Raw)
				}
				for _, r := range tok.Frame.Readings() {
					if r.Factor == "" || r.Suffix == "" {
						t.Fatalf("reading %+v", r)
					}
				}
			}
		}
		if !bytes.Equal(all, stream) {
			t.Fatalf("%q came out as %q", stream, all)
		}
		_, _ = ParseLine(stream, o)
	})
}
