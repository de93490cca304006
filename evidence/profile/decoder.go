package profile

import (
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// A Decoder turns the bytes of one exchange into values, by profile. It is pure:
// the agent runs it when it reads, and a verifier runs it again years later.
type Decoder interface {
	// Decode gives the value of every point of p that the exchange carries, in
	// the profile's order; a point may come several times, with different times,
	// oldest first. earlier are the frames that f names, oldest first. An
	// error says that the bytes are not a valid exchange of this protocol; a
	// point whose bytes mean "no value" is Missing, never a guess.
	Decode(p *Profile, d *Device, f *record.Frame, earlier []*record.Frame) ([]Decoded, error)
}

// Decoded is one value out of an exchange.
type Decoded struct {
	Point   string // the point's name in the profile
	Value   decimal.D
	Flag    string // the instrument's own flag, verbatim
	Missing bool   // the bytes hold the "no value" pattern; Value is zero
	Time    int64  // the instrument's own time, Unix µs; 0: it gave none
	// Backfilled says that the instrument declares the value to be sent late, out
	// of its own memory.
	Backfilled bool
}
