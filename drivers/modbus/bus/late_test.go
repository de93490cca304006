package bus_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// naive is a master as it is often written: flush, ask, take what fits.
func naive(port serialport.Port, frame []byte, timeout time.Duration) (modbus.Data, error) {
	port.Flush()
	port.Write(frame)
	var got []byte
	buf := make([]byte, 256)
	for end := time.Now().Add(timeout); time.Now().Before(end); {
		n, _ := port.Read(buf)
		got = append(got, buf[:n]...)
		if want, _ := modbus.ExpectedLength(frame, got); want > 0 && len(got) >= want {
			break
		}
	}
	return modbus.ParseExchange(frame, got)
}

// Two reads of the same shape, the first answered late by every delay that the
// quiet window promises to cover. The naive master shows that the trap is real.
func TestLateReplyNeverBecomesAnotherPoint(t *testing.T) {
	first, second := blocks[0], blocks[1]
	pdu1, err1 := first.PDU()
	pdu2, err2 := second.PDU()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	want, _ := device.Identify(faulty, second.Function, second.Address, second.Count)
	confused, _ := device.Identify(faulty, first.Function, first.Address, first.Count)
	wire := line.Config{CharTime: virtual.CharTime, Chunk: 8}

	var swapped, late, answered int
	// From on time to as late as the window allows, the granularity of reads
	// (100 ms) aside; the slave itself takes 20 ms.
	for delay := 200 * time.Millisecond; delay < virtual.Timeout+virtual.Quiet-20*time.Millisecond; delay += 7 * time.Millisecond {
		onVirtualLine(t, wire, func(t *testing.T, l *line.Line, s *device.Slaves) {
			ctx := t.Context()
			b := running(t, virtual, l.Open)
			s.Next(faulty, device.Fault{Kind: device.Late, Delay: delay})
			a := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu1})
			c := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu2})
			switch a.Outcome {
			case bus.OK:
				if !slices.Equal(a.Data.Words, confused) {
					t.Errorf("delay %v: first read gave %04x", delay, a.Data.Words)
				}
			case bus.NoAnswer, bus.Truncated:
				late++
			default:
				t.Errorf("delay %v: first read: %v, %v", delay, a.Outcome, a.Err)
			}
			if c.Outcome != bus.OK || !slices.Equal(c.Data.Words, want) {
				t.Errorf("delay %v: second read: %v, %04x, %v", delay, c.Outcome, c.Data.Words, c.Err)
			} else {
				answered++
			}
		})
		onVirtualLine(t, wire, func(t *testing.T, l *line.Line, s *device.Slaves) {
			port, err := l.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.Next(faulty, device.Fault{Kind: device.Late, Delay: delay})
			naive(port, modbus.EncodeRTU(faulty, pdu1), virtual.Timeout)
			if d, err := naive(port, modbus.EncodeRTU(faulty, pdu2), virtual.Timeout); err == nil && slices.Equal(d.Words, confused) {
				swapped++
			}
		})
	}
	t.Logf("late %d times, second read right %d times; the naive master was fooled %d times", late, answered, swapped)
	if swapped == 0 || late == 0 {
		t.Error("nothing was ever late, or the naive master was never fooled: the trial shows nothing")
	}
}

// A slave later than the window may assume is caught by its count.
func TestDistinctCountsProtectBeyondTheWindow(t *testing.T) {
	first, second := blocks[0], blocks[1]
	second.Count++
	pdu1, _ := first.PDU()
	pdu2, _ := second.PDU()
	var refused int
	for delay := time.Second; delay < 4*time.Second; delay += 13 * time.Millisecond {
		onVirtualLine(t, line.Config{CharTime: virtual.CharTime}, func(t *testing.T, l *line.Line, s *device.Slaves) {
			ctx := t.Context()
			b := running(t, virtual, l.Open)
			s.Next(faulty, device.Fault{Kind: device.Late, Delay: delay}, device.Fault{Kind: device.Silent}, device.Fault{Kind: device.Silent})
			b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu1})
			for range 2 {
				ex := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu2})
				switch ex.Outcome {
				case bus.NoAnswer, bus.Truncated:
				case bus.Malformed:
					refused++
				case bus.OK:
					want, _ := device.Identify(faulty, second.Function, second.Address, second.Count)
					if !slices.Equal(ex.Data.Words, want) {
						t.Errorf("delay %v: %04x accepted", delay, ex.Data.Words)
					}
				default:
					t.Errorf("delay %v: %v, %v", delay, ex.Outcome, ex.Err)
				}
			}
		})
	}
	if refused == 0 {
		t.Error("no late answer ever met the wrong question; the trial shows nothing")
	}
}

