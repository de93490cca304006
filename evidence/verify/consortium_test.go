package verify_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// consorted is a story whose chain four validators seal. On Clique a gateway hears
// of a block once others stand on it, and so is an anchor shown.
func consorted(t testing.TB, p anchor.Profile, minutes int) *story {
	t.Helper()
	w := worldtest.New(t.Name())
	w.Consort(p, 4)
	s := &story{w: w, g: w.Enrol()}
	s.plan = w.Plan(s.g, 30*worldtest.Second)
	s.list = w.StatusList(1)
	for range minutes {
		s.minute()
		s.confirm()
	}
	return s
}

func (s *story) confirm() {
	for range 3 {
		s.w.Mine()
	}
}

func TestAnAnchorThatAConsortiumSealedIsFinal(t *testing.T) {
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		t.Run(string(p), func(t *testing.T) {
			s := consorted(t, p, 4)
			r := s.judge(t, s.reading(s.batches[3], 1))
			want(t, r, verify.Genuine, "existed between")
			if r.Independence != "consortium" || r.Subject.Anchor != "final" || strings.Contains(r.Sentence.EN, "local") || r.Subject.Lower == 0 {
				tell(t, r)
				t.Errorf("independence %q, anchor %q", r.Independence, r.Subject.Anchor)
			}
			if x := r.Subject.Seals; x == nil || x.Needed != 3 || x.Of != 4 || len(x.By) != 3 || len(x.By[0].Account) != 40 || x.Chain != s.w.ChainID || x.Block == 0 {
				t.Errorf("seals %+v", x)
			}
			for _, c := range r.Checks {
				if c.Name == "anchor" && (!strings.Contains(c.Detail.EN, "final, a consortium's chain, independent of the log's operator: ") || !strings.Contains(c.Detail.EN, "; 3 of 4 validators, 3 needed") ||
					!strings.Contains(c.Detail.ZH, "联盟链，独立于日志运营方") || !strings.Contains(c.Detail.ZH, "4 个验证者中的 3 个，至少需 3 个")) {
					t.Error(c.Detail)
				}
			}
			if !slices.ContainsFunc(r.NotProved, func(x verify.Text) bool { return strings.Contains(x.EN, "against 3 of the chain's 4 validators") }) {
				t.Error("the reader is not told whom he believes")
			}
			from := worldtest.Start + worldtest.Minute
			ranged := s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, from+worldtest.Minute, s.batches...)
			want(t, s.judge(t, ranged), verify.Genuine, "nothing is missing")
		})
	}
}

// TestWhoSealedIsNamed: organisations of the trust file stand beside the addresses,
// in words and for screens; an account without a name counts as one with.
func TestWhoSealedIsNamed(t *testing.T) {
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		s := consorted(t, p, 3)
		text, err := file.Marshal(s.reading(s.batches[2], 1))
		if err != nil {
			t.Fatal(err)
		}
		o := s.options()
		c := &o.Trust.Chains[0]
		names := []string{"市监局", "Builder", "Court"}
		for i, n := range names {
			c.Name(c.Validators[0].Accounts[i], n)
		}
		r := verify.File(text, o)
		want(t, r, verify.Genuine)
		anchored, _ := r.Check("anchor")
		named := 0
		for _, x := range r.Subject.Seals.By {
			short := "0x" + x.Account[:8] + "…"
			if x.Name == "" {
				continue
			}
			named++
			if !strings.Contains(anchored.Detail.EN, x.Name+" ("+short+")") || !strings.Contains(anchored.Detail.ZH, x.Name+"（"+short+"）") {
				t.Errorf("%s: %s is not told: %v", p, x.Name, anchored.Detail)
			}
		}
		if verb := map[anchor.Profile]string{anchor.QBFT: "sealed by", anchor.Clique: "built on by"}[p]; named < 2 || !strings.Contains(anchored.Detail.EN, verb) {
			t.Errorf("%s: %d named: %s", p, named, anchored.Detail.EN)
		}
		b, err := r.JSON(verify.Chinese)
		if err != nil || !strings.Contains(string(b), `"name": "Court"`) && !strings.Contains(string(b), `"name": "Builder"`) {
			t.Errorf("%s %v", b, err)
		}
	}
}

