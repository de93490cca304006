package centre

import (
	"fmt"
	"sync"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/notary/api/client"
	"fieldseal/notary/intake"
	"fieldseal/notary/store"
)

// Viewer is who asks.
type Viewer interface {
	Sees(site batch.ID) bool
	SeesAll() bool
	// Reads says whether a resource of the roles' table, such as "alarm", is theirs to read.
	Reads(resource string) bool
}

// All sees everything: whoever may open the data folder.
type All struct{}

// Sees is true.
func (All) Sees(batch.ID) bool { return true }

// SeesAll is true.
func (All) SeesAll() bool { return true }

// Reads is true.
func (All) Reads(string) bool { return true }

// Places is the register of sites.
type Places interface {
	Register(site batch.ID) client.Register
}

// Standing is how a site stands.
type Standing struct {
	Points, Blind, Alarms, Unanswered int
	SilentSince                       int64 // Unix µs; 0: it is not silent
	Online                            float64
}

// PointStanding is how a point stands.
type PointStanding struct {
	Expected int64 // µs; 0: not known
	Blind    bool
	Reason   string
}

// Supervision judges what is missing and what is out of limits, at a moment in Unix µs.
type Supervision interface {
	Site(site batch.ID, at int64) Standing
	// Points is how a gateway's points stand, by name.
	Points(site, gateway batch.ID, at int64) map[string]PointStanding
	Silent(sites []batch.ID, at int64) []client.Silent
	// PlanEnds is when a site will have no coverage plan in force, or since when it has
	// none, in Unix µs; false: it never had one, or one holds for ever.
	PlanEnds(site batch.ID, at int64) (int64, bool)
	// Spans are the alarms of a point that stood within from ≤ t < to, as they were
	// known at a moment; 0: now.
	Spans(site batch.ID, point string, from, to, at int64) ([]client.AlarmSpan, error)
}

// Status tells of the notary itself.
type Status interface {
	Problems() []string
	Expiring() []client.Expiring
	Chain() client.HealthChain
	// Block is the log size that the anchor in a block covers; false: no anchor is known there.
	Block(number uint64) (size uint64, found bool, err error)
}

// configs reads what configurations say of points.
type configs struct {
	store store.Store
	mu    sync.Mutex
	known map[[32]byte]map[string]setting
}

// maxConfigs bounds the configurations in memory.
const maxConfigs = 1024

// setting is what a configuration says of a point.
type setting struct {
	title     client.Title
	low, high *decimal.D
	every     int64 // µs
}

func (s *setting) limits() (low, high string) {
	if s.low != nil {
		low = s.low.String()
	}
	if s.high != nil {
		high = s.high.String()
	}
	return low, high
}

// get is what a configuration says of its points; nil while none has brought it.
func (c *configs) get(root [32]byte) map[string]setting {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x, ok := c.known[root]; ok {
		return x
	}
	x, err := c.read(root)
	if err != nil {
		return nil // it may still come; readings are shown without it
	}
	if c.known == nil || len(c.known) >= maxConfigs {
		c.known = map[[32]byte]map[string]setting{}
	}
	c.known[root] = x
	return x
}

func (c *configs) read(root [32]byte) (map[string]setting, error) {
	leaves, err := intake.ReadConfig(c.store, merkle.Hash(root))
	if err != nil {
		return nil, err
	}
	out := map[string]setting{}
	for _, leaf := range leaves[1:] {
		d, err := profile.ParseDevice(leaf)
		if err != nil {
			return nil, err
		}
		raw, err := intake.ReadProfile(c.store, d.Profile)
		if err != nil {
			return nil, err
		}
		p, err := profile.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		for i := range p.Points {
			x := &p.Points[i]
			s := setting{title: client.Title{EN: x.Title.EN, ZH: x.Title.ZH}, every: int64(d.Cadence)}
			if s.every == 0 && int(x.Exchange) < len(p.Exchanges) {
				s.every = int64(p.Exchanges[x.Exchange].Cadence)
			}
			s.every = max(s.every, int64(d.Record))
			for _, l := range d.Limits {
				if l.Point == x.Name {
					s.low, s.high = l.Low, l.High
				}
			}
			out[d.ID+"/"+x.Name] = s
		}
	}
	return out, nil
}
