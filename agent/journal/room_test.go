package journal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"fieldseal/agent/journal"
)

func TestFullDiskRefusesAWriteAndKeepsTheJournalAlive(t *testing.T) {
	free := int64(1 << 30)
	writes := 0
	o := journal.Options{Dir: t.TempDir(), Reserve: 10 << 20, Room: func(string) (int64, error) { return free, nil }}
	j := open(t, o)
	j.Watch(func(string) { writes++ })
	m := newMaker(t, nil)
	must(t, j.Append("m", m.batch(2)))
	before := writes
	free = 10<<20 - 1
	next := m.batch(2)
	err := j.Append("m", next)
	if !errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrFatal) || !strings.Contains(err.Error(), o.Dir) {
		t.Fatalf("it says %v", err)
	}
	if writes != before || len(j.Pending(-1, 9)) != 1 {
		t.Errorf("%d steps of a write, %v pending", writes-before, j.Pending(-1, 9))
	}
	// What makes room, and what a receipt proves, may use the rest of it.
	must(t, j.Admit(journal.Admission{Places: []journal.Place{{Boot: m.sealer.Boot(), Seq: 0, Index: 4}}, Covered: 5}))
	if took, err := j.Trim(start + 10*86400*second); err != nil || took.Released != 1 {
		t.Errorf("trim took %+v: %v", took, err)
	}
	free = 5<<20 - 1
	if _, err := j.KeepConfig([][]byte{{1}}, nil); !errors.Is(err, journal.ErrFull) {
		t.Errorf("below half the reserve it says %v", err)
	}
	free = 1 << 30
	must(t, j.Append("m", next))
	must(t, j.Close())
	free = 5<<20 - 1
	if _, err := journal.Open(o); !errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrUnreadable) {
		t.Errorf("open says %v", err)
	}
	free = 1 << 30
	j = open(t, o)
	defer j.Close()
	if l := j.Last(); l == nil || l.Header.Digest() != next.Header.Digest() {
		t.Error("the batch that waited for room is not the newest")
	}
}

func TestBoundFitsTheDisk(t *testing.T) {
	o := journal.Options{Dir: t.TempDir(), Reserve: 1 << 20, MaxBytes: 1 << 40, Room: func(string) (int64, error) { return 5 << 20, nil }}
	j := open(t, o)
	defer j.Close()
	m := newMaker(t, nil)
	var sum int
	for sum < 2<<20 {
		s := m.batch(1500)
		sum += len(s.Payload)
		must(t, j.Append("m", s))
	}
	if took, err := j.Trim(m.at); err != nil || took.Lost == 0 {
		t.Fatalf("trim took %+v: %v", took, err)
	}
	if b := j.Stats().Bytes; b > 3<<19 {
		t.Errorf("%d bytes stay where 1.5 MiB fit", b)
	}
	if len(j.Lost()) != 1 {
		t.Error("what the bound took is not told")
	}
}

func TestAgeTakesUndeliveredPayloadsAndTellsIt(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir(), MaxAge: 3 * time.Second})
	defer j.Close()
	m := newMaker(t, nil)
	var sealed []journal.Sealed
	for range 6 { // each lasts a second
		sealed = append(sealed, m.batch(2))
		must(t, j.Append("m", sealed[len(sealed)-1]))
	}
	took, err := j.Trim(m.at)
	if err != nil || took != (journal.Trimmed{Lost: 3}) {
		t.Fatalf("trim took %+v: %v", took, err)
	}
	if l := j.Lost(); len(l) != 1 || l[0].Seq != 0 || l[0].Count != 3 || l[0].From != sealed[0].Header.First || l[0].To != sealed[2].Header.Last {
		t.Errorf("it tells %+v", l)
	}
	for n, s := range sealed {
		it, err := j.Load(uint64(n))
		if err != nil || !bytes.Equal(it.Header, s.Header.Raw()) || (it.Payload == nil) != (n < 3) {
			t.Errorf("batch %d: %d bytes of payload, %v", n, len(it.Payload), err)
		}
	}
	if took, err := j.Trim(m.at); err != nil || took != (journal.Trimmed{}) {
		t.Errorf("a second trim took %+v: %v", took, err)
	}
}
