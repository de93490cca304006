package bus_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/internal/peers"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// virtual is the bus of the in-process trials: 9,600 baud, an answer within
// 300 ms, slaves up to 500 ms late.
var (
	virtual = bus.Config{
		Name:     "virtual",
		CharTime: serialport.Config{Baud: 9600}.CharTime(),
		Timeout:  300 * time.Millisecond,
		Quiet:    600 * time.Millisecond,
	}
	virtualPolls  = polls(3_000, 10_000)
	virtualPeriod = 2 * time.Second
)

// polls is how many a trial makes: fewer in a plain go test, which has to be quick.
func polls(plain, all int) int {
	if peers.Required() {
		return all
	}
	return plain
}

// onVirtualLine runs body with a line and its slaves inside a synctest bubble.
func onVirtualLine(t *testing.T, wire line.Config, body func(t *testing.T, l *line.Line, s *device.Slaves)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := line.New(wire)
		s := device.New(1, device.Identify, units...)
		for _, u := range units {
			s.SetTurnaround(u, 20*time.Millisecond)
		}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.ServeLine(ctx, l.Slave()) }()
		body(t, l, s)
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestNoSlaveFaultYieldsAWrongValue(t *testing.T) {
	wire := line.Config{CharTime: virtual.CharTime}
	for _, m := range mishaps {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			onVirtualLine(t, wire, func(t *testing.T, l *line.Line, s *device.Slaves) {
				s.Plan(faulty, m.plan(320*time.Millisecond, 480*time.Millisecond))
				tr := trial{cfg: virtual, dial: l.Open, slaves: s, polls: virtualPolls, period: virtualPeriod}
				tallies, b := tr.run(t)
				judge(t, tallies, b, tr.polls)
				if n := tallies[faulty].outcomes[m.sees]; n < tr.polls/20 {
					t.Errorf("%v seen %d times in %d polls; the fault did not happen", m.sees, n, tr.polls)
				}
				if opens := b.Counters().Opens; opens != 1 {
					t.Errorf("port opened %d times; a slave's fault must not close it", opens)
				}
			})
		})
	}
}

func TestSlaveThatDiesIsFoundAgain(t *testing.T) {
	t.Parallel()
	onVirtualLine(t, line.Config{CharTime: virtual.CharTime}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		var lost, found int
		cfg := virtual
		cfg.OnChange = func(c bus.Change) {
			switch {
			case c.Health == bus.Lost:
				lost++
			case c.Device == "d-3":
				found++
			}
		}
		tr := trial{cfg: cfg, dial: l.Open, slaves: s, polls: virtualPolls, period: virtualPeriod, disturb: diesAndReturns(s, 10*time.Minute)}
		tallies, b := tr.run(t)
		judge(t, tallies, b, tr.polls)
		if lost < virtualPolls/1000 || found < lost {
			t.Errorf("lost %d times, found %d times (the first find included)", lost, found)
		}
		ty := tallies[faulty]
		if ok := ty.outcomes[bus.OK]; ok < tr.polls*3/10 {
			t.Errorf("the returned slave answered only %d of %d polls; probes are too rare", ok, tr.polls)
		}
		if n := ty.outcomes[bus.NoAnswer]; n > tr.polls/20 {
			t.Errorf("%d requests went to a dead slave; the breaker did not hold", n)
		}
	})
}

func TestPortThatVanishesIsOpenedAgain(t *testing.T) {
	t.Parallel()
	onVirtualLine(t, line.Config{CharTime: virtual.CharTime}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		cfg := virtual
		cfg.ReopenMax = 5 * time.Second
		var away absences
		tr := trial{cfg: cfg, dial: l.Open, slaves: s, polls: virtualPolls, period: virtualPeriod,
			disturb: away.vanishing(l.Vanish, l.Return, 10*time.Minute, time.Minute),
			excused: func(due time.Time) bool { return away.covers(due, virtualPeriod) },
		}
		tallies, b := tr.run(t)
		judge(t, tallies, b, tr.polls)
		if opens := b.Counters().Opens; int(opens) < virtualPolls/500 {
			t.Errorf("port opened %d times", opens)
		}
		if st, _ := b.Device("d-1"); st.Health != bus.Healthy {
			t.Errorf("a lost port made device 1 %v", st.Health)
		}
	})
}
