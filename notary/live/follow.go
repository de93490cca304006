package live

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/store"
)

// MaxBehind is how many events one who has been up to date may fall behind
// before admissions are thinned.
const MaxBehind = 512

// pageSize is how many events are read from the store at once.
const pageSize = 64

// Filter chooses events; an empty list chooses all. States concern the whole log
// and pass every filter but Kinds.
type Filter struct {
	Sites    []batch.ID
	Gateways []batch.ID
	Devices  []string
	Points   []string // device/name
	Kinds    []Kind
	States   []string // of state events
	Alarms   []string // kinds of alarm, of alarm events
	// In says whether a site is in one of the districts that are followed, asked at
	// each event; nil: every site is.
	In       func(site batch.ID) bool
	NoAlarms bool                     // alarms are not the follower's to see
	Sees     func(site batch.ID) bool // the follower's rights, asked at each event; nil: every site
}

func (f *Filter) keep(point string) bool {
	device, _, _ := strings.Cut(point, "/")
	return (len(f.Points) == 0 || slices.Contains(f.Points, point)) && (len(f.Devices) == 0 || slices.Contains(f.Devices, device))
}

// text is what the follower gets of an event; nil: nothing.
func (f *Filter) text(e *Event) []byte {
	if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) || f.NoAlarms && e.Kind == Alarm {
		return nil
	}
	switch e.Kind {
	case State:
		if len(f.States) > 0 && !slices.Contains(f.States, e.State) {
			return nil
		}
		return e.Text()
	case Alarm:
		if len(f.Alarms) > 0 && !slices.Contains(f.Alarms, e.Notice.kind()) || !f.concerns(e.Notice) {
			return nil
		}
		return e.Text()
	}
	if !f.of(e.Header.Site, e.Header.Gateway) {
		return nil
	}
	if len(f.Points) == 0 && len(f.Devices) == 0 {
		return e.Text()
	}
	a := e.tell(f.keep)
	if len(a.Readings)+len(a.Gaps)+len(a.Events) == 0 {
		return nil
	}
	return e.marshal(f.keep)
}

func (f *Filter) of(site, gateway batch.ID) bool {
	return (f.Sees == nil || f.Sees(site)) && (f.In == nil || f.In(site)) && (len(f.Sites) == 0 || slices.Contains(f.Sites, site)) && (len(f.Gateways) == 0 || slices.Contains(f.Gateways, gateway))
}

// kind is the kind of the alarm.
func (n *Notice) kind() string {
	var a struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(n.Alarm, &a) // what cannot be read is of no kind
	return a.Kind
}

// concerns says whether an alarm speaks of what the filter chooses: one of a whole
// gateway speaks of each of its devices and points.
func (f *Filter) concerns(n *Notice) bool {
	if !f.of(n.Site, n.Gateway) {
		return false
	}
	if len(f.Devices) > 0 && n.Device != "" && !slices.Contains(f.Devices, n.Device) {
		return false
	}
	return len(f.Points) == 0 || len(n.Points) > 0 && anyOf(n.Points, f.keep) ||
		len(n.Points) == 0 && (n.Device == "" || slices.ContainsFunc(f.Points, func(p string) bool { return strings.HasPrefix(p, n.Device+"/") }))
}

// Item is what a follower gets of an event; false: nothing.
func (f *Filter) Item(e *Event) (Item, bool) {
	t := f.text(e)
	return Item{e.ID, string(e.Kind), t}, t != nil
}

// Item is what a follower gets: an event, or word that it was thinned.
type Item struct {
	ID   uint64
	Name string // the kind, or "thinned"
	Text []byte // JSON
}

// Thinned tells a follower which admissions it did not get.
type Thinned struct {
	From    uint64   `json:"from"` // event ids, both included
	To      uint64   `json:"to"`
	Dropped int      `json:"dropped"` // admissions left out
	Points  []Newest `json:"points"`  // the newest reading of each point in them
}

// Newest is the newest reading of a point among what was left out.
type Newest struct {
	Site    batch.ID `json:"site"`
	Gateway batch.ID `json:"gateway"`
	Reading
}

// Follower goes through the events at its own pace. It holds no queue: what it
// has not taken stays in the store, so that it costs the notary nothing to be slow.
type Follower struct {
	live    *Live
	filter  Filter
	after   uint64
	current bool // has been up to date, so that it is thinned when it falls behind
}

