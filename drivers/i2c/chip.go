package i2c

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/cborx"
)

// ReplySize is the length of an answer: two words of 16 bits, each followed by its
// checksum.
const ReplySize = 6

// Command is one measurement that a chip can be asked for.
type Command struct {
	Chip  string // such as "sht3x"
	Bytes []byte // as written to the chip
	// Stretch says that the chip holds the clock line until it has measured.
	Stretch bool
	// Wait is how long the chip measures at most, with a margin. A chip that
	// stretches the clock may be read at once.
	Wait time.Duration
	// humidity is the formula of the second word, low + span × word / 65535 %RH;
	// that of the first is -45 + 175 × word / 65535 °C on every chip.
	low, span int64
}

// commands are the measurements at high repeatability: SHT3x 15.5 ms at most
// (table 4), SHT4x 8.3 ms (table 5).
var commands = []Command{
	{Chip: "sht3x", Bytes: []byte{0x24, 0x00}, Wait: 20 * time.Millisecond, span: 100},
	{Chip: "sht3x", Bytes: []byte{0x2C, 0x06}, Wait: time.Millisecond, Stretch: true, span: 100},
	{Chip: "sht4x", Bytes: []byte{0xFD}, Wait: 12 * time.Millisecond, low: -6, span: 125},
}

// Chips are the chips known.
func Chips() []string {
	var out []string
	for _, c := range commands {
		if !slices.Contains(out, c.Chip) {
			out = append(out, c.Chip)
		}
	}
	return out
}

// Find is the measurement of a chip, with or without a stretched clock.
func Find(chip string, stretch bool) (Command, error) {
	for _, c := range commands {
		if c.Chip == chip && c.Stretch == stretch {
			return c, nil
		}
	}
	if stretch && slices.Contains(Chips(), chip) {
		return Command{}, fmt.Errorf("chip %s does not stretch the clock; leave stretch out", chip)
	}
	return Command{}, fmt.Errorf("chip %q is not known; known are %s", chip, strings.Join(Chips(), ", "))
}

// ParseAddress reads a device's address on the bus, such as "0x44"; 0x08 to 0x77
// are free for devices (NXP UM10204 §3.1.12).
func ParseAddress(s string) (uint16, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	n, err := strconv.ParseUint(digits, 16, 8)
	if !ok || len(digits) != 2 || err != nil || strings.ToLower(s) != s || n < 0x08 || n > 0x77 {
		return 0, fmt.Errorf("%q is no I2C address; write it as 0x44, between 0x08 and 0x77", s)
	}
	return uint16(n), nil
}

// Checksum is CRC-8 with polynomial 0x31 from 0xFF, of a word (SHT3x §4.12).
func Checksum(word []byte) byte {
	crc := byte(0xFF)
	for _, b := range word {
		crc ^= b
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ 0x31
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// words takes an answer apart.
func words(reply []byte) (temperature, humidity uint16, err error) {
	if len(reply) != ReplySize {
		return 0, 0, fmt.Errorf("%w: %d bytes came, a measurement has %d", cborx.ErrMalformed, len(reply), ReplySize)
	}
	for i := 0; i < ReplySize; i += 3 {
		if want := Checksum(reply[i : i+2]); want != reply[i+2] {
			return 0, 0, fmt.Errorf("%w: checksum of % x is %02x, %02x was sent", cborx.ErrMalformed, reply[i:i+2], want, reply[i+2])
		}
	}
	return binary.BigEndian.Uint16(reply), binary.BigEndian.Uint16(reply[3:]), nil
}

// Sound reports whether an answer has its length and both checksums.
func Sound(reply []byte) error {
	_, _, err := words(reply)
	return err
}

// linear is low + span × word / 65535.
func linear(low, span int64, word uint16) *big.Rat {
	r := big.NewRat(span*int64(word), 65535)
	return r.Add(r, new(big.Rat).SetInt64(low))
}
