package anchor

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestWorkedExampleIsInTheDocumentation makes the example of
// docs/formats/anchor.md and looks for it there, and for the gas table.
func TestWorkedExampleIsInTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats/anchor.md")
	if err != nil {
		t.Fatal(err)
	}
	const origin = "log.example/north-yard"
	var root [32]byte
	for i := range root {
		root[i] = byte(i)
	}
	id := LogID(origin)
	example := fmt.Sprintf("logId    %x\nslotKey  %x\nslot     %x\n", id, SlotKey(id, 1000), Slot(root, 1000, 42, 1767225600))
	s, _ := notePair(t, origin, 1)
	signed, err := BlockNote{Origin: origin, ChainID: 26227, Number: 42, Hash: Keccak([]byte("block"))}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	gas, err := os.ReadFile("../../notary/contracts/testdata/gas.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{example, string(signed), string(gas)} {
		for line := range strings.Lines(want) {
			line = strings.TrimSuffix("    "+line, "\n")
			if line != "    " && !strings.Contains(string(doc), line+"\n") {
				t.Errorf("docs/formats/anchor.md lacks the line\n%s", line)
			}
		}
	}
}
