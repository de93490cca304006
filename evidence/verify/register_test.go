package verify_test

import (
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/file"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

const began = uint64(worldtest.Start/worldtest.Second) - 1000

// book is a story whose chain keeps a register. enter changes what it holds before
// the last minute.
type book struct {
	*story
	gateway, site, signer file.ShownFact
	key                   anchor.RegisteredKey
}

func registered(t testing.TB, enter func(b *book)) *book {
	t.Helper()
	b := &book{story: &story{w: worldtest.New(t.Name())}}
	w := b.w
	w.Keep()
	b.g = w.Enrol()
	b.plan = w.Plan(b.g, 30*worldtest.Second)
	b.list = w.StatusList(1)
	site := [16]byte(b.g.Site)
	b.gateway = file.ShownFact{Kind: anchor.FactGateway, Key: b.g.Key.Public().ID()}
	b.site = file.ShownFact{Kind: anchor.FactSite, Key: anchor.SiteKey(site)}
	b.signer = file.ShownFact{Kind: anchor.FactSigner, Key: anchor.SignerKey(site, anchor.PurposePlan, w.Supervisor.Public().ID())}
	b.key = anchor.RegisteredKey{Site: site, From: began}
	w.Enter(b.gateway.Kind, b.gateway.Key, worldtest.KeyEntry(b.key))
	w.Enter(b.site.Kind, b.site.Key, worldtest.SiteEntry(anchor.RegisteredSite{Department: [16]byte{0xde}, Since: began, Open: true, Keeper: [20]byte{7}}))
	w.Enter(b.signer.Kind, b.signer.Key, worldtest.KeyEntry(b.key))
	b.minute()
	b.minute()
	if enter != nil {
		enter(b)
	}
	b.minute()
	return b
}

// set enters the gateway's key anew.
func (b *book) set(change func(k *anchor.RegisteredKey)) {
	change(&b.key)
	b.w.Enter(b.gateway.Kind, b.gateway.Key, worldtest.KeyEntry(b.key))
}

// evidence is of a reading of the last minute, with facts of the register.
func (b *book) evidence(facts ...file.ShownFact) *file.File {
	f := b.w.Export(b.g, b.last(), b.list, b.plan)
	out := f.Reading(b.batches[2], 1)
	f.Register(b.w.Show(facts...))
	return out
}

func (b *book) judged(t testing.TB, facts ...file.ShownFact) *verify.Report {
	t.Helper()
	return b.judge(t, b.evidence(facts...))
}

func detail(r *verify.Report, name string) string {
	c, _ := r.Check(name)
	return c.Detail.EN
}

func TestTheRegisterSaysWhoseGatewayItIs(t *testing.T) {
	b := registered(t, nil)
	r := b.judged(t, b.gateway, b.site, b.signer)
	want(t, r, verify.Genuine, "existed between")
	for _, part := range []string{"as of block", "the gateway's key belongs to this site since 2026-03-01 09:43:20 and is not revoked", "owned by department de0000", "may sign its coverage plans since"} {
		if !strings.Contains(detail(r, "register"), part) {
			t.Errorf("lacks %q: %s", part, detail(r, "register"))
		}
	}
	if slices.ContainsFunc(r.NotProved, func(x verify.Text) bool { return strings.Contains(x.EN, "register") }) {
		t.Error("not proved, though it is shown")
	}
	// Without it the file is as genuine, and says what it does not show.
	r = b.judge(t, b.reading(b.batches[2], 1))
	want(t, r, verify.Genuine)
	if _, ok := r.Check("register"); ok || !slices.ContainsFunc(r.NotProved, func(x verify.Text) bool { return strings.Contains(x.EN, "what the chain's register says") }) {
		tell(t, r)
		t.Error("the reader is not told that the register is not shown")
	}
}

// TestWhatTheRegisterContradictsIsNotBelieved tells each way in which the register
// does not know what the evidence says.
func TestWhatTheRegisterContradictsIsNotBelieved(t *testing.T) {
	now := func(b *book) uint64 { return uint64(b.w.Clock / worldtest.Second) }
	for name, tc := range map[string]struct {
		enter func(b *book)
		want  verify.Status
		word  string
	}{
		"unchanged":                {func(*book) {}, verify.Genuine, "not revoked"},
		"no such key":              {func(b *book) { b.w.Enter(b.gateway.Kind, b.gateway.Key, anchor.Entry{}) }, verify.Uncheckable, "does not know the gateway's key"},
		"of another site":          {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Site[0] ^= 1 }) }, verify.Uncheckable, "to another site"},
		"revoked before":           {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Revoked = now(b) }) }, verify.Uncheckable, "is revoked since"},
		"revoked for later ones":   {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Revoked = now(b) + 3600 }) }, verify.Genuine, "was revoked for what was sealed from"},
		"ended before":             {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Until = now(b) }) }, verify.Uncheckable, "validity ended"},
		"ends later":               {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Until = now(b) + 3600 }) }, verify.Genuine, "not revoked"},
		"begins later":             {func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.From = now(b) + 3600 }) }, verify.Uncheckable, "before the register's validity"},
		"a site that is not there": {func(b *book) { b.w.Enter(b.site.Kind, b.site.Key, anchor.Entry{}) }, verify.Uncheckable, "does not know the site"},
		"a site that was ended": {func(b *book) {
			b.w.Enter(b.site.Kind, b.site.Key, worldtest.SiteEntry(anchor.RegisteredSite{Department: [16]byte{1}, Since: began}))
		}, verify.Genuine, "owned by"},
		"a signer who is not there": {func(b *book) { b.w.Enter(b.signer.Kind, b.signer.Key, anchor.Entry{}) }, verify.Uncheckable, "does not know the signer"},
		"a signer who was revoked before": {func(b *book) {
			k := b.key
			k.Revoked = began + 1
			b.w.Enter(b.signer.Kind, b.signer.Key, worldtest.KeyEntry(k))
		}, verify.Uncheckable, "could not sign"},
		"a signer who was revoked later": {func(b *book) {
			k := b.key
			k.Revoked = now(b)
			b.w.Enter(b.signer.Kind, b.signer.Key, worldtest.KeyEntry(k))
		}, verify.Genuine, "may sign"},
	} {
		b := registered(t, tc.enter)
		r := b.judged(t, b.gateway, b.site, b.signer)
		if d := detail(r, "register"); r.Verdict != tc.want || !strings.Contains(d, tc.word) {
			tell(t, r)
			t.Errorf("%s: %v, want %v and %q: %s", name, r.Verdict, tc.want, tc.word, d)
		}
		want(t, r, tc.want)
	}
}

