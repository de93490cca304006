package site

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

// Record is how often readings of a device are sealed; zero: each of them.
type Record struct {
	Every   time.Duration
	Outside time.Duration // while a point is outside its limit; 0: no oftener
}

// pauseLine remembers where a pause stands until all devices are read.
type pauseLine struct {
	point, while string
	line         int
}

func (d *Device) readRecord(n *document.Node) {
	m := n.Mapping()
	every, outside := m.Take("every"), m.Take("outside")
	m.Done()
	if n.Absent() {
		return
	}
	d.Record.Every = every.Required("write how often a reading is sealed, such as record: {every: 30m, outside: 2m}").Duration(time.Second, 24*time.Hour)
	d.Record.Outside = outside.Duration(time.Second, 24*time.Hour)
	if r := d.Record; r.Every > 0 && r.Outside > r.Every {
		outside.Failf("device %s: record: outside %v is longer than every %v; outside its limit a point is recorded oftener, such as outside: 2m", d.ID, r.Outside, r.Every)
	}
}

func (d *Device) readLimits(n *document.Node) {
	m := n.Mapping()
	names, nodes := m.Rest()
	for i, name := range names {
		lm := nodes[i].Mapping()
		l := profile.Limit{Point: name, Low: lm.Take("low").OptionalDecimal(), High: lm.Take("high").OptionalDecimal()}
		l.After = uint64(lm.Take("after").Duration(0, 24*time.Hour) / time.Microsecond)
		by := lm.Take("hysteresis")
		if l.Hysteresis = by.OptionalDecimal(); l.Hysteresis != nil && l.Hysteresis.Mantissa <= 0 {
			by.Failf("device %s: limit of %s: a hysteresis of %v; write how far within a reading must be to end the alarm, such as 0.5, or leave it out", d.ID, name, l.Hysteresis)
			l.Hysteresis = nil
		}
		d.readPauses(&l, lm.Take("pause"))
		lm.Done()
		at := m.KeyLine(name)
		if _, ok := d.Profile.Profile.Point(name); !ok {
			var known []string
			for _, x := range d.Profile.Profile.Points {
				known = append(known, x.Name)
			}
			nodes[i].FailAt(at, "device %s: profile %s has no point %q; known are %s", d.ID, d.Profile.Profile.ID, name, strings.Join(known, ", "))
		}
		switch {
		case l.Low == nil && l.High == nil:
			nodes[i].FailAt(at, "device %s: limit of %s has neither low nor high; write one, such as {high: 80}", d.ID, name)
		case l.Low != nil && l.High != nil && l.Low.Cmp(*l.High) > 0:
			nodes[i].FailAt(at, "device %s: limit of %s: low %v is above high %v", d.ID, name, l.Low, l.High)
		}
		d.Limits = append(d.Limits, l)
	}
	slices.SortFunc(d.Limits, func(a, b profile.Limit) int { return cmp.Compare(a.Point, b.Point) })
}

// readPauses reads - {while: door-1/open, equals: 1, most: 10m}.
func (d *Device) readPauses(l *profile.Limit, n *document.Node) {
	for _, item := range n.List(profile.MaxPauses) {
		m := item.Mapping()
		while := m.Take("while").Required("write device/point, such as door-1/open")
		p := profile.Pause{Point: while.Text(profile.MaxText)}
		p.Equals = m.Take("equals").Required("write the value that pauses the limit, such as 1 for an open door").Decimal()
		p.Most = uint64(m.Take("most").Required("write the longest length of one pause, such as 10m").Duration(time.Second, 24*time.Hour) / time.Microsecond)
		m.Done()
		if slices.ContainsFunc(l.Pauses, func(o profile.Pause) bool { return o.Point == p.Point }) {
			while.Failf("device %s: limit of %s is paused by %s twice; keep one", d.ID, l.Point, p.Point)
			continue
		}
		d.pauseLines = append(d.pauseLines, pauseLine{l.Point, p.Point, while.Line()})
		l.Pauses = append(l.Pauses, p)
	}
	slices.SortFunc(l.Pauses, func(a, b profile.Pause) int { return cmp.Compare(a.Point, b.Point) })
}

// checkPauses holds pauses to the points that exist.
func (s *Site) checkPauses(doc *document.Doc) {
	for i := range s.Devices {
		d := &s.Devices[i]
		for _, p := range d.pauseLines {
			id, point, _ := strings.Cut(p.while, "/")
			by, ok := s.Device(id)
			switch {
			case p.while == "": // reported
			case p.while == d.ID+"/"+p.point:
				doc.Failf(p.line, "device %s: limit of %s is paused by the point itself; name another, such as a door or a defrost", d.ID, p.point)
			case !ok:
				doc.Failf(p.line, "device %s: limit of %s is paused by %q, and there is no device %q; write device/point, such as door-1/open", d.ID, p.point, p.while, id)
			case by.Profile != nil:
				if _, ok := by.Profile.Profile.Point(point); !ok {
					doc.Failf(p.line, "device %s: limit of %s is paused by %q, and profile %s has no point %q", d.ID, p.point, p.while, by.Profile.Profile.ID, point)
				}
			}
		}
	}
}

// lampCadence is the slowest cadence with which a lamp follows a limit closely.
const lampCadence = 5 * time.Second

// Lamp is what the local alarm lamp hangs on: a file, or a line of a GPIO chip.
type Lamp struct {
	File string // such as an LED's brightness; it takes 1 and 0
	Chip string // of Line
	Line string // name or number
	// ActiveLow says that the lamp is on at the low level.
	ActiveLow bool
}

// readLamp reads lamp: {file: /sys/class/leds/alarm/brightness} or lamp: {line:
// GPIO5, active: high}.
func (s *Site) readLamp(n *document.Node) {
	m := n.Mapping()
	file, line, chip, active := m.Take("file"), m.Take("line"), m.Take("chip"), m.Take("active")
	switch {
	case n.Absent():
	case line.Absent():
		s.Lamp.File = file.Required("write the file that switches it, such as /sys/class/leds/alarm/brightness, or the line of a GPIO chip, such as line: GPIO5").Text(4096)
		refuse(chip, "lamp: chip: is for a line; leave it out beside file:")
		refuse(active, "lamp: active: is for a line; leave it out beside file:")
	default:
		refuse(file, "lamp: it hangs on a file or on a line; leave one of them out")
		s.Lamp.Line, s.Lamp.Chip = line.Text(profile.MaxText), textOr(chip, DefaultChip)
		s.Lamp.ActiveLow = active.Required("write the level at which the lamp is on, active: high or active: low").Choice("high", "low") == "low"
		for _, d := range s.Devices {
			if b, ok := s.Bus(d.Bus); ok && b.Kind == instrument.GPIO && b.Chip == s.Lamp.Chip && d.Named == s.Lamp.Line {
				line.Failf("lamp: line %s of %s is device %s in line %d already; one line has one use", s.Lamp.Line, b.Chip, d.ID, d.Line)
			}
		}
	}
	m.Done()
	for i := range s.Devices {
		d := &s.Devices[i]
		if s.Lamp == (Lamp{}) || len(d.Limits) == 0 || d.Profile == nil {
			continue
		}
		for x := range d.Profile.Exchanges {
			if c := d.CadenceOf(x); c > lampCadence {
				s.warn(d.Line, "device %s: its limits are judged at each reading, every %v, and the lamp follows as late; write cadence: 2s, and record: for how often a reading is sealed", d.ID, c)
				break
			}
		}
	}
}
