package verify_test

import (
	"testing"

	"fieldseal/evidence/anchor"
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

// sealedMillions is one reading on a consortium's chain of more than two million
// anchors: its proof is as long as that of 16⁶.
func sealedMillions(t testing.TB, p anchor.Profile) (*story, []byte) {
	s := consorted(t, p, 2)
	s.w.Deepen(6)
	s.minute()
	s.confirm()
	b, err := file.Marshal(s.reading(s.batches[2], 3))
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func TestAFileWithSealsIsSmall(t *testing.T) {
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		s, b := sealedMillions(t, p)
		want(t, verify.File(b, s.options()), verify.Genuine)
		t.Logf("%s: %d bytes", p, len(b))
		if len(b) > 20_000 {
			t.Errorf("%s: %d bytes, above 20 kB", p, len(b))
		}
	}
}

func BenchmarkVerifySealed(b *testing.B) {
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		b.Run(string(p), func(b *testing.B) {
			s, text := sealedMillions(b, p)
			o := s.options()
			b.SetBytes(int64(len(text)))
			b.ResetTimer()
			for range b.N {
				if verify.File(text, o).Verdict != verify.Genuine {
					b.Fatal("not genuine")
				}
			}
		})
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
