package gpio

import (
	"errors"
	"testing"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func contact() *profile.Profile {
	in := Input{Kind: Contact, Pull: PullUp, Debounce: 50_000, Alarm: AlarmOpened}
	return &profile.Profile{ID: "io/door", Protocol: Protocol, Exchanges: []profile.Exchange{{Request: in.Append(nil), Cadence: 1_000_000}},
		Points: []profile.Point{{Name: "open", Unit: "/", Source: AppendSource(nil, State), Scale: decimal.New(1, 0)}}}
}

func TestAnInputHasOneForm(t *testing.T) {
	for _, in := range []Input{
		{Kind: Contact, Pull: PullUp, Debounce: 50_000, Alarm: AlarmMains, ActiveLow: true},
		{Kind: Counter, Pull: PullNone, Alarm: AlarmNone},
	} {
		got, err := ParseInput(in.Append(nil))
		if err != nil || got != in {
			t.Errorf("%+v, %v; want %+v", got, err, in)
		}
	}
	for name, in := range map[string]Input{
		"kind":          {Kind: "lever", Pull: PullUp, Alarm: AlarmNone},
		"pull":          {Kind: Contact, Pull: "sideways", Alarm: AlarmNone},
		"event":         {Kind: Contact, Pull: PullUp, Alarm: "rings"},
		"counter event": {Kind: Counter, Pull: PullUp, Alarm: AlarmOpened},
		"debounce":      {Kind: Contact, Pull: PullUp, Alarm: AlarmNone, Debounce: MaxDebounce + 1},
	} {
		if _, err := ParseInput(in.Append(nil)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestAProfileOfALineIsHeldToItsKind(t *testing.T) {
	if _, err := Bind(contact()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(p *profile.Profile){
		"a total of a contact": func(p *profile.Profile) { p.Points[0].Source = AppendSource(nil, Total) },
		"a scaled contact":     func(p *profile.Profile) { p.Points[0].Scale = decimal.New(2, 0) },
		"a contact's unit":     func(p *profile.Profile) { p.Points[0].Unit = "Cel" },
		"two lines":            func(p *profile.Profile) { p.Exchanges = append(p.Exchanges, p.Exchanges[0]) },
		"another exchange":     func(p *profile.Profile) { p.Points[0].Exchange = 1 },
		"no such quantity":     func(p *profile.Profile) { p.Points[0].Source = AppendSource(nil, "speed") },
	} {
		p := contact()
		change(p)
		if _, err := Bind(p); !errors.Is(err, ErrProfile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALevelCountsWhenItHasHeld(t *testing.T) {
	s := Settler{Debounce: 50}
	s.Start(false)
	if !s.Quiet(1) {
		t.Error("a line that never moved is not quiet")
	}
	s.Edge(100)
	s.Edge(120)
	if left, moving := s.Moving(130); !moving || left != 40 || s.Quiet(130) {
		t.Errorf("%d left, moving %v", left, moving)
	}
	if left, moving := s.Moving(170); !moving || left != 0 || !s.Quiet(170) {
		t.Errorf("%d left, moving %v", left, moving)
	}
	if !s.Settle(true) || !s.Level() {
		t.Error("the new level does not count")
	}
	s.Edge(200)
	if s.Settle(true) {
		t.Error("a bounce is a change")
	}
}

func TestEventsSayWhatALevelMeans(t *testing.T) {
	for alarm, want := range map[Alarm][2]record.EventType{
		AlarmOpened: {record.EventOpened, record.EventClosed}, AlarmMains: {record.EventMainsLost, record.EventMainsBack}, AlarmTampered: {record.EventTampered, 0}, AlarmNone: {0, 0},
	} {
		in := Input{Alarm: alarm}
		for i, active := range []bool{true, false} {
			if got, ok := in.Event(active); got != want[i] || ok != (want[i] != 0) {
				t.Errorf("%s active %v: %v %v", alarm, active, got, ok)
			}
		}
	}
}

func TestALineHasNoFrames(t *testing.T) {
	if _, err := (Decoder{}).Decode(contact(), &profile.Device{ID: "d"}, &record.Frame{Device: "d", Received: []byte{1}}, nil); err == nil {
		t.Error("a frame of a line was decoded")
	}
}

func FuzzParseInput(f *testing.F) {
	f.Add(Input{Kind: Contact, Pull: PullUp, Alarm: AlarmOpened}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if in, err := ParseInput(b); err == nil && string(in.Append(nil)) != string(b) {
			t.Error("two forms")
		}
	})
}
