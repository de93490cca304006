package decode

import (
	"errors"
	"fmt"

	"fieldseal/drivers/dlt645"
)

type dlt645Frame struct {
	Address string   `json:"address"`
	Control string   `json:"control"`
	DI      string   `json:"di,omitempty"`
	Item    string   `json:"item,omitempty"`
	CSOK    bool     `json:"cs_ok"`
	Notes   []string `json:"notes,omitempty"`
}

// errSurplus says that bytes follow a frame that should stand alone.
var errSurplus = errors.New("surplus bytes")

func decodeDLT645(b []byte) (any, []Reading, error) {
	f, n, err := dlt645.Parse(b)
	if f == nil {
		return nil, nil, err
	}
	show := dlt645Frame{Address: f.Address, Control: fmt.Sprintf("%02X", f.Control), CSOK: f.ChecksumOK}
	if di, ok := f.DI(); ok {
		show.DI = dlt645.Hex(di)
		if item, ok := dlt645.Lookup(di); ok {
			show.Item = item.Name
		}
	}
	if err == nil && n < len(b) {
		err = fmt.Errorf("%d after the frame: %w", len(b)-n, errSurplus)
	}
	if err != nil {
		return show, nil, err
	}
	if !f.AddressOK() {
		show.Notes = append(show.Notes, "the address is not of decimal digits")
	}
	values, notes := f.Readings()
	show.Notes = append(show.Notes, notes...)
	var out []Reading
	for _, r := range values {
		out = append(out, newReading(r.Point(), r.Value, r.Item.Unit, "", r.Time))
	}
	return show, out, nil
}
