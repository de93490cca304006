package site

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
)

// Compiled is the configuration that batch headers bind, with the profiles that
// it names.
type Compiled struct {
	Config   profile.Config
	Leaves   [][]byte
	Root     merkle.Hash // the digest in the headers
	Profiles []CompiledProfile
}

// CompiledProfile is a profile as evidence carries it.
type CompiledProfile struct {
	Digest  [32]byte
	Bytes   []byte
	Profile *profile.Profile
}

// Profile finds the profile that a device of the configuration is bound to.
func (c *Compiled) Profile(digest [32]byte) (*CompiledProfile, bool) {
	for i := range c.Profiles {
		if c.Profiles[i].Digest == digest {
			return &c.Profiles[i], true
		}
	}
	return nil, false
}

// Address is where the device is found on its bus, in the protocol's terms.
func (d *Device) Address() string {
	if d.Profile.Speaks() {
		return d.Named
	}
	return strconv.Itoa(int(d.Unit))
}

// Place is the address as an engineer writes it.
func (d *Device) Place() string {
	switch {
	case !d.Profile.Speaks():
		return "unit " + d.Address()
	case d.Profile.Station():
		return "station " + d.Named
	case d.Named == "":
		return "the instrument"
	}
	return d.Named
}

// Compile gives the configuration in force. software is the agent's name and
// version. The same site, profiles and software give the same bytes.
func (s *Site) Compile(software string) (*Compiled, error) {
	c := &Compiled{Config: profile.Config{Settings: profile.Settings{
		Site: s.ID, Gateway: s.Gateway.ID, Software: software, Interval: uint64(s.Interval / time.Microsecond)}}}
	for i := range s.Devices {
		d := &s.Devices[i]
		b, _ := s.Bus(d.Bus)
		p := d.Profile.For(b.Form())
		compiled, digest, err := p.Compile()
		if err != nil {
			return nil, err
		}
		if _, have := c.Profile(digest); !have {
			c.Profiles = append(c.Profiles, CompiledProfile{digest, compiled, p})
		}
		c.Config.Devices = append(c.Config.Devices, profile.Device{
			ID: d.ID, Bus: d.Bus, Address: d.Address(), Profile: digest, Path: b.Via,
			Params: d.Params, Limits: d.Limits, Cadence: uint64(d.Cadence / time.Microsecond), Instance: d.Instance,
			Record: uint64(d.Record.Every / time.Microsecond), RecordOutside: uint64(d.Record.Outside / time.Microsecond), Area: d.Area})
	}
	slices.SortFunc(c.Profiles, func(a, b CompiledProfile) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	c.Leaves = c.Config.Leaves()
	c.Root = profile.ConfigRoot(c.Leaves)
	return c, nil
}
