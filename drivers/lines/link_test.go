package lines

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"

	"fieldseal/drivers/nmea"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// patience bounds waits that a sound link ends at once.
const patience = 10 * time.Second

type ear struct {
	heard chan source.Message
	down  chan string
}

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

// say is a message in a few words.
func say(m source.Message) string {
	s := fmt.Sprintf("%s %v %q", m.Device, m.Frame.Outcome, m.Frame.Received)
	if len(m.Frame.Sent) > 0 {
		s += fmt.Sprintf(" to %q", m.Frame.Sent)
	}
	for _, v := range m.Values {
		if v.Missing {
			s += " " + v.Point + " missing"
		} else {
			s += " " + v.Point + "=" + v.Value.String()
		}
	}
	if m.Failed {
		s += " failed"
	}
	return s
}

func receiver() source.Device {
	p := &profile.Profile{ID: "position/x", Protocol: nmea.Protocol, Exchanges: []profile.Exchange{{Request: nmea.AppendName(nil, "RMC")}}}
	for _, n := range []string{"lat", "lon"} {
		p.Points = append(p.Points, profile.Point{Name: n, Unit: "deg", Source: nmea.AppendName(nil, n), Scale: decimal.New(1, 0)})
	}
	return source.Device{Device: profile.Device{ID: "gps-1"}, Bound: p}
}

func scale(id, address string, lines ...textline.Line) source.Device {
	p := &profile.Profile{ID: "scale/x", Protocol: textline.Protocol}
	for i, l := range lines {
		p.Exchanges = append(p.Exchanges, profile.Exchange{Request: l.Append(nil), Cadence: 50_000})
		p.Points = append(p.Points, profile.Point{Name: fmt.Sprint("w", i), Unit: "kg", Exchange: uint32(i), Source: textline.AppendGroup(nil, "w"), Scale: decimal.New(1, 0)})
	}
	return source.Device{Device: profile.Device{ID: id, Address: address}, Bound: p}
}

var prints = textline.Line{Pattern: `(?P<flag>ST|US|OL),GS,(?P<w>[+-][\d .]{7})kg`}

