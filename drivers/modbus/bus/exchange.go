package bus

import (
	"errors"
	"fmt"
	"time"

	"fieldseal/drivers/modbus"
)

// Request is one read of one device.
type Request struct {
	Device  string // who is asked; the breaker is kept by this name
	Unit    byte   // 1 to 247 on a serial line
	PDU     []byte // function and data, as modbus.Read.PDU gives it
	Timeout time.Duration
	// Lateness is how long after its deadline this device is known to answer;
	// after its faults the line is kept quiet at least so long.
	Lateness time.Duration
}

// Outcome says in one word how an exchange ended.
type Outcome uint8

const (
	_ Outcome = iota
	// OK: the answer to this very request; Data is set.
	OK
	// NoAnswer: not one byte before the deadline.
	NoAnswer
	// BadCRC: a whole frame whose checksum is wrong.
	BadCRC
	// WrongUnit: another unit answered.
	WrongUnit
	// Truncated: the answer began and did not end before the deadline.
	Truncated
	// Surplus: the answer fits, and bytes follow it. No Data: a late answer
	// followed by the true one looks the same.
	Surplus
	// Malformed: another function, byte count, transaction or header.
	Malformed
	// Exceptional: the device refused (modbus.Exception in Err). It is alive.
	Exceptional
	// BusFault: port, echo or line; says nothing about the device.
	BusFault
	// Skipped: not sent, the device's breaker is open.
	Skipped
	// Refused: not sent, this is not a read request.
	Refused
	// Cancelled: the caller's context ended, or the bus stopped, first.
	Cancelled
)

var outcomeNames = [...]string{"", "ok", "no-answer", "bad-crc", "wrong-unit", "truncated", "surplus", "malformed", "exception", "bus-fault", "skipped", "refused", "cancelled"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) && o != 0 {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Answered reports whether the device itself gave a valid answer.
func (o Outcome) Answered() bool { return o == OK || o == Exceptional }

// Exchange is one request with what came back, byte for byte.
type Exchange struct {
	Device string
	Unit   byte
	// Sent is the whole frame as written; empty if nothing was sent.
	Sent []byte
	// Received is what arrived in answer, without echo; after a fault it may
	// end where the fault was seen.
	Received []byte
	// SentAt and ReceivedAt are boot-monotonic: just before the first byte was
	// handed to the port, just after the last byte of the answer was read.
	// Without an answer ReceivedAt is when waiting ended.
	SentAt, ReceivedAt time.Duration
	Outcome            Outcome
	// Err says more where Outcome is not OK; it wraps the errors of package
	// modbus and serialport.
	Err error
	// Data holds words or bits where Outcome is OK.
	Data modbus.Data
}

var (
	// ErrBreakerOpen: the device is lost and its next probe is not due.
	ErrBreakerOpen = errors.New("device is lost, probe not due")
	// ErrPortDown: the port could not be opened, next attempt not due.
	ErrPortDown = errors.New("port is down")
	// ErrEcho: the adapter's echo is missing or differs from what was sent.
	ErrEcho = errors.New("echo differs from what was sent")
	// ErrNoisy: the line does not fall silent.
	ErrNoisy = errors.New("line does not fall silent")
	// ErrNoAnswer: nothing came before the deadline.
	ErrNoAnswer = errors.New("no answer")
	// ErrStopped: the bus is no longer running.
	ErrStopped = errors.New("bus stopped")
)

// outcomeOf sorts an error of package modbus.
func outcomeOf(err error) Outcome {
	var exception modbus.Exception
	switch {
	case err == nil:
		return OK
	case errors.As(err, &exception):
		return Exceptional
	case errors.Is(err, modbus.ErrSurplus):
		return Surplus
	case errors.Is(err, modbus.ErrShort):
		return Truncated
	case errors.Is(err, modbus.ErrCRC):
		return BadCRC
	case errors.Is(err, modbus.ErrWrongUnit):
		return WrongUnit
	}
	return Malformed
}
