package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"fieldseal/agent/journal"
	"fieldseal/agent/sample"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// lookBack bounds how many batches are read again at start.
const lookBack = 4096

// startCause is what a start knows of the time since the last batch.
func (a *Agent) startCause(last *journal.Last) record.Cause {
	switch {
	case last.Header.Close == batch.CloseStop:
		return record.CauseStopped
	case last.Machine != a.machine:
		return record.CauseMachine
	}
	return record.CauseRestarted
}

// standing are the alarms that were raised and not cleared before this start. Those of
// a limit that the site file no longer has are forgotten: no reading could clear them.
func (a *Agent) standing() (map[string]decimal.D, error) {
	all := a.journal.Standing()
	var gone []string
	for id, limit := range all {
		dev, point, _ := strings.Cut(id, "/")
		if !slices.ContainsFunc(a.cfg.Configuration.Devices, func(d profile.Device) bool {
			return d.ID == dev && slices.ContainsFunc(d.Limits, func(l profile.Limit) bool {
				return l.Point == point && (l.Low != nil && l.Low.Cmp(limit) == 0 || l.High != nil && l.High.Cmp(limit) == 0)
			})
		}) {
			gone = append(gone, id)
			delete(all, id)
		}
	}
	if gone == nil {
		return all, nil
	}
	return all, a.journal.ForgetAlarms(gone...)
}

// startGaps prepares the gaps since the last batch of the boot before: of every
// point from its end to now, and, if the agent did not stop cleanly, of each point
// that had fallen silent before that end and whose gap was not handed on any more.
func (a *Agent) startGaps(last *journal.Last, polls []poll, listened []heard) (func(int64) []record.Gap, error) {
	if last == nil {
		return func(int64) []record.Gap { return nil }, nil
	}
	cause := a.startCause(last)
	began := a.clock.Boot()
	var before []record.Gap
	if cause != record.CauseStopped {
		var err error
		if before, err = a.unfinished(last, polls, listened, cause, began); err != nil {
			return nil, err
		}
	}
	return func(int64) []record.Gap {
		// The agent's begin by boot time, so that a clock that is set only now
		// still gives it rightly.
		return append(before, record.Gap{From: last.Header.Last, To: a.clock.At(began), Cause: cause, Mono: began})
	}, nil
}

// unfinished finds the points whose newest reading or gap ends more than a poll
// before the last batch closed.
func (a *Agent) unfinished(last *journal.Last, polls []poll, listened []heard, cause record.Cause, mono uint64) ([]record.Gap, error) {
	cadence := map[string]int64{}
	far := int64(0)
	for _, p := range polls {
		for _, x := range p.m.Profile.Points {
			if int(x.Exchange) == p.exchange {
				cadence[p.device.ID+"/"+x.Name] = p.cadence.Microseconds()
				far = max(far, p.cadence.Microseconds())
			}
		}
	}
	for _, h := range listened {
		for i := range h.profile.Points {
			if e := h.expect(&h.profile.Points[i]); e > 0 {
				cadence[h.device.ID+"/"+h.profile.Points[i].Name] = e.Microseconds()
				far = max(far, e.Microseconds())
			}
		}
	}
	end := last.Header.Last
	from := end - 2*far - 2*sample.GapEvery.Microseconds()
	told := map[string]int64{}
	tell := func(point string, until int64) { told[point] = max(told[point], until) }
	n := 0
	err := a.journal.Newest(func(it *journal.Item) bool {
		h, err := batch.ParseHeader(it.Header)
		if err != nil || h.Last < from || n >= lookBack {
			return false
		}
		n++
		if it.Payload == nil {
			return true
		}
		p, err := batch.ParsePayload(it.Payload)
		if err != nil {
			return true
		}
		for _, r := range p.Records {
			switch r := r.(type) {
			case *record.Reading:
				tell(r.Point, r.Time)
			case *record.Gap:
				if r.Cause == record.CauseJournal {
					continue
				}
				for point := range cadence {
					if r.Covers(point) {
						tell(point, r.To)
					}
				}
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	byFrom := map[int64][]string{}
	for point, until := range told {
		if c, polled := cadence[point]; polled && until < end && end-until > c {
			byFrom[until] = append(byFrom[until], point)
		}
	}
	var out []record.Gap
	for _, at := range slices.SortedFunc(maps.Keys(byFrom), cmp.Compare[int64]) {
		points := byFrom[at]
		slices.Sort(points)
		for part := range slices.Chunk(points, record.MaxPoints) {
			out = append(out, record.Gap{Points: part, From: at, To: end, Cause: cause, Mono: mono})
		}
	}
	return out, nil
}
