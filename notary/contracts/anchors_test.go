package contracts

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/evidence/anchor"
)

// bench is a simulated chain with the contract on it.
type bench struct {
	t       testing.TB
	sim     *simulated.Backend
	abi     *Anchors
	address common.Address
	keys    map[string]*ecdsa.PrivateKey
}

// newBench deploys Anchors as "governor". The chain stops at London, as the
// oldest chains we support do.
func newBench(t testing.TB, people ...string) *bench {
	t.Helper()
	b := &bench{t: t, abi: NewAnchors(), keys: map[string]*ecdsa.PrivateKey{}}
	alloc := types.GenesisAlloc{}
	for i, who := range append([]string{"governor"}, people...) {
		key, err := crypto.ToECDSA(bytes.Repeat([]byte{byte(i + 1)}, 32))
		if err != nil {
			t.Fatal(err)
		}
		b.keys[who] = key
		alloc[crypto.PubkeyToAddress(key.PublicKey)] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 200)}
	}
	b.sim = simulated.NewBackend(alloc, func(_ *node.Config, conf *ethconfig.Config) {
		shanghai := uint64(0)
		c := *params.AllDevChainProtocolChanges
		c.ShanghaiTime, c.CancunTime, c.PragueTime, c.OsakaTime, c.BogotaTime, c.BlobScheduleConfig = &shanghai, nil, nil, nil, nil, nil
		conf.Genesis.Config = &c
		conf.Genesis.Alloc = alloc
	})
	t.Cleanup(func() { b.sim.Close() })
	receipt, err := b.send("governor", nil, Creation(b.addr("governor")))
	if err != nil {
		t.Fatal(err)
	}
	b.address = receipt.ContractAddress
	return b
}

func (b *bench) addr(who string) common.Address { return crypto.PubkeyToAddress(b.keys[who].PublicKey) }

