package link

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"github.com/creack/pty"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// patience bounds waits that a sound link ends at once.
const patience = 10 * time.Second

// ear keeps what it hears and keeps nothing durable before it is told to.
type ear struct {
	heard chan source.Message
	down  chan string
}

func newEar() *ear { return &ear{make(chan source.Message, 256), make(chan string, 256)} }

func (e *ear) Hear(m source.Message)                         { e.heard <- m }
func (e *ear) Down(device string, _ record.Cause, why error) { e.down <- fmt.Sprint(device, ": ", why) }
func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

const mn = "A110000_0001"

func dust(t *testing.T) source.Device {
	t.Helper()
	p := &profile.Profile{ID: "dust/s", Protocol: hj212.Protocol,
		Exchanges: []profile.Exchange{{Request: hj212.Message{Command: 2011}.Append(nil)}},
		Points:    []profile.Point{{Name: "pm10", Unit: "ug/m3", Source: hj212.Source{Factor: "a34002", Suffix: "Rtd"}.Append(nil), Scale: decimal.New(1, 0)}}}
	if _, _, err := p.Compile(); err != nil {
		t.Fatal(err)
	}
	return source.Device{Device: profile.Device{ID: "dust-1", Bus: "gate", Address: mn, Path: record.PathPublic}, Bound: p}
}

// packet is written by hand: what is tested must not make its own input.
func packet(segment string) string {
	reg := uint16(0xFFFF)
	for _, c := range []byte(segment) {
		reg = reg>>8 ^ uint16(c)
		for range 8 {
			if lsb := reg & 1; lsb == 1 {
				reg = reg>>1 ^ 0xA001
			} else {
				reg >>= 1
			}
		}
	}
	return fmt.Sprintf("##%04d%s%04X\r\n", len(segment), segment, reg)
}

func data(qn int, value string) string {
	return packet(fmt.Sprintf("QN=20261124080000%03d;ST=39;CN=2011;PW=123456;MN=%s;Flag=5;CP=&&DataTime=20261124080000;a34002-Rtd=%s,a34002-Flag=N&&", qn, mn, value))
}

