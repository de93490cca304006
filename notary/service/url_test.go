package service_test

import (
	"context"
	"encoding/hex"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"

	"fieldseal/notary/chain"
	"fieldseal/notary/service"
)

// publicChain serves a chain that is not the notary's own over JSON-RPC on a
// loopback port, with an account of the folder funded, and a block every 50 ms.
func publicChain(t *testing.T, d service.Folder) (url string) {
	t.Helper()
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(string(d), "chain.key")
	if _, err := chain.OpenAccount(key); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := crypto.ToECDSA(raw)
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	alloc := types.GenesisAlloc{crypto.PubkeyToAddress(k.PublicKey): {Balance: new(big.Int).Lsh(big.NewInt(1), 100)}, common.Address{1}: {Balance: big.NewInt(1)}}
	sim := simulated.NewBackend(alloc, func(n *node.Config, e *ethconfig.Config) {
		n.HTTPHost, n.HTTPPort, n.HTTPModules = "127.0.0.1", port, []string{"eth"}
		// The library's own development chain turns on forks that no network has.
		shanghai, c := uint64(0), *params.AllDevChainProtocolChanges
		c.ShanghaiTime, c.CancunTime, c.PragueTime, c.OsakaTime, c.BogotaTime, c.BlobScheduleConfig = &shanghai, nil, nil, nil, nil, nil
		e.Genesis.Config = &c
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				sim.Commit()
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done; err = errors.Join(err, sim.Close()) })
	return "http://" + free.Addr().String()
}

func TestANotaryAnchorsInAChainByURL(t *testing.T) {
	d := service.Folder(filepath.Join(t.TempDir(), "notary"))
	url := publicChain(t, d)
	id, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/yard", ChainURL: url, Depth: 2, Now: time.Now(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if id.Chain != url || id.ChainID != 1337 {
		t.Fatalf("identity %+v", id)
	}
	c := config()
	c.Chain.Depth = 2
	s, err := service.Open(t.Context(), d, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	g := enrolGateway(t, s, "gw-1")
	g.connect(s)
	g.seal(s.Log.Origin())
	r := g.receipt(s, 0)
	index := r.Entries[0].Index
	eventually(t, "the batch is anchored", func() bool { _, n := s.Anchors.Newest(); return n > index })
	if h := s.Health(); h.Anchoring.Block == 0 || h.Anchoring.Chain != 1337 || h.Anchoring.Local {
		t.Errorf("%+v", h.Anchoring)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}

	// Once it is said who seals the chain, what the node says is held against that.
	c.Chain.Profile, c.Chain.Validators = "qbft", []service.SealedBy{{From: 1, Accounts: []string{"0xAA" + strings.Repeat("0", 38), strings.Repeat("1", 40)}}}
	if s, err = service.Open(t.Context(), d, c, quiet); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	go func() { done <- s.Run(ctx) }()
	eventually(t, "a chain that others seal is not believed", func() bool {
		_, why := s.Anchors.Held()
		return errors.Is(why, chain.ErrLie)
	})
	facts, err := s.Facts()
	if err != nil {
		t.Fatal(err)
	}
	if f := facts.Chain; f.ID != 1337 || f.Profile != "qbft" || f.Independence != "consortium" || len(f.Notes) != 0 ||
		len(f.Validators) != 1 || len(f.Validators[0].Accounts) != 2 || f.Validators[0].Accounts[0][0] != 0x11 {
		t.Errorf("facts %+v", f)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	done <- nil

	// The chain may be away when the notary starts, and who seals it may be for
	// others to say.
	c.Chain.Profile, c.Chain.Validators, c.Chain.URL = "", nil, "http://127.0.0.1:1"
	if s, err = service.Open(t.Context(), d, c, quiet); err != nil {
		t.Fatal(err)
	}
	if _, covered := s.Anchors.Newest(); covered <= index {
		t.Errorf("the anchor over entry %d was forgotten: %d", index, covered)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheDescriptionOfAChainIsStrict(t *testing.T) {
	d := initFolder(t)
	for name, change := range map[string]func(*service.Config){
		"profile":          func(c *service.Config) { c.Chain.Profile = "raft" },
		"embedded profile": func(c *service.Config) { c.Chain.Profile = "embedded" },
		"no validators":    func(c *service.Config) { c.Chain.Profile = "qbft" },
		"account": func(c *service.Config) {
			c.Chain.Profile, c.Chain.Validators = "qbft", []service.SealedBy{{From: 1, Accounts: []string{"0x12"}}}
		},
		"independence": func(c *service.Config) { c.Chain.Independence = "very" },
	} {
		c := config()
		change(&c)
		if s, err := service.Open(t.Context(), d, c, quiet); err == nil {
			s.Close()
			t.Errorf("%s was taken", name)
		}
	}
}
