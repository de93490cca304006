package centre_test

import (
	"testing"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/notary/centre"
	"fieldseal/notary/internal/lab"
)

// A site file is changed three times. Each moment is told with the limits that were in
// force then, in the chart and on the tiles, and no batch that comes late brings old
// limits back.
func TestAReplayShowsTheLimitsInForceThen(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	from := d.n.Now().UnixMicro() - 300*lab.Minute
	s := d.n.NewSealer(g, from)
	bound := func(n int64) *decimal.D { x := decimal.New(n, 0); return &x }
	type then struct {
		what      string
		at        int64
		low, high string
	}
	var moments []then
	moment := func(what, low, high string) {
		t.Helper()
		d.settle()
		// Both sides of the moment are other milliseconds than what came.
		time.Sleep(2 * time.Millisecond)
		moments = append(moments, then{what, d.n.Now().UnixMicro(), low, high})
		time.Sleep(2 * time.Millisecond)
	}
	to := from + 300*lab.Minute
	check := func(how string, m then) {
		t.Helper()
		list, err := d.centre.Points(t.Context(), centre.All{}, centre.PointQuery{At: m.at})
		if err != nil {
			t.Fatalf("%s, %s: %v", how, m.what, err)
		}
		for _, p := range list.Items {
			if p.Point == lab.PM10 && (p.Low != m.low || p.High != m.high) {
				t.Errorf("%s, %s: the tile has limits %q to %q, want %q to %q", how, m.what, p.Low, p.High, m.low, m.high)
			}
		}
		h, err := d.centre.History(t.Context(), centre.All{}, centre.HistoryQuery{Site: g.Site, Point: lab.PM10, From: from, To: to, At: m.at})
		if err != nil {
			t.Fatalf("%s, %s: %v", how, m.what, err)
		}
		if h.Low != m.low || h.High != m.high {
			t.Errorf("%s, %s: the chart has limits %q to %q, want %q to %q", how, m.what, h.Low, h.High, m.low, m.high)
		}
	}
	// now asks for the present: as it is, after a power cut, and after a clean stop.
	now := func() {
		t.Helper()
		then := moments[len(moments)-1]
		present := then
		present.at = 0
		check("now", present)
		d.reopen()
		end := d.background(d.centre.Run)
		check("then", then) // it waits until everything is in the store
		check("now, after a power cut", present)
		end()
		d.reopen()
		check("now, after a clean stop", present)
		d.settle()
	}
	seal := func() *lab.Sealed { return s.Seal(lab.Minute, 10*lab.Second) }

	d.n.Send(seal())
	moment("no limit yet", "", "")
	s.Limit(profile.Limit{Point: "pm10", High: bound(150)})
	s.Tell()
	moment("the site file has come, and no batch under it", "", "")
	d.n.Send(seal())
	moment("the first limit", "", "150")
	now()
	var held []*lab.Sealed
	for range 40 {
		held = append(held, seal())
	}
	s.Limit(profile.Limit{Point: "pm10", Low: bound(10), High: bound(80)})
	s.Tell()
	d.n.Send(seal())
	moment("a stricter limit", "10", "80")
	d.n.Send(held[0])
	moment("one batch from before it comes late", "10", "80")
	d.n.Send(held[1:]...)
	moment("many come late", "10", "80")
	now()
	// The instrument is off, and the site file is changed: no reading tells of it.
	s.Limit(profile.Limit{Point: "pm10", High: bound(60)})
	s.Tell()
	d.n.Send(s.Seal(lab.Minute, 0))
	moment("a limit that no reading tells of", "", "60")
	now()
	s.Limit(profile.Limit{Point: "pm25", High: bound(70)})
	s.Tell()
	d.n.Send(seal())
	moment("a limit for another point alone", "", "")
	now()

	end := d.background(d.centre.Run)
	for _, m := range moments {
		check("then", m)
	}
	end()
}
