package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"fieldseal/agent/health"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Bounds of what is still healthy.
const (
	stallAfter = 30 * time.Second
	oldAfter   = 15 * time.Minute
	// silenceGrace is added to three polls before silence is a problem to tell.
	silenceGrace = 5 * time.Second
)

// Alive reports whether a restart could not help: the pipeline turns, or waits
// for room on the disk. A watchdog asks.
func (a *Agent) Alive() bool {
	s := a.Stats()
	return s.Stalled < stallAfter || a.full.Load() != nil
}

// Report implements health.Source.
func (a *Agent) Report() health.Report {
	s := a.Stats()
	r := health.Report{Healthy: true, Problems: []string{}, Software: a.cfg.Software, Gateway: a.cfg.Identity.Gateway.String(),
		Connected: s.Connected, Pending: s.Journal.Pending, Oldest: s.oldest(), Devices: []health.Device{}}
	problem := func(f string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(f, args...)) }
	if full := a.full.Load(); full != nil {
		r.Healthy = false
		problem("batches wait for room on the disk, and polls are missed: %v", *full)
	} else if s.Stalled >= stallAfter {
		r.Healthy = false
		problem("the pipeline has not turned for %v", s.Stalled.Round(time.Second))
	}
	if !s.Clocked() {
		r.Healthy = false
		problem("the wall clock is not set (%v), so readings cannot be timed; give the gateway a time server or a battery clock", time.UnixMicro(s.Now).UTC())
	} else if s.Clock.Source == batch.ClockUnset {
		problem("the wall clock was not set since the machine started; readings are marked")
	}
	if !s.Connected {
		problem("no connection to the notary; batches wait in the journal")
	}
	if s.oldest() > oldAfter.Seconds() {
		problem("the oldest batch without receipt waits for %v", time.Duration(s.oldest()*float64(time.Second)).Round(time.Second))
	}
	if n := s.Journal.Quarantined; n > 0 {
		problem("%d batches were refused by the notary for good; the log says why", n)
	}
	if a.lamp != nil {
		if err := a.lamp.Fault(); err != nil {
			problem("the alarm lamp cannot be switched: %v", err)
		}
	}
	for _, dir := range a.aside {
		problem("a journal that could not be read is kept in %s, and batches in it may never have been delivered; copy it away for whoever can read it, then remove it", dir)
	}
	if n := s.Receipts.Forks.Load(); n > 0 {
		problem("the log contradicted what this gateway verified before, %d times; tell the supervision side", n)
	}
	for _, d := range s.Devices {
		r.Devices = append(r.Devices, health.Device{ID: d.Device, State: d.Health.String()})
	}
	told := map[string]bool{}
	for _, p := range a.samplers {
		// A lost device, a dead port and a profile that does not fit look alike
		// from here: nothing comes.
		if silent := p.Silence(); silent > 3*p.Cadence+silenceGrace && !told[p.Device.ID] {
			told[p.Device.ID] = true
			problem("no reading of device %s for %v; at the cabinet: fieldseal-agent read --config SITE.yaml --device %s", p.Device.ID, silent.Round(time.Second), p.Device.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.receivers)) {
		if l := a.receivers[id]; l.Lost() {
			problem("device %s says nothing for %v; see that it is switched on, reports to this gateway, and by the id that the site file gives it", id, l.Silence().Round(time.Second))
		}
	}
	return r
}

func (s *Stats) oldest() float64 {
	if s.Journal.Oldest == 0 {
		return 0
	}
	return max(0, float64(s.Now-s.Journal.Oldest)/1e6)
}

var reasons = [...]string{batch.CloseInterval: "interval", batch.CloseAlarm: "alarm", batch.CloseFull: "full", batch.CloseClock: "clock", batch.CloseStop: "stop", batch.CloseIdle: "idle"}

