package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"fieldseal/agent/journal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func TestReopenedJournalSaysTheSame(t *testing.T) {
	o := journal.Options{Dir: t.TempDir()}
	j := open(t, o)
	m := newMaker(t, nil)
	var kept []journal.Sealed
	for range 5 {
		s := m.batch(3)
		kept = append(kept, s)
		if err := j.Append("machine-1", s); err != nil {
			t.Fatal(err)
		}
	}
	block := &batch.Block{Number: 7, Hash: [32]byte{7}}
	place := func(i int, index uint64) journal.Place {
		return journal.Place{Boot: m.sealer.Boot(), Seq: uint64(i), Index: index}
	}
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 20, Root: [32]byte{9}}, Note: []byte("signed"), Block: block, Covered: 11, Places: []journal.Place{place(0, 10), place(3, 15)}}))
	must(t, j.Quarantine(m.sealer.Boot(), 1))
	check := func(when string) {
		t.Helper()
		if got := j.Pending(-1, 10); !slices.Equal(got, []uint64{2, 4}) {
			t.Errorf("%s: pending %v", when, got)
		}
		s := j.Stats()
		if s.Pending != 2 || s.Receipted != 1 || s.Quarantined != 1 || s.Covered != 11 {
			t.Errorf("%s: stats %+v", when, s)
		}
		if c := j.Checkpoint(); c == nil || c.Size != 20 || string(j.Note()) != "signed" || *j.Block() != *block {
			t.Errorf("%s: checkpoint %v, block %v", when, c, j.Block())
		}
		l := j.Last()
		if l == nil || l.Machine != "machine-1" || l.Header.Digest() != kept[4].Header.Digest() {
			t.Errorf("%s: last %+v", when, l)
		}
		for i, s := range kept {
			it, err := j.Load(uint64(i))
			if err != nil || !bytes.Equal(it.Header, s.Header.Raw()) || !bytes.Equal(it.Payload, s.Payload) {
				t.Errorf("%s: batch %d: %v", when, i, err)
			}
			if !bytes.Equal(j.Header(m.sealer.Boot(), uint64(i)), s.Header.Raw()) {
				t.Errorf("%s: batch %d is not found by its name", when, i)
			}
		}
		if j.Header(record.BootID{9}, 0) != nil || j.Header(m.sealer.Boot(), 5) != nil {
			t.Errorf("%s: a batch is found that is not there", when)
		}
	}
	check("open")
	must(t, j.Close())
	j = open(t, o)
	defer j.Close()
	check("reopened")
}

func TestEveryWriteSurvivesOrNeverHappened(t *testing.T) {
	died := errors.New("power is gone")
	type journalOf = *journal.Journal
	ops := []struct {
		name, point string
		do          func(j journalOf, m *maker) error
		happened    func(j journalOf) bool
	}{
		{"append", "append", func(j journalOf, m *maker) error { return j.Append("m", m.batch(2), m.batch(2)) },
			func(j journalOf) bool { return len(j.Pending(-1, 99)) == 7 }},
		{"receipt", "admit", func(j journalOf, m *maker) error {
			return j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 9}, Covered: 1, Places: []journal.Place{{Boot: m.sealer.Boot(), Seq: 1, Index: 0}, {Boot: m.sealer.Boot(), Seq: 2, Index: 5}}})
		}, func(j journalOf) bool {
			return j.Checkpoint() != nil && j.Checkpoint().Size == 9 && j.Stats().Covered == 1 && j.Stats().Receipted == 1 && len(j.Pending(-1, 99)) == 3
		}},
		{"refusal", "quarantine", func(j journalOf, m *maker) error { return j.Quarantine(m.sealer.Boot(), 3) },
			func(j journalOf) bool { return j.Stats().Quarantined == 1 && j.Stats().Pending == 4 }},
		{"bound", "drop", func(j journalOf, m *maker) error { _, err := j.Trim(start + 100*second); return err },
			func(j journalOf) bool { return len(j.Lost()) == 1 && j.Lost()[0].Count == 3 }},
		{"configuration", "config", func(j journalOf, m *maker) error { _, err := j.KeepConfig([][]byte{{1}}, nil); return err },
			func(j journalOf) bool { _, err := j.Config(profile.ConfigRoot([][]byte{{1}})); return err == nil }},
	}
	for _, op := range ops {
		for _, persisted := range []bool{false, true} {
			when := "before"
			if persisted {
				when = "after"
			}
			t.Run(op.name+" fails "+when+" the write", func(t *testing.T) {
				o := journal.Options{Dir: t.TempDir(), MaxBytes: 1 << 40}
				j := open(t, o)
				m := newMaker(t, nil)
				for range 5 {
					must(t, j.Append("m", m.batch(2)))
				}
				if op.point == "drop" {
					must(t, j.Close())
					o.MaxBytes = j.Stats().Bytes/2 + 1
					j = open(t, o)
				}
				before := j.Pending(-1, 99)
				j.CrashAt(fmt.Sprintf("%s: %s the write", op.point, when), died)
				err := op.do(j, m)
				if !errors.Is(err, journal.ErrFatal) || !errors.Is(err, died) {
					t.Fatalf("it says %v", err)
				}
				// A journal whose write failed takes nothing more.
				if err := j.Append("m", m.batch(1)); !errors.Is(err, journal.ErrFatal) {
					t.Fatalf("it went on: %v", err)
				}
				must(t, j.Close())
				j = open(t, o)
				defer j.Close()
				if got := op.happened(j); got != persisted {
					t.Errorf("after reopening, happened = %v, want %v", got, persisted)
				}
				if !persisted && !slices.Equal(j.Pending(-1, 99), before) {
					t.Errorf("a write that never happened changed the queue from %v to %v", before, j.Pending(-1, 99))
				}
				inOrderOnce(t, j)
				// And it goes on from there.
				m = newMaker(t, j.Last())
				must(t, j.Append("m", m.batch(1)))
				inOrderOnce(t, j)
			})
		}
	}
}

