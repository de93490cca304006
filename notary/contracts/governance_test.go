package contracts

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/evidence/anchor"
)

// round is a bench with four organisations who govern both other contracts.
type round struct {
	*bench
	gov, anchors, registry common.Address
	g                      *Governance
	r                      *Registry
	nonce                  int64
}

var four = []string{"city", "builder", "watch", "court"}

func orgID(who string) [32]byte { return crypto.Keccak256Hash([]byte(who)) }

func (b *bench) organisation(who string, weight uint32) GovernanceOrganisation {
	return GovernanceOrganisation{Id: orgID(who), Name: who, Key: b.addr(who), Cosigner: b.addr(who), Weight: weight}
}

func newRound(t testing.TB) *round {
	b := newBench(t, append([]string{"writer", "stranger", "fresh", "keeper"}, four...)...)
	v := &round{bench: b, g: NewGovernance(), r: NewRegistry()}
	var orgs []GovernanceOrganisation
	for _, who := range four {
		orgs = append(orgs, b.organisation(who, 1))
	}
	v.gov = v.deploy(GovernanceCreation(orgs, 3, 3600))
	v.anchors = v.anchorsOf(v.gov)
	v.registry = v.deploy(RegistryCreation(v.gov))
	return v
}

// anchorsOf is the contract Anchors that was deployed with a Governance.
func (v *round) anchorsOf(gov common.Address) common.Address {
	v.t.Helper()
	out, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &gov, v.g.PackAnchors()), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	a, err := v.g.UnpackAnchors(out)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func (v *round) deploy(code []byte) common.Address {
	v.t.Helper()
	r, err := v.send("governor", nil, code)
	if err != nil {
		v.t.Fatal(err)
	}
	return r.ContractAddress
}

// try calls in one block and gives the name of the custom error, "" for success.
func (v *round) try(who string, to common.Address, data []byte) (*types.Receipt, string) {
	v.t.Helper()
	ctx, c := context.Background(), v.sim.Client()
	_, err := c.CallContract(ctx, callMsg(v.addr(who), &to, data), nil)
	var revert rpc.DataError
	if errors.As(err, &revert) {
		return nil, v.reason(common.FromHex(revert.ErrorData().(string)))
	}
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := v.send(who, &to, data)
	if err != nil {
		v.t.Fatal(err)
	}
	return r, ""
}

// reason names a custom error of any of the contracts, the inner one of a failed decision.
func (v *round) reason(raw []byte) string {
	if e, err := v.g.UnpackError(raw); err == nil {
		if failed, ok := e.(*GovernanceCallFailed); ok {
			return "CallFailed: " + v.reason(failed.Reason)
		}
		return fmt.Sprintf("%T", e)[len("*contracts.Governance"):]
	}
	if e, err := v.abi.UnpackError(raw); err == nil {
		return fmt.Sprintf("%T", e)[len("*contracts.Anchors"):]
	}
	if e, err := v.r.UnpackError(raw); err == nil {
		return fmt.Sprintf("%T", e)[len("*contracts.Registry"):]
	}
	return fmt.Sprintf("%x", raw)
}

func (v *round) expect(want, who string, to common.Address, data []byte) *types.Receipt {
	v.t.Helper()
	r, got := v.try(who, to, data)
	if got != want {
		v.t.Fatalf("%s: got %q, want %q", who, got, want)
	}
	return r
}

// decide has organisations agree on a call; the last approval carries want.
func (v *round) decide(want string, to common.Address, data []byte, who ...string) {
	v.t.Helper()
	v.nonce++
	n := big.NewInt(v.nonce)
	v.expect("", who[0], v.gov, v.g.PackPropose(to, data, n))
	for i, w := range who[1:] {
		if i == len(who)-2 {
			v.expect(want, w, v.gov, v.g.PackApprove(to, data, n))
		} else {
			v.expect("", w, v.gov, v.g.PackApprove(to, data, n))
		}
	}
}