// TestWhatATrustFileDoesNotPinIsNotFinal changes what is believed of the chain.
func TestWhatATrustFileDoesNotPinIsNotFinal(t *testing.T) {
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		s := consorted(t, p, 3)
		text, err := file.Marshal(s.reading(s.batches[2], 1))
		if err != nil {
			t.Fatal(err)
		}
		o := s.options()
		chain := &o.Trust.Chains[0]
		whole := *chain
		v := whole.Validators[0]
		exchanged := v
		exchanged.Accounts = slices.Clone(v.Accounts)
		for i := range exchanged.Accounts[:2] {
			exchanged.Accounts[i][19] ^= 1
		}
		all, late := v, v
		all.Quorum, late.From = 4, 100
		for name, set := range map[string][]trust.Validators{"none": nil, "others": {exchanged}, "a quorum of all": {all}, "later blocks": {late}} {
			chain.Validators = set
			if r := verify.File(text, o); r.Verdict != verify.Uncheckable {
				tell(t, r)
				t.Errorf("%s, validators pinned: %s: %v", p, name, r.Verdict)
			}
			chain.Validators = whole.Validators
		}
		for _, other := range []string{"qbft", "clique", "ibft2", "ibft1", "embedded", "poa"} {
			chain.Profile = other
			if r := verify.File(text, o); other != string(p) && r.Verdict != verify.Uncheckable && r.Verdict != verify.Altered {
				t.Errorf("%s as %s: %v", p, other, r.Verdict)
			}
		}
		chain.Profile = whole.Profile
		chain.Independence = "local"
		if r := verify.File(text, o); r.Verdict != verify.Genuine || r.Independence != "local" || r.Subject.Anchor != "local" {
			t.Errorf("%s, run by the operator alone: %v %s", p, r.Verdict, r.Independence)
		}
	}
}

// TestNoByteOfASealedBlockIsFree flips bytes of the blocks, of the headers on
// top and of those that show a change; evidence/anchor flips every single one.
func TestNoByteOfASealedBlockIsFree(t *testing.T) {
	step := 7 * every()
	for _, p := range []anchor.Profile{anchor.QBFT, anchor.Clique} {
		s := consorted(t, p, 2)
		var change [][]byte
		if p == anchor.QBFT {
			change = s.w.VoteIn()
			s.minute()
		}
		f := s.reading(s.batches[len(s.batches)-1], 1)
		if change != nil {
			f.Changes = []file.Change{{Headers: change}}
		}
		want(t, s.judge(t, f), verify.Genuine)
		o := s.options()
		var parts [][]byte
		for i := range f.Blocks {
			parts = append(append(parts, f.Blocks[i].Header), f.Blocks[i].After...)
		}
		// One header may stand in two places, and then in one memory.
		parts = append(parts, change...)
		for i, b := range parts {
			for j := i % step; j < len(b); j += step {
				b[j] ^= 1 << (j % 8)
				text, err := file.Marshal(f)
				if err == nil {
					if v := verify.File(text, o).Verdict; v != verify.Altered && v != verify.Uncheckable {
						t.Fatalf("%s: header %d, byte %d changed, and the verdict is %v", p, i, j, v)
					}
				}
				b[j] ^= 1 << (j % 8)
			}
		}
	}
}

// TestASetIsFollowedThroughTheVotesThatChangedIt: the trust file pins four, a fifth
// joined since.
func TestASetIsFollowedThroughTheVotesThatChangedIt(t *testing.T) {
	s := consorted(t, anchor.QBFT, 2)
	before := s.reading(s.batches[1], 1)
	first := s.w.VoteIn()
	s.minute()
	second := s.w.VoteIn()
	s.minute()
	export := func(runs ...[][]byte) *file.File {
		f := s.reading(s.batches[3], 1)
		for _, r := range runs {
			f.Changes = append(f.Changes, file.Change{Headers: r})
		}
		return f
	}
	want(t, s.judge(t, before), verify.Genuine)
	r := s.judge(t, export(first, second))
	want(t, r, verify.Genuine)
	if r.Subject.Anchor != "final" || !slices.ContainsFunc(r.Checks, func(c verify.Check) bool {
		return strings.Contains(c.Detail.EN, "; 4 of 6 validators, 4 needed")
	}) {
		tell(t, r)
		t.Error("not sealed by the set of now")
	}
	for name, f := range map[string]*file.File{"no change shown": export(), "the first alone": export(first), "the second alone": export(second),
		"turned round": export(second, first), "one twice": export(first, first, second), "a vote short": export(first[1:], second), "the end cut off": export(first[:2], second)} {
		if r := s.judge(t, f); r.Verdict != verify.Uncheckable && r.Verdict != verify.Altered {
			tell(t, r)
			t.Errorf("%s: %v", name, r.Verdict)
		}
	}
	before.Changes = []file.Change{{Headers: first}}
	if r := s.judge(t, before); r.Verdict != verify.Uncheckable {
		t.Errorf("a change that nothing needs: %v", r.Verdict)
	}
}

// TestABlockStandsInTheFileOnce: with its seals in another order it is still itself.
func TestABlockStandsInTheFileOnce(t *testing.T) {
	s := consorted(t, anchor.QBFT, 3)
	f := s.reading(s.batches[2], 1)
	const seal = 67 // 65 bytes and their prefix
	h := bytes.Clone(f.Blocks[0].Header)
	at := len(h) - 32 - 1 - 9 - 2 - 32 // withdrawals, base fee, nonce, mix hash: extraData ends before
	for ; at > 0; at-- {
		swapped := bytes.Clone(h)
		copy(swapped[at-2*seal:at-seal], h[at-seal:at])
		copy(swapped[at-seal:at], h[at-2*seal:at-seal])
		if _, err := (anchor.Block{Header: swapped}).Verify(s.w.Trust().Chains[0].Sealing()); err == nil && !bytes.Equal(swapped, h) {
			f.Blocks = append(f.Blocks, file.Block{Header: swapped})
			break
		}
		if at < len(h)-200 {
			t.Fatal("the seals were not found")
		}
	}
	if r := s.judge(t, f); r.Verdict != verify.Uncheckable {
		tell(t, r)
		t.Error(r.Verdict)
	}
}

