package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/accounts"
	"fieldseal/notary/alarm"
	"fieldseal/notary/api/client"
	"fieldseal/notary/centre"
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
	return &alarm.Desk{Keeper: s.Alarms, SiteOf: s.Registry.SiteOf, Places: places{s.Sites}, Ask: func(ctx context.Context) alarm.Asker {
		v := accounts.From(ctx)
		return alarm.Asker{Name: v.Name, Role: string(v.Role), All: v.SeesAll(), Sees: v.Sees, May: func(x statement.Step) bool {
			switch x {
			case statement.StepAcknowledged:
				return v.May(accounts.Add, accounts.Acknowledgement)
			case statement.StepStatement:
				return v.May(accounts.Add, accounts.AlarmStatement)
			}
			return false
		}}
	}}
}

// supervision is the keeper as the centre asks it.
type supervision struct{ k *alarm.Keeper }

// Site implements centre.Supervision.
func (x supervision) Site(site batch.ID, _ int64) centre.Standing {
	s := x.k.Standing(site)
	return centre.Standing{Points: s.Points, Blind: s.Blind, Alarms: s.Open, Unanswered: s.Unanswered, SilentSince: s.SilentSince, Online: s.Online}
}

// Points implements centre.Supervision.
func (x supervision) Points(site, gateway batch.ID, _ int64) map[string]centre.PointStanding {
	out := map[string]centre.PointStanding{}
	for name, v := range x.k.Points(site, gateway) {
		out[name] = centre.PointStanding{Expected: v.Every, Blind: v.Blind, Reason: v.Reason}
	}
	return out
}

// Silent implements centre.Supervision.
func (x supervision) Silent(sites []batch.ID, _ int64) (out []client.Silent) {
	for _, s := range x.k.Silences() {
		if !slices.Contains(sites, s.Site) {
			continue
		}
		out = append(out, client.Silent{Site: s.Site, Gateway: s.Gateway, Device: s.Device, Since: s.Since})
	}
	return out
}

// PlanEnds implements centre.Supervision.
func (x supervision) PlanEnds(site batch.ID, at int64) (int64, bool) { return x.k.PlanEnds(site, at) }

// Spans implements centre.Supervision.
func (x supervision) Spans(site batch.ID, point string, from, to, at int64) ([]client.AlarmSpan, error) {
	all, err := x.k.Spans(site, point, from, to, at)
	out := []client.AlarmSpan{}
	for _, s := range all {
		out = append(out, client.AlarmSpan{ID: s.ID, From: s.From, To: s.To})
	}
	return out, err
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
