package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/agent/pipeline"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// freeze copies the journal as it is on the disk at this moment; thaw puts the
// copy in the place of what came later.
func (s *site) freeze() {
	if err := os.CopyFS(filepath.Join(s.dir, "frozen"), os.DirFS(filepath.Join(s.dir, "journal"))); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) thaw() {
	for _, err := range []error{os.RemoveAll(filepath.Join(s.dir, "journal")), os.Rename(filepath.Join(s.dir, "frozen"), filepath.Join(s.dir, "journal"))} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestEveryReadingArrivesOnceAndNothingIsUnsaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(5 * time.Minute)
				if st := a.Stats(); st.Polls.Missed > 0 || st.Journal.Pending > 2 || !st.Connected {
					t.Errorf("stats %+v", st)
				}
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		for _, p := range s.points() {
			if n := len(l.readings[p]); n < 299 || n > 301 {
				t.Errorf("%s: %d readings of 300", p, n)
			}
			for _, r := range l.readings[p] {
				if r.Frame == nil || len(r.Marks) > 0 || p == "cold-1/temperature" && r.Value.String() != "20.0" {
					t.Fatalf("reading %+v", r)
				}
			}
		}
		if len(l.gaps) > 0 {
			t.Errorf("gaps without cause: %+v", l.gaps[0])
		}
		if e := l.events; len(e) != 2 || e[0].Type != record.EventStarted || e[1].Type != record.EventStopping {
			t.Errorf("events %+v", e)
		}
		if last := l.headers[len(l.headers)-1]; last.Close != batch.CloseStop || last.Checkpoint == nil || last.Block == nil {
			t.Errorf("last header %+v", last.Header)
		}
	})
}

func TestDeadDeviceIsCoveredByGapsAndItsNeighbourIsNotDisturbed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(30 * time.Second)
				if r := a.Report(); len(r.Problems) > 0 {
					t.Errorf("problems of a healthy site: %v", r.Problems)
				}
				s.slaves.SetAlive(ours, false)
				time.Sleep(10 * time.Minute)
				if r := a.Report(); !r.Healthy || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "cold-1") {
					t.Errorf("problems with one device dead: %v", r.Problems)
				}
				s.slaves.SetAlive(ours, true)
				time.Sleep(5 * time.Minute)
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if lost, found := l.eventsOf(record.EventDeviceLost), l.eventsOf(record.EventDeviceFound); len(lost) != 1 || len(found) != 1 || lost[0].Subject != "cold-1" || found[0].Time <= lost[0].Time {
			t.Errorf("lost %+v, found %+v", lost, found)
		}
		missed := uint64(0)
		for _, g := range l.gaps {
			if !g.Covers("cold-1/temperature") {
				continue
			}
			missed += g.Missed
			// A minute, a poll before it and one after, and the neighbour's turn,
			// which may come first.
			if g.Cause != record.CauseNoAnswer || g.To-g.From > 62_500_000 {
				t.Errorf("gap %+v", g)
			}
		}
		if missed < 590 || missed > 800 {
			t.Errorf("%d polls missed in ten minutes and a probe", missed)
		}
	})
}

func TestNoValueFromTheInstrumentIsAGapOfThatPointAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(*pipeline.Agent) {
				time.Sleep(20 * time.Second)
				s.setValue(0x8000) // the temperature's "no value"; humidity is one more
				time.Sleep(20 * time.Second)
				s.setValue(200)
				time.Sleep(20 * time.Second)
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if len(l.gaps) != 2 {
			t.Fatalf("gaps %+v", l.gaps)
		}
		for _, g := range l.gaps {
			if len(g.Points) != 1 || g.Points[0][7:] != "temperature" || g.Cause != record.CauseNoValue || g.Missed < 19 || g.Missed > 21 {
				t.Errorf("gap %+v", g)
			}
		}
		if n := len(l.readings["cold-1/humidity"]); n < 59 {
			t.Errorf("%d readings of the healthy point", n)
		}
	})
}

func TestAlarmClosesTheBatchAtOnceAndChangesNoValue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		high := decimal.New(250, 1)
		s.limit = &high
		var raisedAt int64
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(15 * time.Second)
				s.setValue(251)
				raisedAt, _ = s.clock.Read()
				time.Sleep(1500 * time.Millisecond)
				if n := a.Stats().Closed[batch.CloseAlarm]; n == 0 {
					t.Error("the alarm waits for the interval")
				}
				time.Sleep(20 * time.Second)
				s.setValue(240)
				time.Sleep(20 * time.Second)
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		raised, cleared := l.eventsOf(record.EventAlarmRaised), l.eventsOf(record.EventAlarmCleared)
		if len(raised) != 2 || len(cleared) != 2 { // two devices
			t.Fatalf("raised %+v, cleared %+v", raised, cleared)
		}
		if e := raised[0]; e.Value.String() != "25.1" || e.Limit.String() != "25.0" || e.Frame == nil || e.Time-raisedAt > 2_000_000 {
			t.Errorf("alarm %+v", e)
		}
		for _, r := range l.readings["cold-1/temperature"] {
			if marked := len(r.Marks) == 1 && r.Marks[0] == record.MarkLimit; marked != (r.Value.String() == "25.1") {
				t.Errorf("reading %v is marked %v", r.Value, r.Marks)
			}
		}
	})
}

