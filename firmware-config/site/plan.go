package site

import (
	"time"

	"fieldseal/drivers/modbus/registers"
	instrument "fieldseal/firmware-config/profile"
)

// busyLoad is the share of a bus's time above which a warning is due: what is
// left must hold timeouts, quarantine and probes.
const busyLoad = 0.6

// turnaround is what an instrument is taken to need before it answers; most
// manuals promise less, and the plan should not flatter.
func turnaround(k instrument.Kind) time.Duration {
	if k == instrument.TCP {
		return 10 * time.Millisecond
	}
	return 30 * time.Millisecond
}

// Row is one line of the polling plan.
type Row struct {
	Bus      string
	Device   string
	Unit     byte
	Exchange string // its name in the profile
	Index    int    // in the profile's exchanges
	Read     registers.Read
	Points   int
	Cadence  time.Duration
	Wire     time.Duration // request, answer and the silences after them
	Busy     time.Duration // Wire and the instrument's turnaround
}

// Load is the share of the bus's time that the row takes.
func (r *Row) Load() float64 { return float64(r.Busy) / float64(r.Cadence) }

// Plan is every read that the agent will send, by bus in the file's order, then
// device, then exchange.
func (s *Site) Plan() []Row {
	var rows []Row
	for i := range s.Buses {
		b := &s.Buses[i]
		for j := range s.Devices {
			if d := &s.Devices[j]; d.Bus == b.ID && d.Profile != nil && !s.Hears(d) {
				rows = append(rows, d.rows(b)...)
			}
		}
	}
	return rows
}

func (d *Device) rows(b *Bus) []Row {
	f := d.Profile
	rows := make([]Row, len(f.Reads))
	for i, r := range f.Reads {
		// Request of 8 characters; answer of unit, function, count, data and
		// checksum; 3.5 characters of silence after each.
		chars := 8 + 5 + r.DataBytes() + 7
		wire := time.Duration(chars) * b.CharTime()
		rows[i] = Row{Bus: b.ID, Device: d.ID, Unit: d.Unit, Exchange: f.Exchanges[i], Index: i, Read: r,
			Cadence: d.CadenceOf(i), Wire: wire, Busy: wire + turnaround(b.Kind)}
	}
	for _, x := range f.Profile.Points {
		rows[x.Exchange].Points++
	}
	return rows
}

// BusLoad is the share of time that a bus is busy.
type BusLoad struct {
	Bus   string
	Wire  float64 // characters on the wire alone
	Total float64 // with the instruments' turnaround
}

// Loads sums the plan by bus, in the file's order.
func (s *Site) Loads() []BusLoad {
	loads := make([]BusLoad, len(s.Buses))
	for i := range s.Buses {
		loads[i].Bus = s.Buses[i].ID
	}
	for _, r := range s.Plan() {
		for i := range loads {
			if loads[i].Bus == r.Bus {
				loads[i].Wire += float64(r.Wire) / float64(r.Cadence)
				loads[i].Total += r.Load()
			}
		}
	}
	return loads
}
