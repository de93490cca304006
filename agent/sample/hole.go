package sample

import (
	"slices"

	"fieldseal/agent/clock"
	"fieldseal/evidence/record"
)

// hole is a gap that grows.
type hole struct {
	open   bool
	from   int64 // Unix µs; 0: since the sampler began
	since  int64 // Unix µs when it was opened or last handed on
	cause  record.Cause
	missed uint64
}

func (h *hole) gap(point string, from, to int64) record.Gap {
	return record.Gap{Points: []string{point}, From: from, To: to, Cause: h.cause, Missed: h.missed}
}

// from is where the hole begins: at the reading before, or where the agent began
// to look. The latter is known by boot time, so that it is right even when the
// clock was set only later.
func (s *Sampler) from(p *point) int64 {
	if p.hole.from != 0 {
		return p.hole.from
	}
	return s.Clock.At(s.began)
}

// heldSince is up to when a point's time is accounted for while no hole is open.
func (s *Sampler) heldSince(p *point) int64 {
	if p.last != 0 {
		return p.last
	}
	return s.Clock.At(s.began)
}

// miss books polls of a point that gave no reading at a wall time.
func (s *Sampler) miss(out *Sample, p *point, cause record.Cause, polls uint64, wall int64, timed bool) {
	h := &p.hole
	if h.open && h.cause != cause && timed && h.missed > 0 {
		out.Gaps = append(out.Gaps, h.gap(p.name, s.from(p), wall))
		*h = hole{open: true, from: wall, since: wall}
	}
	if !h.open {
		*h = hole{open: true, from: p.last, since: wall}
	}
	h.cause = cause
	h.missed += polls
	// While the clock is not set, no time worth sealing exists.
	if timed && wall-h.since >= GapEvery.Microseconds() && h.since >= clock.Usable {
		out.Gaps = append(out.Gaps, h.gap(p.name, s.from(p), wall))
		*h = hole{open: true, from: wall, since: wall, cause: cause}
	}
}

// stop hands on what is open, and what a poll that still waits for its answer has
// missed; a receiver has no cadence of its own.
func (s *Sampler) stop() {
	wall, boot := s.Clock.Now()
	if wall < clock.Usable {
		return
	}
	out := &Sample{Taken: boot}
	for i := range s.points {
		p := &s.points[i]
		// The poll after the last reading may have been under way as it should.
		if c := s.Cadence.Microseconds(); !p.hole.open && c > 0 && wall-s.heldSince(p) >= 2*c {
			h := hole{from: p.last, cause: record.CauseBus, missed: uint64((wall - s.heldSince(p)) / c)}
			out.Gaps = append(out.Gaps, h.gap(p.name, s.heldSince(p), wall))
			p.hole = hole{open: true, from: wall, since: wall, cause: record.CauseBus}
			continue
		}
		if p.hole.open && wall > p.hole.since {
			out.Gaps = append(out.Gaps, p.hole.gap(p.name, s.from(p), wall))
			p.hole = hole{open: true, from: wall, since: wall, cause: p.hole.cause}
		}
	}
	if out.Gaps = join(out.Gaps, boot); len(out.Gaps) > 0 {
		s.Sink.Take(out)
	}
}

// join makes one gap of those of several points that say the same, and stamps
// them with the boot time.
func join(gaps []record.Gap, mono uint64) []record.Gap {
	var out []record.Gap
	for _, g := range gaps {
		at := slices.IndexFunc(out, func(o record.Gap) bool {
			return o.From == g.From && o.To == g.To && o.Cause == g.Cause && o.Missed == g.Missed
		})
		if at < 0 {
			g.Mono = mono
			out = append(out, g)
			continue
		}
		out[at].Points = append(out[at].Points, g.Points...)
	}
	for i := range out {
		slices.Sort(out[i].Points)
		out[i].Points = slices.Compact(out[i].Points)
	}
	return out
}
