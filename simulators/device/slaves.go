package device

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Image answers for the registers: one value for each register, or 0 and 1 for
// each bit of functions 1 and 2. A non-zero exception refuses. It is called
// from the serving goroutines, one call at a time for each Slaves.
type Image func(unit, function byte, address, count uint16) (values []uint16, exception byte)

// Exceptions an Image may want.
const (
	IllegalFunction = 1
	IllegalAddress  = 2
	IllegalValue    = 3
	DeviceFailure   = 4
	DeviceBusy      = 6
)

// Identify is an image in which each value says whose it is: the unit in the
// high byte, the low byte of the address in the low one. Bits are a fixed mix
// of both.
func Identify(unit, function byte, address, count uint16) ([]uint16, byte) {
	values := make([]uint16, count)
	for i := range values {
		a := address + uint16(i)
		values[i] = uint16(unit)<<8 | a&0xFF
		if function <= 2 {
			values[i] = (uint16(unit)*31 + a*17) >> 3 & 1
		}
	}
	return values, 0
}

// Stats count what one unit did.
type Stats struct {
	Requests int // heard, alive or not
	Answers  int // given without fault, exceptions included
	Faults   map[Kind]int
	Writes   int // requests that would have changed the device
}

// Slaves are the units of one line or one TCP port.
type Slaves struct {
	mu    sync.Mutex
	image Image
	units map[byte]*unit
}

type unit struct {
	rng        *rand.Rand
	plan       Plan
	next       []Fault
	dead       bool
	turnaround time.Duration
	stats      Stats
}

// New makes units, all alive and well, that answer from image.
func New(seed uint64, image Image, units ...byte) *Slaves {
	s := &Slaves{image: image, units: make(map[byte]*unit)}
	for _, u := range units {
		s.units[u] = &unit{
			rng:   rand.New(rand.NewPCG(seed, uint64(u))),
			stats: Stats{Faults: make(map[Kind]int)},
		}
	}
	return s
}

// with runs f on a unit; a unit that does not exist is left alone.
func (s *Slaves) with(id byte, f func(*unit)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.units[id]; u != nil {
		f(u)
	}
}

// Plan sets the faults that a unit makes by chance.
func (s *Slaves) Plan(id byte, p Plan) { s.with(id, func(u *unit) { u.plan = p }) }

// Next makes the next answers of a unit faulty, one each, before its plan.
func (s *Slaves) Next(id byte, faults ...Fault) {
	s.with(id, func(u *unit) { u.next = append(u.next, faults...) })
}

// SetAlive lets a unit die and return.
func (s *Slaves) SetAlive(id byte, alive bool) { s.with(id, func(u *unit) { u.dead = !alive }) }

// SetTurnaround is how long a unit thinks before each answer.
func (s *Slaves) SetTurnaround(id byte, d time.Duration) {
	s.with(id, func(u *unit) { u.turnaround = d })
}

// Stats tells what a unit did so far.
func (s *Slaves) Stats(id byte) Stats {
	var stats Stats
	s.with(id, func(u *unit) {
		stats = u.stats
		stats.Faults = make(map[Kind]int, len(u.stats.Faults))
		for k, n := range u.stats.Faults {
			stats.Faults[k] = n
		}
	})
	return stats
}

// envelope wraps an answer for the wire.
type envelope func(unit byte, pdu []byte) []byte

// spoilt is which byte, from the end if negative, a BadCRC fault inverts.
type spoilt int

// answer is what goes out, and when.
type answer struct {
	frame []byte
	after time.Duration
	// apart: other answers need not wait for this one.
	apart bool
}

