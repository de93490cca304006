package site

import (
	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
)

// DefaultMargin is how far outside its area a device must be seen, in metres: what a
// receiver among buildings is off by.
const DefaultMargin = 30

// readArea reads {centre: [lat, lon], radius: 200} or {corners: [[lat, lon], …]}.
func (d *Device) readArea(n *document.Node) {
	if n.Absent() {
		return
	}
	m := n.Mapping()
	centre, corners, radius, margin := m.Take("centre"), m.Take("corners"), m.Take("radius"), m.Take("margin")
	m.Done()
	a := &profile.Area{Margin: DefaultMargin}
	if centre.Absent() == corners.Absent() {
		n.Failf("device %s: area: write centre: [31.2241, 121.4737] and radius: 200 (metres), or corners: with at least three positions", d.ID)
		return
	}
	if !centre.Absent() {
		a.Corners = append(a.Corners, d.readPosition(centre))
		a.Radius = uint64(radius.Required("write it in metres, such as radius: 200").Int(1, profile.MaxRadius))
	} else {
		refuse(radius, "device %s: area: a radius belongs to a centre", d.ID)
		for _, x := range corners.List(profile.MaxCorners) {
			a.Corners = append(a.Corners, d.readPosition(x))
		}
	}
	if !margin.Absent() {
		a.Margin = uint64(margin.Int(0, profile.MaxMargin))
	}
	if err := a.Check(); err != nil {
		n.Failf("device %s: area: %v", d.ID, err)
		return
	}
	if d.Profile == nil {
		return
	}
	for _, name := range []string{profile.Latitude, profile.Longitude} {
		if _, ok := d.Profile.Profile.Point(name); !ok || !d.Profile.Speaks() {
			n.Failf("device %s: area: its profile %s has no point %s, so nobody knows where it is", d.ID, d.Profile.Profile.ID, name)
			return
		}
	}
	d.Area = a
}

func (d *Device) readPosition(n *document.Node) (p profile.Position) {
	x := n.List(2)
	if len(x) != 2 {
		n.Failf("device %s: area: a position is [latitude, longitude] in degrees of WGS-84, such as [31.2241, 121.4737]", d.ID)
		return p
	}
	return profile.Position{Lat: x[0].Decimal(), Lon: x[1].Decimal()}
}
