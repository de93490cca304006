package decode

import "fieldseal/drivers/hj212"

// hj212Frame is a packet as sent, but for the password, which is not shown.
type hj212Frame struct {
	QN        string   `json:"QN,omitempty"`
	ST        string   `json:"ST,omitempty"`
	CN        string   `json:"CN,omitempty"`
	MN        string   `json:"MN,omitempty"`
	Flag      string   `json:"Flag,omitempty"`
	PNUM      string   `json:"PNUM,omitempty"`
	PNO       string   `json:"PNO,omitempty"`
	CP        string   `json:"CP"`
	CRC       string   `json:"crc"`
	CRCRule   string   `json:"crc_rule"`
	Encrypted bool     `json:"encrypted,omitempty"` // CP is shown opened
	Notes     []string `json:"notes,omitempty"`
}

// newHJ212 decodes packets. A profile gives units and scales to the fields that
// it names; every other field comes as sent, without a unit.
func newHJ212(o Options) decodeFunc {
	opts := hj212.Options{}
	if o.Station != nil {
		opts = o.Station.Options()
	}
	if o.Key != nil {
		opts.Keys = []hj212.Key{{Bytes: o.Key}}
	}
	return func(b []byte) (any, []Reading, error) {
		f, err := hj212.ParseLine(b, opts)
		if err != nil {
			return nil, nil, err
		}
		var out []Reading
		for _, r := range f.Readings() {
			v, unit := r.Value, ""
			if o.Station != nil {
				if x, ok := o.Station.Point(f.Header.CN, r); ok {
					if v, ok = hj212.Convert(x, r); !ok {
						continue
					}
					unit = x.Unit
				}
			}
			out = append(out, newReading(r.Point(), v, unit, r.Flag, r.Time))
		}
		return showHJ212(f), out, nil
	}
}

func showHJ212(f *hj212.Frame) hj212Frame {
	h := f.Header
	return hj212Frame{text(h.QN), text(h.ST), text(h.CN), text(h.MN), text(h.Flag), text(h.PNUM), text(h.PNO),
		text(h.CP), f.CRC, f.Rule.String(), f.Encrypted, f.Notes}
}
