//go:build peers

package e2e

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/anchor"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/internal/consortium"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/simulators/site"
)

var recordLive = flag.Bool("record", false, "write evidence/anchor/testdata/clique-live.json anew")

// shown is a real consortium whose register knows nothing yet, a notary that is
// anchored in it, and a cold store.
type shown struct {
	*rig.Rig
	t         *testing.T
	net       *consortium.Network
	chain     *chain.Chain
	keys      []*chain.Account // four organisations, who deploys, the notary
	founded   chain.Founded
	round     *chain.Round
	register  *chain.Register
	origin    string
	stateless atomic.Bool // the node gives no state proofs
	siteFile  string
}

const shownPoint = "room-1/temperature"

// shownSpan holds several readings, however slowly a loaded machine reads them.
const shownSpan = 12 * time.Second

var seatNames = []string{"Market supervision", "Builder", "Supervision company", "Notary office"}

func newShown(t *testing.T) *shown {
	geth := peers.Need(t, peers.Geth)[0]
	s := &shown{Rig: newRig(t), t: t, origin: "log.example/shown"}
	ctx := t.Context()
	if err := os.MkdirAll(s.NotaryDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	var funded [][20]byte
	for i := range 6 {
		path := filepath.Join(s.Dir, fmt.Sprintf("account-%d.key", i))
		if i == 5 {
			path = filepath.Join(s.NotaryDir(), "chain.key")
		}
		a, err := chain.OpenAccount(path)
		if err != nil {
			t.Fatal(err)
		}
		s.keys, funded = append(s.keys, a), append(funded, a.Address())
	}
	var err error
	if s.net, err = consortium.New(geth, filepath.Join(s.Dir, "net"), 4, 1, funded...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.net.Close(); err != nil {
			t.Error(err)
		}
	})
	if s.chain, err = chain.DialKnown(ctx, s.net.Sealers[0].URL, 4, consortium.ID); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.chain.Close() })
	s.eventually("the chain makes blocks", 3*time.Minute, func() bool { b, err := s.chain.Final(ctx); return err == nil && b.Number > 0 })
	var orgs []chain.Organisation
	for i, n := range seatNames {
		orgs = append(orgs, chain.Organisation{Name: n, Key: s.keys[i].Address()})
	}
	if s.founded, err = s.chain.Found(ctx, s.keys[4], orgs, 3, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.round, s.register = s.chain.Round(s.founded.Governance), s.chain.Register(s.founded.Registry)
	s.decide(s.founded.Anchors, chain.RegisterLog(anchor.LogID(s.origin), s.keys[5].Address(), 0, contracts.Unbounded))
	return s
}

func (s *shown) eventually(what string, patience time.Duration, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// decide has three of four organisations decide on a call.
func (s *shown) decide(target [20]byte, data []byte) {
	s.t.Helper()
	ctx := s.t.Context()
	id, err := s.round.Propose(ctx, s.keys[0], target, data)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := s.round.Proposals(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p chain.Proposal) bool { return p.ID == id })
	for _, k := range s.keys[1:3] {
		if err := s.round.Approve(ctx, k, all[i]); err != nil {
			s.t.Fatal(err)
		}
	}
}

