package decode

import (
	"fmt"

	"fieldseal/drivers/crane"
)

type craneFrame struct {
	Type    string   `json:"type"`
	Device  string   `json:"device,omitempty"`
	Card    string   `json:"card,omitempty"`
	Clock   string   `json:"clock,omitempty"`
	Limits  string   `json:"limits,omitempty"`
	Sensors string   `json:"sensors,omitempty"`
	Warning string   `json:"warning,omitempty"`
	Alarm   string   `json:"alarm,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

func decodeCrane(b []byte) (any, []Reading, error) {
	f, err := crane.Parse(b)
	if err != nil {
		return nil, nil, err
	}
	show := craneFrame{Type: f.Type.String(), Device: f.Device}
	if d := f.Data; d != nil {
		show.Card, show.Clock = d.Card, d.Clock
		show.Limits, show.Sensors = fmt.Sprintf("%04X", d.Limits), fmt.Sprintf("%04X", d.Sensors)
		show.Warning, show.Alarm = fmt.Sprintf("%08X", d.Warning), fmt.Sprintf("%08X", d.Alarm)
	}
	values, notes := f.Readings()
	show.Notes = notes
	var out []Reading
	for _, r := range values {
		out = append(out, newReading(r.Point, r.Value, "", "", r.Time))
	}
	return show, out, nil
}