// inOrderOnce walks the whole journal: each header links to the one before, no
// identity twice, and each payload is there or lies in a lost run.
func inOrderOnce(t *testing.T, j *journal.Journal) {
	t.Helper()
	var prev *batch.Signed
	seen := map[string]bool{}
	lost := map[string]bool{}
	for _, r := range j.Lost() {
		for i := range r.Count {
			lost[fmt.Sprintf("%x/%d", r.Boot, r.Seq+i)] = true
		}
	}
	for order := uint64(0); ; order++ {
		it, err := j.Load(order)
		if errors.Is(err, journal.ErrAbsent) {
			break
		}
		must(t, err)
		h, err := batch.ParseHeader(it.Header)
		must(t, err)
		name := fmt.Sprintf("%x/%d", it.Boot, it.Seq)
		if seen[name] {
			t.Errorf("batch %s is there twice", name)
		}
		seen[name] = true
		if prev != nil && h.Prev != prev.Digest() {
			t.Errorf("batch %s does not link to the one before", name)
		}
		prev = h
		if it.Payload == nil {
			if !lost[name] {
				t.Errorf("payload of %s is gone and no run names it", name)
			}
			continue
		}
		p, err := batch.ParsePayload(it.Payload)
		must(t, err)
		if err := p.Verify(&h.Header); err != nil {
			t.Error(err)
		}
	}
	if prev == nil || j.Last() == nil || prev.Digest() != j.Last().Header.Digest() {
		t.Error("the last header is not that of the newest batch")
	}
}

func TestOneBatchIsOneSyncedWrite(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir()})
	defer j.Close()
	writes := 0
	j.Watch(func(string) { writes++ })
	m := newMaker(t, nil)
	must(t, j.Append("m", m.batch(100)))
	if writes != 2 { // before and after one write
		t.Errorf("%d points passed for one batch, want 2", writes)
	}
	must(t, j.Append("m", m.batch(1), m.batch(1), m.batch(1)))
	if writes != 4 {
		t.Errorf("three batches together took %d points, want 2 more", writes-2)
	}
}

func TestBoundTakesOldestPayloadsAndKeepsHeaders(t *testing.T) {
	o := journal.Options{Dir: t.TempDir(), MaxBytes: 40_000}
	j := open(t, o)
	m := newMaker(t, nil)
	for range 100 {
		must(t, j.Append("m", m.batch(10)))
	}
	took, err := j.Trim(m.at)
	must(t, err)
	s := j.Stats()
	if took.Lost == 0 || s.Bytes > o.MaxBytes || s.Bytes < o.MaxBytes/2 {
		t.Fatalf("took %+v, now %d bytes of %d", took, s.Bytes, o.MaxBytes)
	}
	runs := j.Lost()
	if len(runs) != 1 || runs[0].Seq != 0 || int(runs[0].Count) != took.Lost || runs[0].From != start || runs[0].To != start+int64(took.Lost)*second {
		t.Fatalf("runs %+v for %d lost", runs, took.Lost)
	}
	if s.Pending != 100 {
		t.Errorf("%d headers wait, want all 100", s.Pending)
	}
	for order := range uint64(100) {
		it, err := j.Load(order)
		must(t, err)
		if gone := int(order) < took.Lost; gone != (it.Payload == nil) {
			t.Errorf("batch %d: payload gone %v, want %v", order, it.Payload == nil, gone)
		}
	}
	inOrderOnce(t, j)
	// The announcement is kept until its batch's payload goes too.
	carrier := m.batch(10)
	carrier.Announces = runs
	must(t, j.Append("m", carrier))
	if len(j.Lost()) != 0 {
		t.Errorf("announced and still told: %+v", j.Lost())
	}
	must(t, j.Close())
	o.MaxBytes = 1 // now even the carrier's payload goes
	j = open(t, o)
	defer j.Close()
	_, err = j.Trim(m.at)
	must(t, err)
	all := uint64(0)
	for _, r := range j.Lost() {
		all += r.Count
	}
	if all != 101 {
		t.Errorf("after the announcement was lost, runs name %d batches, want all 101: %+v", all, j.Lost())
	}
}

