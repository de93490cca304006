package decode

import "fieldseal/drivers/nmea"

type nmeaFrame struct {
	Talker string   `json:"talker"`
	Type   string   `json:"type"`
	Time   string   `json:"time,omitempty"`
	Clock  string   `json:"clock,omitempty"`
	Fields []string `json:"fields"`
	Notes  []string `json:"notes,omitempty"`
}

func decodeNMEA(b []byte) (any, []Reading, error) {
	s, err := nmea.Parse(b)
	if err != nil {
		return nil, nil, err
	}
	fix := s.Fix()
	var out []Reading
	for _, r := range fix.Readings {
		out = append(out, newReading(r.Point, r.Value, r.Unit, "", r.Time))
	}
	return nmeaFrame{s.Talker, s.Type, timeText(fix.Time), fix.Clock, s.Fields, fix.Notes}, out, nil
}
