package sample

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/agent/check"
	"fieldseal/agent/clock"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// listen runs a receiver of points x (expected each 10 s) and y (never expected).
func listen(t *testing.T, f func(r Receivers, now func() uint64)) (all []*Sample) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		out := &sink{clock: ck}
		r, err := NewReceiver(ReceiverConfig{Device: &profile.Device{ID: "d", Bus: "a", Path: record.PathSite},
			Profile: &profile.Profile{Exchanges: []profile.Exchange{{Cadence: 10_000_000}, {}}, Points: []profile.Point{{Name: "x"}, {Name: "y", Exchange: 1}}},
			Sink:    out, Clock: ck, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		f(Receivers{"d": r}, ck.Boot)
		synctest.Wait()
		cancel()
		<-done
		all = out.all
	})
	return all
}

func said(at uint64, times ...int64) source.Message {
	m := source.Message{Device: "d", At: at, Frame: &record.Frame{Received: []byte{1}, RecvAt: at}}
	for _, t := range times {
		m.Values = append(m.Values, profile.Decoded{Point: "x", Value: decimal.New(t, 0), Time: t})
	}
	return m
}

func all(samples []*Sample) (gaps []record.Gap, readings []record.Reading, events []record.Event) {
	for _, s := range samples {
		gaps, readings, events = append(gaps, s.Gaps...), append(readings, s.Readings...), append(events, s.Events...)
	}
	return gaps, readings, events
}

func TestSilenceOfASpeakerIsOneGapBetweenItsReadings(t *testing.T) {
	gaps, readings, events := all(listen(t, func(r Receivers, now func() uint64) {
		r.Hear(said(now(), 1))
		time.Sleep(8 * time.Second)
		r.Hear(said(now(), 2))
		time.Sleep(35 * time.Second)
		r.Hear(said(now(), 3))
	}))
	if len(readings) != 3 || len(gaps) != 1 {
		t.Fatalf("%d readings, gaps %+v", len(readings), gaps)
	}
	if g := gaps[0]; g.To-g.From != 35*second || g.Cause != record.CauseNoAnswer || g.Missed != 3 || len(g.Points) != 1 || g.Points[0] != "d/x" {
		t.Errorf("gap %+v", g)
	}
	if len(events) != 2 || events[0].Type != record.EventDeviceLost || events[1].Type != record.EventDeviceFound {
		t.Errorf("events %+v", events)
	}
}

// A station that reports every 10 s by its own clock is sometimes a little late.
func TestAReportThatIsALittleLateIsNotMissing(t *testing.T) {
	gaps, readings, events := all(listen(t, func(r Receivers, now func() uint64) {
		for i, pause := range []time.Duration{10200, 9800, 14900, 10000} {
			r.Hear(said(now(), int64(i)))
			time.Sleep(pause * time.Millisecond)
		}
		r.Hear(said(now(), 9))
	}))
	if len(readings) != 5 || len(gaps) != 0 || len(events) != 0 {
		t.Errorf("%d readings, gaps %+v, events %+v", len(readings), gaps, events)
	}
}

// The turn in which silence is looked for must not decide: it may itself come late.
func TestAReportThatIsTooLateIsAGapThoughNobodyLookedMeanwhile(t *testing.T) {
	gaps, readings, _ := all(listen(t, func(r Receivers, now func() uint64) {
		r.Hear(said(now(), 1))
		time.Sleep(15*time.Second + 400*time.Millisecond)
		r.Hear(said(now(), 2))
	}))
	if len(readings) != 2 || len(gaps) != 1 || gaps[0].To-gaps[0].From != 15_400_000 || gaps[0].Missed != 1 {
		t.Errorf("%d readings, gaps %+v", len(readings), gaps)
	}
}

