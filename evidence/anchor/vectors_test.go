package anchor

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vector is a recorded block; see testdata/README.md.
type vector struct {
	Number       uint64
	HeaderRLP    hexBytes
	HeaderFields int
	PlainKeccak  hexBytes `json:"plainKeccakOfHeader"`
	StateRoot    hexBytes
	RPCBlock     struct{ Timestamp, ExtraData, ParentHash string }
	Proof        *struct {
		Address, CodeHash, StorageHash hexBytes
		AccountProof                   []hexBytes
		Slots                          []struct {
			Slot, Expected hexBytes
			Proof          []hexBytes
		}
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(strings.TrimPrefix(string(t), "0x"))
	return err
}

func vectors(t *testing.T) map[string]vector {
	files, err := filepath.Glob("testdata/chain/*-*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recorded blocks, %v", len(files), err)
	}
	out := map[string]vector{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[filepath.Base(f)] = v
	}
	return out
}

func TestRecordedHeadersDecode(t *testing.T) {
	for name, v := range vectors(t) {
		h, err := ParseHeader(v.HeaderRLP)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if h.Number != v.Number || !bytes.Equal(h.Hash[:], v.PlainKeccak) || !bytes.Equal(h.StateRoot[:], v.StateRoot) {
			t.Errorf("%s: number %d, hash %x, state root %x", name, h.Number, h.Hash, h.StateRoot)
		}
		if b := v.RPCBlock; b.Timestamp != "" {
			if got := "0x" + hex.EncodeToString(h.Extra); got != b.ExtraData {
				t.Errorf("%s: extraData %s", name, got)
			}
			if got := "0x" + strings.TrimLeft(hex.EncodeToString(be(h.Time)), "0"); got != b.Timestamp {
				t.Errorf("%s: time %s, the node says %s", name, got, b.Timestamp)
			}
			if got := "0x" + hex.EncodeToString(h.Parent[:]); b.ParentHash != "" && got != b.ParentHash {
				t.Errorf("%s: parent %s", name, got)
			}
		}
	}
}

func be(v uint64) []byte { w := word(v); return w[24:] }

func TestRecordedProofsVerify(t *testing.T) {
	proofs := 0
	for name, v := range vectors(t) {
		if v.Proof == nil {
			continue
		}
		h, err := ParseHeader(v.HeaderRLP)
		if err != nil {
			t.Fatal(err)
		}
		p := v.Proof
		a, found, err := FindAccount(h.StateRoot, [20]byte(p.Address), nodesOf(p.AccountProof))
		if err != nil || !found {
			t.Fatalf("%s: account: %v %v", name, found, err)
		}
		if !bytes.Equal(a.CodeHash[:], p.CodeHash) || !bytes.Equal(a.StorageRoot[:], p.StorageHash) || a.Nonce != 1 {
			t.Errorf("%s: account %+v", name, a)
		}
		other := [20]byte(p.Address)
		other[0] ^= 1
		if _, found, err := FindAccount(h.StateRoot, other, nodesOf(p.AccountProof)); err == nil && found {
			t.Errorf("%s: the proof of one account is taken for another's", name)
		}
		for _, s := range p.Slots {
			proofs++
			val, found, err := FindStorage(a.StorageRoot, [32]byte(s.Slot), nodesOf(s.Proof))
			want := [32]byte{}
			copy(want[32-len(s.Expected):], s.Expected)
			if err != nil || found != (want != [32]byte{}) || val != want {
				t.Errorf("%s: slot %x: %x %v %v", name, s.Slot, val, found, err)
			}
			flipEach(t, name, nodesOf(s.Proof), func(nodes [][]byte) error {
				_, _, err := FindStorage(a.StorageRoot, [32]byte(s.Slot), nodes)
				return err
			})
		}
		flipEach(t, name, nodesOf(p.AccountProof), func(nodes [][]byte) error {
			_, _, err := FindAccount(h.StateRoot, [20]byte(p.Address), nodes)
			return err
		})
	}
	if proofs < 6 {
		t.Fatalf("only %d storage proofs", proofs)
	}
}

// flipEach changes each byte of each node, drops and repeats each node, and
// wants an error every time.
func flipEach(t *testing.T, name string, nodes [][]byte, check func([][]byte) error) {
	t.Helper()
	for i := range nodes {
		for j := range nodes[i] {
			nodes[i][j] ^= 0x20
			if err := check(nodes); !errors.Is(err, ErrAltered) {
				t.Fatalf("%s: byte %d of node %d changed: %v", name, j, i, err)
			}
			nodes[i][j] ^= 0x20
		}
		less := append(append([][]byte{}, nodes[:i]...), nodes[i+1:]...)
		if check(less) == nil {
			t.Fatalf("%s: node %d left out unnoticed", name, i)
		}
		more := append(append([][]byte{}, nodes[:i+1]...), nodes[i:]...)
		if check(more) == nil {
			t.Fatalf("%s: node %d repeated unnoticed", name, i)
		}
	}
	if err := check(nodes); err != nil {
		t.Fatalf("%s: unchanged: %v", name, err)
	}
}

func nodesOf(in []hexBytes) (out [][]byte) {
	for _, n := range in {
		out = append(out, n)
	}
	return out
}
