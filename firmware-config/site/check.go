package site

import (
	"fmt"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
)

// check holds devices to their bus and to each other.
func (s *Site) check(doc *document.Doc) {
	points := 0
	for i := range s.Devices {
		d := &s.Devices[i]
		if d.Profile == nil {
			continue // reported
		}
		points += len(d.Profile.Profile.Points)
		if b, ok := s.Bus(d.Bus); ok && b.Kind == instrument.Serial {
			l := d.Profile.Line
			if len(l.Bauds) == 0 {
				if b.Baud == 0 {
					doc.Failf(b.Line, "bus %s: write the rate of %s, such as baud: 9600; its profile does not say it", b.ID, d.ID)
				}
				l = instrument.Line{RTS: "none"}
			}
			b.settle(l)
		}
	}
	if points > record.MaxPoints {
		doc.Failf(0, "%d points on one gateway; at most %d are possible, put the rest on a second gateway", points, record.MaxPoints)
	}
	for i := range s.Devices {
		d := &s.Devices[i]
		if b, ok := s.Bus(d.Bus); ok && b.Kind == instrument.Serial && d.Profile != nil && len(d.Profile.Line.Bauds) > 0 {
			d.checkLine(doc, b)
		}
		s.checkAlone(doc, d)
	}
	if doc.Err() == nil {
		s.checkLoad(doc)
	}
	used := map[string]bool{}
	for _, d := range s.Devices {
		used[d.Bus] = true
	}
	for _, b := range s.Buses {
		if !used[b.ID] {
			s.warn(b.Line, "bus %s has no device", b.ID)
		}
	}
}

// checkAlone keeps instruments of different protocols off one bus, and everything
// but Modbus off a bus that is tapped.
func (s *Site) checkAlone(doc *document.Doc, d *Device) {
	if d.Profile == nil {
		return
	}
	b, ok := s.Bus(d.Bus)
	if ok && b.Tap && d.Profile.Speaks() {
		doc.Failf(d.Line, "device %s: bus %s is tapped, and only Modbus is understood on a tap", d.ID, b.ID)
	}
	if ok && b.Tee != "" && !d.Profile.Station() {
		doc.Failf(d.Line, "device %s: bus %s has a tee, which passes on what HJ 212 stations report; leave it out", d.ID, b.ID)
	}
	for _, o := range s.Devices {
		if o.Bus == d.Bus && o.Profile != nil && o.Profile.Profile.Protocol != d.Profile.Profile.Protocol {
			doc.Failf(d.Line, "device %s: it speaks %s, and device %s on the same bus %q speaks %s; give each a bus of its own", d.ID, d.Profile.Protocol(), o.ID, d.Bus, o.Profile.Protocol())
			return
		}
	}
}

// settle fills what the file leaves to the profiles: the first device decides,
// and the others are held to it. A rate without more is that rate at 8N1, as
// engineers write it.
func (b *Bus) settle(l instrument.Line) {
	if b.Baud > 0 {
		l.DataBits, l.Parity, l.StopBits = 8, 'N', 1
	} else if len(l.Bauds) > 0 {
		b.Baud = l.Bauds[0]
	}
	if b.DataBits == 0 {
		b.DataBits = l.DataBits
	}
	if b.Parity == 0 {
		b.Parity = l.Parity
	}
	if b.StopBits == 0 {
		b.StopBits = l.StopBits
	}
	b.Echo = b.Echo || l.Echo
	if b.RTS == "none" {
		b.RTS = l.RTS
	}
}

func (d *Device) checkLine(doc *document.Doc, b *Bus) {
	l, id := d.Profile.Line, d.Profile.Profile.ID
	if !l.Fits(b.Baud, b.DataBits, b.Parity, b.StopBits) {
		doc.Failf(d.Line, "device %s: bus %q is %s, profile %s wants %v; set bus and instrument alike, or give it a bus of its own", d.ID, b.ID, b.Settings(), id, l)
	}
	if l.RTS != "none" && l.RTS != b.RTS {
		doc.Failf(d.Line, "device %s: bus %q has rts: %s, profile %s wants rts: %s; give it a bus of its own", d.ID, b.ID, b.RTS, id, l.RTS)
	}
}

// checkLoad refuses a plan that no wire could carry.
func (s *Site) checkLoad(doc *document.Doc) {
	for _, l := range s.Loads() {
		b, _ := s.Bus(l.Bus)
		switch {
		case l.Wire > 1:
			doc.Failf(b.Line, "bus %s at %s: the planned reads need %.0f %% of the time on the wire; raise cadences, raise the rate, or move devices to another bus", l.Bus, b.Settings(), 100*l.Wire)
		case l.Total > busyLoad:
			s.warn(b.Line, "bus %s at %s is busy %.0f %% of the time with answers in %v each; a slow or lost device will delay the others", l.Bus, b.Settings(), 100*l.Total, turnaround(b.Kind))
		}
	}
}

// checkCompiled makes sure that the configuration reads back as it was written.
func (s *Site) checkCompiled() error {
	c, err := s.Compile("check")
	if err != nil {
		return err
	}
	if _, err := profile.ParseSettings(c.Leaves[0]); err != nil {
		return err
	}
	for i, leaf := range c.Leaves[1:] {
		if _, err := profile.ParseDevice(leaf); err != nil {
			return fmt.Errorf("device %s: %w", s.Devices[i].ID, err)
		}
	}
	return nil
}
