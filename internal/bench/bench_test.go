package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTableGoesBetweenTheMarksAndNowhereElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	before := "# Title\n\n" + beginMark + "\nold\n" + endMark + "\n\nafter\n"
	if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := replaceTable(path, Table([]Row{{"a", "what", "1", "2", "beside"}})); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if strings.Contains(text, "old") || !strings.Contains(text, "| a | what | 1 | 2 | beside |") || !strings.HasPrefix(text, "# Title\n\n"+beginMark) || !strings.HasSuffix(text, endMark+"\n\nafter\n") {
		t.Errorf("%s", text)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o644); err != nil {
		t.Fatal(err)
	}
	if replaceTable(path, "x") == nil {
		t.Error("a document without marks was rewritten")
	}
}

func TestSyncsAreAddedUpFromStrace(t *testing.T) {
	const summary = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 98.31    1.234567         250      4938           msync
  1.69    0.021000         210       100         1 fsync
  0.00    0.000010           1        10           read
------ ----------- ----------- --------- --------- ----------------
100.00    1.255567         249      5048         1 total
`
	if n, detail := syncCalls(summary); n != 5038 || detail != "msync 4938, fsync 100" {
		t.Errorf("%d, %q", n, detail)
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for in, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := thousands(in); got != want {
			t.Errorf("%d is written %q", in, got)
		}
	}
	if got := quantile([]time.Duration{4, 1, 3, 2}, 0.5); got != 3 {
		t.Errorf("median %v", got)
	}
	if u, err := usageOf(os.Getpid()); err != nil || u.rss < 1<<20 {
		t.Errorf("own usage: %+v, %v", u, err)
	}
}
