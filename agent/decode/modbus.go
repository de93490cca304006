package decode

import (
	"fmt"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/registers"
	evidence "fieldseal/evidence/profile"
	"fieldseal/firmware-config/profile"
)

type modbusFrame struct {
	Unit      byte     `json:"unit"`
	Function  byte     `json:"function"`
	Kind      string   `json:"kind"` // request, reply, exception, request or reply, other
	Address   *uint16  `json:"address,omitempty"`
	Count     *uint16  `json:"count,omitempty"`
	Value     *uint16  `json:"value,omitempty"`
	Bytes     int      `json:"bytes,omitempty"`
	Data      string   `json:"data,omitempty"`
	Registers []uint16 `json:"registers,omitempty"`
	Exception string   `json:"exception,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// newModbus decodes bare frames. A reply does not say which registers it holds:
// only a profile with exactly one exchange of its function and length gives its
// values a name.
func newModbus(o Options) decodeFunc {
	return func(b []byte) (any, []Reading, error) {
		f, err := modbus.Judge(b)
		if err != nil {
			return nil, nil, err
		}
		show := showModbus(f)
		if o.Registers == nil || f.Data == nil {
			return show, nil, nil
		}
		out, note := profileValues(o.Registers, f)
		if note != "" {
			show.Notes = append(show.Notes, note)
		}
		return show, out, nil
	}
}

func showModbus(f modbus.Bare) modbusFrame {
	show := modbusFrame{Unit: f.Unit, Function: f.Function, Kind: f.Kind.String()}
	if f.Unit > modbus.MaxUnit {
		show.Notes = append(show.Notes, fmt.Sprintf("units above %d are reserved", modbus.MaxUnit))
	}
	if r := f.Request; r != nil {
		show.Address, show.Count = &r.Address, &r.Count
	}
	if w := f.Write; w != nil {
		show.Address = &w.Address
		if f.Function > 6 {
			show.Count = &w.Count
		} else {
			show.Value = &w.Value
		}
		show.Notes = append(show.Notes, "the function writes")
	}
	if f.Data != nil {
		show.Bytes, show.Data, show.Registers = len(f.Data), fmt.Sprintf("%X", f.Data), f.Words()
	}
	if f.Kind == modbus.KindException {
		show.Exception = modbus.Exception{Function: f.Function, Code: f.Code}.Error()
	}
	return show
}

// profileValues are the values of a reply by the profile, or a note why not.
func profileValues(p *profile.File, f modbus.Bare) ([]Reading, string) {
	m, err := registers.Bind(p.For(profile.Serial))
	if err != nil {
		return nil, err.Error()
	}
	exchange := -1
	for i, r := range m.Reads {
		if r.Function != f.Function || r.DataBytes() != len(f.Data) {
			continue
		}
		if exchange >= 0 {
			return nil, "two exchanges of the profile have replies of this form; a reply alone does not say which it answers"
		}
		exchange = i
	}
	if exchange < 0 {
		return nil, "no exchange of the profile has a reply of this form"
	}
	if f.Kind == modbus.KindEither {
		return nil, "the bytes may be a request"
	}
	data := modbus.Data{Unit: f.Unit, Read: m.Reads[exchange], Words: f.Words()}
	if data.Words == nil {
		for i := range int(data.Count) {
			data.Bits = append(data.Bits, f.Data[i/8]>>(i%8)&1 == 1)
		}
	}
	values, err := m.Values(&evidence.Device{ID: "bench"}, exchange, data)
	if err != nil {
		return nil, err.Error()
	}
	var out []Reading
	for _, v := range values {
		if x, ok := m.Profile.Point(v.Point); ok && !v.Missing {
			out = append(out, newReading(v.Point, v.Value, x.Unit, v.Flag, time.Time{}))
		}
	}
	return out, ""
}
