package journal_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fieldseal/internal/peers"
)

// The writer of TestMain says a batch's order once Append has returned; the
// uplink sees a batch no earlier.
func TestKernelHasSyncedABatchBeforeAnyoneHearsOfIt(t *testing.T) {
	strace := peers.Need(t, peers.Strace)[0]
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-y", "-e", "trace=msync,fsync,fdatasync,write", "-e", "signal=none", "-o", trace, os.Args[0])
	cmd.Env = append(os.Environ(), "FIELDSEAL_TEST_JOURNAL="+filepath.Join(dir, "journal"))
	out, err := cmd.StdoutPipe()
	must(t, err)
	in, err := cmd.StdinPipe() // the writer ends with it, strace or not
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	const batches = 20
	for n := 0; n <= batches && lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "error:") {
			t.Error(lines.Text())
		}
	}
	must(t, in.Close())
	for lines.Scan() {
	}
	cmd.Wait()
	raw, err := os.ReadFile(trace)
	must(t, err)
	// A call that another thread interrupts is traced in two lines; its end counts.
	synced := regexp.MustCompile(`(msync\(.*MS_SYNC|fdatasync\(|fsync\(|<\.\.\. (msync|fdatasync|fsync) resumed).*= 0$`)
	told := regexp.MustCompile(`write\(1<.*, "\d+\\n"`)
	syncs, heard := 0, 0
	for _, l := range strings.Split(string(raw), "\n") {
		switch {
		case synced.MatchString(l):
			syncs++
		case told.MatchString(l):
			if heard++; syncs == 0 {
				t.Errorf("batch %d was told of before a sync: %s", heard, l)
			}
			syncs = 0
		}
	}
	if heard < batches {
		t.Fatalf("%d batches in the trace", heard)
	}
}
