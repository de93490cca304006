package uplink

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/wire"
)

// waiting is a queue of which only the alarms matter.
type waiting struct {
	mu     sync.Mutex
	alarms []uint64
}

func (w *waiting) Alarms() []uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.alarms
}
func (w *waiting) Pending(int64, int) []uint64              { return nil }
func (w *waiting) IsPending(uint64) bool                    { return false }
func (w *waiting) Load(uint64) (*journal.Item, error)       { return nil, errors.New("none") }
func (w *waiting) Config(merkle.Hash) (*wire.Config, error) { return nil, errors.New("none") }
func (w *waiting) Note() []byte                             { return nil }

func TestNoLongPauseWhileAnAlarmWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &waiting{}
		var dials []time.Time
		u := New(Config{Queue: q, Log: slog.New(slog.DiscardHandler), Dial: func(context.Context, func([]byte)) (Link, error) {
			dials = append(dials, time.Now())
			return nil, errors.New("nobody there")
		}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = u.Run(ctx) }()
		time.Sleep(time.Hour) // by now it tries every minute or three
		synctest.Wait()
		quiet := len(dials)
		if quiet > 80 {
			t.Errorf("%d attempts in an hour without an alarm", quiet)
		}
		q.mu.Lock()
		q.alarms = []uint64{7}
		q.mu.Unlock()
		sealed := time.Now()
		u.Appended()
		time.Sleep(time.Minute)
		synctest.Wait()
		after := dials[quiet:]
		if len(after) < 11 || after[0].Sub(sealed) > AlarmRetryMax {
			t.Errorf("%d attempts in a minute with an alarm, the first after %v", len(after), after[0].Sub(sealed))
		}
		cancel()
		<-done
	})
}
