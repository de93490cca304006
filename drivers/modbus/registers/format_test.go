package registers

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// The examples of docs/formats/modbus.md were worked out by another program.
func TestWorkedExamplesOfTheFormat(t *testing.T) {
	text, err := os.ReadFile("../../../docs/formats/modbus.md")
	if err != nil {
		t.Fatal(err)
	}
	bytesOf := func(cell string) []byte {
		b, err := hex.DecodeString(strings.Trim(cell, "` "))
		if err != nil {
			t.Fatalf("%s: %v", cell, err)
		}
		return b
	}
	_, table, ok := strings.Cut(string(text), "| request | source |")
	if !ok {
		t.Fatal("the page has no table of examples")
	}
	shown := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(row, "|\n"), "|")
		if len(cells) != 6 || !strings.Contains(cells[0], "`") {
			continue
		}
		shown++
		request, source, sent, received := bytesOf(cells[0]), bytesOf(cells[1]), bytesOf(cells[3]), bytesOf(cells[4])
		how := strings.Split(strings.TrimSpace(cells[2]), ", ")
		decimals, err := strconv.Atoi(how[2])
		if err != nil {
			t.Fatal(err)
		}
		p := &profile.Profile{ID: "example", Protocol: ProtocolRTU, Exchanges: []profile.Exchange{{Request: request, Cadence: 1}},
			Points: []profile.Point{{Name: "x", Source: source, Scale: dec(t, how[0]), Offset: dec(t, how[1]), Decimals: uint8(decimals)}}}
		d := &profile.Device{ID: "d", Address: strconv.Itoa(int(sent[0]))}
		got, err := RTU{}.Decode(p, d, &record.Frame{Device: "d", Sent: sent, Received: received}, nil)
		if err != nil {
			t.Errorf("%s: %v", row, err)
			continue
		}
		value := got[0].Value.String()
		if got[0].Missing {
			value = "none"
		}
		if want := strings.TrimSpace(cells[5]); value != want {
			t.Errorf("%sgives %s", row, value)
		}
	}
	if shown < 5 {
		t.Errorf("only %d examples", shown)
	}
}
