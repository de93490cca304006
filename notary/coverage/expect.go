package coverage

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/notary/intake"
	"fieldseal/notary/store"
)

// Expected is a point that a configuration makes a gateway send.
type Expected struct {
	Point   string
	Device  string
	Every   int64 // µs; the slowest cadence at which it is sealed
	Poll    int64 // µs between two polls
	Profile string
	Title   profile.Text // of the point
	Unit    string
	Limits  *profile.Limit // what the site file holds it to; nil: nothing
}

// Configuration is what a gateway's configuration says of what it sends.
type Configuration struct {
	Interval int64 // µs that a batch stays open
	Points   map[string]*Expected
	Names    []string // of Points, ascending
	Devices  map[string]*profile.Device
	Profiles map[string]*profile.Profile // by device
}

// Configs reads configurations out of the store and keeps them by their root. It
// is not safe for concurrent use.
type Configs struct {
	Store store.Store

	known map[[32]byte]*Configuration
}

// maxConfigs bounds the cache; a fleet has one configuration for each gateway.
const maxConfigs = 4096

// Get is the configuration with a root; nil while no gateway has brought it.
func (c *Configs) Get(root [32]byte) (*Configuration, error) {
	if have := c.known[root]; have != nil {
		return have, nil
	}
	leaves, err := intake.ReadConfig(c.Store, merkle.Hash(root))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := read(leaves, func(digest [32]byte) ([]byte, error) { return intake.ReadProfile(c.Store, digest) })
	if err != nil {
		return nil, fmt.Errorf("configuration %x: %w", root, err)
	}
	if c.known == nil || len(c.known) >= maxConfigs {
		c.known = map[[32]byte]*Configuration{}
	}
	c.known[root] = out
	return out, nil
}

// read is what the leaves of a configuration make a gateway send.
func read(leaves [][]byte, compiled func([32]byte) ([]byte, error)) (*Configuration, error) {
	s, err := profile.ParseSettings(leaves[0])
	if err != nil {
		return nil, err
	}
	out := &Configuration{Interval: int64(s.Interval), Points: map[string]*Expected{}, Devices: map[string]*profile.Device{}, Profiles: map[string]*profile.Profile{}}
	for _, leaf := range leaves[1:] {
		d, err := profile.ParseDevice(leaf)
		if err != nil {
			return nil, err
		}
		raw, err := compiled(d.Profile)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		p, err := profile.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
		out.Devices[d.ID], out.Profiles[d.ID] = d, p
		for i := range p.Points {
			x := expected(d, p, &p.Points[i])
			out.Points[x.Point] = x
		}
	}
	for name := range out.Points {
		out.Names = append(out.Names, name)
	}
	slices.Sort(out.Names)
	return out, nil
}

func expected(d *profile.Device, p *profile.Profile, point *profile.Point) *Expected {
	x := &Expected{Point: d.ID + "/" + point.Name, Device: d.ID, Poll: int64(d.Cadence), Profile: p.ID, Title: point.Title, Unit: point.Unit}
	if x.Poll == 0 && int(point.Exchange) < len(p.Exchanges) {
		x.Poll = int64(p.Exchanges[point.Exchange].Cadence)
	}
	// Outside its limits a point is sealed oftener; the slowest counts.
	x.Every = max(x.Poll, int64(d.Record))
	if i := slices.IndexFunc(d.Limits, func(l profile.Limit) bool { return l.Point == point.Name }); i >= 0 {
		x.Limits = &d.Limits[i]
	}
	return x
}

// deviceOf is the device of a point, "device/name".
func deviceOf(point string) string {
	d, _, _ := strings.Cut(point, "/")
	return d
}
