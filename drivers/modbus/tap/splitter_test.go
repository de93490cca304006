package tap

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"fieldseal/drivers/modbus"
	"fieldseal/evidence/record"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func frame(t testing.TB, s string) []byte { return modbus.AppendCRC(unhex(t, s)) }

// ask and answer are unit 1, function 3, one register.
func ask(t testing.TB) []byte { return frame(t, "01 03 00 00 00 01") }
func answer(t testing.TB, v string) []byte {
	return frame(t, "01 03 02"+v)
}

func outcomes(seen []Seen) (s []string) {
	for _, x := range seen {
		what := x.Outcome.String()
		if x.Write {
			what = "write"
		}
		s = append(s, what)
	}
	return s
}

func TestARequestAndItsReplyArePaired(t *testing.T) {
	for name, x := range map[string]struct {
		line [][]byte
		want string
	}{
		"as it should be":       {[][]byte{ask(t), answer(t, "00FA")}, "answered"},
		"byte by byte":          {split(append(ask(t), answer(t, "00FA")...)), "answered"},
		"a glitch in between":   {[][]byte{ask(t), {0}, answer(t, "00FA")}, "answered"},
		"begins within a reply": {[][]byte{answer(t, "0001")[2:], ask(t), answer(t, "00FA")}, "answered"},
		"the master asks again": {[][]byte{ask(t), ask(t), answer(t, "00FA")}, "no answer answered"},
		"it asks another":       {[][]byte{ask(t), frame(t, "02 03 00 00 00 01"), frame(t, "02 03 02 0001")}, "no answer answered"},
		"refused":               {[][]byte{ask(t), frame(t, "01 83 02")}, "refused by instrument"},
		"damaged":               {[][]byte{ask(t), append(answer(t, "00FA")[:6], 0x77), ask(t), answer(t, "00FA")}, "checksum wrong answered"},
		"a reply nobody asked":  {[][]byte{answer(t, "00FA"), ask(t), answer(t, "00FA")}, "answered"},
		"a setting":             {[][]byte{frame(t, "01 06 00 10 00 05"), frame(t, "01 06 00 10 00 05"), ask(t), answer(t, "00FA")}, "write answered"},
		"two settings alike":    {[][]byte{frame(t, "01 06 00 10 00 05"), frame(t, "01 06 00 10 00 05"), frame(t, "01 06 00 10 00 05"), frame(t, "01 06 00 10 00 05")}, "write write"},
		"several settings":      {[][]byte{frame(t, "01 10 00 10 00 01 02 00 05"), frame(t, "01 10 00 10 00 01"), ask(t), answer(t, "00FA")}, "write answered"},
		// Three bytes of bits are as long as a request, and here one as well.
		"bits that look like a request": {[][]byte{frame(t, "01 01 03 00 00 01"), frame(t, "01 01 01 01")}, ""},
	} {
		var s Splitter
		var seen []Seen
		now := uint64(1_000_000)
		for _, b := range x.line {
			seen = append(seen, s.Feed(b, now)...)
			now += 1000
		}
		if got := strings.Join(outcomes(seen), " "); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
		for _, y := range seen {
			if y.Outcome == record.OutcomeOK && !y.Write && (len(y.Reply) != 7 || modbus.CRC(y.Reply) != 0 || modbus.CRC(y.Request) != 0) {
				t.Errorf("%s: %x answered by %x", name, y.Request, y.Reply)
			}
		}
	}
}

func split(b []byte) (out [][]byte) {
	for i := range b {
		out = append(out, b[i:i+1])
	}
	return out
}

func TestALateReplyIsNobodys(t *testing.T) {
	var s Splitter
	seen := s.Feed(ask(t), 1)
	seen = append(seen, s.Idle(2+Patience)...)
	seen = append(seen, s.Feed(answer(t, "00FA"), 3+Patience)...)
	if got := strings.Join(outcomes(seen), " "); got != "no answer" {
		t.Errorf("%q", got)
	}
	seen = s.Feed(ask(t), 10*Patience)
	seen = append(seen, s.Feed(answer(t, "00FA")[:4], 10*Patience+10)...)
	seen = append(seen, s.Idle(12*Patience)...)
	if len(seen) != 1 || seen[0].Outcome != record.OutcomeTruncated || len(seen[0].Reply) != 4 {
		t.Errorf("%+v", seen)
	}
}

// Whatever stands on the line, a pair is a request and a reply whose checksums are
// right, and what waits is bounded.
func FuzzSplitter(f *testing.F) {
	f.Add(append(ask(f), answer(f, "00FA")...), uint8(3))
	f.Add(append(frame(f, "01 10 00 10 00 01 02 00 05"), ask(f)...), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		var s Splitter
		now := uint64(1)
		for len(b) > 0 {
			n := min(int(step)%17+1, len(b))
			for _, x := range s.Feed(b[:n], now) {
				if modbus.CRC(x.Request) != 0 {
					t.Fatalf("a request that is none: %x", x.Request)
				}
				if x.Outcome == record.OutcomeOK && !x.Write {
					if _, err := modbus.ParseExchange(x.Request, x.Reply); err != nil {
						t.Fatalf("%x answered by %x: %v", x.Request, x.Reply, err)
					}
				}
			}
			if len(s.buf) > MaxBuffer {
				t.Fatalf("%d bytes wait", len(s.buf))
			}
			b = b[n:]
			now += 500
		}
	})
}

func BenchmarkFeed(b *testing.B) {
	line := bytes.Repeat(append(ask(b), answer(b, "00FA")...), 100)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		var s Splitter
		if got := len(s.Feed(line[:MaxBuffer], 1)); got < 60 {
			b.Fatal(got)
		}
	}
}
