package alarm

import (
	"cmp"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
)

// Remembered is how long a cleared alarm is held against what comes late, in µs.
const Remembered = 7 * 24 * 3600 * second

// maxLoose bounds the clears of one subject whose raise has not come yet.
const maxLoose = 64

// book is all alarms that may still change by what is sealed, in memory. It is a
// function of what it was given.
type book struct {
	byID  map[batch.ID]*entry
	about map[subject][]*entry
	loose map[subject][]loose
	// find looks for an alarm that is not remembered; nil: there is none.
	find func(batch.ID) (*entry, error)

	changed []change
	err     error // the first of find
}

type loose struct {
	fact
	at int64
}

// change is a step that was taken, or (no step) something else about an alarm.
type change struct {
	e    *entry
	step *kept
}

func newBook(find func(batch.ID) (*entry, error)) *book {
	return &book{byID: map[batch.ID]*entry{}, about: map[subject][]*entry{}, loose: map[subject][]loose{}, find: find}
}

// add takes in an alarm.
func (b *book) add(e *entry) {
	b.byID[e.ID] = e
	b.about[e.Subject] = append(b.about[e.Subject], e)
}

// get finds an alarm, remembered or not.
func (b *book) get(id batch.ID) *entry {
	if e := b.byID[id]; e != nil {
		return e
	}
	e, err := b.find(id)
	if err != nil {
		b.err = cmp.Or(b.err, err)
		return nil
	}
	if e != nil {
		b.add(e)
	}
	return e
}

// forget lets go of what was cleared long ago.
func (b *book) forget(now int64) {
	for id, e := range b.byID {
		if e.open() || e.Cleared > now-Remembered {
			continue
		}
		delete(b.byID, id)
		if b.about[e.Subject] = slices.DeleteFunc(b.about[e.Subject], func(x *entry) bool { return x == e }); len(b.about[e.Subject]) == 0 {
			delete(b.about, e.Subject)
		}
	}
	for s, all := range b.loose {
		if all = slices.DeleteFunc(all, func(l loose) bool { return l.at < now-Remembered }); len(all) == 0 {
			delete(b.loose, s)
		} else {
			b.loose[s] = all
		}
	}
}

func (b *book) note(e *entry, s *kept) {
	if s != nil {
		e.step(*s)
	}
	b.changed = append(b.changed, change{e, s})
}

// take gives what changed since it was last asked.
func (b *book) take() (out []change, err error) {
	out, err = b.changed, b.err
	b.changed, b.err = nil, nil
	return out, err
}

func sealed(what statement.Step, f fact, at int64) *kept {
	index, leaf := f.Ref.Index, f.Ref.Leaf
	return &kept{Step: Step{Step: what.String(), Time: f.Time, At: at, Index: &index, Leaf: &leaf}}
}

// raise takes in a sealed raise; fill says what the alarm is.
func (b *book) raise(s subject, f fact, at int64, fill func(e *entry)) *entry {
	var e *entry
	for _, x := range b.about[s] {
		if slices.ContainsFunc(x.Facts, func(have fact) bool { return have.Ref == f.Ref }) {
			return nil // it was taken in before
		}
		if f.Time >= x.Raised-Reopen && f.Time <= x.until()+Reopen && (e == nil || nearer(x, e, f.Time)) {
			e = x
		}
	}
	if e == nil {
		id := newID(s, f.Ref, 0)
		if b.get(id) != nil {
			return nil // it was taken in long ago, and is read again
		}
		e = &entry{ID: id, Subject: s, Kind: statement.AlarmEdge, Gateway: s.Gateway, Raised: f.Time, Ref: &coverage.Ref{Index: f.Ref.Index, Leaf: f.Ref.Leaf}}
		fill(e)
		b.add(e)
	} else if f.Time >= e.newest() {
		fill(e)
	}
	was := e.open()
	e.keep(f)
	e.Times++
	e.Raised = min(e.Raised, f.Time)
	if b.settle(e); e.open() && !was {
		e.Answered = false // it is another time that it is outside
	}
	b.note(e, sealed(statement.StepRaised, f, at))
	b.absorb(e)
	return e
}

// nearer prefers the alarm that began last before a moment, and else the first after it.
func nearer(x, y *entry, t int64) bool {
	if before := x.Raised <= t; before != (y.Raised <= t) {
		return before
	} else if before {
		return x.Raised > y.Raised
	}
	return x.Raised < y.Raised
}

// clear takes in a sealed clear.
func (b *book) clear(s subject, f fact, at int64) {
	var e *entry
	for _, x := range b.about[s] {
		if slices.ContainsFunc(x.Facts, func(have fact) bool { return have.Ref == f.Ref }) {
			return
		}
		if x.Raised <= f.Time && (e == nil || x.Raised > e.Raised) {
			e = x
		}
	}
	if e != nil && (e.open() || f.Time <= e.Cleared+Reopen) {
		e.cleared(b, f, at)
		return
	}
	all := b.loose[s]
	if slices.ContainsFunc(all, func(l loose) bool { return l.Ref == f.Ref }) {
		return
	}
	all = append(all, loose{f, at})
	slices.SortFunc(all, func(x, y loose) int { return cmp.Compare(x.Time, y.Time) })
	b.loose[s] = all[max(0, len(all)-maxLoose):]
}

func (e *entry) cleared(b *book, f fact, at int64) {
	e.keep(f)
	b.settle(e)
	b.note(e, sealed(statement.StepCleared, f, at))
}

// absorb gives an alarm the clears that came before its raise.
func (b *book) absorb(e *entry) {
	next := int64(1) << 62
	for _, x := range b.about[e.Subject] {
		if x.Raised > e.Raised {
			next = min(next, x.Raised)
		}
	}
	rest := b.loose[e.Subject][:0:0]
	for _, l := range b.loose[e.Subject] {
		if l.Time >= e.Raised && l.Time < next {
			e.cleared(b, l.fact, l.at)
		} else {
			rest = append(rest, l)
		}
	}
	if len(rest) == 0 {
		delete(b.loose, e.Subject)
	} else {
		b.loose[e.Subject] = rest
	}
}

// newest is the time of the newest fact.
func (e *entry) newest() int64 {
	if len(e.Facts) == 0 {
		return 0
	}
	return e.Facts[len(e.Facts)-1].Time
}

// keep puts a fact in its place in time.
func (e *entry) keep(f fact) {
	at, _ := slices.BinarySearchFunc(e.Facts, f, func(x, y fact) int {
		return cmp.Or(cmp.Compare(x.Time, y.Time), cmp.Compare(x.Ref.Index, y.Ref.Index), cmp.Compare(x.Ref.Leaf, y.Ref.Leaf), cmp.Compare(rank(x), rank(y)))
	})
	e.Facts = slices.Insert(e.Facts, at, f)
	if len(e.Facts) > maxFacts {
		e.Facts = slices.Delete(e.Facts, 1, 2)
	}
}

// rank puts a raise before the clear that the same record is.
func rank(f fact) int {
	if f.Raise {
		return 0
	}
	return 1
}

// settle says whether the alarm stands: what was sealed last about it decides,
// whatever came last. Only the last alarm of a subject stands: one that was never
// cleared (an agent that starts again raises anew) goes on as the next.
func (b *book) settle(e *entry) {
	e.Cleared = 0
	if n := len(e.Facts); n > 0 && !e.Facts[n-1].Raise {
		e.Cleared = e.Facts[n-1].Time
		return
	}
	for _, x := range b.about[e.Subject] {
		if x != e && x.Raised > e.newest() && (e.open() || x.Raised < e.Cleared) {
			e.Cleared = x.Raised
		}
	}
}