// cosign makes cosignatures, sorted by account.
func (v *round) cosign(logID [32]byte, size uint64, root [32]byte, who ...string) (out []byte) {
	raw, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &v.anchors, v.abi.PackDigest(logID, size, root)), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	slices.SortFunc(who, func(a, b string) int { x, y := v.addr(a), v.addr(b); return bytes.Compare(x[:], y[:]) })
	for _, w := range who {
		out = append(out, sign(v.t, raw, v.keys[w])...)
	}
	return out
}

func sign(t testing.TB, digest []byte, key *ecdsa.PrivateKey) []byte {
	s, err := crypto.Sign(digest, key)
	if err != nil {
		t.Fatal(err)
	}
	s[64] += 27
	return s
}

func TestNobodyDecidesAlone(t *testing.T) {
	v := newRound(t)
	id := anchor.LogID("log.example/yard")
	register := v.abi.PackRegister(id, v.addr("writer"), 0, big.NewInt(100))
	for _, who := range append([]string{"governor", "stranger", "writer"}, four...) {
		v.expect("NotGovernor", who, v.anchors, register)
		v.expect("NotDecided", who, v.gov, v.g.PackSetRules(2, 3600))
		v.expect("NotDecided", who, v.gov, v.g.PackSetOrganisation(v.organisation("fresh", 1), 3))
		v.expect("NotGovernor", who, v.registry, v.r.PackSetRegistrar(v.addr("fresh"), 0, true))
	}
	n := big.NewInt(1000)
	for _, who := range []string{"governor", "stranger"} {
		v.expect("NotOrganisation", who, v.gov, v.g.PackPropose(v.anchors, register, n))
		v.expect("NotOrganisation", who, v.gov, v.g.PackApprove(v.anchors, register, n))
	}
	v.expect("NoProposal", "city", v.gov, v.g.PackApprove(v.anchors, register, n))
	v.expect("", "city", v.gov, v.g.PackPropose(v.anchors, register, n))
	v.expect("AlreadyProposed", "builder", v.gov, v.g.PackPropose(v.anchors, register, n))
	v.expect("AlreadyApproved", "city", v.gov, v.g.PackApprove(v.anchors, register, n))
	v.expect("", "builder", v.gov, v.g.PackApprove(v.anchors, register, n))
	if w := v.writer(id); w != (common.Address{}) {
		t.Fatal("two of three decided")
	}
	v.expect("", "court", v.gov, v.g.PackApprove(v.anchors, register, n))
	if w := v.writer(id); w != v.addr("writer") {
		t.Fatal("three of three did not decide")
	}
	v.expect("AlreadyDone", "watch", v.gov, v.g.PackApprove(v.anchors, register, n))
	v.decide("CallFailed: Known", v.anchors, register, "city", "builder", "watch")
	v.expect("BadCall", "city", v.gov, v.g.PackPropose(v.addr("stranger"), nil, n))

	// Rules under which one, or two halves, could decide are refused.
	for _, bad := range []uint32{0, 1, 2, 5} {
		v.decide("CallFailed: BadThreshold", v.gov, v.g.PackSetRules(bad, 3600), "city", "builder", "watch")
	}
	v.decide("CallFailed: BadThreshold", v.gov, v.g.PackSetOrganisation(v.organisation("fresh", 4), 4), "city", "builder", "watch")
	v.decide("CallFailed: BadPeriod", v.gov, v.g.PackSetRules(3, 1), "city", "builder", "watch")
}

func (v *round) writer(id [32]byte) common.Address {
	out, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &v.anchors, v.abi.PackWriters(id)), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	w, err := v.abi.UnpackWriters(out)
	if err != nil {
		v.t.Fatal(err)
	}
	return w
}

