//go:build peers

package e2e

import (
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"fieldseal/evidence/statement"
	"fieldseal/internal/consortium"
	"fieldseal/internal/rig"
	"fieldseal/notary/log"
	"fieldseal/notary/service"
	"fieldseal/simulators/site"
)

// TestConsortium takes a notary through the faults of a real chain of four sealers, one
// after the other. After each: every checkpoint that is due is anchored once, nothing
// acknowledged is lost, and the log has not waited.
func TestConsortium(t *testing.T) {
	s := newStage(t)
	s.found(t)
	s.join(t, "log.example/consortium")
	notary, err := s.StartNotary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Trust(t.Context(), "Consortium"); err != nil {
		t.Fatal(err)
	}
	s.work(t)
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"ALogWaitsForTheOrganisationsToRegisterIt", s.registration},
		{"ALogThatAsksForCosignaturesIsRefusedWithoutThem", s.cosignatures},
		{"AllSealersRun", s.ordinary},
		{"ASecondProgramUsesTheAnchorersKey", s.secondProgram},
		{"AnRPCThatLiesAboutRoots", s.lyingRoot},
		{"AnRPCThatLiesAboutNonces", s.lyingNonce},
		{"AnRPCOfAnotherChain", s.otherChain},
		{"AnRPCWithAStaleHead", s.staleHead},
		{"AnRPCThatHangs", s.hanging},
		{"AnRPCThatRateLimits", s.rateLimited},
		{"OneSealerKilled", s.oneKilled},
		{"TwoSealersKilledAndBack", s.twoKilled},
		{"TheAnchorersSealerCutOffAloneAndHealed", s.cutOff},
		{"NothingIsMissing", s.complete},
		{"AChainThatWasResetIsLeftForASuccessor", func(t *testing.T) { s.reset(t, notary) }},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow()
		}
	}
}

func (s *stage) registration(t *testing.T) {
	until(t, "what the organisations must decide is said", time.Minute, func() bool { return strings.Contains(s.now(t).Anchoring.Held, "org propose log") })
	s.goesOn(t)
	s.waits(t)
	s.register(t, 2)
	if out := s.command(t, "org", "list", "--all", "--rpc", s.net.Sealers[1].URL, "--governance", s.governance, "--origin", s.origin); !strings.Contains(out, "decided and done; weight 3 of 3") ||
		!strings.Contains(out, "Register the log "+s.origin+". Only the account") || !strings.Contains(out, "cosignatures of 2 organisations") {
		t.Fatal(out)
	}
}

func (s *stage) cosignatures(t *testing.T) {
	s.cosigner(t, 1) // one is not enough
	until(t, "whose cosignature is missing is said", time.Minute, func() bool {
		h := s.now(t).Anchoring.Held
		return strings.Contains(h, "1 of 2 came (Builder)") && strings.Contains(h, "Notary office")
	})
	if h := s.now(t); h.Anchored != 0 {
		t.Fatalf("anchored %d with one cosignature", h.Anchored)
	}
	s.goesOn(t)
	s.cosigner(t, 2)
	s.cosigner(t, 3)
	s.whole(t, time.Minute)
}

func (s *stage) ordinary(t *testing.T) {
	s.whole(t, time.Minute)
	before := s.lags(t)
	for range 2 {
		s.whole(t, time.Minute)
	}
	within, all := before.until(s.lags(t), 2*stageInterval)
	t.Logf("%.0f of %.0f checkpoints anchored within two intervals of %v", within, all, stageInterval)
	if all == 0 || within < 0.99*all {
		t.Fatal("anchors lag by more than two intervals")
	}
}

