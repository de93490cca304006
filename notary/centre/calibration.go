package centre

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
)

// expiryAhead is for how long before it is due a calibration is told of, and a coverage
// plan before it ends.
const expiryAhead = 90 * 24 * time.Hour

// calibrations are the newest of each instrument, as the log has them.
type calibrations struct {
	mu     sync.Mutex
	seen   uint64 // log index of the newest that was read, and one
	newest map[instrument]calibration
}

// calibration is one with its place in the log.
type calibration struct {
	*statement.Calibration
	index uint64
}

// instrument is a device of a gateway. An instrument that replaces another has the
// device's name, and the newer calibration.
type instrument struct {
	gateway batch.ID
	device  string
}

// refresh reads what was stated since; mu is held.
func (x *calibrations) refresh(c *Centre) error {
	if x.newest == nil {
		x.newest = map[instrument]calibration{}
	}
	next := x.seen
	for at, err := range c.Log.Statements(statement.TypeCalibration) {
		if err != nil {
			return fmt.Errorf("calibrations: %w", err)
		}
		if at < x.seen {
			break
		}
		_, body, err := c.Log.Statement(at)
		if err != nil {
			return fmt.Errorf("calibration at log entry %d: %w", at, err)
		}
		b, ok := body.(*statement.Calibration)
		if !ok {
			return fmt.Errorf("log entry %d is no calibration", at)
		}
		// The one performed last counts, and of one time the one stated last.
		k := instrument{b.Gateway, b.Device}
		if old, ok := x.newest[k]; !ok || b.Performed > old.Performed || b.Performed == old.Performed && at > old.index {
			x.newest[k] = calibration{b, at}
		}
		next = max(next, at+1)
	}
	x.seen = next
	return nil
}

// expiring lists the calibrations of the viewer's sites that are due soon or were.
func (x *calibrations) expiring(c *Centre, v Viewer, now time.Time) (out []client.Expiring, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.refresh(c); err != nil {
		return nil, err
	}
	until := now.Add(expiryAhead).UnixMicro()
	for _, b := range x.newest {
		if b.Until <= until && v.Sees(b.Site) {
			out = append(out, client.Expiring{What: "calibration", Name: b.Device, Detail: fmt.Sprintf("%s, %s, %s", b.Instrument, b.Certificate, b.Laboratory), Site: &b.Site, Until: b.Until})
		}
	}
	return out, nil
}

// byUntil puts what ends first, first.
func byUntil(all []client.Expiring) {
	slices.SortStableFunc(all, func(a, b client.Expiring) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.What, b.What), cmp.Compare(a.Name, b.Name))
	})
}
