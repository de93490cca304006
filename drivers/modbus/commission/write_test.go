package commission

import (
	"bytes"
	"errors"
	"testing"

	"fieldseal/drivers/modbus"
)

// The examples of V1.1b3, 6.5, 6.6, 6.11 and 6.12.
func TestPublishedWritesAreBuilt(t *testing.T) {
	coils, err := Coils(0x13, []bool{true, false, true, true, false, false, true, true, true, false})
	if err != nil {
		t.Fatal(err)
	}
	registers, err := Registers(1, []uint16{0x000A, 0x0102})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want []byte }{
		{Coil(0xAC, true), []byte{5, 0x00, 0xAC, 0xFF, 0x00}},
		{Register(1, 3), []byte{6, 0x00, 0x01, 0x00, 0x03}},
		{coils, []byte{0x0F, 0x00, 0x13, 0x00, 0x0A, 0x02, 0xCD, 0x01}},
		{registers, []byte{0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0A, 0x01, 0x02}},
	} {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("% x, want % x", c.got, c.want)
		}
	}
}

func TestImpossibleWritesAreRefused(t *testing.T) {
	for _, n := range []int{0, MaxRegisters + 1} {
		if _, err := Registers(0, make([]uint16, n)); !errors.Is(err, ErrRequest) {
			t.Errorf("%d registers: %v", n, err)
		}
	}
	if _, err := Coils(0, make([]bool, MaxBits+1)); !errors.Is(err, ErrRequest) {
		t.Errorf("%v", err)
	}
	if _, err := Registers(65535, make([]uint16, 2)); !errors.Is(err, ErrRequest) {
		t.Errorf("%v", err)
	}
}

func TestWriteCountsOnlyWhenItsAnswerRepeatsIt(t *testing.T) {
	request := modbus.EncodeRTU(7, Register(0x07D0, 2))
	many, err := Registers(4, []uint16{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	several := modbus.EncodeRTU(7, many)
	for _, c := range []struct {
		name    string
		request []byte
		reply   []byte
		want    error
	}{
		{"repeated", request, request, nil},
		{"several", several, modbus.EncodeRTU(7, []byte{16, 0, 4, 0, 3}), nil},
		{"several, fewer done", several, modbus.EncodeRTU(7, []byte{16, 0, 4, 0, 2}), ErrNotConfirmed},
		{"another value", request, modbus.EncodeRTU(7, Register(0x07D0, 3)), ErrNotConfirmed},
		{"another unit", request, modbus.EncodeRTU(8, Register(0x07D0, 2)), modbus.ErrWrongUnit},
		{"refused", request, modbus.EncodeRTU(7, []byte{0x86, 2}), modbus.Exception{Function: 6, Code: 2}},
		{"checksum", request, append(request[:7:7], request[7]^1), modbus.ErrCRC},
		{"nothing", request, nil, modbus.ErrShort},
		{"a read", modbus.EncodeRTU(7, []byte{3, 0, 0, 0, 1}), request, ErrRequest},
	} {
		if err := Confirm(c.request, c.reply); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func FuzzConfirm(f *testing.F) {
	request := modbus.EncodeRTU(7, Register(0x07D0, 2))
	f.Add(request[:6], request[:6])
	f.Fuzz(func(t *testing.T, request, reply []byte) {
		request = modbus.AppendCRC(append([]byte(nil), request...))
		reply = modbus.AppendCRC(append([]byte(nil), reply...))
		if Confirm(request, reply) == nil && (len(reply) != ReplyLength || reply[0] != request[0] || reply[1] != request[1]) {
			t.Fatalf("% x confirmed by % x", request, reply)
		}
	})
}
