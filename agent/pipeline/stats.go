package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"fieldseal/agent/clock"
	"fieldseal/agent/journal"
	"fieldseal/agent/receipt"
	"fieldseal/agent/sample"
	"fieldseal/agent/uplink"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// faults counts exchanges by outcome.
type faults [8]atomic.Uint64

// counting is a driver that counts.
type counting struct {
	driver sample.Driver
	faults *faults
}

// Ask implements sample.Driver.
func (c *counting) Ask(ctx context.Context) sample.Answer {
	a := c.driver.Ask(ctx)
	if !a.Cancelled && int(a.Outcome) < len(c.faults) {
		c.faults[a.Outcome].Add(1)
	}
	return a
}

// sealed counts what was journalled.
type sealed struct {
	batches [8]atomic.Uint64 // by reason
	records atomic.Uint64
	bytes   atomic.Uint64
}

func (s *sealed) count(h *batch.Header, payload int) {
	if int(h.Close) < len(s.batches) {
		s.batches[h.Close].Add(1)
	}
	s.records.Add(uint64(h.Count))
	s.bytes.Add(uint64(payload))
}

// Stats is the agent in numbers.
type Stats struct {
	Journal   journal.Stats
	Connected bool
	Polls     sample.Counters
	Outcomes  map[record.Outcome]uint64
	Closed    map[batch.CloseReason]uint64
	Records   uint64
	Bytes     uint64
	Clock     batch.Clock
	Now       int64 // Unix µs
	Stalled   time.Duration
	Devices   []bus.DeviceState
	Receipts  *receipt.Counters
	Uplink    *uplink.Counters
}

// Stats is a snapshot. It never waits for a disk or a line.
func (a *Agent) Stats() Stats {
	now, boot := a.clock.Now()
	s := Stats{Journal: a.journal.Stats(), Connected: a.uplink.Connected(), Clock: a.clock.Quality(), Now: now,
		Outcomes: map[record.Outcome]uint64{}, Closed: map[batch.CloseReason]uint64{},
		Records: a.sealed.records.Load(), Bytes: a.sealed.bytes.Load(),
		Receipts: &a.receipts.Counters, Uplink: &a.uplink.Counters}
	if beat := a.collector.Beat(); boot > beat {
		s.Stalled = time.Duration(boot-beat) * time.Microsecond
	}
	for _, p := range a.samplers {
		c := p.Counters()
		s.Polls.Polls += c.Polls
		s.Polls.Missed += c.Missed
		s.Polls.Late += c.Late
	}
	for i := range a.faults {
		s.Outcomes[record.Outcome(i)] = a.faults[i].Load()
	}
	for i := range a.sealed.batches {
		if n := a.sealed.batches[i].Load(); n > 0 || i <= int(batch.CloseIdle) {
			s.Closed[batch.CloseReason(i)] = n
		}
	}
	for _, b := range a.cfg.Buses {
		s.Devices = append(s.Devices, a.buses[b.Config.Name].Devices()...)
	}
	for _, id := range slices.Sorted(maps.Keys(a.receivers)) {
		r := a.receivers[id]
		c := r.Counters()
		s.Polls.Polls += c.Polls
		s.Polls.Missed += c.Missed
		s.Devices = append(s.Devices, bus.DeviceState{Device: id, Health: heardHealth(r)})
	}
	return s
}

// heardHealth is a receiver's state in the words of a bus.
func heardHealth(r *sample.Receiver) bus.Health {
	switch {
	case r.Lost():
		return bus.Lost
	case r.Counters().Polls == 0:
		return bus.Untried
	}
	return bus.Healthy
}

// Clocked reports whether readings can be timed at all.
func (s *Stats) Clocked() bool { return s.Now >= clock.Usable }
