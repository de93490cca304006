package dlt645

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	start   = 0x68
	end     = 0x16
	wakeUp  = 0xFE
	offset  = 0x33 // added to every data byte on the wire (5.2.5)
	fixed   = 12   // bytes of a frame without data
	maxWake = 16   // the standard sends at most 4
	// MaxFrame is the longest frame without wake-up bytes.
	MaxFrame = fixed + 255
)

// Control codes that this package knows by name (5.2.4).
const (
	ControlRead      = 0x11
	ControlReadMore  = 0x12
	ControlReadAddr  = 0x13
	replyBit         = 0x80
	errorBit         = 0x40
	moreBit          = 0x20
	functionMask     = 0x1F
	wildcardAddress  = "AAAAAAAAAAAA"
	broadcastAddress = "999999999999"
)

var (
	// ErrStart: no frame begins where it should.
	ErrStart = errors.New("no DL/T 645 frame begins here")
	// ErrShort: the frame ends before its own length.
	ErrShort = errors.New("truncated")
	// ErrLength: the end byte is not where the length says.
	ErrLength = errors.New("length does not fit")
	// ErrChecksum: the checksum does not match.
	ErrChecksum = errors.New("checksum does not match")
)

// Frame is one frame, its data with 33H taken off again.
type Frame struct {
	WakeUps    int    // FEH bytes before it
	Address    string // 12 digits, the most significant first; A stands for a wildcard
	Control    byte
	Data       []byte
	ChecksumOK bool
}

// Parse reads a frame with any wake-up bytes before it and tells how many bytes
// both take. With ErrChecksum the frame comes back too, for people to look at.
func Parse(b []byte) (*Frame, int, error) {
	f := &Frame{}
	for f.WakeUps < len(b) && b[f.WakeUps] == wakeUp {
		if f.WakeUps++; f.WakeUps > maxWake {
			return nil, 0, fmt.Errorf("more than %d wake-up bytes: %w", maxWake, ErrStart)
		}
	}
	p := b[f.WakeUps:]
	if len(p) > 0 && p[0] != start {
		return nil, 0, fmt.Errorf("byte %02X where 68 begins a frame: %w", p[0], ErrStart)
	}
	if len(p) > 7 && p[7] != start {
		return nil, 0, fmt.Errorf("byte %02X where the second 68 stands: %w", p[7], ErrStart)
	}
	if len(p) < fixed {
		return nil, 0, fmt.Errorf("%d bytes, the shortest frame has %d: %w", len(p), fixed, ErrShort)
	}
	n := fixed + int(p[9])
	if len(p) < n {
		return nil, 0, fmt.Errorf("length %d makes a frame of %d bytes, %d came: %w", p[9], n, len(p), ErrShort)
	}
	if p[n-1] != end {
		return nil, 0, fmt.Errorf("length %d: byte %02X where 16 ends the frame: %w", p[9], p[n-1], ErrLength)
	}
	f.Address, f.Control = address(p[1:7]), p[8]
	f.Data = make([]byte, p[9])
	for i := range f.Data {
		f.Data[i] = p[10+i] - offset
	}
	if want := checksum(p[:n-2]); want != p[n-2] {
		return f, f.WakeUps + n, fmt.Errorf("checksum %02X, worked out %02X: %w", p[n-2], want, ErrChecksum)
	}
	f.ChecksumOK = true
	return f, f.WakeUps + n, nil
}

// checksum is the sum of all bytes from the first 68H, modulo 256 (5.2.6).
func checksum(b []byte) (s byte) {
	for _, x := range b {
		s += x
	}
	return s
}

// address turns the wire's order, least significant byte first, around.
func address(b []byte) string {
	r := make([]byte, len(b))
	for i, x := range b {
		r[len(b)-1-i] = x
	}
	return strings.ToUpper(hex.EncodeToString(r))
}

// AddressOK reports whether the address is one that a meter can have, or a
// wildcard: decimal digits, or A in the leading bytes that stand for any.
func (f *Frame) AddressOK() bool { return validAddress(f.Address) }

func validAddress(s string) bool {
	digits := s
	for strings.HasPrefix(digits, "AA") {
		digits = digits[2:]
	}
	return len(s) == 12 && strings.Trim(digits, "0123456789") == ""
}

