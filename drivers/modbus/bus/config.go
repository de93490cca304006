package bus

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"fieldseal/drivers/serialport"
)

// Framing is the envelope that requests travel in.
type Framing uint8

const (
	// RTU: unit and checksum; the line is quarantined after a fault.
	RTU Framing = iota
	// TCP: the header with a transaction number; the connection is dropped
	// after a fault.
	TCP
)

func (f Framing) String() string {
	if f == TCP {
		return "tcp"
	}
	return "rtu"
}

// Defaults, used where a Config leaves zero.
const (
	DefaultTimeout     = 500 * time.Millisecond
	DefaultQuiet       = time.Second
	DefaultFailures    = 3
	DefaultProbeFirst  = 10 * time.Second
	DefaultProbeMax    = 2 * time.Minute
	DefaultReopenFirst = 500 * time.Millisecond
	DefaultReopenMax   = 30 * time.Second
)

// minGap is the shortest silence between frames (Serial Line V1.02, 2.5.1.1):
// 3.5 characters, and a fixed 1.75 ms above 19,200 baud.
const minGap = 1750 * time.Microsecond

// Config is what a bus is told before it starts. The zero value works for RTU
// on a line whose rate is not known.
type Config struct {
	Name    string // in logs and errors
	Framing Framing
	// CharTime is one character on the wire (serialport.Config.CharTime). The
	// time that request and reply need on the wire is added to each timeout;
	// 0 adds nothing.
	CharTime time.Duration
	// Echo says that the adapter gives back what is sent. The echo is read and
	// removed; another echo, or none, is a bus fault.
	Echo bool
	// Timeout is how long a slave may take to begin and end its answer, beyond
	// the time on the wire, when the Request does not say.
	Timeout time.Duration
	// Quiet is how long the line must be silent after a fault. It must exceed
	// the lateness of the slowest slave: the time from its deadline to its late
	// answer. The bus lengthens it, up to four times, when it sees worse.
	Quiet time.Duration
	// Failures in a row open the breaker of a device.
	Failures int
	// ProbeFirst and ProbeMax bound the time between probes of a lost device;
	// each fruitless probe doubles it.
	ProbeFirst, ProbeMax time.Duration
	// ReopenFirst and ReopenMax bound the time between attempts to open the
	// port; each fruitless attempt doubles it.
	ReopenFirst, ReopenMax time.Duration
	// Clock gives boot-monotonic time for the stamps of an Exchange. Without
	// it, stamps count from New.
	Clock func() time.Duration
	// Rand gives numbers in [0, 1) for jitter.
	Rand func() float64
	// OnChange is told when a device is lost or found. It runs in the bus's
	// goroutine and must not block or call the bus.
	OnChange func(Change)
	Log      *slog.Logger
}

// Dial opens the port. The bus calls it at the first request and after an I/O
// error, never because a slave was silent.
type Dial func(ctx context.Context) (serialport.Port, error)

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Timeout, DefaultTimeout)
	def(&c.Quiet, DefaultQuiet)
	def(&c.ProbeFirst, DefaultProbeFirst)
	def(&c.ProbeMax, DefaultProbeMax)
	def(&c.ReopenFirst, DefaultReopenFirst)
	def(&c.ReopenMax, DefaultReopenMax)
	if c.Failures <= 0 {
		c.Failures = DefaultFailures
	}
	if c.Clock == nil {
		start := time.Now()
		c.Clock = func() time.Duration { return time.Since(start) }
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return c
}

// jitter spreads d over 50 to 150 %, so that many buses that lost their ports
// together do not come back together.
func (c Config) jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(c.Rand()*float64(d))
}
