package alarm

import (
	"cmp"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
)

// Condition is something that stands still at the notary itself, now.
type Condition struct {
	Kind  statement.AlarmKind // AlarmLog or AlarmChain
	Key   string              // the same while it lasts
	Cause string              // in English, with what helps
}

// apply takes in a step that is a statement: one of the notary's own, or of a
// person. index is where it is logged; nil: the log takes nothing yet.
func (b *book) apply(index *uint64, time int64, st *statement.AlarmStep) *entry {
	e := b.get(st.Alarm)
	if e != nil && index != nil && slices.ContainsFunc(e.Steps, func(s kept) bool { return s.Leaf == nil && s.Index != nil && *s.Index == *index }) {
		return e // it was taken in before
	}
	if e == nil {
		// Rows are kept with the steps, so only a raise can be new here.
		e = &entry{ID: st.Alarm, Subject: about(st), Kind: st.Kind, Site: st.Site, Gateway: st.Gateway, Device: st.Device,
			Points: slices.Clone(st.Points), Cause: st.Cause, Raised: st.Since}
		if st.Record != nil {
			e.Ref = &coverage.Ref{Index: st.Record.Index, Leaf: st.Record.Leaf}
		}
		b.add(e)
	}
	s := &kept{Step: Step{Step: st.Step.String(), Time: time, At: time, By: st.By, Role: st.Role, Note: st.Note, Index: index}, Request: st.Request}
	switch st.Step {
	case statement.StepRaised:
		e.Times++
		if !e.open() {
			e.Answered = false
		}
		e.Cleared, e.Cause = 0, cmp.Or(st.Cause, e.Cause)
		s.Time = st.Since
	case statement.StepCleared:
		e.Cleared = time
	case statement.StepAcknowledged:
		e.Answered = true
	}
	b.note(e, s)
	return e
}

// waits is the first step that is not in the log; below 0: there is none.
func (e *entry) waits() int {
	return slices.IndexFunc(e.Steps, func(s kept) bool { return s.Index == nil })
}

func about(st *statement.AlarmStep) subject {
	if st.Kind == statement.AlarmBlind || st.Kind == statement.AlarmGap {
		return absence(st.Gateway, st.Device)
	}
	return subject{"notary", st.Gateway, st.Device}
}

// stated is the statement of a step about an alarm.
func (e *entry) stated(step statement.Step) *statement.AlarmStep {
	st := &statement.AlarmStep{Alarm: e.ID, Step: step, Kind: e.Kind, Since: e.Raised, Site: e.Site, Gateway: e.Gateway, Device: e.Device,
		Points: slices.Clone(e.Points), Cause: clip(e.Cause, statement.MaxCause)}
	if len(st.Points) > statement.MaxAlarmPoints {
		st.Points = nil
	}
	if e.Ref != nil {
		st.Record = &statement.Leaf{Index: e.Ref.Index, Leaf: e.Ref.Leaf}
	}
	return st
}

// clip shortens a text to n bytes without cutting a character.
func clip(s string, n int) string {
	for len(s) > n {
		s = s[:len(s)-1]
		for len(s) > 0 && s[len(s)-1]&0xc0 == 0x80 {
			s = s[:len(s)-1]
		}
		if len(s) > 0 && s[len(s)-1]&0xc0 == 0xc0 {
			s = s[:len(s)-1]
		}
	}
	return s
}

// again is the alarm of a subject that was cleared so lately that what comes now
// is the same; nil: there is none.
func (b *book) again(s subject, now int64) (found *entry) {
	for _, e := range b.about[s] {
		if !e.open() && e.Cleared >= now-Reopen && (found == nil || e.Cleared > found.Cleared) {
			found = e
		}
	}
	return found
}

// standing is the alarm of a subject that stands; nil: none does.
func (b *book) standing(s subject) *entry {
	for _, e := range b.about[s] {
		if e.open() {
			return e
		}
	}
	return nil
}

// begin states that something stands from now on: a new alarm, or the one before.
func (b *book) begin(s subject, kind statement.AlarmKind, now int64, site batch.ID, device string, points []string, cause string, ref *coverage.Ref, since int64) *statement.AlarmStep {
	e := b.again(s, now)
	if e == nil || e.Kind != kind {
		e = &entry{ID: newID(s, coverage.Ref{}, since), Subject: s, Kind: kind, Site: site, Gateway: s.Gateway, Device: device, Raised: since}
	} else {
		c := *e
		e = &c
		e.Raised = since
	}
	e.Points, e.Cause, e.Ref = points, cause, ref
	return e.stated(statement.StepRaised)
}

// maxOwn bounds what is stated in one round; the rest waits for the next.
const maxOwn = 64

