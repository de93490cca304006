package statement

import (
	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/record"
)

// Calibration says that an instrument was calibrated; the supervision side signs
// it. That the certificate exists and says so is its word: what it names by digest
// is compared by who holds it.
type Calibration struct {
	Site        batch.ID
	Gateway     batch.ID
	Device      string   // id in the gateway's configuration
	Instrument  string   // maker and serial number, as the certificate names them
	Certificate string   // number
	Laboratory  string   // who calibrated
	Document    [32]byte // SHA-256 of the certificate
	Performed   int64    // Unix µs
	Until       int64    // Unix µs at which it is due again; after Performed
}

// Type is TypeCalibration.
func (*Calibration) Type() Type { return TypeCalibration }

func (c *Calibration) append(b []byte) []byte {
	b = cborx.AppendBytes(cborx.AppendUint(cborx.AppendMap(b, 9), 1), c.Site[:])
	b = cborx.AppendBytes(cborx.AppendUint(b, 2), c.Gateway[:])
	b = cborx.AppendText(cborx.AppendUint(b, 3), c.Device)
	b = cborx.AppendText(cborx.AppendUint(b, 4), c.Instrument)
	b = cborx.AppendText(cborx.AppendUint(b, 5), c.Certificate)
	b = cborx.AppendText(cborx.AppendUint(b, 6), c.Laboratory)
	b = cborx.AppendBytes(cborx.AppendUint(b, 7), c.Document[:])
	b = cborx.AppendInt(cborx.AppendUint(b, 8), c.Performed)
	return cborx.AppendInt(cborx.AppendUint(b, 9), c.Until)
}

func readCalibration(r *cborx.Reader) *Calibration {
	c := &Calibration{}
	for m := r.Fields(cborx.LabelRange(1, 9), cborx.LabelRange(1, 9)); m.Next(); {
		switch m.Label {
		case 1:
			copy(c.Site[:], r.Fixed(16))
		case 2:
			copy(c.Gateway[:], r.Fixed(16))
		case 3:
			c.Device = filled(r, record.MaxName, "says nothing")
		case 4:
			c.Instrument = filled(r, MaxName, "says nothing")
		case 5:
			c.Certificate = filled(r, MaxName, "says nothing")
		case 6:
			c.Laboratory = filled(r, MaxName, "says nothing")
		case 7:
			copy(c.Document[:], r.Fixed(32))
		case 8:
			c.Performed = r.Int()
		case 9:
			if c.Until = r.Int(); r.Err() == nil && c.Until <= c.Performed {
				r.Failf("a calibration that is due again at %d, before it was performed at %d", c.Until, c.Performed)
			}
		}
	}
	return c
}
