package link

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/drivers/jt808"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

const patience = 10 * time.Second

type ear struct {
	heard chan source.Message
	down  chan string
}

func (e *ear) Hear(m source.Message)                         { e.heard <- m }
func (e *ear) Down(device string, _ record.Cause, why error) { e.down <- device }

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

const phone13, phone19 = "013912344323", "00000000013912344329"

func truck(t testing.TB, id, phone string) source.Device {
	p := &profile.Profile{ID: "truck/reefer", Protocol: jt808.Protocol, Points: []profile.Point{
		{Name: "cold", Unit: "Cel", Source: jt808.Source{Item: 0xE1, Bytes: 2, Signed: true}.Append(nil), Scale: decimal.New(1, 1)}}}
	if _, _, err := p.Compile(); err != nil {
		t.Fatal(err)
	}
	return source.Device{Device: profile.Device{ID: id, Bus: "road", Address: phone, Path: record.PathPublic}, Bound: p}
}

func open(t *testing.T, with ...func(*Config)) (*Link, *ear, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var boot atomic.Uint64
	cfg := Config{Devices: []source.Device{truck(t, "truck-1", phone13), truck(t, "truck-2", phone19)}, Log: slog.New(slog.DiscardHandler),
		Boot: func() uint64 { return boot.Add(1) }, Listen: func() (net.Listener, error) { return ln, nil }}
	for _, f := range with {
		f(&cfg)
	}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{make(chan source.Message, 64), make(chan string, 64)}
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(t.Context(), e) }()
	t.Cleanup(func() { <-done })
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return l, e, c
}

// wire is written by hand: what is tested must not make its own input.
func wire(id uint16, phone string, serial uint16, split []uint16, body string) string {
	props := uint16(len(body))
	if split != nil {
		props |= 0x2000
	}
	number, _ := hex.DecodeString(phone)
	var version []byte
	if len(phone) == 20 {
		props |= 0x4000
		version = []byte{1}
	}
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, id), props)
	b = binary.BigEndian.AppendUint16(slices.Concat(b, version, number), serial)
	for _, n := range split {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	b = append(b, body...)
	sum := byte(0)
	for _, c := range b {
		sum ^= c
	}
	out := "\x7e"
	for _, c := range append(b, sum) {
		if c == 0x7D || c == 0x7E {
			out += string([]byte{0x7D, c - 0x7C})
		} else {
			out += string([]byte{c})
		}
	}
	return out + "\x7e"
}

// report has no fix and one temperature, in tenths of a degree.
func report(minute, tenths byte) string {
	b := make([]byte, 22, 32)
	b = append(b, 0x26, 0x11, 0x22, 0x14, minute/10<<4|minute%10, 0x00)
	return string(append(b, 0xE1, 2, 0, tenths))
}

// answer reads one message and undoes its escapes.
func answer(t *testing.T, c net.Conn) (id uint16, body string) {
	t.Helper()
	var raw []byte
	for one := make([]byte, 1); len(raw) < 2 || one[0] != 0x7E; raw = append(raw, one[0]) {
		if _, err := io.ReadFull(c, one); err != nil {
			t.Fatal(err)
		}
	}
	b := []byte(strings.NewReplacer("\x7d\x01", "\x7d", "\x7d\x02", "\x7e").Replace(string(raw[1 : len(raw)-1])))
	sum := byte(0)
	for _, x := range b {
		sum ^= x
	}
	head := 12
	if b[2]&0x40 != 0 {
		head = 17
	}
	if sum != 0 || len(b) <= head {
		t.Fatalf("answer % X", b)
	}
	return binary.BigEndian.Uint16(b), string(b[head : len(b)-1])
}

