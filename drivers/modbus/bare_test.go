package modbus

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestABareFrameIsJudgedByItsLength(t *testing.T) {
	for _, c := range []struct {
		name, frame string // without checksum
		kind        Kind
		words       int
	}{
		{"read registers", "01 03 00 00 00 02", KindRequest, 0},
		{"two registers", "01 03 04 02 92 FF 9B", KindReply, 2},
		{"one register", "01 04 02 02 92", KindReply, 1},
		{"refusal", "01 83 02", KindException, 0},
		{"read coils", "01 01 00 00 00 10", KindRequest, 0},
		{"16 coils", "01 01 02 FF 00", KindReply, 0},
		{"24 coils or a request", "01 01 03 00 00 10", KindEither, 0},
		{"24 coils: no request asks for 4096", "01 01 03 00 10 00", KindReply, 0},
		{"registers never come in 3 bytes", "01 03 03 00 00 10", KindRequest, 0},
		{"set a coil", "01 05 00 01 FF 00", KindEither, 0},
		{"set a register", "01 06 00 01 00 03", KindEither, 0},
		{"set registers", "01 10 00 01 00 02 04 00 0A 01 02", KindRequest, 0},
		{"registers were set", "01 10 00 01 00 02", KindReply, 0},
		{"set coils", "01 0F 00 13 00 0A 02 CD 01", KindRequest, 0},
		{"maker's function", "01 42 AA", KindOther, 0},
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(c.frame, " ", ""))
		f, err := Judge(AppendCRC(b))
		if err != nil || f.Kind != c.kind || f.Unit != 1 || len(f.Words()) != c.words {
			t.Errorf("%s: %+v %v", c.name, f, err)
		}
		damaged := AppendCRC(b)
		damaged[len(damaged)/2] ^= 1
		if _, err := Judge(damaged); !errors.Is(err, ErrCRC) {
			t.Errorf("%s, damaged: %v", c.name, err)
		}
	}
}

func TestABareFrameOfNoPossibleLengthIsRefused(t *testing.T) {
	for _, frame := range []string{
		"01 03 00 00 00",                      // a request cut off, with a checksum of its own
		"01 03 05 00 01 00 02",                // five bytes announced, four there
		"01 03 00 00 00 7E",                   // 126 registers
		"01 83 02 00",                         // a refusal with a byte too many
		"01 06 00 01 00",                      // half a register
		"01 10 00 01 00 02 03 00 0A 01",       // two registers in three bytes
		"01 10 00 01 00 02 04 00 0A 01 02 03", // bytes behind
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(frame, " ", ""))
		if f, err := Judge(AppendCRC(b)); !errors.Is(err, ErrByteCount) {
			t.Errorf("%s: %+v %v", frame, f, err)
		}
	}
	for _, n := range []int{0, 1, 2, 3, MaxRTU + 1} {
		if _, err := Judge(make([]byte, n)); !errors.Is(err, ErrShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add([]byte{1, 3, 4, 2, 0x92, 0xFF, 0x9B})
	f.Add([]byte{1, 16, 0, 1, 0, 2, 4, 0, 10, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := Judge(AppendCRC(b))
		if err == nil && (x.Kind == 0 || x.Kind == KindRequest && x.Data != nil) {
			t.Fatalf("%+v", x)
		}
		_ = x.Words()
	})
}
