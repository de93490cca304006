package lines

import (
	"errors"

	"fieldseal/drivers/nmea"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// errOther: the line is sound and says nothing that the profile asks for.
var errOther = errors.New("the profile does not ask for it")

// tongue is what one device's protocol makes of a line.
type tongue interface {
	// addressed says that lines tell which instrument of the bus they are of.
	addressed() bool
	// find tells which exchange of the profile a line is. The error is errOther for
	// what is to be passed over, textline.ErrAddress for another instrument's, and
	// anything else for what is damaged or fits nothing.
	find(line []byte) (exchange int, err error)
	decode(d *profile.Device, f *record.Frame) ([]profile.Decoded, error)
}

// sentences are those of NMEA 0183.
type sentences struct{ m *nmea.Map }

func (sentences) addressed() bool { return false }

func (t sentences) find(line []byte) (int, error) {
	s, err := nmea.Parse(line)
	if err != nil {
		return 0, err
	}
	for i, have := range t.m.Types {
		if have == s.Type {
			return i, nil
		}
	}
	return 0, errOther
}

func (t sentences) decode(d *profile.Device, f *record.Frame) ([]profile.Decoded, error) {
	return nmea.Decoder{}.Decode(t.m.Profile, d, f, nil)
}

// printed are lines by a pattern.
type printed struct {
	m       *textline.Map
	address string
}

func (t printed) addressed() bool { return t.m.Addressed() }

func (t printed) find(line []byte) (int, error) { return t.m.Match(t.address, line) }

func (t printed) decode(d *profile.Device, f *record.Frame) ([]profile.Decoded, error) {
	return t.m.Decode(d, f, nil)
}

// outcome is what a line that is none of the profile's is recorded as.
func outcome(err error) record.Outcome {
	switch {
	case errors.Is(err, nmea.ErrChecksum), errors.Is(err, nmea.ErrForm):
		return record.OutcomeCheck
	case errors.Is(err, nmea.ErrLength):
		return record.OutcomeTruncated
	}
	return record.OutcomeForeign
}
