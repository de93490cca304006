package journal_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/agent/journal"
)

// TestMain makes this binary a journal's writer when the environment says so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FIELDSEAL_TEST_JOURNAL"); dir != "" {
		go writeForEver(dir)
		// Until its reader is gone.
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeForEver appends batches and prints the order of each once it is journalled.
func writeForEver(dir string) {
	j, err := journal.Open(journal.Options{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	next := 0
	if l := j.Last(); l != nil {
		for {
			if _, err := j.Load(uint64(next)); err != nil {
				break
			}
			next++
		}
	}
	fmt.Println("ready", next)
	m := newMaker(fatal{}, j.Last())
	for ; ; next++ {
		if err := j.Append("m", m.batch(1+next%50)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(next)
	}
}

type fatal struct{ testing.TB }

func (fatal) Helper()           {}
func (fatal) Fatal(args ...any) { fmt.Println(append([]any{"error:"}, args...)...); os.Exit(1) }

func TestKillLosesNothingThatWasJournalled(t *testing.T) {
	dir := t.TempDir()
	confirmed := -1
	for round := range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FIELDSEAL_TEST_JOURNAL="+dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		_, err = cmd.StdinPipe() // stays open: the writer ends by the kill alone
		must(t, err)
		must(t, cmd.Start())
		// Kill it at another moment each time, from the middle of a batch on.
		wait := 1 + round*7%13
		killed := false
		lines := bufio.NewScanner(out)
		for seen := 0; lines.Scan(); {
			text := lines.Text()
			if strings.HasPrefix(text, "error:") {
				t.Fatal(text)
			}
			if n, ok := strings.CutPrefix(text, "ready "); ok {
				if at, _ := strconv.Atoi(n); at <= confirmed {
					t.Fatalf("round %d: it begins at %d, %d were confirmed", round, at, confirmed)
				}
				continue
			}
			n, err := strconv.Atoi(text)
			must(t, err)
			confirmed = n
			if seen++; seen >= wait && !killed {
				killed = true
				time.AfterFunc(time.Duration(round*137)*time.Microsecond, func() { cmd.Process.Kill() })
			}
		}
		cmd.Wait()
		j := open(t, journal.Options{Dir: dir})
		if got := len(j.Pending(-1, 1<<20)); got <= confirmed {
			t.Fatalf("round %d: %d batches in the journal, %d confirmed", round, got, confirmed+1)
		}
		inOrderOnce(t, j)
		must(t, j.Close())
	}
	t.Logf("%d batches confirmed over 20 kills", confirmed+1)
}
