package export

import (
	"fmt"
	"slices"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/file"
	"fieldseal/evidence/statement"
)

// newestStatement finds the newest statement of a type below a log index.
func (w *work) newestStatement(t statement.Type, below uint64) (index uint64, ok bool, err error) {
	for at, err := range w.Log.Statements(t) {
		if err != nil {
			return 0, false, fmt.Errorf("export: %w", err)
		}
		if at < below {
			return at, true, nil
		}
	}
	return 0, false, nil
}

// addStatements adds the gateway's enrolment, the newest status list under the
// last head, and the coverage plans in force at the times given.
func (w *work) addStatements(c checkpoint.Checkpoint, at int, planTimes []int64) error {
	indices := []uint64{}
	if w.entry.Index < c.Size {
		indices = append(indices, w.entry.Index)
	}
	list, ok, err := w.newestStatement(statement.TypeStatusList, c.Size)
	if err != nil {
		return err
	}
	if ok {
		indices = append(indices, list)
	}
	plans, err := w.plans(c.Size, planTimes)
	if err != nil {
		return err
	}
	steps, err := w.alarmSteps(c.Size, planTimes)
	if err != nil {
		return err
	}
	for _, index := range slices.Concat(indices, plans, steps) {
		raw, err := w.Log.Entry(index)
		if err != nil {
			return fmt.Errorf("export: statement %d: %w", index, err)
		}
		body, err := w.Log.Payload(index)
		if err != nil {
			return fmt.Errorf("export: body of statement %d: %w", index, err)
		}
		p, err := w.place(raw, index, c, at)
		if err != nil {
			return err
		}
		w.File.Statements = append(w.File.Statements, file.Statement{Header: raw, Body: body, Log: *p})
		if slices.Contains(plans, index) {
			s, err := statement.Parse(raw)
			if err != nil {
				return fmt.Errorf("export: coverage plan %d: %w", index, err)
			}
			w.signers = append(w.signers, s.Issuer)
		}
	}
	return nil
}

// planTimes are the moments besides the range itself at which it asks for a plan:
// when each of its batches opened.
func (w *work) planTimes() []int64 {
	out := []int64{}
	for _, b := range w.batches {
		if b.claimed {
			out = append(out, b.header.First)
		}
	}
	return out
}

// plans are the log indices of the plans in force at the times given and, of a range,
// at every moment of it, chosen as the verifier chooses. A range that is not planned
// throughout, or whose point no plan names, is judged without one: there is none in
// force for it.
func (w *work) plans(below uint64, times []int64) ([]uint64, error) {
	type plan struct {
		*statement.Coverage
		index  uint64
		stated int64
	}
	var all []plan
	for index, err := range w.Log.Statements(statement.TypeCoverage) {
		if err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		if index >= below {
			continue
		}
		s, body, err := w.Log.Statement(index)
		if err != nil {
			return nil, fmt.Errorf("export: coverage plan %d: %w", index, err)
		}
		if c, ok := body.(*statement.Coverage); ok && c.Site == w.entry.Site {
			all = append(all, plan{c, index, s.Time})
		}
	}
	// Which plan is in force changes only where one begins or ends.
	within := 0
	if rng := w.File.Claim.Range; rng != nil {
		turns := []int64{rng.From}
		for _, p := range all {
			for _, t := range [...]int64{p.From, p.Until} {
				if t > rng.From && t < rng.To {
					turns = append(turns, t)
				}
			}
		}
		within, times = len(turns), append(turns, times...)
	}
	var out []uint64
	for i, t := range times {
		var best *plan
		for j := range all {
			p := &all[j]
			if p.InForce(t) && (best == nil || p.From > best.From || p.From == best.From && p.stated > best.stated) {
				best = p
			}
		}
		if best == nil {
			if i < within {
				return nil, nil
			}
			continue
		}
		if _, named := best.Of(w.File.Claim.Point); !named && i < within {
			return nil, nil
		}
		if !slices.Contains(out, best.index) {
			out = append(out, best.index)
		}
	}
	return out, nil
}

// Bounds of the steps of alarms in one file.
const (
	maxSteps     = 32
	stepsScanned = 20_000
)

// alarmSteps are the log indices of the steps of alarms that a verifier tells of
// the claim's point and time, oldest first; of too many, the newest.
func (w *work) alarmSteps(below uint64, times []int64) (out []uint64, err error) {
	if !w.steps {
		return nil, nil
	}
	from, to, scanned := slices.Min(times), slices.Max(times), 0
	for index, err := range w.Log.Statements(statement.TypeAlarm) {
		if err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		if scanned++; scanned > stepsScanned || len(out) == maxSteps {
			break
		}
		if index >= below {
			continue
		}
		s, body, err := w.Log.Statement(index)
		if err != nil {
			return nil, fmt.Errorf("export: step of an alarm at %d: %w", index, err)
		}
		if a, ok := body.(*statement.AlarmStep); ok && a.Site == w.entry.Site && a.Concerns(w.File.Claim.Gateway, w.File.Claim.Point) && a.Since <= to && s.Time >= from {
			out = append(out, index)
		}
	}
	slices.Reverse(out)
	return out, nil
}
