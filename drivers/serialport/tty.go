//go:build linux

package serialport

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/tarm/serial"
)

const (
	// instantEOF is well below the shortest read timer of a tty: an EOF that
	// comes sooner is not "nothing yet" but a hung-up line.
	instantEOF = 20 * time.Millisecond
	// instantRun is how many such EOFs in a row are believed.
	instantRun = 8
	// closeWait bounds Close when a driver keeps a call in the kernel.
	closeWait = 2 * time.Second
)

// tty is a serial.Port with its EOFs understood.
type tty struct {
	path    string
	raw     io.ReadCloser
	flush   func() error
	side    *side
	now     func() time.Time
	stat    func(path string) error
	instant int
	closed  atomic.Bool
}

// Open opens a tty as c says. The port is locked against other processes that
// also lock (ErrBusy). It fails with ErrNoDirection when c wants a direction
// that the port cannot switch.
func Open(c Config) (Port, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	s, err := openSide(c.Path)
	if err != nil {
		return nil, fmt.Errorf("serial port %s: %w", c.Path, err)
	}
	raw, err := serial.OpenPort(&serial.Config{
		Name:        c.Path,
		Baud:        c.Baud,
		Size:        byte(c.DataBits),
		Parity:      serial.Parity(c.Parity),
		StopBits:    serial.StopBits(c.StopBits),
		ReadTimeout: ReadStep, // never 0: a Close during such a read hangs
	})
	if err != nil {
		s.close()
		return nil, fmt.Errorf("serial port %s: open as %s: %w", c.Path, c, err)
	}
	if err := s.direct(c.Direction); err != nil {
		s.close()
		raw.Close()
		return nil, fmt.Errorf("serial port %s: direction %s: %w", c.Path, c.Direction, err)
	}
	return &tty{path: c.Path, raw: raw, flush: raw.Flush, side: s, now: time.Now, stat: nodeExists}, nil
}

func nodeExists(path string) error {
	_, err := os.Stat(path)
	return err
}

func (t *tty) Read(b []byte) (int, error) {
	if t.closed.Load() {
		return 0, ErrClosed
	}
	if len(b) == 0 {
		return 0, nil
	}
	start := t.now()
	n, err := t.raw.Read(b)
	switch {
	case n > 0:
		t.instant = 0
		return n, nil
	case t.closed.Load():
		return 0, ErrClosed
	case err == nil || errors.Is(err, io.EOF):
		if t.now().Sub(start) >= instantEOF {
			t.instant = 0
			return 0, nil
		}
		t.instant++
		if t.instant >= instantRun {
			return 0, fmt.Errorf("%s: %d reads ended at once: %w", t.path, t.instant, ErrVanished)
		}
		if serr := t.stat(t.path); errors.Is(serr, os.ErrNotExist) {
			return 0, fmt.Errorf("%s: no such device any more: %w", t.path, ErrVanished)
		}
		return 0, nil
	}
	return 0, fmt.Errorf("%s: read: %w (%w)", t.path, err, ErrVanished)
}

func (t *tty) Write(b []byte) (int, error) {
	if t.closed.Load() {
		return 0, ErrClosed
	}
	n, err := t.side.send(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		if t.closed.Load() {
			return n, ErrClosed
		}
		return n, fmt.Errorf("%s: write: %w (%w)", t.path, err, ErrVanished)
	}
	return n, nil
}

func (t *tty) Flush() error {
	if t.closed.Load() {
		return ErrClosed
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("%s: flush: %w (%w)", t.path, err, ErrVanished)
	}
	return nil
}

// Waiting counts bytes received and not read.
func (t *tty) Waiting() (int, error) {
	if t.closed.Load() {
		return 0, ErrClosed
	}
	n, err := t.side.waiting()
	if err != nil {
		return 0, fmt.Errorf("%s: count input: %w (%w)", t.path, err, ErrVanished)
	}
	return n, nil
}

// Close waits at most closeWait: the file's own Close waits for the read that is
// under way, which a broken driver may hold for ever. What is left behind then
// is one descriptor and one goroutine, which end when the kernel lets go.
func (t *tty) Close() error {
	if t.closed.Swap(true) {
		return nil
	}
	t.side.close()
	done := make(chan error, 1)
	go func() { done <- t.raw.Close() }()
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%s: close: %w", t.path, err)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("%s: close: still busy after %v; left to the kernel", t.path, closeWait)
	}
}
