package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/dlt645"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	wires "fieldseal/simulators/line"
	sim "fieldseal/simulators/meter"
)

type ear struct {
	mu    sync.Mutex
	heard []source.Message
	down  []string
	news  chan struct{}
}

func (e *ear) Hear(m source.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, m)
	select {
	case e.news <- struct{}{}:
	default:
	}
}

func (e *ear) Down(device string, _ record.Cause, why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = append(e.down, device+": "+why.Error())
}

func (e *ear) said() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, m := range e.heard {
		s := m.Device
		if m.Failed {
			s += " " + m.Frame.Outcome.String() + "/" + m.Cause.String()
		}
		for _, v := range m.Values {
			if v.Missing {
				s += " " + v.Point + " missing"
			} else {
				s += fmt.Sprintf(" %s=%v", v.Point, v.Value)
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func point(name, unit string, exchange uint32, di uint32) profile.Point {
	return profile.Point{Name: name, Unit: unit, Exchange: exchange, Source: dlt645.AppendDI(nil, di), Decimals: 4, Scale: decimal.New(1, 0)}
}

const every = 20 * time.Second

func device(id, address string) source.Device {
	p := &profile.Profile{ID: "power/test", Protocol: dlt645.Protocol,
		Exchanges: []profile.Exchange{
			{Request: dlt645.AppendDI(nil, 0x00010000), Cadence: uint64(every.Microseconds())},
			{Request: dlt645.AppendDI(nil, 0x0201FF00), Cadence: uint64(every.Microseconds())}},
		Points: []profile.Point{point("energy", "kWh", 0, 0x00010000),
			point("va", "V", 1, 0x02010100), point("vb", "V", 1, 0x02010200), point("vc", "V", 1, 0x02010300)}}
	return source.Device{Device: profile.Device{ID: id, Bus: "power", Address: address, Path: record.PathSerial}, Bound: p}
}

var measured = map[string]float64{"energy": 1234.56, "va": 220.1, "vb": 221.2, "vc": 222.3}

func simulated(t *testing.T, d source.Device) *sim.Meter {
	t.Helper()
	m, err := sim.New(&d.Device, d.Bound, func(point string, _ time.Time) (float64, bool) { v, ok := measured[point]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// on runs a link and a meter on a line for d of virtual time.
func on(t *testing.T, wire wires.Config, d time.Duration, prepare func(*sim.Meter, *Config)) (*ear, *sim.Meter) {
	t.Helper()
	e := &ear{}
	var m *sim.Meter
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		dev := device("m1", "000012345678")
		m = simulated(t, dev)
		l := wires.New(wire)
		cfg := Config{Devices: []source.Device{dev}, Log: slog.New(slog.DiscardHandler), CharTime: wire.CharTime,
			Boot: func() uint64 { return uint64(time.Since(start).Microseconds()) },
			Dial: func(ctx context.Context) (stream.Conn, error) { return l.Open(ctx) }}
		prepare(m, &cfg)
		link, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), d)
		defer stop()
		done := make(chan error, 1)
		go func() { done <- sim.Meters{m}.ServeLine(ctx, l.Slave()) }()
		if err := link.Run(ctx, e); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for i, msg := range e.heard {
		if msg.Failed || len(msg.Values) == 0 {
			continue
		}
		dev := device("m1", "000012345678")
		again, err := dlt645.Decoder{}.Decode(dev.Bound, &dev.Device, msg.Frame, msg.Earlier)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(msg.Values) {
			t.Errorf("message %d decodes again as %v, %v; was %v", i, again, err, msg.Values)
		}
	}
	return e, m
}

const energy, volts = "m1 energy=1234.5600", "m1 va=220.1000 vb=221.2000 vc=222.3000"

func TestFaultsNeverBecomeValues(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault []sim.Fault
		want  string // of the first two exchanges
	}{
		{"nothing wrong", nil, energy + "; " + volts},
		{"silent", []sim.Fault{{Kind: sim.Silent}}, "m1 no answer/no answer; " + volts},
		{"late", []sim.Fault{{Kind: sim.Late, Delay: 1500 * time.Millisecond}}, "m1 no answer/no answer; " + volts},
		{"checksum", []sim.Fault{{Kind: sim.BadSum}}, "m1 checksum wrong/bus fault; " + volts},
		{"truncated", []sim.Fault{{Kind: sim.Truncated}}, "m1 truncated/bus fault; " + volts},
		{"other meter", []sim.Fault{{Kind: sim.OtherMeter}}, "m1 foreign reply/bus fault; " + volts},
		{"other identifier", []sim.Fault{{Kind: sim.OtherItem}}, "m1 foreign reply/bus fault; " + volts},
		{"refusal", []sim.Fault{{Kind: sim.Refuse}}, "m1 refused by instrument/no value from the instrument; " + volts},
		{"no digits", []sim.Fault{{Kind: sim.NoDigits}}, "m1 energy missing; " + volts},
		{"noise before", []sim.Fault{{Kind: sim.Noise}}, energy + "; " + volts},
		{"many wake-ups", []sim.Fault{{Kind: sim.ManyWakeUps}}, energy + "; " + volts},
		{"surplus", []sim.Fault{{Kind: sim.Surplus}}, "m1 surplus bytes/bus fault; " + volts},
		{"echo that nobody expects", []sim.Fault{{Kind: sim.WithoutReply}}, "m1 foreign reply/bus fault; " + volts},
		{"row without digits", []sim.Fault{{}, {Kind: sim.NoDigits}}, energy + "; m1 va missing vb missing vc missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, m := on(t, wires.Config{}, every-time.Second, func(m *sim.Meter, _ *Config) { m.Next(c.fault...) })
			if got := e.said(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			for control := range m.Asked() {
				if control != 0x11 && control != 0x12 {
					t.Errorf("control code %02X was sent", control)
				}
			}
		})
	}
}

func TestAnAnswerInPartsIsOneReading(t *testing.T) {
	wide := func(cfg *Config) {
		d := &cfg.Devices[0]
		p := *d.Bound
		p.Exchanges = []profile.Exchange{{Request: dlt645.AppendDI(nil, 0x0001FF00), Cadence: uint64(every.Microseconds())}}
		p.Points = []profile.Point{point("total", "kWh", 0, 0x00010000), point("valley", "kWh", 0, 0x00010400)}
		d.Bound = &p
	}
	for name, c := range map[string]struct {
		fault sim.Kind
		want  string
		parts int
	}{
		"all parts":   {sim.Parts, "m1 total=0.0000 valley=0.0000", 3},
		"a part lost": {sim.LostPart, "m1 total=0.0000; m1 no answer/no answer", 0},
	} {
		e := &ear{}
		synctest.Test(t, func(t *testing.T) {
			l := wires.New(wires.Config{})
			cfg := Config{Devices: []source.Device{device("m1", "000012345678")}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 },
				Dial: func(ctx context.Context) (stream.Conn, error) { return l.Open(ctx) }}
			wide(&cfg)
			m, err := sim.New(&cfg.Devices[0].Device, cfg.Devices[0].Bound, func(string, time.Time) (float64, bool) { return 0, true })
			if err != nil {
				t.Fatal(err)
			}
			m.Next(sim.Fault{Kind: c.fault})
			link, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), every/2)
			defer stop()
			done := make(chan error, 1)
			go func() { done <- sim.Meters{m}.ServeLine(ctx, l.Slave()) }()
			if err := errors.Join(link.Run(ctx, e), <-done); err != nil {
				t.Error(err)
			}
		})
		if got := e.said(); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
		if c.parts > 0 && len(e.heard) > 0 && len(e.heard[0].Earlier) != c.parts {
			t.Errorf("%s: %d earlier frames, want %d", name, len(e.heard[0].Earlier), c.parts)
		}
	}
}

