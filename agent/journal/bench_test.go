package journal_test

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/agent/journal"
)

// BenchmarkAppend fills a journal as fast as it takes batches of 100 readings, within
// the agent's memory goal, and tells the most that the process had for itself while
// tables were compacted.
func BenchmarkAppend(b *testing.B) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(28 << 20))
	j := open(b, journal.Options{Dir: b.TempDir()})
	m := newMaker(b, nil)
	var most atomic.Int64
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				most.Store(max(most.Load(), anonymous(b)))
			}
		}
	}()
	for b.Loop() {
		must(b, j.Append("m", m.batch(100)))
	}
	close(done)
	b.ReportMetric(float64(most.Load())/1024, "MB-most")
	must(b, j.Close())
}

// anonymous is what the process has for itself, in kB.
func anonymous(b *testing.B) int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Error(err)
	}
	for l := range strings.Lines(string(raw)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "RssAnon:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				b.Error(err)
			}
			return n
		}
	}
	return 0
}
