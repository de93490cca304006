package onewire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fieldseal/evidence/cborx"
)

// Family is the family code of the DS18B20, the first byte of its ROM.
const Family = 0x28

// Commands of the chip (data sheet, "DS18B20 function commands").
const (
	MatchROM       = 0x55
	ConvertT       = 0x44
	ReadScratchpad = 0xBE
)

// Limits of what is read.
const (
	ScratchpadSize = 9
	MaxText        = 256 // bytes of w1_slave; it has at most 80
)

// ErrCheck says that bytes came damaged: another checksum, or none that means
// anything.
var ErrCheck = errors.New("damaged")

// Address is the eight bytes of a ROM, the family first and its checksum last, as
// they go over the wire.
type Address [8]byte

// ParseAddress reads an address as the kernel names it: "28-0316a2794aff", the
// family and the serial number, most significant digit first.
func ParseAddress(s string) (a Address, err error) {
	family, serial, ok := strings.Cut(s, "-")
	raw, err := hex.DecodeString(family + serial)
	if !ok || err != nil || len(family) != 2 || len(serial) != 12 || strings.ToLower(s) != s {
		return a, fmt.Errorf("%q is no 1-wire address; write it as the kernel's folder is called, such as 28-0316a2794aff", s)
	}
	if raw[0] != Family {
		return a, fmt.Errorf("%q has family %02x; a DS18B20 has %02x", s, raw[0], Family)
	}
	a[0] = raw[0]
	for i := range 6 {
		a[1+i] = raw[6-i]
	}
	a[7] = Checksum(a[:7])
	return a, nil
}

// AppendSelect writes what chooses the chip on the bus and gives it a command.
func (a Address) AppendSelect(b []byte, command byte) []byte {
	return append(append(append(b, MatchROM), a[:]...), command)
}

// Checksum is the CRC-8 of Maxim's application note 27: polynomial x^8+x^5+x^4+1,
// least significant bit first, from 0.
func Checksum(b []byte) byte {
	var crc byte
	for _, x := range b {
		crc ^= x
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x8C
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}

// Scratchpad is the memory of a chip as it came.
type Scratchpad [ScratchpadSize]byte

// ParseScratchpad takes nine bytes of a DS18B20.
func ParseScratchpad(b []byte) (s Scratchpad, err error) {
	if len(b) != ScratchpadSize {
		return s, fmt.Errorf("%w: %d bytes came, a scratchpad has %d", cborx.ErrMalformed, len(b), ScratchpadSize)
	}
	s = Scratchpad(b)
	switch want := Checksum(b[:8]); {
	case s == Scratchpad{}:
		return s, fmt.Errorf("%w: %w: nine zeros, as when the line is held low or the sensor has no power", cborx.ErrMalformed, ErrCheck)
	case want != s[8]:
		return s, fmt.Errorf("%w: %w: checksum of % x is %02x, %02x was sent", cborx.ErrMalformed, ErrCheck, b[:8], want, s[8])
	case s[4]&0x9F != 0x1F:
		// Figure 10: bits 0 to 4 are 1 and bit 7 is 0 in every DS18B20.
		return s, fmt.Errorf("%w: configuration register %02x is none of a DS18B20", cborx.ErrMalformed, s[4])
	}
	return s, nil
}

// Raw is the temperature register, in sixteenths of a degree.
func (s Scratchpad) Raw() int16 { return int16(uint16(s[1])<<8 | uint16(s[0])) }

// Sixteenths is the temperature in sixteenths of a degree without the bits that
// the resolution in force leaves undefined (figure 4).
func (s Scratchpad) Sixteenths() int16 {
	undefined := 3 - s[4]>>5&3
	return s.Raw() &^ (1<<undefined - 1)
}

// powerOn is the temperature register before the first conversion: 85 °C.
const powerOn = 0x0550

// Unmeasured reports whether the temperature may be the one that stands in the
// register before the chip has measured. A chip of the maker's leaves 16 less the
// lowest four bits of the temperature in byte 6 when it has measured, so that of a
// real 85 °C is 10H, and 0CH before; copies that leave something else cannot
// tell the two apart, and so are not believed either.
func (s Scratchpad) Unmeasured() bool {
	return s.Raw() == powerOn && !(s[5] == 0xFF && s[6] == 0x10 && s[7] == 0x10)
}

// ParseText reads the kernel's w1_slave:
//
//	b8 01 4b 46 7f ff 08 10 8a : crc=8a YES
//	b8 01 4b 46 7f ff 08 10 8a t=27500
//
// NO, and a checksum that the bytes do not have, are ErrCheck. After a NO the
// kernel's second line is an older measurement; it is not read.
func ParseText(b []byte) (s Scratchpad, err error) {
	bad := func(format string, args ...any) (Scratchpad, error) {
		return Scratchpad{}, fmt.Errorf("%w: w1_slave: "+format, append([]any{cborx.ErrMalformed}, args...)...)
	}
	if len(b) > MaxText {
		return bad("%d bytes are above the limit of %d", len(b), MaxText)
	}
	first, rest, ok := strings.Cut(string(b), "\n")
	digits, verdict, ok2 := strings.Cut(first, " : crc=")
	raw, err := pairs(digits)
	if !ok || !ok2 || err != nil || len(verdict) < 5 {
		return bad("%q is not nine bytes, a checksum and YES or NO", first)
	}
	crc, err := hex.DecodeString(verdict[:2])
	if err != nil || strings.ToLower(verdict[:2]) != verdict[:2] {
		return bad("%q is no checksum of two small hexadecimal digits", verdict[:2])
	}
	switch verdict[2:] {
	case " NO":
		return s, fmt.Errorf("%w: w1_slave: %w: the kernel found checksum %02x and %02x sent", cborx.ErrMalformed, ErrCheck, crc, raw[8])
	case " YES":
	default:
		return bad("%q is neither YES nor NO", verdict[2:])
	}
	if s, err = ParseScratchpad(raw); err != nil {
		return s, fmt.Errorf("w1_slave: %w", err)
	}
	if crc[0] != s[8] {
		return bad("checksum %02x beside bytes that have %02x", crc[0], s[8])
	}
	second, none, _ := strings.Cut(rest, "\n")
	again, milli, ok := strings.Cut(second, " t=")
	if !ok || none != "" || again != digits {
		return bad("the second line %q does not repeat the first one's bytes", second)
	}
	// The kernel divides sixteenths of a thousand degrees and cuts off.
	t, err := strconv.Atoi(milli)
	if err != nil || strconv.Itoa(t) != milli || t != int(s.Raw())*1000/16 {
		return bad("t=%s beside bytes that say %d; is it a DS18B20?", milli, int(s.Raw())*1000/16)
	}
	return s, nil
}

// pairs reads nine bytes of two small digits each with a blank between.
func pairs(s string) ([]byte, error) {
	if len(s) != 3*ScratchpadSize-1 {
		return nil, cborx.ErrMalformed
	}
	out := make([]byte, 0, ScratchpadSize)
	for i := 0; i < len(s); i += 3 {
		b, err := hex.DecodeString(s[i : i+2])
		if err != nil || i > 0 && s[i-1] != ' ' || strings.ToLower(s[i:i+2]) != s[i:i+2] {
			return nil, cborx.ErrMalformed
		}
		out = append(out, b[0])
	}
	return out, nil
}
