package bench

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/firmware-config/document"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// heard lists the instruments that the agent is not the Modbus master of.
func heard(s *site.Site, out *Screen) {
	var rows [][]string
	for i := range s.Devices {
		d := &s.Devices[i]
		if !s.Hears(d) {
			continue
		}
		b, _ := s.Bus(d.Bus)
		tee := ""
		switch {
		case b.Tee != "":
			tee = "passed on to " + b.Tee
		case b.Tap:
			tee = "tapped, never asked"
		case d.Profile.Station():
			tee = "answered here"
		}
		for x, message := range d.Messages() {
			every := "-"
			if c := d.CadenceOf(x); c > 0 {
				every = c.String()
			}
			points := 0
			for _, p := range d.Profile.Profile.Points {
				if int(p.Exchange) == x {
					points++
				}
			}
			rows = append(rows, []string{b.ID, b.Where(), d.ID, d.Place(), message, strconv.Itoa(points), every, tee})
		}
	}
	if len(rows) > 0 {
		out.table([]string{"bus", "where", "device", "instrument", "message", "points", "expected every", ""}, rows, 5)
		out.line("")
	}
}

// Check prints the polling plan of a site with all that is worth a look. It fails
// when a profile that the site uses does not decode its own golden frames.
func Check(s *site.Site, out *Screen) error {
	points := 0
	for i := range s.Devices {
		points += len(s.Devices[i].Profile.Profile.Points)
	}
	out.line("%s (%s), gateway %s: %s on %s, %s; a batch each %v, at once on an alarm", s.ID, s.Name, s.Gateway.ID,
		count(len(s.Devices), "device"), count(len(s.Buses), "bus"), count(points, "point"), s.Interval)
	out.line("")
	var rows [][]string
	for _, r := range s.Plan() {
		rows = append(rows, []string{r.Bus, r.Device, strconv.Itoa(int(r.Unit)), r.Exchange, strconv.Itoa(int(r.Read.Function)), reads(r.Read),
			strconv.Itoa(r.Points), r.Cadence.String(), r.Wire.Round(100 * time.Microsecond).String(), fmt.Sprintf("%.2f %%", 100*r.Load())})
	}
	if len(rows) > 0 {
		out.table([]string{"bus", "device", "unit", "exchange", "fn", "reads", "points", "every", "on the wire", "of the bus"}, rows, 2, 4, 6, 7, 8, 9)
		out.line("")
	}
	heard(s, out)
	for _, l := range s.Loads() {
		b, _ := s.Bus(l.Bus)
		if l.Total == 0 {
			continue // nobody is asked on it
		}
		out.line("bus %s: %s, %s, busy %.1f %% of the time", b.ID, b.Where(), b.Settings(), 100*l.Total)
	}
	seen := map[string]bool{}
	var failed []error
	for i := range s.Devices {
		f := s.Devices[i].Profile
		if seen[f.Profile.ID] {
			continue
		}
		seen[f.Profile.ID] = true
		if err := Golden(f); err != nil {
			failed = append(failed, err)
			continue
		}
		b, _ := s.Bus(s.Devices[i].Bus)
		_, digest, err := f.Compile(b.Form())
		if err != nil {
			failed = append(failed, err)
			continue
		}
		out.line("profile %s: %s, %s good, digest %x…", f.Profile.ID, f.Profile.Title.EN, count(len(f.Golden), "golden frame"), digest[:6])
	}
	if w := warnings(s); len(w) > 0 {
		out.line("")
		for _, p := range w {
			out.line("%s %v", out.paint(look, "look:"), p)
		}
	}
	out.line("")
	if err := errors.Join(failed...); err != nil {
		return err
	}
	out.line("%s  Next: fieldseal-agent read --config %s", out.paint(good, "The site file is good."), s.File)
	return nil
}

// reads says what a request asks for, such as "registers 0 to 5".
func reads(r registers.Read) string {
	noun := "register"
	if r.Function <= 2 {
		noun = "bit"
	}
	if r.Count == 1 {
		return fmt.Sprintf("%s %d", noun, r.Address)
	}
	return fmt.Sprintf("%ss %d to %d", noun, r.Address, int(r.Address)+int(r.Count)-1)
}

func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "bus":
		noun = "buse"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// warnings are the site's own and the clashes of reads that only their order
// tells apart.
func warnings(s *site.Site) []document.Problem {
	out := s.Warnings
	for _, b := range s.Buses {
		if b.Kind == instrument.TCP {
			continue // a transaction number tells answers apart
		}
		var plan []bus.PlannedRead
		for _, r := range s.Plan() {
			if r.Bus == b.ID {
				plan = append(plan, bus.PlannedRead{Name: r.Device + "/" + r.Exchange, Unit: r.Unit, Read: r.Read})
			}
		}
		for _, c := range bus.DistinctCounts(plan) {
			out = append(out, document.Problem{File: s.File, Line: b.Line, Text: fmt.Sprintf("bus %s: %v", b.ID, c)})
		}
	}
	return out
}

// Golden decodes the golden frames of a profile and compares.
func Golden(f *instrument.File) error {
	p := f.For(instrument.Serial)
	dec, err := decoders.For(p.Protocol)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	var errs []error
	for _, g := range f.Golden {
		fail := func(format string, args ...any) {
			errs = append(errs, document.Problem{File: f.Name, Line: g.Line, Text: fmt.Sprintf("golden frame %q: ", g.Name) + fmt.Sprintf(format, args...)})
		}
		d, frame := g.Exchange(f)
		got, err := dec.Decode(p, d, frame, nil)
		if err != nil {
			fail("%v", err)
			continue
		}
		if len(got) != len(g.Values) {
			fail("%d values, %d expected", len(got), len(g.Values))
			continue
		}
		for i, want := range g.Values {
			switch {
			case want.Value == nil && !got[i].Missing:
				fail("%s reads %v where no value is expected", want.Point, got[i].Value)
			case want.Value != nil && got[i].Missing:
				fail("%s reads no value where %v is expected", want.Point, want.Value)
			case want.Value != nil && got[i].Value != *want.Value:
				fail("%s reads %v where %v is expected", want.Point, got[i].Value, want.Value)
			}
		}
	}
	return errors.Join(errs...)
}
