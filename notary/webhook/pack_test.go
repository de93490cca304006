package webhook

import (
	"encoding/json"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/notary/live"
)

type oneSite batch.ID

func (o oneSite) Sees(s batch.ID) bool { return s == batch.ID(o) }
func (o oneSite) SeesAll() bool        { return false }

// What the maker may not see is passed over, and so is everything once the maker
// may see nothing.
func TestWhatTheMakerMayNotSeeIsNotPacked(t *testing.T) {
	mine, foreign := batch.ID{1}, batch.ID{2}
	event := func(id uint64, site batch.ID) *live.Event {
		return &live.Event{ID: id, Kind: live.Admission, Header: &batch.Signed{Header: batch.Header{Site: site}}}
	}
	alarm := &live.Event{ID: 3, Kind: live.Alarm, Notice: &live.Notice{Site: foreign, Alarm: json.RawMessage("{}"), Step: json.RawMessage("{}")}}
	state := &live.Event{ID: 4, Kind: live.State, State: live.Logged, Size: 9}
	h := &Hooks{Config: Config{Maker: func(name string) (Viewer, bool) { return oneSite(mine), name == "wang" }}}
	for maker, want := range map[string][]uint64{"wang": {1, 4}, "gone": nil, "": {1, 2, 3, 4}} {
		var d Delivery
		h.pack(&d, &running{hook: Hook{Maker: maker}}, []*live.Event{event(1, mine), event(2, foreign), alarm, state})
		var got []uint64
		for _, i := range d.Events {
			got = append(got, i.ID)
		}
		if len(got) != len(want) || d.To != 4 {
			t.Errorf("maker %q: events %v up to %d, want %v", maker, got, d.To, want)
		}
	}
}