func TestAReplacedKeyTakesItsApprovalsWithIt(t *testing.T) {
	v := newRound(t)
	id, n := anchor.LogID("log.example/yard"), big.NewInt(1000)
	register := v.abi.PackRegister(id, v.addr("stranger"), 0, big.NewInt(100))
	v.expect("", "city", v.gov, v.g.PackPropose(v.anchors, register, n)) // a stolen key
	v.expect("", "builder", v.gov, v.g.PackApprove(v.anchors, register, n))
	moved := v.organisation("city", 1)
	moved.Key, moved.Cosigner = v.addr("fresh"), v.addr("fresh")
	v.decide("", v.gov, v.g.PackSetOrganisation(moved, 3), "builder", "watch", "court")
	v.expect("NotOrganisation", "city", v.gov, v.g.PackWithdraw([32]byte{1}))
	v.expect("", "watch", v.gov, v.g.PackApprove(v.anchors, register, n))
	if v.writer(id) != (common.Address{}) {
		t.Fatal("the approval of a replaced key counted")
	}
	back := v.organisation("city", 1)
	v.decide("CallFailed: KeyUsed", v.gov, v.g.PackSetOrganisation(back, 3), "builder", "watch", "court")
	thief := v.organisation("court", 1)
	thief.Key = v.addr("watch")
	v.decide("CallFailed: KeyUsed", v.gov, v.g.PackSetOrganisation(thief, 3), "builder", "watch", "court")
	// The one who is taken out counts no longer; the rest can go on.
	v.decide("", v.gov, v.g.PackSetOrganisation(v.organisation("builder", 0), 2), "builder", "watch", "court")
	v.expect("NotOrganisation", "builder", v.gov, v.g.PackApprove(v.anchors, register, n))
	v.expect("", "court", v.gov, v.g.PackApprove(v.anchors, register, n))
	if v.writer(id) != v.addr("stranger") {
		t.Fatal("two of the three who are left did not decide")
	}
}

func TestProposalsExpireAndApprovalsAreTakenBack(t *testing.T) {
	v := newRound(t)
	id, n := anchor.LogID("log.example/yard"), big.NewInt(1000)
	register := v.abi.PackRegister(id, v.addr("writer"), 0, big.NewInt(100))
	r := v.expect("", "city", v.gov, v.g.PackPropose(v.anchors, register, n))
	e, err := v.g.UnpackProposedEvent(r.Logs[0])
	if err != nil || e.Target != v.anchors || !bytes.Equal(e.Data, register) {
		t.Fatalf("%+v, %v", e, err)
	}
	v.expect("", "builder", v.gov, v.g.PackApprove(v.anchors, register, n))
	v.expect("NotApproved", "watch", v.gov, v.g.PackWithdraw(e.ProposalId))
	v.expect("", "city", v.gov, v.g.PackWithdraw(e.ProposalId))
	v.expect("", "watch", v.gov, v.g.PackApprove(v.anchors, register, n))
	if v.writer(id) != (common.Address{}) {
		t.Fatal("an approval that was taken back counted")
	}
	if err := v.sim.AdjustTime(2 * time.Hour); err != nil {
		t.Fatal(err)
	}
	v.sim.Commit()
	v.expect("Expired", "court", v.gov, v.g.PackApprove(v.anchors, register, n))
}

