package pipeline_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/agent/pipeline"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

func TestChangedConfigurationIsSealedAtTheNextStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			minute := func(*pipeline.Agent) { time.Sleep(time.Minute) }
			s.running(minute)
			s.running(minute) // nothing changed
			high := decimal.New(250, 1)
			s.limit = &high
			s.running(minute)
			s.device = "cold-3"
			s.running(minute)
		})
		var got []string
		for _, e := range s.notary.ledger().eventsOf(record.EventParameter) {
			got = append(got, e.Subject+": "+e.Note)
		}
		want := []string{
			"cold-1: configuration or profile of the device changed",
			"cold-2: configuration or profile of the device changed",
			"cold-3: device added to the configuration",
			"cold-2: device taken from the configuration",
		}
		if !slices.Equal(got, want) {
			t.Errorf("events %q", got)
		}
	})
}

// disk has room or has none.
type disk struct{ full atomic.Bool }

func (d *disk) room(string) (int64, error) {
	if d.full.Load() {
		return 0, nil
	}
	return 1 << 40, nil
}

func TestFullDiskForAMinuteLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, d := newSite(t), &disk{}
		s.journal.Room = d.room
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(30 * time.Second)
				d.full.Store(true)
				time.Sleep(time.Minute)
				if r := a.Report(); r.Healthy || len(r.Problems) != 1 || !a.Alive() {
					t.Errorf("with a full disk it reports %+v, alive %v", r, a.Alive())
				}
				d.full.Store(false)
				time.Sleep(30 * time.Second)
				if r := a.Report(); !r.Healthy || len(r.Problems) != 0 {
					t.Errorf("with room again it reports %+v", r)
				}
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if n := len(l.readings["cold-1/humidity"]); n < 119 || len(l.gaps) > 0 {
			t.Errorf("%d readings of 120, gaps %v", n, l.gaps)
		}
	})
}

func TestStopWithAFullDiskEndsAndTheNextStartTellsTheGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, d := newSite(t), &disk{}
		s.journal.Room = d.room
		s.world(func() {
			s.running(func(*pipeline.Agent) { time.Sleep(30 * time.Second) })
			err := s.run(func(*pipeline.Agent) {
				time.Sleep(30 * time.Second)
				d.full.Store(true)
				time.Sleep(30 * time.Second)
			})
			if !errors.Is(err, journal.ErrFull) {
				t.Errorf("it stopped with %v", err)
			}
			d.full.Store(false)
			s.running(func(*pipeline.Agent) { time.Sleep(30 * time.Second) })
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if n := len(l.gaps); n < 2 || l.gaps[n-1].Cause != record.CauseRestarted {
			t.Errorf("gaps %+v", l.gaps)
		}
	})
}
