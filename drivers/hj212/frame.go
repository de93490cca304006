package hj212

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Limits of a frame.
const (
	// MaxSegment is the longest data segment that four digits can announce. The
	// standard stops at StandardSegment; what goes beyond is noted.
	MaxSegment      = 9999
	StandardSegment = 1024
	// MaxFrame is a data segment with its envelope.
	MaxFrame = headBytes + MaxSegment + crcBytes + len(lineEnd)

	headBytes = 6 // "##" and four digits
	crcBytes  = 4
	tailBytes = crcBytes + len(lineEnd)
	lineEnd   = "\r\n"
)

var (
	// ErrStart: the bytes do not begin with "##" and four digits.
	ErrStart = errors.New("no HJ 212 frame begins here")
	// ErrShort: the frame ends before the length that it announces.
	ErrShort = errors.New("truncated")
	// ErrLength: no CRC stands where the announced length says.
	ErrLength = errors.New("length does not fit")
	// ErrCRC: the CRC is not that of the data segment.
	ErrCRC = errors.New("CRC does not match")
	// ErrEncrypted: the content is encrypted with a key that is not given, or
	// not this one, so that the CRC cannot be checked either.
	ErrEncrypted = errors.New("encrypted content")
)

// Options are what a device profile allows beyond the standard, and the key of
// encrypted content. The zero value is the standard.
type Options struct {
	// Rules are CRC rules allowed besides RuleHJ212, which is always tried first.
	Rules []Rule
	// LongLength allows a length that counts CRC and line end too.
	LongLength bool
	// Keys open content encrypted with SM4 (HJ 212-2025), 16 bytes each. Several,
	// because a station changes its key every 90 days.
	Keys []Key
	// Opened is the data segment as it was opened when the frame came. With it
	// encrypted content is read without a key.
	Opened []byte
}

// Key is an SM4 key with the name by which records speak of it.
type Key struct {
	ID    string
	Bytes []byte
}

func (o Options) allows(r Rule) bool {
	if r == RuleHJ212 {
		return true
	}
	for _, x := range o.Rules {
		if x == r {
			return true
		}
	}
	return false
}

// Frame is one packet whose length and CRC are right.
type Frame struct {
	Raw     []byte // from "##" to the line end, as received
	Segment []byte // the data segment as received
	// Plain is the data segment that the CRC is over: Segment itself, or with its
	// content opened when that was encrypted.
	Plain     []byte
	Encrypted bool
	Key       *Key   // that opened it; nil when it was opened already
	CRC       string // as printed
	Rule      Rule   // the rule that CRC fits
	// LongLength: the length counts CRC and line end, against the standard.
	LongLength bool
	LineEnd    string // as received; the standard's is CR LF
	Header     Header
	Content    Content
	content    []byte   // between the "&&" of CP, opened
	Notes      []string // what deviates from the standard, in the order found
}

func (f *Frame) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	for _, have := range f.Notes {
		if have == s {
			return
		}
	}
	if len(f.Notes) < maxNotes {
		f.Notes = append(f.Notes, s)
	}
}

// maxNotes bounds what one frame can make us write.
const maxNotes = 64

// Parse reads the frame that b begins with and tells how many bytes it takes;
// what follows it is not looked at. ErrShort means that more bytes may complete
// it; every other error is final for this beginning.
func Parse(b []byte, o Options) (*Frame, int, error) {
	n, err := announced(b)
	if err != nil {
		return nil, 0, err
	}
	short := false
	for _, long := range [...]bool{false, true} {
		size := n
		if long {
			if size = n - tailBytes; !o.LongLength || size < 0 {
				continue
			}
		}
		if len(b) < headBytes+size+crcBytes {
			short = true
			continue
		}
		f := &Frame{Segment: b[headBytes : headBytes+size], CRC: string(b[headBytes+size : headBytes+size+crcBytes]), LongLength: long}
		rest := b[headBytes+size+crcBytes:]
		f.LineEnd = readLineEnd(rest)
		if long && f.LineEnd != lineEnd {
			// The line end is what the length counts: without it this is another frame's tail.
			continue
		}
		if !f.match(o) {
			continue
		}
		total := headBytes + size + crcBytes + len(f.LineEnd)
		f.Raw = b[:total]
		f.read()
		return f, total, nil
	}
	if short {
		return nil, 0, fmt.Errorf("length %s announces %d bytes and %d came: %w", b[2:headBytes], n, max(len(b)-headBytes-crcBytes, 0), ErrShort)
	}
	return nil, 0, explain(b, n, o)
}

