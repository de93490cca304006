package document

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/decimal"
)

func open(t *testing.T, text string) *Mapping {
	t.Helper()
	d, err := Open("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d.Root().Mapping()
}

func TestNumbersAreKeptAsWritten(t *testing.T) {
	m := open(t, "a: 0.10\nb: \"0.10\"\nc: -0.0\nd: 9223372036854775807\ne: 0.1000000000000000055\n")
	for key, want := range map[string]decimal.D{"a": decimal.New(10, 2), "b": decimal.New(10, 2), "c": decimal.New(0, 1), "d": decimal.New(9223372036854775807, 0)} {
		if got := m.Take(key).Decimal(); got != want {
			t.Errorf("%s reads %v, want %v", key, got, want)
		}
	}
	if m.node.doc.Err() != nil {
		t.Error(m.node.doc.Err())
	}
	if m.Take("e").Decimal(); m.node.doc.Err() == nil {
		t.Error("19 digits after the point were accepted")
	}
}

func TestScalarsThatOnlyLookRightAreRefused(t *testing.T) {
	reads := map[string]func(*Node){
		"number":   func(n *Node) { n.Decimal() },
		"whole":    func(n *Node) { n.Int(0, 1000) },
		"bool":     func(n *Node) { n.Bool() },
		"duration": func(n *Node) { n.Duration(0, time.Hour) },
		"size":     func(n *Node) { n.Bytes(0, 1<<40) },
		"hex":      func(n *Node) { n.Hex(1, 4) },
		"id":       func(n *Node) { n.ID() },
		"text":     func(n *Node) { n.Text(8) },
		"list":     func(n *Node) { n.List(2) },
		"mapping":  func(n *Node) { n.Mapping() },
	}
	for kind, values := range map[string][]string{
		"number":   {"1e3", ".5", "5.", "+1", "0x10", "1_000", "nan", ".inf", "true", "''", "[1]", "{a: 1}", "1,5"},
		"whole":    {"010", "1.0", "0b1", "0o7", "1_0", "-1", "1001", "0x", "0x-1", "1e2", "~"},
		"bool":     {"yes", "on", "1", "True", "''"},
		"duration": {"10", "-1s", "1d", "+1s", "2h", "1ns", "''"},
		"size":     {"1.5MiB", "1MB", "-1", "+1", "9999999999GiB", "MiB"},
		"hex":      {"zz", "0", "01 02 03 04 05", "''", "0x01"},
		"id":       {"-a", "A", "a_b", "a b", "ä", "''"},
		"text":     {"''", "123456789", "\"a\\nb\"", "\"\\0\"", "[a]"},
		"list":     {"a", "[1, 2, 3]", "{a: 1}"},
		"mapping":  {"a", "[1]"},
	} {
		for _, v := range values {
			d, err := Open("f.yaml", []byte("x: 1\nk: "+v+"\n"))
			if err != nil {
				continue // refused earlier still
			}
			reads[kind](d.Root().Mapping().Take("k"))
			if d.Err() == nil {
				t.Errorf("%s: %s was accepted", kind, v)
				continue
			}
			var p Problem
			if !errors.As(d.Err(), &p) || p.Line != 2 || p.File != "f.yaml" {
				t.Errorf("%s: %s: %v names no line", kind, v, d.Err())
			}
		}
	}
}

func TestSizesAndDurationsRead(t *testing.T) {
	m := open(t, "a: 512MiB\nb: 1 GiB\nc: 7\nd: 168h\ne: 1m30s\nf: 0x0AF1\n")
	if got := m.Take("a").Bytes(0, 1<<40); got != 512<<20 || Size(got) != "512MiB" {
		t.Errorf("512MiB reads %d, %s", got, Size(got))
	}
	if got := m.Take("b").Bytes(0, 1<<40); got != 1<<30 {
		t.Errorf("1 GiB reads %d", got)
	}
	if got := m.Take("c").Bytes(0, 10); got != 7 {
		t.Errorf("7 reads %d", got)
	}
	if got := m.Take("d").Duration(0, 1000*time.Hour); got != 168*time.Hour {
		t.Errorf("168h reads %v", got)
	}
	if got := m.Take("e").Duration(0, time.Hour); got != 90*time.Second {
		t.Errorf("1m30s reads %v", got)
	}
	if got := m.Take("f").Int(0, 0xffff); got != 0x0af1 {
		t.Errorf("0x0AF1 reads %d", got)
	}
	if m.Done(); m.node.doc.Err() != nil {
		t.Error(m.node.doc.Err())
	}
}

func TestFilesFromOtherEditorsRead(t *testing.T) {
	m := open(t, "\xef\xbb\xbfa: x y\r\nb:\r\n  - 1\r\n")
	if got := m.Take("a").Text(10); got != "x y" {
		t.Errorf("a reads %q", got)
	}
	if l := m.Take("b").List(2); len(l) != 1 || l[0].Int(0, 9) != 1 {
		t.Error("b does not read 1")
	}
	if m.Done(); m.node.doc.Err() != nil {
		t.Error(m.node.doc.Err())
	}
	if _, err := Open("f.yaml", []byte("a:\n\tb: 1\n")); err == nil || err.Error() != "f.yaml:2: the line is indented by a tab; YAML wants blanks" {
		t.Errorf("a tab: %v", err)
	}
}

func TestUnknownKeysAreNamedWithTheirLine(t *testing.T) {
	m := open(t, "version: 1\nbuad: 9600\nsomething: 2\n")
	m.Take("version")
	m.Take("baud")
	m.Done()
	err := m.node.doc.Err()
	for _, want := range []string{`f.yaml:2: the file: unknown key "buad"; did you mean baud?`, `f.yaml:3: the file: unknown key "something"; known are version, baud`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("says %v, want %q", err, want)
		}
	}
}

// A stack that overflows ends the program and cannot be caught.
func TestHostileNestingIsRefusedInTime(t *testing.T) {
	for _, unit := range []string{"[", "{", "- ", "a: {", "? ", "{a: [", "&a ", "!a ", "|\n", "- - ", "a:\n "} {
		text := strings.Repeat(unit, MaxSize/len(unit))
		began := time.Now()
		if _, err := Open("f.yaml", []byte(text)); err == nil {
			t.Errorf("%q repeated was accepted", unit)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
	}
	deep := ""
	for i := range 300 {
		deep += strings.Repeat(" ", i) + "a:\n"
	}
	if _, err := Open("f.yaml", []byte(deep)); err == nil {
		t.Error("300 levels were accepted")
	}
	if _, err := Open("f.yaml", make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "above the limit") {
		t.Errorf("too large a file: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"../gateway/construction.yaml", "../profiles/crane/tc-monitor.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("a: [1, {b: 'x'}]\n? c\n: |\n  d\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Open("f.yaml", b)
		if err != nil {
			var p Problem
			if !errors.As(err, &p) {
				t.Fatalf("error without a file: %v", err)
			}
			return
		}
		m := d.Root().Mapping()
		_, nodes := m.Rest()
		for _, n := range nodes {
			n.Text(100)
			n.Decimal()
			n.Hex(0, 10)
			n.List(5)
			n.Mapping().Done()
			n.Line()
		}
		m.Done()
		_ = d.Err()
	})
}
