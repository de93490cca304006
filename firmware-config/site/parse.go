package site

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

// Load reads a site file and the shipped profiles, with those of the folder that
// its key "profiles" names, taken from the site file's own folder.
func Load(file string) (*Site, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("site file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, document.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("site file: %w", err)
	}
	lib, err := instrument.Shipped()
	if err != nil {
		return nil, err
	}
	return Parse(file, data, lib, func(dir string) error {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(file), dir)
		}
		return lib.Add(dir, os.DirFS(dir))
	})
}

// Parse reads a site file. name is what errors call it. add is called with the
// folder of own profiles, if the file names one, before devices are read; nil
// refuses such a folder. The error joins every problem found.
func Parse(name string, data []byte, lib *instrument.Library, add func(dir string) error) (*Site, error) {
	doc, err := document.Open(name, data)
	if err != nil {
		return nil, err
	}
	s := &Site{File: name}
	m := doc.Root().Mapping()
	m.Version(Version)
	s.readSite(m.Take("site").Required("write site: {id: north-yard, interval: 10s}"))
	g := m.Take("gateway").Required("write gateway: {id: gw-1, data: /var/lib/fieldseal}")
	gm := g.Mapping()
	if !g.Absent() {
		s.Gateway.ID = gm.Take("id").Required("name the gateway, such as gw-1").ID()
		s.Gateway.Data = gm.Take("data").Required("write the folder for key and journal, such as /var/lib/fieldseal").Text(4096)
	}
	gm.Done()
	nm := m.Take("notary").Mapping()
	s.Notary.Address = readHostPort(nm.Take("address"))
	nm.Done()
	if own := m.Take("profiles"); !own.Absent() {
		dir := own.Text(4096)
		if add == nil {
			own.Failf("profiles: a folder of own profiles cannot be read here")
		} else if err := add(dir); dir != "" && err != nil {
			own.Failf("profiles: %v", err)
		}
	}
	buses := m.Take("buses").Required("write at least one bus, such as - {id: a, kind: serial, path: /dev/ttyUSB0, baud: 9600}")
	for _, n := range buses.List(64) {
		s.readBus(n)
	}
	devices := m.Take("devices").Required("write at least one device, such as - {id: dust-1, bus: a, unit: 1, profile: dust/bl-tsp}")
	list := devices.List(profile.MaxDevices)
	for _, n := range list {
		s.readDevice(n, lib)
	}
	if !devices.Absent() && len(list) == 0 {
		devices.Failf("devices is empty; write at least one device")
	}
	s.readJournal(m.Take("journal"))
	s.readUplink(m.Take("uplink"))
	s.readListen(m.Take("listen"))
	s.readLamp(m.Take("lamp"))
	m.Done()
	s.check(doc)
	s.checkPauses(doc)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(s.Devices, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	if err := s.checkCompiled(); err != nil {
		return nil, document.Problem{File: name, Text: err.Error()}
	}
	return s, nil
}

func (s *Site) readSite(n *document.Node) {
	m := n.Mapping()
	s.Interval = DefaultInterval
	if !n.Absent() {
		s.ID = m.Take("id").Required("name the site, such as north-yard").ID()
		s.Name = m.Take("name").Text(profile.MaxText)
		if v := m.Take("interval"); !v.Absent() {
			s.Interval = v.Duration(100*time.Millisecond, 10*time.Minute)
		}
	}
	if s.Name == "" {
		s.Name = s.ID
	}
	m.Done()
}

// readHostPort reads host:port; the host may be a name.
func readHostPort(n *document.Node) string {
	v := n.Text(512)
	if v == "" {
		return ""
	}
	at := strings.LastIndexByte(v, ':')
	if at <= 0 {
		n.Fail(fmt.Errorf("%q is not host:port; write both, such as 192.168.1.20:502", v))
		return ""
	}
	host, port := v[:at], v[at+1:]
	p, err := strconv.ParseUint(port, 10, 16)
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	if err != nil || p == 0 || strings.ContainsAny(host, "/ @") || strings.Contains(host, ":") && !bracketed {
		n.Fail(fmt.Errorf("%q is not host:port; write both and no scheme, such as 192.168.1.20:502", v))
		return ""
	}
	return v
}

func (s *Site) readDevice(n *document.Node, lib *instrument.Library) {
	m := n.Mapping()
	d := Device{Line: n.Line()}
	d.ID = m.Take("id").Required("name the device, such as dust-1").ID()
	bus := m.Take("bus").Required("write which bus it is on")
	d.Bus = bus.ID()
	b, ok := s.Bus(d.Bus)
	if !ok && d.Bus != "" {
		bus.Failf("device %s: bus %q does not exist; %s", d.ID, d.Bus, s.knownBuses())
	}
	prof := m.Take("profile").Required("write which instrument it is; known are " + lib.Known())
	if id := prof.Text(profile.MaxText); id != "" {
		if d.Profile, ok = lib.Get(id); !ok {
			prof.Failf("device %s: profile %q does not exist; known are %s, or name a folder of your own with profiles:", d.ID, id, lib.Known())
		}
	}
	d.readPlace(n, m, bus, b)
	d.readKeys(m.Take("keys"))
	if b != nil && d.Profile != nil && b.Kind == instrument.Listen && !b.Networked && d.Profile.Roams() {
		bus.Failf("device %s: bus %s does not say over which network such instruments dial in, which evidence tells; write network: public, or network: site for one of the site's own", d.ID, b.ID)
	}
	d.Cadence = m.Take("cadence").Duration(100*time.Millisecond, 24*time.Hour)
	d.Instance = m.Take("instance").Text(profile.MaxText)
	params, limits := m.Take("params"), m.Take("limits")
	d.readRecord(m.Take("record"))
	d.readArea(m.Take("area"))
	m.Done()
	if d.Profile != nil {
		d.readParams(params, n)
		d.readLimits(limits)
	}
	for _, o := range s.Devices {
		if o.ID == d.ID && d.ID != "" {
			n.Failf("device %s is described in line %d already; give this one another id", d.ID, o.Line)
		}
		if o.Bus == d.Bus && d.Bus != "" && o.ID != d.ID && d.Profile != nil && o.Profile != nil && o.Place() == d.Place() {
			n.Failf("device %s: %s of bus %q is device %s in line %d already; one of them is another instrument", d.ID, d.Place(), d.Bus, o.ID, o.Line)
		}
	}
	s.Devices = append(s.Devices, d)
}

// readPlace reads what tells the device from the others on its bus.
func (d *Device) readPlace(n *document.Node, m *document.Mapping, bus *document.Node, b *Bus) {
	unit, station, address := m.Take("unit"), m.Take("station"), m.Take("address")
	if d.Profile == nil {
		return // reported; which key is meant is not known
	}
	id, p := d.ID, d.Profile
	if b != nil && !p.Fits(b.Kind) {
		bus.Failf("device %s: bus %s is of kind %s, and an instrument of profile %s is on one of kind %s", id, b.ID, b.Kind, p.Profile.ID, p.Buses())
	}
	if !p.Speaks() {
		refuse(station, "device %s: its instrument is asked by Modbus; station: is for those that report by HJ 212", id)
		refuse(address, "device %s: a Modbus instrument has no address: but a unit:, the number set on it", id)
		unit.Required("write the Modbus address set on the instrument, such as unit: 1")
		low, high := int64(1), int64(247)
		if b != nil && b.Kind == instrument.TCP {
			low, high = 0, 255
		}
		d.Unit = byte(unit.Int(low, high))
		return
	}
	key, other := address, station
	if p.Station() {
		key, other = station, address
	}
	refuse(unit, "device %s: unit: is for Modbus instruments; an instrument of protocol %s has none", id, p.Profile.Protocol)
	refuse(other, "device %s: station: is for those that report by HJ 212, address: for the others", id)
	remedy := p.Address()
	if remedy == "" {
		refuse(key, "device %s: a bus has one instrument of protocol %s; leave its address out", id, p.Profile.Protocol)
		return
	}
	d.Named = key.Required(remedy).Text(profile.MaxText)
	if d.Named != "" {
		if err := p.CheckAddress(d.Named); err != nil {
			key.Failf("device %s: %v", id, err)
		}
	}
}

// MaxKeys is how many keys a station may have at once: the present one, the one
// before, and the next.
const MaxKeys = 4

// readKeys reads the keys of content that the instrument encrypts. Their bytes stand
// in files, for a site file is no secret.
func (d *Device) readKeys(n *document.Node) {
	if n.Absent() {
		return
	}
	if d.Profile != nil && !d.Profile.Station() {
		n.Failf("device %s: keys: are for stations that encrypt what they report (HJ 212-2025)", d.ID)
		return
	}
	for _, x := range n.List(MaxKeys) {
		m := x.Mapping()
		k := Key{ID: m.Take("id").Required("name the key as records shall speak of it, such as 2026-4").ID(),
			File: m.Take("file").Required("name the file that holds its 32 hexadecimal digits").Text(4096)}
		m.Done()
		for _, o := range d.Keys {
			if o.ID == k.ID {
				x.Failf("device %s: key %s twice; a new key has a new id", d.ID, k.ID)
			}
		}
		d.Keys = append(d.Keys, k)
	}
}

// refuse tells of a key that does not belong to the device.
func refuse(key *document.Node, format string, args ...any) {
	if !key.Absent() {
		key.Failf(format, args...)
	}
}

func (s *Site) knownBuses() string {
	var ids []string
	for _, b := range s.Buses {
		ids = append(ids, b.ID)
	}
	if ids == nil {
		return "describe it under buses"
	}
	return "known are " + strings.Join(ids, ", ")
}

func (d *Device) readParams(n, device *document.Node) {
	p := &d.Profile.Profile
	m := n.Mapping()
	for _, q := range p.Params {
		v := m.Take(q.Name)
		switch {
		case !v.Absent():
			d.Params = append(d.Params, profile.ParamValue{Name: q.Name, Value: v.Decimal()})
		case q.Default == nil:
			device.Failf("device %s: profile %s needs parameter %s (%s); write params: {%s: …}", d.ID, p.ID, q.Name, cmp.Or(q.Unit, "a number"), q.Name)
		}
	}
	m.Done()
	slices.SortFunc(d.Params, func(a, b profile.ParamValue) int { return cmp.Compare(a.Name, b.Name) })
}

func (s *Site) readJournal(n *document.Node) {
	m := n.Mapping()
	s.Journal = Journal{DefaultMaxBytes, DefaultMaxAge, DefaultKeepReleased}
	if v := m.Take("max_bytes"); !v.Absent() {
		s.Journal.MaxBytes = v.Bytes(1<<20, 1<<40)
	}
	if v := m.Take("max_age"); !v.Absent() {
		s.Journal.MaxAge = v.Duration(time.Minute, 10*365*24*time.Hour)
	}
	if v := m.Take("keep_released"); !v.Absent() {
		s.Journal.KeepReleased = v.Duration(0, 10*365*24*time.Hour)
	}
	m.Done()
}

func (s *Site) readUplink(n *document.Node) {
	m := n.Mapping()
	s.Uplink.Backlog = DefaultBacklog
	s.Uplink.Broker = readHostPort(m.Take("broker"))
	if v := m.Take("backlog"); !v.Absent() {
		s.Uplink.Backlog = int(v.Int(1, 10000))
	}
	m.Done()
}

func (s *Site) readListen(n *document.Node) {
	m := n.Mapping()
	s.Listen.Health = DefaultHealth
	if v := m.Take("health"); !v.Absent() {
		if s.Listen.Health = v.Text(512); s.Listen.Health != "off" {
			s.Listen.Health = readListenAddress(v)
			if a, err := netip.ParseAddrPort(s.Listen.Health); err == nil && !a.Addr().IsLoopback() {
				s.warn(v.Line(), "listen.health is %s: anyone who reaches it sees the gateway's state; use 127.0.0.1 unless you mean it", s.Listen.Health)
			}
		}
	}
	m.Done()
}

// readListenAddress reads ip:port; port 0 lets the system choose.
func readListenAddress(n *document.Node) string {
	v := n.Text(512)
	if _, err := netip.ParseAddrPort(v); err != nil && v != "" {
		n.Fail(errors.New("write an address with its port, such as 127.0.0.1:9411, or off"))
		return ""
	}
	return v
}

func (s *Site) warn(line int, format string, args ...any) {
	s.Warnings = append(s.Warnings, document.Problem{File: s.File, Line: line, Text: fmt.Sprintf(format, args...)})
}
