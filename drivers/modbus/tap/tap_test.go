//go:build linux

package tap

import (
	"context"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
	"fieldseal/internal/peers"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// hub is a wire with three ends: the master's and the tap's are pseudo-terminals, the
// slaves' is this.
type hub struct {
	master, tap serialport.Port
}

func (h hub) Read(b []byte) (int, error) {
	n, err := h.master.Read(b)
	if n > 0 {
		h.tap.Write(b[:n])
	}
	return n, err
}

func (h hub) Write(b []byte) (int, error) {
	h.tap.Write(b)
	return h.master.Write(b)
}

func (h hub) Flush() error { return nil }
func (h hub) Close() error { return nil }

type ear chan source.Message

func (e ear) Hear(m source.Message)                    { e <- m }
func (e ear) Down(d string, _ record.Cause, why error) {}

func room(t *testing.T) source.Device {
	t.Helper()
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := lib.Get("coldroom/rs-ws")
	if !ok {
		t.Fatal("no such profile")
	}
	compiled, _, err := f.Compile(library.Serial)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	return source.Device{Device: profile.Device{ID: "room-1", Bus: "a", Address: "1"}, Bound: p}
}

// Mbpoll is the master, a slave of ours answers, and the tap only listens.
func TestAForeignMastersExchangesAreHeard(t *testing.T) {
	mbpoll := peers.Need(t, peers.Mbpoll)[0]
	dir := t.TempDir()
	var ends [2]*line.PTY
	for i, name := range []string{"master", "tap"} {
		p, err := line.NewPTY(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		ends[i] = p
	}
	ctx, stop := context.WithCancel(context.Background())
	slaves := device.New(1, func(unit, function byte, address, count uint16) ([]uint16, byte) {
		words := make([]uint16, count)
		for i := range words {
			words[i] = []uint16{658, 0xFF9B}[(int(address)+i)%2]
		}
		return words, 0
	}, 1)
	served := make(chan struct{})
	go func() { defer close(served); slaves.ServeLine(ctx, hub{ends[0].Slave(), ends[1].Slave()}) }()
	began := time.Now()
	tap, err := New(Config{Devices: []source.Device{room(t)}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 + uint64(time.Since(began).Microseconds()) },
		Open: func(context.Context) (Ear, error) {
			return serialport.Open(serialport.Config{Path: ends[1].Path(), Baud: 9600, DataBits: 8, Parity: 'N', StopBits: 1})
		}})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(ear, 64)
	done := make(chan struct{})
	go func() { defer close(done); _ = tap.Run(ctx, heard) }()
	defer func() { stop(); <-done; <-served }()
	r := tap.units[1].reads.Reads[0]
	// The tap may not have the line open yet; the master asks until it is heard.
	deadline := time.After(20 * time.Second)
	for {
		out, err := exec.Command(mbpoll, "-m", "rtu", "-b", "9600", "-P", "none", "-a", "1", "-0", "-1", "-t", map[byte]string{3: "4", 4: "3"}[r.Function],
			"-r", strconv.Itoa(int(r.Address)), "-c", strconv.Itoa(int(r.Count)), ends[0].Path()).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		select {
		case m := <-heard:
			if m.Failed || m.Frame.Speaker != record.SpeakerMaster || m.Frame.Outcome != record.OutcomeOK {
				t.Fatalf("%+v %+v", m, m.Frame)
			}
			var got []string
			for _, v := range m.Values {
				got = append(got, v.Point+"="+v.Value.String())
			}
			if s := strings.Join(got, " "); s != "temperature=-10.1 humidity=65.8" && s != "humidity=65.8 temperature=-10.1" {
				t.Errorf("%s", s)
			}
			return
		case <-deadline:
			t.Fatal("nothing was heard")
		case <-time.After(200 * time.Millisecond):
		}
	}
}
