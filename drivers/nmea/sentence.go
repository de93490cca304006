package nmea

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of a sentence.
const (
	// MaxSentence is the longest taken, line end not counted. The standard stops
	// at StandardSentence; receivers go beyond it with many decimals.
	MaxSentence      = 256
	StandardSentence = 80
	maxFields        = 64
)

var (
	// ErrStart: no "$" or "!" begins the sentence.
	ErrStart = errors.New("no NMEA sentence begins here")
	// ErrChecksum: the checksum is missing or does not match.
	ErrChecksum = errors.New("checksum does not match")
	// ErrForm: the sentence has no address field, or bytes that none may have.
	ErrForm = errors.New("not an NMEA sentence")
	// ErrLength: the sentence is longer than any this package takes.
	ErrLength = errors.New("too long")
)

// Sentence is one sentence, its checksum checked.
type Sentence struct {
	Talker string // such as GP; "P" for a proprietary sentence
	Type   string // such as RMC; for a proprietary one, all that follows the P
	Fields []string
}

// Parse reads one sentence, with or without its line end.
func Parse(b []byte) (*Sentence, error) {
	s := strings.TrimRight(string(b[:min(len(b), MaxSentence+3)]), "\r\n")
	switch {
	case len(s) > MaxSentence || len(b) > MaxSentence+2:
		return nil, fmt.Errorf("%d bytes are above the limit of %d: %w", len(b), MaxSentence, ErrLength)
	case s == "" || s[0] != '$' && s[0] != '!':
		return nil, fmt.Errorf("a sentence begins with $ or !: %w", ErrStart)
	}
	body, sum, ok := strings.Cut(s[1:], "*")
	if !ok {
		return nil, fmt.Errorf("no *hh at the end: %w", ErrChecksum)
	}
	var x byte
	for i := range len(body) {
		if body[i] < 0x20 || body[i] > 0x7E {
			return nil, fmt.Errorf("byte %02X at %d: %w", body[i], i+1, ErrForm)
		}
		x ^= body[i]
	}
	if got := fmt.Sprintf("%02X", x); got != strings.ToUpper(sum) {
		if len(sum) > 8 {
			sum = sum[:8]
		}
		return nil, fmt.Errorf("checksum %q, worked out %s: %w", sum, got, ErrChecksum)
	}
	fields := strings.SplitN(body, ",", maxFields+1)
	if len(fields) > maxFields {
		return nil, fmt.Errorf("more than %d fields: %w", maxFields, ErrForm)
	}
	address := fields[0]
	n := &Sentence{Fields: fields[1:]}
	switch {
	case len(address) >= 2 && address[0] == 'P':
		n.Talker, n.Type = "P", address[1:]
	case len(address) == 5:
		n.Talker, n.Type = address[:2], address[2:]
	default:
		return nil, fmt.Errorf("address field %q; a talker of 2 characters and a type of 3 are expected: %w", address, ErrForm)
	}
	return n, nil
}

// field is the field at i, or empty where the sentence is shorter.
func (s *Sentence) field(i int) string {
	if i < len(s.Fields) {
		return s.Fields[i]
	}
	return ""
}