func TestAnAlarmThatStandsOutlivesRestartsAndPowerCuts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		high, other := decimal.New(250, 1), decimal.New(300, 1)
		s.limit = &high
		at := func(value uint16) func(*pipeline.Agent) {
			return func(*pipeline.Agent) {
				s.setValue(value)
				time.Sleep(20 * time.Second)
			}
		}
		s.world(func() {
			s.running(at(251))
			s.crashing(func() { // it stands already
				at(251)(nil)
				s.notary.setUp(false)
			})
			s.notary.setUp(true)
			s.running(at(240)) // and is over now
			s.running(at(240))
			s.running(at(251))
			s.limit = &other
			s.running(at(251)) // no limit that it had passed is left
			s.running(at(301))
		})
		l := s.notary.ledger()
		raised, cleared := l.eventsOf(record.EventAlarmRaised), l.eventsOf(record.EventAlarmCleared)
		if len(raised) != 6 || len(cleared) != 2 { // two devices
			t.Fatalf("raised %d times, cleared %d times", len(raised), len(cleared))
		}
		for i, limit := range []string{"25.0", "25.0", "25.0", "25.0", "30.0", "30.0"} {
			if raised[i].Limit.String() != limit {
				t.Errorf("alarm %d: %+v", i, raised[i])
			}
		}
		if e := cleared[0]; e.Value.String() != "24.0" || e.Time < raised[1].Time || e.Time > raised[2].Time {
			t.Errorf("cleared %+v", e)
		}
	})
}

func TestClockSetBackAnHourClosesTheBatchAndIsSealed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(*pipeline.Agent) {
				time.Sleep(25 * time.Second)
				s.clock.Set(-time.Hour)
				time.Sleep(25 * time.Second)
			})
		})
		l := s.notary.ledger()
		set := l.eventsOf(record.EventClockSet)
		if len(set) != 1 || set[0].After-set[0].Before != -time.Hour.Microseconds() {
			t.Fatalf("events %+v", set)
		}
		at := -1
		for i, h := range l.headers {
			if h.Close == batch.CloseClock {
				at = i
			}
			if i > 0 && h.Boot != l.headers[i-1].Boot {
				t.Error("a step of the clock began another boot")
			}
		}
		if at < 0 || l.headers[at].Last > set[0].Before || l.headers[at+1].First != set[0].After {
			t.Fatalf("batch closed by the clock: %d", at)
		}
		for _, p := range s.points() {
			if n := len(l.readings[p]); n < 49 {
				t.Errorf("%s: %d readings of 50", p, n)
			}
			for i, r := range l.readings[p][1:] {
				if r.Mono <= l.readings[p][i].Mono {
					t.Errorf("%s: boot time does not ascend", p)
				}
			}
		}
	})
}

func TestReadingsBeforeTheClockIsSetBecomeOneGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(*pipeline.Agent) { time.Sleep(30 * time.Second) })
			// The machine restarts without a battery clock, in 1970.
			wall, _ := s.clock.Read()
			offset := time.Duration(wall-60_000_000) * time.Microsecond
			s.clock.Restart("second boot")
			s.clock.Set(-offset)
			s.clock.SetQuality(batch.Clock{})
			s.running(func(a *pipeline.Agent) {
				time.Sleep(150 * time.Second)
				if r := a.Report(); r.Healthy {
					t.Error("an agent that cannot time its readings says it is healthy")
				}
				s.clock.Set(offset)
				s.clock.SetQuality(batch.Clock{Source: batch.ClockNTP, Bound: 1000})
				time.Sleep(30 * time.Second)
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		var causes []record.Cause
		for _, g := range l.gaps {
			if g.Covers("cold-1/humidity") {
				causes = append(causes, g.Cause)
			}
		}
		if len(causes) != 2 || causes[0] != record.CauseStopped || causes[1] != record.CauseClock {
			t.Errorf("gaps for %v", causes)
		}
		for _, r := range l.readings["cold-1/humidity"] {
			if time.UnixMicro(r.Time).Year() < 2000 {
				t.Fatalf("a reading is timed %v", time.UnixMicro(r.Time).UTC())
			}
		}
	})
}

