package hj212

import (
	"bytes"
	"testing"
)

// FuzzParse: what is a frame fits a rule that is allowed and is the same frame when
// its own bytes are read again; nothing else is one, and nothing is read beyond it.
func FuzzParse(f *testing.F) {
	for _, frame := range named(f, "testdata/foreign.txt") {
		f.Add([]byte(frame+"\r\n"), uint8(0))
	}
	f.Add([]byte(station("A")), uint8(255))
	f.Fuzz(func(t *testing.T, b []byte, opts uint8) {
		o := Options{LongLength: opts&1 != 0}
		for r := RuleSwapped; r <= maxRule; r++ {
			if opts>>r&1 != 0 {
				o.Rules = append(o.Rules, r)
			}
		}
		x, n, err := Parse(b, o)
		if err != nil {
			if x != nil {
				t.Fatalf("%+v beside %v", x, err)
			}
			return
		}
		if n > len(b) || !bytes.Equal(x.Raw, b[:n]) || !o.allows(x.Rule) || x.LongLength && !o.LongLength || len(x.Notes) > maxNotes || !bytes.Contains(x.Raw, x.Segment) {
			t.Fatalf("%+v of %q", x, b)
		}
		again, m, err := Parse(bytes.Clone(b[:n]), o)
		if err != nil || m != n || again.CRC != x.CRC || again.Rule != x.Rule || again.Header != x.Header || !bytes.Equal(again.Segment, x.Segment) {
			t.Fatalf("%q reads again as %+v, %v", b[:n], again, err)
		}
		for _, r := range x.Readings() {
			if r.Factor == "" || r.Suffix == "" {
				t.Fatalf("reading %+v", r)
			}
		}
	})
}
