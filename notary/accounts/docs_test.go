package accounts

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/accounts.md again")

func TestDocsHoldTheTable(t *testing.T) {
	const path = "../../docs/accounts.md"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), "<!-- begin table: go generate ./notary/accounts -->\n")
	_, tail, found := strings.Cut(rest, "<!-- end table -->")
	if !ok || !found {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + "<!-- begin table: go generate ./notary/accounts -->\n" + Markdown() + "<!-- end table -->" + tail
	if want == string(raw) {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not the one in force: go generate ./notary/accounts", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
