package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/site"
)

// never keeps the bus master's breaker closed: at the bench each read that is
// asked for is sent.
const never = 1 << 30

// Wire says how a bus is reached.
type Wire func(*site.Bus) (bus.Config, bus.Dial)

// Bench reads the devices of a site. The agent must not run on the same lines.
type Bench struct {
	Site    *site.Site
	Out     *Screen
	Wire    Wire
	Now     func() time.Time
	buses   map[string]*bus.Bus
	devices map[string]*profile.Device
	maps    map[string]*registers.Map

	mu    sync.Mutex
	heard map[string]string // bus → a device that answered on it
}

// New prepares a bench; Run must be running while it reads.
func New(s *site.Site, out *Screen, wire Wire, now func() time.Time) (*Bench, error) {
	b := &Bench{Site: s, Out: out, Wire: wire, Now: now, buses: map[string]*bus.Bus{}, devices: map[string]*profile.Device{}, maps: map[string]*registers.Map{}, heard: map[string]string{}}
	c, err := s.Compile("bench")
	if err != nil {
		return nil, err
	}
	for i := range c.Config.Devices {
		d := &c.Config.Devices[i]
		p, _ := c.Profile(d.Profile)
		b.devices[d.ID] = d
		if s.Hears(&s.Devices[i]) {
			continue
		}
		if b.maps[d.ID], err = registers.Bind(p.Profile); err != nil {
			return nil, err
		}
	}
	for i := range s.Buses {
		if !s.Polled(&s.Buses[i]) {
			continue
		}
		cfg, dial := wire(&s.Buses[i])
		cfg.Failures = never
		b.buses[s.Buses[i].ID] = bus.New(cfg, dial)
	}
	return b, nil
}

// Run owns the lines until ctx ends.
func (b *Bench) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, l := range b.buses {
		all.Go(func() { _ = l.Run(ctx) })
	}
	all.Wait()
}

// Result is one exchange as it went.
type Result struct {
	Device   *site.Device
	Index    int // of the exchange
	Exchange bus.Exchange
	Traces   []registers.Trace // where Exchange.Outcome is bus.OK
	Err      error
}

// Good reports whether the instrument answered and its profile fits the answer.
func (r *Result) Good() bool { return r.Err == nil && r.Exchange.Outcome == bus.OK }

// Ask sends one exchange of a device and decodes the answer.
func (b *Bench) Ask(ctx context.Context, d *site.Device, exchange int) Result {
	r := Result{Device: d, Index: exchange}
	m, dev := b.maps[d.ID], b.devices[d.ID]
	unit, pdu, err := m.Request(dev, exchange)
	if err != nil {
		r.Err = err
		return r
	}
	r.Exchange = b.buses[d.Bus].Do(ctx, bus.Request{Device: d.ID, Unit: unit, PDU: pdu, Timeout: d.Profile.Timeout, Lateness: d.Profile.Lateness})
	if r.Err = r.Exchange.Err; r.Err == nil {
		r.Traces, r.Err = m.Steps(dev, exchange, r.Exchange.Data)
	}
	for _, t := range r.Traces {
		if r.Err == nil {
			r.Err = t.Err
		}
	}
	if r.Exchange.Outcome.Answered() {
		b.mu.Lock()
		b.heard[d.Bus] = d.ID
		b.mu.Unlock()
	}
	return r
}

func (b *Bench) heardOn(bus string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[bus]
}

// Once reads every exchange of the devices named, all if none is, and shows each
// in full. It returns how many devices were read and how many were not.
func (b *Bench) Once(ctx context.Context, ids []string) (read, failed int) {
	var silent []*Result
	down := map[string]bool{}
	for i := range b.Site.Devices {
		d := &b.Site.Devices[i]
		if len(ids) > 0 && !slices.Contains(ids, d.ID) {
			continue
		}
		if b.Site.Hears(d) {
			b.Out.line("%s  is heard on bus %s (%s); watch for it with --live", b.Out.paint("1", d.ID), d.Bus, d.Place())
			b.Out.line("")
			continue
		}
		b.head(d)
		if down[d.Bus] {
			failed++
			b.Out.line("  %s", b.Out.paint(bad, fmt.Sprintf("Not asked: bus %s is down, as said above.", d.Bus)))
			b.Out.line("")
			continue
		}
		good := true
		for x := range d.Profile.Exchanges {
			r := b.Ask(ctx, d, x)
			if ctx.Err() != nil {
				return read, failed
			}
			b.show(&r)
			if !r.Good() {
				good = false
				silent = append(silent, &r)
				down[d.Bus] = r.Exchange.Outcome == bus.BusFault
				if r.Exchange.Outcome == bus.BusFault || r.Exchange.Outcome == bus.NoAnswer {
					break // the device's other exchanges would say the same
				}
			}
		}
		if good {
			read++
		} else {
			failed++
		}
		b.Out.line("")
	}
	b.advise(silent)
	return read, failed
}

// Live reads each exchange on its cadence until ctx ends, one line an answer. The
// buses are asked side by side, so that a dead device slows its own bus only. It
// returns how many exchanges were last read and how many were not.
func (b *Bench) Live(ctx context.Context, ids []string) (read, failed int) {
	plans := map[string][]due{}
	for i := range b.Site.Devices {
		d := &b.Site.Devices[i]
		if len(ids) > 0 && !slices.Contains(ids, d.ID) {
			continue
		}
		for x := range d.Profile.Exchanges {
			if b.Site.Hears(d) {
				break
			}
			plans[d.Bus] = append(plans[d.Bus], due{d: d, x: x, next: b.Now()})
		}
	}
	var all sync.WaitGroup
	for _, plan := range plans {
		all.Go(func() { b.follow(ctx, plan) })
	}
	all.Wait()
	for _, plan := range plans {
		for i := range plan {
			switch {
			case plan[i].good:
				read++
			case plan[i].asked:
				failed++
			}
		}
	}
	return read, failed
}

