package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/consensus/clique"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"fieldseal/evidence/anchor"
)

// recordedNode answers eth_chainId, eth_blockNumber and eth_getBlockByNumber out of
// blocks as a node's JSON-RPC gives them, by number.
func recordedNode(t *testing.T, id uint64, blocks map[uint64]json.RawMessage) *Chain {
	t.Helper()
	newest := uint64(0)
	for n := range blocks {
		newest = max(newest, n)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			ID     json.RawMessage
			Method string
			Params []json.RawMessage
		}
		b, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(b, &q)
		}
		if err != nil {
			t.Error(err)
			return
		}
		result := json.RawMessage("null")
		switch q.Method {
		case "eth_chainId":
			result = fmt.Appendf(nil, `"0x%x"`, id)
		case "eth_blockNumber":
			result = fmt.Appendf(nil, `"0x%x"`, newest)
		case "eth_getBlockByNumber":
			var n hexutil.Uint64
			if err := json.Unmarshal(q.Params[0], &n); err != nil {
				t.Error(err)
			}
			if b := blocks[uint64(n)]; b != nil {
				result = b
			}
		default:
			t.Errorf("unexpected call of %s", q.Method)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, q.ID, result)
	}))
	t.Cleanup(server.Close)
	c, err := Dial(t.Context(), server.URL, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// recordedBlock is a block of evidence/anchor/testdata/chain that holds what the
// node itself said.
type recordedBlock struct {
	Profile    anchor.Profile
	ChainID    uint64
	Number     uint64
	HeaderRLP  hexutil.Bytes
	BlockHash  common.Hash
	Validators []common.Address
	RPCBlock   json.RawMessage
	Verified   bool
}

// TestRecordedNodesAreUsedByTheirOwnProfile: what GoQuorum nodes said of their blocks
// makes the header they sealed, and its hash is theirs.
func TestRecordedNodesAreUsedByTheirOwnProfile(t *testing.T) {
	files, err := filepath.Glob("../../evidence/anchor/testdata/chain/*-*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var v recordedBlock
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(f, err)
		}
		if v.RPCBlock == nil || !v.Verified {
			continue
		}
		seen++
		t.Run(filepath.Base(f), func(t *testing.T) {
			c := recordedNode(t, v.ChainID, map[uint64]json.RawMessage{v.Number: v.RPCBlock})
			if p, err := c.Profile(t.Context()); err != nil || p != v.Profile {
				t.Fatalf("recognised as %q, %v", p, err)
			}
			set := anchor.Set{From: 1, To: 1 << 50}
			for _, a := range v.Validators {
				set.Validators = append(set.Validators, a)
			}
			slices.SortFunc(set.Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
			believed := anchor.Chain{Profile: v.Profile, ID: v.ChainID, Sets: []anchor.Set{set}}
			if err := c.Believe(believed); err != nil {
				t.Fatal(err)
			}
			b, err := c.Block(t.Context(), v.Number)
			if err != nil || b.Hash != v.BlockHash || !bytes.Equal(b.Header, v.HeaderRLP) {
				t.Fatalf("block %d, hash %x, %v", b.Number, b.Hash, err)
			}
			s, err := c.Seal(t.Context(), b, origin, nil)
			if err != nil {
				t.Fatal(err)
			}
			if h, err := s.Verify(believed); err != nil || h.Hash != b.Hash {
				t.Fatalf("%+v %v", h, err)
			}
			// Another set, and another profile, do not pass for it.
			set.Validators = slices.Clone(set.Validators)
			for i := range set.Validators {
				set.Validators[i][0] ^= 1
			}
			if err := c.Believe(anchor.Chain{Profile: v.Profile, ID: v.ChainID, Sets: []anchor.Set{set}}); err == nil {
				if _, err := c.Seal(t.Context(), b, origin, nil); !errors.Is(err, anchor.ErrUncheckable) {
					t.Errorf("strangers' seals: %v", err)
				}
			}
			believed.Profile = anchor.IBFT2
			if err := c.Believe(believed); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Seal(t.Context(), b, origin, nil); err == nil {
				t.Error("taken for a block of IBFT 2.0")
			}
			// A node that gives a block another hash is not believed.
			believed.Profile = v.Profile
			hash := v.BlockHash.Hex()
			lie := strings.Replace(string(v.RPCBlock), hash, hash[:len(hash)-2]+"00", 1)
			liar := recordedNode(t, v.ChainID, map[uint64]json.RawMessage{v.Number: json.RawMessage(lie)})
			if err := liar.Believe(believed); err != nil {
				t.Fatal(err)
			}
			if b, err = liar.Block(t.Context(), v.Number); err != nil {
				t.Fatal(err)
			}
			if _, err := liar.Seal(t.Context(), b, origin, nil); err == nil || lie == string(v.RPCBlock) {
				t.Errorf("a hash that the header does not have: %v", err)
			}
		})
	}
	if seen < 12 {
		t.Errorf("%d recorded nodes", seen)
	}
}

// cliqueChain makes blocks that four sealers take turns to seal, over the hash that
// go-ethereum's own engine has them seal.
func cliqueChain(t *testing.T, blocks int) (map[uint64]json.RawMessage, anchor.Chain) {
	t.Helper()
	out := map[uint64]json.RawMessage{}
	believed := anchor.Chain{Profile: anchor.Clique, ID: 77, Sets: []anchor.Set{{From: 1, To: 1 << 50}}}
	sign := map[int]func(h []byte) []byte{}
	for i := range 4 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		if err != nil {
			t.Fatal(err)
		}
		sign[i] = func(h []byte) []byte {
			s, err := crypto.Sign(h, key)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		believed.Sets[0].Validators = append(believed.Sets[0].Validators, crypto.PubkeyToAddress(key.PublicKey))
	}
	slices.SortFunc(believed.Sets[0].Validators, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
	parent := common.Hash{}
	for n := range blocks {
		h := &types.Header{ParentHash: parent, UncleHash: types.EmptyUncleHash, Root: common.Hash{1}, TxHash: types.EmptyTxsHash, ReceiptHash: types.EmptyReceiptsHash,
			Difficulty: big.NewInt(2), Number: big.NewInt(int64(n)), GasLimit: 30_000_000, Time: uint64(1000 + 5*n), Extra: make([]byte, 32+65), BaseFee: big.NewInt(7)}
		if n%2 == 1 {
			h.BaseFee = nil // before London
		}
		copy(h.Extra[32:], sign[n%4](clique.SealHash(h).Bytes()))
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		out[uint64(n)] = text
		parent = h.Hash()
	}
	return out, believed
}

func TestACliqueBlockComesWithTheHeadersThatConfirmIt(t *testing.T) {
	blocks, believed := cliqueChain(t, 10)
	c := recordedNode(t, 77, blocks)
	if p, err := c.Profile(t.Context()); err != nil || p != anchor.Clique {
		t.Fatalf("recognised as %q, %v", p, err)
	}
	if err := c.Believe(believed); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(10) {
		b, err := c.Block(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Seal(t.Context(), b, origin, nil)
		switch {
		case n == 0:
			if !errors.Is(err, anchor.ErrUncheckable) {
				t.Errorf("the genesis: %v", err)
			}
		case n > 6:
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("block %d, with too few on top: %v", n, err)
			}
		default:
			if h, verr := s.Verify(believed); err != nil || verr != nil || len(s.After) != 3 || h.Number != n {
				t.Errorf("block %d: %d on top, %v %v", n, len(s.After), err, verr)
			}
		}
	}
	// A node that goes on from another block.
	other, _ := cliqueChain(t, 5)
	blocks[5] = json.RawMessage(strings.Replace(string(other[4]), `"number":"0x4"`, `"number":"0x5"`, 1))
	liar := recordedNode(t, 77, blocks)
	believed2 := believed
	if err := liar.Believe(believed2); err != nil {
		t.Fatal(err)
	}
	b, err := liar.Block(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := liar.Seal(t.Context(), b, origin, nil); err == nil {
		t.Error("a chain that does not hang together was sealed")
	}
}

func TestOnlyASealedChainOfThatIDIsBelieved(t *testing.T) {
	blocks, believed := cliqueChain(t, 1)
	c := recordedNode(t, 77, blocks)
	for name, change := range map[string]func(x *anchor.Chain){
		"another id":  func(x *anchor.Chain) { x.ID++ },
		"embedded":    func(x *anchor.Chain) { x.Profile, x.Sets = anchor.Embedded, nil },
		"no profile":  func(x *anchor.Chain) { x.Profile = "" },
		"no sets":     func(x *anchor.Chain) { x.Sets = nil },
		"unordered":   func(x *anchor.Chain) { x.Sets = append(x.Sets, x.Sets[0]) },
		"a new thing": func(x *anchor.Chain) { x.Profile = "poa" },
	} {
		x := believed
		change(&x)
		if c.Believe(x) == nil {
			t.Error(name)
		}
	}
	ours, _, _ := deployed(t)
	believed.ID = ours.ID()
	if ours.Believe(believed) == nil {
		t.Error("the embedded chain passes for a consortium's")
	}
	if p, err := ours.Profile(t.Context()); err != nil || p != anchor.Embedded {
		t.Error(p, err)
	}
}
