package modbus

import "fmt"

// Kind is what a bare RTU frame can be. A frame does not say whether a master or
// a slave sent it; its length mostly does.
type Kind uint8

// The kinds of a bare frame.
const (
	KindRequest   Kind = iota + 1 // a master's
	KindReply                     // a slave's
	KindException                 // a slave's refusal
	// KindEither: the bytes are a possible request and a possible reply. A write
	// of one coil or register is answered by its own bytes.
	KindEither
	// KindOther: a function whose form this package does not know.
	KindOther
)

func (k Kind) String() string {
	if k < KindRequest || k > KindOther {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return [...]string{"request", "reply", "exception", "request or reply", "other"}[k-1]
}

// Bare is one RTU frame judged without the other half of its exchange.
type Bare struct {
	Unit     byte
	Function byte // without the error bit
	Kind     Kind
	Request  *Read  // of a read: what it asks, if it can be a request
	Data     []byte // of a reply to a read: its data bytes, if it can be one
	Code     byte   // of an exception
	Write    *Write // of a function that writes
}

// Write is what a frame of a writing function names.
type Write struct {
	Address uint16
	Count   uint16 // of functions 15 and 16
	Value   uint16 // of functions 5 and 6
}

// Functions that write (V1.1b3, 6.5, 6.6, 6.11, 6.12). This package only knows
// them when it sees them.
const (
	writeCoil      = 5
	writeRegister  = 6
	writeCoils     = 15
	writeRegisters = 16
)

// Judge reads an RTU frame by itself: checksum, and what its length makes it.
func Judge(b []byte) (Bare, error) {
	if len(b) < 4 || len(b) > MaxRTU {
		return Bare{}, fmt.Errorf("%d bytes; an RTU frame has 4 to %d: %w", len(b), MaxRTU, ErrShort)
	}
	if !checkCRC(b) {
		n := len(b) - 2
		c := CRC(b[:n])
		return Bare{}, fmt.Errorf("checksum %02X%02X, worked out %02X%02X: %w", b[n], b[n+1], byte(c), byte(c>>8), ErrCRC)
	}
	f := Bare{Unit: b[0], Function: b[1] &^ 0x80}
	pdu := b[1 : len(b)-2]
	if pdu[0]&0x80 != 0 {
		if len(pdu) != 2 {
			return f, fmt.Errorf("exception of %d bytes where 2 are possible: %w", len(pdu), ErrByteCount)
		}
		f.Kind, f.Code = KindException, pdu[1]
		return f, nil
	}
	switch f.Function {
	case ReadCoils, ReadDiscreteInputs, ReadHoldingRegisters, ReadInputRegisters:
		return f.judgeRead(pdu)
	case writeCoil, writeRegister, writeCoils, writeRegisters:
		return f.judgeWrite(pdu)
	}
	f.Kind = KindOther
	return f, nil
}

func (f Bare) judgeRead(pdu []byte) (Bare, error) {
	if r, err := ParseRead(pdu); err == nil {
		f.Kind, f.Request = KindRequest, &r
	}
	words := f.Function >= ReadHoldingRegisters
	if n := len(pdu) - 2; n > 0 && int(pdu[1]) == n && n <= 2*MaxRegisters && (!words || n%2 == 0) {
		f.Data = pdu[2:]
		if f.Kind = KindReply; f.Request != nil {
			f.Kind = KindEither
		}
	}
	if f.Kind == 0 {
		return f, fmt.Errorf("function %d with %d bytes is neither a request nor a reply: %w", f.Function, len(pdu)-1, ErrByteCount)
	}
	return f, nil
}

func (f Bare) judgeWrite(pdu []byte) (Bare, error) {
	bad := fmt.Errorf("function %d with %d bytes is neither a request nor a reply: %w", f.Function, len(pdu)-1, ErrByteCount)
	if len(pdu) < 5 {
		return f, bad
	}
	word := func(i int) uint16 { return uint16(pdu[i])<<8 | uint16(pdu[i+1]) }
	f.Write = &Write{Address: word(1)}
	if f.Function == writeCoil || f.Function == writeRegister {
		if f.Write.Value = word(3); len(pdu) != 5 {
			return f, bad
		}
		f.Kind = KindEither
		return f, nil
	}
	f.Write.Count = word(3)
	want := 2 * int(f.Write.Count)
	if f.Function == writeCoils {
		want = (int(f.Write.Count) + 7) / 8
	}
	switch {
	case len(pdu) == 5:
		f.Kind = KindReply
	case len(pdu) > 6 && int(pdu[5]) == len(pdu)-6 && want == len(pdu)-6:
		f.Kind = KindRequest
	default:
		return f, bad
	}
	return f, nil
}

// Words are the data of a reply as registers; nil for a reply of bits.
func (f Bare) Words() []uint16 {
	if f.Function < ReadHoldingRegisters || len(f.Data)%2 != 0 {
		return nil
	}
	w := make([]uint16, len(f.Data)/2)
	for i := range w {
		w[i] = uint16(f.Data[2*i])<<8 | uint16(f.Data[2*i+1])
	}
	return w
}
