package modbus

import "fmt"

// Data is what one valid exchange says: the request's coordinates and either
// words or bits, never both.
type Data struct {
	Unit byte
	Read
	Words []uint16 // functions 3 and 4: Count registers, as on the wire
	Bits  []bool   // functions 1 and 2: Count bits
}

// ParseExchange parses an RTU request with its reply. Both must be whole and
// end where their frame ends. An Exception comes back as the error, with the
// coordinates set.
func ParseExchange(request, reply []byte) (Data, error) {
	unit, r, err := parseRequestRTU(request)
	if err != nil {
		return Data{}, err
	}
	d := Data{Unit: unit, Read: r}
	if len(reply) == 0 {
		return d, fmt.Errorf("empty reply: %w", ErrShort)
	}
	n, err := ExpectedLength(request, reply)
	if err != nil {
		return d, err
	}
	if n == 0 || len(reply) < n {
		return d, fmt.Errorf("reply of %d bytes: %w", len(reply), ErrShort)
	}
	if !checkCRC(reply[:n]) {
		return d, fmt.Errorf("reply: %w", ErrCRC)
	}
	if len(reply) > n {
		return d, fmt.Errorf("%d after a reply of %d: %w", len(reply)-n, n, ErrSurplus)
	}
	return d.fill(reply[1 : n-2])
}

// ParseExchangeTCP is ParseExchange for Modbus TCP.
func ParseExchangeTCP(request, reply []byte) (Data, error) {
	unit, r, err := parseRequestTCP(request)
	if err != nil {
		return Data{}, err
	}
	d := Data{Unit: unit, Read: r}
	n, err := ExpectedLengthTCP(request, reply)
	if err != nil {
		return d, err
	}
	if n == 0 || len(reply) < n {
		return d, fmt.Errorf("reply of %d bytes: %w", len(reply), ErrShort)
	}
	if reply[6] != unit {
		return d, fmt.Errorf("unit %d asked, %d answered: %w", unit, reply[6], ErrWrongUnit)
	}
	if len(reply) > n {
		return d, fmt.Errorf("%d after a reply of %d: %w", len(reply)-n, n, ErrSurplus)
	}
	return d.fill(reply[7:n])
}

// fill takes the values out of a reply's PDU of at least two bytes.
func (d Data) fill(pdu []byte) (Data, error) {
	if pdu[0] == d.Function|0x80 {
		if len(pdu) != 2 {
			return d, fmt.Errorf("exception of %d bytes where 2 are possible: %w", len(pdu), ErrByteCount)
		}
		return d, Exception{Function: d.Function, Code: pdu[1]}
	}
	if pdu[0] != d.Function {
		return d, wrongFunction(d.Function, pdu[0])
	}
	data := pdu[2:]
	if int(pdu[1]) != d.DataBytes() || len(data) != d.DataBytes() {
		return d, byteCount(d.Read, int(pdu[1]))
	}
	if d.Function >= ReadHoldingRegisters {
		d.Words = make([]uint16, d.Count)
		for i := range d.Words {
			d.Words[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
		}
		return d, nil
	}
	if rest := d.Count % 8; rest != 0 && data[len(data)-1]>>rest != 0 {
		return d, fmt.Errorf("%d bits: %w; ask for a multiple of 8", d.Count, ErrPadding)
	}
	d.Bits = make([]bool, d.Count)
	for i := range d.Bits {
		d.Bits[i] = data[i/8]>>(i%8)&1 == 1
	}
	return d, nil
}

func parseRequestRTU(b []byte) (byte, Read, error) {
	if len(b) != 8 {
		return 0, Read{}, fmt.Errorf("RTU request of %d bytes where a read has 8: %w", len(b), ErrRequest)
	}
	if !checkCRC(b) {
		return 0, Read{}, fmt.Errorf("RTU request: %w: %w", ErrCRC, ErrRequest)
	}
	if b[0] == 0 || b[0] > MaxUnit {
		return 0, Read{}, fmt.Errorf("unit %d; 1 to %d are possible on a serial line: %w", b[0], MaxUnit, ErrRequest)
	}
	r, err := ParseRead(b[1:6])
	return b[0], r, err
}

func parseRequestTCP(b []byte) (byte, Read, error) {
	if len(b) != 12 {
		return 0, Read{}, fmt.Errorf("TCP request of %d bytes where a read has 12: %w", len(b), ErrRequest)
	}
	if b[2] != 0 || b[3] != 0 || b[4] != 0 || b[5] != 6 {
		return 0, Read{}, fmt.Errorf("TCP request: %w: %w", ErrHeader, ErrRequest)
	}
	r, err := ParseRead(b[7:])
	return b[6], r, err
}
