package link

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/onewire"
	"periph.io/x/conn/v3/onewire/onewiretest"

	"fieldseal/drivers/onewire"
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

func (e *ear) String() string {
	var out []string
	for _, m := range e.heard {
		s := m.Device
		if m.Failed {
			s += " failed: " + m.Cause.String() + ", " + m.Frame.Outcome.String()
		}
		for _, v := range m.Values {
			if v.Missing {
				s += " none"
			} else {
				s += " " + v.Value.String()
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

const address = "28-0120329c49bc"

func device(id, address string, every time.Duration) source.Device {
	p := &profile.Profile{ID: "climate/ds18b20", Protocol: onewire.Protocol,
		Exchanges: []profile.Exchange{{Request: onewire.AppendRequest(nil), Cadence: uint64(every.Microseconds())}},
		Points:    []profile.Point{{Name: "temperature", Unit: "Cel", Source: onewire.Source{}.Append(nil), Decimals: 2, Scale: decimal.New(1, 0)}}}
	return source.Device{Device: profile.Device{ID: id, Bus: "w1", Address: address, Path: record.PathLocal}, Bound: p}
}

func run(t *testing.T, d time.Duration, cfg Config) *ear {
	t.Helper()
	start := time.Now()
	cfg.Log, cfg.Boot = slog.New(slog.DiscardHandler), func() uint64 { return uint64(time.Since(start).Microseconds()) }
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

func TestKernelFilesAreReadOnTheirSchedule(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, address, "w1_slave")
	put := func(text string) {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		texts := []string{
			"b8 01 4b 46 7f ff 08 10 8a : crc=8a YES\nb8 01 4b 46 7f ff 08 10 8a t=27500\n",
			"b8 01 4b 46 7f ff 08 10 8a : crc=00 NO\nb8 01 4b 46 7f ff 08 10 8a t=27500\n",
			"50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n",
			"00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n",
			"27500\n",
			"",
			"b8 01 4b 46 7f ff 08 10 8a : crc=8a YES\nb8 01 4b 46 7f ff 08 10 8a t=27500\n",
		}
		go func() {
			put(texts[0])
			time.Sleep(5 * time.Second)
			for _, text := range texts[1:] {
				put(text)
				time.Sleep(10 * time.Second)
			}
			if err := os.RemoveAll(filepath.Dir(file)); err != nil {
				t.Error(err)
			}
			time.Sleep(20 * time.Second)
			put(texts[0])
		}()
		synctest.Wait() // the first text stands
		e := run(t, 95*time.Second, Config{Path: dir, Devices: []source.Device{device("cold", address, 10*time.Second)}})
		want := "cold 27.50; cold failed: bus fault, checksum wrong; cold none; cold failed: bus fault, checksum wrong; " +
			"cold failed: bus fault, truncated; cold 27.50; cold 27.50"
		if got := e.String(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, m := range e.heard {
			if len(m.Frame.Sent) != 0 || len(m.Frame.Received) == 0 {
				t.Errorf("%+v", m.Frame)
			}
		}
		if len(e.down) != 2 || !strings.Contains(e.down[0], "gives nothing") || !strings.Contains(e.down[1], "no thermometer "+address) {
			t.Errorf("%q", e.down)
		}
	})
}

// bus plays back and stays gone when it is told to.
type bus struct {
	*onewiretest.Playback
	closed *int
}

func (b bus) Close() error { *b.closed++; return nil }

func TestABusIsDrivenByMatchConvertRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rom, _ := hex.DecodeString("5528bc499c32200183")
		io := func(command byte, read string, pull periph.Pullup) onewiretest.IO {
			b, err := hex.DecodeString(strings.ReplaceAll(read, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if len(b) == 0 {
				b = nil
			}
			return onewiretest.IO{W: append(rom[:9:9], command), R: b, Pull: pull}
		}
		play := &onewiretest.Playback{DontPanic: true, Ops: []onewiretest.IO{
			io(0x44, "", periph.StrongPullup), io(0xBE, "b8 01 4b 46 7f ff 08 10 8a", periph.WeakPullup),
			io(0x44, "", periph.StrongPullup), io(0xBE, "b9 01 4b 46 7f ff 08 10 8a", periph.WeakPullup),
			io(0x44, "", periph.StrongPullup), io(0xBE, "79 01 4b 46 7f ff 07 10 0a", periph.WeakPullup),
		}}
		rec := &onewiretest.Record{Bus: play}
		closed := 0
		e := run(t, 25*time.Second, Config{Devices: []source.Device{device("cold", address, 10*time.Second)},
			Bus: func() (periph.BusCloser, error) { return recorder{rec, &closed}, nil }})
		if err := play.Close(); err != nil {
			t.Error(err)
		}
		if got, want := e.String(), "cold 27.50; cold failed: bus fault, checksum wrong; cold 23.56"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, m := range e.heard {
			if f := m.Frame; f.RecvAt-f.SentAt < 750_000 {
				t.Errorf("read %d µs after the conversion began", f.RecvAt-f.SentAt)
			}
		}
		if closed != 1 || len(rec.Ops) != 6 {
			t.Errorf("closed %d times, %d transfers", closed, len(rec.Ops))
		}
	})
}

type recorder struct {
	*onewiretest.Record
	closed *int
}

func (r recorder) Close() error { *r.closed++; return nil }

func TestABusWithoutItsThermometerIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, closed := 0, 0
		e := run(t, time.Minute, Config{Devices: []source.Device{device("cold", address, 5*time.Second)},
			Bus: func() (periph.BusCloser, error) {
				if opened++; opened == 1 {
					return nil, errors.New("netlink-onewire: failed to create socket")
				}
				return bus{&onewiretest.Playback{DontPanic: true}, &closed}, nil
			}})
		if opened < 3 || closed != opened-1 || len(e.down) < 2 {
			t.Errorf("opened %d times, closed %d times, %q", opened, closed, e.down)
		}
		for _, m := range e.heard {
			if !m.Failed || m.Frame.Received != nil || len(m.Frame.Sent) != 10 || m.Frame.Outcome != record.OutcomeNoAnswer || m.Values != nil {
				t.Errorf("%+v", m.Frame)
			}
		}
	})
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	good := device("a", address, time.Second)
	for name, devices := range map[string][]source.Device{
		"same address": {good, device("b", address, time.Second)},
		"no address":   {device("b", "28", time.Second)},
		"up the tree":  {device("b", "../28-0120329c49bc", time.Second)},
		"no cadence":   {device("b", address, 0)},
	} {
		if _, err := New(Config{Devices: devices}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestThermometerOnThisMachine asks a real one, where there is one.
func TestThermometerOnThisMachine(t *testing.T) {
	id := os.Getenv("FIELDSEAL_W1")
	if id == "" {
		t.Skip("no thermometer named; set FIELDSEAL_W1 to such as 28-0316a2794aff")
	}
	e := run(t, 3*time.Second, Config{Devices: []source.Device{device("probe", id, time.Second)}})
	if len(e.heard) == 0 || len(e.heard[0].Values) != 1 {
		t.Error(fmt.Sprint(e, e.down))
	}
}