// node is the notary's way to the chain: the first sealer's RPC, which can be told to
// give no state proofs.
func (s *shown) node() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if s.stateless.Load() && bytes.Contains(body, []byte("eth_getProof")) {
			var q struct{ ID json.RawMessage }
			if json.Unmarshal(body, &q) == nil {
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"the method eth_getProof does not exist/is not available"}}`, q.ID)
				return
			}
		}
		res, err := http.Post(s.net.Sealers[0].URL, "application/json", bytes.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		io.Copy(w, res.Body)
	}))
	s.t.Cleanup(server.Close)
	return server.URL
}

// run makes the notary, a site and its agent, and waits for the first anchors.
func (s *shown) run() {
	ctx, t := s.t.Context(), s.t
	url := s.node()
	do := func(bin string, args ...string) string {
		t.Helper()
		out, err := s.Output(ctx, bin, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	do("fieldseal-notary", "init", "--data", s.NotaryDir(), "--origin", s.origin, "--chain-url", url, "--contract", fmt.Sprintf("0x%x", s.founded.Anchors))
	key := filepath.Join(s.Dir, "supervision.key")
	out := do("fieldseal", "coverage", "keygen", "--key", key)
	if err := os.WriteFile(key+".pub", []byte(out[strings.Index(out, "ed25519:"):][:8+64]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// The first start writes the settings; the chain is described for the second.
	first, err := s.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	s.Forget(first)
	about := fmt.Sprintf("chain:\n  depth: 4\n  profile: clique\n  registry: \"0x%x\"\n  organisations:\n", s.founded.Registry)
	list := "  validators:\n    - from: 1\n      accounts:\n"
	for i, x := range s.net.Sealers {
		about += fmt.Sprintf("    %s: \"0x%x\"\n", seatNames[i], x.Address)
		list += fmt.Sprintf("      - \"0x%x\"\n", x.Address)
	}
	path := filepath.Join(s.NotaryDir(), "notary.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte("chain:\n"), []byte(about+list), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartNotary(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Trust(ctx, "Consortium"); err != nil {
		t.Fatal(err)
	}
	s.siteFile, _ = play(t, s.Rig, site.ColdStore, "1s")
	if err := s.Enrol(ctx, site.ColdStore.ID, "East quay", s.siteFile); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartAgent("agent", s.siteFile); err != nil {
		t.Fatal(err)
	}
}

func (s *shown) options() verify.Options {
	s.t.Helper()
	text, err := os.ReadFile(s.TrustFile())
	if err != nil {
		s.t.Fatal(err)
	}
	f, err := trust.Parse(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return verify.Options{Trust: f, Decoders: func(p string) (profile.Decoder, bool) { d, err := decoders.For(p); return d, err == nil }}
}

// reading is evidence of a reading from a moment on that is anchored, with both
// bounds of its time.
func (s *shown) reading(from time.Time) (text []byte, r *verify.Report) {
	s.t.Helper()
	path := filepath.Join(s.EvidenceDir(), "reading.fseal.json")
	o := s.options()
	s.eventually("a reading is anchored", 4*time.Minute, func() bool {
		to := from.Add(shownSpan)
		if time.Now().Before(to) {
			return false
		}
		err := s.Evidence(s.t.Context(), site.ColdStore.ID, shownPoint, from, to, path)
		if err != nil && !errors.Is(err, rig.ErrNothing) {
			s.t.Log(err)
		}
		if err != nil {
			return false
		}
		if text, err = os.ReadFile(path); err != nil {
			s.t.Fatal(err)
		}
		r = verify.File(text, o)
		return r.Subject != nil && r.Subject.Readings > 0 && r.Subject.Upper > 0 && r.Subject.Lower > 0
	})
	return text, r
}

func (s *shown) wants(r *verify.Report, want verify.Status, check string, parts ...string) {
	s.t.Helper()
	c, _ := r.Check(check)
	lacks := slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(c.Detail.EN, p) })
	if r.Verdict != want || lacks {
		b, _ := r.JSON(verify.English)
		s.t.Fatalf("want %v and %q of %s:\n%s", want, parts, check, b)
	}
}

// TestEvidenceIsShownDownToTheSealsOfARealConsortium: real gateways' readings, on a real
// network of four sealers, judged offline; what a trust file that says otherwise makes of
// them; the register's word, absence included; and receipts where a node gives no state
// proofs.
func TestEvidenceIsShownDownToTheSealsOfARealConsortium(t *testing.T) {
	s := newShown(t)
	s.run()
	ctx := t.Context()
	until := func(n time.Duration) time.Time { return time.Now().Add(n).Truncate(time.Second) }

	// A range in which nothing was sealed yet would stay empty.
	s.eventually("the first reading", 2*time.Minute, func() bool {
		return s.Reading(ctx, site.ColdStore.ID, shownPoint, filepath.Join(s.EvidenceDir(), "first.fseal.json")) == nil
	})
	// The register does not know the gateway: its absence is shown.
	began := until(2 * time.Second)
	text, r := s.reading(began)
	s.wants(r, verify.Uncheckable, "register", "the register does not know the gateway's key")
	f, err := file.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	key, place := s.enrolled(f)
	abi := contracts.NewRegistry()
	s.decide(s.founded.Registry, abi.PackSetSite(place, [16]byte{0xde, 0xda}, s.keys[0].Address(), true))
	s.decide(s.founded.Registry, abi.PackSetGateway(key, place, uint64(began.Add(-time.Hour).Unix()), 0))

	// Known: final, and independent of the operator, between two proven blocks.
	good := until(2 * time.Second)
	text, r = s.reading(good)
	s.wants(r, verify.Genuine, "register", "belongs to this site since", "and is not revoked", "owned by department deda00")
	s.wants(r, verify.Genuine, "anchor", "final, a consortium's chain, independent of the log's operator: built on by ", "; 3 of 4 validators, 3 needed")
	if r.Independence != "consortium" || r.Subject.Anchor != "final" || strings.Contains(r.Sentence.EN, "local") || !strings.Contains(r.Sentence.EN, "existed between") {
		t.Fatalf("%s, %s: %s", r.Independence, r.Subject.Anchor, r.Sentence.EN)
	}
	for _, x := range r.Subject.Seals.By {
		if !slices.Contains(seatNames, x.Name) {
			t.Errorf("%+v seals without a name", x)
		}
	}
	if len(text) > 20_000 {
		t.Logf("evidence of %d readings has %d bytes", r.Subject.Readings, len(text))
	}
	v, err := s.Verify(ctx, filepath.Join(s.EvidenceDir(), "reading.fseal.json"))
	if err != nil || v.Verdict != "genuine" || v.Independence != "consortium" {
		t.Fatalf("%+v %v", v, err)
	}
	t.Log(r.Sentence.EN)
	s.otherTrust(text)

	// Revoked: what was sealed before stays genuine, what is sealed now is not.
	revoked := time.Now()
	s.decide(s.founded.Registry, abi.PackRevokeGateway(key, uint64(revoked.Unix())))
	_, r = s.reading(until(2 * time.Second))
	s.wants(r, verify.Uncheckable, "register", "the key is revoked since")
	_, r = s.reading(good)
	s.wants(r, verify.Genuine, "register", "was revoked for what was sealed from")
	s.grants(place)

	// The same without state proofs.
	s.stateless.Store(true)
	byReceipt, r := s.reading(good)
	s.wants(r, verify.Genuine, "anchor", "final, ", "shown by the receipt of the transaction that anchored it", "; 3 of 4 validators, 3 needed")
	if _, ok := r.Check("register"); ok {
		t.Error("a register without a state proof")
	}
	if !slices.ContainsFunc(r.NotProved, func(x verify.Text) bool { return strings.Contains(x.EN, "a receipt does not show it") }) {
		t.Error("the reader is not told that the code is not shown")
	}
	s.otherTrust(byReceipt)
	if *recordLive {
		s.record(text, byReceipt)
	}
}

// enrolled is the key and the site of the gateway that a file speaks of.
func (s *shown) enrolled(f *file.File) (key [32]byte, place [16]byte) {
	s.t.Helper()
	for _, x := range f.Statements {
		sig, err := statement.Parse(x.Header)
		if err != nil {
			s.t.Fatal(err)
		}
		body, err := sig.Open(x.Body)
		if err != nil {
			s.t.Fatal(err)
		}
		if e, ok := body.(*statement.Enrolment); ok {
			return e.Key.ID(), [16]byte(e.Site)
		}
	}
	s.t.Fatal("no enrolment in the file")
	return key, place
}

// otherTrust judges live evidence by trust files that say otherwise of the chain.
func (s *shown) otherTrust(text []byte) {
	s.t.Helper()
	r := verify.File(text, s.options())
	sealed := r.Subject.Seals.By[0].Account
	for name, tc := range map[string]struct {
		change func(c *trust.Chain)
		want   verify.Status
		word   string
	}{
		"as it is":                 {func(*trust.Chain) {}, verify.Genuine, "final"},
		"run by the operator":      {func(c *trust.Chain) { c.Independence = trust.Local }, verify.Genuine, "not independent of the log's operator"},
		"a quorum of all":          {func(c *trust.Chain) { c.Validators[0].Quorum = 4 }, verify.Uncheckable, "3 validators have built on it, where 4 of 4 are needed"},
		"no set for these blocks":  {func(c *trust.Chain) { c.Validators[0].To = 1 }, verify.Uncheckable, "the trust file names no validators for it"},
		"another set":              {func(c *trust.Chain) { c.Validators[0].Accounts = []trust.Hex20{{1}, {2}, {3}, {4}} }, verify.Uncheckable, "who is no validator by the trust file"},
		"a sealer's key exchanged": {func(c *trust.Chain) { exchange(c, sealed) }, verify.Uncheckable, "who is no validator by the trust file"},
		"another profile":          {func(c *trust.Chain) { c.Profile = "qbft" }, verify.Uncheckable, ""},
	} {
		o := s.options()
		tc.change(&o.Trust.Chains[0])
		r := verify.File(text, o)
		if c, _ := r.Check("anchor"); r.Verdict != tc.want || !strings.Contains(c.Detail.EN, tc.word) {
			s.t.Errorf("%s: %v, %s", name, r.Verdict, c.Detail.EN)
		}
	}
}

// exchange replaces one account of the pinned set.
func exchange(c *trust.Chain, account string) {
	set := &c.Validators[0]
	for i, a := range set.Accounts {
		if fmt.Sprintf("%x", a) == account {
			set.Accounts[i][10] ^= 1
		}
	}
	slices.SortFunc(set.Accounts, func(a, b trust.Hex20) int { return bytes.Compare(a[:], b[:]) })
}

// grants gives a permission on the real chain and takes it back: an account that is
// bound to it reads in between, and the first request after the block that takes it
// back is refused.
func (s *shown) grants(place [16]byte) {
	s.t.Helper()
	ctx := s.t.Context()
	p := hire(s.t, ctx, s.Rig, "court.li", "--role", "inspector", "--site", site.ColdStore.ID)
	reads := func(want int) {
		s.t.Helper()
		for _, path := range []string{"/api/v1/centre/sites/" + site.ColdStore.ID,
			"/api/v1/history?site=" + site.ColdStore.ID + "&point=" + shownPoint + fmt.Sprintf("&from=%d&to=%d", time.Now().Add(-time.Minute).UnixMicro(), time.Now().UnixMicro())} {
			if got := p.ask(ctx, http.MethodGet, path, "", nil, nil); got != want {
				s.t.Fatalf("%s: %d, want %d", path, got, want)
			}
		}
	}
	reads(http.StatusOK) // bound to no permission yet
	out, err := s.Output(ctx, "fieldseal-notary", "account", "list", "--json", "--data", s.NotaryDir())
	if err != nil {
		s.t.Fatal(err)
	}
	var users []struct{ Name, Reader string }
	if err := json.Unmarshal([]byte(out), &users); err != nil || len(users) != 1 {
		s.t.Fatalf("%s: %v", out, err)
	}
	reader, err := hex.DecodeString(users[0].Reader)
	if err != nil || len(reader) != 32 {
		s.t.Fatalf("reader %q", users[0].Reader)
	}
	grant := [32]byte{1}
	if _, err := s.Output(ctx, "fieldseal-notary", "account", "role", "court.li", "--role", "inspector", "--grant", fmt.Sprintf("%s=0x%x", site.ColdStore.ID, grant), "--data", s.NotaryDir()); err != nil {
		s.t.Fatal(err)
	}
	reads(http.StatusNotFound)
	// The governor does not keep the site: its keeper gives and takes.
	if err := s.chain.Call(ctx, s.keys[0], s.founded.Registry, chain.EnterGrant(grant, place, [32]byte(reader), time.Now().Add(time.Hour))); err != nil {
		s.t.Fatal(err)
	}
	reads(http.StatusOK)
	if err := s.chain.Call(ctx, s.keys[0], s.founded.Registry, chain.RevokeGrant(grant)); err != nil {
		s.t.Fatal(err)
	}
	reads(http.StatusNotFound)
}

// record keeps a block of this network with its proofs, for tests without one.
func (s *shown) record(byState, byReceipt []byte) {
	s.t.Helper()
	type live struct {
		Source    string
		ChainID   uint64
		Sealers   [][]byte
		Contract  []byte
		CodeHash  []byte
		Origin    string
		Size      uint64
		Root      []byte
		State     anchor.Proof
		ByReceipt anchor.Proof
		ReceiptOf struct {
			Size uint64
			Root []byte
		}
	}
	code := contracts.CodeHash()
	out := live{Source: "geth 1.13.15, Clique, four sealers on loopback, written by internal/e2e TestEvidenceIsShownDownToTheSealsOfARealConsortium -record",
		ChainID: consortium.ID, Contract: s.founded.Anchors[:], CodeHash: code[:], Origin: s.origin}
	for _, x := range s.net.Sealers {
		out.Sealers = append(out.Sealers, x.Address[:])
	}
	slices.SortFunc(out.Sealers, bytes.Compare)
	take := func(text []byte) (anchor.Proof, checkpoint.Checkpoint) {
		f, err := file.Parse(text)
		if err != nil {
			s.t.Fatal(err)
		}
		h := f.Heads[len(f.Heads)-1]
		note, _, _ := bytes.Cut(h.Note, []byte("\n\n"))
		cp, err := checkpoint.ParseText(string(note) + "\n")
		if err != nil {
			s.t.Fatal(err)
		}
		return f.Proof(h.Anchor), cp
	}
	var cp checkpoint.Checkpoint
	out.State, cp = take(byState)
	out.Size, out.Root = cp.Size, cp.Root[:]
	var second checkpoint.Checkpoint
	out.ByReceipt, second = take(byReceipt)
	out.ReceiptOf.Size, out.ReceiptOf.Root = second.Size, second.Root[:]
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		s.t.Fatal(err)
	}
	root, err := peers.Root()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "evidence/anchor/testdata/clique-live.json"), append(b, '\n'), 0o644); err != nil {
		s.t.Fatal(err)
	}
}
