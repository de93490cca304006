package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fieldseal/internal/rig"
	"fieldseal/simulators/device"
)

// The agent's load: devices × points each, every cadence.
const (
	loadDevices = 5
	loadPoints  = 100
	loadCadence = 500 * time.Millisecond
	loadRate    = loadDevices * loadPoints * int(time.Second/loadCadence)
)

// agentLoad is measure (c).
func agentLoad(ctx context.Context, b *Bench) error {
	r, err := rig.New(b.Bin, filepath.Join(b.dir, "agent"))
	if err != nil {
		return err
	}
	defer func() { r.Close() }()
	if err := r.Init(ctx); err != nil {
		return err
	}
	if _, err := r.StartNotary(ctx); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	units := make([]byte, loadDevices)
	for i := range units {
		units[i] = byte(i + 1)
	}
	slaves := device.New(1, func(unit, _ byte, address, count uint16) ([]uint16, byte) {
		values := make([]uint16, count)
		for i := range values {
			// Values that wander, as measured ones do.
			values[i] = uint16(200 + (int(time.Since(began)/(100*time.Millisecond))*int(unit)+int(address)+i*7)%400)
		}
		return values, 0
	}, units...)
	go slaves.ServeTCP(serving, ln)
	file, err := writeLoadSite(r, ln.Addr().String())
	if err != nil {
		return err
	}
	if err := r.Enrol(ctx, "bench", "Bench", file); err != nil {
		return err
	}
	agent, err := r.StartAgent("bench", file)
	if err != nil {
		return err
	}
	if err := pause(ctx, 10*time.Second); err != nil { // until the start is over
		return err
	}
	before, err := usageOf(agent.PID())
	if err != nil {
		return err
	}
	readingsBefore, err := r.Metric(ctx, file, rig.ReadingsMetric)
	if err != nil {
		return err
	}
	if err := pause(ctx, time.Duration(b.scale(60))*time.Second); err != nil {
		return err
	}
	after, err := usageOf(agent.PID())
	if err != nil {
		return err
	}
	readings, err := r.Metric(ctx, file, rig.ReadingsMetric)
	if err != nil {
		return err
	}
	pending, err := r.Pending(ctx, file)
	if err != nil {
		return err
	}
	elapsed := after.at.Sub(before.at).Seconds()
	rate := (readings - readingsBefore) / elapsed
	if rate < 0.98*float64(loadRate) {
		return fmt.Errorf("the agent sealed %.0f readings a second of %d planned", rate, loadRate)
	}
	if pending > 10 {
		return fmt.Errorf("%d batches are not acknowledged", pending)
	}
	b.Row(Row{"c", fmt.Sprintf("agent at %.0f points/s over Modbus TCP, processor", rate), fmt.Sprintf("%.1f %% of a core", 100*(after.cpu-before.cpu).Seconds()/elapsed), "6 %", fmt.Sprintf("%d devices of %d points each %v, one batch a second, sealed, journalled, acknowledged", loadDevices, loadPoints, loadCadence)})
	b.Row(Row{"c", "agent, resident memory", bytesOf(after.rss), "40 MB", fmt.Sprintf("%s of it its own, the rest is mapped from files", bytesOf(after.anon))})
	return errors.Join(r.Close())
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeLoadSite writes the site file of the load and its profile.
func writeLoadSite(r *rig.Rig, address string) (string, error) {
	health, err := rig.FreeAddress()
	if err != nil {
		return "", err
	}
	var p strings.Builder
	p.WriteString(`version: 1
id: bench/load
title: {en: Load of the benchmark, zh: 性能测试负载}
protocol: modbus
line: {baud: 9600, parity: none, stop_bits: 1}
exchanges:
`)
	fmt.Fprintf(&p, "  - {id: all, function: 3, address: 0, count: %d, cadence: %v}\npoints:\n", loadPoints, loadCadence)
	for i := range loadPoints {
		fmt.Fprintf(&p, "  - {name: p%02d, title: {en: Point %d, zh: 测点 %d}, unit: Cel, register: %d, type: u16, scale: 0.1}\n", i, i, i, i)
	}
	dir := filepath.Join(r.Dir, "profiles")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "load.yaml"), []byte(p.String()), 0o644); err != nil {
		return "", err
	}
	var s strings.Builder
	fmt.Fprintf(&s, "version: 1\nsite:\n  id: bench\n  interval: 1s\ngateway:\n  id: gw-bench\n  data: %s\nnotary:\n  address: %s\nprofiles: %s\nbuses:\n  - {id: tcp, kind: tcp, address: %s}\ndevices:\n", r.AgentDir("bench"), r.HTTP, dir, address)
	for i := range loadDevices {
		fmt.Fprintf(&s, "  - {id: load-%d, bus: tcp, unit: %d, profile: bench/load}\n", i+1, i+1)
	}
	fmt.Fprintf(&s, "listen:\n  health: %s\n", health)
	file := filepath.Join(r.Dir, "bench.yaml")
	return file, os.WriteFile(file, []byte(s.String()), 0o644)
}
