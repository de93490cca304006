package clock

import (
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"fieldseal/evidence/batch"
)

// system reads the kernel's clocks.
type system struct {
	machine string
	battery bool
}

// System is the machine's own clocks.
func System() Source {
	s := &system{battery: hasBattery()}
	if b, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		s.machine = strings.TrimSpace(string(b))
	}
	return s
}

// hasBattery reports whether something kept the time while the machine was off.
// A PC has a battery clock by construction, seen as a device or not; a board has
// one only if the kernel says so.
func hasBattery() bool {
	if runtime.GOARCH == "amd64" || runtime.GOARCH == "386" {
		return true
	}
	_, err := os.Stat("/sys/class/rtc/rtc0/since_epoch")
	return err == nil
}

// Read brackets the wall clock between two looks at the boot clock, so that a
// preemption between them is not taken for a step.
func (s *system) Read() (int64, uint64) {
	best := int64(1) << 62
	var wall, boot int64
	for range 3 {
		a, w, b := read(unix.CLOCK_BOOTTIME), read(unix.CLOCK_REALTIME), read(unix.CLOCK_BOOTTIME)
		if b-a < best {
			best, wall, boot = b-a, w, a+(b-a)/2
		}
		if best < 20_000 { // ns
			break
		}
	}
	return wall / 1000, uint64(boot / 1000)
}

func read(id int32) int64 {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return time.Now().UnixNano()
	}
	return t.Nano()
}

// Quality asks the kernel whether its clock is disciplined (adjtimex(2)).
func (s *system) Quality() batch.Clock {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0 {
		return batch.Clock{Source: batch.ClockNTP, Bound: uint64(max(t.Maxerror, 1))}
	}
	if wall, _ := s.Read(); s.battery && wall >= Usable {
		return batch.Clock{Source: batch.ClockRTC}
	}
	return batch.Clock{Source: batch.ClockUnset}
}

func (s *system) Machine() string { return s.machine }
