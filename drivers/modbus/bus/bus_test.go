package bus_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func ask(unit byte, read modbus.Read) bus.Request {
	pdu, err := read.PDU()
	if err != nil {
		panic(err)
	}
	return bus.Request{Device: "d", Unit: unit, PDU: pdu}
}

// running starts a bus that stops with the test.
func running(t *testing.T, cfg bus.Config, dial bus.Dial) *bus.Bus {
	t.Helper()
	b := bus.New(cfg, dial)
	serving(t, func(ctx context.Context) { b.Run(ctx) })
	return b
}

// serving runs f until the test ends, and waits for it.
func serving(t *testing.T, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func TestExchangeIsVerbatimAndParsesAgain(t *testing.T) {
	onVirtualLine(t, line.Config{CharTime: virtual.CharTime, Chunk: 1}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		cfg := virtual
		boot := time.Now()
		cfg.Clock = func() time.Duration { return time.Hour + time.Since(boot) }
		b := running(t, cfg, l.Open)
		for _, read := range []modbus.Read{blocks[0], blocks[2],
			{Function: modbus.ReadCoils, Address: 3, Count: 13}, {Function: modbus.ReadDiscreteInputs, Address: 0, Count: 2000},
			{Function: modbus.ReadInputRegisters, Address: 0, Count: 125}} {
			ex := b.Do(t.Context(), ask(2, read))
			if ex.Outcome != bus.OK {
				t.Fatalf("%+v: %v", read, ex.Err)
			}
			d, err := modbus.ParseExchange(ex.Sent, ex.Received)
			if err != nil || !slices.Equal(d.Words, ex.Data.Words) || !slices.Equal(d.Bits, ex.Data.Bits) {
				t.Errorf("%+v: parsed again: %+v, %v", read, d, err)
			}
			want, _ := device.Identify(2, read.Function, read.Address, read.Count)
			for i, bit := range d.Bits {
				if bit != (want[i] == 1) {
					t.Fatalf("%+v: bit %d is %v", read, i, bit)
				}
			}
			if d.Words != nil && !slices.Equal(d.Words, want) {
				t.Errorf("%+v: %04x", read, d.Words)
			}
			if took := ex.ReceivedAt - ex.SentAt; ex.SentAt < time.Hour || took < cfg.CharTime*time.Duration(8+len(ex.Received)) {
				t.Errorf("stamps %v, %v", ex.SentAt, ex.ReceivedAt)
			}
		}
	})
}

func TestBusNeverWrites(t *testing.T) {
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		b := running(t, virtual, l.Open)
		for _, pdu := range [][]byte{
			{5, 0, 1, 0xFF, 0}, {6, 0, 1, 0, 1}, {15, 0, 1, 0, 1, 1, 1}, {16, 0, 1, 0, 1, 2, 0, 1}, {22, 0, 1, 0, 1, 0, 1}, {23, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0, 0}, {8, 0, 1, 0, 0}, {}, nil,
		} {
			ex := b.Do(t.Context(), bus.Request{Device: "d", Unit: 1, PDU: pdu})
			if ex.Outcome != bus.Refused || len(ex.Sent) != 0 || !errors.Is(ex.Err, modbus.ErrRequest) {
				t.Errorf("% x: %v, sent % x, %v", pdu, ex.Outcome, ex.Sent, ex.Err)
			}
		}
		for _, unit := range []byte{0, 248, 255} {
			if ex := b.Do(t.Context(), ask(unit, blocks[0])); ex.Outcome != bus.Refused {
				t.Errorf("unit %d: %v", unit, ex.Outcome)
			}
		}
		if st := s.Stats(1); st.Requests != 0 || st.Writes != 0 {
			t.Errorf("%+v reached the slave", st)
		}
	})
}

func TestExceptionKeepsADeviceHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := line.New(line.Config{})
		code := byte(device.IllegalAddress)
		s := device.New(1, func(_, _ byte, _, _ uint16) ([]uint16, byte) { return nil, code }, 1)
		ctx := t.Context()
		serving(t, func(ctx context.Context) { s.ServeLine(ctx, l.Slave()) })
		b := running(t, virtual, l.Open)
		for range 10 {
			ex := b.Do(ctx, ask(1, blocks[0]))
			var e modbus.Exception
			if ex.Outcome != bus.Exceptional || !errors.As(ex.Err, &e) || e.Code != code {
				t.Fatalf("%v, %v", ex.Outcome, ex.Err)
			}
		}
		if st, _ := b.Device("d"); st.Health != bus.Healthy || b.Counters().Quarantines != 0 {
			t.Errorf("%+v", st)
		}
		// A gateway that speaks for a silent device does not make it alive.
		code = modbus.GatewayTargetSilent
		for range 3 {
			b.Do(ctx, ask(1, blocks[0]))
		}
		if st, _ := b.Device("d"); st.Health != bus.Lost {
			t.Errorf("%+v", st)
		}
	})
}

func TestDeadSlaveIsProbedEverMoreSlowly(t *testing.T) {
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		cfg := virtual
		cfg.Rand = func() float64 { return 0.5 } // jitter of nothing
		b := running(t, cfg, l.Open)
		s.SetAlive(1, false)
		var sent []time.Duration
		start := time.Now()
		for time.Since(start) < 10*time.Minute {
			ex := b.Do(t.Context(), ask(1, blocks[0]))
			switch ex.Outcome {
			case bus.NoAnswer:
				sent = append(sent, time.Since(start).Round(time.Second))
			case bus.Skipped:
				if !errors.Is(ex.Err, bus.ErrBreakerOpen) || len(ex.Sent) != 0 {
					t.Fatal(ex.Err)
				}
			default:
				t.Fatal(ex.Outcome, ex.Err)
			}
			time.Sleep(time.Second)
		}
		var apart []time.Duration
		for i := bus.DefaultFailures; i < len(sent); i++ {
			apart = append(apart, sent[i]-sent[i-1])
		}
		for i, d := range apart {
			want := min(bus.DefaultProbeFirst<<i, bus.DefaultProbeMax)
			if d < want || d > want+4*time.Second {
				t.Errorf("probe %d after %v, want about %v (%v)", i, d, want, apart)
			}
		}
		if len(apart) < 5 {
			t.Errorf("only %d probes", len(apart))
		}
		s.SetAlive(1, true)
		time.Sleep(bus.DefaultProbeMax)
		if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.OK {
			t.Errorf("not found again: %v", ex.Err)
		}
	})
}

func TestEchoIsReadBackAndRemoved(t *testing.T) {
	for _, chunk := range []int{0, 1, 5} {
		onVirtualLine(t, line.Config{CharTime: virtual.CharTime, Chunk: chunk, Echo: true}, func(t *testing.T, l *line.Line, s *device.Slaves) {
			cfg := virtual
			cfg.Echo = true
			b := running(t, cfg, l.Open)
			for range 20 {
				if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.OK || ex.Received[0] != 1 || len(ex.Received) != 17 {
					t.Fatalf("%v, % x, %v", ex.Outcome, ex.Received, ex.Err)
				}
			}
		})
	}
}

func TestWrongEchoSettingIsABusFault(t *testing.T) {
	for _, adapter := range []bool{true, false} {
		onVirtualLine(t, line.Config{Echo: adapter}, func(t *testing.T, l *line.Line, s *device.Slaves) {
			cfg := virtual
			cfg.Echo = !adapter
			b := running(t, cfg, l.Open)
			ex := b.Do(t.Context(), ask(1, blocks[0]))
			if ex.Outcome == bus.OK {
				t.Errorf("adapter echo %v, setting %v: accepted", adapter, cfg.Echo)
			}
			if cfg.Echo && (ex.Outcome != bus.BusFault || !errors.Is(ex.Err, bus.ErrEcho)) {
				t.Errorf("%v, %v", ex.Outcome, ex.Err)
			}
			if st, _ := b.Device("d"); cfg.Echo && st.Failures != 0 {
				t.Errorf("the device was blamed: %+v", st)
			}
		})
	}
}

