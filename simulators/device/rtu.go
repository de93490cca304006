package device

import (
	"context"

	"fieldseal/drivers/serialport"
)

// checksum is the CRC of the serial line, bit by bit as its standard words it.
func checksum(frame []byte) (low, high byte) {
	register := uint16(65535)
	for _, b := range frame {
		register ^= uint16(b)
		for bit := 0; bit < 8; bit++ {
			carry := register % 2
			register /= 2
			if carry == 1 {
				register ^= 40961
			}
		}
	}
	return byte(register % 256), byte(register / 256)
}

// SerialFrame is a PDU as it goes over a serial line: address before, checksum after.
func SerialFrame(unit byte, pdu []byte) []byte { return serialFrame(unit, pdu) }

func serialFrame(unit byte, pdu []byte) []byte {
	frame := append([]byte{unit}, pdu...)
	low, high := checksum(frame)
	return append(frame, low, high)
}

// requestLength is how long the request beginning with b is; 0 when it cannot
// be told yet, -1 when it is none that we know.
func requestLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case 1, 2, 3, 4, 5, 6:
		return 8
	case 15, 16:
		if len(b) < 7 {
			return 0
		}
		return 9 + int(b[6])
	}
	return -1
}

// ServeLine answers on a serial line until ctx ends (nil) or the port breaks.
func (s *Slaves) ServeLine(ctx context.Context, port serialport.Port) error {
	out := &sender{write: func(b []byte) error {
		_, err := port.Write(b)
		return err
	}}
	defer out.late.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var heard []byte
	buf := make([]byte, 512)
	for ctx.Err() == nil {
		n, err := port.Read(buf)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if n == 0 {
			heard = heard[:0] // silence ends whatever had begun
			continue
		}
		heard = append(heard, buf[:n]...)
		for {
			size := requestLength(heard)
			if size < 0 {
				heard = heard[:0]
			}
			if size <= 0 || len(heard) < size {
				break
			}
			request := heard[:size]
			low, high := checksum(request[:size-2])
			if request[size-2] != low || request[size-1] != high {
				heard = heard[:0] // a slave keeps still about what it did not understand
				break
			}
			a, ok := s.respond(request[0], request[1:size-2], serialFrame, -1)
			heard = append(heard[:0], heard[size:]...)
			if ok && !out.send(ctx, a) && ctx.Err() == nil {
				break
			}
		}
	}
	return nil
}
