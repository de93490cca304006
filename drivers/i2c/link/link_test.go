package link

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"fieldseal/drivers/i2c"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

type ear struct {
	mu    sync.Mutex
	heard []source.Message
	at    []time.Time
	down  []string
}

func (e *ear) Hear(m source.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard, e.at = append(e.heard, m), append(e.at, time.Now())
}

func (e *ear) Down(device string, _ record.Cause, why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = append(e.down, device+": "+why.Error())
}

func device(id, address, chip string, every time.Duration) source.Device {
	p := &profile.Profile{ID: "climate/" + chip, Protocol: i2c.Protocol,
		Exchanges: []profile.Exchange{{Request: i2c.AppendRequest(nil, chip, false), Cadence: uint64(every.Microseconds())}},
		Points: []profile.Point{
			{Name: "temperature", Unit: "Cel", Source: i2c.AppendSource(nil, i2c.Temperature), Decimals: 2, Scale: decimal.New(1, 0)},
			{Name: "humidity", Unit: "%RH", Source: i2c.AppendSource(nil, i2c.Humidity), Decimals: 2, Scale: decimal.New(1, 0)}}}
	return source.Device{Device: profile.Device{ID: id, Bus: "board", Address: address, Path: record.PathLocal}, Bound: p}
}

// closer makes a bus of one that cannot be closed.
type closer struct{ periph.Bus }

func (closer) Close() error { return nil }

// run runs a link for d of the bubble's time.
func run(t *testing.T, d time.Duration, cfg Config) *ear {
	t.Helper()
	start := time.Now()
	cfg.Path, cfg.Log, cfg.Boot = "/dev/i2c-1", slog.New(slog.DiscardHandler), func() uint64 { return uint64(time.Since(start).Microseconds()) }
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{}
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	if err := l.Run(ctx, e); err != nil {
		t.Fatal(err)
	}
	return e
}

var sound, damaged = []byte{0xbe, 0xef, 0x92, 0xbe, 0xef, 0x92}, []byte{0xbe, 0xee, 0x92, 0xbe, 0xef, 0x92}

func TestEachDeviceIsMeasuredOnItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const a, b = 0x44, 0x45
		play := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
			{Addr: a, W: []byte{0x24, 0x00}}, {Addr: a, R: sound},
			{Addr: b, W: []byte{0xFD}}, {Addr: b, R: sound},
			{Addr: a, W: []byte{0x24, 0x00}}, {Addr: a, R: damaged},
			{Addr: a, W: []byte{0x24, 0x00}}, {Addr: a, R: sound},
			{Addr: b, W: []byte{0xFD}}, {Addr: b, R: sound},
		}}
		rec := &i2ctest.Record{Bus: play}
		e := run(t, 25*time.Second, Config{
			Devices: []source.Device{device("cold", "0x44", "sht3x", 10*time.Second), device("warm", "0x45", "sht4x", 20*time.Second)},
			Open:    func() (periph.BusCloser, error) { return closer{rec}, nil }})
		if err := play.Close(); err != nil {
			t.Error(err)
		}
		var got []string
		for _, m := range e.heard {
			s := m.Device
			if m.Failed {
				s += " failed: " + m.Cause.String() + ", " + m.Frame.Outcome.String()
			}
			for _, v := range m.Values {
				s += " " + v.Value.String()
			}
			got = append(got, s)
		}
		want := "cold 85.52 74.58; warm 85.52 87.23; cold failed: bus fault, checksum wrong; cold 85.52 74.58; warm 85.52 87.23"
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s\nwant %s", s, want)
		}
		for i, m := range e.heard {
			if f := m.Frame; m.At != f.RecvAt || f.RecvAt-f.SentAt < 12_000 || len(f.Received) != 6 {
				t.Errorf("message %d: %+v", i, f)
			}
			if m.Failed {
				continue
			}
			// What the link says, a verifier finds again.
			d := device(m.Device, "0x44", map[string]string{"cold": "sht3x", "warm": "sht4x"}[m.Device], time.Second)
			again, err := i2c.Decoder{}.Decode(d.Bound, &d.Device, m.Frame, nil)
			if err != nil || len(again) != 2 || again[0] != m.Values[0] || again[1] != m.Values[1] {
				t.Errorf("message %d decodes again as %v %v", i, again, err)
			}
		}
		if d := e.at[2].Sub(e.at[0]); d != 10*time.Second {
			t.Errorf("two measurements lie %v apart", d)
		}
		if len(e.down) != 0 {
			t.Error(e.down)
		}
	})
}

