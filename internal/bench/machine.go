package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine names what the numbers were measured on, as far as they depend on it.
func machine() string {
	model := "an unnamed processor"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == "model name" {
				model = strings.TrimSpace(v)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s, %s/%s; the load comes from the same machine", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// usage is what a process has used so far.
type usage struct {
	cpu  time.Duration // user and system
	rss  int64         // resident bytes now
	anon int64         // of them, not backed by files
	at   time.Time
}

// clockTick is USER_HZ, which Linux fixes at 100 for what /proc shows.
const clockTick = 10 * time.Millisecond

func usageOf(pid int) (u usage, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The name in parentheses may hold blanks; what counts begins after it.
	_, rest, ok := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 22 {
		return u, fmt.Errorf("/proc/%d/stat: %q", pid, raw)
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	if err1 != nil || err2 != nil {
		return u, fmt.Errorf("/proc/%d/stat: %q", pid, raw)
	}
	u = usage{cpu: time.Duration(user+system) * clockTick, at: time.Now()}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		k, v, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
		switch k {
		case "VmRSS":
			u.rss = n << 10
		case "RssAnon":
			u.anon = n << 10
		}
	}
	return u, nil
}

// onDisk is what a folder takes, in blocks that are really there: stores make
// sparse files.
func onDisk(dir string) (total int64) {
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // a file that is compacted away meanwhile
		}
		if info, err := e.Info(); err == nil && e.Type().IsRegular() {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				total += st.Blocks * 512
			}
		}
		return nil
	})
	return total
}

// quantile of durations; q from 0 to 1.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)]
}

// thousands writes 1234567 as 1,234,567.
func thousands[N int | int64 | float64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// bytesOf writes a size for people.
func bytesOf(n int64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// syncCalls adds up what strace -c counted of the calls that wait for the disk.
func syncCalls(summary string) (total int, detail string) {
	var parts []string
	for line := range strings.Lines(summary) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		switch name := f[len(f)-1]; name {
		case "fsync", "fdatasync", "msync", "sync_file_range", "syncfs":
			if n, err := strconv.Atoi(f[3]); err == nil {
				total += n
				parts = append(parts, fmt.Sprintf("%s %d", name, n))
			}
		}
	}
	return total, strings.Join(parts, ", ")
}
