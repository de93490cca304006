package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify/worldtest"
)

func key(n byte) cose.Ed25519Signer {
	return cose.Ed25519Signer(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)))
}

// three is a file of three issuers, two of whom must sign.
func three(t testing.TB) *trust.File {
	t.Helper()
	w := worldtest.New("trust")
	f, err := trust.New("district", w.Facts(), trust.Time(worldtest.Start/worldtest.Second)+1000,
		map[string]cose.Signer{"a": key(1), "b": key(2), "c": key(3)}, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	f.Threshold, f.Signatures = 2, nil
	sign(t, f, 1, 2)
	return f
}

// consortium makes the file's chain one of three validators, later of two.
func consortium(f *trust.File, profile string) *trust.Chain {
	c := &f.Chains[0]
	c.Profile, c.Independence, c.Notes = profile, "consortium", nil
	c.Validators = []trust.Validators{
		{From: 1, To: 9, Accounts: []trust.Hex20{{1}, {2}, {3}}, Quorum: 2},
		{From: 10, Accounts: []trust.Hex20{{1}, {3}}},
	}
	return c
}

func TestAChainOfValidatorsReadsBack(t *testing.T) {
	f := three(t)
	plain := f.Fingerprint()
	for _, profile := range []string{"clique", "qbft", "ibft2", "ibft1"} {
		c := consortium(f, profile)
		if c.Epoch = 0; profile != "clique" {
			c.Epoch = 30000
		}
		f.Signatures = nil
		sign(t, f, 1, 2)
		b := text(t, f)
		back, err := trust.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if back.Fingerprint() != f.Fingerprint() || back.Fingerprint() == plain {
			t.Error("the fingerprint does not cover the validators")
		}
		x := back.Chains[0].Sealing()
		if string(x.Profile) != profile || x.Epoch != c.Epoch || len(x.Sets) != 2 || x.Sets[0].To != 9 || x.Sets[0].Quorum != 2 || x.Sets[1].To < 1<<50 || len(x.Sets[1].Validators) != 2 {
			t.Errorf("%+v", x)
		}
		for _, cut := range []string{`"quorum": 2`, `"to": 9`} {
			if _, err := trust.Parse(bytes.Replace(b, []byte(cut), []byte(cut[:len(cut)-1]+"0"), 1)); !errors.Is(err, trust.ErrMalformed) {
				t.Errorf("a zero that is left out elsewhere: %v", err)
			}
		}
		for i, ch := range b {
			if i%5 != 0 || strings.ContainsRune(" \n", rune(ch)) {
				continue
			}
			b[i] = ch ^ 1
			if _, err := trust.Parse(b); err == nil {
				t.Fatalf("character %d (%q) is free", i, ch)
			}
			b[i] = ch
		}
	}
}

func sign(t testing.TB, f *trust.File, by ...byte) {
	t.Helper()
	for _, n := range by {
		if err := f.Sign(key(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func text(t testing.TB, f *trust.File) []byte {
	t.Helper()
	b, err := f.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNoCharacterOfATrustFileIsFree(t *testing.T) {
	b := text(t, three(t))
	if _, err := trust.Parse(b); err != nil {
		t.Fatal(err)
	}
	for i, c := range b {
		if strings.ContainsRune(" \n", rune(c)) {
			continue
		}
		b[i] = c ^ 1
		if f, err := trust.Parse(b); err == nil {
			t.Fatalf("character %d (%q) is free: %v", i, c, f.Name)
		}
		b[i] = c
	}
}

func TestEnoughIssuersMustSign(t *testing.T) {
	f := three(t)
	fingerprint := f.Fingerprint()
	for _, tc := range []struct {
		by   []byte
		want error
	}{{nil, trust.ErrUnsigned}, {[]byte{1}, trust.ErrUnsigned}, {[]byte{1, 9}, trust.ErrUnsigned}, {[]byte{1, 3}, nil}, {[]byte{1, 2, 3}, nil}} {
		f.Signatures = nil
		sign(t, f, tc.by...)
		if _, err := trust.Parse(text(t, f)); !errors.Is(err, tc.want) {
			t.Errorf("signed by %v: %v, want %v", tc.by, err, tc.want)
		}
		if f.Fingerprint() != fingerprint {
			t.Error("a signature changed the fingerprint")
		}
	}
}

// TestTheNextVersionIsBelievedIfEnoughOfTheOldIssuersSigned it.
func TestTheNextVersionIsBelievedIfEnoughOfTheOldIssuersSigned(t *testing.T) {
	old := three(t)
	next := *old
	next.Version, next.Predecessor, next.Signatures = 2, old.Fingerprint(), nil
	next.Issuers = []trust.Issuer{{Name: "d", Key: trust.Key{Key: key(4).Public()}}}
	next.Threshold = 1
	for _, tc := range []struct {
		by []byte
		ok bool
	}{{[]byte{4}, false}, {[]byte{4, 1}, false}, {[]byte{4, 1, 3}, true}} {
		next.Signatures = nil
		sign(t, &next, tc.by...)
		f, err := trust.Parse(text(t, &next))
		if err != nil {
			t.Fatal(err)
		}
		if err := old.Follows(f); (err == nil) != tc.ok {
			t.Errorf("signed by %v: %v", tc.by, err)
		}
	}
	other := next
	other.Predecessor, other.Signatures = strings.Repeat("0", 64), nil
	sign(t, &other, 4, 1, 2)
	if old.Follows(&other) == nil {
		t.Error("a version that names another predecessor")
	}
}

func TestWhatContradictsItselfIsRefused(t *testing.T) {
	for name, change := range map[string]func(*trust.File){
		"format":              func(f *trust.File) { f.Format = "x" },
		"no name":             func(f *trust.File) { f.Name = "" },
		"version 0":           func(f *trust.File) { f.Version = 0 },
		"version 2, no past":  func(f *trust.File) { f.Version = 2 },
		"ends before begins":  func(f *trust.File) { f.Until = f.From },
		"threshold 0":         func(f *trust.File) { f.Threshold = 0 },
		"threshold above":     func(f *trust.File) { f.Threshold = 4 },
		"issuer twice":        func(f *trust.File) { f.Issuers[1].Key = f.Issuers[0].Key },
		"log twice":           func(f *trust.File) { f.Logs = append(f.Logs, f.Logs[0]) },
		"log of other name":   func(f *trust.File) { f.Logs[0].Origin = "other" },
		"log of no chain":     func(f *trust.File) { f.Logs[0].Chain++ },
		"chain twice":         func(f *trust.File) { f.Chains = append(f.Chains, f.Chains[0]) },
		"embedded consortium": func(f *trust.File) { f.Chains[0].Independence = "consortium" },
		"unknown word":        func(f *trust.File) { f.Chains[0].Independence = "independent" },
		"embedded, no notes":  func(f *trust.File) { f.Chains[0].Notes = nil },
		"notes on another":    func(f *trust.File) { f.Chains[0].Profile = "qbft" },
		"sealed by nobody": func(f *trust.File) {
			f.Chains[0].Profile, f.Chains[0].Notes, f.Chains[0].Independence = "qbft", nil, "consortium"
		},
		"validators, embedded": func(f *trust.File) {
			plain := f.Chains[0]
			plain.Validators = consortium(f, "qbft").Validators
			f.Chains[0] = plain
		},
		"epoch, embedded":     func(f *trust.File) { f.Chains[0].Epoch = 1 },
		"validators, unknown": func(f *trust.File) { consortium(f, "poa") },
		"epoch on Clique":     func(f *trust.File) { consortium(f, "clique").Epoch = 30000 },
		"validator twice": func(f *trust.File) {
			v := consortium(f, "qbft").Validators
			v[0].Accounts[1] = v[0].Accounts[0]
		},
		"out of order": func(f *trust.File) {
			a := consortium(f, "qbft").Validators[0].Accounts
			a[0], a[1] = a[1], a[0]
		},
		"no end, not last":   func(f *trust.File) { consortium(f, "qbft").Validators[0].To = 0 },
		"ranges overlap":     func(f *trust.File) { consortium(f, "qbft").Validators[1].From = 9 },
		"the genesis sealed": func(f *trust.File) { consortium(f, "qbft").Validators[0].From = 0 },
		"quorum of half":     func(f *trust.File) { consortium(f, "qbft").Validators[0].Quorum = 1 },
		"quorum above all":   func(f *trust.File) { consortium(f, "qbft").Validators[0].Quorum = 4 },
		"quorum of none":     func(f *trust.File) { f.Logs[0].Quorum = 1 },
	} {
		f := three(t)
		f.Logs, f.Chains = append([]trust.Log{}, f.Logs...), append([]trust.Chain{}, f.Chains...)
		change(f)
		if _, err := f.Marshal(); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFactsAreBelievedByNobodyAndReadStrictly(t *testing.T) {
	b, err := worldtest.New("facts").Facts().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.ParseFacts(b); err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Parse(b); err == nil {
		t.Error("facts pass for a trust file")
	}
	if _, err := trust.ParseFacts(bytes.Replace(b, []byte(`"since"`), []byte(`"x": 1, "since"`), 1)); err == nil {
		t.Error("an unknown key")
	}
}

// FuzzParse: a trust file that reads writes to one that reads the same.
func FuzzParse(f *testing.F) {
	x := three(f)
	f.Add(text(f, x))
	consortium(x, "qbft")
	x.Signatures = nil
	sign(f, x, 1, 2)
	f.Add(text(f, x))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := trust.Parse(b)
		if err != nil {
			return
		}
		out, err := x.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := trust.Parse(out)
		if err != nil || back.Fingerprint() != x.Fingerprint() {
			t.Fatalf("%s %v", out, err)
		}
	})
}

// FuzzParseFacts: the same for facts.
func FuzzParseFacts(f *testing.F) {
	b, err := worldtest.New("facts").Facts().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := trust.ParseFacts(b)
		if err != nil {
			return
		}
		out, err := x.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trust.ParseFacts(out); err != nil {
			t.Fatal(err)
		}
	})
}

// TestARenewedKeyIsValidInEachOfItsIntervals: an authority keeps its key and is
// listed again for the next years.
func TestARenewedKeyIsValidInEachOfItsIntervals(t *testing.T) {
	k := key(1).Public()
	list := []trust.Signer{
		{Name: "authority", Key: trust.Key{Key: k}, From: 100, Until: 200},
		{Name: "authority, renewed", Key: trust.Key{Key: k}, From: 300, Until: 400},
	}
	for at, want := range map[int64]string{99: "", 100: "authority", 199: "authority", 200: "", 250: "", 300: "authority, renewed", 399: "authority, renewed", 400: ""} {
		s, found, valid := trust.Find(list, k.ID(), at*1_000_000)
		if !found || valid != (want != "") || valid && s.Name != want {
			t.Errorf("at %d: %q, found %v, valid %v", at, s.Name, found, valid)
		}
	}
	if _, found, _ := trust.Find(list, key(2).Public().ID(), 150*1_000_000); found {
		t.Error("a key that is not listed was found")
	}
}
