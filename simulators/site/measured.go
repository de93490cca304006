package site

import (
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/profile"
)

// measured is what one device measures, whatever it speaks.
type measured struct {
	device  *profile.Device
	profile *profile.Profile
	curves  []Curve // by point
	seeds   []uint64

	mu    sync.Mutex
	held  map[string]float64 // points that stand still at a value
	blank map[string]bool    // points that have no value
}

// measure prepares the points of a device. Curves are by point; every point needs one.
func measure(seed uint64, d *profile.Device, p *profile.Profile, curves map[string]Curve) (*measured, error) {
	m := &measured{device: d, profile: p, held: map[string]float64{}, blank: map[string]bool{}}
	for i := range p.Points {
		name := p.Points[i].Name
		c, ok := curves[name]
		if !ok {
			return nil, fmt.Errorf("simulate %s: no curve for point %s", d.ID, name)
		}
		h := fnv.New64a()
		fmt.Fprintf(h, "%d %s/%s", seed, d.ID, name)
		m.curves, m.seeds = append(m.curves, c), append(m.seeds, h.Sum64())
	}
	return m, nil
}

// value is what point i measures at an instant.
func (m *measured) value(i int, at time.Time) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.held[m.profile.Points[i].Name]; ok {
		return v
	}
	return m.curves[i].At(m.seeds[i], at)
}

// Value is number.Value.
func (m *measured) Value(point string, at time.Time) (float64, bool) {
	i := slices.IndexFunc(m.profile.Points, func(x profile.Point) bool { return x.Name == point })
	if i < 0 || m.isBlank(point) {
		return 0, false
	}
	return m.value(i, at), true
}

func (m *measured) isBlank(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.blank[name]
}
