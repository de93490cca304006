package jt808

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Limits of a message.
const (
	maxBody = 0x3FF // bytes; the length field has 10 bits
	// MaxMessage is the longest message on the wire: every byte between its ends
	// escaped.
	MaxMessage = 2 + 2*(maxHeader+maxBody+1)
	maxHeader  = 21
	flag       = 0x7E
	escape     = 0x7D
)

var (
	// ErrStart: no 7EH begins the message.
	ErrStart = errors.New("no JT/T 808 message begins here")
	// ErrShort: no 7EH ends it, or it is shorter than a header.
	ErrShort = errors.New("truncated")
	// ErrEscape: a 7DH that escapes nothing.
	ErrEscape = errors.New("wrong escape")
	// ErrCheck: the check byte does not match.
	ErrCheck = errors.New("check byte does not match")
	// ErrLength: the body is longer or shorter than the header says.
	ErrLength = errors.New("length does not fit")
)

// Version is the form of the header.
type Version int

// The versions. Those of 2011 and 2013 cannot be told apart by a header.
const (
	Version2013 Version = 2013
	Version2019 Version = 2019
)

// Message identifiers that this package reads the body of.
const (
	IDLocation      = 0x0200
	IDLocationQuery = 0x0201
	IDControlReply  = 0x0500
	IDBatch         = 0x0704
)

// Message is one message, unescaped and checked.
type Message struct {
	ID       uint16
	Version  Version
	Protocol byte   // the protocol version byte of a 2019 header; 0 before
	Phone    string // 12 digits, or 20 in a 2019 header, as sent
	Serial   uint16
	Cipher   byte   // 0: plain; 1: RSA; others reserved
	Parts    uint16 // messages in all, if split; 0: not split
	Part     uint16 // number of this one, from 1
	Body     []byte
}

// Split cuts the first message out of a stream: the bytes before its 7EH, and
// the message with both ends. Two messages may share none of their 7EH. n is
// how many bytes both take; 0 says that more must come.
func Split(b []byte) (skipped, message []byte, n int) {
	from := indexFlag(b)
	if from < 0 {
		return b, nil, len(b)
	}
	// 7E 7E is the end of one and the beginning of the next.
	for from+1 < len(b) && b[from+1] == flag {
		from++
	}
	to := indexFlag(b[from+1:])
	if to < 0 {
		if len(b)-from > MaxMessage {
			return b, nil, len(b)
		}
		return b[:from], nil, 0
	}
	n = from + 1 + to + 1
	return b[:from], b[from:n], n
}

func indexFlag(b []byte) int {
	for i, x := range b {
		if x == flag {
			return i
		}
	}
	return -1
}

// Parse reads one message from 7EH to 7EH.
func Parse(b []byte) (*Message, error) {
	if len(b) == 0 || b[0] != flag {
		return nil, fmt.Errorf("a message begins with 7E: %w", ErrStart)
	}
	if len(b) < 2 || b[len(b)-1] != flag {
		return nil, fmt.Errorf("no 7E at the end of %d bytes: %w", len(b), ErrShort)
	}
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%d bytes are above the limit of %d: %w", len(b), MaxMessage, ErrLength)
	}
	p, err := unescape(b[1 : len(b)-1])
	if err != nil {
		return nil, err
	}
	if len(p) < 13 {
		return nil, fmt.Errorf("%d bytes between 7E and 7E, a header with check byte has 13: %w", len(p), ErrShort)
	}
	var x byte
	for _, c := range p[:len(p)-1] {
		x ^= c
	}
	if last := p[len(p)-1]; x != last {
		return nil, fmt.Errorf("check byte %02X, worked out %02X: %w", last, x, ErrCheck)
	}
	return parseHeader(p[:len(p)-1])
}

func unescape(b []byte) ([]byte, error) {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == flag:
			return nil, fmt.Errorf("7E in the middle: %w", ErrEscape)
		case b[i] != escape:
			out = append(out, b[i])
		case i+1 < len(b) && b[i+1] == 1:
			out = append(out, escape)
			i++
		case i+1 < len(b) && b[i+1] == 2:
			out = append(out, flag)
			i++
		default:
			return nil, fmt.Errorf("7D at byte %d is followed by neither 01 nor 02: %w", i+1, ErrEscape)
		}
	}
	return out, nil
}

// parseHeader reads header and body (4.4.3).
func parseHeader(p []byte) (*Message, error) {
	m := &Message{ID: binary.BigEndian.Uint16(p), Version: Version2013}
	props := binary.BigEndian.Uint16(p[2:])
	m.Cipher = byte(props >> 10 & 7)
	at, phone := 4, 6
	if props&(1<<14) != 0 {
		m.Version, m.Protocol = Version2019, p[4]
		at, phone = 5, 10
	}
	need := at + phone + 2
	split := props&(1<<13) != 0
	if split {
		need += 4
	}
	if len(p) < need {
		return nil, fmt.Errorf("%d bytes where the header has %d: %w", len(p), need, ErrShort)
	}
	m.Phone = strings.ToUpper(hex.EncodeToString(p[at : at+phone]))
	at += phone
	m.Serial = binary.BigEndian.Uint16(p[at:])
	if split {
		m.Parts, m.Part = binary.BigEndian.Uint16(p[at+2:]), binary.BigEndian.Uint16(p[at+4:])
	}
	m.Body = p[need:]
	if n := int(props & maxBody); n != len(m.Body) {
		return nil, fmt.Errorf("the header announces a body of %d bytes, %d came: %w", n, len(m.Body), ErrLength)
	}
	return m, nil
}

// PhoneOK reports whether the phone is all digits, as BCD must be.
func (m *Message) PhoneOK() bool { return strings.Trim(m.Phone, "0123456789") == "" }