func TestUnaskedBytesDoNotReachASample(t *testing.T) {
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		b := running(t, virtual, l.Open)
		b.Do(t.Context(), ask(1, blocks[0]))
		// A whole valid answer to the question that comes next, but for its words.
		l.Inject(modbus.EncodeRTU(1, append([]byte{3, 12}, make([]byte, 12)...)))
		ex := b.Do(t.Context(), ask(1, blocks[0]))
		want, _ := device.Identify(1, 3, blocks[0].Address, blocks[0].Count)
		if ex.Outcome != bus.OK || !slices.Equal(ex.Data.Words, want) {
			t.Errorf("%v, %04x, %v", ex.Outcome, ex.Data.Words, ex.Err)
		}
		if c := b.Counters(); c.DiscardedBytes != 17 || c.Quarantines != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestBabblingLineIsABusFaultAndRecovers(t *testing.T) {
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		b := running(t, virtual, l.Open)
		if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.OK {
			t.Fatal(ex.Err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				l.Inject([]byte{0x55})
				time.Sleep(50 * time.Millisecond)
			}
		}()
		time.Sleep(time.Second)
		ex := b.Do(t.Context(), ask(1, blocks[0]))
		if ex.Outcome != bus.BusFault || !errors.Is(ex.Err, bus.ErrNoisy) {
			t.Errorf("%v, %v", ex.Outcome, ex.Err)
		}
		stop()
		time.Sleep(time.Second)
		if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.OK {
			t.Errorf("line fell silent, and: %v", ex.Err)
		}
	})
}

func TestCallerMayLeaveAndBusMayStop(t *testing.T) {
	onVirtualLine(t, line.Config{}, func(t *testing.T, l *line.Line, s *device.Slaves) {
		b := bus.New(virtual, l.Open)
		runCtx, stop := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- b.Run(runCtx) }()
		s.SetAlive(1, false)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if ex := b.Do(ctx, ask(1, blocks[0])); ex.Outcome != bus.Cancelled || !errors.Is(ex.Err, context.DeadlineExceeded) {
			t.Errorf("%v, %v", ex.Outcome, ex.Err)
		}
		if ex := b.Do(t.Context(), ask(2, blocks[0])); ex.Outcome != bus.OK {
			t.Errorf("after a caller left: %v", ex.Err)
		}
		go func() {
			time.Sleep(10 * time.Millisecond)
			stop()
		}()
		if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.Cancelled {
			t.Errorf("%v, %v", ex.Outcome, ex.Err)
		}
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.Cancelled || !errors.Is(ex.Err, bus.ErrStopped) {
			t.Errorf("%v, %v", ex.Outcome, ex.Err)
		}
		if err := b.Run(t.Context()); err == nil {
			t.Error("ran twice")
		}
		if _, err := l.Open(t.Context()); err != nil {
			t.Errorf("port not released: %v", err)
		}
	})
}

func TestLostPortIsToldOnceAndRetriedWithBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials []time.Time
		var log strings.Builder
		cfg := virtual
		cfg.Rand = func() float64 { return 0.5 }
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		b := running(t, cfg, func(context.Context) (serialport.Port, error) {
			dials = append(dials, time.Now())
			return nil, serialport.ErrVanished
		})
		for range 3000 {
			ex := b.Do(t.Context(), ask(1, blocks[0]))
			if ex.Outcome != bus.BusFault || !errors.Is(ex.Err, bus.ErrPortDown) || !errors.Is(ex.Err, serialport.ErrVanished) {
				t.Fatalf("%v, %v", ex.Outcome, ex.Err)
			}
			if n := strings.Count(ex.Err.Error(), "vanished"); n != 1 {
				t.Fatalf("cause told %d times: %v", n, ex.Err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		want := bus.DefaultReopenFirst
		for i := 1; i < len(dials); i++ {
			if d := dials[i].Sub(dials[i-1]); d < want || d > want+200*time.Millisecond {
				t.Errorf("attempt %d after %v, want %v", i, d, want)
			}
			want = min(2*want, bus.DefaultReopenMax)
		}
		if len(dials) < 12 {
			t.Errorf("%d attempts in 5 minutes", len(dials))
		}
		if n := strings.Count(log.String(), "port lost"); n != 1 {
			t.Errorf("the log tells it %d times:\n%s", n, &log)
		}
	})
}

