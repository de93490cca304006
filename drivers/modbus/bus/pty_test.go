//go:build linux

package bus_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// onPTY makes a pseudo-terminal with slaves at its other end, until the test
// ends.
func onPTY(t *testing.T) (*line.PTY, bus.Dial, *device.Slaves) {
	t.Helper()
	p, err := line.NewPTY(filepath.Join(t.TempDir(), "tty"))
	if err != nil {
		t.Skipf("this machine gives no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { p.Close() })
	s := device.New(1, device.Identify, units...)
	serving(t, func(ctx context.Context) {
		if err := s.ServeLine(ctx, p.Slave()); err != nil {
			t.Error(err)
		}
	})
	return p, bus.DialSerial(serialport.Config{Path: p.Path(), Baud: 115200}), s
}

// real is the bus of the trials on pseudo-terminals. Time passes there, so it
// is impatient.
func real() bus.Config {
	return bus.Config{
		Name:        "real",
		Timeout:     250 * time.Millisecond,
		Quiet:       250 * time.Millisecond,
		ProbeFirst:  200 * time.Millisecond,
		ProbeMax:    time.Second,
		ReopenFirst: 50 * time.Millisecond,
		ReopenMax:   200 * time.Millisecond,
	}
}

// realTrial is one in real time.
func realTrial(dial bus.Dial, s *device.Slaves) trial {
	return trial{cfg: real(), dial: dial, slaves: s, polls: polls(40, 300), period: 20 * time.Millisecond}
}

// The schedule is far denser than a real one, so a poll that a fault delays is
// no miss here; the virtual trials hold the bus to its schedule. All lines run
// at once: they mostly wait.
func TestNoSlaveFaultYieldsAWrongValueOnATerminal(t *testing.T) {
	t.Parallel()
	type result struct {
		polls   int
		tallies map[byte]*tally
		b       *bus.Bus
	}
	results := make([]result, len(mishaps))
	var all sync.WaitGroup
	for i, m := range mishaps {
		_, dial, s := onPTY(t)
		plan := m.plan(400*time.Millisecond, 150*time.Millisecond)
		plan.Chance /= 2
		s.Plan(faulty, plan)
		tr := realTrial(dial, s)
		tr.slack = time.Minute
		all.Go(func() {
			tallies, b := tr.run(t)
			results[i] = result{tr.polls, tallies, b}
		})
	}
	all.Wait()
	for i, m := range mishaps {
		t.Run(m.name, func(t *testing.T) {
			r := results[i]
			judge(t, r.tallies, r.b, r.polls)
			if r.tallies[faulty].outcomes[m.sees] == 0 {
				t.Errorf("%v never seen; the fault did not happen", m.sees)
			}
		})
	}
}

func TestSlaveThatDiesIsFoundAgainOnATerminal(t *testing.T) {
	t.Parallel()
	_, dial, s := onPTY(t)
	tr := realTrial(dial, s)
	tr.period, tr.slack, tr.polls = 50*time.Millisecond, time.Minute, polls(20, 150)
	tr.disturb = diesAndReturns(s, time.Duration(tr.polls)*tr.period/4)
	tallies, b := tr.run(t)
	judge(t, tallies, b, tr.polls)
	if tallies[faulty].outcomes[bus.NoAnswer] == 0 {
		t.Error("the slave never died")
	}
}

func TestPortThatVanishesIsOpenedAgainOnATerminal(t *testing.T) {
	t.Parallel()
	p, dial, s := onPTY(t)
	tr := realTrial(dial, s)
	tr.period, tr.slack = 50*time.Millisecond, 5*time.Second
	var away absences
	tr.disturb = away.vanishing(p.Vanish, func() {
		if err := p.Return(); err != nil {
			t.Error(err)
		}
	}, 1500*time.Millisecond, 200*time.Millisecond)
	// After its return the port waits for its next attempt, at most 300 ms.
	tr.excused = func(due time.Time) bool {
		return away.covers(due, 300*time.Millisecond) || away.covers(due.Add(-400*time.Millisecond), 400*time.Millisecond)
	}
	tallies, b := tr.run(t)
	judge(t, tallies, b, tr.polls)
	if opens := b.Counters().Opens; opens < 2 {
		t.Errorf("port opened %d times; it never vanished", opens)
	}
}
