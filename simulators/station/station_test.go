package station

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm4"

	"fieldseal/drivers/hj212"
	"fieldseal/evidence/profile"
	library "fieldseal/firmware-config/profile"
)

const mn = "A110000_0009"

func dust(t *testing.T) (*profile.Device, *profile.Profile) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "firmware-config", "profiles", "dust", "station-hj212.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := library.Parse("station-hj212.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	compiled, _, err := f.Profile.Compile()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	return &profile.Device{ID: "dust-9", Address: mn, Cadence: 50_000}, p
}

// The standard prints these CRCs (HJ 212-2017 and HJ 212-2025, Annex A).
func TestTheCRCIsTheStandards(t *testing.T) {
	for segment, want := range map[string]uint16{
		"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&": 0x1C80,
	} {
		if got := check(1, segment); got != want {
			t.Errorf("%04X, the standard prints %04X", got, want)
		}
	}
	if got := check(3, "123456789"); got != 0x4B37 { // the check value of CRC-16/MODBUS
		t.Errorf("Modbus rule: %04X", got)
	}
}

// platform takes what a station sends, and acknowledges what accept is true of.
func platform(t *testing.T, s *Station, conn net.Conn, o hj212.Options, accept func(n int, f *hj212.Frame) bool) <-chan *hj212.Frame {
	t.Helper()
	got := make(chan *hj212.Frame, 64)
	go func() {
		scan := hj212.NewScanner(o)
		b := make([]byte, 4096)
		for n := 0; ; {
			k, err := conn.Read(b)
			scan.Write(b[:k])
			for {
				x, ok := scan.Next(false)
				if !ok {
					break
				}
				if x.Frame == nil {
					continue
				}
				n++
				if accept(n, x.Frame) {
					fmt.Fprintf(conn, "##0000QN=%s;ST=91;CN=9014;PW=123456;MN=%s;Flag=4;CP=&&&&0000\r\n", x.Frame.Header.QN, mn)
				}
				got <- x.Frame
			}
			if err != nil {
				return
			}
		}
	}()
	return got
}

func run(t *testing.T, key []byte, faults ...Fault) (*Station, net.Conn) {
	t.Helper()
	d, p := dust(t)
	near, far := net.Pipe()
	dialled := false
	s, err := New(Config{Device: d, Profile: p, Key: key, Now: time.Now,
		Value: func(string, time.Time) (float64, bool) { return 75.5, true },
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			if dialled {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			dialled = true
			return near, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	s.Next(faults...)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { stop(); far.Close(); <-done })
	return s, far
}

func next(t *testing.T, c <-chan *hj212.Frame) *hj212.Frame {
	t.Helper()
	select {
	case f := <-c:
		return f
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return nil
	}
}

func TestWhatAStationSendsTheDecoderReads(t *testing.T) {
	key := bytes.Repeat([]byte("k"), sm4.BlockSize)
	for name, key := range map[string][]byte{"plain": nil, "encrypted": key} {
		t.Run(name, func(t *testing.T) {
			s, far := run(t, key)
			o := hj212.Options{}
			if key != nil {
				o.Keys = []hj212.Key{{ID: "k", Bytes: key}}
			}
			f := next(t, platform(t, s, far, o, func(int, *hj212.Frame) bool { return true }))
			r := f.Readings()
			if len(r) < 5 || r[0].Value.String() != "75.5" || r[0].Flag != "N" || r[0].Time.IsZero() || f.Encrypted != (key != nil) {
				t.Errorf("%+v", r)
			}
			if len(f.Notes) != 0 {
				t.Errorf("deviations: %v", f.Notes)
			}
		})
	}
}

func TestASplitMessageComesInItsParts(t *testing.T) {
	s, far := run(t, nil, Fault{Kind: Split})
	got := platform(t, s, far, hj212.Options{}, func(int, *hj212.Frame) bool { return true })
	first := next(t, got)
	_, total, ok := first.Header.Part()
	if !ok || total < 3 {
		t.Fatalf("%+v", first.Header)
	}
	parts := []*hj212.Frame{first}
	for len(parts) < total {
		parts = append(parts, next(t, got))
	}
	whole, err := hj212.Join(parts)
	if err != nil || len(whole.Readings()) < 5 {
		t.Errorf("%v, %v", whole, err)
	}
}

func TestAWrongCRCIsSentAgainRight(t *testing.T) {
	s, far := run(t, nil, Fault{Kind: BadCRC})
	r := bufio.NewReader(far)
	first, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if first == second || first[:len(first)-6] != second[:len(second)-6] || !strings.HasPrefix(first, "##") {
		t.Errorf("%q, then %q", first, second)
	}
	if s.Waiting() == 0 {
		t.Error("a message that nobody acknowledged is forgotten")
	}
}
