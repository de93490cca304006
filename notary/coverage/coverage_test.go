package coverage

import (
	"math/rand"
	"reflect"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
)

const (
	start  = int64(1_772_359_200_000_000)
	minute = 60 * second
)

var (
	site    = batch.ID{1}
	gateway = batch.ID{2}
	boot    = record.BootID{3}
)

func everyone(batch.ID) bool { return true }

// config is a gateway with dust each 10 s and a fridge sealed each 30 min.
func config(t *testing.T) *Configuration {
	t.Helper()
	p := profile.Profile{ID: "lab/two", Protocol: "text", Title: profile.Text{EN: "x", ZH: "x"},
		Exchanges: []profile.Exchange{{Request: cborx.AppendText(nil, "?"), Cadence: uint64(10 * second)}},
		Points:    []profile.Point{{Name: "v", Unit: "x", Source: cborx.AppendNull(nil), Scale: decimal.New(1, 0), Offset: decimal.New(0, 0)}}}
	compiled, digest, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	low := decimal.New(2, 0)
	c := profile.Config{Settings: profile.Settings{Site: "s", Gateway: "g", Software: "t", Interval: uint64(10 * second)}, Devices: []profile.Device{
		{ID: "dust", Bus: "a", Address: "1", Profile: digest},
		{ID: "fridge", Bus: "a", Address: "2", Profile: digest, Cadence: uint64(2 * second), Record: uint64(30 * minute), RecordOutside: uint64(2 * minute),
			Limits: []profile.Limit{{Point: "v", Low: &low}}}}}
	out, err := read(c.Leaves(), func([32]byte) ([]byte, error) { return compiled, nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sent is a batch on its way.
type sent struct {
	at    int64 // when the notary knows of it
	index uint64
	h     batch.Header
	p     batch.Payload
}

// site under test: its gateway's clock is off by a constant.
type world struct {
	t     *testing.T
	state *State
	conf  *Configuration
	off   int64
	seq   uint64
	index uint64
	boot  record.BootID
}

func newWorld(t *testing.T) *world {
	return &world{t: t, state: NewState(), conf: config(t), boot: boot}
}

// seal closes a batch at a true moment; it is not delivered yet.
func (w *world) seal(closed int64, records ...record.Body) sent {
	s := sent{at: closed, index: w.index, h: batch.Header{Gateway: gateway, Site: site, Boot: w.boot, Seq: w.seq, First: closed - 10*second + w.off, Last: closed + w.off}, p: batch.Payload{Records: append([]record.Body{&record.Contents{}}, records...)}}
	w.seq++
	w.index++
	return s
}

func (w *world) deliver(all ...sent) (out []Took) {
	for _, s := range all {
		out = append(out, w.state.Take(s.at, s.index, &s.h, &s.p, w.conf))
	}
	return out
}

func (w *world) reading(point string, at int64) *record.Reading {
	return &record.Reading{Point: point, Time: at + w.off, Value: decimal.New(1, 0)}
}

func (w *world) judge(now int64) Site { return w.state.Judge(site, nil, now, everyone) }

func (w *world) blind(now int64) (out []string) {
	for _, v := range w.judge(now).Points {
		if v.Blind {
			out = append(out, v.Point)
		}
	}
	return out
}

func (w *world) wantBlind(now int64, points ...string) {
	w.t.Helper()
	if got := w.blind(now); !reflect.DeepEqual(got, points) && len(got)+len(points) > 0 {
		w.t.Errorf("%d s on, blind: %v, want %v", (now-start)/second, got, points)
	}
}

func TestAPointIsBlindAfterThreeSlowestCadences(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start, w.reading("dust/v", start), w.reading("fridge/v", start)))
	w.wantBlind(start + 60*second)
	w.wantBlind(start+61*second, "dust/v") // three times 10 s, and at least 60 s
	w.wantBlind(start+90*minute, "dust/v") // three times 30 min
	w.wantBlind(start+90*minute+second, "dust/v", "fridge/v")
	got := w.judge(start + 2*minute)
	if got.Missing != 1 || got.Online != 0.5 || got.Points[0].Every != 10*second || got.Points[1].Every != 30*minute || got.Points[0].Since != start {
		t.Errorf("%+v", got)
	}
}

func TestAPointThatNeverCameIsBlindTimeAfterItWasConfigured(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start))
	w.wantBlind(start + minute)
	w.wantBlind(start+61*second, "dust/v")
	if v := w.judge(start + 2*minute).Points[0]; v.Since != 0 || v.Last != 0 {
		t.Errorf("%+v", v)
	}
}

