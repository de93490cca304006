package pipeline_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/pipeline"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
)

func TestDayWithoutUplinkIsDeliveredLiveFirstAndWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.cadence = time.Minute
		s.interval = time.Minute
		s.journal.NoCompaction = true
		var back int
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(5 * time.Minute)
				s.notary.setUp(false)
				time.Sleep(24 * time.Hour)
				if a.Stats().Connected {
					t.Error("it says that it is connected")
				}
				s.notary.mu.Lock()
				back = len(s.notary.arrived)
				s.notary.mu.Unlock()
				queue := a.Stats().Journal.Pending
				s.notary.setUp(true)
				time.Sleep(5 * time.Minute) // reconnects after at most three minutes
				if n := a.Stats().Journal.Pending; n >= queue {
					t.Errorf("five minutes after the line came back %d of %d wait", n, queue)
				}
				time.Sleep(10 * time.Minute)
				if n := a.Stats().Journal.Pending; n > 1 {
					t.Errorf("%d batches still wait", n)
				}
			})
		})
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if n := len(l.readings["cold-1/humidity"]); n < 1458 || n > 1462 {
			t.Errorf("%d readings of 1460", n)
		}
		if len(l.gaps) > 0 {
			t.Errorf("an outage of the uplink is no gap: %+v", l.gaps[0])
		}
		// The first batch after the outage is the newest; the backlog follows
		// oldest first; what is sealed meanwhile does not wait for it.
		order := map[string]int{}
		for i, h := range l.headers {
			order[fmt.Sprintf("%x/%d", h.Boot, h.Seq)] = i
		}
		var after []int
		for _, name := range s.notary.arrived[back:] {
			after = append(after, order[name])
		}
		if after[0] < len(l.headers)-120 {
			t.Errorf("the first to arrive was batch %d of %d", after[0], len(l.headers))
		}
		high, backlog := after[0], []int{}
		for _, n := range after[1:] {
			if n > high {
				high = n
				continue
			}
			backlog = append(backlog, n)
		}
		// Acknowledgements overtake each other on a line with 16 in flight.
		for i, n := range backlog {
			if w := slices.Sorted(slices.Values(backlog))[i]; n-w > 16 || w-n > 16 {
				t.Errorf("backlog: batch %d at the place of %d", n, w)
				break
			}
		}
		if len(slices.Compact(slices.Sorted(slices.Values(after)))) != len(after) {
			t.Error("batches were sent twice on a good line")
		}
	})
}

func TestBatchWithoutReceiptIsSentAgainHoweverOftenItWasAcknowledged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.notary.deaf = true
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(5 * time.Minute)
				st := a.Stats()
				if st.Journal.Receipted != 0 || st.Journal.Pending < 29 {
					t.Errorf("acknowledgements released batches: %+v", st.Journal)
				}
				s.notary.mu.Lock()
				count := map[string]int{}
				for _, n := range s.notary.arrived {
					count[n]++
				}
				first := fmt.Sprintf("%x/%d", s.notary.headers[0].Boot, 0)
				if count[first] < 3 || count[first] > 6 {
					t.Errorf("the first batch was sent %d times in five minutes", count[first])
				}
				s.notary.deaf = false
				s.notary.mu.Unlock()
				time.Sleep(2 * time.Minute)
				if n := a.Stats().Journal.Pending; n > 1 {
					t.Errorf("%d batches wait though receipts come again", n)
				}
			})
		})
		s.notary.ledger().covered(t, s.points(), s.cadence)
	})
}

func TestRefusedBatchIsQuarantinedAndBlocksNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		tries := 0
		s.notary.refuse = func(h *batch.Signed) *wire.Refusal {
			if h.Seq != 3 {
				return nil
			}
			tries++
			return &wire.Refusal{Class: wire.Conflict, Reason: "test", Boot: h.Boot, Seq: h.Seq}
		}
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(10 * time.Minute)
				if st := a.Stats().Journal; st.Quarantined != 1 || st.Pending > 1 || st.Receipted < 57 {
					t.Errorf("stats %+v", st)
				}
			})
		})
		if tries != 1 {
			t.Errorf("a batch refused for good was sent %d times", tries)
		}
	})
}

func TestBusyNotaryGetsTheBatchAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		busy := 3
		s.notary.refuse = func(h *batch.Signed) *wire.Refusal {
			if h.Seq == 3 && busy > 0 {
				busy--
				return &wire.Refusal{Class: wire.Busy, Reason: "later", Boot: h.Boot, Seq: h.Seq}
			}
			return nil
		}
		s.world(func() { s.running(func(*pipeline.Agent) { time.Sleep(10 * time.Minute) }) })
		l := s.notary.ledger()
		l.covered(t, s.points(), s.cadence)
		if busy > 0 {
			t.Errorf("%d refusals were never asked for", busy)
		}
	})
}

func TestReceiptThatContradictsTheLogReleasesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(2 * time.Minute)
				s.notary.mu.Lock()
				s.notary.leaves[2] = merkle.Hash{0xbd} // the notary rewrites its log
				s.notary.mu.Unlock()
				before := a.Stats()
				time.Sleep(2 * time.Minute)
				after := a.Stats()
				if after.Receipts.Forks.Load() == 0 {
					t.Error("nobody noticed")
				}
				if after.Journal.Receipted != before.Journal.Receipted || after.Journal.Pending <= before.Journal.Pending {
					t.Errorf("from %+v to %+v", before.Journal, after.Journal)
				}
				if r := a.Report(); !slices.ContainsFunc(r.Problems, func(p string) bool { return len(p) > 7 && p[:7] == "the log" }) {
					t.Errorf("health says %v", r.Problems)
				}
			})
		})
	})
}

func TestLostReceiptIsAskedForFromOurOwnCheckpoint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(time.Minute)
				// The notary believes that the gateway is further than it is.
				s.notary.mu.Lock()
				for l := range s.notary.links {
					l.own = uint64(len(s.notary.leaves))
					l.new = nil
				}
				s.notary.leaves = append(s.notary.leaves, merkle.Hash{1}, merkle.Hash{2})
				s.notary.headers = append(s.notary.headers, s.notary.headers[0], s.notary.headers[0])
				s.notary.payloads = append(s.notary.payloads, nil, nil)
				for l := range s.notary.links {
					l.own++
				}
				s.notary.mu.Unlock()
				time.Sleep(3 * time.Minute)
				if st := a.Stats().Journal; st.Pending > 1 {
					t.Errorf("%d batches wait for receipts", st.Pending)
				}
				if a.Stats().Receipts.Forks.Load() > 0 {
					t.Error("a lost receipt was taken for a fork")
				}
			})
		})
	})
}

func TestFinalAnchorReleasesAndAgeDeletes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.journal.KeepReleased = 20 * time.Minute
		s.journal.NoCompaction = true
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(10 * time.Minute)
				held := a.Stats().Journal
				if held.Receipted < 58 {
					t.Fatalf("stats %+v", held)
				}
				s.notary.mu.Lock()
				s.notary.covered = uint64(len(s.notary.leaves))
				s.notary.mu.Unlock()
				time.Sleep(30 * time.Second)
				now := a.Stats().Journal
				if now.Receipted > 5 || now.Bytes < held.Bytes {
					t.Errorf("covered: %+v; delivered batches stay while there is room and they are young", now)
				}
				time.Sleep(40 * time.Minute)
				if n := a.Stats().Journal; n.Bytes*2 > held.Bytes*9 {
					t.Errorf("old batches were not deleted: %+v", n)
				}
			})
		})
		var events int
		for _, e := range s.notary.ledger().events {
			if e.Type == record.EventStarted || e.Type == record.EventStopping {
				events++
			}
		}
		if events != 2 {
			t.Errorf("%d events", events)
		}
	})
}

func TestAlarmsOfAnOutageAreDeliveredBeforeAllElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		high := decimal.New(300, 1)
		s.limit = &high
		var back int
		s.world(func() {
			s.running(func(a *pipeline.Agent) {
				time.Sleep(time.Minute)
				s.notary.setUp(false)
				time.Sleep(time.Hour)
				s.setValue(400)
				time.Sleep(10 * time.Minute)
				s.setValue(200)
				time.Sleep(time.Hour)
			})
			s.notary.mu.Lock()
			back = len(s.notary.arrived)
			s.notary.mu.Unlock()
			s.notary.setUp(true)
			// What is an alarm is known from the disk, by another process too.
			s.running(func(a *pipeline.Agent) {
				time.Sleep(10 * time.Minute)
				if n := a.Stats().Journal.Pending; n > 1 {
					t.Errorf("%d batches still wait", n)
				}
			})
		})
		l := s.notary.ledger()
		reason := map[string]batch.CloseReason{}
		alarms := 0
		for _, h := range l.headers {
			reason[fmt.Sprintf("%x/%d", h.Boot, h.Seq)] = h.Close
			if h.Close == batch.CloseAlarm {
				alarms++
			}
		}
		if alarms < 2 || alarms > 8 {
			t.Fatalf("%d batches closed by an alarm", alarms)
		}
		for i, name := range s.notary.arrived[back:][:alarms] {
			if reason[name] != batch.CloseAlarm {
				t.Errorf("place %d: batch %s was closed by reason %d", i, name, reason[name])
			}
		}
		after := s.notary.arrived[back:]
		if len(slices.Compact(slices.Sorted(slices.Values(after)))) != len(after) {
			t.Error("batches were sent twice on a good line")
		}
	})
}
