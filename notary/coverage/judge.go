package coverage

import (
	"cmp"
	"slices"

	"fieldseal/evidence/batch"
)

// Verdict is how a point stands at a moment.
type Verdict struct {
	Point   string   `json:"point"`
	Gateway batch.ID `json:"gateway"`
	Every   int64    `json:"expected"` // µs
	Last    int64    `json:"last"`     // newest reading, by the gateway's clock; 0: none
	Blind   bool     `json:"blind"`
	Since   int64    `json:"since,omitempty"`  // Last of a blind point
	Reason  string   `json:"reason,omitempty"` // what was sealed about it
	Index   uint64   `json:"index,omitempty"`  // of the record that says so
	Leaf    uint32   `json:"leaf,omitempty"`
	Planned bool     `json:"planned"`

	// Due is when the point went or goes blind, by the notary's clock; what the
	// notary could not hear is not counted.
	Due    int64    `json:"-"`
	Newest Ref      `json:"-"` // its newest reading
	Site   batch.ID `json:"-"`
}

// Heard is how a gateway stands at a moment.
type Heard struct {
	Gateway batch.ID `json:"gateway"`
	Last    int64    `json:"last"` // newest batch's closing, by the gateway's clock
	Silent  bool     `json:"silent"`
	Since   int64    `json:"since,omitempty"` // Last of a silent one
}

// PlanRef names the plan in force.
type PlanRef struct {
	Index uint64 `json:"index"`
	From  int64  `json:"from"`
	Until int64  `json:"until"` // 0: until replaced
}

// Site is what a site must send and what is missing.
type Site struct {
	Site     batch.ID  `json:"site"`
	Plan     *PlanRef  `json:"plan"`
	Points   []Verdict `json:"points"`
	Gateways []Heard   `json:"gateways"`
	Online   float64   `json:"online"`  // share of points that are not blind, 0 to 1
	Missing  int       `json:"missing"` // points that are blind
}

// SilentGateway is the reason of a point whose gateway says nothing and sealed none.
const SilentGateway = "gateway silent"

// Judge says how a site stands at a moment, by the plan in force and the
// configurations of its gateways. active says whether a gateway may still send.
func (s *State) Judge(site batch.ID, plan *Plan, now int64, active func(batch.ID) bool) Site {
	out := Site{Site: site, Points: []Verdict{}, Gateways: []Heard{}, Online: 1}
	if plan != nil {
		out.Plan = &PlanRef{plan.Index, plan.From, plan.Until}
	}
	for _, g := range s.of(site) {
		if !active(g.ID) {
			continue
		}
		h := Heard{Gateway: g.ID, Last: g.Last, Silent: g.Silent(now, 0)}
		if h.Silent {
			h.Since = g.Last
		}
		out.Gateways = append(out.Gateways, h)
	}
	for v := range s.points(site, plan, now, active) {
		if v.Blind {
			out.Missing++
		}
		out.Points = append(out.Points, v)
	}
	slices.SortFunc(out.Points, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.Point, b.Point), slices.Compare(a.Gateway[:], b.Gateway[:]))
	})
	switch n := len(out.Points); {
	case n > 0:
		out.Online = 1 - float64(out.Missing)/float64(n)
	case !slices.ContainsFunc(out.Gateways, func(h Heard) bool { return !h.Silent }):
		out.Online = 0 // nobody there says what to expect
	}
	return out
}

// bySite is every site's gateways, by id.
func (s *State) bySite() map[batch.ID][]*Gateway {
	if s.sites == nil {
		s.sites = map[batch.ID][]*Gateway{}
		for _, g := range s.Gateways {
			s.sites[g.Site] = append(s.sites[g.Site], g)
		}
		for _, all := range s.sites {
			slices.SortFunc(all, func(a, b *Gateway) int { return slices.Compare(a.ID[:], b.ID[:]) })
		}
	}
	return s.sites
}

func (s *State) of(site batch.ID) []*Gateway { return s.bySite()[site] }

// Sites are those of all gateways that sent something, by id.
func (s *State) Sites() []batch.ID {
	out := make([]batch.ID, 0, len(s.bySite()))
	for site := range s.bySite() {
		out = append(out, site)
	}
	slices.SortFunc(out, func(a, b batch.ID) int { return slices.Compare(a[:], b[:]) })
	return out
}

