package commission

import (
	"bytes"
	"errors"
	"fmt"

	"fieldseal/drivers/modbus"
)

// Function codes that write (V1.1b3, 6.5, 6.6, 6.11, 6.12).
const (
	WriteCoil      = 5
	WriteRegister  = 6
	WriteCoils     = 15
	WriteRegisters = 16
)

const (
	// MaxBits is the most bits one request may write.
	MaxBits = 1968
	// MaxRegisters is the most registers one request may write.
	MaxRegisters = 123
)

var (
	// ErrRequest: the write is not one that the standard allows.
	ErrRequest = errors.New("not a valid write request")
	// ErrNotConfirmed: the slave's answer does not repeat the request.
	ErrNotConfirmed = errors.New("write not confirmed")
)

// Coil is the PDU that switches one coil.
func Coil(address uint16, on bool) []byte {
	value := byte(0x00)
	if on {
		value = 0xFF
	}
	return []byte{WriteCoil, byte(address >> 8), byte(address), value, 0}
}

// Register is the PDU that sets one register.
func Register(address, value uint16) []byte {
	return []byte{WriteRegister, byte(address >> 8), byte(address), byte(value >> 8), byte(value)}
}

// Coils is the PDU that switches 1 to MaxBits coils from address on.
func Coils(address uint16, on []bool) ([]byte, error) {
	if err := span(address, len(on), MaxBits); err != nil {
		return nil, err
	}
	pdu := head(WriteCoils, address, len(on), (len(on)+7)/8)
	data := make([]byte, (len(on)+7)/8)
	for i, v := range on {
		if v {
			data[i/8] |= 1 << (i % 8)
		}
	}
	return append(pdu, data...), nil
}

// Registers is the PDU that sets 1 to MaxRegisters registers from address on.
func Registers(address uint16, values []uint16) ([]byte, error) {
	if err := span(address, len(values), MaxRegisters); err != nil {
		return nil, err
	}
	pdu := head(WriteRegisters, address, len(values), 2*len(values))
	for _, v := range values {
		pdu = append(pdu, byte(v>>8), byte(v))
	}
	return pdu, nil
}

func span(address uint16, count, most int) error {
	if count < 1 || count > most {
		return fmt.Errorf("%d values; 1 to %d are possible: %w", count, most, ErrRequest)
	}
	if int(address)+count > 0x10000 {
		return fmt.Errorf("%d values from address %d end beyond 65535: %w", count, address, ErrRequest)
	}
	return nil
}

func head(function byte, address uint16, count, size int) []byte {
	return []byte{function, byte(address >> 8), byte(address), byte(count >> 8), byte(count), byte(size)}
}

// ReplyLength is the length of the RTU answer to a write, exceptions aside.
const ReplyLength = 8

// Confirm checks an RTU answer against the RTU request it belongs to. A refusal
// comes back as a modbus.Exception.
func Confirm(request, reply []byte) error {
	if len(request) < 8 || modbus.CRC(request) != 0 {
		return fmt.Errorf("RTU request of %d bytes: %w", len(request), ErrRequest)
	}
	switch request[1] {
	case WriteCoil, WriteRegister, WriteCoils, WriteRegisters:
	default:
		return fmt.Errorf("function %d does not write: %w", request[1], ErrRequest)
	}
	if len(reply) < 5 {
		return fmt.Errorf("reply of %d bytes: %w", len(reply), modbus.ErrShort)
	}
	// A frame followed by its own checksum has checksum zero.
	if modbus.CRC(reply) != 0 {
		return fmt.Errorf("reply: %w", modbus.ErrCRC)
	}
	if reply[0] != request[0] {
		return fmt.Errorf("unit %d asked, %d answered: %w", request[0], reply[0], modbus.ErrWrongUnit)
	}
	if reply[1] == request[1]|0x80 && len(reply) == 5 {
		return modbus.Exception{Function: request[1], Code: reply[2]}
	}
	// All four answers repeat unit, function, address and value or count.
	if len(reply) != ReplyLength || !bytes.Equal(reply[:6], request[:6]) {
		return fmt.Errorf("function %d: answer % x: %w", request[1], reply, ErrNotConfirmed)
	}
	return nil
}
