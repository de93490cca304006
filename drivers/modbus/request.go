package modbus

import "fmt"

// Function codes that read (V1.1b3, 6.1 to 6.4).
const (
	ReadCoils            = 1
	ReadDiscreteInputs   = 2
	ReadHoldingRegisters = 3
	ReadInputRegisters   = 4
)

const (
	// MaxBits is the most bits one request may ask for.
	MaxBits = 2000
	// MaxRegisters is the most registers one request may ask for.
	MaxRegisters = 125
	// MaxUnit is the highest address of a unit on a serial line; 0 is the
	// broadcast, which no read may use.
	MaxUnit = 247
	// MaxRTU is the longest RTU frame.
	MaxRTU = 256
	// MaxTCP is the longest TCP frame.
	MaxTCP = 260
)

// Read is one read request without its envelope.
type Read struct {
	Function byte
	Address  uint16 // as on the wire, counted from 0
	Count    uint16 // bits for functions 1 and 2, registers for 3 and 4
}

// Check reports why r cannot be asked; the error wraps ErrRequest.
func (r Read) Check() error {
	most := uint16(MaxRegisters)
	switch r.Function {
	case ReadCoils, ReadDiscreteInputs:
		most = MaxBits
	case ReadHoldingRegisters, ReadInputRegisters:
	default:
		return fmt.Errorf("function %d does not read; 1 to 4 do: %w", r.Function, ErrRequest)
	}
	if r.Count == 0 || r.Count > most {
		return fmt.Errorf("function %d: count %d; 1 to %d are possible: %w", r.Function, r.Count, most, ErrRequest)
	}
	if int(r.Address)+int(r.Count) > 0x10000 {
		return fmt.Errorf("function %d: %d from address %d ends beyond 65535: %w", r.Function, r.Count, r.Address, ErrRequest)
	}
	return nil
}

// PDU is the request without envelope: function, address, count.
func (r Read) PDU() ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return []byte{r.Function, byte(r.Address >> 8), byte(r.Address), byte(r.Count >> 8), byte(r.Count)}, nil
}

// DataBytes is the byte count that a reply must carry.
func (r Read) DataBytes() int {
	if r.Function <= ReadDiscreteInputs {
		return (int(r.Count) + 7) / 8
	}
	return 2 * int(r.Count)
}

// ParseRead is the inverse of PDU.
func ParseRead(pdu []byte) (Read, error) {
	if len(pdu) != 5 {
		return Read{}, fmt.Errorf("%d bytes where a read request has 5: %w", len(pdu), ErrRequest)
	}
	r := Read{
		Function: pdu[0],
		Address:  uint16(pdu[1])<<8 | uint16(pdu[2]),
		Count:    uint16(pdu[3])<<8 | uint16(pdu[4]),
	}
	return r, r.Check()
}

// EncodeRTU puts a PDU into an RTU frame.
func EncodeRTU(unit byte, pdu []byte) []byte {
	b := make([]byte, 0, len(pdu)+3)
	b = append(b, unit)
	b = append(b, pdu...)
	return AppendCRC(b)
}

// EncodeTCP puts a PDU into a TCP frame (Messaging V1.0b, 3.1.3).
func EncodeTCP(transaction uint16, unit byte, pdu []byte) []byte {
	n := len(pdu) + 1
	b := make([]byte, 0, len(pdu)+7)
	b = append(b, byte(transaction>>8), byte(transaction), 0, 0, byte(n>>8), byte(n), unit)
	return append(b, pdu...)
}