func TestEachStartSaysWhatItObservedOfTheTimeBefore(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		crash bool
		boot  string
		want  record.Cause
	}{{"clean stop", false, "", record.CauseStopped}, {"crash", true, "", record.CauseRestarted}, {"power cut", true, "another", record.CauseMachine}} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				s.world(func() {
					run := func(f func()) {
						if x.crash {
							s.crashing(f)
							return
						}
						s.running(func(*pipeline.Agent) { f() })
					}
					run(func() {
						// A device that is silent when the agent dies must not
						// fall into the crack between two gaps.
						time.Sleep(30 * time.Second)
						s.notary.setUp(false)
						s.slaves.SetAlive(ours, false)
						time.Sleep(100 * time.Second)
					})
					s.notary.setUp(true)
					if x.boot != "" {
						s.clock.Restart(x.boot)
					}
					time.Sleep(time.Hour)
					s.slaves.SetAlive(ours, true)
					s.running(func(*pipeline.Agent) { time.Sleep(3 * time.Minute) })
				})
				l := s.notary.ledger()
				l.covered(t, s.points(), s.cadence)
				found := false
				for _, g := range l.gaps {
					if len(g.Points) == 0 {
						found = true
						if d := time.Duration(g.To-g.From) * time.Microsecond; g.Cause != x.want || d < time.Hour-time.Minute || d > time.Hour+2*time.Minute {
							t.Errorf("gap over the stop: %v, %v", g.Cause, d)
						}
					}
				}
				if !found || len(l.eventsOf(record.EventStarted)) != 2 {
					t.Errorf("gap over the stop %v, starts %d", found, len(l.eventsOf(record.EventStarted)))
				}
			})
		})
	}
}

func TestLostJournalIsAdmittedInTheNextHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(*pipeline.Agent) { time.Sleep(30 * time.Second) })
			if err := os.RemoveAll(filepath.Join(s.dir, "journal")); err != nil {
				t.Fatal(err)
			}
			// What lies there now is no journal: the agent keeps it aside and goes on.
			if err := os.MkdirAll(filepath.Join(s.dir, "journal"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(s.dir, "journal", "MANIFEST"), []byte("sand"), 0o600); err != nil {
				t.Fatal(err)
			}
			s.running(func(a *pipeline.Agent) {
				time.Sleep(30 * time.Second)
				if told := strings.Join(a.Report().Problems, "; "); !strings.Contains(told, "journal.unreadable-") {
					t.Errorf("nobody is told of the journal kept aside: %s", told)
				}
			})
		})
		aside, err := filepath.Glob(filepath.Join(s.dir, "journal.unreadable-*", "MANIFEST"))
		if err != nil || len(aside) != 1 {
			t.Errorf("kept aside: %v, %v", aside, err)
		}
		s.notary.mu.Lock()
		defer s.notary.mu.Unlock()
		var none []batch.NoPrevious
		for _, h := range s.notary.headers {
			if h.NoPrev != batch.PreviousKnown {
				none = append(none, h.NoPrev)
			}
		}
		if len(none) != 2 || none[0] != batch.PreviousFirst || none[1] != batch.PreviousLost {
			t.Errorf("reasons for no predecessor: %v", none)
		}
	})
}

func TestJournalBoundIsAnnouncedAndHeadersStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.journal = journal.Options{MaxBytes: 200_000}
		s.notary.setUp(false)
		s.world(func() {
			s.running(func(*pipeline.Agent) {
				time.Sleep(20 * time.Minute)
				s.notary.setUp(true)
				time.Sleep(10 * time.Minute)
			})
		})
		l := s.notary.ledger() // every header is there and linked
		if l.missing == 0 {
			t.Fatal("the bound did not bite; the test shows nothing")
		}
		lost := map[uint64]bool{}
		for _, g := range l.gaps {
			if g.Cause != record.CauseJournal {
				continue
			}
			if g.Lost == nil || len(g.Points) != 0 || g.To <= g.From {
				t.Fatalf("gap %+v", g)
			}
			for i := g.Lost.First; i <= g.Lost.Last; i++ {
				if lost[i] {
					t.Errorf("batch %d is announced twice", i)
				}
				lost[i] = true
			}
		}
		s.notary.mu.Lock()
		defer s.notary.mu.Unlock()
		for i, h := range s.notary.headers {
			if gone := s.notary.payloads[i] == nil; gone != lost[h.Seq] {
				t.Errorf("batch %d: payload gone %v, announced %v", h.Seq, gone, lost[h.Seq])
			}
		}
	})
}