func TestCosignaturesAreOfDistinctOrganisations(t *testing.T) {
	v := newRound(t)
	id := anchor.LogID("log.example/yard")
	v.decide("", v.anchors, v.abi.PackRegister(id, v.addr("writer"), 2, big.NewInt(1000)), "city", "builder", "watch")
	put := func(want string, size uint64, sigs []byte) {
		t.Helper()
		v.expect(want, "writer", v.anchors, v.abi.PackAnchorCosigned(id, size, root(size, 0), sigs))
	}
	good := v.cosign(id, 5, root(5, 0), "city", "court")
	v.expect("NotCosigned", "writer", v.anchors, v.abi.PackAnchor(id, 5, root(5, 0)))
	v.expect("NotWriter", "court", v.anchors, v.abi.PackAnchorCosigned(id, 5, root(5, 0), good))
	put("NotCosigned", 5, nil)
	put("NotCosigned", 5, good[:65])
	put("NotCosigned", 5, good[:129])
	put("NotCosigned", 5, append(bytes.Clone(good[65:]), good[:65]...))
	put("NotCosigned", 5, append(bytes.Clone(good[:65]), good[:65]...))
	put("NotCosigned", 5, v.cosign(id, 5, root(5, 0), "city", "stranger"))
	put("NotCosigned", 5, v.cosign(id, 5, root(5, 1), "city", "court"))
	put("NotCosigned", 5, v.cosign(anchor.LogID("other"), 5, root(5, 0), "city", "court"))
	high := bytes.Clone(good)
	s := new(big.Int).Sub(crypto.S256().Params().N, new(big.Int).SetBytes(high[32:64]))
	s.FillBytes(high[32:64])
	high[64] = 27 + 28 - high[64]
	put("NotCosigned", 5, high)
	put("", 5, good)
	put("", 5, nil) // again: nothing is written
	v.expect("Fork", "writer", v.anchors, v.abi.PackAnchorCosigned(id, 5, root(5, 1), v.cosign(id, 5, root(5, 1), "city", "court")))
	put("", 6, v.cosign(id, 6, root(6, 0), "city", "court", "watch"))
	v.expect("TooLarge", "writer", v.anchors, v.abi.PackAnchorCosigned(id, 1<<63, root(1, 0), good))
	// Stopped, closed at an earlier size, its successor named.
	v.decide("", v.anchors, v.abi.PackStop(id, true), "city", "builder", "watch")
	put("IsStopped", 7, v.cosign(id, 7, root(7, 0), "city", "court"))
	v.decide("", v.anchors, v.abi.PackStop(id, false), "city", "builder", "watch")
	put("", 7, v.cosign(id, 7, root(7, 0), "city", "court"))
	v.decide("", v.anchors, v.abi.PackClose(id, 6, anchor.LogID("next")), "city", "builder", "watch")
	put("IsClosed", 8, v.cosign(id, 8, root(8, 0), "city", "court"))
	v.decide("CallFailed: IsClosed", v.anchors, v.abi.PackStop(id, false), "city", "builder", "watch")
	out, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &v.anchors, v.abi.PackEndings(id)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := v.abi.UnpackEndings(out); err != nil || e.Size != 6 || !e.Closed || e.Successor != anchor.LogID("next") {
		t.Fatalf("%+v, %v", e, err)
	}
}