// Reply reports whether a meter sent the frame.
func (f *Frame) Reply() bool { return f.Control&replyBit != 0 }

// More reports whether the meter has more data than this frame holds.
func (f *Frame) More() bool { return f.Control&moreBit != 0 }

// Refused gives the error word of a reply that refuses (5.2.4, Annex C).
func (f *Frame) Refused() (word byte, refused bool) {
	if f.Control&(replyBit|errorBit) != replyBit|errorBit || len(f.Data) != 1 {
		return 0, false
	}
	return f.Data[0], true
}

var refusals = [...]string{"other error", "no such data", "password wrong or not authorised", "line rate cannot be changed",
	"too many time zones of the year", "too many time slots of the day", "too many tariffs", "reserved"}

// Refusal writes an error word out.
func Refusal(word byte) string {
	var all []string
	for i, name := range refusals {
		if word>>i&1 == 1 {
			all = append(all, name)
		}
	}
	if all == nil {
		return "no reason given"
	}
	return strings.Join(all, ", ")
}

// DI is the data identifier of a frame that reads or answers a read. ok is false
// for every other frame.
func (f *Frame) DI() (di uint32, ok bool) {
	switch f.Control & functionMask {
	case ControlRead, ControlReadMore:
	default:
		return 0, false
	}
	if f.Control&errorBit != 0 || len(f.Data) < 4 {
		return 0, false
	}
	return uint32(f.Data[3])<<24 | uint32(f.Data[2])<<16 | uint32(f.Data[1])<<8 | uint32(f.Data[0]), true
}

// AppendRead appends the request to read one data identifier of a meter. The
// address has 12 digits, the most significant first; leading AA match any.
func AppendRead(b []byte, meter string, di uint32) ([]byte, error) {
	if !validAddress(meter) || meter == broadcastAddress {
		return b, fmt.Errorf("meter address %q: write the 12 digits on its plate", meter)
	}
	return appendRequest(b, meter, ControlRead, []byte{byte(di), byte(di >> 8), byte(di >> 16), byte(di >> 24)}), nil
}

// AppendReadMore appends the request for part seq, from 1, of an answer that one
// frame could not hold (5.2.4, control code 12H).
func AppendReadMore(b []byte, meter string, di uint32, seq byte) ([]byte, error) {
	if err := CheckAddress(meter); err != nil {
		return b, err
	}
	return appendRequest(b, meter, ControlReadMore, []byte{byte(di), byte(di >> 8), byte(di >> 16), byte(di >> 24), seq}), nil
}

// CheckAddress refuses what no meter of a site file can have: the addresses that
// every meter on the line answers to above all, since then nothing tells which
// meter a reading is of.
func CheckAddress(meter string) error {
	switch {
	case strings.EqualFold(meter, wildcardAddress):
		return fmt.Errorf("%s is answered by every meter on the line, and nothing would tell which one a reading is of; write the 12 digits on the meter's plate", wildcardAddress)
	case meter == broadcastAddress:
		return fmt.Errorf("%s is for broadcasts, which no meter answers; write the 12 digits on the meter's plate", broadcastAddress)
	case len(meter) != 12 || strings.Trim(meter, "0123456789") != "":
		return fmt.Errorf("%q is no meter's address; write the 12 digits on its plate, in quotes, with the zeros in front", meter)
	}
	return nil
}

// AppendReadAddress appends the request for the address of the only meter on a
// line.
func AppendReadAddress(b []byte) []byte {
	return appendRequest(b, wildcardAddress, ControlReadAddr, nil)
}

// appendRequest is not exported so that no caller can name a control code.
func appendRequest(b []byte, meter string, control byte, data []byte) []byte {
	from := len(b)
	b = append(b, start)
	raw, _ := hex.DecodeString(meter) // validAddress made it hexadecimal
	for i := len(raw) - 1; i >= 0; i-- {
		b = append(b, raw[i])
	}
	b = append(b, start, control, byte(len(data)))
	for _, x := range data {
		b = append(b, x+offset)
	}
	return append(b, checksum(b[from:]), end)
}
