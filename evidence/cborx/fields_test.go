package cborx_test

import (
	"errors"
	"strings"
	"testing"

	"fieldseal/evidence/cborx"
)

func TestFieldsTakeEachLabelOnceAndMissNone(t *testing.T) {
	pair := func(b []byte, k uint64) []byte { return cborx.AppendUint(cborx.AppendUint(b, k), 7) }
	for _, c := range []struct {
		labels []uint64
		err    string // empty: accepted
	}{
		{[]uint64{1, 2, 3}, ""},
		{[]uint64{1, 3}, ""},
		{[]uint64{1, 2}, "required label 3 is missing"},
		{[]uint64{2, 3}, "required label 1 is missing"},
		{[]uint64{1, 3, 4}, "unknown label 4"},
		{[]uint64{1, 3, 40}, "unknown label 40"},
		{[]uint64{0, 1, 3}, "unknown label 0"},
		{[]uint64{1, 1, 3}, "repeated or out of order"},
		{[]uint64{3, 1}, "repeated or out of order"},
		{nil, "required label 1 is missing"},
	} {
		b := cborx.AppendMap(nil, len(c.labels))
		for _, k := range c.labels {
			b = pair(b, k)
		}
		r := cborx.NewReader(b)
		f := r.Fields(cborx.LabelRange(1, 3), cborx.LabelRange(1, 1)|cborx.LabelRange(3, 3))
		for f.Next() {
			r.Uint()
		}
		err := r.Done()
		if c.err == "" && (err != nil || f.Has(2) != (len(c.labels) == 3)) || c.err != "" && (!errors.Is(err, cborx.ErrMalformed) || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%v: %v", c.labels, err)
		}
	}
}
