package service

import (
	"context"
	"fmt"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/alarm"
	"fieldseal/notary/enrol"
)

// unsignedPatience is how long entries may stand without a checkpoint over them.
const unsignedPatience = 10 * time.Second

// openAlarms opens the keeper of alarms.
func (s *Service) openAlarms() (err error) {
	w := &stalls{s: s}
	s.Alarms, err = alarm.Open(alarm.Config{Live: s.live, Log: s.Log, Store: s.Store, Key: s.Keys.Recorder, Conditions: w.now, Now: time.Now,
		Active: func(g batch.ID) bool {
			e, ok := s.Registry.Get(g)
			return ok && e.State != enrol.Revoked
		},
		Logger: s.Logger.With("part", "alarm")})
	return err
}

// alarmDesk is the keeper as the API asks it.
func (s *Service) alarmDesk() *alarm.Desk {
	return &alarm.Desk{Keeper: s.Alarms, SiteOf: s.Registry.SiteOf, Ask: func(context.Context) alarm.Asker {
		// Who comes this far holds the operator's token or sits at this machine.
		return alarm.Asker{Name: "operator", Role: "operator", All: true, May: func(statement.Step) bool { return true }}
	}}
}

// stalls are what stands still at the notary itself.
type stalls struct {
	s      *Service
	signed uint64
	since  time.Time // since when the log is ahead of signed; zero: it is not
}

// now lists them. One goroutine asks.
func (w *stalls) now(now time.Time) (out []alarm.Condition) {
	s := w.s
	add := func(kind statement.AlarmKind, key, cause string) {
		out = append(out, alarm.Condition{Kind: kind, Key: key, Cause: cause})
	}
	if why := s.Log.ReadOnly(); why != "" {
		add(statement.AlarmLog, "read-only", why)
	}
	switch signed := s.Log.Head().Size; {
	case signed >= s.Log.Size():
		w.since = time.Time{}
	case w.since.IsZero() || signed != w.signed:
		w.signed, w.since = signed, now
	case now.Sub(w.since) > unsignedPatience && s.Log.ReadOnly() == "":
		add(statement.AlarmLog, "checkpoint overdue", fmt.Sprintf("entries from %d on have no signed checkpoint since %s: the notary's log says why", signed, w.since.UTC().Format(time.RFC3339)))
	}
	if err := s.Log.HeadError(); err != nil {
		add(statement.AlarmLog, "head file", "head file not written: "+err.Error())
	}
	if err := s.room(); err != nil {
		add(statement.AlarmLog, "disk", "nothing new is taken: "+err.Error())
	}
	if err := s.Anchors.Alarm(); err != nil {
		add(statement.AlarmChain, "anchoring stopped", err.Error())
	} else if wait := s.Anchors.Waits(now); wait > anchorPatience+10*s.Config.Chain.AnchorEvery {
		add(statement.AlarmChain, "anchor overdue", "no anchor while the log grew: is the chain reachable, and does the account have what a transaction costs?")
	}
	return out
}
