//go:build peers

package e2e

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/simulators/fleet"
)

// TestPeerStraceShowsTheSyncBeforeThePuback watches the notary's system calls: for
// each batch that comes in, a sync of the store returns after the batch was read
// and before its acknowledgement is written.
//
// The connection is encrypted, so the acknowledgement is known by its size: a
// PUBACK is 4 bytes, in a TLS 1.3 record of 5 + 4 + 1 + 16.
func TestPeerStraceShowsTheSyncBeforeThePuback(t *testing.T) {
	paths := peers.Need(t, peers.Strace)
	const puback = 26
	r := newRig(t)
	ctx := patience(t, 2*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(r.Dir, "trace")
	notary, err := r.StartNotary(ctx, paths[0], "-f", "-ttt", "--seccomp-bpf", "-e", "trace=read,write,msync,fsync,fdatasync", "-e", "signal=none", "-o", trace)
	if err != nil {
		t.Fatal(err)
	}
	// A batch is told from a hello and a ping by its size.
	g := newSender(t, ctx, r, fleet.Load{Points: 10, Records: 60})
	const batches = 50
	for range batches {
		if n := g.send(t); n < minBatch {
			t.Fatalf("a batch of %d bytes is too small for this test", n)
		}
	}
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(notary)
	acks, late := orders(t, trace, puback)
	if acks != batches {
		t.Fatalf("%d acknowledgements of batches were seen for %d batches", acks, batches)
	}
	for _, line := range late {
		t.Errorf("acknowledged before a sync: %s", line)
	}
	t.Logf("%d acknowledgements, each after a sync", acks)
}

// minBatch tells a batch from other messages, in bytes.
const minBatch = 2000

var call = regexp.MustCompile(`^(\d+)\s+([\d.]+) (.*)$`)

// orders reads the trace. A thread's call that does not return at once is two
// lines, "unfinished" and "resumed"; what counts is where it began for a write
// and where it returned for reads and syncs.
func orders(t *testing.T, path string, puback int) (acks int, late []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	received := map[string]int{} // bytes of the message being received, by descriptor
	synced := map[string]bool{}  // a sync began and returned since the last batch, by descriptor
	waiting := map[string]bool{} // a batch was received and is not acknowledged
	began := map[string]string{} // descriptor of an unfinished read, by thread
	syncing := map[string]map[string]bool{}
	for scan := bufio.NewScanner(f); scan.Scan(); {
		m := call.FindStringSubmatch(scan.Text())
		if m == nil {
			continue
		}
		thread, what := m[1], m[3]
		switch {
		case strings.HasPrefix(what, "read(") || strings.Contains(what, "read resumed"):
			fd := began[thread]
			if strings.HasPrefix(what, "read(") {
				fd = descriptor(what)
				began[thread] = fd
				if strings.Contains(what, "<unfinished") {
					continue
				}
			}
			if n := result(what); n > 0 {
				received[fd] += n
				if received[fd] >= minBatch {
					waiting[fd], synced[fd] = true, false
				}
			}
		case strings.HasPrefix(what, "msync(") || strings.HasPrefix(what, "fsync(") || strings.HasPrefix(what, "fdatasync("):
			// Only a sync that begins after a batch was received can cover it.
			covers := map[string]bool{}
			for fd := range waiting {
				covers[fd] = true
			}
			if strings.Contains(what, "<unfinished") {
				syncing[thread] = covers
				continue
			}
			if result(what) == 0 {
				for fd := range covers {
					synced[fd] = true
				}
			}
		case strings.Contains(what, "sync resumed") || strings.Contains(what, "fdatasync resumed"):
			if result(what) == 0 {
				for fd := range syncing[thread] {
					synced[fd] = true
				}
			}
			delete(syncing, thread)
		case strings.HasPrefix(what, "write("):
			fd := descriptor(what)
			// What came before an answer is another message: the handshake, a hello.
			received[fd] = 0
			if !waiting[fd] || written(what) != puback {
				continue
			}
			acks++
			if !synced[fd] {
				late = append(late, what)
			}
			delete(waiting, fd)
		}
	}
	return acks, late
}

// descriptor is the first argument of a call.
func descriptor(what string) string {
	_, rest, _ := strings.Cut(what, "(")
	fd, _, _ := strings.Cut(rest, ",")
	return fd
}

// result is what a call returned; -1 if that is no number.
func result(what string) int {
	i := strings.LastIndex(what, "= ")
	if i < 0 {
		return -1
	}
	n, err := strconv.Atoi(strings.Fields(what[i+2:] + " x")[0])
	if err != nil {
		return -1
	}
	return n
}

// written is the length that a write was asked for: its last argument.
func written(what string) int {
	what, _, _ = strings.Cut(what, " <unfinished")
	if i := strings.LastIndex(what, ") "); i >= 0 {
		what = what[:i]
	}
	i := strings.LastIndex(what, ", ")
	if i < 0 {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimRight(what[i+2:], ") "))
	if err != nil {
		return -1
	}
	return n
}