// Once a slave was seen to be late, the window grows to twice what was seen.
func TestWindowGrowsWithObservedLateness(t *testing.T) {
	cfg := virtual
	var log bytes.Buffer
	cfg.Log = textLog(&log)
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		ctx := t.Context()
		b := running(t, cfg, l.Open)
		pdu, _ := blocks[0].PDU()
		s.Next(faulty, device.Fault{Kind: device.Late, Delay: 800 * time.Millisecond}, device.Fault{Kind: device.Silent})
		b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu})
		b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu})
		start := time.Now()
		if ex := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu}); ex.Outcome != bus.OK {
			t.Fatal(ex.Err)
		}
		if quiet := time.Since(start); quiet <= virtual.Quiet+100*time.Millisecond {
			t.Errorf("after a slave 500 ms late the line was quiet for only %v", quiet)
		}
		if !bytes.Contains(log.Bytes(), []byte("quiet window lengthened")) {
			t.Errorf("not told: %s", log.String())
		}
	})
}

// A slave that is later than any window may assume meets the same question again: its
// answer fits in all, but tells of another moment. What follows it gives it away.
func TestLateReplyNeverBecomesALaterMoment(t *testing.T) {
	pdu, err := blocks[0].PDU()
	if err != nil {
		t.Fatal(err)
	}
	// Another question between, well answered, does not settle the first.
	between, err := blocks[2].PDU()
	if err != nil {
		t.Fatal(err)
	}
	const period = 3 * time.Second
	var spoilt, right int
	for delay := 900 * time.Millisecond; delay < period+200*time.Millisecond; delay += 3 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			moment := func() uint16 { return uint16(time.Since(start) / period) }
			s := device.New(1, func(_, _ byte, _, count uint16) ([]uint16, byte) {
				return slices.Repeat([]uint16{moment()}, int(count)), 0
			}, faulty)
			s.SetTurnaround(faulty, 20*time.Millisecond)
			l := line.New(line.Config{CharTime: virtual.CharTime})
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- s.ServeLine(ctx, l.Slave()) }()
			b := running(t, virtual, l.Open)
			s.Next(faulty, device.Fault{Kind: device.Late, Delay: delay})
			for i := range 4 {
				time.Sleep(time.Until(start.Add(time.Duration(i) * period)))
				ex := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: pdu})
				if other := b.Do(ctx, bus.Request{Device: "d", Unit: faulty, PDU: between}); other.Outcome == bus.OK && other.Data.Words[0] != moment() {
					t.Errorf("delay %v: the question between gave the value of poll %d", delay, other.Data.Words[0])
				}
				switch {
				case ex.Outcome == bus.OK && ex.Data.Words[0] != uint16(i):
					t.Errorf("delay %v: poll %d gave the value of poll %d", delay, i, ex.Data.Words[0])
				case ex.Outcome == bus.OK:
					right++
				case ex.Outcome == bus.Surplus:
					spoilt++
				}
				if i == 3 && ex.Outcome != bus.OK {
					t.Errorf("delay %v: the last poll: %v", delay, ex.Err)
				}
			}
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
	t.Logf("%d polls right, %d spoilt", right, spoilt)
	if spoilt == 0 {
		t.Error("no late answer ever met the next question; the trial shows nothing")
	}
}
