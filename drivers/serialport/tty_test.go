//go:build linux

package serialport_test

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"fieldseal/drivers/serialport"
	"fieldseal/simulators/line"
)

func ptyLine(t *testing.T) (*line.PTY, serialport.Config) {
	t.Helper()
	p, err := line.NewPTY(filepath.Join(t.TempDir(), "tty"))
	if err != nil {
		t.Skipf("this machine gives no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { p.Close() })
	return p, serialport.Config{Path: p.Path(), Baud: 9600}
}

func open(t *testing.T, c serialport.Config) serialport.Port {
	t.Helper()
	port, err := serialport.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	return port
}

func TestNothingYetIsNoError(t *testing.T) {
	_, cfg := ptyLine(t)
	port := open(t, cfg)
	start := time.Now()
	n, err := port.Read(make([]byte, 8))
	if took := time.Since(start); n != 0 || err != nil || took < 50*time.Millisecond {
		t.Errorf("%d, %v after %v; want 0, nil after about %v", n, err, took, serialport.ReadStep)
	}
}

func TestBytesPassBothWaysUnchanged(t *testing.T) {
	p, cfg := ptyLine(t)
	port := open(t, cfg)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	read := func(r io.Reader) []byte {
		var got []byte
		buf := make([]byte, 64)
		for end := time.Now().Add(2 * time.Second); len(got) < len(all) && time.Now().Before(end); {
			n, err := r.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		return got
	}
	if _, err := port.Write(all); err != nil {
		t.Fatal(err)
	}
	if got := read(p.Slave()); string(got) != string(all) {
		t.Errorf("to the slave: % x", got)
	}
	if _, err := p.Slave().Write(all); err != nil {
		t.Fatal(err)
	}
	if got := read(port); string(got) != string(all) {
		t.Errorf("to the master: % x", got)
	}
}

func TestFlushDiscardsAndWaitingCounts(t *testing.T) {
	p, cfg := ptyLine(t)
	port := open(t, cfg)
	if _, err := p.Slave().Write(make([]byte, 20)); err != nil {
		t.Fatal(err)
	}
	w := port.(serialport.Waiter)
	var n int
	for end := time.Now().Add(2 * time.Second); n < 20 && time.Now().Before(end); {
		var err error
		if n, err = w.Waiting(); err != nil {
			t.Fatal(err)
		}
	}
	if n != 20 {
		t.Fatalf("%d bytes waiting, want 20", n)
	}
	if err := port.Flush(); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Waiting(); n != 0 || err != nil {
		t.Errorf("after flush: %d, %v", n, err)
	}
	if n, err := port.Read(make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("after flush: read %d, %v", n, err)
	}
}

func TestVanishedPortSaysSo(t *testing.T) {
	p, cfg := ptyLine(t)
	port := open(t, cfg)
	p.Vanish()
	buf := make([]byte, 8)
	var err error
	for end := time.Now().Add(2 * time.Second); err == nil && time.Now().Before(end); {
		_, err = port.Read(buf)
	}
	if !errors.Is(err, serialport.ErrVanished) {
		t.Errorf("read: %v", err)
	}
	if _, err := port.Write([]byte{1}); !errors.Is(err, serialport.ErrVanished) {
		t.Errorf("write: %v", err)
	}
	if _, err := serialport.Open(cfg); err == nil {
		t.Error("opened a port that is away")
	}
	if err := port.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := p.Return(); err != nil {
		t.Fatal(err)
	}
	open(t, cfg)
}

func TestCloseNeverHangs(t *testing.T) {
	t.Run("during a read", func(t *testing.T) {
		_, cfg := ptyLine(t)
		port := open(t, cfg)
		ended := make(chan error, 1)
		started := make(chan struct{})
		go func() {
			close(started)
			for {
				if _, err := port.Read(make([]byte, 8)); err != nil {
					ended <- err
					return
				}
			}
		}()
		<-started
		closeInTime(t, port)
		if err := <-ended; !errors.Is(err, serialport.ErrClosed) {
			t.Errorf("read ended with %v", err)
		}
	})
	t.Run("during a write that nobody takes", func(t *testing.T) {
		_, cfg := ptyLine(t)
		port := open(t, cfg)
		wrote := make(chan struct{}, 1)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				if _, err := port.Write(make([]byte, 4096)); err != nil {
					return
				}
				select {
				case wrote <- struct{}{}:
				default:
				}
			}
		}()
		<-wrote // the first went into the terminal's buffer
		time.Sleep(50 * time.Millisecond)
		closeInTime(t, port)
		<-ended
	})
}

func closeInTime(t *testing.T, port serialport.Port) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- port.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(4 * time.Second):
		t.Fatal("Close hangs")
	}
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, serialport.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	if err := port.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestPortHasOneOwner(t *testing.T) {
	_, cfg := ptyLine(t)
	port := open(t, cfg)
	if _, err := serialport.Open(cfg); !errors.Is(err, serialport.ErrBusy) {
		t.Errorf("second open: %v", err)
	}
	port.Close()
	open(t, cfg)
}

func TestDirectionThatCannotBeSwitchedFailsAtOpen(t *testing.T) {
	_, cfg := ptyLine(t) // a pseudo-terminal has no RTS
	for _, d := range []serialport.Direction{serialport.RTSHighOnSend, serialport.RTSLowOnSend} {
		cfg.Direction = d
		if _, err := serialport.Open(cfg); !errors.Is(err, serialport.ErrNoDirection) {
			t.Errorf("%s: %v", d, err)
		}
	}
	cfg.Direction = serialport.DirectionNone
	open(t, cfg) // and nothing was left locked
}

func TestImpossibleSettingsAreNamed(t *testing.T) {
	for _, c := range []serialport.Config{
		{}, {Path: "/dev/null"}, {Path: "/dev/null", Baud: 9600, DataBits: 9}, {Path: "/dev/null", Baud: 9600, Parity: 'X'},
		{Path: "/dev/null", Baud: 9600, StopBits: 3}, {Path: "/dev/null", Baud: 9600, Direction: "rts"}, {Path: "/dev/null", Baud: 9600}, {Path: "/dev/null/none", Baud: 9600},
	} {
		if port, err := serialport.Open(c); err == nil {
			port.Close()
			t.Errorf("%+v opened", c)
		}
	}
	_, cfg := ptyLine(t)
	cfg.Baud = 9601
	if _, err := serialport.Open(cfg); err == nil {
		t.Error("9601 baud opened")
	}
	cfg.Baud = 9600
	open(t, cfg)
}

func TestCharTimeCountsEveryBit(t *testing.T) {
	for _, c := range []struct {
		cfg  serialport.Config
		name string
		want time.Duration
	}{
		{serialport.Config{Baud: 9600}, "9600 8N1", 10 * time.Second / 9600},
		{serialport.Config{Baud: 19200, Parity: 'E'}, "19200 8E1", 11 * time.Second / 19200},
		{serialport.Config{Baud: 1200, DataBits: 7, Parity: 'O', StopBits: 2}, "1200 7O2", 11 * time.Second / 1200},
		{serialport.Config{}, "0 8N1", 0},
	} {
		if got := c.cfg.CharTime(); got != c.want || c.cfg.String() != c.name {
			t.Errorf("%s: %v, want %s: %v", c.cfg, got, c.name, c.want)
		}
	}
}