// points judges each point that a site must send.
func (s *State) points(site batch.ID, plan *Plan, now int64, active func(batch.ID) bool) func(yield func(Verdict) bool) {
	return func(yield func(Verdict) bool) {
		type key struct {
			gateway batch.ID
			point   string
		}
		planned := map[key]bool{}
		if plan != nil {
			for _, x := range plan.Points {
				if !active(x.Gateway) {
					continue
				}
				planned[key{x.Gateway, x.Point}] = true
				every := int64(min(x.MaxInterval, 1<<60))
				g := s.Gateways[x.Gateway]
				if g == nil {
					// Nothing ever came of it.
					g = &Gateway{ID: x.Gateway, Site: site, Fresh: max(plan.From, plan.Stated)}
				}
				// A plan names the greatest interval between two readings; what the owner
				// configured is the cadence, unless it is slower than the plan allows.
				if g.config != nil {
					if c := g.config.Points[x.Point]; c != nil && c.Every > 0 {
						every = min(every, c.Every)
					}
				}
				p := g.Points[x.Point]
				if p == nil {
					p = &Point{Fresh: max(plan.From, plan.Stated)}
				}
				if !yield(g.judge(x.Point, p, every, now, s.Listening, true)) {
					return
				}
			}
		}
		for _, g := range s.of(site) {
			if g.config == nil || !active(g.ID) {
				continue
			}
			for _, name := range g.config.Names {
				c := g.config.Points[name]
				if c.Every == 0 || planned[key{g.ID, name}] {
					continue
				}
				if !yield(g.judge(name, g.point(name), c.Every, now, s.Listening, false)) {
					return
				}
			}
		}
	}
}

func (g *Gateway) judge(name string, p *Point, every, now, listening int64, planned bool) Verdict {
	limit := Threshold(every)
	v := Verdict{Point: name, Gateway: g.ID, Every: every, Last: p.Last, Planned: planned, Newest: p.Ref, Site: g.Site,
		Blind: now-p.Fresh > limit, Due: max(p.Fresh, g.Heard, listening) + limit}
	if !v.Blind {
		return v
	}
	v.Since = p.Last
	if r := g.reason(name, p, now); r != nil {
		v.Reason, v.Index, v.Leaf = r.Text, r.Ref.Index, r.Ref.Leaf
	} else if g.Silent(now, 0) {
		v.Reason = SilentGateway
	}
	return v
}

// reason is what was sealed about a point that says nothing now; nil: nothing was.
func (g *Gateway) reason(name string, p *Point, now int64) *Reason {
	if p.Hole != nil && !p.Hole.Ends && p.Hole.To >= p.Last {
		return p.Hole
	}
	if l := g.Lost[deviceOf(name)]; l != nil && l.From >= p.Last {
		return l
	}
	if g.Said != nil && g.Said.From >= p.Last && g.Silent(now, 0) {
		return g.Said
	}
	if g.Hole != nil && g.Hole.To >= p.Last && g.Hole.From <= p.Last+joined {
		return g.Hole
	}
	return nil
}

// Blinds judges all sites and gives the points that are blind, with the gateways
// that may still send.
func (s *State) Blinds(plans *Plans, now int64, active func(batch.ID) bool, yield func(Verdict)) {
	seen := map[batch.ID]bool{}
	for _, sites := range [][]batch.ID{s.Sites(), plans.Sites()} {
		for _, site := range sites {
			if seen[site] {
				continue
			}
			seen[site] = true
			for v := range s.points(site, plans.At(site, now), now, active) {
				if v.Blind {
					yield(v)
				}
			}
		}
	}
}

// Expected is what a gateway's configuration in force says of a point; nil: nothing.
func (g *Gateway) Expected(point string) *Expected {
	if g.config == nil {
		return nil
	}
	return g.config.Points[point]
}

// Configured is the configuration in force; nil while it is not known.
func (g *Gateway) Configured() *Configuration { return g.config }

// Configure gives a gateway that was restored the configuration that it names.
func (g *Gateway) Configure(c *Configuration, now int64) {
	if g.config == nil && c != nil {
		g.configure(c, now)
	}
}