// send puts one transaction into one block. A revert is an error that names
// the contract's custom error.
func (b *bench) send(who string, to *common.Address, data []byte) (*types.Receipt, error) {
	ctx, c := context.Background(), b.sim.Client()
	if to != nil {
		_, err := c.CallContract(ctx, callMsg(b.addr(who), to, data), nil)
		var revert rpc.DataError
		if errors.As(err, &revert) {
			raw := common.FromHex(revert.ErrorData().(string))
			custom, err := b.abi.UnpackError(raw)
			if err != nil {
				b.t.Fatalf("revert %x: %v", raw, err)
			}
			return nil, &reverted{custom}
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	nonce, err := c.PendingNonceAt(ctx, b.addr(who))
	if err != nil {
		b.t.Fatal(err)
	}
	tx, err := types.SignNewTx(b.keys[who], types.LatestSignerForChainID(params.AllDevChainProtocolChanges.ChainID),
		&types.LegacyTx{Nonce: nonce, GasPrice: big.NewInt(params.GWei * 10), Gas: 8_000_000, To: to, Data: data})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := c.SendTransaction(ctx, tx); err != nil {
		b.t.Fatal(err)
	}
	b.sim.Commit()
	r, err := bind.WaitMined(ctx, c, tx.Hash())
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Status != types.ReceiptStatusSuccessful {
		b.t.Fatalf("%s: call passed, transaction reverted", who)
	}
	return r, nil
}

// reverted carries a custom error of the contract.
type reverted struct{ custom any }

func (r *reverted) Error() string { return fmt.Sprintf("%T%+v", r.custom, r.custom) }

// name is the custom error with its fields, as "Fork{Size:3}"; "" for none.
func name(err error) string {
	if err == nil {
		return ""
	}
	s := fmt.Sprintf("%+v", err.(*reverted).custom)
	return strings.TrimPrefix(fmt.Sprintf("%T", err.(*reverted).custom), "*contracts.Anchors") + strings.TrimPrefix(s, "&")
}

func (b *bench) register(who string, logID [32]byte, writer string) error {
	_, err := b.send(who, &b.address, b.abi.PackRegister(logID, b.addr(writer), 0, big.NewInt(Unbounded)))
	return err
}

func (b *bench) anchor(who string, logID [32]byte, size uint64, root [32]byte) (*types.Receipt, error) {
	return b.send(who, &b.address, b.abi.PackAnchor(logID, size, root))
}

func (b *bench) newest(logID [32]byte) NewestOutput {
	out, err := b.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &b.address, b.abi.PackNewest(logID)), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	n, err := b.abi.UnpackNewest(out)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// slot reads a checkpoint's slot by the key that verifiers compute.
func (b *bench) slot(logID [32]byte, size uint64) [32]byte {
	raw, err := b.sim.Client().StorageAt(context.Background(), b.address, anchor.SlotKey(logID, size), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return [32]byte(raw)
}

func root(size, version uint64) [32]byte {
	return crypto.Keccak256Hash(fmt.Appendf(nil, "%d/%d", size, version))
}

// TestALogOnlyGrows plays random calls by writers and a stranger beside a
// model of ten lines, and compares all that the contract says.
func TestALogOnlyGrows(t *testing.T) {
	type state struct {
		newest, number, time, version uint64
		slots                         map[uint64][32]byte
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			b := newBench(t, "ann", "bob", "stranger")
			logs := map[[32]byte]string{anchor.LogID("ann.example"): "ann", anchor.LogID("bob.example"): "bob"}
			ids := slices.SortedFunc(maps.Keys(logs), func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
			model := map[[32]byte]*state{}
			for _, id := range ids {
				if err := b.register("governor", id, logs[id]); err != nil {
					t.Fatal(err)
				}
				model[id] = &state{slots: map[uint64][32]byte{}}
			}
			seen := map[string]int{}
			for range 80 {
				id := ids[rng.IntN(len(ids))]
				who := []string{"ann", "bob", "ann", "bob", "stranger", "governor"}[rng.IntN(6)]
				m := model[id]
				size := m.newest + rng.Uint64N(4)
				if rng.IntN(4) == 0 {
					size = rng.Uint64N(m.newest + 1)
				}
				version := uint64(rng.IntN(5) / 4)
				if rng.IntN(3) == 0 {
					size, version = m.newest, m.version^uint64(rng.IntN(2))
					who = logs[id]
				}
				want := ""
				switch {
				case who != logs[id]:
					want = "NotWriter{}"
				case size == 0:
					want = "Empty{}"
				case size < m.newest:
					want = fmt.Sprintf("Stale{Newest:%d}", m.newest)
				case size == m.newest && version != m.version:
					want = fmt.Sprintf("Fork{Size:%d}", size)
				}
				r, err := b.anchor(who, id, size, root(size, version))
				if got := name(err); got != want {
					t.Fatalf("%s anchors (%d, version %d) on %+v: %q, want %q", who, size, version, m, got, want)
				}
				kind, _, _ := strings.Cut(want, "{")
				if want == "" && size > m.newest {
					h, err := b.sim.Client().HeaderByHash(context.Background(), r.BlockHash)
					if err != nil {
						t.Fatal(err)
					}
					m.newest, m.number, m.time, m.version = size, h.Number.Uint64(), h.Time, version
					m.slots[size] = anchor.Slot(root(size, version), size, m.number, m.time)
					if e, err := b.abi.UnpackAnchoredEvent(r.Logs[0]); err != nil || len(r.Logs) != 1 || e.LogId != id || e.Size != size || e.Root != root(size, version) || r.Logs[0].Topics[0] != AnchoredTopic() {
						t.Fatalf("event %+v, %v", e, err)
					}
					kind = "grown"
				} else if want == "" {
					if len(r.Logs) != 0 {
						t.Fatal("the newest checkpoint again made an event")
					}
					kind = "again"
				}
				seen[kind]++
				for _, id := range ids {
					m := model[id]
					if n := b.newest(id); n.Size != m.newest || n.Number != m.number || n.Time != m.time || n.Closed {
						t.Fatalf("newest is %+v, want %+v", n, m)
					}
				}
				for s := size - min(size, 2); s <= size+2; s++ {
					if got := b.slot(id, s); got != m.slots[s] {
						t.Fatalf("slot of %d is %x, want %x", s, got, m.slots[s])
					}
				}
			}
			for _, k := range []string{"grown", "again", "NotWriter", "Stale", "Fork"} {
				if seen[k] == 0 {
					t.Errorf("never seen: %s of %v", k, seen)
				}
			}
			for _, id := range ids {
				for size, want := range model[id].slots {
					if got := b.slot(id, size); got != want {
						t.Errorf("in the end, slot of %d is %x, want %x", size, got, want)
					}
				}
			}
		})
	}
}

func TestOnlyTheGovernorNamesWriters(t *testing.T) {
	b := newBench(t, "ann", "bob")
	id := anchor.LogID("ann.example")
	expect := func(want string, err error) {
		t.Helper()
		if got := name(err); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	put := func(who string, size uint64) error { _, err := b.anchor(who, id, size, root(size, 0)); return err }
	replace := func(who, to string) error {
		_, err := b.send(who, &b.address, b.abi.PackReplace(id, b.addr(to)))
		return err
	}
	expect("NotGovernor{}", b.register("ann", id, "ann"))
	expect("NotWriter{}", put("ann", 1))
	expect("Unknown{}", replace("governor", "bob"))
	_, err := b.send("governor", &b.address, b.abi.PackRegister(id, common.Address{}, 0, big.NewInt(Unbounded)))
	expect("NoWriter{}", err)
	expect("", b.register("governor", id, "ann"))
	expect("Known{}", b.register("governor", id, "bob"))
	expect("", put("ann", 7))
	expect("NotGovernor{}", replace("ann", "bob"))
	expect("Known{}", replace("governor", "ann"))
	expect("", replace("governor", "bob"))
	expect("NotWriter{}", put("ann", 8))
	expect("Stale{Newest:7}", put("bob", 6))
	_, err = b.anchor("bob", id, 7, root(7, 1))
	expect("Fork{Size:7}", err)
	expect("", put("bob", 7))
	expect("", put("bob", 8))
	expect("", replace("governor", "ann"))
	expect("", put("ann", 9))
}

func TestAClosedLogStaysClosed(t *testing.T) {
	b := newBench(t, "ann", "bob")
	id := anchor.LogID("ann.example")
	shut := func(who string, size uint64) string {
		_, err := b.send(who, &b.address, b.abi.PackClose(id, size, [32]byte{9}))
		return name(err)
	}
	put := func(who string, size, version uint64) string {
		_, err := b.anchor(who, id, size, root(size, version))
		return name(err)
	}
	if got := shut("governor", 0); got != "Unknown{}" {
		t.Fatal(got)
	}
	if err := b.register("governor", id, "ann"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ got, want string }{
		{put("ann", 5, 0), ""},
		{shut("bob", 5), "NotGovernor{}"},
		{shut("ann", 5), "NotGovernor{}"},
		{shut("governor", 4), "NotAnchored{Newest:5}"},
		{shut("governor", 5), ""},
		{shut("governor", 5), "IsClosed{Size:5}"},
		{put("ann", 6, 0), "IsClosed{Size:5}"},
		{put("ann", 5, 0), ""},
		{put("ann", 5, 1), "Fork{Size:5}"},
		{name(b.register("governor", id, "bob")), "Known{}"},
	} {
		if step.got != step.want {
			t.Fatalf("got %q, want %q", step.got, step.want)
		}
	}
	if _, err := b.send("governor", &b.address, b.abi.PackReplace(id, b.addr("bob"))); err != nil {
		t.Fatal(err)
	}
	if got := put("bob", 6, 0); got != "IsClosed{Size:5}" {
		t.Fatalf("a new writer opened a closed log: %q", got)
	}
	if n := b.newest(id); !n.Closed || n.Size != 5 {
		t.Fatalf("%+v", n)
	}
}

func TestCodeHashIsOneForAllDeployments(t *testing.T) {
	b := newBench(t, "ann")
	code, err := b.sim.Client().CodeAt(context.Background(), b.address, nil)
	if err != nil || crypto.Keccak256Hash(code) != CodeHash() {
		t.Fatalf("deployed code hashes to %x, want %x, %v", crypto.Keccak256Hash(code), CodeHash(), err)
	}
	r, err := b.send("ann", nil, Creation(b.addr("ann")))
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.sim.Client().CodeAt(context.Background(), r.ContractAddress, nil)
	if err != nil || !bytes.Equal(other, code) {
		t.Fatal("another deployer's code differs")
	}
}

func TestSlotIsTheDocumentedHash(t *testing.T) {
	b := newBench(t)
	r := root(1, 2)
	out, err := b.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &b.address,
		b.abi.PackSlot(r, big.NewInt(3), big.NewInt(4), big.NewInt(5))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := anchor.Slot(r, 3, 4, 5); !bytes.Equal(out, want[:]) {
		t.Fatalf("the contract says %x, verifiers %x", out, want)
	}
}

// TestGasTable keeps testdata/gas.txt, which the documentation shows.
func TestGasTable(t *testing.T) {
	b := newBench(t, "ann")
	id := anchor.LogID("ann.example")
	var table strings.Builder
	row := func(what string, r *types.Receipt, err error) uint64 {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "%-34s %7d\n", what, r.GasUsed)
		return r.GasUsed
	}
	fixed := func(c byte) (r [32]byte) { return [32]byte(bytes.Repeat([]byte{c}, 32)) }
	r, err := b.send("governor", nil, Creation(b.addr("governor")))
	row("deploy Anchors", r, err)
	r, err = b.send("governor", &b.address, b.abi.PackRegister(id, b.addr("ann"), 0, big.NewInt(Unbounded)))
	row("register a log", r, err)
	r, err = b.anchor("ann", id, 1000, fixed(1))
	row("anchor, the log's first", r, err)
	r, err = b.anchor("ann", id, 2000, fixed(2))
	usual := row("anchor", r, err)
	r, err = b.anchor("ann", id, 1<<40+1<<20+1<<10, fixed(3))
	row("anchor, a size of six bytes", r, err)
	r, err = b.anchor("ann", id, 1<<40+1<<20+1<<10, fixed(3))
	row("the newest again, nothing changes", r, err)
	if usual > 54_000 {
		t.Errorf("an anchor takes %d gas", usual)
	}
	want, err := os.ReadFile("testdata/gas.txt")
	if err != nil || string(want) != table.String() {
		t.Errorf("testdata/gas.txt differs (%v); it should be:\n%s", err, &table)
	}
}
