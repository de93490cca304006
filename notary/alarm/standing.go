package alarm

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
	"fieldseal/notary/store"
)

// Standing is how a site stands.
type Standing struct {
	Points      int // that it must send
	Blind       int
	Open        int   // alarms that stand
	Unanswered  int   // alarms of the week that nobody acknowledged
	SilentSince int64 // Unix µs; 0: none of its gateways is silent
	Online      float64
}

// standings are those of all sites, and when they were looked at.
type standings struct {
	at    time.Time
	sites map[batch.ID]Standing
}

// fresh is how old what is told of all sites may be.
const fresh = Pace

// Standing is how a site stands, as of the last second.
func (k *Keeper) Standing(site batch.ID) Standing {
	now := k.cfg.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := now.Sub(k.stand.at); k.stand.sites == nil || age >= fresh || age < 0 {
		k.stand = standings{now, k.standAll(now.UnixMicro())}
	}
	return k.stand.sites[site]
}

func (k *Keeper) standAll(now int64) map[batch.ID]Standing {
	out := map[batch.ID]Standing{}
	for _, id := range append(k.state.Sites(), k.plans.Sites()...) {
		if _, done := out[id]; done {
			continue
		}
		j := k.state.Judge(id, k.plans.At(id, now), now, k.cfg.Active)
		s := Standing{Points: len(j.Points), Blind: j.Missing, Online: j.Online}
		for _, h := range j.Gateways {
			if h.Silent && (s.SilentSince == 0 || h.Since < s.SilentSince) {
				s.SilentSince = h.Since
			}
		}
		out[id] = s
	}
	for _, e := range k.book.byID {
		s := out[e.Site]
		if e.open() {
			s.Open++
		}
		if !e.Answered {
			s.Unanswered++
		}
		out[e.Site] = s
	}
	return out
}

// Points judges the points of a gateway now, by name.
func (k *Keeper) Points(site, gateway batch.ID) map[string]coverage.Verdict {
	out := map[string]coverage.Verdict{}
	for _, v := range k.Judge(site).Points {
		if v.Gateway == gateway {
			out[v.Point] = v
		}
	}
	return out
}

// Silence is a gateway or device from which nothing comes.
type Silence struct {
	Site, Gateway batch.ID
	Device        string // empty: the whole gateway
	Since         int64  // Unix µs
}

// Silences are the standing alarms about what does not come, by gateway and device.
func (k *Keeper) Silences() (out []Silence) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.book.byID {
		if e.open() && (e.Kind == statement.AlarmBlind || e.Kind == statement.AlarmGap) {
			out = append(out, Silence{e.Site, e.Gateway, e.Device, e.Raised})
		}
	}
	slices.SortFunc(out, func(a, b Silence) int {
		if c := slices.Compare(a.Gateway[:], b.Gateway[:]); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.Device), []byte(b.Device))
	})
	return out
}

// Span is the time in which an alarm stood.
type Span struct {
	ID       string
	From, To int64 // To 0: it stands
}

// maxSpans bounds the spans of one answer.
const maxSpans = 1000

// Spans are the alarms of a point that stood within from ≤ t < to, the oldest
// first. Of those that lasted longer than a week only the ones that stand are told.
// With at, they are told as the notary knew them at that moment; 0 is now.
func (k *Keeper) Spans(site batch.ID, point string, from, to, at int64) (out []Span, err error) {
	seen := map[batch.ID]bool{}
	add := func(e *entry) {
		if seen[e.ID] || e.Site != site || !e.concerns(point) {
			return
		}
		seen[e.ID] = true
		s := Span{e.ID.String(), e.Raised, e.Cleared}
		if at != 0 && !e.knownAt(at, &s) {
			return
		}
		if s.From < to && (s.To == 0 || s.To >= from) {
			out = append(out, s)
		}
	}
	k.mu.Lock()
	for _, e := range k.book.byID {
		add(e)
	}
	k.mu.Unlock()
	for _, answered := range []byte{0, 1} {
		head := append(slices.Clone(orderPrefix), answered)
		r := store.Range{From: binary.BigEndian.AppendUint64(slices.Clone(head), ^uint64(to)), To: binary.BigEndian.AppendUint64(head, ^uint64(from-Remembered)), Limit: scanned}
		var ids []batch.ID
		for kv, err := range k.cfg.Store.Rows(store.TableAlarm, r) {
			if err != nil {
				return nil, fmt.Errorf("alarms: %w", err)
			}
			ids = append(ids, batch.ID(kv.Key[len(kv.Key)-16:]))
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			e, err := k.load(id)
			if err != nil {
				return nil, err
			}
			if e != nil {
				add(e)
			}
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return int(a.From - b.From) })
	return out[:min(len(out), maxSpans)], nil
}

// knownAt sets a span to what was known of the alarm at a moment; false: nothing was.
func (e *entry) knownAt(at int64, s *Span) bool {
	known := false
	for _, x := range e.Steps {
		switch {
		case x.At > at:
		case x.Step.Step == statement.StepRaised.String():
			known, s.To = true, 0
		case x.Step.Step == statement.StepCleared.String():
			s.To = x.Time
		}
	}
	return known
}

// concerns says whether an alarm speaks of a point.
func (e *entry) concerns(point string) bool {
	if len(e.Points) > 0 {
		return slices.Contains(e.Points, point)
	}
	return e.Device == "" || e.Device == deviceOf(point)
}