// announced reads "##" and the length.
func announced(b []byte) (int, error) {
	for i := range min(len(b), headBytes) {
		if i < 2 && b[i] != '#' || i >= 2 && (b[i] < '0' || b[i] > '9') {
			return 0, fmt.Errorf("%q is not \"##\" with four digits: %w", b[:min(len(b), headBytes)], ErrStart)
		}
	}
	if len(b) < headBytes {
		return 0, fmt.Errorf("%d bytes: %w", len(b), ErrShort)
	}
	n := 0
	for _, c := range b[2:headBytes] {
		n = 10*n + int(c-'0')
	}
	return n, nil
}

func readLineEnd(b []byte) string {
	for _, end := range [...]string{"\r\n", "\n", "\r"} {
		if bytes.HasPrefix(b, []byte(end)) {
			return end
		}
	}
	return ""
}

// match finds the rule that the CRC fits, opening the content if it has to.
func (f *Frame) match(o Options) bool {
	printed, ok := parseCRC([]byte(f.CRC))
	if !ok {
		return false
	}
	f.Plain, f.Rule = f.Segment, fit(f.Segment, printed, o)
	if !seemsEncrypted(f.Segment, f.Rule != 0) {
		return f.Rule != 0 && o.Opened == nil
	}
	if o.Opened != nil {
		return opens(f.Segment, o.Opened) && f.open(o.Opened, nil, printed, o)
	}
	for i := range o.Keys {
		if opened, err := Open(f.Segment, o.Keys[i].Bytes); err == nil && f.open(opened, &o.Keys[i], printed, o) {
			return true
		}
	}
	return false
}

// open takes opened as what the segment says, if the CRC is its.
func (f *Frame) open(opened []byte, k *Key, printed uint16, o Options) bool {
	from, to, _ := encryptedSpan(opened)
	rule := fit(opened, printed, o)
	// A CRC of 256 values lets a wrong key pass too often; ciphertext opened with
	// one is no text.
	if rule == 0 || bytes.ContainsFunc(opened[from:to], control) {
		return false
	}
	f.Plain, f.Encrypted, f.Key, f.Rule = opened, true, k, rule
	return true
}

// fit is the first allowed rule by which segment has the CRC printed, or 0.
func fit(segment []byte, printed uint16, o Options) Rule {
	for r := RuleHJ212; r <= maxRule; r++ {
		if o.allows(r) && r.CRC(segment) == printed {
			return r
		}
	}
	return 0
}

// explain says why a frame with enough bytes does not fit, and what would make
// it fit if that is a deviation known from the field.
func explain(b []byte, n int, o Options) error {
	crc := b[headBytes+n : headBytes+n+crcBytes]
	segment := b[headBytes : headBytes+n]
	if printed, ok := parseCRC(crc); ok {
		if seemsEncrypted(segment, fit(segment, printed, o) != 0) {
			if o.Keys == nil {
				return fmt.Errorf("%w: SM4 (HJ 212-2025), so that CRC %s cannot be checked; give the key", ErrEncrypted, crc)
			}
			return fmt.Errorf("%w: no key given opens it to CRC %s", ErrEncrypted, crc)
		}
		if !bytes.HasSuffix(segment, []byte("&&")) {
			// With a wrong length these digits may be anything, a password even.
			return fmt.Errorf("length %s: what stands behind %d bytes is not their CRC: %w", b[2:headBytes], n, ErrCRC)
		}
		why := ""
		for r := RuleHJ212 + 1; r <= maxRule; r++ {
			if !o.allows(r) && r.CRC(segment) == printed {
				why = fmt.Sprintf("; it fits the rule %v, which a profile may allow", r)
				break
			}
		}
		return fmt.Errorf("CRC %s printed, %04X by the rule of HJ 212%s: %w", crc, CRC(segment), why, ErrCRC)
	}
	if k := n - tailBytes; k >= 0 && !o.LongLength {
		if printed, ok := parseCRC(b[headBytes+k : headBytes+k+crcBytes]); ok && fit(b[headBytes:headBytes+k], printed, Options{Rules: []Rule{RuleSwapped, RuleModbus, RuleModbusSwapped}}) != 0 {
			return fmt.Errorf("length %s: the data segment has %d bytes; the length counts CRC and line end, which a profile may allow: %w", b[2:headBytes], k, ErrLength)
		}
	}
	return fmt.Errorf("length %s: no CRC stands behind %d bytes: %w", b[2:headBytes], n, ErrLength)
}

