package anchor

import (
	"encoding/hex"
	"errors"
	"testing"
)

// The trie of Ethereum's own documentation: do → verb, dog → puppy,
// doge → coin, horse → stallion. Its nodes stand partly inside each other,
// which hashed keys never show.
var (
	dogRoot  = "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84"
	dogNodes = []string{
		"e216a0bd3ee507e6c67cfefca98f84be47c1bbc009315fabc4405db4ba32190374572a",
		"f84080808080a094a9f95bd89698e4da1812e0518053813b4d5b87caaf6b3c6fa57e9e50c0ff68808080cf85206f727365887374616c6c696f6e8080808080808080",
		"e482006fa0d43b87fdcd4217013ccc92d04662e12d36e4cc25dc690077cd821a1956fc3e36",
		"f3808080808080de17dc808080808080c63584636f696e8080808080808080808570757070798080808080808080808476657262",
	}
)

func TestWalkFollowsNodesInsideNodes(t *testing.T) {
	root := [32]byte(unhex(t, dogRoot))
	var all [][]byte
	for _, n := range dogNodes {
		all = append(all, unhex(t, n))
	}
	for _, tc := range []struct {
		key, want string
		nodes     int
	}{
		{"do", "verb", 4}, {"dog", "puppy", 4}, {"doge", "coin", 4}, {"horse", "stallion", 2},
		{"cat", "", 2}, {"dogs", "", 4}, {"dogf", "", 4}, {"doges", "", 4}, {"d", "", 3}, {"hors", "", 2}, {"horses", "", 2}, {"e", "", 2},
	} {
		nodes := all[:tc.nodes]
		v, found, err := walk(root, []byte(tc.key), nodes)
		if err != nil || string(v) != tc.want || found != (tc.want != "") {
			t.Errorf("%s: %q %v %v", tc.key, v, found, err)
		}
		if _, _, err := walk(root, []byte(tc.key), nodes[:tc.nodes-1]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s with its last node missing: %v", tc.key, err)
		}
		flipEach(t, tc.key, nodes, func(n [][]byte) error {
			_, _, err := walk(root, []byte(tc.key), n)
			return err
		})
	}
	if v, _, err := walk(root, []byte("horse"), all[:3]); err == nil {
		t.Errorf("a node off the path went unnoticed: %q", v)
	}
}

// TestNodesThatNoTrieMakesAreRefused: a hash alone must not make a node of
// anything that hashes to it.
func TestNodesThatNoTrieMakesAreRefused(t *testing.T) {
	key := []byte{0x12, 0x34}
	h32 := "a0" + dogRoot
	for name, node := range map[string]string{
		"three items":                   "c3010203",
		"not a list":                    "83010203",
		"path with prefix 4":            "c4824112" + "01",
		"padded path with a nibble":     "c4820112" + "01",
		"no path":                       "c2" + "80" + "01",
		"path is a list":                "c2" + "c0" + "01",
		"leaf without value":            "c6" + "83201234" + "8080",
		"leaf whose value is a list":    "c5" + "83201234" + "c0",
		"extension over nothing":        "e2" + "00" + h32,
		"extension to no hash":          "c4" + "820012" + "01",
		"child is not a hash":           "d2" + "80" + "01" + r("80", 16),
		"embedded node of 32 bytes":     "f0" + "80" + "df" + "9d" + r("01", 29) + "01" + r("80", 15),
		"embedded node is no node":      "d2" + "80" + "c101" + r("80", 15),
		"trailing byte behind the node": "c4" + "83201234" + "01" + "00",
	} {
		b := unhex(t, node)
		_, _, err := walk(Keccak(b), key, [][]byte{b})
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	inValue := append([]byte{0xd1}, unhex(t, r("80", 16)+"c0")...)
	if _, _, err := walk(Keccak(inValue), nil, [][]byte{inValue}); !errors.Is(err, ErrMalformed) {
		t.Errorf("branch value is a list: %v", err)
	}
}

func TestEmptyTrieHoldsNothing(t *testing.T) {
	if _, found, err := FindStorage(emptyTrie, [32]byte{}, nil); err != nil || found {
		t.Fatalf("%v %v", found, err)
	}
	if _, _, err := FindStorage(emptyTrie, [32]byte{}, [][]byte{{0x80}}); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a node of nothing: %v", err)
	}
}

func TestProofsHaveBounds(t *testing.T) {
	if _, _, err := FindStorage([32]byte{1}, [32]byte{}, make([][]byte, MaxDepth+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("too many nodes: %v", err)
	}
	if _, _, err := FindStorage([32]byte{1}, [32]byte{}, [][]byte{make([]byte, MaxNode+1)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a huge node: %v", err)
	}
	if _, err := ParseHeader(make([]byte, MaxHeader+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a huge header: %v", err)
	}
}

// FuzzWalk: a walk ends, and what it finds is bound to the root by the first node.
func FuzzWalk(f *testing.F) {
	for _, n := range dogNodes {
		b, _ := hex.DecodeString(n)
		f.Add(b, []byte("dog"))
	}
	f.Fuzz(func(t *testing.T, node, key []byte) {
		if _, found, err := walk(Keccak(node), key, [][]byte{node}); found && err != nil {
			t.Fatal("found with an error")
		}
		if _, _, err := walk([32]byte{1}, key, [][]byte{node}); err == nil {
			t.Fatal("a node that is not the root's was taken")
		}
	})
}

// FuzzHeader: a header that is read has its number where the field stands.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseHeader(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if h.Hash != Keccak(b) {
			t.Fatal("hash of other bytes")
		}
	})
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func r(s string, n int) (out string) {
	for range n {
		out += s
	}
	return out
}