func TestAMissingValueAfterAReadingOfOneMessageIsAGapFromThatReading(t *testing.T) {
	gaps, _, _ := all(listen(t, func(r Receivers, now func() uint64) {
		r.Hear(said(now(), 1))
		time.Sleep(4 * time.Second)
		m := said(now(), 2, 3)
		m.Values[1].Missing = true
		r.Hear(m)
		time.Sleep(7 * time.Second)
		r.Hear(said(now(), 4))
	}))
	if len(gaps) != 1 || gaps[0].To-gaps[0].From != 7_000_000 || gaps[0].Cause != record.CauseNoValue {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestAnAgentThatHangsUpHasNotLostItsInstrument(t *testing.T) {
	_, _, events := all(listen(t, func(r Receivers, now func() uint64) {
		r.Hear(said(now(), 1))
		r.Down("d", record.CauseBus, fmt.Errorf("the station's connection ended: %w", context.Canceled))
	}))
	if len(events) != 0 {
		t.Errorf("events %+v", events)
	}
}

func TestALineThatIsDownIsTheCauseOfTheSilence(t *testing.T) {
	gaps, _, events := all(listen(t, func(r Receivers, now func() uint64) {
		r.Hear(said(now(), 1))
		r.Down("d", record.CauseBus, errors.New("connection reset"))
		time.Sleep(25 * time.Second)
		r.Hear(said(now(), 2))
	}))
	if len(gaps) != 1 || gaps[0].Cause != record.CauseBus {
		t.Errorf("gaps %+v", gaps)
	}
	if len(events) != 2 || events[0].Note != "connection reset" {
		t.Errorf("events %+v", events)
	}
}

func TestOneUploadGivesEachTimeItsReadingAndItsEarlierFrames(t *testing.T) {
	first := &record.Frame{Received: []byte{7}}
	samples := listen(t, func(r Receivers, now func() uint64) {
		m := said(now(), 100, 200)
		m.Values[0].Backfilled = true
		m.Earlier = []*record.Frame{first}
		m.Events = []record.Event{{Type: record.EventReplaced, Subject: "pm10", Note: "serial 2"}}
		r.Hear(m)
	})
	_, readings, events := all(samples)
	if len(readings) != 2 || readings[0].Instrument != 100 || readings[1].Instrument != 200 {
		t.Fatalf("readings %+v", readings)
	}
	if len(readings[0].Marks) != 1 || readings[0].Marks[0] != record.MarkBackfilled || readings[1].Marks != nil {
		t.Errorf("marks %v %v", readings[0].Marks, readings[1].Marks)
	}
	if len(events) != 1 || events[0].Subject != "d/pm10" || events[0].Path != record.PathSite {
		t.Errorf("events %+v", events)
	}
	if s := samples[0]; len(s.Earlier) != 1 || s.Earlier[0] != first || first.Device != "d" || s.Frame.Bus != "a" {
		t.Errorf("frames %+v", s)
	}
}

func TestWhatOthersSaidDoesNotFindAnInstrument(t *testing.T) {
	_, _, events := all(listen(t, func(r Receivers, now func() uint64) {
		time.Sleep(16 * time.Second)
		r.Hear(source.Message{Device: "d", At: now(), Frame: &record.Frame{Sent: []byte("command"), Speaker: record.SpeakerPlatform}})
	}))
	if len(events) != 1 || events[0].Type != record.EventDeviceLost {
		t.Errorf("events %+v", events)
	}
}

func TestASpeakerIsJudgedAlwaysAndRecordedAtItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		out := &sink{clock: ck}
		high := decimal.New(8, 0)
		board := check.NewBoard()
		r, err := NewReceiver(ReceiverConfig{Device: &profile.Device{ID: "d", Bus: "a", Record: 1800 * second, RecordOutside: 120 * second,
			Limits: []profile.Limit{{Point: "x", High: &high, After: 180 * second, Pauses: []profile.Pause{{Point: "door/open", Equals: decimal.New(1, 0), Most: 300 * second}}}}},
			Profile: &profile.Profile{Exchanges: []profile.Exchange{{}}, Points: []profile.Point{{Name: "x"}}},
			Board:   board, Sink: out, Clock: ck, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for minute := range 61 {
			v := int64(4)
			if minute >= 40 {
				v = 9
			}
			if minute == 40 {
				board.Set("door/open", decimal.New(1, 0), ck.Boot())
			}
			m := said(ck.Boot(), v)
			m.Kept = func() { kept++ }
			r.Hear(&m)
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		_, readings, events := all(out.all)
		// 0, 30 and 40 min; then each two minutes, and when the pause ends at 45.
		if len(readings) < 12 || len(readings) > 15 {
			t.Errorf("%d readings were handed on", len(readings))
		}
		alarms := 0
		for _, e := range events {
			if e.Type == record.EventAlarmRaised {
				if alarms++; e.Mono != 45*60*second {
					t.Errorf("the alarm is raised at %d s", e.Mono/second)
				}
			}
		}
		if alarms != 1 {
			t.Errorf("%d alarms", alarms)
		}
		if kept+len(out.all) != 61 {
			t.Errorf("%d acknowledged at once and %d handed on, of 61 messages", kept, len(out.all))
		}
	})
}

func TestLeavingItsAreaClosesTheBatchAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ck := clock.New(clock.NewFake(0))
		out := &sink{clock: ck}
		place := func(east int64) profile.Position {
			return profile.Position{Lat: decimal.New(0, 0), Lon: decimal.New(east, 4)}
		}
		r, err := NewReceiver(ReceiverConfig{Device: &profile.Device{ID: "truck-7", Bus: "a", Path: record.PathPublic, Area: &profile.Area{Corners: []profile.Position{place(0)}, Radius: 100, Margin: 30}},
			Profile: &profile.Profile{Points: []profile.Point{{Name: "lat"}, {Name: "lon"}}}, Sink: out, Clock: ck, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		say := func(east int64, late, fix bool) {
			p := place(east)
			m := source.Message{Device: "truck-7", At: ck.Boot(), Frame: &record.Frame{Received: []byte{1}}, Values: []profile.Decoded{
				{Point: "lat", Value: p.Lat, Time: east, Backfilled: late, Missing: !fix}, {Point: "lon", Value: p.Lon, Time: east, Backfilled: late, Missing: !fix}}}
			r.Hear(&m)
			time.Sleep(time.Second)
		}
		say(0, false, true)
		say(50, true, true) // a blind spot's report
		say(51, true, true)
		say(52, false, false) // no fix
		say(53, false, false)
		say(54, false, true)
		if n := len(out.all); n != 6 {
			t.Fatalf("%d samples", n)
		}
		for i, s := range out.all {
			if len(s.Events) != 0 || s.Alarm {
				t.Errorf("sample %d: %+v", i, s.Events)
			}
		}
		say(55, false, true)
		last := out.all[len(out.all)-1]
		if len(last.Events) != 1 || last.Events[0].Type != record.EventAreaLeft || last.Events[0].Subject != "truck-7" || last.Events[0].Path != record.PathPublic || !last.Alarm {
			t.Errorf("%+v, alarm %v", last.Events, last.Alarm)
		}
	})
}