func TestEchoIsTakenOff(t *testing.T) {
	wire := wires.Config{CharTime: 4 * time.Millisecond, Chunk: 3, Echo: true} // 2400 8E1, nearly
	e, _ := on(t, wire, every-time.Second, func(_ *sim.Meter, c *Config) { c.Echo = true })
	if got := e.said(); got != energy+"; "+volts {
		t.Error(got)
	}
	e, _ = on(t, wire, 5*time.Second, func(_ *sim.Meter, c *Config) {})
	if strings.Contains(e.said(), "=") {
		t.Errorf("an echo that nobody expects gave %s", e.said())
	}
	e, _ = on(t, wires.Config{}, 5*time.Second, func(_ *sim.Meter, c *Config) { c.Echo = true })
	if got := e.said(); strings.Contains(got, "=") || !strings.Contains(got, "bus fault/bus fault") {
		t.Error(got)
	}
}

func TestADeadMeterIsToldOnceAndAskedEverMoreRarely(t *testing.T) {
	e, m := on(t, wires.Config{}, 20*time.Minute, func(m *sim.Meter, _ *Config) { m.SetAlive(false) })
	if len(e.down) != 1 || !strings.Contains(e.down[0], "m1: meter 000012345678: within 1s: no answer") {
		t.Error(e.down)
	}
	if n := m.Asked()[0x11]; n < 8 || n > 20 {
		t.Errorf("asked %d times in 20 minutes", n)
	}
}

func TestAMeterBehindASerialServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dev := device("m1", "000012345678")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- sim.Meters{simulated(t, dev)}.ServeTCP(ctx, ln) }()
	e := &ear{news: make(chan struct{}, 16)}
	l, err := New(Config{Devices: []source.Device{dev}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 },
		Dial: func(ctx context.Context) (stream.Conn, error) {
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				return nil, err
			}
			return stream.NetConn(c), nil
		}, Quiet: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	go func() { done <- l.Run(ctx, e) }()
	for range 2 {
		select {
		case <-e.news:
		case <-time.After(3 * time.Second):
			t.Fatal("nothing was heard")
		}
	}
	stop()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if got := e.said(); got != energy+"; "+volts {
		t.Error(got)
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	dial := func(context.Context) (stream.Conn, error) { return nil, errors.New("not here") }
	good := device("a", "000012345678")
	silent := device("b", "000012345679")
	p := *silent.Bound
	p.Exchanges = []profile.Exchange{{Request: p.Exchanges[0].Request}, p.Exchanges[1]}
	silent.Bound = &p
	for name, c := range map[string]struct {
		cfg Config
		say string
	}{
		"every meter answers": {Config{Dial: dial, Devices: []source.Device{device("b", "AAAAAAAAAAAA")}}, "answered by every meter"},
		"broadcast":           {Config{Dial: dial, Devices: []source.Device{device("b", "999999999999")}}, "broadcasts"},
		"short":               {Config{Dial: dial, Devices: []source.Device{device("b", "12345678")}}, "12 digits"},
		"same meter twice":    {Config{Dial: dial, Devices: []source.Device{good, device("b", "000012345678")}}, "is device a already"},
		"no cadence":          {Config{Dial: dial, Devices: []source.Device{silent}}, "cadence"},
		"no line":             {Config{Devices: []source.Device{good}}, "serial or tcp"},
		"no meter":            {Config{Dial: dial}, "no meter"},
	} {
		if _, err := New(c.cfg); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An answer that is later than any wait for silence meets the same question again: it
// fits in all, but tells of another moment. What follows it gives it away.
func TestALateAnswerNeverBecomesALaterMoment(t *testing.T) {
	var right, spoilt int
	for delay := every - 1200*time.Millisecond; delay < every+200*time.Millisecond; delay += 4 * time.Millisecond {
		e := &ear{}
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			dev := device("m1", "000012345678")
			m, err := sim.New(&dev.Device, dev.Bound, func(string, time.Time) (float64, bool) { return float64(time.Since(start) / every), true })
			if err != nil {
				t.Fatal(err)
			}
			thinks := sim.Fault{Kind: sim.Late, Delay: 80 * time.Millisecond}
			m.Next(sim.Fault{Kind: sim.Late, Delay: delay}, thinks, thinks, thinks, thinks, thinks)
			l := wires.New(wires.Config{CharTime: 2 * time.Millisecond})
			link, err := New(Config{Devices: []source.Device{dev}, Log: slog.New(slog.DiscardHandler), CharTime: 2 * time.Millisecond,
				Boot: func() uint64 { return uint64(time.Since(start).Microseconds()) },
				Dial: func(ctx context.Context) (stream.Conn, error) { return l.Open(ctx) }})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), 3*every-time.Second)
			defer stop()
			done := make(chan error, 1)
			go func() { done <- sim.Meters{m}.ServeLine(ctx, l.Slave()) }()
			if err := link.Run(ctx, e); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		for _, x := range e.heard {
			if x.Frame.Outcome == record.OutcomeSurplus {
				spoilt++
			}
			for _, v := range x.Values {
				if want := float64(x.Frame.SentAt / uint64(every.Microseconds())); v.Value.Float() != want {
					t.Errorf("delay %v: %s of round %v gave that of round %v", delay, v.Point, want, v.Value)
				}
				right++
			}
		}
	}
	t.Logf("%d values right, %d answers spoilt", right, spoilt)
	if spoilt == 0 {
		t.Error("no late answer ever met the next question; the trial shows nothing")
	}
}
