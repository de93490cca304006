package profile

import (
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Limits of a configuration.
const (
	MaxDevices = 512
	MaxLeaf    = 8 << 10 // bytes of one configuration leaf
)

// Config is the configuration in force on a gateway. Its leaves are the gateway's
// settings (leaf 0) and its devices in ascending order of their ids; a batch
// header carries their Merkle root, so that evidence discloses one device alone.
type Config struct {
	Settings Settings
	Devices  []Device
}

// Settings are the gateway-wide part of a configuration.
type Settings struct {
	Site     string // configuration id of the site
	Gateway  string // configuration id of the gateway
	Software string // name and version of the agent
	Interval uint64 // µs that a batch stays open
}

// Device binds an instrument to a bus, an address and a profile.
type Device struct {
	ID       string
	Bus      string
	Address  string // in the protocol's terms, such as "3" for a Modbus unit
	Profile  [32]byte
	Path     record.Path
	Params   []ParamValue // ascending by name
	Limits   []Limit      // ascending by point name
	Cadence  uint64       // µs between polls; 0: the profile's
	Instance string       // maker's serial number of the instrument; may be empty
	// Record is how often a reading is sealed, in µs, and RecordOutside how often
	// while a point is outside its limit, 0: no oftener. With a Record of 0 every
	// reading is sealed. Every poll is judged in any case.
	Record, RecordOutside uint64
	Area                  *Area // where it may be; nil: anywhere
}

// ParamValue is a parameter that the site filled in.
type ParamValue struct {
	Name  string
	Value decimal.D
}

// Leaves are the encoded leaves, in order.
func (c *Config) Leaves() [][]byte {
	out := [][]byte{c.Settings.append(nil)}
	for i := range c.Devices {
		out = append(out, c.Devices[i].append(nil))
	}
	return out
}

// ConfigRoot is the digest of a configuration: the Merkle root over its leaves.
func ConfigRoot(leaves [][]byte) merkle.Hash { return merkle.Root(ConfigHashes(leaves)) }

// ConfigHashes are the leaf hashes of a configuration.
func ConfigHashes(leaves [][]byte) []merkle.Hash {
	h := make([]merkle.Hash, len(leaves))
	for i, l := range leaves {
		h[i] = merkle.Leaf(l)
	}
	return h
}

// append writes {1 format, 2 site, 3 gateway, 4 software, 5 interval}.
func (s *Settings) append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendMap(b, 5), 1), Format)
	b = cborx.AppendText(cborx.AppendUint(b, 2), s.Site)
	b = cborx.AppendText(cborx.AppendUint(b, 3), s.Gateway)
	b = cborx.AppendText(cborx.AppendUint(b, 4), s.Software)
	return cborx.AppendUint(cborx.AppendUint(b, 5), s.Interval)
}

// append writes {11 id, 12 bus, 13 address, 14 profile, 15 path, 16 params,
// 17 limits, 18 cadence, 19 instance, 20 record, 21 record outside}: labels that
// leaf 0 does not use; 20 and 21 are left out when 0.
func (d *Device) append(b []byte) []byte {
	n := 9
	for _, v := range [...]uint64{d.Record, d.RecordOutside} {
		if v > 0 {
			n++
		}
	}
	if d.Area != nil {
		n++
	}
	b = cborx.AppendText(cborx.AppendUint(cborx.AppendMap(b, n), 11), d.ID)
	b = cborx.AppendText(cborx.AppendUint(b, 12), d.Bus)
	b = cborx.AppendText(cborx.AppendUint(b, 13), d.Address)
	b = cborx.AppendBytes(cborx.AppendUint(b, 14), d.Profile[:])
	b = cborx.AppendUint(cborx.AppendUint(b, 15), uint64(d.Path))
	b = cborx.AppendArray(cborx.AppendUint(b, 16), len(d.Params))
	for _, p := range d.Params {
		b = p.Value.Append(cborx.AppendText(cborx.AppendArray(b, 2), p.Name))
	}
	b = cborx.AppendArray(cborx.AppendUint(b, 17), len(d.Limits))
	for i := range d.Limits {
		b = d.Limits[i].append(b)
	}
	b = cborx.AppendUint(cborx.AppendUint(b, 18), d.Cadence)
	b = cborx.AppendText(cborx.AppendUint(b, 19), d.Instance)
	if d.Record > 0 {
		b = cborx.AppendUint(cborx.AppendUint(b, 20), d.Record)
	}
	if d.RecordOutside > 0 {
		b = cborx.AppendUint(cborx.AppendUint(b, 21), d.RecordOutside)
	}
	if d.Area != nil {
		b = d.Area.append(cborx.AppendUint(b, 22))
	}
	return b
}

