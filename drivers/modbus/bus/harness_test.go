package bus_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/simulators/device"
)

// The faulty unit shares its line with two healthy ones.
const faulty = 3

var units = []byte{1, 2, faulty}

// trial polls all units on an absolute schedule while one of them, or the
// line, misbehaves.
type trial struct {
	cfg    bus.Config
	dial   bus.Dial
	slaves *device.Slaves
	polls  int // of each unit
	period time.Duration
	slack  time.Duration // an answer later than this is a miss; 0 means period
	// disturb runs beside the polling until ctx ends.
	disturb func(ctx context.Context)
	// excused reports whether a poll due then could not have been answered by
	// anyone: the port was away.
	excused func(due time.Time) bool
}

// tally is what became of one unit's polls.
type tally struct {
	outcomes map[bus.Outcome]int
	missed   int // not OK, or too late
	excused  int
	wrong    []string
}

// blocks are what each poll asks in turn. The first two have the same shape on
// purpose: nothing in the answer says which of them it belongs to.
var blocks = []modbus.Read{
	{Function: modbus.ReadHoldingRegisters, Address: 0x10, Count: 6},
	{Function: modbus.ReadHoldingRegisters, Address: 0x40, Count: 6},
	{Function: modbus.ReadInputRegisters, Address: 0x80, Count: 9},
}

func (tr trial) run(t *testing.T) (map[byte]*tally, *bus.Bus) {
	t.Helper()
	tr.cfg.Rand = rand.New(rand.NewPCG(7, 7)).Float64
	b := bus.New(tr.cfg, tr.dial)
	ctx, cancel := context.WithCancel(context.Background())
	var background, pollers sync.WaitGroup
	background.Go(func() { b.Run(ctx) })
	if tr.disturb != nil {
		background.Go(func() { tr.disturb(ctx) })
	}
	tallies := make(map[byte]*tally)
	start := time.Now()
	for _, unit := range units {
		ty := &tally{outcomes: make(map[bus.Outcome]int)}
		tallies[unit] = ty
		pollers.Go(func() {
			for i := range tr.polls {
				due := start.Add(time.Duration(i) * tr.period)
				time.Sleep(time.Until(due))
				tr.poll(b, unit, blocks[i%len(blocks)], due, ty)
			}
		})
	}
	pollers.Wait()
	cancel()
	background.Wait()
	return tallies, b
}

func (tr trial) poll(b *bus.Bus, unit byte, read modbus.Read, due time.Time, ty *tally) {
	pdu, err := read.PDU()
	if err != nil {
		panic(err) // the table above is wrong
	}
	ex := b.Do(context.Background(), bus.Request{Device: fmt.Sprintf("d-%d", unit), Unit: unit, PDU: pdu})
	ty.outcomes[ex.Outcome]++
	if ex.Outcome == bus.OK {
		want, _ := device.Identify(unit, read.Function, read.Address, read.Count)
		if fmt.Sprint(ex.Data.Words) != fmt.Sprint(want) || ex.Data.Unit != unit || ex.Data.Read != read {
			ty.wrong = append(ty.wrong, fmt.Sprintf("unit %d, %+v: %04x, want %04x", unit, read, ex.Data.Words, want))
		}
	}
	slack := tr.slack
	if slack == 0 {
		slack = tr.period
	}
	if ex.Outcome != bus.OK || time.Since(due) > slack {
		if tr.excused != nil && tr.excused(due) {
			ty.excused++
		} else {
			ty.missed++
		}
	}
}

// judge holds a trial to what is claimed of every fault.
func judge(t *testing.T, tallies map[byte]*tally, b *bus.Bus, polls int) {
	t.Helper()
	for _, unit := range units {
		ty := tallies[unit]
		t.Logf("unit %d: missed %d, excused %d of %d; %v", unit, ty.missed, ty.excused, polls, ty.outcomes)
		if n := len(ty.wrong); n > 0 {
			t.Errorf("%d wrong values accepted:\n%s", n, strings.Join(ty.wrong[:min(n, 5)], "\n"))
		}
		if unit == faulty {
			continue
		}
		if ty.missed*100 >= polls {
			t.Errorf("healthy unit %d missed %d of %d polls, 1 %% or more", unit, ty.missed, polls)
		}
		if ty.excused*2 > polls {
			t.Errorf("unit %d: %d of %d polls excused; the trial shows nothing", unit, ty.excused, polls)
		}
	}
	t.Logf("line: %+v", b.Counters())
}

// mishap is one row of the table that both the in-process and the pty trials
// run: how the faulty unit behaves, and what must be seen of it.
type mishap struct {
	name string
	// plan makes the unit faulty; late is the range of its lateness.
	plan func(late, spread time.Duration) device.Plan
	// sees is an outcome that must have occurred, or the fault never happened.
	sees bus.Outcome
}

func chance(p float64, f device.Fault) func(late, spread time.Duration) device.Plan {
	return func(late, spread time.Duration) device.Plan {
		if f.Kind == device.Late {
			f.Delay, f.Spread = late, spread
		}
		return device.Plan{Chance: p, Faults: []device.Fault{f}}
	}
}

var mishaps = []mishap{
	{"late reply", chance(0.2, device.Fault{Kind: device.Late}), bus.NoAnswer},
	{"answer from another address", chance(0.2, device.Fault{Kind: device.OtherUnit, Unit: 2}), bus.WrongUnit},
	{"truncated reply", chance(0.2, device.Fault{Kind: device.Truncated, Bytes: 4}), bus.Truncated},
	{"one surplus byte", chance(0.2, device.Fault{Kind: device.Surplus}), bus.Surplus},
	{"surplus bytes", chance(0.2, device.Fault{Kind: device.Surplus, Bytes: 17}), bus.Surplus},
	{"bad checksum", chance(0.2, device.Fault{Kind: device.BadCRC}), bus.BadCRC},
}

// diesAndReturns kills the faulty unit and revives it, again and again.
func diesAndReturns(s *device.Slaves, every time.Duration) func(context.Context) {
	rng := rand.New(rand.NewPCG(11, 12))
	return func(ctx context.Context) {
		for alive := false; ctx.Err() == nil; alive = !alive {
			select {
			case <-ctx.Done():
			case <-time.After(every/2 + time.Duration(rng.Int64N(int64(every)))):
				s.SetAlive(faulty, alive)
			}
		}
	}
}

// absences records when a port was away.
type absences struct {
	mu    sync.Mutex
	spans [][2]time.Time
}

// vanishing takes the port away for a while, now and then.
func (a *absences) vanishing(vanish, comeBack func(), every, away time.Duration) func(context.Context) {
	rng := rand.New(rand.NewPCG(21, 22))
	wait := func(ctx context.Context, d time.Duration) bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(d/2 + time.Duration(rng.Int64N(int64(d)))):
			return true
		}
	}
	return func(ctx context.Context) {
		for wait(ctx, every) {
			a.mu.Lock()
			a.spans = append(a.spans, [2]time.Time{time.Now(), {}})
			span := &a.spans[len(a.spans)-1]
			a.mu.Unlock()
			vanish()
			wait(ctx, away)
			comeBack()
			a.mu.Lock()
			span[1] = time.Now()
			a.mu.Unlock()
		}
	}
}

// covers reports whether the port was away at some moment of [due, due+slot].
func (a *absences) covers(due time.Time, slot time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.spans {
		if !due.Add(slot).Before(s[0]) && (s[1].IsZero() || !due.After(s[1])) {
			return true
		}
	}
	return false
}