func TestAHeaderOnTopIsNeededAndNoMore(t *testing.T) {
	s := consorted(t, anchor.Clique, 3)
	s.confirm()
	for name, change := range map[string]func(b *file.Block){
		"none":        func(b *file.Block) { b.After = nil },
		"one less":    func(b *file.Block) { b.After = b.After[:2] },
		"one more":    func(b *file.Block) { b.After = append(slices.Clone(b.After), bytes.Clone(b.After[0])) },
		"turned":      func(b *file.Block) { b.After = []([]byte){b.After[1], b.After[0], b.After[2]} },
		"of another":  func(b *file.Block) { b.After = s.w.Block(4).After },
		"an empty":    func(b *file.Block) { b.After = append(slices.Clone(b.After), nil) },
		"with a note": func(b *file.Block) { b.Note = []byte("note") },
	} {
		f := s.reading(s.batches[2], 1)
		change(&f.Blocks[f.Heads[0].Anchor.Block])
		text, err := file.Marshal(f)
		if err != nil {
			continue // not even a file
		}
		if v := verify.File(text, s.options()).Verdict; v != verify.Uncheckable && v != verify.Altered {
			t.Errorf("%s: %v", name, v)
		}
	}
}

// TestALowerBoundGoesThroughTheSameSeals: a block that a batch names is judged as
// an anchor's is.
func TestALowerBoundGoesThroughTheSameSeals(t *testing.T) {
	s := consorted(t, anchor.QBFT, 3)
	f := s.reading(s.batches[2], 1)
	at := slices.IndexFunc(f.Blocks, func(b file.Block) bool {
		h, err := anchor.HeaderHash(anchor.QBFT, b.Header)
		return err == nil && *s.batches[2].Block == (batch.Block{Number: s.batches[2].Block.Number, Hash: h})
	})
	if at < 0 {
		t.Fatal("the named block is not in the file")
	}
	// The seals of a BFT chain stand outside its hash: another block's, for instance.
	other := s.w.Block(2).Header
	if at == f.Heads[0].Anchor.Block {
		t.Fatal("one block serves both bounds")
	}
	h := bytes.Clone(f.Blocks[at].Header)
	copy(h[len(h)-200:], other[len(other)-200:])
	f.Blocks[at].Header = h
	r := s.judge(t, f)
	if r.Verdict != verify.Altered {
		tell(t, r)
		t.Errorf("%v", r.Verdict)
	}
}

// consortiumCases are the documented cases of a chain that a consortium seals.
func consortiumCases() map[string]func(t *testing.T) *verify.Report {
	judge := func(t *testing.T, p anchor.Profile, change func(s *story, f *file.File, c *trust.Chain)) *verify.Report {
		s := consorted(t, p, 3)
		f, o := s.reading(s.batches[2], 1), s.options()
		change(s, f, &o.Trust.Chains[0])
		text, err := file.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return verify.File(text, o)
	}
	shown := func(f *file.File) *file.Block { return &f.Blocks[f.Heads[0].Anchor.Block] }
	return map[string]func(t *testing.T) *verify.Report{
		"anchored by a consortium": func(t *testing.T) *verify.Report {
			return judge(t, anchor.QBFT, func(*story, *file.File, *trust.Chain) {})
		},
		"anchored by a consortium that has grown since": func(t *testing.T) *verify.Report {
			return judge(t, anchor.QBFT, func(s *story, f *file.File, _ *trust.Chain) {
				run := s.w.VoteIn()
				s.minute()
				*f = *s.reading(s.batches[3], 1)
				f.Changes = []file.Change{{Headers: run}}
			})
		},
		"validators that the trust file does not name": func(t *testing.T) *verify.Report {
			return judge(t, anchor.QBFT, func(_ *story, _ *file.File, c *trust.Chain) {
				for i := range c.Validators[0].Accounts {
					c.Validators[0].Accounts[i][0] ^= 1
				}
			})
		},
		"fewer seals than the quorum": func(t *testing.T) *verify.Report {
			return judge(t, anchor.QBFT, func(_ *story, _ *file.File, c *trust.Chain) { c.Validators[0].Quorum = 4 })
		},
		"a block that too few have built on": func(t *testing.T) *verify.Report {
			return judge(t, anchor.Clique, func(_ *story, f *file.File, _ *trust.Chain) { shown(f).After = shown(f).After[:2] })
		},
		"a sealed block with one bit changed": func(t *testing.T) *verify.Report {
			return judge(t, anchor.QBFT, func(_ *story, f *file.File, _ *trust.Chain) { shown(f).Header[100] ^= 1 })
		},
	}
}