// open runs a link and gives the address at which stations dial in.
func open(t *testing.T, change func(*Config)) (*ear, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var boot uint64
	var mu sync.Mutex
	cfg := Config{Devices: []source.Device{dust(t)}, Log: slog.New(slog.DiscardHandler),
		Boot:   func() uint64 { mu.Lock(); defer mu.Unlock(); boot++; return boot },
		Listen: func() (net.Listener, error) { return ln, nil }}
	if change != nil {
		change(&cfg)
	}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := newEar()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	t.Cleanup(func() { cancel(); <-done })
	return e, ln.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOnlyWhatIsKeptIsAcknowledged(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	first := data(1, "75.6")
	io.WriteString(c, first[:30])
	io.WriteString(c, first[30:]+data(2, "80"))
	for i, want := range []string{"75.6", "80"} {
		m := next(t, e.heard)
		if len(m.Values) != 1 || m.Values[0].Value.String() != want || m.Values[0].Flag != "N" || m.Frame.Outcome != record.OutcomeOK || m.Kept == nil {
			t.Fatalf("message %d: %+v", i, m)
		}
		if i == 1 {
			// The first is not durable; only the second may be acknowledged.
			m.Kept()
		}
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	want := packet("QN=20261124080000002;ST=91;CN=9014;PW=123456;MN=" + mn + ";Flag=4;CP=&&&&")
	if err != nil || line != want {
		t.Fatalf("answered %q, %v; want %q", line, err, want)
	}
	if m := next(t, e.heard); string(m.Frame.Sent) != want || m.Frame.Speaker != record.SpeakerAgent || len(m.Values) != 0 {
		t.Errorf("the answer is sealed as %+v", m.Frame)
	}
}

func TestAPacketSentAgainIsAnsweredAndGivesNoSecondReading(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	io.WriteString(c, data(1, "75.6")+data(1, "75.6"))
	if m := next(t, e.heard); len(m.Values) != 1 {
		t.Fatalf("%+v", m)
	}
	m := next(t, e.heard)
	if len(m.Values) != 0 || m.Failed || m.Kept == nil {
		t.Errorf("repeated: %+v", m)
	}
}

func TestADamagedPacketIsSealedAsWhatItIs(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	io.WriteString(c, data(1, "75.6")+strings.Replace(data(2, "75.6"), "=75.6", "=15.6", 1)+data(3, "76"))
	next(t, e.heard)
	m := next(t, e.heard)
	if !m.Failed || len(m.Values) != 0 || m.Frame.Outcome != record.OutcomeCheck || m.Kept != nil {
		t.Errorf("damaged: %+v", m)
	}
	if m := next(t, e.heard); len(m.Values) != 1 {
		t.Errorf("the packet behind it: %+v", m)
	}
}

func TestAStrangerIsNeitherSealedNorAnswered(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	io.WriteString(c, packet("QN=20261124080000001;ST=39;CN=2011;PW=1;MN=OTHER;Flag=5;CP=&&a34002-Rtd=1&&")+data(1, "1"))
	if m := next(t, e.heard); len(m.Values) != 1 || m.Device != "dust-1" {
		t.Errorf("heard %+v", m)
	}
	c.Close()
	if why := next(t, e.down); !strings.Contains(why, "dust-1") {
		t.Error(why)
	}
}

func TestReplacedInstrumentsAndClockSettingsBecomeEvents(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	io.WriteString(c, packet("QN=20261124080000001;ST=39;CN=3019;PW=1;MN="+mn+";Flag=5;CP=&&PolId=a34002,a34002-SN=0123&&"))
	if m := next(t, e.heard); len(m.Events) == 0 || m.Events[0].Type != record.EventReplaced {
		t.Errorf("events %+v", m.Events)
	}
}

func TestATeeChangesNoByteInEitherDirection(t *testing.T) {
	platform, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	e, address := open(t, func(c *Config) {
		c.Tee = func(context.Context) (net.Conn, error) { return net.Dial("tcp", platform.Addr().String()) }
	})
	c := dial(t, address)
	up := "?noise" + data(1, "75.6") + "##garbage" + data(2, "80")
	io.WriteString(c, up)
	p, err := platform.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(up))
	if _, err := io.ReadFull(p, got); err != nil || string(got) != up {
		t.Fatalf("the platform had %q, %v", got, err)
	}
	down := packet("QN=20261124080000001;ST=91;CN=9014;PW=123456;MN="+mn+";Flag=4;CP=&&&&") +
		packet("QN=20261124080001000;ST=39;CN=1012;PW=123456;MN="+mn+";Flag=5;CP=&&SystemTime=20261124080001&&")
	io.WriteString(p, down)
	got = make([]byte, len(down))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != down {
		t.Fatalf("the station had %q, %v", got, err)
	}
	values, commands := 0, 0
	for values < 2 || commands < 2 {
		m := next(t, e.heard)
		if m.Kept != nil {
			t.Error("on a tee the agent wants to answer")
		}
		values += len(m.Values)
		if m.Frame.Speaker == record.SpeakerPlatform {
			if commands++; commands == 2 && (len(m.Events) != 1 || m.Events[0].Type != record.EventInstrumentClock) {
				t.Errorf("events %+v", m.Events)
			}
		}
	}
}

func TestADeadPlatformDoesNotStopSealing(t *testing.T) {
	e, address := open(t, func(c *Config) {
		c.Tee = func(context.Context) (net.Conn, error) { return nil, io.ErrClosedPipe }
	})
	c := dial(t, address)
	for i := range 3 * waiting {
		io.WriteString(c, data(i%1000, fmt.Sprint(i)))
		if m := next(t, e.heard); len(m.Values) != 1 {
			t.Fatalf("packet %d: %+v", i, m)
		}
	}
}

func TestAStationOnASerialLine(t *testing.T) {
	ours, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pty: %v", err)
	}
	defer ours.Close()
	defer tty.Close()
	e, _ := open(t, func(c *Config) {
		c.Listen = nil
		c.Dial = func(context.Context) (stream.Conn, error) {
			return serialport.Open(serialport.Config{Path: tty.Name(), Baud: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
		}
	})
	r := bufio.NewReader(ours)
	io.WriteString(ours, data(1, "75.6"))
	m := next(t, e.heard)
	if len(m.Values) != 1 {
		t.Fatalf("%+v", m)
	}
	m.Kept()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "CN=9014") {
			break
		}
	}
}