func TestDeliveredPayloadsGoBeforeUndeliveredOnes(t *testing.T) {
	o := journal.Options{Dir: t.TempDir(), MaxBytes: 30_000}
	j := open(t, o)
	defer j.Close()
	m := newMaker(t, nil)
	for range 60 {
		must(t, j.Append("m", m.batch(10)))
	}
	// The newest 40 are receipted, 20 of them final.
	var places []journal.Place
	for i := uint64(20); i < 60; i++ {
		places = append(places, journal.Place{Boot: m.sealer.Boot(), Seq: i, Index: i})
	}
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 60}, Covered: 40, Places: places}))
	took, err := j.Trim(m.at)
	must(t, err)
	if took.Released == 0 || took.Lost != 0 {
		t.Errorf("took %+v; nothing undelivered may go while delivered batches are there", took)
	}
	for order := range uint64(20) {
		if it, err := j.Load(order); err != nil || it.Payload == nil {
			t.Errorf("undelivered batch %d: %v", order, err)
		}
	}
}

func TestReleasedBatchesGoWithAge(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir(), KeepReleased: 10 * second * 1000})
	defer j.Close()
	m := newMaker(t, nil)
	var places []journal.Place
	for i := range uint64(10) {
		must(t, j.Append("m", m.batch(1)))
		places = append(places, journal.Place{Boot: m.sealer.Boot(), Seq: i, Index: i})
	}
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 10}, Covered: 5, Places: places}))
	if took, err := j.Trim(m.at); err != nil || took != (journal.Trimmed{}) {
		t.Fatalf("young batches: took %+v, %v", took, err)
	}
	took, err := j.Trim(m.at + 20*second*1000)
	must(t, err)
	if took.Released != 5 {
		t.Fatalf("took %+v, want the 5 that a final anchor covers", took)
	}
	if s := j.Stats(); s.Receipted != 5 || s.Pending != 0 {
		t.Errorf("stats %+v", s)
	}
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 10}, Covered: 10}))
	took, err = j.Trim(m.at + 20*second*1000)
	must(t, err)
	if s := j.Stats(); took.Released != 5 || s.Bytes != 0 {
		t.Errorf("took %+v, %d bytes left", took, s.Bytes)
	}
	// A late copy of the receipt changes nothing, and the chain goes on.
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 10}, Covered: 10, Places: places}))
	if l := j.Last(); l == nil || l.Header.Seq != 9 {
		t.Errorf("last %+v", l)
	}
}

func TestReceiptMovesNothingBackwards(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir()})
	defer j.Close()
	m := newMaker(t, nil)
	must(t, j.Append("m", m.batch(1)))
	p := []journal.Place{{Boot: m.sealer.Boot(), Seq: 0, Index: 3}}
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 9}, Block: &batch.Block{Number: 5}, Covered: 2, Places: p}))
	must(t, j.Admit(journal.Admission{Checkpoint: batch.Checkpoint{Size: 9}, Block: &batch.Block{Number: 4}, Covered: 1, Places: []journal.Place{{Boot: m.sealer.Boot(), Seq: 0, Index: 0}}}))
	must(t, j.Quarantine(m.sealer.Boot(), 0))
	if s := j.Stats(); s.Covered != 2 || j.Block().Number != 5 || s.Receipted != 1 || s.Quarantined != 0 {
		t.Errorf("stats %+v, block %d", s, j.Block().Number)
	}
}

func TestConfigurationComesBackWithItsProfiles(t *testing.T) {
	o := journal.Options{Dir: t.TempDir()}
	j := open(t, o)
	leaves, profiles := [][]byte{{1, 2}, {3}}, [][]byte{{4}, {5, 6}}
	root, err := j.KeepConfig(leaves, profiles)
	must(t, err)
	must(t, j.Close())
	j = open(t, o)
	defer j.Close()
	c, err := j.Config(root)
	must(t, err)
	if !slices.EqualFunc(c.Leaves, leaves, bytes.Equal) || !slices.EqualFunc(c.Profiles, profiles, bytes.Equal) {
		t.Errorf("it came back as %+v", c)
	}
	if _, err := j.Config([32]byte{1}); !errors.Is(err, journal.ErrAbsent) {
		t.Errorf("an unknown configuration: %v", err)
	}
	// One that no batch names goes when the next comes.
	if _, err := j.KeepConfig([][]byte{{9}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Config(root); !errors.Is(err, journal.ErrAbsent) {
		t.Errorf("an unused configuration stayed: %v", err)
	}
}

func TestSecondAgentIsToldThatTheJournalIsInUse(t *testing.T) {
	o := journal.Options{Dir: t.TempDir()}
	j := open(t, o)
	defer j.Close()
	if _, err := journal.Open(o); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("it says %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
