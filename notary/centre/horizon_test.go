package centre_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fieldseal/evidence/record"
	"fieldseal/notary/centre"
	"fieldseal/notary/internal/lab"
)

// What came late is in no chart of a time before it came, whether the chart is made
// from batches or from sums.
func TestAReplayedChartLeavesOutWhatCameLater(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	from := (time.Now().UnixMicro() - 300*lab.Minute) / (60 * lab.Minute) * (60 * lab.Minute)
	s := d.n.NewSealer(g, from)
	seal := func() *lab.Sealed {
		return s.Seal(lab.Minute, 10*lab.Second, &record.Gap{Points: []string{lab.PM10}, From: s.Clock + lab.Second, To: s.Clock + 2*lab.Second, Cause: record.CauseNoAnswer})
	}
	a, late, c := seal(), seal(), seal()
	s.Clock += 90 * lab.Minute // another hour
	far := seal()
	// A clock that runs ahead: these are dated behind every moment of a replay.
	s.Clock = (time.Now().UnixMicro()/(60*lab.Minute) + 3) * (60 * lab.Minute)
	dated := s.Seal(lab.Minute, 10*lab.Second)
	s.Clock += lab.Minute
	datedLate := s.Seal(lab.Minute, 10*lab.Second)
	s.Clock += lab.Minute
	datedToo := s.Seal(lab.Minute, 10*lab.Second)
	to := s.Clock
	moment := func() int64 {
		d.settle()
		time.Sleep(2 * time.Millisecond)
		at := d.n.Now().UnixMicro()
		time.Sleep(2 * time.Millisecond)
		return at
	}
	type then struct {
		at   int64
		want []*lab.Sealed
	}
	var moments []then
	moments = append(moments, then{moment(), nil})
	d.n.Send(a)
	d.n.Send(c)
	moments = append(moments, then{moment(), []*lab.Sealed{a, c}})
	d.n.Send(far, dated, datedToo)
	moments = append(moments, then{moment(), []*lab.Sealed{a, c, far, dated, datedToo}})
	d.n.Send(late, datedLate)
	whole := []*lab.Sealed{a, late, c, far, dated, datedLate, datedToo}
	moments = append(moments, then{moment(), whole}, then{0, whole})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	check := func(how string, buckets int) {
		t.Helper()
		for i, m := range moments {
			h, err := d.centre.History(ctx, centre.All{}, centre.HistoryQuery{Site: g.Site, Point: lab.PM10, From: from, To: to, Buckets: buckets, At: m.at})
			if err != nil {
				t.Fatalf("%s, moment %d: %v", how, i, err)
			}
			gaps := 0
			for _, b := range m.want {
				if b != dated && b != datedLate && b != datedToo {
					gaps++ // sealed with one
				}
			}
			if h.Readings != uint64(6*len(m.want)) || len(h.Gaps) != gaps {
				t.Errorf("%s, moment %d: %d readings and %d gaps of %d batches", how, i, h.Readings, len(h.Gaps), len(m.want))
			}
			admitted := map[uint64]bool{}
			for _, b := range h.Buckets {
				admitted[b.First.Index], admitted[b.Last.Index] = true, true
			}
			if buckets == 2000 && len(admitted) != len(m.want) {
				t.Errorf("%s, moment %d: readings of %d batches, want %d", how, i, len(admitted), len(m.want))
			}
		}
	}
	end := d.background(d.centre.Run)
	check("from batches", 2000)
	undo := centre.SumsOnly()
	check("from minutes", 2000)
	check("from hours", 1)
	end()
	d.reopen()
	end = d.background(d.centre.Run)
	check("from minutes, after a restart", 2000)
	check("from hours, after a restart", 1)
	undo()
	check("from batches, after a restart", 2000)
	if _, err := d.centre.History(t.Context(), centre.All{}, centre.HistoryQuery{Site: g.Site, Point: lab.PM10, From: from, To: to, At: d.n.Now().Add(time.Hour).UnixMicro()}); !errors.Is(err, centre.ErrFuture) {
		t.Errorf("the future: %v", err)
	}
	end()
}
