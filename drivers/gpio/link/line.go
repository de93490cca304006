package link

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/driver/driverreg"
	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/gpioioctl"
)

// start makes periph look for the machine's GPIO chips, once. A machine without
// any is not an error of periph's; open says so.
var start = sync.OnceValue(func() error {
	_, err := driverreg.Init()
	return err
})

// claims are the lines in use by this process, which all share one handle.
var claims = struct {
	sync.Mutex
	lines map[*gpioioctl.GPIOLine]bool
}{lines: map[*gpioioctl.GPIOLine]bool{}}

// claimed is a line that one user has.
type claimed struct {
	*gpioioctl.GPIOLine
	release func()
}

// Close gives the line back.
func (c *claimed) Close() {
	c.GPIOLine.Close()
	c.release()
}

// open finds a line of a chip by name ("GPIO17") or number ("17"). chip is a name
// (gpiochip0), a path (/dev/gpiochip0) or a label (pinctrl-bcm2711); empty: the
// chip that has a line of the name, or the only one.
func open(chip, line string) (*claimed, error) {
	if err := start(); err != nil {
		return nil, fmt.Errorf("GPIO: %w", err)
	}
	l, err := find(gpioioctl.Chips, chip, line)
	if err != nil {
		return nil, err
	}
	claims.Lock()
	defer claims.Unlock()
	if claims.lines[l] {
		return nil, fmt.Errorf("line %s of %s is used twice; give each device its own", line, chip)
	}
	claims.lines[l] = true
	return &claimed{l, sync.OnceFunc(func() {
		claims.Lock()
		defer claims.Unlock()
		delete(claims.lines, l)
	})}, nil
}

var errNoChip = errors.New("this machine shows no GPIO chip; is there a /dev/gpiochip0, and may the agent's user open it?")

func find(chips []*gpioioctl.GPIOChip, chip, line string) (*gpioioctl.GPIOLine, error) {
	var fit []*gpioioctl.GPIOChip
	var known []string
	for _, c := range chips {
		known = append(known, c.Name()+" ("+c.Label()+")")
		if chip == "" || chip == c.Name() || chip == c.Path() || chip == c.Label() {
			fit = append(fit, c)
		}
	}
	switch {
	case len(chips) == 0:
		return nil, errNoChip
	case len(fit) == 0:
		return nil, fmt.Errorf("GPIO chip %q is not on this machine; known are %s", chip, strings.Join(known, ", "))
	}
	if n, err := strconv.Atoi(line); err == nil {
		if len(fit) > 1 {
			return nil, fmt.Errorf("line %s could be of %s; name the chip in the bus's address", line, strings.Join(known, ", "))
		}
		if n < 0 || n >= fit[0].LineCount() {
			return nil, fmt.Errorf("line %s: chip %s has lines 0 to %d", line, fit[0].Name(), fit[0].LineCount()-1)
		}
		return fit[0].ByNumber(n), nil
	}
	for _, c := range fit {
		// periph puts the chip's name in front of a name that it has seen before.
		for _, name := range []string{line, c.Name() + "-" + line} {
			if l := c.ByName(name); l != nil {
				return l, nil
			}
		}
	}
	return nil, fmt.Errorf("no line is called %q; see gpioinfo for names, or write its number and name the chip in the bus's address", line)
}

// watched is an input with a name: the kernel queues its edges with their direction,
// so none is lost while this process does something else.
type watched struct {
	*claimed
	set *gpioioctl.LineSet
}

// watch opens an input. A line without a name cannot be watched for the direction of
// its edges, so it cannot count.
func watch(chip, name string, pull periph.Pull, counts bool) (Pin, error) {
	l, err := open(chip, name)
	if err != nil {
		return nil, err
	}
	for _, c := range gpioioctl.Chips {
		if l.Name() == "" || c.ByName(l.Name()) != l.GPIOLine {
			continue
		}
		set, err := c.LineSet(gpioioctl.LineInput, periph.BothEdges, pull, l.Name())
		if err != nil {
			l.Close()
			return nil, err
		}
		return watched{l, set}, nil
	}
	if counts {
		l.Close()
		return nil, fmt.Errorf("line %s has no name, and pulses cannot be counted on it; see gpioinfo for lines with one", name)
	}
	return sampled{l, pull}, nil
}

func (w watched) Read() (bool, error) {
	bits, err := w.set.Read(1)
	return bits&1 != 0, err
}

func (w watched) Wait(timeout time.Duration) (edge, rising bool, err error) {
	_, e, err := w.set.WaitForEdge(timeout)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, false, nil
	case err != nil:
		return false, false, err
	}
	return e != periph.NoEdge, e == periph.RisingEdge, nil
}

func (w watched) Close() {
	w.set.Close() // it is given up, whatever it says
	w.release()
}

// sampled is an input without a name: that it moved is told, and where it stands is
// read afterwards.
type sampled struct {
	*claimed
	pull periph.Pull
}

// Read gives "low" when it fails and does not say so; configuring the line before and
// after fails when the chip is gone.
func (s sampled) Read() (bool, error) {
	if err := s.In(s.pull, periph.BothEdges); err != nil {
		return false, err
	}
	high := s.GPIOLine.Read()
	return bool(high), s.In(s.pull, periph.BothEdges)
}

func (s sampled) Wait(timeout time.Duration) (edge, rising bool, err error) {
	began := time.Now()
	edge = s.WaitForEdge(timeout)
	high, err := s.Read()
	if err == nil && !edge && time.Since(began) < timeout/2 {
		time.Sleep(timeout / 2) // it did not wait, and did not say why
	}
	return edge, high, err
}
