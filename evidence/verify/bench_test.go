package verify_test

import (
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/verify"
)

// million is one reading at a million log entries and a million anchors.
func million(t testing.TB) (*story, []byte) {
	s := ordinary(t, 2)
	s.w.Deepen(5)
	s.w.Fill(1_000_000)
	s.list = s.w.StatusList(2)
	s.plan = s.w.Plan(s.g, 30_000_000)
	s.minute()
	b, err := file.Marshal(s.reading(s.batches[2], 3))
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

// TestAFileAtAMillionEntriesIsSmall holds the size that docs/performance.md gives.
func TestAFileAtAMillionEntriesIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes a million entries")
	}
	s, b := million(t)
	want(t, verify.File(b, s.options()), verify.Genuine)
	t.Logf("%d bytes", len(b))
	if len(b) > 16<<10 {
		t.Errorf("%d bytes, above 16 kB", len(b))
	}
}

func BenchmarkVerifyOneReading(b *testing.B) {
	s, text := million(b)
	o := s.options()
	b.SetBytes(int64(len(text)))
	b.ResetTimer()
	for range b.N {
		if verify.File(text, o).Verdict != verify.Genuine {
			b.Fatal("not genuine")
		}
	}
}
