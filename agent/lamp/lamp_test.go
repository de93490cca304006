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

	"fieldseal/agent/sample"
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
