//go:build peers

package e2e

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"fieldseal/evidence/anchor"
	"fieldseal/internal/consortium"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/simulators/site"
)

// stage is a chain of four organisations, each with its sealer, a notary whose log
// two of them must cosign, and a site that is sealed all the time.
type stage struct {
	*rig.Rig
	net     *consortium.Network
	apart   bool // the sealers are in namespaces
	node    *rpcNode
	dir     string
	pass    string
	account map[string][20]byte // by name of the key
	keys    map[string]*chain.Account

	origin                        string
	governance, anchors, registry string
	began                         time.Time
	sends                         uint64 // transactions of the notary's account that are not its own
	siteFile                      string
	interval                      time.Duration // between anchors
}

const (
	stagePeriod   = 1 // second between blocks
	stageDepth    = 4
	stageInterval = 10 * time.Second
	stagePoint    = "room-1/temperature"
)

var organisations = []string{"City supervision", "Builder", "Supervision company", "Notary office"}

func (s *stage) key(name string) string {
	return filepath.Join(s.dir, strings.ReplaceAll(name, " ", "-")+".json")
}

func newStage(t *testing.T) *stage {
	geth := peers.Need(t, peers.Geth)[0]
	s := &stage{Rig: newRig(t), dir: t.TempDir(), interval: stageInterval, account: map[string][20]byte{}, keys: map[string]*chain.Account{}}
	s.pass = filepath.Join(s.dir, "passphrase")
	if err := os.WriteFile(s.pass, []byte("for a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var funded [][20]byte
	for _, name := range append(organisations, "deployer", "notary") {
		a, err := chain.NewKeystore(s.key(name), s.pass, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		s.account[name], s.keys[name] = a.Address(), a
		funded = append(funded, a.Address())
	}
	lay := consortium.New
	if err := consortium.CanBeApart(); err == nil {
		lay, s.apart = consortium.Apart, true
	} else if peers.Required() {
		t.Fatal(err)
	}
	var err error
	if s.net, err = lay(geth, filepath.Join(s.dir, "net"), 4, stagePeriod, funded...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.net.Close(); err != nil {
			t.Error(err)
		}
	})
	s.node = newNode(t, s.net.Sealers[0].URL)
	s.blocks(t, 0)
	return s
}

// blocks waits until a chain, all of whose sealers run, makes blocks above a number.
func (s *stage) blocks(t *testing.T, above uint64) {
	t.Helper()
	s.net.Tended(t.Context(), t.Logf, func() {
		until(t, "blocks", 3*time.Minute, func() bool { return s.head(0) > above })
	})
}

// head is the newest block of a sealer; 0 while it does not answer.
func (s *stage) head(sealer int) uint64 {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	c, err := ethclient.DialContext(ctx, s.net.Sealers[sealer].URL)
	if err != nil {
		return 0
	}
	defer c.Close()
	n, _ := c.BlockNumber(ctx)
	return n
}

func until(t *testing.T, what string, patience time.Duration, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// command runs fieldseal-notary to its end.
func (s *stage) command(t *testing.T, args ...string) string {
	t.Helper()
	var out string
	var err error
	s.net.Tended(t.Context(), t.Logf, func() { out, err = s.Output(t.Context(), "fieldseal-notary", args...) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// as adds the flags by which somebody signs at the first sealer.
func (s *stage) as(who string, args ...string) []string {
	return append(args, "--rpc", s.net.Sealers[0].URL, "--key", s.key(who), "--passphrase", s.pass)
}

func word(t *testing.T, name, in string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s*` + name + `\s+([0-9a-fx]+)`).FindStringSubmatch(in)
	if m == nil {
		t.Fatalf("no %s in:\n%s", name, in)
	}
	return m[1]
}

// found deploys the contracts as docs/consortium.md says.
func (s *stage) found(t *testing.T) {
	t.Helper()
	rpc := s.net.Sealers[0].URL
	if out := s.command(t, "chain", "check", "--rpc", rpc); !strings.Contains(out, "It is fit.") || !strings.Contains(out, "profile: clique") {
		t.Fatal(out)
	}
	yaml := "version: 1\nthreshold: 3\nperiod: 168h\norganisations:\n"
	for _, o := range organisations {
		yaml += fmt.Sprintf("  - {name: %s, key: \"0x%x\"}\n", o, s.account[o])
	}
	file := filepath.Join(s.dir, "organisations.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.command(t, s.as("deployer", "chain", "deploy", "--organisations", file)...)
	s.governance, s.anchors, s.registry = word(t, "governance", out), word(t, "anchors", out), word(t, "registry", out)
}

// decide has three of four organisations decide.
func (s *stage) decide(t *testing.T, proposal ...string) string {
	t.Helper()
	out := s.command(t, s.as(organisations[0], append([]string{"org", "propose"}, append(proposal, "--governance", s.governance)...)...)...)
	id := word(t, "proposed", out)
	for _, o := range organisations[1:3] {
		s.command(t, s.as(o, "org", "approve", id, "--yes", "--governance", s.governance)...)
	}
	return out
}

// settings are the notary's about the chain.
func (s *stage) settings() string {
	text := fmt.Sprintf("  url: %s\n  depth: %d\n  anchor_every: %v\n  key: %s\n  passphrase: %s\n  profile: clique\n  validators:\n    - from: 1\n      accounts: [", s.node.URL, stageDepth, s.interval, s.key("notary"), s.pass)
	for i, v := range s.net.Sealers {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("\"0x%x\"", v.Address)
	}
	return text + "]\n"
}

// join sets the notary up on the consortium's contract, before the log is registered.
func (s *stage) join(t *testing.T, origin string, more ...string) {
	t.Helper()
	s.origin, s.Rig.Chain = origin, s.settings()
	if err := s.Init(t.Context(), append([]string{"--origin", origin, "--chain-url", s.node.URL, "--contract", s.anchors, "--chain-key", s.key("notary"), "--chain-passphrase", s.pass}, more...)...); err != nil {
		t.Fatal(err)
	}
}

// register has the organisations decide on the log.
func (s *stage) register(t *testing.T, cosigners int) {
	t.Helper()
	out := s.decide(t, "log", "--anchors", s.anchors, "--origin", s.origin, "--writer", fmt.Sprintf("0x%x", s.account["notary"]), "--cosigners", fmt.Sprint(cosigners))
	if want := "Register the log " + s.origin; !strings.Contains(out, want) {
		t.Fatalf("the proposal does not say %q:\n%s", want, out)
	}
}

// cosigner runs org cosign for an organisation beside its own sealer.
func (s *stage) cosigner(t *testing.T, i int) {
	t.Helper()
	name := "cosign-" + fmt.Sprint(i+1)
	_, err := s.Start(name, nil, "fieldseal-notary", "org", "cosign", "--notary", "https://"+s.HTTP, "--ca", filepath.Join(s.NotaryDir(), "ca.pem"),
		"--log-key", filepath.Join(s.NotaryDir(), "log.vkey"), "--rpc", s.net.Sealers[i].URL, "--anchors", s.anchors, "--depth", fmt.Sprint(stageDepth), "--every", "500ms",
		"--key", s.key(organisations[i]), "--passphrase", s.pass, "--state", filepath.Join(s.dir, name+".state"))
	if err != nil {
		t.Fatal(err)
	}
}

// work starts a site of real agents, sealed all the time.
func (s *stage) work(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	s.siteFile, _ = play(t, s.Rig, site.ColdStore, "1s")
	if err := s.Enrol(ctx, site.ColdStore.ID, "East quay", s.siteFile); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartAgent("agent", s.siteFile); err != nil {
		t.Fatal(err)
	}
	until(t, "the first reading", time.Minute, func() bool {
		n, err := s.Latest(ctx, site.ColdStore.ID)
		return err == nil && len(n.Readings) > 3
	})
	s.began = time.Now()
}

// state is what /healthz says.
type state struct {
	OK        bool
	Size      uint64
	Signed    uint64
	Anchored  uint64
	ReadOnly  string `json:"read_only"`
	Alarm     string
	Overdue   []string
	Anchoring struct {
		Held, Stalled, Words string
		Since                *time.Time
		Lag                  int64 `json:"lag_seconds"`
	}
}

func (s *stage) now(t *testing.T) (h state) {
	t.Helper()
	if err := s.Health(t.Context(), &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// goesOn sees that sealing and logging do, while nothing is anchored.
func (s *stage) goesOn(t *testing.T) {
	t.Helper()
	size := s.now(t).Signed
	until(t, "the log goes on", 30*time.Second, func() bool { return s.now(t).Signed >= size+3 })
	if h := s.now(t); h.ReadOnly != "" {
		t.Fatalf("the log is read-only: %s", h.ReadOnly)
	}
}

// whole waits until all that is logged now is anchored, and compares the contract with
// what the notary says: each checkpoint once, by one transaction.
func (s *stage) whole(t *testing.T, patience time.Duration) {
	t.Helper()
	size := s.now(t).Signed
	s.net.Tended(t.Context(), t.Logf, func() {
		until(t, fmt.Sprintf("size %d is anchored", size), patience, func() bool { return s.now(t).Anchored >= size })
	})
	ctx := t.Context()
	c, err := ethclient.DialContext(ctx, s.net.Sealers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	contract, err := hex.DecodeString(strings.TrimPrefix(s.anchors, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	log := anchor.LogID(s.origin)
	logs, err := c.FilterLogs(ctx, ethereum.FilterQuery{FromBlock: new(big.Int), Addresses: []common.Address{common.Address(contract)}, Topics: [][]common.Hash{{contracts.AnchoredTopic()}, {log}}})
	if err != nil {
		t.Fatal(err)
	}
	last, sent := uint64(0), map[common.Hash]bool{}
	for _, l := range logs {
		e, err := contracts.NewAnchors().UnpackAnchoredEvent(&l)
		if err != nil {
			t.Fatal(err)
		}
		if e.Size <= last || sent[l.TxHash] {
			t.Fatalf("size %d is anchored after size %d, in transaction %x", e.Size, last, l.TxHash)
		}
		last, sent[l.TxHash] = e.Size, true
	}
	if last < size {
		t.Fatalf("the notary says %d, the chain has %d", size, last)
	}
	nonce, err := c.NonceAt(ctx, common.Address(s.account["notary"]), nil)
	if err != nil {
		t.Fatal(err)
	}
	if nonce > uint64(len(logs))+s.sends+1 { // one may be on its way
		t.Fatalf("%d transactions for %d anchors", nonce-s.sends, len(logs))
	}
	h := s.now(t)
	if h.ReadOnly != "" || h.Alarm != "" {
		t.Fatalf("%+v", h)
	}
}

// complete shows, offline and down to the sealers' seals, that from the beginning to now
// nothing that was sealed is missing.
func (s *stage) complete(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	until(t, "the agent's queue is empty", time.Minute, func() bool {
		n, err := s.Pending(ctx, s.siteFile)
		return err == nil && n <= 1
	})
	to := time.Now().Add(-3 * time.Second)
	from := s.began
	if to.Sub(from) > 4*time.Minute {
		from = to.Add(-4 * time.Minute) // one file holds so much
	}
	s.whole(t, time.Minute)
	file := filepath.Join(s.EvidenceDir(), "complete.fseal.json")
	if err := s.Evidence(ctx, site.ColdStore.ID, stagePoint, from, to, file); err != nil {
		t.Fatal(err)
	}
	v, err := s.Verify(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	if v.Verdict != "genuine" || !strings.Contains(v.Sentence, "nothing is missing") || strings.Contains(v.Sentence, "local") {
		t.Fatalf("%+v", v)
	}
	t.Log(v.Sentence)
}

// waits sees that evidence of the newest reading says that it is not anchored yet, and
// since when it is sealed.
func (s *stage) waits(t *testing.T) {
	t.Helper()
	file := filepath.Join(s.EvidenceDir(), "pending.fseal.json")
	if err := s.Reading(t.Context(), site.ColdStore.ID, stagePoint, file); err != nil {
		t.Fatal(err)
	}
	v, err := s.Verify(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if v.Verdict != "pending" || !strings.Contains(v.Sentence, "not yet anchored: sealed at 20") {
		t.Fatalf("%+v", v)
	}
}

// plain is a key as it lies in its keystore.
func (s *stage) plain(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	raw, err := os.ReadFile(s.key(name))
	if err != nil {
		t.Fatal(err)
	}
	k, err := keystore.DecryptKey(raw, "for a test")
	if err != nil {
		t.Fatal(err)
	}
	return k.PrivateKey
}
