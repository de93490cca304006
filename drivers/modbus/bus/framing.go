package bus

import (
	"fmt"

	"fieldseal/drivers/modbus"
)

// framing is what differs between the envelopes.
type framing interface {
	encode(unit byte, pdu []byte) ([]byte, error)
	// expected is modbus.ExpectedLength for this envelope.
	expected(request, got []byte) (int, error)
	parse(request, reply []byte) (modbus.Data, error)
}

type rtuFraming struct{}

func (rtuFraming) encode(unit byte, pdu []byte) ([]byte, error) {
	if unit == 0 || unit > modbus.MaxUnit {
		return nil, fmt.Errorf("unit %d; 1 to %d are possible on a serial line: %w", unit, modbus.MaxUnit, modbus.ErrRequest)
	}
	return modbus.EncodeRTU(unit, pdu), nil
}

func (rtuFraming) expected(request, got []byte) (int, error) {
	return modbus.ExpectedLength(request, got)
}

func (rtuFraming) parse(request, reply []byte) (modbus.Data, error) {
	return modbus.ParseExchange(request, reply)
}

// tcpFraming numbers its requests. The number is never reset, so that it does
// not repeat when a connection follows another.
type tcpFraming struct{ last uint16 }

func (f *tcpFraming) encode(unit byte, pdu []byte) ([]byte, error) {
	f.last++
	return modbus.EncodeTCP(f.last, unit, pdu), nil
}

func (*tcpFraming) expected(request, got []byte) (int, error) {
	return modbus.ExpectedLengthTCP(request, got)
}

func (*tcpFraming) parse(request, reply []byte) (modbus.Data, error) {
	return modbus.ParseExchangeTCP(request, reply)
}