// Param is the value of a parameter: the site's, else the profile's default.
func (d *Device) Param(p *Profile, name string) (decimal.D, error) {
	for _, v := range d.Params {
		if v.Name == name {
			return v.Value, nil
		}
	}
	for _, q := range p.Params {
		if q.Name == name && q.Default != nil {
			return *q.Default, nil
		}
	}
	return decimal.D{}, fmt.Errorf("device %s: profile %s needs parameter %q and the site gives none", d.ID, p.ID, name)
}

// Resolve gives a bound's value on a device.
func (d *Device) Resolve(p *Profile, v Bound) (decimal.D, error) {
	if v.Param == "" {
		return v.Value, nil
	}
	return d.Param(p, v.Param)
}

// ParseSettings reads leaf 0 strictly.
func ParseSettings(leaf []byte) (*Settings, error) {
	r := cborx.NewReader(leaf)
	s := &Settings{}
	m := r.Fields(cborx.LabelRange(1, 5), cborx.LabelRange(1, 5))
	for m.Next() {
		switch m.Label {
		case 1:
			if v := r.Uint(); r.Err() == nil && v != Format {
				r.Failf("format version %d; this reader knows %d", v, Format)
			}
		case 2:
			s.Site = r.Text(MaxText)
		case 3:
			s.Gateway = r.Text(MaxText)
		case 4:
			s.Software = r.Text(MaxText)
		case 5:
			s.Interval = r.Uint()
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("configuration settings: %w", err)
	}
	return s, nil
}

// ParseDevice reads a device leaf strictly.
func ParseDevice(leaf []byte) (*Device, error) {
	if len(leaf) > MaxLeaf {
		return nil, fmt.Errorf("configuration device: %w: %d bytes are above the limit of %d", cborx.ErrMalformed, len(leaf), MaxLeaf)
	}
	r := cborx.NewReader(leaf)
	d := &Device{}
	m := r.Fields(cborx.LabelRange(11, 22), cborx.LabelRange(11, 19))
	for m.Next() {
		switch m.Label {
		case 11:
			d.ID = r.Text(MaxText)
		case 12:
			d.Bus = r.Text(MaxText)
		case 13:
			d.Address = r.Text(MaxText)
		case 14:
			copy(d.Profile[:], r.Fixed(32))
		case 15:
			d.Path = record.Path(r.UintMax(uint64(record.PathPublic)))
		case 16:
			for n := r.Array(MaxParams); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(2)
				v := ParamValue{r.Text(MaxText), decimal.Read(r)}
				if l := len(d.Params); r.Err() == nil && l > 0 && d.Params[l-1].Name >= v.Name {
					r.Failf("parameters are repeated or out of order at %q", v.Name)
				}
				d.Params = append(d.Params, v)
			}
		case 17:
			for n := r.Array(MaxPoints); n > 0 && r.Err() == nil; n-- {
				v := readLimit(r)
				if l := len(d.Limits); r.Err() == nil && l > 0 && d.Limits[l-1].Point >= v.Point {
					r.Failf("limits are repeated or out of order at %q", v.Point)
				}
				d.Limits = append(d.Limits, v)
			}
		case 18:
			d.Cadence = r.Uint()
		case 19:
			d.Instance = r.Text(MaxText)
		case 20:
			d.Record = r.Uint()
		case 21:
			d.RecordOutside = r.Uint()
		case 22:
			d.Area = readArea(r)
		}
	}
	switch {
	case m.Has(20) && d.Record == 0 || m.Has(21) && d.RecordOutside == 0:
		r.Failf("labels 20 and 21 are left out when 0")
	case m.Has(21) && !m.Has(20):
		r.Failf("label 21 belongs to label 20")
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("configuration device: %w", err)
	}
	return d, nil
}