// TestARegisterIsBelievedWhereTheTrustFilePinsIt, under a sealed block that is not
// before the anchor, and for nothing that the claim does not need.
func TestARegisterIsBelievedWhereTheTrustFilePinsIt(t *testing.T) {
	b := registered(t, nil)
	text, err := file.Marshal(b.evidence(b.gateway, b.site))
	if err != nil {
		t.Fatal(err)
	}
	o := b.options()
	chain := &o.Trust.Chains[0]
	pinned := *chain.Registry
	other := pinned
	other.CodeHash[0] ^= 1
	for name, change := range map[string]func(){
		"none is pinned": func() { chain.Registry = nil }, "another contract": func() { x := pinned; x.Contract[0] ^= 1; chain.Registry = &x }, "another code": func() { chain.Registry = &other },
	} {
		change()
		if r := verify.File(text, o); r.Verdict != verify.Uncheckable {
			t.Errorf("%s: %v", name, r.Verdict)
		}
	}
	stranger := file.ShownFact{Kind: anchor.FactGateway, Key: [32]byte{1}}
	for name, f := range map[string]*file.File{
		"nothing of the gateway":  b.evidence(b.site),
		"another gateway besides": b.evidence(b.gateway, stranger),
		"another site besides":    b.evidence(b.gateway, file.ShownFact{Kind: anchor.FactSite, Key: [32]byte{1}}),
		"another signer besides":  b.evidence(b.gateway, file.ShownFact{Kind: anchor.FactSigner, Key: [32]byte{1}}),
	} {
		if r := b.judge(t, f); r.Verdict != verify.Uncheckable {
			tell(t, r)
			t.Errorf("%s: %v", name, r.Verdict)
		}
	}
	for name, change := range map[string]func(f *file.File){
		"a fact twice":  func(f *file.File) { f.Register.Facts = append(f.Register.Facts, f.Register.Facts[0]) },
		"an odd kind":   func(f *file.File) { f.Register.Facts[0].Kind = "person" },
		"no facts":      func(f *file.File) { f.Register.Facts = nil },
		"no such block": func(f *file.File) { f.Register.Block = 99 },
		"no such node":  func(f *file.File) { f.Register.Facts[0].First[0] = 9999 },
	} {
		f := b.evidence(b.gateway)
		change(f)
		if _, err := file.Marshal(f); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	// An earlier block, from before something was revoked.
	r, facts := b.w.Show(b.gateway)
	b.minute()
	late := b.w.Export(b.g, b.last(), b.list, b.plan)
	f := late.Reading(b.batches[2], 1)
	late.Register(r, facts)
	if got := b.judge(t, f); got.Verdict != verify.Uncheckable || !strings.Contains(detail(got, "register"), "before the anchor") {
		tell(t, got)
		t.Errorf("a register of before the anchor: %v", got.Verdict)
	}
}

// TestPermissionsAreToldKnownOrNot: they decide nothing about what was sealed.
func TestPermissionsAreToldKnownOrNot(t *testing.T) {
	grant, gone, elsewhere := [32]byte{1}, [32]byte{2}, [32]byte{3}
	rules := [32]byte{4}
	b := registered(t, func(b *book) {
		site := [16]byte(b.g.Site)
		b.w.Enter(anchor.FactGrant, grant, worldtest.GrantEntry(anchor.RegisteredGrant{Site: site, From: began, Until: began + 9999, Grantee: [32]byte{0xab}}))
		b.w.Enter(anchor.FactGrant, elsewhere, worldtest.GrantEntry(anchor.RegisteredGrant{Site: [16]byte{9}, From: began, Until: began + 9999, Grantee: [32]byte{0xab}}))
		e := anchor.Entry{First: [32]byte{5}}
		e.Second[31] = 3
		b.w.Enter(anchor.FactRules, rules, e)
	})
	r := b.judged(t, b.gateway, file.ShownFact{Kind: anchor.FactGrant, Key: grant}, file.ShownFact{Kind: anchor.FactGrant, Key: gone}, file.ShownFact{Kind: anchor.FactGrant, Key: elsewhere},
		file.ShownFact{Kind: anchor.FactRules, Key: rules}, file.ShownFact{Kind: anchor.FactRules, Key: gone})
	want(t, r, verify.Genuine, "permission 0100000000000000 let ab00000000000000 read this site from", "there is no permission 0200000000000000", "permission 0300000000000000 is for another site",
		"rule set 0400000000000000 is version 3", "no rule set 0200000000000000 was published")
}

// TestNoByteOfARegisterIsFree flips the nodes of a register's proofs.
func TestNoByteOfARegisterIsFree(t *testing.T) {
	b := registered(t, nil)
	f := b.evidence(b.gateway, b.site, b.signer)
	o := b.options()
	for _, at := range slices.Concat(f.Register.Account, f.Register.Facts[0].First, f.Register.Facts[1].Second, f.Register.Facts[2].First) {
		n := f.Trie[at]
		for j := 0; j < len(n); j += every() {
			n[j] ^= 1 << (j % 8)
			text, err := file.Marshal(f)
			if err == nil {
				if v := verify.File(text, o).Verdict; v != verify.Altered && v != verify.Uncheckable {
					t.Fatalf("node %d, byte %d changed, and the verdict is %v", at, j, v)
				}
			}
			n[j] ^= 1 << (j % 8)
		}
	}
}

// registerCases are the documented cases of a register.
func registerCases() map[string]func(t *testing.T) *verify.Report {
	of := func(enter func(b *book)) func(t *testing.T) *verify.Report {
		return func(t *testing.T) *verify.Report {
			b := registered(t, enter)
			return b.judged(t, b.gateway, b.site, b.signer)
		}
	}
	return map[string]func(t *testing.T) *verify.Report{
		"a gateway that the chain's register knows":          of(nil),
		"a gateway that the chain's register does not know":  of(func(b *book) { b.w.Enter(b.gateway.Kind, b.gateway.Key, anchor.Entry{}) }),
		"a gateway that the chain's register revoked before": of(func(b *book) { b.set(func(k *anchor.RegisteredKey) { k.Revoked = began + 7 }) }),
	}
}
