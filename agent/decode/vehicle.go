package decode

import (
	"fmt"
	"strconv"

	"fieldseal/drivers/jt808"
)

type jt808Frame struct {
	MsgID     string          `json:"msg_id"`
	Phone     string          `json:"phone"`
	Serial    uint16          `json:"serial"`
	Version   string          `json:"version"`
	Parts     *jt808Parts     `json:"split,omitempty"`
	Location  *jt808Location  `json:"location,omitempty"`
	Locations []jt808Location `json:"locations,omitempty"`
	Notes     []string        `json:"notes,omitempty"`
}

type jt808Parts struct {
	Total  uint16 `json:"total"`
	Number uint16 `json:"number"`
}

type jt808Location struct {
	Lat        number            `json:"lat"`
	Lon        number            `json:"lon"`
	Positioned bool              `json:"positioned"`
	Height     uint16            `json:"height"`
	Speed      number            `json:"speed"`
	Course     uint16            `json:"course"`
	Alarm      string            `json:"alarm"`
	Status     string            `json:"status"`
	Time       string            `json:"time"`
	Clock      string            `json:"clock"`
	Extras     map[string]string `json:"extras,omitempty"`
}

func decodeJT808(b []byte) (any, []Reading, error) {
	m, err := jt808.Parse(b)
	if err != nil {
		return nil, nil, err
	}
	show := jt808Frame{MsgID: fmt.Sprintf("%04X", m.ID), Phone: m.Phone, Serial: m.Serial, Version: strconv.Itoa(int(m.Version))}
	if m.Parts > 0 {
		show.Parts = &jt808Parts{m.Parts, m.Part}
	}
	if m.Cipher != 0 {
		show.Notes = append(show.Notes, fmt.Sprintf("the body is encrypted (kind %d)", m.Cipher))
	}
	if !m.PhoneOK() {
		show.Notes = append(show.Notes, "the phone is not of decimal digits")
	}
	locations, err := m.Locations()
	if err != nil {
		return show, nil, err
	}
	if locations == nil && m.Parts > 1 {
		show.Notes = append(show.Notes, "one part of a split message")
	}
	var out []Reading
	for i, l := range locations {
		x := showLocation(l)
		if m.ID == jt808.IDBatch {
			show.Locations = append(show.Locations, x)
		} else {
			show.Location = &x
		}
		values, notes := l.Readings()
		for _, n := range notes {
			if m.ID == jt808.IDBatch {
				n = fmt.Sprintf("report %d: %s", i+1, n)
			}
			show.Notes = append(show.Notes, n)
		}
		for _, r := range values {
			out = append(out, newReading(r.Point, r.Value, r.Unit, "", r.Time))
		}
	}
	return show, out, nil
}

func showLocation(l *jt808.Location) jt808Location {
	x := jt808Location{number{l.Lat}, number{l.Lon}, l.Positioned(), l.Height, number{l.Speed}, l.Course,
		fmt.Sprintf("%08X", l.Alarm), fmt.Sprintf("%08X", l.Status), timeText(l.Time), l.Clock, nil}
	for _, e := range l.Extras {
		if x.Extras == nil {
			x.Extras = map[string]string{}
		}
		id := fmt.Sprintf("%02X", e.ID)
		if _, twice := x.Extras[id]; !twice {
			x.Extras[id] = fmt.Sprintf("%X", e.Value)
		}
	}
	return x
}