func TestThePlanCountsWhereItIsStricterThanTheOwner(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start, w.reading("dust/v", start), w.reading("fridge/v", start)))
	plan := &Plan{Coverage: &statement.Coverage{Site: site, From: start - minute, Points: []statement.Planned{
		{Point: "dust/v", MaxInterval: uint64(30 * second), Gateway: gateway},
		{Point: "fridge/v", MaxInterval: uint64(5 * minute), Gateway: gateway},
		{Point: "noise/v", MaxInterval: uint64(minute), Gateway: gateway}}}, Index: 7, Stated: start}
	got := w.state.Judge(site, plan, start+16*minute, everyone)
	if got.Plan == nil || got.Plan.Index != 7 || len(got.Points) != 3 || got.Missing != 3 {
		t.Fatalf("%+v", got)
	}
	for i, every := range []int64{10 * second, 5 * minute, minute} {
		if v := got.Points[i]; v.Every != every || !v.Planned || !v.Blind {
			t.Errorf("%+v, want every %d", v, every)
		}
	}
	// What is configured beyond the plan is judged as the owner configured it.
	plan.Points = plan.Points[:1]
	if got := w.state.Judge(site, plan, start+minute, everyone); len(got.Points) != 2 || got.Points[1].Planned || got.Points[1].Every != 30*minute {
		t.Errorf("%+v", got.Points)
	}
}

func TestAPlannedGatewayThatNeverCameIsMissed(t *testing.T) {
	s := NewState()
	plan := &Plan{Coverage: &statement.Coverage{Site: site, From: start, Points: []statement.Planned{{Point: "a/v", MaxInterval: uint64(minute), Gateway: gateway}}}, Stated: start}
	if got := s.Judge(site, plan, start+2*minute, everyone); got.Missing != 0 {
		t.Errorf("before its time: %+v", got)
	}
	if got := s.Judge(site, plan, start+4*minute, everyone); got.Missing != 1 || got.Online != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTheSealedReasonIsTold(t *testing.T) {
	gap := func(from, to int64, cause record.Cause, points ...string) *record.Gap {
		return &record.Gap{Points: points, From: from, To: to, Cause: cause}
	}
	for name, c := range map[string]struct {
		records []record.Body
		alive   bool // batches go on coming
		reason  string
	}{
		"a gap of the point":    {[]record.Body{gap(start, start+minute, record.CauseNoAnswer, "dust/v")}, true, "no answer"},
		"a device that is lost": {[]record.Body{&record.Event{Type: record.EventDeviceLost, Time: start + second, Subject: "dust"}}, true, "device lost"},
		"an agent that stopped": {[]record.Body{&record.Event{Type: record.EventStopping, Time: start + second}}, false, "agent stopping"},
		"a loss of mains":       {[]record.Body{&record.Event{Type: record.EventMainsLost, Time: start + second, Subject: "ups/mains"}}, false, "mains lost"},
		"a restarted machine":   {[]record.Body{gap(start, start+minute, record.CauseMachine)}, true, "machine restarted"},
		"nothing":               {nil, false, SilentGateway},
		"nothing, but alive":    {nil, true, ""},
	} {
		w := newWorld(t)
		w.deliver(w.seal(start, w.reading("dust/v", start)))
		w.deliver(w.seal(start+minute, c.records...))
		now := start + minute
		for range 3 {
			now += minute
			if c.alive {
				w.deliver(w.seal(now))
			}
		}
		if v := w.judge(now).Points[0]; !v.Blind || v.Reason != c.reason || c.records != nil && v.Index != 1 {
			t.Errorf("%s: %+v", name, v)
		}
		// A reading ends whatever was said.
		w.deliver(w.seal(now+second, w.reading("dust/v", now+second)))
		if v := w.judge(now + 2*second).Points[0]; v.Blind || v.Reason != "" {
			t.Errorf("%s, afterwards: %+v", name, v)
		}
	}
}

func TestAGatewayIsSilentWhenItMissesItsSeals(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start))
	for now := start; now < start+30*minute; now += minute {
		w.deliver(w.seal(now)) // idle, and well
		if h := w.judge(now + 59*second).Gateways[0]; h.Silent {
			t.Fatalf("silent between two seals of a minute: %+v", h)
		}
	}
	w = newWorld(t)
	w.deliver(w.seal(start))
	if h := w.judge(start + 91*second).Gateways[0]; !h.Silent || h.Since != start {
		t.Errorf("%+v", h)
	}
	// Batches that stay open longer are waited for.
	w = newWorld(t)
	w.conf.Interval = 10 * minute
	w.deliver(w.seal(start))
	if h := w.judge(start + 14*minute).Gateways[0]; h.Silent {
		t.Errorf("%+v", h)
	}
}