// ParseLine reads a frame that came alone: what stands before "##" and after
// the frame is noted, and since no more bytes will come, a short frame is final.
func ParseLine(b []byte, o Options) (*Frame, error) {
	start := bytes.Index(b, []byte("##"))
	if start < 0 {
		return nil, fmt.Errorf("no \"##\" in %d bytes: %w", len(b), ErrStart)
	}
	// Noise may hold "##" too: the first with four digits behind it counts.
	for i := start; i+headBytes <= len(b); i++ {
		if _, err := announced(b[i:]); err == nil {
			start = i
			break
		}
	}
	f, n, err := Parse(b[start:], o)
	if errors.Is(err, ErrShort) {
		if f, n, err = parseCutLine(b[start:], o); err != nil {
			return nil, explainShort(b[start:], o, err)
		}
	}
	if err != nil {
		return nil, err
	}
	if start > 0 {
		f.note("%d bytes before ##", start)
	}
	if rest := len(b) - start - n; rest > 0 {
		f.note("%d bytes after the frame", rest)
	}
	return f, nil
}

// parseCutLine reads a frame whose length counts the line end, and whose line end
// was lost where it was written down.
func parseCutLine(b []byte, o Options) (*Frame, int, error) {
	text := bytes.TrimRight(b, lineEnd)
	f, n, err := Parse(append(bytes.Clone(text), lineEnd...), o)
	if err != nil {
		return nil, 0, err
	}
	if !f.LongLength || n != len(text)+len(lineEnd) {
		return nil, 0, fmt.Errorf("%d bytes: %w", len(b), ErrShort)
	}
	f.Raw, f.LineEnd = f.Raw[:len(text)], string(b[len(text):])
	return f, len(b), nil
}

// explainShort looks at a frame that is shorter than its length: where its own
// end shows, the difference tells what the station counts.
func explainShort(b []byte, o Options, err error) error {
	n, bad := announced(b)
	body := bytes.TrimRight(b, lineEnd)
	size := len(body) - headBytes - crcBytes
	if bad != nil || size < 0 {
		return err
	}
	printed, ok := parseCRC(body[len(body)-crcBytes:])
	if !ok {
		return err
	}
	any := Options{Rules: []Rule{RuleSwapped, RuleModbus, RuleModbusSwapped}}
	rule := fit(body[headBytes:headBytes+size], printed, any)
	switch {
	case rule == 0:
		return err
	case n-size == tailBytes:
		return fmt.Errorf("length %s announces %d bytes, the data segment has %d (CRC rule %v): the length counts CRC and line end, which a profile may allow: %w", b[2:headBytes], n, size, rule, ErrLength)
	}
	return fmt.Errorf("length %s announces %d bytes, the data segment has %d (CRC rule %v): %w", b[2:headBytes], n, size, rule, ErrLength)
}

// read fills header and content out of a data segment whose CRC is right.
func (f *Frame) read() {
	if strings.ToUpper(f.CRC) != f.CRC {
		f.note("CRC in lower case")
	}
	if f.Rule != RuleHJ212 {
		f.note("CRC by the rule %v", f.Rule)
	}
	if f.LongLength {
		f.note("length counts CRC and line end")
	}
	if len(f.Segment) > StandardSegment {
		f.note("data segment of %d bytes; the standard stops at %d", len(f.Segment), StandardSegment)
	}
	f.content = f.readHeader()
	f.readContent(f.content)
}
