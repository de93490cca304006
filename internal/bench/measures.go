package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Measures are taken in this order.
var Measures = []Measure{
	{"a", "saturation: 64 connections, 100 records a batch", saturation},
	{"b", "64 gateways, a batch a second: publish to PUBACK", latency},
	{"c", "an agent at 1,000 points a second over Modbus TCP", agentLoad},
	{"d", "verifying one reading of a log of a million entries", verifyOne},
	{"e", "gas of an anchor", gas},
	{"f", "bytes a day with one-minute batches", bytesADay},
	{"g", "200 gateways of 50 points, a batch a second each, 500 followers of the stream", stream},
	{"h", "what decoding costs, protocol by protocol", decoding},
}

// bareEd25519 is how many signatures all cores verify a second with the standard
// library and nothing else.
func bareEd25519(d time.Duration) float64 {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the machine has no randomness; nothing here could run
	}
	message := make([]byte, 300)
	sig := ed25519.Sign(key, message)
	var total int
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for range runtime.NumCPU() {
		wg.Go(func() {
			n := 0
			for time.Since(start) < d {
				for range 64 {
					ed25519.Verify(pub, message, sig)
				}
				n += 64
			}
			mu.Lock()
			total += n
			mu.Unlock()
		})
	}
	wg.Wait()
	return float64(total) / time.Since(start).Seconds()
}

// rival is what Tessera's POSIX driver took to append as many headers.
type rival struct {
	Entries   int     `json:"entries"`
	PerSecond float64 `json:"entries_per_second"`
	syncs     int
	disk      int64
}

func (b *Bench) rival(ctx context.Context, entries, size int) (r rival, err error) {
	tool := filepath.Join(b.Bin, "tools", "tessera-append")
	if _, err := os.Stat(tool); err != nil {
		return r, fmt.Errorf("the rival is not built: %w; run make tools", err)
	}
	args := func(name string, n int) []string {
		return []string{"-dir", filepath.Join(b.dir, name), "-n", fmt.Sprint(n), "-size", fmt.Sprint(size)}
	}
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, tool, args("tessera", entries)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("tessera-append: %w: %s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, err
	}
	r.disk = onDisk(filepath.Join(b.dir, "tessera"))
	// Counted apart: strace slows what it counts.
	if counted, err := b.underStrace(ctx, append([]string{tool}, args("tessera-counted", entries)...)...); err == nil {
		r.syncs = counted
	}
	return r, nil
}

// underStrace runs a command to its end and counts its waits for the disk.
func (b *Bench) underStrace(ctx context.Context, argv ...string) (int, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return 0, err
	}
	summary := filepath.Join(b.dir, "strace.txt")
	cmd := exec.CommandContext(ctx, strace, append(straceArgs(summary), argv...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("strace: %w: %s", err, out)
	}
	raw, err := os.ReadFile(summary)
	if err != nil {
		return 0, err
	}
	n, _ := syncCalls(string(raw))
	return n, nil
}

// straceArgs count the calls that wait for the disk, in all threads.
func straceArgs(summary string) []string {
	return []string{"-c", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o", summary}
}

// gas is kept by a test of the contract, which fails when it changes.
func gas(_ context.Context, b *Bench) error {
	raw, err := os.ReadFile("notary/contracts/testdata/gas.txt")
	if err != nil {
		return fmt.Errorf("run from the top of the checkout: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if i := strings.LastIndexByte(line, ' '); i > 0 {
			b.Row(Row{"e", "gas: " + strings.TrimSpace(line[:i]), line[i+1:], "", ""})
		}
	}
	return nil
}
