package link

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"fieldseal/drivers/gpio"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

const patient = 20 * time.Second

// played is periph's played pin as a Pin; fail makes it fail.
type played struct {
	*gpiotest.Pin
	mu   sync.Mutex
	fail error
}

func (p *played) failing() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fail
}

func (p *played) Read() (bool, error) { return bool(p.Pin.Read()), p.failing() }

func (p *played) Wait(timeout time.Duration) (edge, rising bool, err error) {
	edge = p.WaitForEdge(timeout)
	return edge, bool(p.Pin.Read()), p.failing()
}

func (p *played) Close() {}

func (p *played) set(fail error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

type ear struct {
	heard chan source.Message
	down  chan error
}

func (e *ear) Hear(m source.Message)                    { e.heard <- m }
func (e *ear) Down(_ string, _ record.Cause, why error) { e.down <- why }

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patient):
		t.Fatal("nothing came")
	}
	return v
}

func device(in gpio.Input, every time.Duration, points ...profile.Point) source.Device {
	for i := range points {
		points[i].Scale = decimal.New(1, 0)
		points[i].Unit = "/"
	}
	return source.Device{Device: profile.Device{ID: "d", Address: "GPIO17", Cadence: uint64(every.Microseconds())},
		Bound: &profile.Profile{ID: "x", Protocol: gpio.Protocol, Exchanges: []profile.Exchange{{Request: in.Append(nil)}}, Points: points}}
}

func listen(t *testing.T, d source.Device, pin *played) *ear {
	t.Helper()
	began := time.Now()
	l, err := New(Config{Devices: []source.Device{d}, Log: slog.New(slog.DiscardHandler),
		Boot: func() uint64 { return 1 + uint64(time.Since(began).Microseconds()) },
		Open: func(string, periph.Pull, bool) (Pin, error) { return pin, pin.failing() }})
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{make(chan source.Message, 64), make(chan error, 64)}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	t.Cleanup(func() { stop(); <-done })
	return e
}

func pin(level periph.Level) *played {
	return &played{Pin: &gpiotest.Pin{N: "GPIO17", L: level, EdgesChan: make(chan periph.Level, 64)}}
}

func TestADoorThatBouncesOpensOnce(t *testing.T) {
	p := pin(periph.Low)
	e := listen(t, device(gpio.Input{Kind: gpio.Contact, Pull: gpio.PullUp, Debounce: 20_000, Alarm: gpio.AlarmOpened}, time.Hour,
		profile.Point{Name: "open", Source: gpio.AppendSource(nil, gpio.State)}), p)
	first := next(t, e.heard)
	if len(first.Values) != 1 || first.Values[0].Value.String() != "0" || len(first.Events) != 0 || first.Frame != nil {
		t.Fatalf("%+v", first)
	}
	for _, l := range []periph.Level{true, false, true, false, true} {
		p.EdgesChan <- l
	}
	m := next(t, e.heard)
	if m.Values[0].Value.String() != "1" || len(m.Events) != 1 || m.Events[0].Type != record.EventOpened || m.Events[0].Subject != "open" {
		t.Fatalf("%+v", m)
	}
	// A bounce that ends where it began is nothing.
	p.EdgesChan <- false
	p.EdgesChan <- true
	p.EdgesChan <- false
	m = next(t, e.heard)
	if m.Values[0].Value.String() != "0" || len(m.Events) != 1 || m.Events[0].Type != record.EventClosed {
		t.Fatalf("%+v", m)
	}
}

