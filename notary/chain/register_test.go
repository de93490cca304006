package chain

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// register is a Registry whose governor is the embedded chain's account.
func register(t testing.TB) (*Register, func(data []byte)) {
	t.Helper()
	c, _, account := deployed(t)
	code := contracts.RegistryCreation(account.Address())
	tx, err := c.estimated(t.Context(), account, nil, code)
	if err != nil {
		t.Fatal(err)
	}
	r := c.Register(crypto.CreateAddress(account.address, tx.Nonce()))
	return r, func(data []byte) {
		t.Helper()
		if _, err := c.estimated(t.Context(), account, &r.address, data); err != nil {
			t.Fatal(err)
		}
	}
}

const start = 1_700_000_000

// TestFactsOfTheRegisterAreShownAndTheirAbsenceToo holds our reading of storage
// against what the contract's own functions say.
func TestFactsOfTheRegisterAreShownAndTheirAbsenceToo(t *testing.T) {
	ctx := t.Context()
	r, does := register(t)
	key, trusted, _ := noteKey(t, 7)
	site, department := [16]byte{1, 2, 3, 15: 9}, [16]byte{7, 15: 8}
	gateway, revoked, signer, rules, grant, grantee := [32]byte{31: 1}, [32]byte{31: 2}, [32]byte{31: 3}, [32]byte{31: 4}, [32]byte{31: 5}, [32]byte{31: 6}
	account := governorOf(t, r)
	name := crypto.Keccak256Hash([]byte("dust"))
	does(r.abi.PackSetSite(site, department, account, true))
	does(r.abi.PackSetGateway(gateway, site, start, 0))
	does(r.abi.PackSetGateway(revoked, site, start, start+1000))
	does(r.abi.PackRevokeGateway(revoked, start+500))
	does(r.abi.PackSetSigner(site, anchor.PurposePlan, signer, start, start+9))
	does(r.abi.PackPublishRules(name, 1, rules, start+77))
	const ends = 4_000_000_000
	does(r.abi.PackGrant(grant, site, grantee, ends))

	b, err := r.chain.Final(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []FactKey{{anchor.FactSite, anchor.SiteKey(site)}, {anchor.FactGateway, gateway}, {anchor.FactGateway, revoked},
		{anchor.FactSigner, anchor.SignerKey(site, anchor.PurposePlan, signer)}, {anchor.FactRules, rules}, {anchor.FactGrant, grant},
		{anchor.FactSite, anchor.SiteKey([16]byte{9})}, {anchor.FactGateway, [32]byte{9}}, {anchor.FactSigner, anchor.SignerKey(site, anchor.PurposeConfiguration, signer)},
		{anchor.FactRules, [32]byte{9}}, {anchor.FactGrant, [32]byte{9}}}
	p, facts, err := r.Prove(ctx, b, want)
	if err != nil {
		t.Fatal(err)
	}
	if p.Block, err = r.chain.Seal(ctx, b, origin, key); err != nil {
		t.Fatal(err)
	}
	believed := anchor.Chain{Profile: anchor.Embedded, ID: r.chain.ID(), Note: trusted}
	pinned := anchor.Contract{Address: r.address, CodeHash: contracts.RegistryCodeHash()}
	reg, err := p.Verify(believed, pinned, nil)
	if err != nil || reg.ShownIn.Number != b.Number {
		t.Fatalf("%+v %v", reg.ShownIn, err)
	}
	var got []anchor.Entry
	for i, f := range facts {
		e, err := reg.Find(f.Kind, f.Key, f.First, f.Second)
		if err != nil {
			t.Fatalf("fact %d: %v", i, err)
		}
		if e.Known() != (i < 6) {
			t.Errorf("fact %d: known %v", i, e.Known())
		}
		got = append(got, e)
		// A fact's proof is no other's, and no byte of it is free.
		if other := want[(i+1)%len(want)]; i < 6 {
			if _, err := reg.Find(other.Kind, other.Key, f.First, f.Second); err == nil {
				t.Errorf("fact %d: passes for another", i)
			}
		}
		for _, nodes := range [][][]byte{f.First, f.Second} {
			for _, n := range nodes {
				n[len(n)/2] ^= 4
				if _, err := reg.Find(f.Kind, f.Key, f.First, f.Second); !errors.Is(err, anchor.ErrAltered) {
					t.Fatalf("fact %d, a node changed: %v", i, err)
				}
				n[len(n)/2] ^= 4
			}
		}
		if _, err := reg.Find(f.Kind, f.Key, f.First, f.Second[:len(f.Second)-1]); err == nil {
			t.Errorf("fact %d: a node less", i)
		}
	}
	if s := got[0].Site(); s.Department != department || !s.Open || s.Keeper != account || s.Since < start || s.Since > b.Time {
		t.Errorf("site %+v", s)
	}
	if k := got[1].Key(); k != (anchor.RegisteredKey{Site: site, From: start}) || k.Ends() != 0 {
		t.Errorf("gateway %+v", k)
	}
	if k := got[2].Key(); k != (anchor.RegisteredKey{Site: site, From: start, Until: start + 1000, Revoked: start + 500}) || k.Ends() != start+500 {
		t.Errorf("revoked gateway %+v", k)
	}
	if k := got[3].Key(); k != (anchor.RegisteredKey{Site: site, From: start, Until: start + 9}) || k.Ends() != start+9 {
		t.Errorf("signer %+v", k)
	}
	if x := got[4].Rules(); x != (anchor.RegisteredRules{Name: name, Version: 1, From: start + 77}) {
		t.Errorf("rules %+v", x)
	}
	if g := got[5].Grant(); g.Site != site || g.Grantee != grantee || g.Until != ends || g.From < got[0].Site().Since {
		t.Errorf("grant %+v", g)
	}

	for name, change := range map[string]func(p *anchor.Register, k *anchor.Contract, c *anchor.Chain){
		"another contract in the file": func(p *anchor.Register, _ *anchor.Contract, _ *anchor.Chain) {
			p.Contract = bytes.Repeat([]byte{1}, 20)
		},
		"another contract is pinned": func(_ *anchor.Register, k *anchor.Contract, _ *anchor.Chain) { k.Address[0] ^= 1 },
		"another code is pinned":     func(_ *anchor.Register, k *anchor.Contract, _ *anchor.Chain) { k.CodeHash[0] ^= 1 },
		"another chain":              func(_ *anchor.Register, _ *anchor.Contract, c *anchor.Chain) { c.ID++ },
		"no such contract on the chain": func(p *anchor.Register, k *anchor.Contract, _ *anchor.Chain) {
			k.Address = [20]byte{1}
			p.Contract = k.Address[:]
		},
	} {
		q, k, c := p, pinned, believed
		change(&q, &k, &c)
		if _, err := q.Verify(c, k, nil); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// governorOf is the account that governs a register.
func governorOf(t testing.TB, r *Register) common.Address {
	t.Helper()
	out, err := r.chain.eth.CallContract(t.Context(), ethereum.CallMsg{To: &r.address, Data: r.abi.PackGovernor()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.abi.UnpackGovernor(out)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestARevokedGrantIsDeniedAtTheNextRead, and one that is asked again in the same
// block is answered from memory.
func TestARevokedGrantIsDeniedAtTheNextRead(t *testing.T) {
	ctx := t.Context()
	r, does := register(t)
	site, grant, grantee := [16]byte{1}, [32]byte{2}, [32]byte{3}
	account := governorOf(t, r)
	may := func(want bool) {
		t.Helper()
		for range 2 {
			if ok, err := r.MayRead(ctx, time.Now(), grant, site, grantee); err != nil || ok != want {
				t.Fatalf("may read: %v %v, want %v", ok, err, want)
			}
		}
	}
	may(false)
	does(r.abi.PackSetSite(site, [16]byte{9}, account, true))
	does(r.abi.PackGrant(grant, site, grantee, 4_000_000_000))
	may(true)
	for name, x := range map[string]permission{"another grantee": {grant, [32]byte{4}, site}, "another site": {grant, grantee, [16]byte{2}}, "another grant": {[32]byte{5}, grantee, site}} {
		if ok, err := r.MayRead(ctx, time.Now(), x.id, x.site, x.grantee); ok || err != nil {
			t.Errorf("%s: %v %v", name, ok, err)
		}
	}
	asked := time.Now()
	may(true)
	does(r.abi.PackRevoke(grant))
	if ok, err := r.MayRead(ctx, asked, grant, site, grantee); !ok || err != nil {
		t.Error("the newest block was asked for again within the time that the reader allows", ok, err)
	}
	may(false)
	again := [32]byte{6}
	does(r.abi.PackGrant(again, site, grantee, 4_000_000_000))
	if ok, err := r.MayRead(ctx, time.Now(), again, site, grantee); !ok || err != nil {
		t.Error(ok, err)
	}
	does(r.abi.PackSetSite(site, [16]byte{9}, account, false))
	if ok, err := r.MayRead(ctx, time.Now(), again, site, grantee); ok || err != nil {
		t.Errorf("a site that was ended: %v %v", ok, err)
	}
}

// TestAChainThatIsAwayOpensNothing: what is not known is denied, also what was known.
func TestAChainThatIsAwayOpensNothing(t *testing.T) {
	ctx := t.Context()
	r, does := register(t)
	site, grant, grantee := [16]byte{1}, [32]byte{2}, [32]byte{3}
	does(r.abi.PackSetSite(site, [16]byte{9}, governorOf(t, r), true))
	does(r.abi.PackGrant(grant, site, grantee, 4_000_000_000))
	away := atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":null}`))
	}))
	t.Cleanup(server.Close)
	if ok, err := r.MayRead(ctx, time.Now(), grant, site, grantee); !ok || err != nil {
		t.Fatal(ok, err)
	}
	client, err := rpc.Dial(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.chain = &Chain{rpc: client, eth: ethclient.NewClient(client), id: big.NewInt(1)}
	for _, gone := range []bool{false, true} {
		away.Store(gone)
		if ok, err := r.MayRead(ctx, time.Now(), grant, site, grantee); ok || err == nil {
			t.Errorf("no block known, away %v: %v %v", gone, ok, err)
		}
	}
}

// TestANodeThatHangsHoldsUpNobodyForLongerThanTheyWait: who waits for another's question
// of the newest block gives up with their own patience.
func TestANodeThatHangsHoldsUpNobodyForLongerThanTheyWait(t *testing.T) {
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(held) })
	client, err := rpc.Dial(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := (&Chain{rpc: client, eth: ethclient.NewClient(client), id: big.NewInt(1)}).Register([20]byte{1})
	first, stop := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		_, err := r.MayRead(first, time.Now(), [32]byte{1}, [16]byte{1}, [32]byte{1})
		asked <- err
	}()
	for len(r.looking) == 0 {
		runtime.Gosched() // until the first one asks
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if ok, err := r.MayRead(gone, time.Now(), [32]byte{1}, [16]byte{1}, [32]byte{1}); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("one who waits no longer: %v %v", ok, err)
	}
	stop()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
}
