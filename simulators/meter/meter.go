package meter

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"fieldseal/drivers/serialport"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
)

// Fault is one misbehaviour of the next answer.
type Fault struct {
	Kind  Kind
	Delay time.Duration // Late
}

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave.
const (
	Silent       Kind = iota + 1
	Late              // the right answer after Delay
	BadSum            // one bit of the checksum is wrong
	Truncated         // the last 3 bytes are missing
	OtherMeter        // in the name of another meter
	OtherItem         // the answer to another identifier
	Refuse            // D1H, no such data
	NoDigits          // FFH where digits belong, with a right checksum
	Noise             // two bytes of the line before the answer
	Parts             // the answer in frames of 6 bytes of data
	LostPart          // as Parts, and the second part never comes
	Surplus           // a byte after the answer
	ManyWakeUps       // 8 wake-up bytes
	WithoutReply      // the question comes back in place of an answer
)

// Value is what a meter measures for a point of its profile; ok is false for
// none.
type Value func(point string, at time.Time) (v float64, ok bool)

// Meter is one meter.
type Meter struct {
	address string
	profile *profile.Profile
	items   []uint32 // by point
	value   Value

	mu    sync.Mutex
	next  []Fault
	dead  bool
	rest  []byte // of an answer in parts
	asked map[byte]int
}

// New makes a meter of a compiled profile.
func New(d *profile.Device, p *profile.Profile, value Value) (*Meter, error) {
	m := &Meter{address: d.Address, profile: p, value: value, asked: map[byte]int{}}
	if b, err := hex.DecodeString(d.Address); err != nil || len(b) != 6 {
		return nil, fmt.Errorf("simulate %s: %q is no meter's address of 12 digits", d.ID, d.Address)
	}
	for i := range p.Points {
		r := cborx.NewReader(p.Points[i].Source)
		m.items = append(m.items, uint32(r.UintMax(math.MaxUint32)))
		if err := r.Done(); err != nil {
			return nil, fmt.Errorf("simulate %s: point %s: %w", d.ID, p.Points[i].Name, err)
		}
	}
	return m, nil
}

// Next makes the next answers misbehave, one each; a Fault of Kind 0 is a right
// answer.
func (m *Meter) Next(f ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = append(m.next, f...)
}

// SetAlive lets the meter answer, or takes its power away.
func (m *Meter) SetAlive(alive bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = !alive
}

// Asked is how often the meter was sent a control code.
func (m *Meter) Asked() map[byte]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[byte]int{}
	for c, n := range m.asked {
		out[c] = n
	}
	return out
}

// Meters are those on one line.
type Meters []*Meter

// ServeLine answers on a serial line until ctx ends (nil) or the port breaks.
func (ms Meters) ServeLine(ctx context.Context, port serialport.Port) error {
	return ms.serve(ctx, port.Read, port.Write)
}

// ServeTCP answers at a port, as behind a bare serial server, until ctx ends.
func (ms Meters) ServeTCP(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		all.Go(func() {
			defer context.AfterFunc(ctx, func() { c.Close() })()
			defer c.Close()
			// A connection that ends is the other side's business.
			_ = ms.serve(ctx, func(b []byte) (int, error) {
				if err := c.SetReadDeadline(time.Now().Add(serialport.ReadStep)); err != nil {
					return 0, err
				}
				n, err := c.Read(b)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					err = nil
				}
				return n, err
			}, c.Write)
		})
	}
}

func (ms Meters) serve(ctx context.Context, read, write func([]byte) (int, error)) error {
	var late sync.WaitGroup
	defer late.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var one sync.Mutex
	send := func(b []byte) {
		one.Lock()
		defer one.Unlock()
		// A broken line shows at the next read.
		_, _ = write(b)
	}
	var heard []byte
	buf := make([]byte, 512)
	for ctx.Err() == nil {
		n, err := read(buf)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if n == 0 {
			heard = heard[:0]
			continue
		}
		heard = append(heard, buf[:n]...)
		for len(heard) > 0 && heard[0] != 104 {
			heard = heard[1:]
		}
		if len(heard) < 12 || len(heard) < 12+int(heard[9]) {
			continue
		}
		q := heard[:12+int(heard[9])]
		for _, m := range ms {
			reply, after := m.answer(q, time.Now())
			switch {
			case reply == nil:
			case after == 0:
				send(reply)
			default:
				late.Go(func() {
					t := time.NewTimer(after)
					defer t.Stop()
					select {
					case <-t.C:
						send(reply)
					case <-ctx.Done():
					}
				})
			}
		}
		heard = append([]byte(nil), heard[len(q):]...)
	}
	return nil
}