// FuzzSession: no stream of bytes makes a session panic, hand on more than came,
// or acknowledge what it did not hand on.
func FuzzSession(f *testing.F) {
	f.Add([]byte(data(1, "75.6") + "##0010" + data(2, "x")))
	f.Add([]byte("##9999QN="))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := New(Config{Devices: []source.Device{dust(t)}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 }})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		s := &session{l: l, scan: hj212.NewScanner(l.options), out: count{&n}}
		s.take(b)
		s.tokens(true)
		if n > len(b) {
			t.Fatalf("%d bytes came, %d were handed on", len(b), n)
		}
	})
}

type count struct{ n *int }

func (c count) Hear(m source.Message)            { *c.n += len(m.Frame.Received) }
func (c count) Down(string, record.Cause, error) {}

// part is one packet of a message that the station splits.
func part(qn, pno, pnum int, cp string) string {
	return packet(fmt.Sprintf("QN=20261124080000%03d;ST=39;CN=2011;PW=123456;MN=%s;Flag=7;PNUM=%d;PNO=%d;CP=&&%s&&", qn, mn, pnum, pno, cp))
}

func TestAMessageInPartsGivesItsValuesOnceWhole(t *testing.T) {
	for name, x := range map[string]struct {
		parts []string
		want  string
	}{
		"cut within a number":   {[]string{part(1, 1, 2, "DataTime=20261124080000;a34002-Rtd=7"), part(2, 2, 2, "5.6,a34002-Flag=N")}, "75.6"},
		"cut within a name":     {[]string{part(1, 1, 2, "DataTime=20261124080000;a340"), part(2, 2, 2, "02-Rtd=75.6")}, "75.6"},
		"cut between fields":    {[]string{part(1, 1, 2, "DataTime=20261124080000;LA-Rtd=61"), part(2, 2, 2, "DataTime=20261124080000;a34002-Rtd=75.6")}, "75.6"},
		"the last part first":   {[]string{part(2, 2, 2, "DataTime=20261124080000;a34002-Rtd=75.6"), part(1, 1, 2, "DataTime=20261124080000;LA-Rtd=61")}, "75.6"},
		"three, one sent twice": {[]string{part(1, 1, 3, "a34002-Rtd="), part(1, 1, 3, "a34002-Rtd="), part(2, 2, 3, "75"), part(3, 3, 3, ".6")}, "75.6"},
	} {
		t.Run(name, func(t *testing.T) {
			e, address := open(t, nil)
			c := dial(t, address)
			answers := bufio.NewReader(c)
			for i, p := range x.parts {
				io.WriteString(c, p)
				m := next(t, e.heard)
				if m.Kept == nil || m.Failed {
					t.Fatalf("part %d: %+v", i, m)
				}
				m.Kept()
				if _, err := answers.ReadString('\n'); err != nil {
					t.Fatalf("part %d is not answered: %v", i, err)
				}
				next(t, e.heard) // the answer, sealed
				if i < len(x.parts)-1 {
					if len(m.Values) != 0 {
						t.Fatalf("part %d gives %v before the message is whole", i, m.Values)
					}
					continue
				}
				at := slices.IndexFunc(m.Values, func(v profile.Decoded) bool { return v.Point == "pm10" })
				if at < 0 || m.Values[at].Value.String() != x.want {
					t.Fatalf("%+v", m.Values)
				}
				// What is sealed gives the same again.
				d := dust(t)
				for _, f := range append(m.Earlier, m.Frame) {
					f.Device = d.ID
				}
				again, err := hj212.Decoder{}.Decode(d.Bound, &d.Device, m.Frame, m.Earlier)
				if err != nil || !slices.Equal(again, m.Values) {
					t.Errorf("decoded again: %v, %v", again, err)
				}
			}
		})
	}
}

