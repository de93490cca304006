package link

import (
	"fmt"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/evidence/record"
)

// Limits of messages that come in parts.
const (
	// Together is how long the parts of one message may be apart: a station sends a
	// part that is not acknowledged three times, five seconds apart (HJ 212-2017, 7).
	Together = time.Minute
	maxSets  = 4 // messages of one station that are incomplete
)

// set is a message of which parts have come.
type set struct {
	parts  []*hj212.Frame
	frames []*record.Frame // as sealed, in the order of coming
	began  time.Time
}

func (s *set) has(part int) bool {
	for _, p := range s.parts {
		if n, _, _ := p.Header.Part(); n == part {
			return true
		}
	}
	return false
}

// gather adds a part to the messages of a station, and gives back the frames that
// came before it once it completes one.
func (x *station) gather(f *hj212.Frame, sealed *record.Frame, now time.Time) (earlier []*record.Frame, gone error) {
	number, total, split := f.Header.Part()
	if !split || total == 1 {
		return nil, nil
	}
	if total > hj212.MaxParts {
		return nil, fmt.Errorf("a message of %d parts; at most %d are put together", total, hj212.MaxParts)
	}
	kept := x.sets[:0]
	for _, s := range x.sets {
		if now.Sub(s.began) < Together {
			kept = append(kept, s)
		} else {
			gone = s.lost("within a minute")
		}
	}
	x.sets = kept
	for i := len(x.sets) - 1; i >= 0; i-- {
		s := x.sets[i]
		if s.has(number) || !hj212.SameMessage(s.parts[0], f) {
			continue
		}
		earlier = s.frames[:len(s.frames):len(s.frames)]
		s.parts, s.frames = append(s.parts, f), append(s.frames, sealed)
		if len(s.parts) < total {
			return nil, gone
		}
		x.sets = append(x.sets[:i], x.sets[i+1:]...)
		return earlier, gone
	}
	if len(x.sets) == maxSets {
		gone = x.sets[0].lost("before four others began")
		x.sets = x.sets[1:]
	}
	x.sets = append(x.sets, &set{parts: []*hj212.Frame{f}, frames: []*record.Frame{sealed}, began: now})
	return nil, gone
}

func (s *set) lost(when string) error {
	h := &s.parts[0].Header
	return fmt.Errorf("%d of %s parts of a message came %s (CN %s, QN %s); their frames are sealed, their values are not read", len(s.parts), h.PNUM, when, h.CN, h.QN)
}
