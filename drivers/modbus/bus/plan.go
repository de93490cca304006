package bus

import (
	"fmt"

	"fieldseal/drivers/modbus"
)

// PlannedRead is one read of a polling plan.
type PlannedRead struct {
	Name string // in the warning
	Unit byte
	modbus.Read
}

// Clash is two reads whose answers only their order tells apart.
type Clash struct{ A, B PlannedRead }

func (c Clash) String() string {
	return fmt.Sprintf("unit %d: %s (address %d) and %s (address %d) both read %d data bytes by function %d; a late answer to one could pass for the other; ask for another count in one of them",
		c.A.Unit, c.A.Name, c.A.Address, c.B.Name, c.B.Address, c.A.DataBytes(), c.A.Function)
}

// DistinctCounts finds the reads of one slave whose answers have the same shape:
// same unit, function and byte count, another address. On RTU nothing in the
// frame then says which of them an answer belongs to. It is a warning, not an
// error: some maps leave no choice.
func DistinctCounts(plan []PlannedRead) []Clash {
	var clashes []Clash
	for i, b := range plan {
		for _, a := range plan[:i] {
			if a.Unit == b.Unit && a.Function == b.Function && a.DataBytes() == b.DataBytes() && a.Read != b.Read {
				clashes = append(clashes, Clash{a, b})
			}
		}
	}
	return clashes
}