// due is an exchange with the time of its next poll.
type due struct {
	d           *site.Device
	x           int
	next        time.Time
	asked, good bool // of the newest poll
}

// follow reads the exchanges of one bus until ctx ends.
func (b *Bench) follow(ctx context.Context, plan []due) {
	for {
		slices.SortStableFunc(plan, func(a, c due) int { return a.next.Compare(c.next) })
		p := &plan[0]
		timer := time.NewTimer(p.next.Sub(b.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		r := b.Ask(ctx, p.d, p.x)
		if ctx.Err() != nil {
			return
		}
		b.brief(&r)
		p.asked, p.good = true, r.Good()
		for p.next = p.next.Add(p.d.CadenceOf(p.x)); p.next.Before(b.Now()); {
			p.next = p.next.Add(p.d.CadenceOf(p.x))
		}
	}
}

func (b *Bench) head(d *site.Device) {
	l, _ := b.Site.Bus(d.Bus)
	b.Out.line("%s  %s", b.Out.paint("1", d.ID), b.Out.paint(faint, fmt.Sprintf("unit %d on bus %s, %s, %s; %s (%s)", d.Unit, l.ID, l.Where(), l.Settings(), d.Profile.Profile.ID, d.Profile.Profile.Title.EN)))
}

// show writes one exchange in full.
func (b *Bench) show(r *Result) {
	read := r.Device.Profile.Reads[r.Index]
	b.Out.line("  %s: function %d, %s", r.Device.Profile.Exchanges[r.Index], read.Function, reads(read))
	if len(r.Exchange.Sent) > 0 {
		b.Out.line("    sent      % x", r.Exchange.Sent)
	}
	if len(r.Exchange.Received) > 0 {
		b.Out.line("    received  % x  %s", r.Exchange.Received, b.Out.paint(faint, took(&r.Exchange)))
	}
	if !r.Exchange.Outcome.Answered() || r.Traces == nil {
		for i, l := range Explain(b.Site, r, b.heardOn(r.Device.Bus)) {
			if i == 0 {
				l = b.Out.paint(bad, l)
			}
			b.Out.line("    %s", l)
		}
		return
	}
	name, value := 0, 0
	for _, t := range r.Traces {
		name, value = max(name, cells(t.Point.Name)), max(value, cells(t.Steps[len(t.Steps)-1].Result))
	}
	for _, t := range r.Traces {
		var steps []string
		for _, s := range t.Steps[:len(t.Steps)-1] {
			steps = append(steps, s.What+": "+s.Result)
		}
		last := t.Steps[len(t.Steps)-1]
		state, remark := b.judge(r.Device, &t)
		if t.Decoded.Missing {
			steps = append(steps, last.What)
		}
		b.Out.line("    %s  %s  %s%s", pad(t.Point.Name, name), b.Out.paint(state, pad(last.Result, value)), b.Out.paint(faint, strings.Join(steps, " → ")), remark)
	}
}

func took(ex *bus.Exchange) string {
	return (ex.ReceivedAt - ex.SentAt).Round(time.Millisecond).String()
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-cells(s))) }

// brief writes one exchange on one line.
func (b *Bench) brief(r *Result) {
	at := b.Out.paint(faint, b.Now().Format("15:04:05"))
	if !r.Good() {
		b.Out.line("%s  %s  %s", at, r.Device.ID, b.Out.paint(bad, Explain(b.Site, r, b.heardOn(r.Device.Bus))[0]))
		return
	}
	var values []string
	for _, t := range r.Traces {
		state, remark := b.judge(r.Device, &t)
		values = append(values, t.Point.Name+" "+b.Out.paint(state, t.Steps[len(t.Steps)-1].Result)+remark)
	}
	b.Out.line("%s  %s  %s", at, r.Device.ID, strings.Join(values, " · "))
}

// judge compares a value with the profile's plausible range and the site's limit.
func (b *Bench) judge(d *site.Device, t *registers.Trace) (tone, string) {
	switch {
	case t.Err != nil:
		return bad, ""
	case t.Decoded.Missing:
		return look, ""
	}
	v := t.Decoded.Value
	out := func(low, high *decimal.D) bool {
		return low != nil && v.Cmp(*low) < 0 || high != nil && v.Cmp(*high) > 0
	}
	low, high := b.bound(d, t.Point.Min), b.bound(d, t.Point.Max)
	if out(low, high) {
		return look, b.Out.paint(look, "  not plausible: outside "+between(low, high))
	}
	for _, l := range d.Limits {
		if l.Point == t.Point.Name && out(l.Low, l.High) {
			return look, b.Out.paint(look, "  alarm: outside the limit "+between(l.Low, l.High))
		}
	}
	return good, ""
}

func (b *Bench) bound(d *site.Device, v *profile.Bound) *decimal.D {
	if v == nil {
		return nil
	}
	x, err := b.devices[d.ID].Resolve(b.maps[d.ID].Profile, *v)
	if err != nil {
		return nil
	}
	return &x
}

func between(low, high *decimal.D) string {
	switch {
	case low == nil:
		return "up to " + high.String()
	case high == nil:
		return "from " + low.String()
	}
	return low.String() + " to " + high.String()
}
