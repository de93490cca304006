package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
)

// watch finds gaps and events in the evidence files of one site, the way a
// stranger would: what it tells, anyone may fetch and verify.
type watch struct {
	seen map[leafPlace]bool
}

// leafPlace names one record of one gateway.
type leafPlace struct {
	boot record.BootID
	seq  uint64
	leaf uint32
}

// news is a record that was not there at the last look.
type news struct {
	body  record.Body
	entry string // its place in the log, in words
	at    int64  // Unix µs
}

func newWatch() *watch { return &watch{seen: map[leafPlace]bool{}} }

// look takes in an evidence file and returns gaps and events that are new.
func (w *watch) look(raw []byte) ([]news, error) {
	f, err := file.Parse(raw)
	if err != nil {
		return nil, err
	}
	var out []news
	for i := range f.Batches {
		b := &f.Batches[i]
		if len(b.Records) == 0 {
			continue
		}
		entry := ""
		if b.Log != nil { // else the headers around it show that it is in the log
			entry = fmt.Sprintf("log entry %d", b.Log.Index)
		}
		h, err := batch.ParseHeader(b.Header)
		if err != nil {
			return nil, err
		}
		for _, r := range b.Records {
			leaf, err := batch.ParseLeaf(r.Raw)
			if err != nil {
				return nil, err
			}
			place := leafPlace{h.Boot, h.Seq, r.Leaf}
			if w.seen[place] {
				continue
			}
			w.seen[place] = true
			switch x := leaf.Body.(type) {
			case *record.Gap:
				out = append(out, news{x, entry, x.To})
			case *record.Event:
				out = append(out, news{x, entry, x.Time})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b news) int { return cmp.Compare(a.at, b.at) })
	return out, nil
}

// tell says a gap or event in one line; empty for what nobody needs to read.
func (n news) tell() string {
	switch x := n.body.(type) {
	case *record.Gap:
		what := "every point"
		switch len(x.Points) {
		case 0:
		case 1:
			what = x.Points[0]
		default:
			what = fmt.Sprintf("%s and %d more", x.Points[0], len(x.Points)-1)
		}
		missed := ""
		if x.Missed > 0 {
			missed = ", " + count(int(x.Missed), "poll") + " missed"
		}
		return fmt.Sprintf("gap      %s from %s to %s: %v%s", what, clock(x.From), clock(x.To), x.Cause, missed)
	case *record.Event:
		line := fmt.Sprintf("event    %v", x.Type)
		if x.Subject != "" {
			line += ": " + x.Subject
		}
		if x.Value != nil {
			line += " is " + x.Value.String()
		}
		if x.Limit != nil {
			line += ", limit " + x.Limit.String()
		}
		return line
	}
	return ""
}

// clock is a moment of today for people, in the machine's own zone, which the
// demo names once at its top.
func clock(micros int64) string { return time.UnixMicro(micros).Format("15:04:05") }
