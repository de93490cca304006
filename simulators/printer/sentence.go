package printer

import (
	"fmt"
	"math"
	"strings"
	"time"

	"fieldseal/evidence/cborx"
)

// This file writes sentences of NMEA 0183, as a receiver of all satellite systems
// (talker GN) does.

// sentence reads exchange i of a receiver's profile.
func (p *Printer) sentence(i int) (line, error) {
	r := cborx.NewReader(p.cfg.Profile.Exchanges[i].Request)
	kind := r.Text(16)
	if err := r.Done(); err != nil {
		return line{}, err
	}
	write := map[string]func(at time.Time) string{"RMC": p.rmc, "GGA": p.gga, "GNS": p.gns, "GLL": p.gll, "VTG": p.vtg}[kind]
	if write == nil {
		return line{}, fmt.Errorf("sentence %s cannot be simulated", kind)
	}
	return line{print: func(at time.Time) []byte {
		body := "GN" + kind + "," + write(at.UTC())
		sum := 0
		for _, c := range []byte(body) {
			sum ^= int(c)
		}
		return fmt.Appendf(nil, "$%s*%02X\r\n", body, sum)
	}}, nil
}

// of is a quantity, by the name of the point that stands for it in the standard's
// words; ok is false where the profile has none, or it has no value.
func (p *Printer) of(quantity string, at time.Time) (float64, bool) {
	for i := range p.cfg.Profile.Points {
		x := &p.cfg.Profile.Points[i]
		r := cborx.NewReader(x.Source)
		if r.Text(16) != quantity {
			continue
		}
		if v, ok := p.cfg.Value(x.Name, at); ok {
			return v, true
		}
	}
	return 0, false
}

// number is a quantity as it is printed; empty where there is none.
func (p *Printer) number(quantity string, at time.Time, digits int) string {
	v, ok := p.of(quantity, at)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%.*f", digits, v)
}

// place is latitude and longitude with their letters; ok is false without a fix.
func (p *Printer) place(at time.Time) (string, bool) {
	lat, ok := p.of("lat", at)
	lon, ok2 := p.of("lon", at)
	if !ok || !ok2 {
		return ",,,", false
	}
	return minutes(lat, 2, "N", "S") + "," + minutes(lon, 3, "E", "W"), true
}

// minutes writes degrees as the standard does: degrees and minutes run together, to a
// ten thousandth of a minute.
func minutes(v float64, width int, positive, negative string) string {
	letter := positive
	if v < 0 {
		letter, v = negative, -v
	}
	n := int64(math.Round(v * 60 * 10000))
	return fmt.Sprintf("%0*d%02d.%04d,%s", width, n/600000, n%600000/10000, n%10000, letter)
}

func status(fix bool) string {
	if fix {
		return "A"
	}
	return "V"
}

func mode(fix bool) string {
	if fix {
		return "A"
	}
	return "N"
}

func (p *Printer) rmc(at time.Time) string {
	place, fix := p.place(at)
	return strings.Join([]string{at.Format("150405.00"), status(fix), place, p.number("speed", at, 2), p.number("course", at, 1), at.Format("020106"), "", "", mode(fix)}, ",")
}

func (p *Printer) gga(at time.Time) string {
	place, fix := p.place(at)
	quality := "0"
	if fix {
		quality = "1"
	}
	return strings.Join([]string{at.Format("150405.00"), place, quality, p.number("satellites", at, 0), p.number("hdop", at, 2), p.number("altitude", at, 1), "M", "0.0", "M", "", ""}, ",")
}

func (p *Printer) gns(at time.Time) string {
	place, fix := p.place(at)
	return strings.Join([]string{at.Format("150405.00"), place, mode(fix) + "N", p.number("satellites", at, 0), p.number("hdop", at, 2), p.number("altitude", at, 1), "0.0", "", ""}, ",")
}

func (p *Printer) gll(at time.Time) string {
	place, fix := p.place(at)
	return strings.Join([]string{place, at.Format("150405.00"), status(fix), mode(fix)}, ",")
}

func (p *Printer) vtg(at time.Time) string {
	knots, moving := p.of("speed", at)
	kmh := p.number("speed-kmh", at, 2)
	if kmh == "" && moving {
		kmh = fmt.Sprintf("%.2f", knots*1.852)
	}
	_, fix := p.place(at)
	return strings.Join([]string{p.number("course", at, 1), "T", "", "M", p.number("speed", at, 2), "N", kmh, "K", mode(fix || moving)}, ",")
}
