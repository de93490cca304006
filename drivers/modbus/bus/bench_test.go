package bus_test

import (
	"context"
	"net"
	"testing"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/simulators/device"
)

// BenchmarkTCP1000Points is what 1,000 registers cost in eight reads over a
// loopback connection; the simulator runs in the same process and is part of it.
func BenchmarkTCP1000Points(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- device.New(1, device.Identify, 1).ServeTCP(ctx, ln)
	}()
	ran := make(chan error, 1)
	m := bus.New(bus.Config{Framing: bus.TCP}, bus.DialTCP(ln.Addr().String()))
	go func() { ran <- m.Run(ctx) }()
	var reqs []bus.Request
	for i := range uint16(8) {
		reqs = append(reqs, ask(1, modbus.Read{Function: modbus.ReadHoldingRegisters, Address: 125 * i, Count: 125}))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range reqs {
			if ex := m.Do(ctx, r); ex.Outcome != bus.OK {
				b.Fatal(ex.Err)
			}
		}
	}
	b.StopTimer()
	cancel()
	if err := <-served; err != nil {
		b.Error(err)
	}
	if err := <-ran; err != nil {
		b.Error(err)
	}
}
