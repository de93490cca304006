package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
)

// Cause is what the agent observed while there was no reading: an observation,
// never an explanation. The number is signed; the list is closed.
type Cause uint8

// The causes of a gap.
const (
	CauseUnknown   Cause = 0
	CauseNoAnswer  Cause = 1 // the device did not answer
	CauseBus       Cause = 2 // the bus, port or connection failed, or replies were damaged
	CauseJournal   Cause = 3 // the journal's bound took payloads that were not yet delivered
	CauseStopped   Cause = 4 // the agent had been stopped cleanly
	CauseRestarted Cause = 5 // the agent restarted without a clean stop; the machine did not
	CauseMachine   Cause = 6 // the machine restarted
	CauseClock     Cause = 7 // the clock was not set
	CauseNoValue   Cause = 8 // the instrument answered with its "no value" pattern or refused
	maxCause             = CauseNoValue
)

func (c Cause) String() string {
	if c > maxCause {
		return fmt.Sprintf("cause %d", uint8(c))
	}
	return [...]string{"unknown", "no answer", "bus fault", "journal bound", "agent stopped cleanly", "agent restarted",
		"machine restarted", "clock not set", "no value from the instrument"}[c]
}

// Gap says that there is no reading of the points from From to To.
type Gap struct {
	Points []string // ascending; empty: every point of the gateway
	From   int64    // Unix µs: the last reading before, or when the agent began to look
	To     int64    // Unix µs: the first moment after, at or after From unless the clock was set between
	Cause  Cause
	Mono   uint64 // µs since the machine started, when the gap was recorded
	Missed uint64 // polls that should have given a reading; 0: not known
	// Lost names the batches whose payload the journal's bound took: boot, first
	// and last sequence. Nil for other causes.
	Lost *LostRun
}

// LostRun is a run of batches of one boot.
type LostRun struct {
	Boot        BootID
	First, Last uint64
}

// Kind is KindGap.
func (*Gap) Kind() Kind { return KindGap }

// Covers reports whether the gap speaks of the point.
func (g *Gap) Covers(point string) bool {
	for _, p := range g.Points {
		if p == point {
			return true
		}
	}
	return len(g.Points) == 0
}

// Append writes {1 points, 2 from, 3 to, 4 cause, 5 monotonic, 6 missed, 7 lost
// [boot, first, last]}; label 7 is left out when nil.
func (g *Gap) Append(b []byte) []byte {
	n := 6
	if g.Lost != nil {
		n++
	}
	b = cborx.AppendArray(cborx.AppendUint(cborx.AppendMap(b, n), 1), len(g.Points))
	for _, p := range g.Points {
		b = cborx.AppendText(b, p)
	}
	b = cborx.AppendInt(cborx.AppendUint(b, 2), g.From)
	b = cborx.AppendInt(cborx.AppendUint(b, 3), g.To)
	b = cborx.AppendUint(cborx.AppendUint(b, 4), uint64(g.Cause))
	b = cborx.AppendUint(cborx.AppendUint(b, 5), g.Mono)
	b = cborx.AppendUint(cborx.AppendUint(b, 6), g.Missed)
	if g.Lost != nil {
		b = cborx.AppendBytes(cborx.AppendArray(cborx.AppendUint(b, 7), 3), g.Lost.Boot[:])
		b = cborx.AppendUint(cborx.AppendUint(b, g.Lost.First), g.Lost.Last)
	}
	return b
}

func readGap(r *cborx.Reader) *Gap {
	g := &Gap{}
	m := r.Fields(cborx.LabelRange(1, 7), cborx.LabelRange(1, 6))
	for m.Next() {
		switch m.Label {
		case 1:
			for n := r.Array(MaxPoints); n > 0 && r.Err() == nil; n-- {
				p := nonEmpty(r, MaxName)
				if l := len(g.Points); r.Err() == nil && l > 0 && g.Points[l-1] >= p {
					r.Failf("points are repeated or out of order at %q", p)
				}
				g.Points = append(g.Points, p)
			}
		case 2:
			g.From = readTime(r)
		case 3:
			g.To = readTime(r)
		case 4:
			g.Cause = Cause(r.UintMax(uint64(maxCause)))
		case 5:
			g.Mono = r.Uint()
		case 6:
			g.Missed = r.Uint()
		case 7:
			r.ArrayOf(3)
			g.Lost = &LostRun{}
			copy(g.Lost.Boot[:], r.Fixed(16))
			g.Lost.First = r.Uint()
			g.Lost.Last = r.Uint()
			if r.Err() == nil && g.Lost.Last < g.Lost.First {
				r.Failf("last batch %d is before the first, %d", g.Lost.Last, g.Lost.First)
			}
		}
	}
	return g
}