// enter registers and authenticates.
func enter(t *testing.T, e *ear, c net.Conn, phone string) {
	t.Helper()
	io.WriteString(c, wire(0x0100, phone, 1, nil, "plate"))
	m := next(t, e.heard)
	if m.Kept == nil || len(m.Values) != 0 || m.Failed {
		t.Fatalf("registration: %+v", m)
	}
	m.Kept()
	id, body := answer(t, c)
	if id != 0x8100 || body[:3] != "\x00\x01\x00" {
		t.Fatalf("%04X % X", id, body)
	}
	key := body[3:]
	if len(phone) == 20 {
		key = string([]byte{byte(len(key))}) + key + "IMEI"
	}
	io.WriteString(c, wire(0x0102, phone, 2, nil, key))
	if id, body := answer(t, c); id != 0x8001 || body != "\x00\x02\x01\x02\x00" {
		t.Fatalf("%04X % X", id, body)
	}
}

func TestATerminalIsAnsweredOnlyForWhatIsKept(t *testing.T) {
	for device, phone := range map[string]string{"truck-1": phone13, "truck-2": phone19} {
		t.Run(device, func(t *testing.T) {
			_, e, c := open(t)
			enter(t, e, c, phone)
			first := wire(0x0200, phone, 3, nil, report(30, 41))
			io.WriteString(c, first[:9])
			io.WriteString(c, first[9:]+wire(0x0200, phone, 0x7E7D, nil, report(31, 42)))
			for i, want := range []string{"4.1", "4.2"} {
				m := next(t, e.heard)
				if m.Device != device || len(m.Values) != 1 || m.Values[0].Value.String() != want || m.Values[0].Time == 0 || m.Frame.Path != record.PathPublic {
					t.Fatalf("%+v", m)
				}
				if i == 1 { // the first is not durable; only the second may be answered
					m.Kept()
				}
			}
			if id, body := answer(t, c); id != 0x8001 || body != "\x7E\x7D\x02\x00\x00" {
				t.Fatalf("%04X % X", id, body)
			}
			if m := next(t, e.heard); len(m.Frame.Sent) == 0 || len(m.Frame.Received) != 0 || m.Kept != nil {
				t.Errorf("the answer is sealed as %+v", m.Frame)
			}
			// Sent again: answered again, no second reading.
			io.WriteString(c, first)
			if m := next(t, e.heard); len(m.Values) != 0 || m.Failed || m.Kept == nil {
				t.Errorf("%+v", m)
			}
			c.Close()
			if d := next(t, e.down); d != device {
				t.Error(d)
			}
		})
	}
}

// Whoever only looks keeps nothing, and must see what a terminal reports all the same.
func TestWhoeverLooksSeesReportsAndAcknowledgesNone(t *testing.T) {
	_, e, c := open(t, func(cfg *Config) { cfg.Peek = true })
	io.WriteString(c, wire(0x0100, phone13, 1, nil, "plate"))
	if m := next(t, e.heard); m.Kept != nil {
		t.Errorf("registration: %+v", m)
	}
	id, body := answer(t, c)
	if id != 0x8100 {
		t.Fatalf("%04X % X", id, body)
	}
	io.WriteString(c, wire(0x0102, phone13, 2, nil, body[3:]))
	if id, body := answer(t, c); id != 0x8001 || body != "\x00\x02\x01\x02\x00" {
		t.Fatalf("%04X % X", id, body)
	}
	io.WriteString(c, wire(0x0200, phone13, 3, nil, report(30, 41)))
	if m := next(t, e.heard); len(m.Values) != 1 || m.Kept == nil {
		t.Errorf("%+v", m)
	}
}

