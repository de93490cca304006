package lamp

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"fieldseal/agent/sample"
	gpio "fieldseal/drivers/gpio/link"
	"fieldseal/evidence/record"
)

type nowhere struct{ taken int }

func (n *nowhere) Take(*sample.Sample) int64 { n.taken++; return 0 }

func said(t record.EventType, point string) *sample.Sample {
	return &sample.Sample{Events: []record.Event{{Type: t, Subject: point}}}
}

func TestLampIsOnWhileAnyAlarmStandsAndEachSwitchIsAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "brightness")
		if err := os.WriteFile(file, []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var events []record.Event
		next := &nowhere{}
		l := New(File(file), next, func(e record.Event) { events = append(events, e) }, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.Run(ctx)
		shows := func(want string) {
			t.Helper()
			synctest.Wait()
			if raw, _ := os.ReadFile(file); string(raw) != want+"\n" {
				t.Errorf("the lamp shows %q, want %s", raw, want)
			}
		}
		shows("0")
		l.Take(said(record.EventAlarmRaised, "a/x"))
		shows("1")
		l.Take(said(record.EventAlarmRaised, "b/x"))
		l.Take(said(record.EventAlarmCleared, "a/x"))
		shows("1")
		l.Take(said(record.EventAlarmCleared, "b/x"))
		shows("0")
		if len(events) != 2 || events[0].Value.String() != "1" || events[0].Note != "on: a/x" || events[1].Value.String() != "0" || next.taken != 4 {
			t.Errorf("events %+v, %d taken", events, next.taken)
		}
	})
}

func TestALampIsLitFromTheStartWhileAnAlarmStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "brightness")
		if err := os.WriteFile(file, []byte("0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l := New(File(file), &nowhere{}, func(record.Event) {}, slog.New(slog.DiscardHandler), "a/x")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.Run(ctx)
		synctest.Wait()
		if raw, _ := os.ReadFile(file); string(raw) != "1\n" {
			t.Errorf("the lamp shows %q", raw)
		}
		l.Take(said(record.EventAlarmCleared, "a/x"))
		synctest.Wait()
		if raw, _ := os.ReadFile(file); string(raw) != "0\n" {
			t.Errorf("the lamp shows %q", raw)
		}
	})
}

// outPin is a played pin of periph's.
type outPin struct{ *gpiotest.Pin }

func (outPin) Close() {}

func TestALampOnALineOfAChipIsOnAtTheLevelThatTheSiteFileSays(t *testing.T) {
	for _, low := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := outPin{&gpiotest.Pin{N: "GPIO5", L: periph.Level(!low)}}
			o, err := gpio.OpenOutput(gpio.OutputConfig{Line: "GPIO5", ActiveLow: low, Open: func() (gpio.OutPin, error) { return p, nil }})
			if err != nil {
				t.Fatal(err)
			}
			l := New(o, &nowhere{}, func(record.Event) {}, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go l.Run(ctx)
			for _, on := range []bool{false, true, false} {
				kind := record.EventAlarmCleared
				if on {
					kind = record.EventAlarmRaised
				}
				l.Take(said(kind, "a/x"))
				synctest.Wait()
				if got := bool(p.Read()) != low; got != on {
					t.Errorf("active low %v: the lamp is on: %v, want %v", low, got, on)
				}
			}
		})
	}
}

type broken struct{ err error }

func (b *broken) Set(bool) error { return b.err }

func TestLampThatFailsIsToldOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []record.Event
		out := &broken{errors.New("no such pin")}
		l := New(out, &nowhere{}, func(e record.Event) { events = append(events, e) }, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.Run(ctx)
		l.Take(said(record.EventAlarmRaised, "a/x"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if l.Fault() == nil || len(events) != 1 || !strings.Contains(events[0].Note, "no such pin") || events[0].Value != nil {
			t.Fatalf("fault %v, events %+v", l.Fault(), events)
		}
		out.err = nil
		time.Sleep(Retry)
		synctest.Wait()
		if l.Fault() != nil || len(events) != 2 || events[1].Value == nil {
			t.Errorf("fault %v, events %+v", l.Fault(), events)
		}
	})
}