func TestRegistryKeepsToItsRoles(t *testing.T) {
	v := newRound(t)
	call := func(want, who string, data []byte) *types.Receipt {
		t.Helper()
		return v.expect(want, who, v.registry, data)
	}
	site, dept, key := [16]byte{1}, [16]byte{2}, [32]byte{3}
	now := func() uint64 {
		h, err := v.sim.Client().HeaderByNumber(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return h.Time
	}
	mayRead := func(want bool) {
		t.Helper()
		out, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &v.registry, v.r.PackMayRead([32]byte{7}, site, [32]byte{8})), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.r.UnpackMayRead(out); err != nil || got != want {
			t.Fatalf("may read: %v, %v", got, err)
		}
	}
	set := v.r.PackSetSite(site, dept, v.addr("keeper"), true)
	call("NotRegistrar", "city", set)
	for role := range uint8(4) {
		v.decide("", v.registry, v.r.PackSetRegistrar(v.addr("city"), role, true), "city", "builder", "watch")
	}
	call("Unknown", "city", v.r.PackSetGateway(key, site, 1, 0))
	call("", "city", set)
	call("NotRegistrar", "stranger", v.r.PackSetGateway(key, site, 1, 0))
	call("Bad", "city", v.r.PackSetGateway(key, site, 5, 5))
	call("", "city", v.r.PackSetGateway(key, site, 1, 0))
	call("Known", "city", v.r.PackSetGateway(key, site, 2, 0))
	call("Bad", "city", v.r.PackRevokeGateway(key, now()+1000))
	call("", "city", v.r.PackRevokeGateway(key, 90))
	call("Known", "city", v.r.PackRevokeGateway(key, 91))
	call("", "city", v.r.PackRevokeGateway(key, 80))
	call("", "city", v.r.PackSetSigner(site, 0, key, 1, 0))
	call("Known", "city", v.r.PackSetSigner(site, 0, key, 1, 0))
	call("Unknown", "city", v.r.PackRevokeSigner(site, 1, key, 2))
	call("", "city", v.r.PackRevokeSigner(site, 0, key, 2))
	call("NotNext", "city", v.r.PackPublishRules([32]byte{4}, 2, [32]byte{5}, 1))
	call("", "city", v.r.PackPublishRules([32]byte{4}, 1, [32]byte{5}, 1))
	call("Known", "city", v.r.PackPublishRules([32]byte{4}, 2, [32]byte{5}, 1))
	grant := v.r.PackGrant([32]byte{7}, site, [32]byte{8}, now()+1000)
	call("NotKeeper", "city", grant)
	mayRead(false)
	call("", "keeper", grant)
	mayRead(true)
	call("Known", "keeper", grant)
	call("NotKeeper", "city", v.r.PackRevoke([32]byte{7}))
	call("", "keeper", v.r.PackRevoke([32]byte{7}))
	mayRead(false)
	call("Unknown", "keeper", v.r.PackRevoke([32]byte{9}))
	v.decide("", v.registry, v.r.PackSetRegistrar(v.addr("city"), 1, false), "city", "builder", "watch")
	call("NotRegistrar", "city", v.r.PackSetGateway([32]byte{6}, site, 1, 0))
}

func TestCosignaturesCostLittle(t *testing.T) {
	v := newRound(t)
	var gas [5]uint64
	for k := range 5 {
		id := anchor.LogID(fmt.Sprint("log ", k))
		v.decide("", v.anchors, v.abi.PackRegister(id, v.addr("writer"), uint8(k), big.NewInt(1000)), "city", "builder", "watch")
		for size := uint64(1); size < 3; size++ {
			sigs := v.cosign(id, size, root(size, 0), four[:k]...)
			gas[k] = v.expect("", "writer", v.anchors, v.abi.PackAnchorCosigned(id, size, root(size, 0), sigs)).GasUsed
		}
	}
	// Against the plain call, which a log without cosigners uses.
	plain := anchor.LogID("log 0")
	alone := v.expect("", "writer", v.anchors, v.abi.PackAnchor(plain, 3, root(3, 0))).GasUsed
	if alone > 60_000 {
		t.Errorf("an anchor takes %d gas", alone)
	}
	for k := uint64(1); k < 5; k++ {
		if gas[k] > alone+8_000*k {
			t.Errorf("an anchor with %d cosignatures takes %d gas, %d more than one without", k, gas[k], gas[k]-alone)
		}
		if more := gas[k] - gas[k-1]; k > 1 && more > 8_000 {
			t.Errorf("cosignature %d takes %d gas", k, more)
		}
	}
	t.Log(alone, gas)
}