func TestABlindSpotBatchInPartsIsBackfilledOnceWhole(t *testing.T) {
	_, e, c := open(t)
	enter(t, e, c, phone13)
	batch := "\x00\x02\x01\x00\x20" + report(31, 42) + "\x00\x20" + report(30, 41)
	io.WriteString(c, wire(0x0704, phone13, 9, []uint16{2, 2}, batch[20:])+wire(0x0704, phone13, 8, []uint16{2, 1}, batch[:20]))
	if m := next(t, e.heard); len(m.Values) != 0 || m.Failed || m.Kept == nil {
		t.Fatalf("%+v", m)
	}
	m := next(t, e.heard)
	var got []string
	for _, v := range m.Values {
		got = append(got, fmt.Sprintf("%v %v", v.Value, v.Backfilled))
	}
	if fmt.Sprint(got) != "[4.1 true 4.2 true]" || len(m.Earlier) != 1 {
		t.Fatalf("%v %+v", got, m)
	}
	d := truck(t, "truck-1", phone13)
	again, err := jt808.Decoder{}.Decode(d.Bound, &d.Device, m.Frame, m.Earlier)
	if err != nil || !slices.Equal(again, m.Values) {
		t.Errorf("decoded again: %v, %v", again, err)
	}
}

func TestStrangersAndTheUnauthenticatedGiveNoReading(t *testing.T) {
	l, e, c := open(t)
	io.WriteString(c, wire(0x0100, "019999999999", 1, nil, "plate"))
	if id, body := answer(t, c); id != 0x8100 || body != "\x00\x01\x04" {
		t.Fatalf("%04X % X", id, body)
	}
	io.WriteString(c, wire(0x0200, "019999999999", 2, nil, report(30, 41))+wire(0x0200, phone13, 3, nil, report(30, 41)))
	if id, body := answer(t, c); id != 0x8001 || body != "\x00\x03\x02\x00\x01" {
		t.Fatalf("%04X % X", id, body)
	}
	io.WriteString(c, wire(0x0102, phone13, 4, nil, "guess"))
	if id, body := answer(t, c); id != 0x8001 || body != "\x00\x04\x01\x02\x01" {
		t.Fatalf("%04X % X", id, body)
	}
	if l.Refused() != 2 || len(e.heard) != 0 {
		t.Errorf("%d refused, %d heard", l.Refused(), len(e.heard))
	}
}

func TestDamageAndUnknownMessagesAreSealedAsWhatTheyAre(t *testing.T) {
	_, e, c := open(t)
	enter(t, e, c, phone13)
	bad := []byte(wire(0x0200, phone13, 3, nil, report(30, 41)))
	bad[len(bad)-3]++
	io.WriteString(c, string(bad)+"\x7enoise"+wire(0x0F01, phone13, 4, nil, "vendor"))
	if m := next(t, e.heard); !m.Failed || m.Frame.Outcome != record.OutcomeCheck || m.Kept != nil || len(m.Values) != 0 {
		t.Fatalf("%+v", m)
	}
	for {
		m := next(t, e.heard)
		if m.Failed { // the noise
			continue
		}
		m.Kept()
		break
	}
	if id, body := answer(t, c); id != 0x8001 || body != "\x00\x04\x0F\x01\x03" {
		t.Fatalf("%04X % X", id, body)
	}
}

type count struct{ n *int }

func (c count) Hear(m source.Message)            { *c.n += len(m.Frame.Received) }
func (c count) Down(string, record.Cause, error) {}

type nowhere struct{}

func (nowhere) Read([]byte) (int, error)    { return 0, io.EOF }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Close() error                { return nil }

// FuzzSession: no stream of bytes makes a session panic, keep more than one
// message's worth, or hand on much more than came.
func FuzzSession(f *testing.F) {
	f.Add([]byte(wire(0x0200, phone13, 3, nil, report(30, 41)) + "\x7e\x7e12"))
	f.Add([]byte(wire(0x0704, phone13, 3, []uint16{2, 1}, report(30, 41))))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := New(Config{Devices: []source.Device{truck(t, "truck-1", phone13)}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 }})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		s := &session{l: l, conn: nowhere{}, out: count{&n}, allowed: map[*terminal]bool{l.terminals[phone13]: true}}
		s.take(b)
		if len(s.buf) > jt808.MaxMessage || n > 2*len(b) {
			t.Fatalf("%d bytes came, %d were handed on, %d are kept", len(b), n, len(s.buf))
		}
	})
}