func TestACounterCountsWhatTheKernelQueued(t *testing.T) {
	p := pin(periph.High)
	e := listen(t, device(gpio.Input{Kind: gpio.Counter, Pull: gpio.PullUp, ActiveLow: true, Alarm: gpio.AlarmNone}, 300*time.Millisecond,
		profile.Point{Name: "pulses", Source: gpio.AppendSource(nil, gpio.Interval)}, profile.Point{Name: "total", Source: gpio.AppendSource(nil, gpio.Total)}), p)
	if m := next(t, e.heard); len(m.Values) != 1 || m.Values[0].Point != "total" || m.Values[0].Value.String() != "0" {
		t.Fatalf("the count does not begin with what is known: %+v", m)
	}
	for range 20 { // both edges of each pulse before anybody has looked
		p.EdgesChan <- false
		p.EdgesChan <- true
	}
	sum := int64(0)
	for sum < 20 {
		m := next(t, e.heard)
		if len(m.Values) != 2 {
			t.Fatalf("%+v", m)
		}
		sum += m.Values[0].Value.Mantissa
		if m.Values[1].Value.Mantissa != sum {
			t.Fatalf("total %v after %d pulses", m.Values[1].Value, sum)
		}
	}
	if sum != 20 {
		t.Errorf("%d pulses of 20", sum)
	}
}

func TestALineThatFailsGivesNoLowLevel(t *testing.T) {
	p := pin(periph.High)
	e := listen(t, device(gpio.Input{Kind: gpio.Contact, Pull: gpio.PullUp, Alarm: gpio.AlarmMains}, 20*time.Millisecond,
		profile.Point{Name: "lost", Source: gpio.AppendSource(nil, gpio.State)}), p)
	if m := next(t, e.heard); len(m.Events) != 1 || m.Events[0].Type != record.EventMainsLost || m.Events[0].Note == "" {
		t.Fatalf("what was so at the start is not told: %+v", m)
	}
	gone := errors.New("chip gone")
	p.set(gone)
	if err := next(t, e.down); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	for len(e.heard) > 0 {
		if m := <-e.heard; m.Values[0].Value.String() != "1" {
			t.Fatalf("a line that failed said %+v", m)
		}
	}
	p.set(nil)
	if m := next(t, e.heard); m.Values[0].Value.String() != "1" || len(m.Events) != 0 {
		t.Errorf("after it came back: %+v", m)
	}
}

func TestOneLineIsOneDevice(t *testing.T) {
	d := device(gpio.Input{Kind: gpio.Contact, Pull: gpio.PullUp, Alarm: gpio.AlarmNone}, time.Second, profile.Point{Name: "open", Source: gpio.AppendSource(nil, gpio.State)})
	other := d
	other.ID = "e"
	if _, err := New(Config{Devices: []source.Device{d, other}}); err == nil {
		t.Error("one line for two devices")
	}
}

func TestALampIsSwitchedAndOpenedAnew(t *testing.T) {
	p := &lampPin{Pin: &gpiotest.Pin{N: "GPIO5"}}
	opened := 0
	o, err := OpenOutput(OutputConfig{Line: "GPIO5", ActiveLow: true, Open: func() (OutPin, error) { opened++; return p, nil }})
	if err != nil || !bool(p.L) {
		t.Fatalf("%v; level %v", err, p.L)
	}
	if err := o.Set(true); err != nil || bool(p.L) {
		t.Errorf("%v; level %v", err, p.L)
	}
	p.fail = errors.New("chip gone")
	if err := o.Set(false); !errors.Is(err, p.fail) || !p.closed {
		t.Errorf("%v; closed %v", err, p.closed)
	}
	p.fail = nil
	if err := o.Set(false); err != nil || opened != 2 || !bool(p.L) {
		t.Errorf("%v; opened %d times", err, opened)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

type lampPin struct {
	*gpiotest.Pin
	fail   error
	closed bool
}

func (p *lampPin) Out(l periph.Level) error {
	if p.fail != nil {
		return p.fail
	}
	return p.Pin.Out(l)
}

func (p *lampPin) Close() { p.closed = true }

// On a machine with a chip, such as one with the kernel module gpio-sim, a line is
// opened for real.
func TestRealChip(t *testing.T) {
	line := os.Getenv("FIELDSEAL_TEST_GPIO")
	if line == "" {
		t.Skip("needs a GPIO chip; name a free line of it in FIELDSEAL_TEST_GPIO")
	}
	p, err := watch("", line, periph.PullNoChange, true)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Read(); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Wait(10 * time.Millisecond); err != nil {
		t.Error(err)
	}
}
