package anchor

import (
	"encoding/hex"
	"errors"
	"testing"
)

func TestOnlyTheShortestRLPIsRead(t *testing.T) {
	for _, tc := range []struct {
		name, hex string
		ok        bool
	}{
		{"empty list", "c0", true},
		{"list of a byte", "c17f", true},
		{"list of 0x80 with prefix", "c28180", true},
		{"byte with needless prefix", "c2817f", false},
		{"nothing", "", false},
		{"string where a list belongs", "83616263", false},
		{"trailing byte", "c000", false},
		{"cut list", "c27f", false},
		{"long form for a short list", "f8017f", false},
		{"length with leading zero", "f90038" + zeros(56), false},
		{"long form", "f838" + zeros(56), true},
		{"length cut off", "f9", false},
		{"length of four bytes", "fb01000000", false},
		{"length of eight bytes", "ffffffffffffffffff", false},
		{"item inside is cut", "c3836162", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := hex.DecodeString(tc.hex)
			if err != nil {
				t.Fatal(err)
			}
			_, err = readWhole(b)
			if (err == nil) != tc.ok {
				t.Fatalf("got %v", err)
			}
			if err != nil && !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v is not ErrMalformed", err)
			}
		})
	}
}

func TestNumbersHaveNoLeadingZero(t *testing.T) {
	for _, tc := range []struct {
		hex  string
		want uint64
		ok   bool
	}{
		{"80", 0, true}, {"01", 1, true}, {"8180", 128, true}, {"88ffffffffffffffff", 1<<64 - 1, true},
		{"00", 0, false}, {"820001", 0, false}, {"89010000000000000000", 0, false}, {"c0", 0, false},
	} {
		b, err := hex.DecodeString(tc.hex)
		if err != nil {
			t.Fatal(err)
		}
		it, _, err := readItem(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := it.uint64("n")
		if (err == nil) != tc.ok || got != tc.want {
			t.Errorf("%s: %d, %v", tc.hex, got, err)
		}
	}
}

// FuzzRLP: what is read as a list is written back as the same bytes.
func FuzzRLP(f *testing.F) {
	for _, s := range []string{"c0", "c28180", "c3c20102", "f838" + zeros(56), "c2817f"} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := readWhole(b)
		if err != nil {
			return
		}
		var body []byte
		for _, it := range items {
			body = append(body, encode(it)...)
		}
		if got := list(body); string(got) != string(b) {
			t.Fatalf("%x read and written is %x", b, got)
		}
	})
}

// encode writes an item by the book, from its payload alone.
func encode(it item) []byte {
	if it.list {
		var body []byte
		items, err := it.items()
		if err != nil {
			return it.raw // not decoded any deeper by readWhole
		}
		for _, in := range items {
			body = append(body, encode(in)...)
		}
		return list(body)
	}
	return str(it.body)
}

func str(b []byte) []byte {
	if len(b) == 1 && b[0] < 0x80 {
		return b
	}
	return append(prefix(0x80, len(b)), b...)
}

func list(body []byte) []byte { return append(prefix(0xc0, len(body)), body...) }

func prefix(base byte, n int) []byte {
	if n <= 55 {
		return []byte{base + byte(n)}
	}
	var l []byte
	for ; n > 0; n >>= 8 {
		l = append([]byte{byte(n)}, l...)
	}
	return append([]byte{base + 55 + byte(len(l))}, l...)
}

func zeros(n int) string { return hex.EncodeToString(make([]byte, n)) }
