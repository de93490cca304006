//go:build linux

package serialport

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// scripted is a raw port whose reads end as told, on a clock of its own.
type scripted struct {
	clock time.Time
	reads []step
}

type step struct {
	took time.Duration
	n    int
	err  error
}

func (s *scripted) Read(b []byte) (int, error) {
	next := s.reads[0]
	s.reads = s.reads[1:]
	s.clock = s.clock.Add(next.took)
	return next.n, next.err
}

func (s *scripted) Close() error { return nil }

func script(reads ...step) (*tty, *scripted) {
	s := &scripted{reads: reads}
	return &tty{path: "/dev/ttyX", raw: s, side: &side{fd: -1},
		now:  func() time.Time { return s.clock },
		stat: func(string) error { return nil }}, s
}

func TestRunOfInstantEOFsIsAVanishedPort(t *testing.T) {
	instant := step{err: io.EOF}
	slow := step{took: ReadStep, err: io.EOF}
	var reads []step
	// Instant ends with a slow one, or a byte, between them are no run.
	for range 3 {
		for range instantRun - 1 {
			reads = append(reads, instant)
		}
		reads = append(reads, slow)
		for range instantRun - 1 {
			reads = append(reads, instant)
		}
		reads = append(reads, step{n: 1})
	}
	for range instantRun {
		reads = append(reads, instant)
	}
	port, s := script(reads...)
	for len(s.reads) > 1 {
		if _, err := port.Read(make([]byte, 4)); err != nil {
			t.Fatalf("with %d to go: %v", len(s.reads), err)
		}
	}
	if _, err := port.Read(make([]byte, 4)); !errors.Is(err, ErrVanished) {
		t.Errorf("after a run of %d: %v", instantRun, err)
	}
}

func TestInstantEOFWithoutNodeIsAVanishedPort(t *testing.T) {
	port, _ := script(step{err: io.EOF})
	port.stat = func(string) error { return os.ErrNotExist }
	if _, err := port.Read(make([]byte, 4)); !errors.Is(err, ErrVanished) {
		t.Errorf("%v", err)
	}
}
