//go:build linux

package line

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"fieldseal/drivers/serialport"
)

// PTY is a line that looks like a serial device. Its path is a symbolic link,
// so that it stays when the device behind it vanishes and returns.
type PTY struct {
	link string
	mu   sync.Mutex
	near *os.File // the slaves' side; nil while vanished
	far  *os.File // held open: without it a master that closes would end near
}

// NewPTY makes a pseudo-terminal and links it at link, replacing a link there.
func NewPTY(link string) (*PTY, error) {
	p := &PTY{link: link}
	if err := p.Return(); err != nil {
		return nil, err
	}
	return p, nil
}

// Path is what a master opens.
func (p *PTY) Path() string { return p.link }

// Slave is the instruments' side. It stays valid while the device is away:
// then it reads nothing and its writes are lost.
func (p *PTY) Slave() serialport.Port { return ptySlave{p} }

// Return makes the device, or makes it again after Vanish.
func (p *PTY) Return() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.near != nil {
		return nil
	}
	blocking, far, err := pty.Open()
	if err != nil {
		return fmt.Errorf("pty line %s: %w", p.link, err)
	}
	near, err := polled(blocking)
	blocking.Close()
	if err != nil {
		far.Close()
		return fmt.Errorf("pty line %s: %w", p.link, err)
	}
	if err = raw(far); err == nil {
		os.Remove(p.link)
		err = os.Symlink(far.Name(), p.link)
	}
	if err != nil {
		near.Close()
		far.Close()
		return fmt.Errorf("pty line %s: %w", p.link, err)
	}
	p.near, p.far = near, far
	return nil
}

// polled gives a second, non-blocking descriptor of f: opening a terminal leaves
// it blocking, where no read deadline works.
func polled(f *os.File) (*os.File, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	dup, derr := -1, error(nil)
	err = conn.Control(func(fd uintptr) {
		if dup, derr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); derr == nil {
			derr = unix.SetNonblock(dup, true)
		}
	})
	if err := errors.Join(err, derr); err != nil {
		if dup >= 0 {
			unix.Close(dup)
		}
		return nil, err
	}
	return os.NewFile(uintptr(dup), f.Name()), nil
}

// raw switches off the terminal's manners (echo, line editing), which would
// otherwise hold until a master has opened the port.
func raw(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ierr error
	err = conn.Control(func(fd uintptr) {
		t, e := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if e != nil {
			ierr = e
			return
		}
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cflag = t.Cflag&^unix.CSIZE | unix.CS8
		ierr = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, ierr)
}

// Vanish takes the device away, as a pulled adapter does: its node is gone and
// a master that has it open finds it hung up.
func (p *PTY) Vanish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.near == nil {
		return
	}
	os.Remove(p.link)
	p.far.Close()
	p.near.Close()
	p.near, p.far = nil, nil
}

// Close takes the device away for good.
func (p *PTY) Close() error {
	p.Vanish()
	return nil
}

func (p *PTY) file() *os.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.near
}

type ptySlave struct{ p *PTY }

func (s ptySlave) Read(b []byte) (int, error) {
	f := s.p.file()
	if f == nil {
		time.Sleep(serialport.ReadStep)
		return 0, nil
	}
	if err := f.SetReadDeadline(time.Now().Add(serialport.ReadStep)); err != nil && !errors.Is(err, os.ErrClosed) {
		return 0, err
	}
	n, err := f.Read(b)
	switch {
	case n > 0 || errors.Is(err, os.ErrDeadlineExceeded):
		return n, nil
	case s.p.file() != f:
		return 0, nil // vanished meanwhile
	}
	return n, err
}

func (s ptySlave) Write(b []byte) (int, error) {
	f := s.p.file()
	if f == nil {
		return len(b), nil
	}
	if err := f.SetWriteDeadline(time.Now().Add(time.Second)); err != nil && !errors.Is(err, os.ErrClosed) {
		return 0, err
	}
	n, err := f.Write(b)
	// With nobody reading, the terminal's buffer fills; a wire would not care.
	if err != nil && (errors.Is(err, os.ErrDeadlineExceeded) || s.p.file() != f) {
		return len(b), nil
	}
	return n, err
}

func (s ptySlave) Flush() error { return nil }

// Close leaves the line itself to its owner.
func (s ptySlave) Close() error { return nil }