// TestAnchoringLag measures for FIELDSEAL_LAG, such as 5m, at the default interval,
// with two organisations cosigning, and after the chain stood still.
func TestAnchoringLag(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("FIELDSEAL_LAG"))
	if err != nil {
		t.Skip("FIELDSEAL_LAG names no time to measure for")
	}
	s := newStage(t)
	s.interval = 15 * time.Second
	s.found(t)
	s.join(t, "log.example/lag")
	if _, err := s.StartNotary(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.register(t, 2)
	for i := 1; i < 4; i++ {
		s.cosigner(t, i)
	}
	s.work(t)
	s.whole(t, 2*time.Minute)
	before := s.lags(t)
	time.Sleep(span)
	after := s.lags(t)
	for _, d := range []time.Duration{5, 10, 15, 20, 30} {
		within, all := before.until(after, d*time.Second)
		t.Logf("%.0f of %.0f checkpoints anchored within %d s", within, all, d)
	}
	if within, all := before.until(after, 2*s.interval); within < 0.99*all {
		t.Error("p99 is above two intervals")
	}
	s.kill(t, 2)
	s.kill(t, 3)
	time.Sleep(time.Minute)
	stands, size := s.head(0), s.now(t).Signed
	for _, i := range []int{2, 3} {
		if err := s.net.Sealers[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.blocks(t, stands)
	back := time.Now()
	until(t, "what was due is anchored", time.Minute, func() bool { return s.now(t).Anchored >= size })
	took := time.Since(back)
	t.Logf("what was due when the chain came back was anchored %v after its first block", took.Round(100*time.Millisecond))
	if took > s.interval {
		t.Errorf("later than an interval of %v", s.interval)
	}
}

// lags are the notary's histogram of anchoring lag, by upper bound in seconds.
type lags map[string]float64

func (s *stage) lags(t *testing.T) lags {
	t.Helper()
	out := lags{}
	for _, le := range []string{"5", "10", "15", "20", "30", "+Inf"} {
		n, err := s.NotaryMetric(t.Context(), `fieldseal_anchor_lag_seconds_bucket{le="`+le+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		out[le] = n
	}
	return out
}

// until counts the checkpoints between two readings that were anchored within a time
// that is one of the bounds, and all of them.
func (l lags) until(now lags, within time.Duration) (some, all float64) {
	le := fmt.Sprint(int(within.Seconds()))
	return now[le] - l[le], now["+Inf"] - l["+Inf"]
}

// secondProgram sends from the notary's own account, as an older copy of it would.
func (s *stage) secondProgram(t *testing.T) {
	ctx := t.Context()
	c, err := ethclient.DialContext(ctx, s.net.Sealers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	key := s.plain(t, "notary")
	self := common.Address(s.account["notary"])
	for i := range 4 {
		// With the nonce that the anchorer takes next, or has just taken.
		nonce, err := c.NonceAt(ctx, self, nil)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := types.SignNewTx(key, types.LatestSignerForChainID(big.NewInt(consortium.ID)),
			&types.LegacyTx{Nonce: nonce, GasPrice: big.NewInt(1e11), Gas: 21000, To: &self, Value: new(big.Int)})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SendTransaction(ctx, tx); err != nil {
			t.Logf("round %d: the anchorer was first: %v", i, err)
			continue
		}
		s.sends++
		time.Sleep(stageInterval / 4)
	}
	if s.sends == 0 {
		t.Fatal("the second program never came through")
	}
	s.whole(t, time.Minute)
}

func (s *stage) lyingRoot(t *testing.T) {
	s.node.turn(t, lyingRoot)
	until(t, "the lie is told", time.Minute, func() bool {
		return strings.Contains(s.now(t).Anchoring.Held, "not what the chain's validators sealed")
	})
	s.goesOn(t) // and it is no fork
	if h := s.now(t); h.Alarm != "" {
		t.Fatal(h.Alarm)
	}
	s.node.turn(t, honest)
	s.whole(t, time.Minute)
}

func (s *stage) lyingNonce(t *testing.T) {
	s.node.turn(t, lyingNonce)
	until(t, "the nonce is doubted", time.Minute, func() bool {
		return strings.Contains(s.now(t).Anchoring.Held, "or the node is wrong")
	})
	s.goesOn(t)
	s.waits(t)
	s.node.turn(t, honest)
	s.whole(t, time.Minute) // at the nonce that is next, and none is left out
}

func (s *stage) otherChain(t *testing.T) {
	s.node.turn(t, anotherChain)
	until(t, "the alarm names what does not match", time.Minute, func() bool {
		h := s.now(t)
		return strings.Contains(h.Alarm, "chain id is 1, the notary was set up with "+fmt.Sprint(consortium.ID)) && strings.Contains(h.Alarm, "log close")
	})
	s.goesOn(t)
	s.waits(t)
	s.node.turn(t, honest)
	until(t, "the alarm ends", time.Minute, func() bool { return s.now(t).Alarm == "" })
	s.whole(t, time.Minute)
}

func (s *stage) staleHead(t *testing.T) {
	s.whole(t, time.Minute)
	s.node.turn(t, staleHead)
	until(t, "the chain is said to stand still", 2*time.Minute, func() bool { return strings.Contains(s.now(t).Anchoring.Words, "stands still") })
	s.goesOn(t)
	s.node.turn(t, honest)
	s.whole(t, time.Minute)
}

func (s *stage) hanging(t *testing.T) {
	s.node.turn(t, hanging)
	until(t, "a node that hangs is one that is away", time.Minute, func() bool { return s.now(t).Anchoring.Held != "" })
	s.goesOn(t)
	s.waits(t)
	s.node.turn(t, honest)
	s.whole(t, time.Minute)
}

func (s *stage) rateLimited(t *testing.T) {
	s.node.turn(t, overrun)
	until(t, "the refusal is told", time.Minute, func() bool { return strings.Contains(s.now(t).Anchoring.Held, "429") })
	before := s.node.requests()
	s.goesOn(t)
	if n := s.node.requests() - before; n > 30 {
		t.Fatalf("a node that is overrun was asked %d times more", n)
	}
	s.node.turn(t, honest)
	s.whole(t, time.Minute)
}

func (s *stage) kill(t *testing.T, i int) {
	t.Helper()
	if err := s.net.Sealers[i].Kill(); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) oneKilled(t *testing.T) {
	s.kill(t, 3)
	s.whole(t, time.Minute)
}

func (s *stage) twoKilled(t *testing.T) {
	s.kill(t, 2)
	var stands uint64
	until(t, "the chain stands still", time.Minute, func() bool {
		before := s.head(0)
		time.Sleep(5 * time.Second)
		stands = s.head(0)
		return before == stands
	})
	anchored := s.now(t).Anchored
	s.goesOn(t)
	until(t, "a stalled chain is told in words", 2*time.Minute, func() bool {
		h := s.now(t)
		return !h.OK && strings.Contains(h.Anchoring.Words, fmt.Sprintf("block %d, made at", stands)) && h.Anchoring.Since != nil
	})
	s.waits(t)
	if h := s.now(t); h.Anchored > anchored+200 {
		t.Fatalf("anchored %d, then %d, on a chain that stands", anchored, h.Anchored)
	}
	for _, i := range []int{2, 3} {
		if err := s.net.Sealers[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.blocks(t, stands)
	back := time.Now()
	s.whole(t, time.Minute)
	t.Logf("all that was due is anchored %v after the chain came back; the interval is %v", time.Since(back).Round(100*time.Millisecond), stageInterval)
}

func (s *stage) cutOff(t *testing.T) {
	if !s.apart {
		t.Skip("the sealers cannot be kept apart: network namespaces need root and the command ip")
	}
	ctx := t.Context()
	alone := s.net.Sealers[0]
	if err := alone.Cut(); err != nil {
		t.Fatal(err)
	}
	healed := false
	heal := func() {
		if !healed {
			healed = true
			if err := alone.Heal(); err != nil {
				t.Error(err)
			}
		}
	}
	defer heal()
	anchored := s.now(t).Anchored
	// Alone it may seal one block, which the others never see.
	c, err := ethclient.DialContext(ctx, alone.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	others := s.head(1)
	until(t, "the others go on without it", time.Minute, func() bool { return s.head(1) > others+6 && s.head(0)+3 < s.head(1) })
	lone, err := c.HeaderByNumber(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(stageInterval)
	if h := s.now(t); h.Anchored > anchored+100 {
		t.Fatalf("anchored %d, then %d, on a sealer that is alone", anchored, h.Anchored)
	}
	s.goesOn(t)
	heal()
	until(t, "the sealer takes the others' chain", 2*time.Minute, func() bool { return s.head(0)+2 > s.head(1) })
	if now, err := c.HeaderByNumber(ctx, lone.Number); err != nil {
		t.Fatal(err)
	} else {
		t.Logf("block %d was %x and is %x: reorganised %v", lone.Number, lone.Hash(), now.Hash(), lone.Hash() != now.Hash())
	}
	s.whole(t, 2*time.Minute)
}

// reset begins the chain anew: the log that was anchored in it can go on nowhere, and
// its successor binds where it ended.
func (s *stage) reset(t *testing.T, notary *rig.Process) {
	ctx := t.Context()
	if err := s.net.Reset(); err != nil {
		t.Fatal(err)
	}
	s.blocks(t, 0)
	until(t, "the alarm names what no longer matches", time.Minute, func() bool { return strings.Contains(s.now(t).Alarm, "genesis block is") })
	s.goesOn(t)
	s.waits(t)
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	s.Forget(notary)
	s.command(t, "log", "close", "--data", s.NotaryDir(), "--reason", "the chain was reset")
	closing := filepath.Join(s.NotaryDir(), service.ClosingFile)
	end, err := service.ReadClosing(closing)
	if err != nil {
		t.Fatal(err)
	}
	size, root, err := end.Head()
	if err != nil {
		t.Fatal(err)
	}

	next := &stage{Rig: newRig(t), interval: s.interval, net: s.net, node: s.node, dir: s.dir, pass: s.pass, account: s.account, keys: s.keys}
	next.found(t)
	next.join(t, "log.example/consortium-2", "--predecessor", closing)
	next.register(t, 0)
	l, _, done, err := service.Folder(next.NotaryDir()).OpenLog(log.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := l.Statement(0)
	if err != nil {
		t.Fatal(err)
	}
	if p := body.(*statement.Genesis).Predecessor; p == nil || p.Origin != s.origin || p.Size != size || p.Root != root {
		t.Fatalf("the successor binds %+v", p)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	if _, err := next.StartNotary(ctx); err != nil {
		t.Fatal(err)
	}
	next.work(t)
	next.whole(t, time.Minute)
	if err := next.Trust(ctx, "Successor"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(next.EvidenceDir(), "successor.fseal.json")
	to := time.Now()
	next.whole(t, time.Minute)
	if err := next.Evidence(ctx, site.ColdStore.ID, stagePoint, next.began, to.Add(-2*time.Second), file); err != nil {
		t.Fatal(err)
	}
	if v, err := next.Verify(ctx, file); err != nil || v.Verdict != "genuine" {
		t.Fatalf("%+v, %v", v, err)
	}
}
