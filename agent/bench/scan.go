package bench

import (
	"context"
	"fmt"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// Found is where a scan got an answer.
type Found struct {
	Unit     byte
	Settings string // of the line
	Values   bool   // it answered with data of the right shape, not with a refusal
}

// Times of a scan: short, for nearly all addresses are empty.
const (
	scanTimeout = 150 * time.Millisecond
	scanQuiet   = 120 * time.Millisecond
)

// Scan looks for an instrument that does not answer where the site file says: at
// every rate that its profile knows, first at its own address and those that
// people choose, then at all that no other device of the bus has. It sends the profile's first read and nothing
// else, and stops at the first answer. Run must not be running.
func (b *Bench) Scan(ctx context.Context, d *site.Device) (*Found, error) {
	l, _ := b.Site.Bus(d.Bus)
	lines := []site.Bus{*l}
	if l.Kind == instrument.Serial {
		for _, baud := range d.Profile.Line.Bauds {
			other := *l
			other.Baud, other.DataBits, other.Parity, other.StopBits = baud, d.Profile.Line.DataBits, d.Profile.Line.Parity, d.Profile.Line.StopBits
			if other.Settings() != l.Settings() {
				lines = append(lines, other)
			}
		}
	}
	near, far := b.scanUnits(d, l.Kind)
	for _, units := range [][]byte{near, far} {
		for i := range lines {
			found, err := b.scanLine(ctx, d, &lines[i], units)
			if found != nil || err != nil {
				return found, err
			}
		}
	}
	return nil, nil
}

// nearUnits are addresses that people choose; they are tried first, at every rate.
const nearUnits = 32

func (b *Bench) scanUnits(d *site.Device, k instrument.Kind) (near, far []byte) {
	taken := map[byte]bool{}
	for i := range b.Site.Devices {
		if o := &b.Site.Devices[i]; o.Bus == d.Bus && o.ID != d.ID {
			taken[o.Unit] = true
		}
	}
	near = append(near, d.Unit)
	if k == instrument.TCP {
		for _, u := range [...]byte{255, 0} {
			if u != d.Unit && !taken[u] {
				near = append(near, u)
			}
		}
	}
	for u := 1; u <= modbus.MaxUnit; u++ {
		switch {
		case byte(u) == d.Unit || taken[byte(u)]:
		case u <= nearUnits:
			near = append(near, byte(u))
		default:
			far = append(far, byte(u))
		}
	}
	return near, far
}

func (b *Bench) scanLine(ctx context.Context, d *site.Device, l *site.Bus, units []byte) (*Found, error) {
	_, pdu, err := b.maps[d.ID].Request(b.devices[d.ID], 0)
	if err != nil {
		return nil, err
	}
	cfg, dial := b.Wire(l)
	cfg.Failures, cfg.Timeout, cfg.Quiet = never, scanTimeout, scanQuiet
	master := bus.New(cfg, dial)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = master.Run(ctx) }()
	defer func() { stop(); <-done }()
	b.Out.line("scanning bus %s at %s: %d addresses, about %v", l.ID, l.Settings(), len(units), (time.Duration(len(units)) * (scanTimeout + scanQuiet + 100*time.Millisecond)).Round(time.Second))
	for i, u := range units {
		if i > 0 && i%32 == 0 {
			b.Out.line("  %d of %d addresses asked, no answer yet", i, len(units))
		}
		ex := master.Do(ctx, bus.Request{Device: fmt.Sprintf("unit %d", u), Unit: u, PDU: pdu})
		switch ex.Outcome {
		case bus.OK, bus.Exceptional:
			return &Found{Unit: u, Settings: l.Settings(), Values: ex.Outcome == bus.OK}, nil
		case bus.BusFault:
			return nil, ex.Err
		case bus.Cancelled:
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// ShowScan says what a scan found and what to do.
func (b *Bench) ShowScan(d *site.Device, f *Found) {
	l, _ := b.Site.Bus(d.Bus)
	switch {
	case f == nil:
		b.Out.line("%s Nothing answers on bus %s at any address or rate that profile %s knows: look at A and B, power, and the adapter.", b.Out.paint(bad, d.ID), l.ID, d.Profile.Profile.ID)
	case f.Unit == d.Unit && f.Settings == l.Settings():
		b.Out.line("%s answers as unit %d at %s, as the site file says.", b.Out.paint(good, d.ID), f.Unit, f.Settings)
	default:
		b.Out.line("%s An instrument answers as unit %d at %s; the site file says unit %d at %s. Set one like the other.", b.Out.paint(look, d.ID), f.Unit, f.Settings, d.Unit, l.Settings())
	}
	if f != nil && !f.Values {
		b.Out.line("  It refused the read of profile %s: it may be another instrument.", d.Profile.Profile.ID)
	}
}
