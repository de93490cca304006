package decode

import (
	"errors"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

type textFrame struct {
	Line    string `json:"line"`
	Pattern string `json:"pattern,omitempty"` // that fits
}

// newText decodes lines by the patterns of a profile. Without one they mean
// nothing.
func newText(o Options) decodeFunc {
	return func(b []byte) (any, []Reading, error) {
		show := textFrame{Line: text(string(b))}
		if o.Lines == nil {
			return nil, nil, errors.New("lines have a meaning only by a profile; name one with --profile")
		}
		// The line itself says which instrument it is of, if it says so at all.
		address := o.Lines.AddressOf(b)
		i, err := o.Lines.Match(address, b)
		if err != nil {
			return nil, nil, err
		}
		show.Pattern = o.Lines.Lines[i].Pattern
		f := &record.Frame{Device: "line", Sent: []byte(o.Lines.Lines[i].Ask), Received: b}
		values, err := o.Lines.Decode(&profile.Device{ID: f.Device, Address: address}, f, nil)
		if err != nil {
			return nil, nil, err
		}
		var out []Reading
		for _, v := range values {
			if v.Missing {
				continue
			}
			x, _ := o.Lines.Profile.Point(v.Point)
			var at time.Time
			if v.Time != 0 {
				at = time.UnixMicro(v.Time).UTC()
			}
			out = append(out, newReading(v.Point, v.Value, x.Unit, v.Flag, at))
		}
		return show, out, nil
	}
}