// run runs a link on a pty and gives the instrument's side.
func run(t *testing.T, devices ...source.Device) (*ear, io.ReadWriter) {
	t.Helper()
	ours, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pty: %v", err)
	}
	t.Cleanup(func() { ours.Close(); tty.Close() })
	opened := make(chan struct{}, 16)
	e := start(t, Config{Devices: devices, Dial: func(context.Context) (stream.Conn, error) {
		p, err := serialport.Open(serialport.Config{Path: tty.Name(), Baud: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
		if err == nil {
			opened <- struct{}{}
		}
		return p, err
	}})
	next(t, opened) // before that, the terminal would change line ends
	return e, ours
}

func start(t *testing.T, cfg Config) *ear {
	t.Helper()
	var boot atomic.Uint64
	cfg.Boot, cfg.Log = func() uint64 { return boot.Add(1) }, slog.New(slog.DiscardHandler)
	cfg.Pause, cfg.Answer = 300*time.Millisecond, 500*time.Millisecond
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{make(chan source.Message, 256), make(chan string, 256)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	t.Cleanup(func() { cancel(); <-done })
	return e
}

const (
	rmc  = "$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*70\r\n"
	void = "$GPRMC,220516,D,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*75\r\n"
)

func TestAReceiverOnASerialLine(t *testing.T) {
	e, w := run(t, receiver())
	// Its first line may have begun before anyone listened, and this one looks whole.
	io.WriteString(w, rmc)
	io.WriteString(w, void+"$GPZDA,172809.456,12,07,1996,00,00*57\r\n"+strings.Replace(rmc, "5133", "5233", 1)+rmc)
	for _, want := range []string{
		fmt.Sprintf("gps-1 answered %q lat missing lon missing", void),
		fmt.Sprintf("gps-1 checksum wrong %q failed", strings.Replace(rmc, "5133", "5233", 1)),
		fmt.Sprintf("gps-1 answered %q lat=51.5637 lon=-0.7040", rmc),
	} {
		if got := say(next(t, e.heard)); got != want {
			t.Errorf("heard %s\nwant %s", got, want)
		}
	}
}

func TestAScaleThatPrintsByItself(t *testing.T) {
	e, w := run(t, scale("s-1", "", prints))
	io.WriteString(w, "GS,+0012.34kg\r\nST,GS,+0012.34kg\r\nST,GS,+0012.34lb\r\nST,GS,+00")
	for _, want := range []string{
		`s-1 answered "ST,GS,+0012.34kg\r\n" w0=12.34`,
		`s-1 foreign reply "ST,GS,+0012.34lb\r\n" failed`,
		`s-1 truncated "ST,GS,+00" failed`,
	} {
		if got := say(next(t, e.heard)); got != want {
			t.Errorf("heard %s\nwant %s", got, want)
		}
	}
}

func TestAScaleThatIsAsked(t *testing.T) {
	ask := prints
	ask.Ask, ask.ReadOnly = "READ\r\n", true
	e, w := run(t, scale("s-1", "", ask))
	r := bufio.NewReader(w)
	for _, answer := range []string{"ST,GS,+0012.34kg\r\n", "", "ES\r\n", "OL,GS,+    .  kg\r\n"} {
		if line, err := r.ReadString('\n'); err != nil || line != "READ\r\n" {
			t.Fatalf("it was asked %q, %v", line, err)
		}
		io.WriteString(w, answer)
		want := `s-1 no answer "" to "READ\r\n" failed`
		switch answer {
		case "ST,GS,+0012.34kg\r\n":
			want = fmt.Sprintf(`s-1 answered %q to "READ\r\n" w0=12.34`, answer)
		case "ES\r\n":
			want = fmt.Sprintf(`s-1 foreign reply %q to "READ\r\n" failed`, answer)
		case "OL,GS,+    .  kg\r\n":
			want = fmt.Sprintf(`s-1 answered %q to "READ\r\n" w0 missing`, answer)
		}
		if got := say(next(t, e.heard)); got != want {
			t.Errorf("heard %s\nwant %s", got, want)
		}
	}
}

func listen(t *testing.T, devices ...source.Device) (*ear, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return start(t, Config{Devices: devices, Listen: func() (net.Listener, error) { return ln, nil }}), ln.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTheNewestConnectionIsTheInstruments(t *testing.T) {
	e, address := listen(t, receiver())
	old := dial(t, address)
	io.WriteString(old, "\r\n"+rmc)
	next(t, e.heard)
	c := dial(t, address)
	if _, err := old.Read(make([]byte, 1)); err == nil {
		t.Error("the older connection was kept")
	}
	io.WriteString(c, "\r\n"+rmc)
	if m := next(t, e.heard); len(m.Values) != 2 {
		t.Errorf("heard %s", say(m))
	}
	c.Close()
	if why := next(t, e.down); !strings.Contains(why, "gps-1") {
		t.Error(why)
	}
}

func TestLinesThatTellWhoseTheyAre(t *testing.T) {
	l := textline.Line{Pattern: `(?P<address>\d\d):(?P<w>[\d.]+)`}
	e, address := listen(t, scale("a", "01", l), scale("b", "02", l))
	io.WriteString(dial(t, address), "\n02:7.5\n03:1\n01:8\n")
	for _, want := range []string{`b answered "02:7.5\n" w0=7.5`, `a answered "01:8\n" w0=8`} {
		if got := say(next(t, e.heard)); got != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	}
}

func TestBusesThatCannotWorkAreRefused(t *testing.T) {
	ask := textline.Line{Pattern: `(?P<address>\d\d):(?P<w>[\d.]+)`, Ask: "W\r\n", ReadOnly: true}
	never := scale("a", "any", textline.Line{Pattern: `(?P<w>\d)`, Ask: "W\r\n", ReadOnly: true})
	never.Bound.Exchanges[0].Cadence = 0
	for want, devices := range map[string][]source.Device{
		"no device":            nil,
		"whose they are":       {scale("a", "any", prints), scale("b", "any", prints)},
		"a bus of its own":     {scale("a", "01", ask), scale("b", "02", ask)},
		"leave the address":    {scale("a", "01", prints)},
		"write which one this": {scale("a", "", ask)},
		"no cadence":           {never},
	} {
		if _, err := New(Config{Devices: devices}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestLinesAreCutHonestly(t *testing.T) {
	type step struct {
		after time.Duration
		bytes string
	}
	long := strings.Repeat("x", MaxLine+10)
	for _, c := range []struct {
		steps []step
		want  string
	}{
		{[]step{{0, "tail\r\nab\r\ncd\n"}}, `a line "ab\r\n", a line "cd\n"`},
		{[]step{{0, "tail\rab\rcd\r"}, {Pause / 2, ""}}, `a line "ab\r", a line "cd\r"`},
		{[]step{{Pause, "ab\r\n"}}, `a line "ab\r\n"`},
		{[]step{{Pause, "a"}, {Pause / 3, "b\r\n"}}, `a line "ab\r\n"`},
		{[]step{{Pause, "a"}, {Pause, "b\r\ncd\r\n"}}, `a torn line "a", a line "cd\r\n"`},
		{[]step{{Pause, "\r\n\r\n\n"}}, ``},
		{[]step{{Pause, long + "\r\nab\r\n"}}, `an overlong line "` + long[:MaxLine] + `", a line "ab\r\n"`},
	} {
		now := time.Unix(0, 0)
		s := NewSplitter(Pause, now)
		var got []string
		take := func(b []byte, shape Shape) { got = append(got, fmt.Sprintf("%v %q", shape, b)) }
		for _, x := range c.steps {
			now = now.Add(x.after)
			if x.bytes == "" {
				s.Quiet(now, take)
				continue
			}
			s.Write([]byte(x.bytes), now, take)
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%v: %s, want %s", c.steps, got, c.want)
		}
	}
}

// FuzzSplitter: whatever comes, lines are within the limit and not more than came.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("tail\r\n"+rmc+"\rx\r\n"), uint16(300))
	f.Fuzz(func(t *testing.T, b []byte, pause uint16) {
		now := time.Unix(0, 0)
		s := NewSplitter(Pause, now)
		n, total := 0, len(b)
		take := func(line []byte, _ Shape) {
			if n += len(line); len(line) > MaxLine {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
		for len(b) > 0 {
			k := min(len(b), 1+int(b[0])%7)
			now = now.Add(time.Duration(pause) * time.Millisecond)
			s.Write(b[:k], now, take)
			b = b[k:]
		}
		s.End(take)
		if n > total {
			t.Fatalf("%d bytes came, %d were given", total, n)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	d := receiver()
	l, err := New(Config{Devices: []source.Device{d}, Boot: func() uint64 { return 1 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	points := 0
	s := &session{l: l, out: counter{&points}, split: NewSplitter(Pause, time.Unix(0, 0))}
	now := time.Unix(10, 0)
	for b.Loop() {
		s.split.Write([]byte(rmc), now, s.line)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*1000/float64(max(points, 1)), "ns/1000-points")
}

type counter struct{ n *int }

func (c counter) Hear(m source.Message)            { *c.n += len(m.Values) }
func (c counter) Down(string, record.Cause, error) {}