// Metrics implements health.Source.
func (a *Agent) Metrics() []health.Metric {
	s := a.Stats()
	one := func(v float64) []health.Value { return []health.Value{{Value: v}} }
	gauge := func(name, help string, v float64) health.Metric {
		return health.Metric{Name: "fieldseal_agent_" + name, Help: help, Values: one(v)}
	}
	count := func(name, help string, v uint64) health.Metric {
		return health.Metric{Name: "fieldseal_agent_" + name, Help: help, Counter: true, Values: one(float64(v))}
	}
	exchanges := health.Metric{Name: "fieldseal_agent_exchanges_total", Help: "Exchanges with instruments, by how they ended.", Counter: true, Labels: []string{"outcome"}}
	for o := range record.Outcome(len(a.faults)) {
		exchanges.Values = append(exchanges.Values, health.Value{Labels: []string{o.String()}, Value: float64(s.Outcomes[o])})
	}
	closed := health.Metric{Name: "fieldseal_agent_batches_sealed_total", Help: "Batches sealed and journalled, by why they closed.", Counter: true, Labels: []string{"close"}}
	for i, name := range reasons {
		closed.Values = append(closed.Values, health.Value{Labels: []string{name}, Value: float64(s.Closed[batch.CloseReason(i)])})
	}
	up := health.Metric{Name: "fieldseal_agent_device_up", Help: "1 while the device answers, 0 while it is lost.", Labels: []string{"device"}}
	for _, d := range s.Devices {
		v := 1.0
		if d.Health == bus.Lost {
			v = 0
		}
		up.Values = append(up.Values, health.Value{Labels: []string{d.Device}, Value: v})
	}
	connected := 0.0
	if s.Connected {
		connected = 1
	}
	return []health.Metric{
		gauge("connected", "1 while a session with the notary's broker stands.", connected),
		gauge("queue_batches", "Batches without receipt or refusal.", float64(s.Journal.Pending)),
		gauge("queue_oldest_seconds", "Age of the oldest of them.", s.oldest()),
		gauge("unanchored_batches", "Batches with a receipt that no final anchor covers yet.", float64(s.Journal.Receipted)),
		gauge("quarantined_batches", "Batches that the notary refused for good.", float64(s.Journal.Quarantined)),
		gauge("journal_bytes", "Payload bytes in the journal.", float64(s.Journal.Bytes)),
		gauge("clock_bound_seconds", "How far the wall clock may be off; 0: not known.", float64(s.Clock.Bound)/1e6),
		gauge("clock_source", "How the wall clock was set: 0 not, 1 battery clock, 2 NTP, 3 GNSS, 4 by hand.", float64(s.Clock.Source)),
		count("polls_total", "Polls that were due.", s.Polls.Polls),
		count("polls_missed_total", "Polls without a reading of every point.", s.Polls.Missed),
		count("polls_late_total", "Polls never asked, because the line was not free in time.", s.Polls.Late),
		exchanges, closed, up,
		count("records_sealed_total", "Records sealed and journalled, contents records included.", s.Records),
		count("payload_bytes_total", "Payload bytes sealed and journalled.", s.Bytes),
		count("receipts_total", "Receipts verified.", s.Receipts.Receipts.Load()),
		count("receipted_batches_total", "Batches that a verified receipt named.", s.Receipts.Batches.Load()),
		count("refused_batches_total", "Batches refused for good.", s.Receipts.Refused.Load()),
		count("messages_failed_total", "Messages from the notary that failed a check.", s.Receipts.Failed.Load()),
		count("log_contradictions_total", "Receipts that contradict the log as verified before.", s.Receipts.Forks.Load()),
		count("sessions_total", "Sessions with the broker.", s.Uplink.Sessions.Load()),
		count("connect_failures_total", "Attempts to connect that failed.", s.Uplink.ConnectFailures.Load()),
		count("batches_sent_total", "Batches given to the line, repeats included.", s.Uplink.Sent.Load()),
		count("batches_resent_total", "Of these, sent again for want of a receipt.", s.Uplink.Resent.Load()),
		count("bytes_sent_total", "Bytes of messages to the notary.", s.Uplink.Bytes.Load()),
	}
}
