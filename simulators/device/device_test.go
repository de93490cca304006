package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/simulators/line"
)

// The frames of the standard and of manuals, not of our driver.
func TestSlavesAnswerPublishedRequests(t *testing.T) {
	image := func(unit, function byte, address, count uint16) ([]uint16, byte) {
		switch {
		case unit == 0x11 && function == 3 && address == 0x6B && count == 3:
			return []uint16{0xAE41, 0x5652, 0x4340}, 0
		case unit == 0x11 && function == 1 && address == 0x13 && count == 37:
			return bits("1011001111010110010011010111000011011"), 0
		}
		return nil, IllegalAddress
	}
	for _, c := range []struct{ request, reply []byte }{
		{[]byte{0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87}, []byte{0x11, 3, 6, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40, 0x49, 0xAD}},
		{[]byte{0x11, 1, 0, 0x13, 0, 0x25, 0x0E, 0x84}, []byte{0x11, 1, 5, 0xCD, 0x6B, 0xB2, 0x0E, 0x1B, 0x45, 0xE6}},
		{seal(0x11, 3, 0, 0, 0, 1), seal(0x11, 0x83, 2)},       // address refused by the image
		{seal(0x11, 3, 0, 0, 0, 126), seal(0x11, 0x83, 3)},     // too many
		{seal(0x11, 3, 0, 0, 0, 0), seal(0x11, 0x83, 3)},       // none
		{seal(0x11, 3, 0xFF, 0xFF, 0, 2), seal(0x11, 0x83, 2)}, // beyond the end
		{seal(0x11, 6, 0, 0, 0, 2), seal(0x11, 0x86, 1)},       // a write
		{[]byte{0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x88}, nil},      // bad checksum
		{seal(0x12, 3, 0, 0x6B, 0, 3), nil},                    // nobody
		{seal(0x11, 99, 0, 0, 0, 0), nil},                      // unheard of
		{[]byte{0x11, 3, 0}, nil},                              // the beginning of something
	} {
		if got := converse(t, New(1, image, 0x11), c.request); !bytes.Equal(got, c.reply) {
			t.Errorf("% x answered by % x, want % x", c.request, got, c.reply)
		}
	}
}

func bits(s string) []uint16 {
	var v []uint16
	for _, c := range s {
		v = append(v, uint16(c-'0'))
	}
	return v
}

func seal(b ...byte) []byte { return serialFrame(b[0], b[1:]) }

// converse sends bytes to slaves on a virtual line, twice if they are more than
// one, cut in the middle, and returns what came within two seconds.
func converse(t *testing.T, s *Slaves, request []byte) (reply []byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := line.New(line.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.ServeLine(ctx, l.Slave()) }()
		port, err := l.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		half := len(request) / 2
		port.Write(request[:half])
		time.Sleep(10 * time.Millisecond)
		port.Write(request[half:])
		buf := make([]byte, 300)
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
			n, err := port.Read(buf)
			if err != nil {
				t.Error(err)
				break
			}
			reply = append(reply, buf[:n]...)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return reply
}

func TestEachFaultIsWhatItSays(t *testing.T) {
	request := seal(5, 3, 0, 1, 0, 2)
	good := seal(5, 3, 4, 5, 1, 5, 2)
	for _, c := range []struct {
		fault Fault
		check func(reply []byte) bool
	}{
		{Fault{}, func(r []byte) bool { return bytes.Equal(r, good) }},
		{Fault{Kind: Late, Delay: time.Second}, func(r []byte) bool { return bytes.Equal(r, good) }},
		{Fault{Kind: Late, Delay: 3 * time.Second}, func(r []byte) bool { return len(r) == 0 }},
		{Fault{Kind: Silent}, func(r []byte) bool { return len(r) == 0 }},
		{Fault{Kind: OtherUnit, Unit: 9}, func(r []byte) bool { return bytes.Equal(r, seal(9, 3, 4, 5, 1, 5, 2)) }},
		{Fault{Kind: Truncated, Bytes: 3}, func(r []byte) bool { return bytes.Equal(r, good[:len(good)-3]) }},
		{Fault{Kind: Surplus}, func(r []byte) bool { return len(r) == len(good)+1 && bytes.HasPrefix(r, good) }},
		{Fault{Kind: BadCRC}, func(r []byte) bool {
			return len(r) == len(good) && bytes.HasPrefix(r, good[:len(good)-1]) && !bytes.Equal(r, good)
		}},
	} {
		s := New(1, Identify, 5)
		if c.fault.Kind != 0 {
			s.Next(5, c.fault)
		}
		if r := converse(t, s, request); !c.check(r) {
			t.Errorf("%v: % x", c.fault, r)
		}
		if n := s.Stats(5).Faults[c.fault.Kind]; c.fault.Kind != 0 && n != 1 {
			t.Errorf("%v counted %d times", c.fault, n)
		}
	}
	s := New(1, Identify, 5)
	s.SetAlive(5, false)
	if r := converse(t, s, request); len(r) != 0 {
		t.Errorf("a dead unit said % x", r)
	}
	s.SetAlive(5, true)
	if r := converse(t, s, request); !bytes.Equal(r, good) {
		t.Errorf("a revived unit said % x", r)
	}
}

func TestSameSeedSameFaults(t *testing.T) {
	run := func(seed uint64) (frames [][]byte) {
		s := New(seed, Identify, 1)
		s.Plan(1, Plan{Chance: 0.5, Faults: []Fault{{Kind: Silent}, {Kind: Surplus, Bytes: 3}, {Kind: BadCRC}}})
		for range 200 {
			a, _ := s.respond(1, []byte{3, 0, 0, 0, 1}, serialFrame, -1)
			frames = append(frames, a.frame)
		}
		return frames
	}
	if !reflect.DeepEqual(run(1), run(1)) {
		t.Error("two runs differ")
	}
	if reflect.DeepEqual(run(1), run(2)) {
		t.Error("the seed changes nothing")
	}
}

func TestTCPAnswersCarryTheirTransaction(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- New(1, Identify, 3, 4).ServeTCP(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range uint16(300) {
		unit := byte(3 + i%2)
		request := append(binary.BigEndian.AppendUint16(nil, i*211), 0, 0, 0, 6, unit, 4, 0, 7, 0, 1)
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		reply := make([]byte, 11)
		if _, err := io.ReadFull(conn, reply); err != nil {
			t.Fatal(err)
		}
		want := append(binary.BigEndian.AppendUint16(nil, i*211), 0, 0, 0, 5, unit, 4, 2, unit, 7)
		if !bytes.Equal(reply, want) {
			t.Fatalf("% x, want % x", reply, want)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func FuzzServeConn(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 6, 3, 3, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, in []byte) {
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			New(1, Identify, 3).ServeConn(context.Background(), far)
		}()
		go io.Copy(io.Discard, near)
		near.Write(in)
		near.Close()
		<-done
	})
}

func TestASerialServerPassesTheFramesOfALine(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- New(1, Identify, 5).ServeRTUOverTCP(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(seal(5, 3, 0, 1, 0, 2)); err != nil {
		t.Fatal(err)
	}
	want := seal(5, 3, 4, 5, 1, 5, 2)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, %v", got, err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
