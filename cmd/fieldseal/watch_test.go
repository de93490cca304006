package main

import (
	"bytes"
	"strings"
	"testing"

	"fieldseal/notary/api/client"
)

func takeAll(t *testing.T, w *watchTable) {
	t.Helper()
	for _, e := range []client.Event{
		{ID: 1, Name: "admission", Data: []byte(`{"site":"s","gateway":"0123456789","index":4,"readings":[
			{"point":"dust-1/pm10","value":"80.5","unit":"ug/m3","time":1790000000000000,"index":4,"marks":["limit"]},
			{"point":"dust-1/pm10","value":"79.0","unit":"ug/m3","time":1780000000000000,"index":4,"marks":[]}]}`)},
		{ID: 2, Name: "state", Data: []byte(`{"state":"logged","size":5}`)},
		{ID: 3, Name: "admission", Data: []byte(`{"site":"s","gateway":"0123456789","index":5,"readings":[{"point":"dust-1/pm25","value":"9","unit":"ug/m3","time":1790000000000000,"index":5,"marks":[]}]}`)},
		{ID: 4, Name: "state", Data: []byte(`{"state":"anchored","size":5}`)},
		{ID: 5, Name: "state", Data: []byte(`{"state":"logged","size":5}`)},
		{ID: 6, Name: "alarm", Data: []byte(`{"alarm":{"kind":"edge","device":"dust-1","point":"dust-1/pm10","value":"80.5","limit":"80.0","cause":"above its limit"},"step":{"step":"acknowledged","time":1790000000000000,"by":"li-wei"}}`)},
		{ID: 7, Name: "of a later release", Data: []byte(`{}`)},
	} {
		if err := w.take(e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWatchShowsTheNewestReadingWithItsState(t *testing.T) {
	var b bytes.Buffer
	takeAll(t, &watchTable{out: &b, live: true, rows: map[string]*watched{}})
	last := b.String()[strings.LastIndex(b.String(), "\x1b[2J"):]
	lines := strings.Split(strings.TrimSpace(last), "\n")
	if len(lines) != 5 || !strings.Contains(lines[4], "alarm acknowledged: dust-1/pm10, edge, above its limit (80.5, limit 80.0), by li-wei") || !strings.Contains(lines[1], "80.5") || !strings.Contains(lines[1], "anchored limit") || !strings.Contains(lines[2], "sealed") || strings.Contains(last, "79.0") {
		t.Errorf("%s", last)
	}
}

func TestWatchWritesLinesIntoAPipe(t *testing.T) {
	var b bytes.Buffer
	takeAll(t, &watchTable{out: &b, rows: map[string]*watched{}})
	if strings.Contains(b.String(), "\x1b") || strings.Count(b.String(), "\n") != 3 || !strings.Contains(b.String(), "\tdust-1/pm10\t80.5\tug/m3\tlimit\n") {
		t.Errorf("%q", b.String())
	}
}