// TestGasOfEveryCall keeps testdata/gas-governed.txt, the calls that gas.txt has not.
func TestGasOfEveryCall(t *testing.T) {
	v := newRound(t)
	var table strings.Builder
	row := func(what string, r *types.Receipt) { fmt.Fprintf(&table, "%-42s %7d\n", what, r.GasUsed) }
	deploy := func(what string, code []byte) {
		r, err := v.send("governor", nil, code)
		if err != nil {
			t.Fatal(err)
		}
		row(what, r)
	}
	var orgs []GovernanceOrganisation
	for _, who := range four {
		o := v.organisation(who, 1)
		o.Id[0] ^= 1
		orgs = append(orgs, o)
	}
	deploy("deploy Governance of four, with Anchors", GovernanceCreation(orgs, 3, 3600))
	deploy("deploy Registry", RegistryCreation(v.gov))
	id := anchor.LogID("log.example/yard")
	decide := func(what string, to common.Address, data []byte) {
		v.nonce++
		n := big.NewInt(v.nonce)
		proposed := v.expect("", "city", v.gov, v.g.PackPropose(to, data, n))
		approved := v.expect("", "builder", v.gov, v.g.PackApprove(to, data, n))
		if v.nonce == 1 {
			row("propose", proposed)
			row("approve", approved)
		}
		row("approve and "+what, v.expect("", "watch", v.gov, v.g.PackApprove(to, data, n)))
	}
	decide("register a log", v.anchors, v.abi.PackRegister(id, v.addr("writer"), 4, big.NewInt(1000)))
	for k := 1; k < 5; k++ {
		decide(fmt.Sprintf("ask for %d cosignatures", k), v.anchors, v.abi.PackBound(id, uint8(k), big.NewInt(1000)))
		for size := uint64(2*k - 1); size <= uint64(2*k); size++ {
			r := v.expect("", "writer", v.anchors, v.abi.PackAnchorCosigned(id, size, root(size, 0), v.cosign(id, size, root(size, 0), slices.Clone(four[:k])...)))
			if size%2 == 0 {
				row(fmt.Sprintf("anchor with %d cosignatures", k), r)
			}
		}
	}
	decide("replace the writer", v.anchors, v.abi.PackReplace(id, v.addr("fresh")))
	decide("stop a log", v.anchors, v.abi.PackStop(id, true))
	decide("close a log", v.anchors, v.abi.PackClose(id, 8, anchor.LogID("next")))
	decide("set the rules", v.gov, v.g.PackSetRules(4, 7200))
	v2 := newRound(t)
	v.bench, v.gov, v.anchors, v.registry, v.nonce = v2.bench, v2.gov, v2.anchors, v2.registry, 10
	decide("put an organisation in", v.gov, v.g.PackSetOrganisation(v.organisation("fresh", 1), 3))
	for role := range uint8(4) {
		v.decide("", v.registry, v.r.PackSetRegistrar(v.addr("city"), role, true), "city", "builder", "watch")
	}
	decide("name a registrar", v.registry, v.r.PackSetRegistrar(v.addr("court"), 0, true))
	site, key := [16]byte{1}, [32]byte{3}
	call := func(what, who string, data []byte) { row(what, v.expect("", who, v.registry, data)) }
	call("register a site", "city", v.r.PackSetSite(site, [16]byte{2}, v.addr("keeper"), true))
	call("register a gateway", "city", v.r.PackSetGateway(key, site, 1, 0))
	call("revoke a gateway", "city", v.r.PackRevokeGateway(key, 90))
	call("name a signer", "city", v.r.PackSetSigner(site, 0, key, 1, 0))
	call("revoke a signer", "city", v.r.PackRevokeSigner(site, 0, key, 90))
	call("publish rules", "city", v.r.PackPublishRules([32]byte{4}, 1, [32]byte{5}, 1))
	call("grant", "keeper", v.r.PackGrant([32]byte{7}, site, [32]byte{8}, 1<<40))
	call("revoke a grant", "keeper", v.r.PackRevoke([32]byte{7}))
	v.expect("", "city", v.gov, v.g.PackPropose(v.registry, []byte{1}, big.NewInt(99)))
	out, err := v.sim.Client().CallContract(context.Background(), callMsg(common.Address{}, &v.gov, v.g.PackIdOf(v.registry, []byte{1}, big.NewInt(99))), nil)
	if err != nil {
		t.Fatal(err)
	}
	row("withdraw an approval", v.expect("", "city", v.gov, v.g.PackWithdraw([32]byte(out))))
	if os.Getenv("FIELDSEAL_GAS") == "write" {
		if err := os.WriteFile("testdata/gas-governed.txt", []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/gas-governed.txt")
	if err != nil || string(want) != table.String() {
		t.Errorf("testdata/gas-governed.txt differs (%v); FIELDSEAL_GAS=write writes:\n%s", err, &table)
	}
}
