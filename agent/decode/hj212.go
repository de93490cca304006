package decode

import (
	"fieldseal/drivers/hj212"
	"fieldseal/firmware-config/profile"
)

// hj212Frame is a packet as sent, but for the password, which is not shown.
type hj212Frame struct {
	QN      string   `json:"QN,omitempty"`
	ST      string   `json:"ST,omitempty"`
	CN      string   `json:"CN,omitempty"`
	MN      string   `json:"MN,omitempty"`
	Flag    string   `json:"Flag,omitempty"`
	PNUM    string   `json:"PNUM,omitempty"`
	PNO     string   `json:"PNO,omitempty"`
	CP      string   `json:"CP"`
	CRC     string   `json:"crc"`
	CRCRule string   `json:"crc_rule"`
	Notes   []string `json:"notes,omitempty"`
}

func newHJ212(p *profile.File) (func([]byte) (any, []Reading, error), error) {
	if p != nil {
		return nil, wrongProtocol(p, "hj212")
	}
	return func(b []byte) (any, []Reading, error) {
		f, err := hj212.ParseLine(b, hj212.Options{})
		if err != nil {
			return nil, nil, err
		}
		var out []Reading
		for _, r := range f.Readings() {
			out = append(out, newReading(r.Point(), r.Value, "", r.Flag, r.Time))
		}
		return showHJ212(f), out, nil
	}, nil
}

func showHJ212(f *hj212.Frame) hj212Frame {
	h := f.Header
	return hj212Frame{text(h.QN), text(h.ST), text(h.CN), text(h.MN), text(h.Flag), text(h.PNUM), text(h.PNO),
		text(h.CP), f.CRC, f.Rule.String(), f.Notes}
}
