package alarm_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/alarm"
	"fieldseal/notary/authority"
	"fieldseal/notary/coverage"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

// desk is a notary whose alarms are kept.
type desk struct {
	t *testing.T
	*lab.Notary
	Live   *live.Live
	Keeper *alarm.Keeper
	stop   func()
}

func newDesk(t *testing.T, n *lab.Notary, conditions func(time.Time) []alarm.Condition) *desk {
	t.Helper()
	never := make(chan struct{})
	quiet := slog.New(slog.DiscardHandler)
	d := &desk{t: t, Notary: n}
	var err error
	if d.Live, err = live.Open(live.Config{Log: n.Log, Store: n.Store, Covered: func() uint64 { return 0 }, Moved: func() <-chan struct{} { return never }, Now: n.Now, Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	if d.Keeper, err = alarm.Open(alarm.Config{Live: d.Live, Log: n.Log, Store: n.Store, Key: n.LogStatements, Conditions: conditions, Now: n.Now, Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	n.Admitted = d.Live.Take
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- d.Live.Run(ctx) }()
	go func() { done <- d.Keeper.Run(ctx) }()
	stopped := false
	d.stop = func() {
		if stopped {
			return
		}
		stopped = true
		n.Admitted = nil
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		n.Stop()
	}
	t.Cleanup(d.stop)
	return d
}

// restart stops the notary and starts it on what is stored.
func (d *desk) restart() *desk {
	d.t.Helper()
	d.stop()
	return newDesk(d.t, d.Notary.On(d.Store), nil)
}

// until waits for alarms to be as they should.
func (d *desk) until(what string, ok func([]alarm.Alarm) bool) []alarm.Alarm {
	d.t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		all := d.list(alarm.Query{})
		if ok(all) {
			return all
		}
		if time.Now().After(end) {
			b, _ := json.MarshalIndent(all, "", " ")
			d.t.Fatalf("never: %s\n%s", what, b)
		}
	}
}

func (d *desk) list(q alarm.Query) []alarm.Alarm {
	d.t.Helper()
	q.Limit = alarm.MaxPage
	all, _, err := d.Keeper.List(q)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// one is the only alarm of a kind.
func one(all []alarm.Alarm, kind string) (found alarm.Alarm, ok bool) {
	n := 0
	for _, a := range all {
		if a.Kind == kind {
			found = a
			n++
		}
	}
	return found, n == 1
}

func steps(a alarm.Alarm) (out []string) {
	for _, s := range a.Steps {
		out = append(out, s.Step)
	}
	return out
}

func id(t *testing.T, a alarm.Alarm) batch.ID {
	t.Helper()
	x, err := batch.ParseID(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func acknowledge(by, key string) alarm.Answer {
	return alarm.Answer{Step: statement.StepAcknowledged, By: by, Role: "inspector", Request: key}
}

func say(by, note string) alarm.Answer {
	return alarm.Answer{Step: statement.StepStatement, By: by, Role: "company", Note: note}
}

// raised is a sealed alarm of PM10 above 10; cleared ends it.
func raised(at int64) *record.Event  { return crossing(record.EventAlarmRaised, at) }
func cleared(at int64) *record.Event { return crossing(record.EventAlarmCleared, at) }

func crossing(typ record.EventType, at int64) *record.Event {
	v, limit := decimal.New(123, 1), decimal.New(100, 1)
	return &record.Event{Type: typ, Time: at, Mono: uint64(at), Subject: lab.PM10, Value: &v, Limit: &limit, Path: record.PathSerial}
}

// told are the alarm events of the stream so far.
func (d *desk) told(filter live.Filter) (out []told) {
	d.t.Helper()
	filter.Kinds = []live.Kind{live.Alarm}
	f, err := d.Live.Follow(0, filter)
	if err != nil {
		d.t.Fatal(err)
	}
	for f.After() < d.Live.Last() {
		items, err := f.Next(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		for _, i := range items {
			var x told
			if err := json.Unmarshal(i.Text, &x); err != nil || i.Name != "alarm" || x.ID != i.ID {
				d.t.Fatalf("%s: %v", i.Text, err)
			}
			out = append(out, x)
		}
	}
	return out
}

type told struct {
	ID    uint64      `json:"id"`
	Alarm alarm.Alarm `json:"alarm"`
	Step  alarm.Step  `json:"step"`
}

// logged are the steps that the log holds, oldest first, by index.
func (d *desk) logged() (out []loggedStep) {
	d.t.Helper()
	for at, err := range d.Log.Statements(statement.TypeAlarm) {
		if err != nil {
			d.t.Fatal(err)
		}
		s, body, err := d.Log.Statement(at)
		if err != nil {
			d.t.Fatal(err)
		}
		if err := s.Verify(d.LogStatements.Public()); err != nil {
			d.t.Errorf("log entry %d: %v", at, err)
		}
		out = append(out, loggedStep{at, body.(*statement.AlarmStep)})
	}
	slices.Reverse(out)
	return out
}

type loggedStep struct {
	index uint64
	*statement.AlarmStep
}

type coverageVerdict = coverage.Verdict

// plan states that a gateway must send a point each minute.
func (d *desk) plan(g *lab.Gateway, point string) {
	d.t.Helper()
	s, body, err := statement.Sign(d.Supervision, rand.Reader, lab.Origin, d.Now().UnixMicro(), &statement.Coverage{Site: g.Site, From: d.Now().UnixMicro(),
		Points: []statement.Planned{{Point: point, MaxInterval: uint64(lab.Minute), Gateway: g.Gateway}}})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Desk.Submit(d.t.Context(), authority.Signed{Header: s.Raw(), Body: body}); err != nil {
		d.t.Fatal(err)
	}
}
