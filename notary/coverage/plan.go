package coverage

import (
	"fmt"
	"iter"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
)

// Plan is a coverage plan as the log holds it.
type Plan struct {
	*statement.Coverage
	Index  uint64 // in the log
	Stated int64  // Unix µs
}

// Statements is where plans are logged.
type Statements interface {
	Statements(t statement.Type) iter.Seq2[uint64, error] // newest first
	Statement(index uint64) (*statement.Signed, statement.Body, error)
}

// Plans are the coverage plans of all sites. It is not safe for concurrent use.
type Plans struct {
	Log Statements

	seen uint64 // log index of the newest that was read, and one
	all  map[batch.ID][]Plan
}

// Refresh reads what was stated since.
func (p *Plans) Refresh() error {
	if p.all == nil {
		p.all = map[batch.ID][]Plan{}
	}
	newest := p.seen
	for at, err := range p.Log.Statements(statement.TypeCoverage) {
		if err != nil {
			return fmt.Errorf("coverage plans: %w", err)
		}
		if at < p.seen {
			break
		}
		s, body, err := p.Log.Statement(at)
		if err != nil {
			return fmt.Errorf("coverage plan at log entry %d: %w", at, err)
		}
		c, ok := body.(*statement.Coverage)
		if !ok {
			return fmt.Errorf("log entry %d is no coverage plan", at)
		}
		p.all[c.Site] = append(p.all[c.Site], Plan{c, at, s.Time})
		newest = max(newest, at+1)
	}
	p.seen = newest
	return nil
}

// At is the plan of a site in force at a moment, chosen as a verifier chooses
// (docs/verdict.md): the one that began last, and of these the one stated last.
func (p *Plans) At(site batch.ID, t int64) *Plan {
	var best *Plan
	for i := range p.all[site] {
		x := &p.all[site][i]
		if x.InForce(t) && (best == nil || x.From > best.From || x.From == best.From && x.Stated > best.Stated) {
			best = x
		}
	}
	return best
}

// Sites are those that ever had a plan.
func (p *Plans) Sites() []batch.ID {
	out := make([]batch.ID, 0, len(p.all))
	for s := range p.all {
		out = append(out, s)
	}
	return out
}

// Ends is when a site will have no plan in force, or since when it has none, in Unix
// µs; false where it never had one, or one holds for ever. A plan that begins before
// the one before it ends goes on from there.
func (p *Plans) Ends(site batch.ID, now int64) (int64, bool) {
	end, any := int64(0), false
	if p.At(site, now) == nil {
		for _, x := range p.all[site] {
			if x.Until != 0 && x.Until <= now {
				end, any = max(end, x.Until), true
			}
		}
		return end, any
	}
	end = now
	for x := p.At(site, end); x != nil; x = p.At(site, end) {
		if x.Until == 0 {
			return 0, false
		}
		end = x.Until
	}
	return end, true
}
