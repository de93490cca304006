package serialport

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// side is a second descriptor of the same tty. tarm/serial keeps its own to
// itself, and what it lacks (lock, input count, RTS, writing with an end)
// belongs to the device and not to the descriptor.
type side struct {
	mu sync.Mutex // close against the owner's calls
	fd int        // -1 once closed

	byHand bool // RTS is moved around each write
	high   bool // RTS is high while sending
}

func openSide(path string) (*side, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("not a serial device: %w", err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: stop the other program (a running agent?) first", ErrBusy)
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	return &side{fd: fd}, nil
}

func (s *side) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

func (s *side) waiting() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, os.ErrClosed
	}
	return unix.IoctlGetInt(s.fd, unix.TIOCINQ)
}

// rs485 is the kernel's struct serial_rs485 (linux/serial.h).
type rs485 struct {
	flags       uint32
	delayBefore uint32 // ms
	delayAfter  uint32 // ms
	_           [5]uint32
}

const (
	rs485Enabled      = 1 << 0
	rs485RTSOnSend    = 1 << 1
	rs485RTSAfterSend = 1 << 2
)

// direct prepares the direction. The kernel's own RS-485 mode is exact to the
// bit and is preferred; where the driver has none, RTS is moved by hand around
// each write.
func (s *side) direct(d Direction) error {
	if d == DirectionNone {
		return nil
	}
	s.high = d == RTSHighOnSend
	want := rs485{flags: rs485Enabled | rs485RTSAfterSend}
	if s.high {
		want.flags = rs485Enabled | rs485RTSOnSend
	}
	if s.rs485(unix.TIOCSRS485, &want) == nil {
		var got rs485
		const mask = rs485Enabled | rs485RTSOnSend | rs485RTSAfterSend
		if s.rs485(unix.TIOCGRS485, &got) == nil && got.flags&mask == want.flags {
			return nil
		}
	}
	if _, err := unix.IoctlGetInt(s.fd, unix.TIOCMGET); err != nil {
		return fmt.Errorf("%w (%w); use an adapter that switches by itself and direction %q", ErrNoDirection, err, DirectionNone)
	}
	s.byHand = true
	if err := s.rts(!s.high); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDirection, err)
	}
	return nil
}

func (s *side) rs485(req uint, v *rs485) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.fd), uintptr(req), uintptr(unsafe.Pointer(v)))
	if errno != 0 {
		return errno
	}
	return nil
}

func (s *side) rts(high bool) error {
	req := uint(unix.TIOCMBIC)
	if high {
		req = unix.TIOCMBIS
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return os.ErrClosed
	}
	return unix.IoctlSetPointerInt(s.fd, req, unix.TIOCM_RTS)
}

// writeWait bounds a write: a line that takes nothing for so long is broken,
// and a write that waits in the kernel could be ended by nobody.
const writeWait = 2 * time.Second

// send writes b, with RTS around it where it is moved by hand. The line must
// be released only when the last bit has left, hence the drain.
func (s *side) send(b []byte) (int, error) {
	if !s.byHand {
		return s.write(b)
	}
	if err := s.rts(s.high); err != nil {
		return 0, fmt.Errorf("switch to sending: %w", err)
	}
	n, err := s.write(b)
	if err == nil {
		// tcdrain is TCSBRK with a non-zero argument. Not under the lock: it
		// may take as long as the line is slow, and Close must not wait.
		s.mu.Lock()
		fd := s.fd
		s.mu.Unlock()
		err = unix.IoctlSetInt(fd, unix.TCSBRK, 1)
	}
	if rerr := s.rts(!s.high); err == nil && rerr != nil {
		err = fmt.Errorf("switch to receiving: %w", rerr)
	}
	return n, err
}

// write uses this descriptor because it does not block, as the other one must.
func (s *side) write(b []byte) (int, error) {
	deadline := time.Now().Add(writeWait)
	done := 0
	for {
		n, err := s.writeSome(b[done:])
		done += max(n, 0)
		switch {
		case err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return done, err
		case done == len(b):
			return done, nil
		case time.Now().After(deadline):
			return done, fmt.Errorf("line took %d of %d bytes in %v: %w", done, len(b), writeWait, os.ErrDeadlineExceeded)
		}
		s.awaitRoom()
	}
}

func (s *side) writeSome(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, os.ErrClosed
	}
	return unix.Write(s.fd, b)
}

// awaitRoom waits a little, so that a Close in between is seen soon.
func (s *side) awaitRoom() {
	s.mu.Lock()
	fd := s.fd
	s.mu.Unlock()
	if fd >= 0 {
		unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 20)
	}
}
