package live_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

// follow runs a Live on the lab's notary; stop ends it as the notary's stop does.
func follow(t *testing.T, n *lab.Notary) (*live.Live, func()) {
	t.Helper()
	never := make(chan struct{})
	l, err := live.Open(live.Config{Log: n.Log, Store: n.Store, Covered: func() uint64 { return 0 }, Moved: func() <-chan struct{} { return never },
		Now: n.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	n.Admitted = l.Take
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return l, stop
}

// read takes items until it has n of a kind, and returns these.
func read(t *testing.T, f *live.Follower, kind string, n int) (out []live.Item) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for len(out) < n {
		items, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d %s events: %v", len(out), n, kind, err)
		}
		for _, i := range items {
			if i.Name == kind {
				out = append(out, i)
			}
		}
	}
	return out
}

func at(t *testing.T, l *live.Live, after uint64, f live.Filter) *live.Follower {
	t.Helper()
	w, err := l.Follow(after, f)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestResumptionHasNoHoleAcrossARestart(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l, stop := follow(t, n)
	s := n.NewSealer(n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-lab.Minute*100)
	for range 3 {
		n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
	first := read(t, at(t, l, 0, live.Filter{}), "admission", 3)
	stop()
	n.Admitted = nil
	// What is admitted while nobody follows, as between a write and a crash.
	for range 2 {
		n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
	n.Restart()
	l, _ = follow(t, n)
	n.Send(s.Seal(lab.Minute, 10*lab.Second))
	rest := read(t, at(t, l, first[2].ID, live.Filter{}), "admission", 3)
	all := read(t, at(t, l, 0, live.Filter{}), "admission", 6)
	for i, want := range append(first, rest...) {
		if all[i].ID != want.ID || string(all[i].Text) != string(want.Text) {
			t.Errorf("event %d of the second reading is %d %s; it was %d %s", i, all[i].ID, all[i].Text, want.ID, want.Text)
		}
		var a live.Admitted
		if err := json.Unmarshal(all[i].Text, &a); err != nil || a.Seq != uint64(i) || len(a.Readings) != 12 {
			t.Errorf("admission %d: sequence %d with %d readings, %v", i, a.Seq, len(a.Readings), err)
		}
	}
	if _, err := l.Follow(l.Last()+1, live.Filter{}); err == nil {
		t.Error("an id beyond the newest event was taken")
	}
}

func TestStatesFollowTheAdmissionsTheySpeakOf(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l, _ := follow(t, n)
	s := n.NewSealer(n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-lab.Minute*100)
	n.Send(s.Seal(lab.Minute, 10*lab.Second))
	head := n.Settle()
	f := at(t, l, 0, live.Filter{Kinds: []live.Kind{live.State}})
	for end := time.Now().Add(5 * time.Second); ; {
		var r live.Reached
		items := read(t, f, "state", 1)
		if err := json.Unmarshal(items[len(items)-1].Text, &r); err != nil || r.State != live.Logged || r.Size > head.Size {
			t.Fatalf("%s: %v", items[0].Text, err)
		}
		if r.Size == head.Size {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no state for %d", head.Size)
		}
	}
}

func TestFilterLeavesOutOtherPointsAndSites(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l, _ := follow(t, n)
	a, b := n.Enrol("north-yard", "gw-1"), n.Enrol("south-yard", "gw-1")
	sa, sb := n.NewSealer(a, time.Now().UnixMicro()-lab.Minute*100), n.NewSealer(b, time.Now().UnixMicro()-lab.Minute*100)
	n.Send(sa.Seal(lab.Minute, 10*lab.Second), sb.Seal(lab.Minute, 10*lab.Second))
	e, _ := n.Registry.Get(b.Gateway)
	f := live.Filter{Points: []string{lab.PM10}}
	f.Sites = append(f.Sites, e.Site)
	var got live.Admitted
	if err := json.Unmarshal(read(t, at(t, l, 0, f), "admission", 1)[0].Text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Gateway != b.Gateway || len(got.Readings) != 6 {
		t.Errorf("%d readings of %s", len(got.Readings), got.Gateway)
	}
	for _, r := range got.Readings {
		if r.Point != lab.PM10 {
			t.Errorf("a reading of %s came", r.Point)
		}
	}
}

func TestSlowFollowerGetsNewestValuesAndIsTold(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l, _ := follow(t, n)
	s := n.NewSealer(n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-lab.Minute*2000)
	n.Send(s.Seal(lab.Minute, 10*lab.Second))
	f := at(t, l, 0, live.Filter{})
	read(t, f, "admission", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	for ctx.Err() == nil { // until it is up to date
		f.Next(ctx)
	}
	cancel()
	from := f.After()
	const missed = live.MaxBehind + 50
	for range missed {
		n.Send(s.Seal(lab.Minute, 10*lab.Second))
	}
	for end := time.Now().Add(5 * time.Second); l.Last() < from+missed; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the events did not come")
		}
	}
	var told live.Thinned
	if err := json.Unmarshal(read(t, f, "thinned", 1)[0].Text, &told); err != nil {
		t.Fatal(err)
	}
	if told.From != from+1 || told.Dropped < live.MaxBehind || len(told.Points) != 2 || told.Points[0].Point != lab.PM10 {
		t.Errorf("%+v", told)
	}
	// One who resumes was told nothing of it and gets every admission.
	read(t, at(t, l, from, live.Filter{}), "admission", missed)
}

func TestFilterOfDistrictAndState(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l, _ := follow(t, n)
	a, b := n.Enrol("north-yard", "gw-1"), n.Enrol("south-yard", "gw-1")
	sa, sb := n.NewSealer(a, time.Now().UnixMicro()-lab.Minute*100), n.NewSealer(b, time.Now().UnixMicro()-lab.Minute*100)
	n.Send(sa.Seal(lab.Minute, 10*lab.Second), sb.Seal(lab.Minute, 10*lab.Second), sb.Seal(lab.Minute, 10*lab.Second))
	n.Settle()
	south := live.Filter{In: func(site batch.ID) bool { return site == b.Site }, States: []string{live.Anchored}}
	f := at(t, l, 0, south)
	got := read(t, f, "admission", 2)
	var seen live.Admitted
	for _, i := range got {
		if err := json.Unmarshal(i.Text, &seen); err != nil || seen.Site != b.Site {
			t.Errorf("an admission of %s: %v", seen.Site, err)
		}
	}
	// States of the log came too, and none of them was asked for.
	other := at(t, l, 0, live.Filter{Kinds: []live.Kind{live.State}})
	read(t, other, "state", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for f.After() < l.Last() {
		items, err := f.Next(ctx)
		if err != nil {
			break
		}
		if len(items) > 0 {
			t.Errorf("%s %s", items[0].Name, items[0].Text)
		}
	}
}