// flaky is a bus whose chip can be taken away.
type flaky struct {
	mu     sync.Mutex
	gone   bool
	closed int
}

func (f *flaky) String() string                  { return "flaky" }
func (f *flaky) SetSpeed(physic.Frequency) error { return nil }
func (f *flaky) Close() error                    { f.mu.Lock(); defer f.mu.Unlock(); f.closed++; return nil }
func (f *flaky) set(gone bool)                   { f.mu.Lock(); defer f.mu.Unlock(); f.gone = gone }
func (f *flaky) Tx(_ uint16, w, r []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return errors.New("sysfs-i2c: remote I/O error")
	}
	copy(r, sound)
	return nil
}

func TestAChipThatVanishesIsToldOnceAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &flaky{}
		go func() {
			time.Sleep(15 * time.Second)
			bus.set(true)
			time.Sleep(60 * time.Second)
			bus.set(false)
		}()
		opened := 0
		e := run(t, 3*time.Minute, Config{Devices: []source.Device{device("cold", "0x44", "sht3x", 10*time.Second)},
			Open: func() (periph.BusCloser, error) { opened++; return bus, nil }})
		failed, last := 0, e.heard[len(e.heard)-1]
		for _, m := range e.heard {
			if m.Failed {
				failed++
				if m.Frame.Received != nil || m.Values != nil || m.Frame.Outcome != record.OutcomeNoAnswer || m.Cause != record.CauseNoAnswer {
					t.Errorf("%+v", m.Frame)
				}
			}
		}
		if failed < 3 || last.Failed || len(last.Values) != 2 {
			t.Errorf("%d failed, the last: %+v", failed, last)
		}
		if len(e.down) < 1 || !strings.Contains(e.down[0], "cold: chip sht3x at 0x44 does not answer") {
			t.Error(e.down)
		}
		if opened < 2 || bus.closed != opened {
			t.Errorf("opened %d times, closed %d times", opened, bus.closed)
		}
	})
}

func TestABusThatIsMissingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		e := run(t, 30*time.Second, Config{Devices: []source.Device{device("cold", "0x44", "sht3x", 10*time.Second)},
			Open: func() (periph.BusCloser, error) {
				if tries++; tries < 4 {
					return nil, os.ErrNotExist
				}
				return &flaky{}, nil
			}})
		if len(e.down) != 3 || len(e.heard) == 0 || e.heard[0].Failed {
			t.Errorf("%v, %d messages", e.down, len(e.heard))
		}
	})
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	good := device("a", "0x44", "sht3x", time.Second)
	for name, c := range map[string]Config{
		"no bus":       {Path: "i2c", Devices: []source.Device{good}},
		"same address": {Path: "/dev/i2c-1", Devices: []source.Device{good, device("b", "0x44", "sht4x", time.Second)}},
		"no address":   {Path: "/dev/i2c-1", Devices: []source.Device{device("b", "68", "sht4x", time.Second)}},
		"no cadence":   {Path: "/dev/i2c-1", Devices: []source.Device{device("b", "0x44", "sht4x", 0)}},
		"no chip":      {Path: "/dev/i2c-1", Devices: []source.Device{device("b", "0x44", "sht9", time.Second)}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestChipOnThisMachine asks a real chip, where there is one.
func TestChipOnThisMachine(t *testing.T) {
	where := os.Getenv("FIELDSEAL_I2C")
	if where == "" {
		t.Skip("no chip named; set FIELDSEAL_I2C to such as /dev/i2c-1,0x44,sht3x")
	}
	x := strings.Split(where, ",")
	if len(x) != 3 {
		t.Fatalf("FIELDSEAL_I2C=%s: three parts expected, such as /dev/i2c-1,0x44,sht3x", where)
	}
	start := time.Now()
	l, err := New(Config{Path: x[0], Devices: []source.Device{device("chip", x[1], x[2], time.Second)}, Log: slog.New(slog.DiscardHandler),
		Boot: func() uint64 { return uint64(time.Since(start).Microseconds()) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	e := &ear{}
	if err := l.Run(ctx, e); err != nil {
		t.Fatal(err)
	}
	if len(e.heard) == 0 || e.heard[0].Failed || bytes.Equal(e.heard[0].Frame.Received, make([]byte, 6)) {
		t.Errorf("%v %v", e.heard, e.down)
	}
}
