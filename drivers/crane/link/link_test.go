package link

import (
	"bytes"
	"context"
	"encoding/hex"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/crane"
	"fieldseal/drivers/source"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
	"fieldseal/simulators/cranebox"
)

type ear struct {
	heard chan source.Message
	down  chan string
}

func (e ear) Hear(m source.Message)                  { e.heard <- m }
func (e ear) Down(d string, _ record.Cause, _ error) { e.down <- d }

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
	}
	return v
}

func shipped(t *testing.T) source.Device {
	t.Helper()
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := lib.Get("crane/blackbox-0e")
	if !ok {
		t.Fatal("no such profile")
	}
	return source.Device{Device: profile.Device{ID: "crane-1", Address: "0A0B0C", Cadence: 50_000, Path: record.PathPublic}, Bound: &f.Profile}
}

func listen(t *testing.T, d source.Device) (ear, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(Config{Devices: []source.Device{d}, Listen: func() (net.Listener, error) { return ln, nil }, Boot: func() uint64 { return 7 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	e := ear{make(chan source.Message, 256), make(chan string, 16)}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	t.Cleanup(func() { stop(); <-done })
	return e, ln.Addr().String()
}

func TestASimulatedBoxIsHeard(t *testing.T) {
	d := shipped(t)
	e, address := listen(t, d)
	b, err := cranebox.New(cranebox.Config{Device: &d.Device, Profile: d.Bound, Now: time.Now,
		Value: func(p string, _ time.Time) (float64, bool) {
			return map[string]float64{"load": 3.25, "height": 41.7, "radius": 22.04, "slew": -120.5, "wind": 4.6, "tilt-x": -0.31, "alarm-overload": 1, "limit-outer": 1}[p], true
		},
		Dial: func(ctx context.Context) (net.Conn, error) {
			var x net.Dialer
			return x.DialContext(ctx, "tcp", address)
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	defer func() { stop(); <-done }()
	m := next(t, e.heard)
	got := map[string]string{}
	for _, v := range m.Values {
		got[v.Point] = v.Value.String()
	}
	for point, want := range map[string]string{"load": "3.25", "height": "41.70", "radius": "22.04", "slew": "-120.5", "wind": "4.60", "tilt-x": "-0.31", "alarm-overload": "1", "alarm-wind": "0", "limit-outer": "1"} {
		if got[point] != want {
			t.Errorf("%s is %q, the box says %s", point, got[point], want)
		}
	}
	if m.Frame.Path != record.PathPublic || m.Kept != nil {
		t.Errorf("%+v", m)
	}
	if m := next(t, e.heard); len(m.Values) != 0 || m.Failed {
		t.Errorf("a heartbeat says %+v", m)
	}
	b.Next(cranebox.Torn)
	for {
		if m := next(t, e.heard); m.Failed {
			if m.Frame.Outcome != record.OutcomeForeign && m.Frame.Outcome != record.OutcomeCheck || len(m.Values) != 0 {
				t.Errorf("%+v %+v", m, m.Frame)
			}
			break
		}
	}
	b.SetReach(false)
	if got := next(t, e.down); got != "crane-1" {
		t.Errorf("%s", got)
	}
}

func TestTheFrameThatWasCapturedIsCutFromNoise(t *testing.T) {
	text, err := os.ReadFile("../testdata/realtime-66.hex")
	if err != nil {
		t.Fatal(err)
	}
	frame, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	var s Splitter
	var frames, noise [][]byte
	line := append(append([]byte("noise"), frame...), frame...)
	for i := range line {
		f, n := s.Feed(line[i : i+1])
		frames, noise = append(frames, f...), append(noise, n...)
	}
	if len(frames) != 2 || !bytes.Equal(frames[0], frame) || !bytes.Equal(frames[1], frame) || string(bytes.Join(noise, nil)) != "noise" {
		t.Errorf("%x, noise %x", frames, noise)
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte{0x7E, 0x7E, 0x0E, 0, 0, 1, 2, 3, 0x7D, 0x7D, 9}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		var s Splitter
		total := 0
		for rest := b; len(rest) > 0; {
			n := min(int(step)%31+1, len(rest))
			frames, noise := s.Feed(rest[:n])
			for _, x := range frames {
				if !bytes.HasPrefix(x, head) || !bytes.HasSuffix(x, tail) || len(x) > crane.MaxFrame {
					t.Fatalf("%x is no frame", x)
				}
				total += len(x)
			}
			for _, x := range noise {
				total += len(x)
			}
			if s.Waiting() > crane.MaxFrame+31 {
				t.Fatalf("%d bytes wait", s.Waiting())
			}
			rest = rest[n:]
		}
		if total+s.Waiting() != len(b) {
			t.Fatalf("%d of %d bytes are accounted for", total+s.Waiting(), len(b))
		}
	})
}
