package device

import (
	"fmt"
	"time"
)

// Kind is a way to misbehave.
type Kind uint8

const (
	_ Kind = iota
	// Late answers correctly after Fault.Delay.
	Late
	// OtherUnit answers in the name of Fault.Unit, with a valid checksum.
	OtherUnit
	// Truncated leaves off the last Fault.Bytes bytes.
	Truncated
	// Surplus adds Fault.Bytes bytes after the frame.
	Surplus
	// BadCRC inverts one bit of the checksum (on TCP: of the transaction).
	BadCRC
	// Silent does not answer.
	Silent
	// Noise puts Fault.Bytes bytes before the frame.
	Noise
)

func (k Kind) String() string {
	names := [...]string{"", "late", "other-unit", "truncated", "surplus", "bad-crc", "silent", "noise"}
	if k == 0 || int(k) >= len(names) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return names[k]
}

// Fault is one misbehaviour.
type Fault struct {
	Kind  Kind
	Delay time.Duration // Late: from the request to the answer
	// Spread adds up to so much to Delay, by the unit's seeded chance.
	Spread time.Duration
	Unit   byte // OtherUnit
	Bytes  int  // Truncated, Surplus, Noise; 0 means 1
}

// Plan makes a unit misbehave by chance.
type Plan struct {
	Chance float64 // 0 to 1, for each request
	Faults []Fault // one of these, evenly
}