func TestDistinctCountsNamesTheClash(t *testing.T) {
	plan := []bus.PlannedRead{
		{Name: "dust", Unit: 1, Read: modbus.Read{Function: 3, Address: 0, Count: 4}},
		{Name: "noise", Unit: 1, Read: modbus.Read{Function: 3, Address: 100, Count: 4}},
		{Name: "wind", Unit: 1, Read: modbus.Read{Function: 4, Address: 100, Count: 4}},
		{Name: "rain", Unit: 2, Read: modbus.Read{Function: 3, Address: 100, Count: 4}},
		{Name: "gust", Unit: 1, Read: modbus.Read{Function: 3, Address: 200, Count: 5}},
		{Name: "door", Unit: 1, Read: modbus.Read{Function: 1, Address: 0, Count: 3}},
		{Name: "lid", Unit: 1, Read: modbus.Read{Function: 1, Address: 16, Count: 8}},
	}
	clashes := bus.DistinctCounts(plan)
	if len(clashes) != 2 || clashes[0].A.Name != "dust" || clashes[0].B.Name != "noise" || clashes[1].A.Name != "door" || clashes[1].B.Name != "lid" {
		t.Errorf("%v", clashes)
	}
}

// onPipe runs a TCP bus against slaves over in-process connections.
func onPipe(t *testing.T, body func(t *testing.T, b *bus.Bus, s *device.Slaves, hangUp func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := device.New(1, device.Identify, units...)
		var conns sync.WaitGroup
		t.Cleanup(conns.Wait)
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		var last net.Conn
		cfg := bus.Config{Name: "pipe", Framing: bus.TCP, Timeout: 300 * time.Millisecond}
		b := running(t, cfg, func(context.Context) (serialport.Port, error) {
			near, far := net.Pipe()
			last = far
			conns.Go(func() { s.ServeConn(ctx, far) })
			return bus.NetPort(near), nil
		})
		body(t, b, s, func() { last.Close() })
	})
}

func TestTCPConnectionIsDroppedAfterAFault(t *testing.T) {
	for _, f := range []device.Fault{
		{Kind: device.Late, Delay: 700 * time.Millisecond}, {Kind: device.Silent}, {Kind: device.BadCRC}, {Kind: device.OtherUnit, Unit: 2}, {Kind: device.Truncated}, {Kind: device.Surplus},
	} {
		t.Run(f.Kind.String(), func(t *testing.T) {
			onPipe(t, func(t *testing.T, b *bus.Bus, s *device.Slaves, _ func()) {
				for i := range 500 {
					s.Next(1, f)
					ex := b.Do(t.Context(), ask(1, blocks[i%2]))
					if ex.Outcome.Answered() {
						t.Fatalf("%v accepted: %v", f.Kind, ex.Outcome)
					}
					ex = b.Do(t.Context(), ask(1, blocks[(i+1)%2]))
					want, _ := device.Identify(1, 3, blocks[(i+1)%2].Address, 6)
					if ex.Outcome != bus.OK || !slices.Equal(ex.Data.Words, want) {
						t.Fatalf("%v, %v", ex.Outcome, ex.Err)
					}
				}
				if c := b.Counters(); c.Opens < 500 || c.BusFaults != 0 {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

func TestIdleConnectionClosedByTheServerCostsNoSample(t *testing.T) {
	onPipe(t, func(t *testing.T, b *bus.Bus, s *device.Slaves, hangUp func()) {
		for range 20 {
			if ex := b.Do(t.Context(), ask(1, blocks[0])); ex.Outcome != bus.OK {
				t.Fatal(ex.Err)
			}
			hangUp()
			time.Sleep(time.Minute)
		}
	})
}