func TestPartsOfTwoMessagesAreNotMixed(t *testing.T) {
	e, address := open(t, nil)
	c := dial(t, address)
	io.WriteString(c, part(1, 1, 2, "DataTime=20261124080000;a34002-Rtd=7")+part(2, 2, 2, "DataTime=20261124080100;LA-Rtd=61")+part(3, 1, 2, "DataTime=20261124080100;a34002-Rtd=80"))
	for i := range 3 {
		m := next(t, e.heard)
		if i < 2 && len(m.Values) != 0 {
			t.Fatalf("%+v", m)
		}
		if i == 2 && (len(m.Earlier) != 1 || !slices.ContainsFunc(m.Values, func(v profile.Decoded) bool { return v.Value.String() == "80" })) {
			t.Fatalf("%+v", m)
		}
	}
}

// The packet is the standard's own example (Annex A.2), under the test key it prints.
func TestEncryptedContentIsSealedWithWhatItSays(t *testing.T) {
	text, err := os.ReadFile("../testdata/encrypted.hex")
	if err != nil {
		t.Fatal(err)
	}
	_, digits, _ := strings.Cut(strings.SplitN(string(text), "\n", 2)[0], "\t")
	raw, err := hex.DecodeString(strings.TrimSpace(digits))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := hj212.Parse(raw, hj212.Options{Keys: []hj212.Key{{Bytes: bytes.Repeat([]byte("0"), 16)}}})
	if err != nil {
		t.Fatal(err)
	}
	d := dust(t)
	d.Address = f.Header.MN
	for name, x := range map[string]struct {
		keys map[string][]hj212.Key
		ok   bool
	}{
		"the new and the old key": {map[string][]hj212.Key{d.ID: {{ID: "2026-4", Bytes: bytes.Repeat([]byte("1"), 16)}, {ID: "2026-3", Bytes: bytes.Repeat([]byte("0"), 16)}}}, true},
		"another station's key":   {map[string][]hj212.Key{"other": {{ID: "2026-3", Bytes: bytes.Repeat([]byte("0"), 16)}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			other := dust(t)
			other.ID, other.Address = "other", "ANOTHER"
			e, address := open(t, func(c *Config) { c.Devices, c.Keys = []source.Device{d, other}, x.keys })
			c := dial(t, address)
			c.Write(raw)
			m := next(t, e.heard)
			if m.Failed == x.ok || !bytes.Equal(m.Frame.Received, raw) {
				t.Fatalf("%+v", m)
			}
			if !x.ok {
				if m.Frame.Opened != nil || m.Frame.Key != "" {
					t.Error("what was opened by another station's key is sealed as this one's")
				}
				return
			}
			if m.Frame.Key != "2026-3" || !bytes.Equal(m.Frame.Opened, f.Plain) {
				t.Errorf("sealed %q under key %q", m.Frame.Opened, m.Frame.Key)
			}
			m.Frame.Device = d.ID
			if _, err := (hj212.Decoder{}).Decode(d.Bound, &d.Device, m.Frame, nil); err != nil {
				t.Errorf("decoded again without a key: %v", err)
			}
			m.Frame.Opened = bytes.Replace(m.Frame.Opened, []byte("1.35"), []byte("1.34"), 1)
			if _, err := (hj212.Decoder{}).Decode(d.Bound, &d.Device, m.Frame, nil); err == nil {
				t.Error("another text than the CRC is over is decoded")
			}
		})
	}
}