func TestAClockThatIsWrongIsNoSilence(t *testing.T) {
	for _, off := range []int64{-3600 * second, 3600 * second, 0} {
		w := newWorld(t)
		w.off = off
		now := start
		for range 10 {
			now += 10 * second
			w.deliver(w.seal(now, w.reading("dust/v", now)))
		}
		w.wantBlind(now + 30*second)
		w.wantBlind(now+61*second, "dust/v")
	}
}

func TestAClockThatIsSetIsNoSilence(t *testing.T) {
	for _, step := range []int64{-3600 * second, 3600 * second} {
		w := newWorld(t)
		now := start
		w.deliver(w.seal(now, w.reading("dust/v", now)))
		w.off += step
		now += 10 * second
		w.deliver(w.seal(now, w.reading("dust/v", now), &record.Event{Type: record.EventClockSet, Time: now + step, Before: now, After: now + step}))
		for range 20 {
			now += 10 * second
			w.deliver(w.seal(now, w.reading("dust/v", now)))
			w.wantBlind(now + 20*second)
		}
		w.wantBlind(now+61*second, "dust/v")
	}
}

func TestABacklogIsNotTakenForALifeSign(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start, w.reading("dust/v", start)))
	// An hour without uplink; then a relay delivers what was sealed in its first minutes.
	late := []sent{w.seal(start+minute, w.reading("dust/v", start+minute)), w.seal(start+2*minute, w.reading("dust/v", start+2*minute))}
	for i := range late {
		late[i].at = start + 60*minute
	}
	w.deliver(late...)
	w.wantBlind(start+60*minute, "dust/v")
	if h := w.judge(start + 60*minute).Gateways[0]; !h.Silent {
		t.Errorf("%+v", h)
	}
}

func TestTheNotarysOwnClockSetBackBlindsNobodyForLong(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start, w.reading("dust/v", start), w.reading("fridge/v", start)))
	now := start - 3600*second
	w.state.Rewind(now)
	w.wantBlind(now + 60*second)
	w.wantBlind(now+61*second, "dust/v")
	s := w.seal(start+second, w.reading("dust/v", start+second))
	s.at = now + 62*second
	w.deliver(s)
	w.wantBlind(now + 100*second)
}

// TestTheOrderOfAdmissionDoesNotMatter: what is known at the end of an outage is
// the same in whichever order its batches come, and however often.
func TestTheOrderOfAdmissionDoesNotMatter(t *testing.T) {
	const end = start + 60*minute
	tell := func(order func([]sent)) (out []Verdict) {
		w := newWorld(t)
		w.deliver(w.seal(start, w.reading("dust/v", start), w.reading("fridge/v", start)))
		var all []sent
		for at := start + 10*second; at < end; at += 10 * second {
			records := []record.Body{w.reading("dust/v", at)}
			if at > start+50*minute {
				records = nil
			}
			if at == start+51*minute {
				records = append(records, &record.Gap{Points: []string{"dust/v"}, From: start + 50*minute, To: at, Cause: record.CauseBus})
			}
			s := w.seal(at, records...)
			s.at = end
			all = append(all, s)
		}
		// Live first, as an agent does: the newest batch shows how late the others are.
		w.deliver(all[len(all)-1])
		order(all)
		w.deliver(all...)
		return w.judge(end + second).Points
	}
	want := tell(func([]sent) {})
	if want[0].Last != start+50*minute || want[0].Reason != "bus fault" || !want[0].Blind {
		t.Fatalf("%+v", want[0])
	}
	r := rand.New(rand.NewSource(1))
	for range 20 {
		if got := tell(func(all []sent) { r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] }) }); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
	}
	if got := tell(func(all []sent) {
		for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
			all[i], all[j] = all[j], all[i]
		}
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("newest first: %+v\nwant %+v", got, want)
	}
}

