package cborx

// Labels is a set of integer labels from 0 to 31.
type Labels uint32

// LabelRange is the set of the labels from first to last, both included.
func LabelRange(first, last int) Labels { return Labels(1)<<(last+1) - Labels(1)<<first }

// Fields walks a map whose keys are integer labels: each of those allowed at
// most once, and all of those required, which it holds when the map ends.
type Fields struct {
	Map
	Label                   int64 // of the present pair
	allowed, required, seen Labels
}

// Fields reads the head of a map with the labels allowed.
func (r *Reader) Fields(allowed, required Labels) *Fields {
	return &Fields{Map: r.Map(32), allowed: allowed, required: required}
}

// Next moves to the next pair and reports whether there is one; the caller then
// reads the value of Label from the reader.
func (f *Fields) Next() bool {
	if !f.Map.Next() {
		if missing := f.required &^ f.seen; missing != 0 {
			label := 0
			for missing&1 == 0 {
				missing, label = missing>>1, label+1
			}
			f.r.Failf("required label %d is missing", label)
		}
		return false
	}
	k, ok := f.Int()
	if !ok || k < 0 || k > 31 || f.allowed>>k&1 == 0 {
		f.Unknown()
		return false
	}
	f.Label, f.seen = k, f.seen|1<<k
	return true
}

// Has reports whether a label has been met.
func (f *Fields) Has(label int) bool { return f.seen>>label&1 == 1 }
