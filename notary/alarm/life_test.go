package alarm_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/alarm"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

func TestAnAlarmLivesFromRaisedToCleared(t *testing.T) {
	d := newDesk(t, lab.New(t, lab.Options{}), nil)
	g := d.Enrol("cold-store", "gw-1")
	s := d.NewSealer(g, time.Now().UnixMicro()-10*lab.Minute)
	at := s.Clock + 30*lab.Second
	d.Send(s.Seal(lab.Minute, 10*lab.Second, raised(at)))
	a := d.until("raised", func(all []alarm.Alarm) bool { a, ok := one(all, "edge"); return ok && !a.Answered })[0]
	if a.Site != g.Site.String() || a.Gateway != g.Gateway.String() || a.Point != lab.PM10 || a.Device != "dust-1" || a.Value != "12.3" || a.Limit != "10.0" ||
		a.Cause != "above its limit" || a.Raised != at || a.Cleared != 0 || a.Times != 1 {
		t.Errorf("%+v", a)
	}
	if r := a.Steps[0]; r.Step != "raised" || r.Time != at || r.Index == nil || r.Leaf == nil {
		t.Errorf("its raise does not name the sealed record: %+v", r)
	}
	got, err := d.Keeper.Answer(t.Context(), id(t, a), acknowledge("zhang.min", "k-1"))
	if err != nil || !got.Answered || !slices.Equal(steps(got), []string{"raised", "acknowledged"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err = d.Keeper.Answer(t.Context(), id(t, a), say("li.wei", "the road was washed\n道路已冲洗")); err != nil || len(got.Steps) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	d.Send(s.Seal(lab.Minute, 10*lab.Second, cleared(s.Clock)))
	end := d.until("cleared", func(all []alarm.Alarm) bool { a, _ := one(all, "edge"); return a.Cleared != 0 })[0]
	if !slices.Equal(steps(end), []string{"raised", "acknowledged", "statement", "cleared"}) || !end.Answered {
		t.Errorf("%+v", end)
	}
	// As it was known at a moment: not before it was raised, and standing until it cleared.
	for _, m := range []struct {
		at   int64
		want []int64 // whether there is one, and when it cleared
	}{{end.Steps[0].At - 1, nil}, {end.Steps[0].At, []int64{0}}, {end.Steps[3].At - 1, []int64{0}}, {end.Steps[3].At, []int64{end.Cleared}}, {0, []int64{end.Cleared}}} {
		spans, err := d.Keeper.Spans(g.Site, lab.PM10, s.Clock-60*lab.Minute, s.Clock+lab.Minute, m.at)
		var got []int64
		for _, x := range spans {
			got = append(got, x.To)
		}
		if err != nil || !slices.Equal(got, m.want) {
			t.Errorf("known at %d: %v, %v, want %v", m.at, got, err, m.want)
		}
	}
	// What people did is in the log, signed with its key; what the gateway sealed is there already.
	in := d.logged()
	if len(in) != 2 || in[0].By != "zhang.min" || in[1].Note != "the road was washed\n道路已冲洗" || in[0].Alarm != id(t, a) || in[0].Record.Index != *a.Steps[0].Index {
		t.Fatalf("%+v", in)
	}
	for i, x := range in {
		if have := end.Steps[i+1]; *have.Index != x.index || have.Leaf != nil {
			t.Errorf("step %d stands at %d, shown as %+v", i, x.index, have)
		}
	}
	// Each step is an event of the one cursor.
	var tale []string
	for _, e := range d.told(live.Filter{}) {
		tale = append(tale, e.Step.Step)
	}
	if !slices.Equal(tale, steps(end)) {
		t.Errorf("the stream told %v", tale)
	}
}

func TestTheSameKeyTakesNoSecondStep(t *testing.T) {
	d := newDesk(t, lab.New(t, lab.Options{}), nil)
	s := d.NewSealer(d.Enrol("cold-store", "gw-1"), time.Now().UnixMicro()-10*lab.Minute)
	d.Send(s.Seal(lab.Minute, 10*lab.Second, raised(s.Clock)))
	a := d.until("raised", func(all []alarm.Alarm) bool { return len(all) == 1 })[0]
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if _, err := d.Keeper.Answer(t.Context(), id(t, a), acknowledge("zhang.min", "one")); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	d = d.restart()
	if _, err := d.Keeper.Answer(t.Context(), id(t, a), acknowledge("zhang.min", "one")); err != nil {
		t.Error(err)
	}
	if n := len(d.logged()); n != 1 {
		t.Errorf("%d steps were logged", n)
	}
	x := acknowledge("zhang.min", "one")
	x.Note = "another"
	if _, err := d.Keeper.Answer(t.Context(), id(t, a), x); !errors.Is(err, alarm.ErrStep) {
		t.Errorf("the key for another step: %v", err)
	}
	// The key is the account's own.
	if got, err := d.Keeper.Answer(t.Context(), id(t, a), acknowledge("wang.fang", "one")); err != nil || len(d.logged()) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAStepThatCannotBeTakenIsRefused(t *testing.T) {
	d := newDesk(t, lab.New(t, lab.Options{}), nil)
	s := d.NewSealer(d.Enrol("cold-store", "gw-1"), time.Now().UnixMicro()-10*lab.Minute)
	d.Send(s.Seal(lab.Minute, 10*lab.Second, raised(s.Clock)))
	a := d.until("raised", func(all []alarm.Alarm) bool { return len(all) == 1 })[0]
	for name, x := range map[string]alarm.Answer{
		"cleared":           {Step: statement.StepCleared, By: "x"},
		"nobody":            {Step: statement.StepAcknowledged},
		"an empty word":     say("x", " \n"),
		"a long word":       say("x", strings.Repeat("x", statement.MaxAlarmNote+1)),
		"a word of no text": say("x", "a\x00b"),
		"a word not UTF-8":  say("x", "a\xff"),
		"a key with spaces": acknowledge("x", "a b"),
	} {
		if _, err := d.Keeper.Answer(t.Context(), id(t, a), x); !errors.Is(err, alarm.ErrStep) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := acknowledge("x", "")
	other.Sees = func(batch.ID) bool { return false }
	if _, err := d.Keeper.Answer(t.Context(), id(t, a), other); !errors.Is(err, alarm.ErrUnknown) {
		t.Errorf("another's site: %v", err)
	}
	if _, err := d.Keeper.Answer(t.Context(), batch.ID{1}, acknowledge("x", "")); !errors.Is(err, alarm.ErrUnknown) {
		t.Errorf("no alarm: %v", err)
	}
	if len(d.logged()) != 0 {
		t.Error("something was logged")
	}
}

// TestAKillAtAnyWriteLosesNoStep copies the disk after every write of an alarm's
// life, and starts the notary on each copy.
func TestAKillAtAnyWriteLosesNoStep(t *testing.T) {
	disk := storetest.NewDisk()
	broken := storetest.NewFaulty(disk.Open())
	var mu sync.Mutex
	var copies []*storetest.Disk
	var answered []int // steps that had been answered by then
	done := 0
	broken.Before = func(int, *store.Group) {
		mu.Lock()
		defer mu.Unlock()
		copies, answered = append(copies, disk.Copy()), append(answered, done)
	}
	n := lab.New(t, lab.Options{Store: broken})
	d := newDesk(t, n, nil)
	s := d.NewSealer(d.Enrol("cold-store", "gw-1"), time.Now().UnixMicro()-10*lab.Minute)
	mu.Lock()
	copies, answered = nil, nil
	mu.Unlock()
	answer := func(a alarm.Alarm, x alarm.Answer) {
		t.Helper()
		if _, err := d.Keeper.Answer(t.Context(), id(t, a), x); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		done++
		mu.Unlock()
	}
	d.Send(s.Seal(lab.Minute, 10*lab.Second, raised(s.Clock)))
	a := d.until("raised", func(all []alarm.Alarm) bool { return len(all) == 1 })[0]
	answer(a, acknowledge("zhang.min", "1"))
	answer(a, say("li.wei", "washed"))
	d.Send(s.Seal(lab.Minute, 10*lab.Second, cleared(s.Clock)))
	d.until("cleared", func(all []alarm.Alarm) bool { return len(all) == 1 && all[0].Cleared != 0 })
	answer(a, say("li.wei", "and watered"))
	d.stop()
	want := d.list(alarm.Query{})[0]
	mu.Lock()
	defer mu.Unlock()
	copies, answered = append(copies, disk.Copy()), append(answered, done)
	if len(copies) < 10 {
		t.Fatalf("%d writes: this test would prove little", len(copies))
	}
	for i, c := range copies {
		d := newDesk(t, n.On(c.Open()), nil)
		// The gateway sends again what it holds no receipt for; that is not asked here.
		in := d.logged()
		if len(in) < answered[i] {
			t.Errorf("copy %d: %d steps were answered, %d are in the log", i, answered[i], len(in))
		}
		all := d.until("caught up", func(all []alarm.Alarm) bool {
			people := 0
			for _, a := range all {
				for _, s := range a.Steps {
					if s.By != "" {
						people++
					}
				}
			}
			sealed := len(d.told(live.Filter{})) - people
			return people == len(in) && sealed == d.edges()
		})
		if len(all) > 1 || len(all) == 1 && all[0].ID != want.ID {
			t.Errorf("copy %d: %+v", i, all)
		}
		// No step is told twice, and none is left out.
		seen := map[[2]uint64]bool{}
		for _, e := range d.told(live.Filter{}) {
			k := [2]uint64{*e.Step.Index}
			if e.Step.Leaf != nil {
				k[1] = uint64(*e.Step.Leaf)
			}
			if seen[k] {
				t.Errorf("copy %d: step %+v was told twice", i, e.Step)
			}
			seen[k] = true
		}
		// Who got no answer asks again, with the same key, and it is one step.
		if len(all) == 1 {
			if _, err := d.Keeper.Answer(t.Context(), id(t, a), acknowledge("zhang.min", "1")); err != nil {
				t.Error(err)
			}
			n := 0
			for _, x := range d.logged() {
				if x.Step == statement.StepAcknowledged {
					n++
				}
			}
			if n != 1 {
				t.Errorf("copy %d: acknowledged %d times", i, n)
			}
		}
		d.stop()
	}
	last := newDesk(t, n.On(copies[len(copies)-1].Open()), nil).list(alarm.Query{})[0]
	if !reflect.DeepEqual(last, want) {
		t.Errorf("%+v\nwant %+v", last, want)
	}
}

// edges counts the sealed raises and clears that the log holds.
func (d *desk) edges() (n int) {
	d.t.Helper()
	f, err := d.Live.Follow(0, live.Filter{Kinds: []live.Kind{live.Admission}})
	if err != nil {
		d.t.Fatal(err)
	}
	for f.After() < d.Live.Last() {
		items, err := f.Next(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		for _, i := range items {
			n += strings.Count(string(i.Text), `"type":"alarm `)
		}
	}
	return n
}

func TestUnansweredAlarmsComeFirstThenTheNewest(t *testing.T) {
	d := newDesk(t, lab.New(t, lab.Options{}), nil)
	s := d.NewSealer(d.Enrol("cold-store", "gw-1"), time.Now().UnixMicro()-300*lab.Minute)
	for range 5 {
		d.Send(s.Seal(lab.Minute, 10*lab.Second, raised(s.Clock)), s.Seal(30*lab.Minute, 10*lab.Second, cleared(s.Clock+lab.Minute)))
	}
	all := d.until("five alarms", func(all []alarm.Alarm) bool {
		return len(all) == 5 && !slices.ContainsFunc(all, func(a alarm.Alarm) bool { return a.Cleared == 0 })
	})
	if !slices.IsSortedFunc(all, func(a, b alarm.Alarm) int { return int(b.Raised - a.Raised) }) {
		t.Error("not the newest first")
	}
	for _, i := range []int{0, 2} {
		if _, err := d.Keeper.Answer(t.Context(), id(t, all[i]), acknowledge("zhang.min", "")); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{all[1].ID, all[3].ID, all[4].ID, all[0].ID, all[2].ID}
	var got []string
	for q := (alarm.Query{Limit: 2}); ; {
		page, next, err := d.Keeper.List(q)
		if err != nil || len(page) > 2 {
			t.Fatal(page, err)
		}
		for _, a := range page {
			got = append(got, a.ID)
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := len(d.list(alarm.Query{State: "unanswered"})); n != 3 {
		t.Errorf("%d unanswered", n)
	}
	if n := len(d.list(alarm.Query{State: "open"})); n != 0 {
		t.Errorf("%d open", n)
	}
	if n := len(d.list(alarm.Query{Sees: func(batch.ID) bool { return false }})); n != 0 {
		t.Errorf("%d alarms of another's sites", n)
	}
	if _, _, err := d.Keeper.List(alarm.Query{Cursor: "zz", Limit: 1}); !errors.Is(err, alarm.ErrQuery) {
		t.Error(err)
	}
}
