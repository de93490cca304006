package modbus

import "fmt"

// ExpectedLength tells how long the RTU reply that begins with got will be, so
// that a frame ends by its length and never by silence. 0 without an error
// means that more bytes are needed to tell. An error means that got cannot be
// the beginning of an answer to the request; more bytes will not change that.
//
// request is the whole RTU request. Reply and length are told apart from the
// checksum: a length that comes back is not yet a valid frame.
func ExpectedLength(request, got []byte) (int, error) {
	unit, r, err := parseRequestRTU(request)
	if err != nil {
		return 0, err
	}
	if len(got) >= 1 && got[0] != unit {
		return 0, fmt.Errorf("unit %d asked, %d answered: %w", unit, got[0], ErrWrongUnit)
	}
	if len(got) < 2 {
		return 0, nil
	}
	switch got[1] {
	case r.Function | 0x80:
		return 5, nil
	case r.Function:
	default:
		return 0, wrongFunction(r.Function, got[1])
	}
	if len(got) < 3 {
		return 0, nil
	}
	if int(got[2]) != r.DataBytes() {
		return 0, byteCount(r, int(got[2]))
	}
	return 5 + r.DataBytes(), nil
}

// ExpectedLengthTCP is ExpectedLength for a TCP reply.
func ExpectedLengthTCP(request, got []byte) (int, error) {
	if len(request) < 8 {
		return 0, fmt.Errorf("TCP request of %d bytes: %w", len(request), ErrRequest)
	}
	if len(got) < 6 {
		return 0, nil
	}
	n, err := tcpLength(got)
	if err != nil {
		return 0, err
	}
	if got[0] != request[0] || got[1] != request[1] {
		return 0, wrongTransaction(request, got)
	}
	return n, nil
}

// tcpLength is the whole length that a TCP header of at least 6 bytes declares.
func tcpLength(b []byte) (int, error) {
	if b[2] != 0 || b[3] != 0 {
		return 0, fmt.Errorf("protocol %d; Modbus is 0: %w", int(b[2])<<8|int(b[3]), ErrHeader)
	}
	n := int(b[4])<<8 | int(b[5])
	// Unit, function and at least one byte; at most the longest PDU.
	if n < 3 || n > MaxTCP-6 {
		return 0, fmt.Errorf("length field %d; 3 to %d are possible: %w", n, MaxTCP-6, ErrHeader)
	}
	return 6 + n, nil
}

func wrongFunction(want, got byte) error {
	return fmt.Errorf("function %d asked, %d answered: %w", want, got, ErrWrongFunction)
}

func wrongTransaction(request, got []byte) error {
	return fmt.Errorf("transaction %d asked, %d answered: %w",
		int(request[0])<<8|int(request[1]), int(got[0])<<8|int(got[1]), ErrTransaction)
}

func byteCount(r Read, got int) error {
	return fmt.Errorf("function %d, count %d: %d data bytes expected, %d announced: %w", r.Function, r.Count, r.DataBytes(), got, ErrByteCount)
}