// observe says which alarms of the notary's own begin and end now. takes says
// whether the log takes anything: while it does not, nothing can come, and only
// that is an alarm.
func (b *book) observe(state *coverage.State, plans *coverage.Plans, now int64, takes bool, active func(batch.ID) bool, conditions []Condition) (out []*statement.AlarmStep) {
	out = b.conditions(conditions, now)
	if !takes {
		return out
	}
	silent := map[batch.ID]bool{}
	for id, g := range state.Gateways {
		if !active(id) {
			continue
		}
		s := absence(id, "")
		e := b.standing(s)
		switch is := g.Silent(now, 0); {
		case g.Silent(now, state.Listening) && e == nil:
			silent[id] = true
			cause, ref := "", (*coverage.Ref)(nil)
			if r := g.Said; r != nil && r.From >= g.Last-second {
				cause, ref = r.Text, &coverage.Ref{Index: r.Ref.Index, Leaf: r.Ref.Leaf}
			}
			out = append(out, b.begin(s, statement.AlarmBlind, now, g.Site, "", nil, cause, ref, g.Fresh))
		case is:
			silent[id] = true
		case e != nil && e.Kind == statement.AlarmBlind:
			st := e.stated(statement.StepCleared)
			st.Record = &statement.Leaf{Index: g.Index}
			out = append(out, st)
		}
	}
	blind := map[subject][]coverage.Verdict{}
	state.Blinds(plans, now, active, func(v coverage.Verdict) {
		s := absence(v.Gateway, deviceOf(v.Point))
		if state.Gateways[v.Gateway] != nil {
			blind[s] = append(blind[s], v)
		} else if s.Name = ""; !silent[v.Gateway] && now > v.Due && b.standing(s) == nil {
			silent[v.Gateway] = true
			out = append(out, b.begin(s, statement.AlarmBlind, now, v.Site, "", nil, "never heard", nil, v.Due-coverage.Threshold(v.Every)))
		}
	})
	for s, all := range blind {
		if silent[s.Gateway] || b.standing(s) != nil || b.standing(absence(s.Gateway, "")) != nil {
			continue
		}
		if st := b.blind(state, s, all, now); st != nil {
			out = append(out, st)
		}
	}
	for id, e := range b.byID {
		if !e.open() || e.Kind != statement.AlarmBlind || e.Device == "" {
			continue
		}
		if active(e.Gateway) && len(blind[e.Subject]) > 0 {
			continue
		}
		st := b.byID[id].stated(statement.StepCleared)
		if ref := newest(state, e); ref != nil {
			st.Record = &statement.Leaf{Index: ref.Index, Leaf: ref.Leaf}
		}
		out = append(out, st)
	}
	for _, e := range b.byID {
		if e.open() && e.Device == "" && e.Kind == statement.AlarmBlind && !active(e.Gateway) {
			st := e.stated(statement.StepCleared)
			st.Cause = "gateway revoked"
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b *statement.AlarmStep) int { return slices.Compare(a.Alarm[:], b.Alarm[:]) })
	return out[:min(len(out), maxOwn)]
}

// blind is the alarm of a device whose points say nothing though its gateway was
// heard after they were due: else the silence may be the gateway's.
func (b *book) blind(state *coverage.State, s subject, all []coverage.Verdict, now int64) *statement.AlarmStep {
	var points []string
	since, cause := int64(0), ""
	var ref *coverage.Ref
	site := batch.ID{}
	for _, v := range all {
		g := state.Gateways[v.Gateway]
		if g == nil || now <= v.Due || g.Fresh <= v.Due {
			continue
		}
		site = g.Site
		points = append(points, v.Point)
		if p := g.Points[v.Point]; p != nil && p.Fresh > 0 && (since == 0 || p.Fresh < since) {
			since = p.Fresh
		}
		if v.Reason != "" && v.Reason != coverage.SilentGateway {
			cause, ref = v.Reason, &coverage.Ref{Index: v.Index, Leaf: v.Leaf}
		}
	}
	if len(points) == 0 {
		return nil
	}
	slices.Sort(points)
	return b.begin(s, statement.AlarmBlind, now, site, s.Name, slices.Compact(points), cause, ref, cmp.Or(since, now))
}

// newest is the newest reading of an alarm's points; nil: none came since.
func newest(state *coverage.State, e *entry) (ref *coverage.Ref) {
	g := state.Gateways[e.Gateway]
	if g == nil {
		return nil
	}
	last := int64(0)
	for _, name := range e.Points {
		if p := g.Points[name]; p != nil && p.Last > 0 && p.Fresh > max(last, e.Raised) {
			last, ref = p.Fresh, &p.Ref
		}
	}
	return ref
}

// conditions begins and ends the alarms about the notary itself.
func (b *book) conditions(now []Condition, at int64) (out []*statement.AlarmStep) {
	stands := map[subject]bool{}
	for _, c := range now {
		s := subject{"notary", batch.ID{}, c.Key}
		stands[s] = true
		if b.standing(s) == nil {
			out = append(out, b.begin(s, c.Kind, at, batch.ID{}, c.Key, nil, c.Cause, nil, at))
		}
	}
	for _, e := range b.byID {
		if e.open() && e.Subject.Class == "notary" && !stands[e.Subject] {
			out = append(out, e.stated(statement.StepCleared))
		}
	}
	return out
}
