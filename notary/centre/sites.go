package centre

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
)

// lagging is an evidence lag that a map shows: anchors come within seconds to minutes.
const lagging = 5 * time.Minute

// Site is a site that the viewer may see.
func (c *Centre) Site(v Viewer, id batch.ID) (client.CentreSite, bool) {
	for _, s := range c.Sites(v) {
		if s.ID == id {
			return s, true
		}
	}
	return client.CentreSite{}, false
}

// Sites lists the sites that the viewer may see, by configuration id, each with as
// much as the viewer may read of it.
func (c *Centre) Sites(v Viewer) []client.CentreSite {
	now := c.Now().UnixMicro()
	var connected map[batch.ID]time.Time
	if c.Connected != nil {
		connected = c.Connected()
	}
	found := map[batch.ID]*client.CentreSite{}
	for _, e := range c.Registry.List() {
		if !v.Sees(e.Site) {
			continue
		}
		s := found[e.Site]
		if s == nil {
			s = &client.CentreSite{ID: e.Site, Slug: e.SiteSlug, Name: e.SiteName, Online: 1}
			found[e.Site] = s
		}
		if e.State != enrol.Pending {
			s.Name = e.SiteName
		}
		_, on := connected[e.Gateway]
		g := client.SiteGateway{ID: e.Gateway, Name: e.GatewayName, State: string(e.State), Connected: on}
		if x, ok := c.Log.Gateway(e.Gateway); ok {
			g.Last = x.Last
		}
		s.Gateways = append(s.Gateways, g)
	}
	points := map[batch.ID]map[string]bool{}
	c.mu.RLock()
	for _, all := range c.series {
		for point, units := range all {
			for _, x := range units {
				if found[x.site] == nil {
					break
				}
				if points[x.site] == nil {
					points[x.site] = map[string]bool{}
				}
				points[x.site][point] = true
			}
		}
	}
	c.mu.RUnlock()
	out := make([]client.CentreSite, 0, len(found))
	for id, s := range found {
		s.Points = len(points[id])
		if c.Places != nil {
			s.Register = c.Places.Register(id)
			s.District, s.Business = s.Register.District, s.Register.Business
		}
		if c.Watch != nil {
			x := c.Watch.Site(id, now)
			s.Points, s.Blind, s.Alarms, s.Unanswered, s.SilentSince, s.Online = max(s.Points, x.Points), x.Blind, x.Alarms, x.Unanswered, x.SilentSince, x.Online
		}
		if at := c.oldestUnanchored(id); at > 0 {
			s.EvidenceLag = max(now-at, 1)
		}
		withhold(v, s)
		switch {
		case s.Alarms > 0:
			s.Worst = "alarm"
		case s.SilentSince > 0 || s.Blind > 0:
			s.Worst = "silence"
		case s.EvidenceLag > lagging.Microseconds():
			s.Worst = "lag"
		default:
			s.Worst = "calm"
		}
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b client.CentreSite) int {
		return cmp.Or(strings.Compare(a.Slug, b.Slug), slices.Compare(a.ID[:], b.ID[:]))
	})
	return out
}

// withhold leaves of a site what the viewer may read. Who may read sites alone gets
// its name, district and business.
func withhold(v Viewer, s *client.CentreSite) {
	if !v.Reads("register") {
		s.Register = client.Register{District: s.District, Business: s.Business}
	}
	if !v.Reads("alarm") {
		s.Alarms, s.Unanswered = 0, 0
	}
	if !v.Reads("health") {
		s.EvidenceLag = 0
	}
	if !v.Reads("coverage") {
		s.Points, s.Blind, s.SilentSince, s.Online, s.Gateways = 0, 0, 0, 0, []client.SiteGateway{}
	} else if !v.Reads("gateway") {
		// When it sent last is of coverage; whether it was revoked is not.
		for i := range s.Gateways {
			s.Gateways[i].State = ""
		}
	}
}

// oldestUnanchored is when the oldest batch of a site came that no final anchor
// covers, as far as is remembered: never later than it was. 0: all are covered.
func (c *Centre) oldestUnanchored(id batch.ID) int64 {
	covered := c.Covered()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sites[id]
	if s == nil {
		return 0
	}
	for len(s.waits) > 0 {
		// A step stands for every admission up to the next one.
		if len(s.waits) == 1 && s.waits[0].index >= covered || len(s.waits) > 1 && s.waits[1].index > covered {
			return s.waits[0].at
		}
		s.waits = s.waits[1:]
	}
	return 0
}

// Health is how the evidence stands, as far as the viewer may see.
func (c *Centre) Health(v Viewer) (*client.EvidenceHealth, error) {
	now := c.Now()
	h := &client.EvidenceHealth{Silent: []client.Silent{}, Expiring: []client.Expiring{}, Problems: []string{},
		Log: client.HealthLog{Origin: c.Log.Origin(), Size: c.Log.Size(), Signed: c.Log.Head().Size, Anchored: c.Covered(), ReadOnly: c.Log.ReadOnly()}}
	var sites, gateways []batch.ID
	c.mu.Lock()
	if v.SeesAll() { // it counts every site's
		h.ReadingsPerSecond = c.rate.perSecond(now.Unix())
	}
	for id := range c.sites {
		if v.Sees(id) {
			sites = append(sites, id)
		}
	}
	for id, g := range c.gateways {
		if v.Sees(g.site) {
			gateways = append(gateways, id)
		}
	}
	c.mu.Unlock()
	for _, id := range sites {
		if at := c.oldestUnanchored(id); at > 0 && (h.OldestUnanchored == 0 || at < h.OldestUnanchored) {
			h.OldestUnanchored = at
		}
	}
	if h.OldestUnanchored > 0 {
		h.AnchorLag = max(now.UnixMicro()-h.OldestUnanchored, 0)
	}
	y, m, d := now.Date()
	if err := c.countGaps(gateways, time.Date(y, m, d, 0, 0, 0, 0, now.Location()).UnixMicro(), &h.GapsToday); err != nil {
		return nil, err
	}
	if c.Watch != nil {
		h.Silent = append(h.Silent, c.Watch.Silent(sites, now.UnixMicro())...)
		for _, id := range sites {
			if until, ends := c.Watch.PlanEnds(id, now.UnixMicro()); ends && until <= now.Add(expiryAhead).UnixMicro() {
				h.Expiring = append(h.Expiring, client.Expiring{What: "coverage plan", Site: &id, Until: until})
			}
		}
	}
	if c.Status != nil {
		h.Chain = c.Status.Chain()
		h.Problems = append(h.Problems, c.Status.Problems()...)
		if v.SeesAll() {
			h.Expiring = append(h.Expiring, c.Status.Expiring()...)
		}
	}
	due, err := c.due.expiring(c, v, now)
	if err != nil {
		return nil, err
	}
	h.Expiring = append(h.Expiring, due...)
	byUntil(h.Expiring)
	if err := c.Err(); err != nil {
		h.Problems = append(h.Problems, err.Error())
	}
	return h, nil
}
