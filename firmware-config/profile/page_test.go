package profile

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/instruments.md")

const page = "../../docs/instruments.md"

// shippedTable writes every profile with its points and golden frames.
func shippedTable(t *testing.T) string {
	t.Helper()
	lib, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, id := range lib.IDs() {
		f, _ := lib.Get(id)
		fmt.Fprintf(&b, "\n### `%s` %s\n\n%s.", id, f.Profile.Title.ZH, f.Profile.Title.EN)
		if f.Speaks() {
			speakerTable(&b, f)
			continue
		}
		fmt.Fprintf(&b, " Line %v.", f.Line)
		for i, r := range f.Reads {
			fmt.Fprintf(&b, " Exchange `%s`: function %d, %d from %d, each %v.", f.Exchanges[i], r.Function, r.Count, r.Address, time.Duration(f.Profile.Exchanges[i].Cadence)*time.Microsecond)
		}
		for _, q := range f.Profile.Params {
			fmt.Fprintf(&b, " Parameter `%s`", q.Name)
			if q.Unit != "" {
				fmt.Fprintf(&b, " in %s", q.Unit)
			}
			if q.Default != nil {
				fmt.Fprintf(&b, ", %v if the site gives none", q.Default)
			}
			b.WriteString(".")
		}
		b.WriteString("\n\n| point | | unit | register | reads as |\n|---|---|---|---|---|\n")
		for i, x := range f.Profile.Points {
			s, r := f.Sources[i], f.Reads[x.Exchange]
			kind := s.Type.String()
			if s.Order != 0 {
				kind += " " + s.Order.String()
			}
			if kind == "bit" && r.Function > 2 {
				kind += fmt.Sprintf(" %d", s.Bit)
			}
			switch {
			case x.Span != nil:
				kind += fmt.Sprintf(", %v to %v spanned, %d decimals", x.Span.RawLow, x.Span.RawHigh, x.Decimals)
			case x.Scale.Mantissa != 1 || x.Scale.Scale != 0:
				kind += " × " + x.Scale.String()
			case kind[0] == 'f':
				kind += fmt.Sprintf(", %d decimals", x.Decimals)
			}
			fmt.Fprintf(&b, "| `%s` | %s %s | %s | %d | %s |\n", x.Name, x.Title.EN, x.Title.ZH, x.Unit, int(r.Address)+int(s.Offset), kind)
		}
		b.WriteString("\n")
		for _, g := range f.Golden {
			fmt.Fprintf(&b, "- %s: `% x` → `% x`:", g.Name, g.Request, g.Reply)
			writeValues(&b, g.Values)
		}
	}
	return b.String()
}

// speakerTable writes a profile of an instrument that the agent is not the Modbus
// master of.
func speakerTable(b *strings.Builder, f *File) {
	fmt.Fprintf(b, " Protocol `%s`.", f.Profile.Protocol)
	if len(f.Line.Bauds) > 0 {
		fmt.Fprintf(b, " Line %v.", f.Line)
	}
	for i, words := range f.words {
		fmt.Fprintf(b, " Message `%s`: %s", f.Exchanges[i], words)
		if every := time.Duration(f.Profile.Exchanges[i].Cadence) * time.Microsecond; every > 0 {
			fmt.Fprintf(b, ", each %v", every)
		}
		b.WriteString(".")
	}
	b.WriteString("\n\n| point | | unit | field |\n|---|---|---|---|\n")
	for i, x := range f.Profile.Points {
		field := f.places[i]
		if x.Scale.Mantissa != 1 || x.Scale.Scale != 0 {
			field += " × " + x.Scale.String()
		}
		fmt.Fprintf(b, "| `%s` | %s %s | %s | %s |\n", x.Name, x.Title.EN, x.Title.ZH, x.Unit, field)
	}
	b.WriteString("\n")
	for _, g := range f.Golden {
		fmt.Fprintf(b, "- %s:", g.Name)
		writeValues(b, g.Values)
	}
}

func writeValues(b *strings.Builder, values []Expected) {
	for i, v := range values {
		sep := ","
		if i == 0 {
			sep = ""
		}
		if v.Value == nil {
			fmt.Fprintf(b, "%s %s no value", sep, v.Point)
		} else {
			fmt.Fprintf(b, "%s %s %v", sep, v.Point, v.Value)
		}
	}
	b.WriteString("\n")
}

func TestInstrumentsPageShowsWhatIsShipped(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "-update -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 {
		t.Fatal("the page has no generated part")
	}
	want := before + "-update -->\n" + shippedTable(t) + "\n<!-- end -->" + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("docs/instruments.md is behind the profiles; run: go test ./firmware-config/profile -run TestInstrumentsPage -update")
	}
}
