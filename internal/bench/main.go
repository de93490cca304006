// Command bench measures what docs/performance.md says and rewrites the table
// there. Everything is measured in one run on one machine, so that the ratios
// hold where the numbers do not.
//
// It is run by `make bench`, which builds the binaries and the rival first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"fieldseal/internal/rig"
)

func main() {
	out := flag.String("out", "", "document whose table to rewrite; none: print it only")
	bin := flag.String("bin", "bin", "folder with the binaries")
	only := flag.String("only", "", "letters of the measures to take, such as ab; the table is then printed only")
	long := flag.Duration("long", 0, "how long measure (g) sends; 0: 30 s")
	check := flag.Bool("check", false, "fail where measure (g) loses an event or grows")
	quick := flag.Bool("quick", false, "a tenth of the load, to see that it runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *bin, *only, *long, *check, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// Measure is one of the measures.
type Measure struct {
	Letter string
	Name   string
	Take   func(ctx context.Context, b *Bench) error
}

// Bench is what the measures share.
type Bench struct {
	Bin   string
	Quick bool
	Long  time.Duration // that measure (g) sends; 0: 30 s
	Check bool          // a target that is missed is an error
	dir   string
	rows  []Row
}

// Row is one line of the table.
type Row struct{ Letter, What, Measured, Target, Beside string }

// Row adds a line.
func (b *Bench) Row(r Row) { b.rows = append(b.rows, r) }

// Say tells what is going on.
func (b *Bench) Say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// scale is n, or a tenth of it.
func (b *Bench) scale(n int) int {
	if b.Quick {
		return max(n/10, 1)
	}
	return n
}

func run(ctx context.Context, out, bin, only string, long time.Duration, check, quick bool) error {
	bin, err := rig.Find(bin)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fieldseal-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &Bench{Bin: bin, Quick: quick, Long: long, Check: check, dir: dir}
	start := time.Now()
	var errs []error
	for _, m := range Measures {
		if only != "" && !strings.Contains(only, m.Letter) {
			continue
		}
		b.Say("(%s) %s", m.Letter, m.Name)
		began := time.Now()
		if err := m.Take(ctx, b); err != nil {
			errs = append(errs, fmt.Errorf("(%s) %s: %w", m.Letter, m.Name, err))
			b.Say("%v", errs[len(errs)-1])
		}
		b.Say("(%s) took %v", m.Letter, time.Since(began).Round(time.Second))
	}
	b.Say("all took %v", time.Since(start).Round(time.Second))
	table := Table(b.rows)
	fmt.Print(table)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if out == "" || only != "" || quick {
		return nil
	}
	return replaceTable(out, table)
}

// Marks stand around the table in the document.
const (
	beginMark = "<!-- bench:begin -->"
	endMark   = "<!-- bench:end -->"
)

// Table writes the rows with the machine they were measured on.
func Table(rows []Row) string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured on %s.\n\n", machine())
	s.WriteString("| | what | measured | target | beside it |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %s |\n", r.Letter, r.What, r.Measured, r.Target, r.Beside)
	}
	return s.String()
}

// replaceTable puts the table between the document's marks.
func replaceTable(path, table string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.Split(string(raw), "\n")
	i, j := slices.Index(lines, beginMark), slices.Index(lines, endMark)
	if i < 0 || j < i {
		return fmt.Errorf("%s: no lines %q and %q to put the table between", path, beginMark, endMark)
	}
	lines = slices.Concat(lines[:i+1], []string{strings.TrimRight(table, "\n")}, lines[j:])
	return os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644)
}
