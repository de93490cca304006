package alarm_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/evidence/statement"
	"fieldseal/notary/alarm"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
)

// alive sends batches of a gateway for a time, a minute each, as if sealed now.
func alive(d *desk, s *lab.Sealer, minutes int, cadence int64) {
	for range minutes {
		time.Sleep(time.Minute)
		s.Clock = time.Now().UnixMicro() - lab.Minute
		d.Send(s.Seal(lab.Minute, cadence))
	}
}

// within is how long the notary may take to see something: its pace, twice.
const within = 3 * time.Second

func TestAnOutageOfAGatewayIsOneAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, lab.New(t, lab.Options{}), nil)
		s := d.NewSealer(d.Enrol("north-yard", "gw-1"), time.Now().UnixMicro())
		alive(d, s, 3, 10*lab.Second)
		time.Sleep(within)
		heard := time.Now()
		// dust-2 is configured and never said a word: that is its own.
		before := d.list(alarm.Query{})
		if len(before) != 1 || before[0].Kind != "blind" || before[0].Device != "dust-2" {
			t.Fatalf("%+v", before)
		}
		time.Sleep(10 * time.Minute)
		all := d.list(alarm.Query{})
		if len(all) != 2 || all[0].Kind != "blind" || all[0].Device != "" || len(all[0].Points) != 0 || all[0].Cleared != 0 {
			t.Fatalf("%+v", all)
		}
		// Within the time stated: 90 s after the last batch, and the notary's pace.
		if late := time.UnixMicro(all[0].Steps[0].At).Sub(heard); late > 90*time.Second+within || late < 80*time.Second {
			t.Errorf("raised %v after the last batch", late)
		}
		alive(d, s, 1, 10*lab.Second)
		time.Sleep(within)
		all = d.list(alarm.Query{})
		i := slices.IndexFunc(all, func(a alarm.Alarm) bool { return a.Device == "" })
		if all[i].Cleared == 0 || !slices.Equal(steps(all[i]), []string{"raised", "cleared"}) {
			t.Errorf("%+v", all[i])
		}
		// Both steps are statements: what did not come is nobody's record.
		n := 0
		for _, x := range d.logged() {
			if x.Device == "" && x.Kind == statement.AlarmBlind && x.By == "" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d steps are in the log", n)
		}
	})
}

func TestABlindDeviceIsRaisedWhileItsGatewaySpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, lab.New(t, lab.Options{}), nil)
		g := d.Enrol("north-yard", "gw-1")
		s := d.NewSealer(g, time.Now().UnixMicro())
		alive(d, s, 2, 10*lab.Second)
		alive(d, s, 3, 0) // empty seals: the gateway is well, the instrument says nothing
		time.Sleep(within)
		all := d.list(alarm.Query{State: "open"})
		i := slices.IndexFunc(all, func(a alarm.Alarm) bool { return a.Device == "dust-1" })
		if len(all) != 2 || i < 0 || all[i].Kind != "blind" || !slices.Equal(all[i].Points, []string{lab.PM10, lab.PM25}) {
			t.Fatalf("%+v", all)
		}
		site := d.Keeper.Judge(g.Site)
		if site.Missing != 4 || site.Online != 0 || site.Gateways[0].Silent {
			t.Errorf("%+v", site)
		}
		alive(d, s, 1, 10*lab.Second)
		time.Sleep(within)
		all = d.list(alarm.Query{})
		i = slices.IndexFunc(all, func(a alarm.Alarm) bool { return a.Device == "dust-1" })
		if all[i].Cleared == 0 {
			t.Errorf("%+v", all[i])
		}
		if last := all[i].Steps[len(all[i].Steps)-1]; last.Step != "cleared" || last.Index == nil {
			t.Errorf("%+v", last)
		}
	})
}

func TestARestartOfTheNotaryIsNobodysSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, lab.New(t, lab.Options{}), nil)
		s := d.NewSealer(d.Enrol("north-yard", "gw-1"), time.Now().UnixMicro())
		alive(d, s, 2, 10*lab.Second)
		d.stop()
		time.Sleep(time.Hour)
		d = newDesk(t, d.Notary.On(d.Store), nil)
		time.Sleep(80 * time.Second)
		if all := d.list(alarm.Query{State: "open"}); slices.ContainsFunc(all, func(a alarm.Alarm) bool { return a.Device != "dust-2" }) {
			t.Errorf("%+v", all)
		}
		time.Sleep(30 * time.Second)
		all := d.list(alarm.Query{State: "open"})
		if !slices.ContainsFunc(all, func(a alarm.Alarm) bool { return a.Device == "" }) {
			t.Errorf("a gateway that stayed away is not missed: %+v", all)
		}
	})
}

func TestCoverageIsKnownAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, lab.New(t, lab.Options{}), nil)
		g := d.Enrol("north-yard", "gw-1")
		s := d.NewSealer(g, time.Now().UnixMicro())
		alive(d, s, 2, 10*lab.Second)
		time.Sleep(within)
		want := d.Keeper.Judge(g.Site)
		if len(want.Points) != 4 {
			t.Fatalf("%+v", want)
		}
		d.stop()
		d = newDesk(t, d.Notary.On(d.Store), nil)
		synctest.Wait()
		got := d.Keeper.Judge(g.Site)
		for i, p := range want.Points {
			if got.Points[i].Last != p.Last || got.Points[i].Every != p.Every || got.Points[i].Blind != p.Blind {
				t.Errorf("%+v, was %+v", got.Points[i], p)
			}
		}
	})
}

func TestWhatStandsStillAtTheNotaryIsAnAlarmWithoutASite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now []alarm.Condition
		d := newDesk(t, lab.New(t, lab.Options{}), func(time.Time) []alarm.Condition { return now })
		time.Sleep(within)
		now = []alarm.Condition{{Kind: statement.AlarmChain, Key: "anchor overdue", Cause: "no anchor for 10m"}}
		time.Sleep(within)
		all := d.list(alarm.Query{})
		if len(all) != 1 || all[0].Kind != "chain" || all[0].Site != "" || all[0].Gateway != "" || all[0].Cause != "no anchor for 10m" || all[0].Steps[0].Index == nil {
			t.Fatalf("%+v", all)
		}
		// A log that takes nothing cannot hold its own alarm: it is shown all the same.
		d.Log.SetReadOnly("an old copy")
		now = append(now, alarm.Condition{Kind: statement.AlarmLog, Key: "read-only", Cause: "an old copy"})
		time.Sleep(5 * time.Minute)
		all = d.list(alarm.Query{})
		if a, ok := one(all, "log"); len(all) != 2 || !ok || a.Steps[0].Index != nil {
			t.Fatalf("%+v", all)
		}
		if n := len(d.told(live.Filter{})); n != 2 {
			t.Errorf("%d alarms were told", n)
		}
	})
}

func TestThePlanIsFollowedAsItIsStated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, lab.New(t, lab.Options{}), nil)
		g := d.Enrol("north-yard", "gw-1")
		s := d.NewSealer(g, time.Now().UnixMicro())
		alive(d, s, 1, 10*lab.Second)
		d.plan(g, "noise-1/laeq")
		time.Sleep(within)
		site := d.Keeper.Judge(g.Site)
		i := slices.IndexFunc(site.Points, func(v coverageVerdict) bool { return v.Point == "noise-1/laeq" })
		if site.Plan == nil || i < 0 || !site.Points[i].Planned {
			t.Fatalf("%+v", site)
		}
		alive(d, s, 4, 10*lab.Second)
		time.Sleep(within)
		if all := d.list(alarm.Query{State: "open"}); !slices.ContainsFunc(all, func(a alarm.Alarm) bool { return a.Device == "noise-1" }) {
			t.Errorf("%+v", all)
		}
	})
}
