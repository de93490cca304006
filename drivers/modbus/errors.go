package modbus

import (
	"errors"
	"fmt"
)

var (
	// ErrCRC: the checksum of an RTU frame does not match its bytes.
	ErrCRC = errors.New("checksum does not match")
	// ErrShort: the frame ends before its own length.
	ErrShort = errors.New("truncated")
	// ErrSurplus: bytes follow the frame.
	ErrSurplus = errors.New("surplus bytes")
	// ErrWrongUnit: another unit answered.
	ErrWrongUnit = errors.New("answer from another unit")
	// ErrWrongFunction: the answer is to another function.
	ErrWrongFunction = errors.New("answer to another function")
	// ErrByteCount: the answer holds more or fewer values than were asked for.
	ErrByteCount = errors.New("byte count does not fit the request")
	// ErrPadding: unused bits of the last byte are not zero (V1.1b3, 6.1).
	ErrPadding = errors.New("padding bits are not zero")
	// ErrTransaction: a TCP answer to another transaction.
	ErrTransaction = errors.New("answer to another transaction")
	// ErrHeader: a TCP header whose protocol or length field is not possible.
	ErrHeader = errors.New("impossible TCP header")
	// ErrRequest: the request is not one that this package would have built.
	ErrRequest = errors.New("not a valid read request")
)

// Exception is a refusal by the slave itself (V1.1b3, 7). It is a valid answer
// that carries no value.
type Exception struct {
	Function byte // as asked, without the error bit
	Code     byte
}

// Exception codes (V1.1b3, 7).
const (
	IllegalFunction     = 0x01
	IllegalAddress      = 0x02
	IllegalValue        = 0x03
	DeviceFailure       = 0x04
	Acknowledge         = 0x05
	DeviceBusy          = 0x06
	MemoryParity        = 0x08
	GatewayNoPath       = 0x0A
	GatewayTargetSilent = 0x0B
)

var exceptionNames = map[byte]string{
	IllegalFunction:     "illegal function",
	IllegalAddress:      "illegal data address",
	IllegalValue:        "illegal data value",
	DeviceFailure:       "device failure",
	Acknowledge:         "acknowledged, still working",
	DeviceBusy:          "device busy",
	MemoryParity:        "memory parity error",
	GatewayNoPath:       "gateway path unavailable",
	GatewayTargetSilent: "gateway target did not answer",
}

func (e Exception) Error() string {
	name, ok := exceptionNames[e.Code]
	if !ok {
		name = "unknown"
	}
	return fmt.Sprintf("exception %d (%s) to function %d", e.Code, name, e.Function)
}
