package sites

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// Datum is what coordinates refer to. They are kept as given and never turned
// into another datum: GCJ-02 is some hundred metres off the other two, by a rule
// that is not published.
type Datum string

// The datums.
const (
	WGS84    Datum = "WGS-84"
	CGCS2000 Datum = "CGCS2000"
	GCJ02    Datum = "GCJ-02"
)

// Coordinates are degrees, as decimal numbers with the digits that were given.
type Coordinates struct {
	Lat   json.Number `json:"lat"`
	Lon   json.Number `json:"lon"`
	Datum Datum       `json:"datum"`
}

// A plain decimal of at most nine digits after the point (a tenth of a millimetre).
var degreesForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,2})(\.[0-9]{1,9})?$`)

// china is where GCJ-02 is in use: outside, it is the same as WGS-84, and a
// coordinate there that claims it is a mistake.
var china = struct{ south, north, west, east float64 }{0.8293, 55.8271, 72.004, 137.8347}

func degrees(what string, n json.Number, most float64) (float64, error) {
	if !degreesForm.MatchString(string(n)) {
		return 0, fmt.Errorf("%s %q: a decimal number of degrees with at most nine digits after the point is needed", what, n)
	}
	v, err := strconv.ParseFloat(string(n), 64)
	if err != nil || v < -most || v > most {
		return 0, fmt.Errorf("%s %s: it lies between -%g and %g", what, n, most, most)
	}
	return v, nil
}

func (c *Coordinates) check() error {
	lat, err := degrees("lat", c.Lat, 90)
	if err != nil {
		return err
	}
	lon, err := degrees("lon", c.Lon, 180)
	if err != nil {
		return err
	}
	switch c.Datum {
	case WGS84, CGCS2000:
		return nil
	case GCJ02:
		if lat < china.south || lat > china.north || lon < china.west || lon > china.east {
			return fmt.Errorf("coordinates %s, %s in GCJ-02: that datum is in use in China only", c.Lat, c.Lon)
		}
		return nil
	}
	return fmt.Errorf("datum %q is none of %s, %s, %s; a coordinate without its datum may be hundreds of metres off", c.Datum, WGS84, CGCS2000, GCJ02)
}
