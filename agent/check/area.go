package check

import (
	"fmt"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// fixes is how many positions in a row must say the same before it counts, for a
// receiver beside a wall jumps.
const fixes = 2

// Area watches whether a device stays where it may be. Until it was seen outside it
// counts as inside.
type Area struct {
	area    *profile.Area
	outside bool
	run     int // positions in a row that say otherwise
}

// NewArea watches an area; nil without one.
func NewArea(a *profile.Area) *Area {
	if a == nil {
		return nil
	}
	return &Area{area: a}
}

// Fix takes a position and gives the event of a crossing. Leaving takes positions
// beyond the margin, coming back takes positions within the area itself.
func (a *Area) Fix(p profile.Position) (e record.Event, ok bool) {
	if a == nil {
		return e, false
	}
	d := a.area.Distance(p)
	if crossed := a.outside && d <= 0 || !a.outside && d > float64(a.area.Margin); !crossed {
		a.run = 0
		return e, false
	}
	if a.run++; a.run < fixes {
		return e, false
	}
	a.run, a.outside = 0, !a.outside
	if a.outside {
		return record.Event{Type: record.EventAreaLeft, Note: fmt.Sprintf("%v, %v is %.0f m outside", p.Lat, p.Lon, d)}, true
	}
	return record.Event{Type: record.EventAreaEntered, Note: fmt.Sprintf("%v, %v", p.Lat, p.Lon)}, true
}