// answer is what the meter says to a frame; nil: nothing.
func (m *Meter) answer(q []byte, at time.Time) ([]byte, time.Duration) {
	sum := 0
	for _, b := range q[:len(q)-2] {
		sum += int(b)
	}
	if q[len(q)-1] != 22 || int(q[len(q)-2]) != sum%256 {
		return nil, 0
	}
	for i := range 6 {
		if two := m.address[10-2*i : 12-2*i]; fmt.Sprintf("%02X", q[1+i]) != two && q[1+i] != 0xAA {
			return nil, 0
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	control := q[8]
	m.asked[control]++
	if m.dead {
		return nil, 0
	}
	var f Fault
	if len(m.next) > 0 {
		f, m.next = m.next[0], m.next[1:]
	}
	data := append([]byte(nil), q[10:len(q)-2]...)
	for i := range data {
		data[i] -= 51
	}
	switch {
	case control == 0x13:
		return m.frame(0x93, nil, f), f.Delay
	case control == 0x11 && len(data) == 4:
		body, ok := m.body(data, at, f.Kind == NoDigits)
		switch {
		case f.Kind == Silent:
			return nil, 0
		case f.Kind == WithoutReply:
			return q, 0
		case !ok || f.Kind == Refuse:
			return m.frame(0xD1, []byte{2}, f), f.Delay
		case (f.Kind == Parts || f.Kind == LostPart) && len(body) > 6:
			m.rest = body[6:]
			if f.Kind == LostPart {
				m.next = append([]Fault{{Kind: Silent}}, m.next...)
			}
			return m.frame(0xB1, append(data, body[:6]...), f), 0
		case f.Kind == OtherItem:
			data[2] ^= 1
		}
		return m.frame(0x91, append(data, body...), f), f.Delay
	case control == 0x12 && len(data) == 5:
		if f.Kind == Silent {
			return nil, 0
		}
		n := min(6, len(m.rest))
		part := m.rest[:n]
		m.rest = m.rest[n:]
		code := byte(0x92)
		if len(m.rest) > 0 {
			code = 0xB2
		}
		return m.frame(code, append(append(data[:4:4], part...), data[4]), f), f.Delay
	}
	return nil, 0
}

// body is the data behind an identifier: one value, or a row of them.
func (m *Meter) body(di []byte, at time.Time, blank bool) ([]byte, bool) {
	want := uint32(di[0]) | uint32(di[1])<<8 | uint32(di[2])<<16 | uint32(di[3])<<24
	if di[1] != 0xFF {
		return m.number(want, at, blank)
	}
	first, last := byte(0), byte(4) // energy: the total and four rates
	if di[3] == 2 {
		first, last = 0, 3
		if k := di[2]; k == 1 || k == 2 || k > 6 {
			first = 1
		}
	}
	var out []byte
	for i := first; i <= last; i++ {
		b, ok := m.number(want&^0xFF00|uint32(i)<<8, at, blank)
		if !ok {
			return nil, false
		}
		out = append(out, b...)
	}
	return out, true
}

// shape is how many bytes a number has, and its decimals (Annex A).
func shape(di uint32) (size, decimals int, signed bool) {
	switch kind := di >> 16; {
	case di>>24 == 0:
		return 4, 2, kind&0xFF == 0 || kind&0xFF == 3 || kind&0xFF == 4
	case kind == 0x0201:
		return 2, 1, false
	case kind == 0x0202:
		return 3, 3, true
	case kind >= 0x0203 && kind <= 0x0205:
		return 3, 4, true
	case kind == 0x0206:
		return 2, 3, true
	case kind == 0x0207:
		return 2, 1, false
	case di == 0x02800002:
		return 2, 2, false
	case di == 0x02800007:
		return 2, 1, true
	}
	return 0, 0, false
}

func (m *Meter) number(di uint32, at time.Time, blank bool) ([]byte, bool) {
	size, decimals, signed := shape(di)
	if size == 0 {
		return nil, false
	}
	v, known := 0.0, false
	for i, item := range m.items {
		if item == di {
			if known = true; m.value != nil {
				scale, _ := m.profile.Points[i].Scale.Rat().Float64()
				if x, ok := m.value(m.profile.Points[i].Name, at); ok && scale != 0 {
					v = x / scale
				} else {
					blank = true
				}
			}
		}
	}
	out := make([]byte, size)
	if blank || !known && di>>24 == 2 {
		for i := range out {
			out[i] = 0xFF
		}
		return out, true
	}
	digits := fmt.Sprintf("%0*d", 2*size, int64(math.Round(math.Abs(v)*math.Pow10(decimals))))
	if len(digits) > 2*size {
		digits = digits[len(digits)-2*size:] // a counter runs over
	}
	for i := range out {
		two, _ := strconv.ParseUint(digits[2*(size-1-i):2*(size-i)], 16, 8)
		out[i] = byte(two)
	}
	if v < 0 && signed {
		out[size-1] |= 128
	}
	return out, true
}

// frame is an answer on the wire.
func (m *Meter) frame(control byte, data []byte, f Fault) []byte {
	who := m.address
	if f.Kind == OtherMeter {
		who = "000000000999"
	}
	b := []byte{104}
	for i := 10; i >= 0; i -= 2 {
		two, _ := strconv.ParseUint(who[i:i+2], 16, 8)
		b = append(b, byte(two))
	}
	b = append(b, 104, control, byte(len(data)))
	for _, x := range data {
		b = append(b, x+51)
	}
	sum := 0
	for _, x := range b {
		sum += int(x)
	}
	b = append(b, byte(sum%256), 22)
	before := []byte{254, 254}
	switch f.Kind {
	case BadSum:
		b[len(b)-2] ^= 4
	case Truncated:
		b = b[:len(b)-3]
	case Surplus:
		b = append(b, 0)
	case Noise:
		before = []byte{0, 255, 254}
	case ManyWakeUps:
		before = []byte{254, 254, 254, 254, 254, 254, 254, 254}
	}
	return append(before, b...)
}
