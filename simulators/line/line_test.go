package line_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/serialport"
	"fieldseal/simulators/line"
)

func drain(t *testing.T, p serialport.Port) (got []byte) {
	t.Helper()
	buf := make([]byte, 64)
	for {
		n, err := p.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return got
		}
		got = append(got, buf[:n]...)
	}
}

func TestBytesArriveInOrderAndInTime(t *testing.T) {
	for _, chunk := range []int{0, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			l := line.New(line.Config{CharTime: time.Millisecond, Chunk: chunk})
			port, err := l.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			var sent []byte
			for i := range byte(10) {
				part := bytes.Repeat([]byte{i}, 5)
				sent = append(sent, part...)
				port.Write(part)
			}
			if got := drain(t, l.Slave()); !bytes.Equal(got, sent) {
				t.Errorf("chunk %d: % x", chunk, got)
			}
			// The last read waited a second in vain.
			if took := (time.Since(start) - time.Second).Round(time.Millisecond); took != 50*time.Millisecond {
				t.Errorf("chunk %d: 50 bytes at 1 ms took %v", chunk, took)
			}
		})
	}
}

func TestFlushDropsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := line.New(line.Config{CharTime: time.Millisecond, Chunk: 1})
		port, err := l.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		port.Write(make([]byte, 20))
		time.Sleep(5*time.Millisecond + time.Microsecond)
		port.Flush()
		if got := drain(t, l.Slave()); len(got) != 5 {
			t.Errorf("%d of 20 bytes arrived; 5 had left before the flush", len(got))
		}
		l.Slave().Write([]byte{1, 2})
		time.Sleep(10 * time.Millisecond)
		port.Flush()
		if got := drain(t, port); len(got) != 0 {
			t.Errorf("read % x after a flush", got)
		}
	})
}

func TestVanishedLineFailsItsMasterOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := line.New(line.Config{})
		port, err := l.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Open(t.Context()); !errors.Is(err, serialport.ErrBusy) {
			t.Errorf("second master: %v", err)
		}
		go func() {
			time.Sleep(30 * time.Millisecond)
			l.Vanish()
		}()
		start := time.Now()
		if _, err := port.Read(make([]byte, 1)); !errors.Is(err, serialport.ErrVanished) || time.Since(start) != 30*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := port.Write([]byte{1}); !errors.Is(err, serialport.ErrVanished) {
			t.Errorf("write: %v", err)
		}
		if _, err := l.Open(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open: %v", err)
		}
		if _, err := l.Slave().Write([]byte{1}); err != nil {
			t.Errorf("slave: %v", err)
		}
		l.Return()
		port, err = l.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		port.Write([]byte{7})
		if got := drain(t, l.Slave()); !bytes.Equal(got, []byte{7}) {
			t.Errorf("% x", got)
		}
	})
}