func TestARevokedGatewayIsNotMissed(t *testing.T) {
	w := newWorld(t)
	w.deliver(w.seal(start, w.reading("dust/v", start)))
	if got := w.state.Judge(site, nil, start+60*minute, func(batch.ID) bool { return false }); len(got.Points) != 0 || len(got.Gateways) != 0 {
		t.Errorf("%+v", got)
	}
}

// BenchmarkJudge judges 200 sites of 50 points, as once a second.
func BenchmarkJudge(b *testing.B) {
	s := NewState()
	c := &Configuration{Interval: second, Points: map[string]*Expected{}}
	for i := range 50 {
		name := "device-" + string(rune('a'+i/10)) + "/point-" + string(rune('a'+i%10))
		c.Points[name], c.Names = &Expected{Point: name, Every: second, Poll: second}, append(c.Names, name)
	}
	for i := range 200 {
		id := batch.ID{byte(i), byte(i >> 8), 1}
		p := &batch.Payload{Records: []record.Body{&record.Contents{}}}
		for _, n := range c.Names {
			p.Records = append(p.Records, &record.Reading{Point: n, Time: start})
		}
		s.Take(start, uint64(i), &batch.Header{Gateway: id, Site: id, Boot: boot, First: start, Last: start}, p, c)
	}
	plans := &Plans{}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		s.Blinds(plans, start+120*second, everyone, func(Verdict) { n++ })
		if n != 10_000 {
			b.Fatal(n)
		}
	}
}

// BenchmarkTake takes in a batch of 50 readings.
func BenchmarkTake(b *testing.B) {
	s := NewState()
	c := &Configuration{Interval: second, Points: map[string]*Expected{}}
	p := &batch.Payload{Records: []record.Body{&record.Contents{}}}
	for i := range 50 {
		p.Records = append(p.Records, &record.Reading{Point: "device/point-" + string(rune('A'+i)), Time: start})
	}
	h := &batch.Header{Gateway: gateway, Site: site, Boot: boot, First: start, Last: start}
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		h.Seq = i
		s.Take(start, i, h, p, c)
	}
}

// TestPlansEnd: a plan that another one follows does not end, however they overlap.
func TestPlansEnd(t *testing.T) {
	const day = 24 * 60 * minute
	plan := func(from, until int64) Plan {
		return Plan{Coverage: &statement.Coverage{Site: site, From: start + from*day, Until: map[bool]int64{true: start + until*day}[until != 0]}}
	}
	for name, c := range map[string]struct {
		plans []Plan
		ends  int64 // days; 0: never
	}{
		"none":                     {nil, 0},
		"for ever":                 {[]Plan{plan(-5, 0)}, 0},
		"one":                      {[]Plan{plan(-5, 10)}, 10},
		"followed":                 {[]Plan{plan(-5, 10), plan(10, 30)}, 30},
		"followed, with a gap":     {[]Plan{plan(-5, 10), plan(11, 30)}, 10},
		"followed early":           {[]Plan{plan(-5, 10), plan(8, 30), plan(20, 0)}, 0},
		"a shorter one within":     {[]Plan{plan(-5, 10), plan(-1, 2)}, 10},
		"ended":                    {[]Plan{plan(-9, -5), plan(-20, -7)}, -5},
		"ended, the next to begin": {[]Plan{plan(-9, -5), plan(3, 9)}, -5},
		"not begun":                {[]Plan{plan(3, 9)}, 0},
	} {
		p := Plans{all: map[batch.ID][]Plan{site: c.plans}}
		at, ends := p.Ends(site, start)
		if ends != (c.ends != 0) || ends && at != start+c.ends*day {
			t.Errorf("%s: ends %v at day %v, want day %d", name, ends, float64(at-start)/float64(day), c.ends)
		}
	}
}