// Follow begins after an event id. One who names an id beyond the newest event
// follows another notary's stream, and one whose next event is not kept any more
// cannot go on without a hole: both are errors.
func (l *Live) Follow(after uint64, f Filter) (*Follower, error) {
	if last := l.Last(); after > last {
		return nil, fmt.Errorf("event %d is beyond the newest, %d: the id is of another notary or of a store that was set back; begin without an id", after, last)
	}
	if first := l.First(); after+1 < first {
		return nil, fmt.Errorf("after event %d: %w; the oldest is %d", after, ErrForgotten, first)
	}
	return &Follower{live: l, filter: f, after: after}, nil
}

// After is the id up to which everything was given or left out by the filter.
func (f *Follower) After() uint64 { return f.after }

// Next waits for events and gives those that the filter chooses; there may be none.
func (f *Follower) Next(ctx context.Context) ([]Item, error) {
	l := f.live
	l.mu.RLock()
	last, changed := l.last, l.changed
	l.mu.RUnlock()
	if f.after >= last {
		f.current = true
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.ended:
			return nil, ErrStopped
		case <-changed:
		}
		last = l.Last()
	}
	if f.current && last-f.after > MaxBehind {
		return f.thin(last)
	}
	events, err := l.events(f.after, last)
	if err != nil {
		return nil, err
	}
	var out []Item
	for _, e := range events {
		if t := f.filter.text(e); t != nil {
			out = append(out, Item{e.ID, string(e.Kind), t})
		}
		f.after = e.ID
	}
	return out, nil
}

// thin leaves out admissions up to last and gives their newest values.
func (f *Follower) thin(last uint64) (out []Item, err error) {
	type key struct {
		gateway batch.ID
		point   string
	}
	t := Thinned{From: f.after + 1, To: last, Points: []Newest{}}
	newest := map[key]Newest{}
	for at := f.after; at < last; {
		events, err := f.live.events(at, last)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			at = e.ID
			text := f.filter.text(e)
			if text == nil {
				continue
			}
			if e.Kind != Admission {
				out = append(out, Item{e.ID, string(e.Kind), text})
				continue
			}
			t.Dropped++
			if e.Payload == nil {
				continue
			}
			for i, r := range e.Payload.Records {
				r, ok := r.(*record.Reading)
				if !ok || !f.filter.keep(r.Point) {
					continue
				}
				k := key{e.Header.Gateway, r.Point}
				if have, ok := newest[k]; !ok || have.Time < r.Time {
					newest[k] = Newest{e.Header.Site, e.Header.Gateway, ReadingOf(r, e.Index, uint32(i))}
				}
			}
		}
	}
	for _, n := range newest {
		t.Points = append(t.Points, n)
	}
	slices.SortFunc(t.Points, func(a, b Newest) int {
		if c := slices.Compare(a.Gateway[:], b.Gateway[:]); c != 0 {
			return c
		}
		return strings.Compare(a.Point, b.Point)
	})
	f.after = last
	if t.Dropped == 0 {
		return out, nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	// Last, with the id of the last: who breaks off before resumes before.
	return append(out, Item{last, "thinned", text}), nil
}

// events gives a page of events after < id ≤ last, from memory or the store.
func (l *Live) events(after, last uint64) ([]*Event, error) {
	l.mu.RLock()
	if n := len(l.ring); n > 0 && l.ring[0].ID <= after+1 {
		first := l.ring[0].ID
		out := l.ring[after+1-first : min(last+1-first, after+1-first+pageSize)]
		l.mu.RUnlock()
		return out, nil
	}
	l.mu.RUnlock()
	var out []*Event
	for kv, err := range l.cfg.Store.Rows(store.TableEvent, store.Range{From: eventKey(after + 1), To: eventKey(last + 1), Limit: pageSize}) {
		var r row
		if err == nil {
			err = json.Unmarshal(kv.Value, &r)
		}
		if err != nil {
			return nil, fmt.Errorf("events after %d: %w", after, err)
		}
		e := &Event{ID: binary.BigEndian.Uint64(kv.Key), At: r.At, Kind: Admission, Index: r.Index, State: r.State, Size: r.Size}
		switch {
		case r.Notice != nil:
			e.Kind, e.Notice = Alarm, r.Notice
		case r.State != "":
			e.Kind = State
		}
		out = append(out, e)
	}
	// After the scan, so that no transaction stays open while payloads are read.
	for _, e := range out {
		if e.Kind == Admission {
			if err := e.load(l.cfg.Log); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