// respond works out the answer to one request; false if there is none.
func (s *Slaves) respond(id byte, pdu []byte, wrap envelope, at spoilt) (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.units[id]
	if u == nil || len(pdu) == 0 {
		return answer{}, false
	}
	u.stats.Requests++
	if u.dead {
		return answer{}, false
	}
	fault, faulty := u.fault()
	reply := s.answer(id, u, pdu)
	if !faulty {
		u.stats.Answers++
		return answer{frame: wrap(id, reply), after: u.turnaround}, true
	}
	u.stats.Faults[fault.Kind]++
	n := max(fault.Bytes, 1)
	switch fault.Kind {
	case Silent:
		return answer{}, false
	case Late:
		delay := fault.Delay
		if fault.Spread > 0 {
			delay += time.Duration(u.rng.Int64N(int64(fault.Spread)))
		}
		return answer{frame: wrap(id, reply), after: u.turnaround + delay, apart: true}, true
	case OtherUnit:
		return answer{frame: wrap(fault.Unit, reply), after: u.turnaround}, true
	}
	frame := wrap(id, reply)
	switch fault.Kind {
	case Truncated:
		frame = frame[:max(0, len(frame)-n)]
	case Surplus:
		for range n {
			frame = append(frame, byte(u.rng.UintN(256)))
		}
	case Noise:
		before := make([]byte, n, n+len(frame))
		for i := range before {
			before[i] = byte(u.rng.UintN(256))
		}
		frame = append(before, frame...)
	case BadCRC:
		i := int(at)
		if i < 0 {
			i += len(frame)
		}
		frame[i] ^= 1 << u.rng.UintN(8)
	}
	return answer{frame: frame, after: u.turnaround}, true
}

func (u *unit) fault() (Fault, bool) {
	if len(u.next) > 0 {
		f := u.next[0]
		u.next = u.next[1:]
		return f, true
	}
	if len(u.plan.Faults) > 0 && u.rng.Float64() < u.plan.Chance {
		return u.plan.Faults[u.rng.IntN(len(u.plan.Faults))], true
	}
	return Fault{}, false
}

// answer builds the PDU of an answer. Only reading is simulated.
func (s *Slaves) answer(id byte, u *unit, pdu []byte) []byte {
	function := pdu[0]
	refuse := func(code byte) []byte { return []byte{function | 0x80, code} }
	switch function {
	case 1, 2, 3, 4:
	case 5, 6, 15, 16, 22, 23:
		u.stats.Writes++
		return refuse(IllegalFunction)
	default:
		return refuse(IllegalFunction)
	}
	if len(pdu) != 5 {
		return refuse(IllegalValue)
	}
	address := uint16(pdu[1])<<8 + uint16(pdu[2])
	count := uint16(pdu[3])<<8 + uint16(pdu[4])
	most := uint16(125)
	if function <= 2 {
		most = 2000
	}
	if count < 1 || count > most {
		return refuse(IllegalValue)
	}
	if uint32(address)+uint32(count) > 65536 {
		return refuse(IllegalAddress)
	}
	values, exception := s.image(id, function, address, count)
	if exception != 0 {
		return refuse(exception)
	}
	if len(values) != int(count) {
		return refuse(DeviceFailure)
	}
	if function <= 2 {
		data := make([]byte, 2+(len(values)+7)/8)
		data[0], data[1] = function, byte(len(data)-2)
		for i, v := range values {
			if v != 0 {
				data[2+i/8] += 1 << (i % 8)
			}
		}
		return data
	}
	data := make([]byte, 2, 2+2*len(values))
	data[0], data[1] = function, byte(2*len(values))
	for _, v := range values {
		data = append(data, byte(v>>8), byte(v))
	}
	return data
}

// sender writes answers in whole frames, late ones beside the others.
type sender struct {
	mu    sync.Mutex
	late  sync.WaitGroup
	write func([]byte) error
}

// send waits out the answer's time; late answers it leaves to themselves. It
// returns false when ctx ended first or the wire is broken.
func (w *sender) send(ctx context.Context, a answer) bool {
	if a.apart {
		w.late.Go(func() {
			a.apart = false
			w.send(ctx, a)
		})
		return true
	}
	if a.after > 0 {
		timer := time.NewTimer(a.after)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(a.frame) == nil
}
