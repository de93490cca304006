package trust_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/trust"
)

// next is the version after f, signed by some.
func next(t testing.TB, f *trust.File, by ...byte) *trust.File {
	t.Helper()
	n := f.Next()
	n.Bound++ // something changed
	sign(t, n, by...)
	return n
}

func TestAVersionFollowsTheOneBeforeItAndNoOther(t *testing.T) {
	one := three(t)
	two := next(t, one, 1, 3)
	three := next(t, two, 2, 3)
	if got, err := trust.Versions(two, three, one); err != nil || len(got) != 3 || got[0] != three || got[2] != one {
		t.Fatalf("%v %v", got, err)
	}
	for name, tc := range map[string]struct {
		files []*trust.File
		want  error
	}{
		"a gap":                            {[]*trust.File{one, three}, trust.ErrSuccession},
		"one twice":                        {[]*trust.File{one, two, two}, trust.ErrSuccession},
		"two for one":                      {[]*trust.File{one, two, next(t, one, 1, 2)}, trust.ErrSuccession},
		"of another file":                  {[]*trust.File{func() *trust.File { n := one.Next(); n.Bound += 7; sign(t, n, 1, 2); return n }(), three}, trust.ErrSuccession},
		"too few of the issuers before":    {[]*trust.File{one, next(t, one, 1)}, trust.ErrUnsigned},
		"none of the issuers before":       {[]*trust.File{one, next(t, one, 8, 9)}, trust.ErrUnsigned},
		"one issuer and a stranger":        {[]*trust.File{one, next(t, one, 1, 9)}, trust.ErrUnsigned},
		"an older one signed by too few":   {[]*trust.File{one, next(t, one, 2), three}, trust.ErrUnsigned},
		"changed after it was signed":      {[]*trust.File{one, func() *trust.File { n := next(t, one, 1, 2); n.Bound++; return n }()}, nil},
		"a signature of another version":   {[]*trust.File{one, func() *trust.File { n := next(t, one); n.Signatures = one.Signatures; return n }()}, nil},
		"the fingerprint of another":       {[]*trust.File{one, func() *trust.File { n := one.Next(); n.Predecessor = two.Fingerprint(); sign(t, n, 1, 2); return n }()}, trust.ErrSuccession},
		"a serial that counts by two":      {[]*trust.File{one, func() *trust.File { n := one.Next(); n.Version++; sign(t, n, 1, 2); return n }()}, trust.ErrSuccession},
		"a serial that stays":              {[]*trust.File{one, func() *trust.File { n := one.Next(); n.Version--; sign(t, n, 1, 2); return n }()}, trust.ErrSuccession},
		"version 1 with a past, as a next": {[]*trust.File{one, one}, trust.ErrSuccession},
	} {
		if _, err := trust.Versions(tc.files...); err == nil || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestAnIssuerSignsAVersionOnce(t *testing.T) {
	f := three(t)
	if err := f.Sign(key(1)); !errors.Is(err, trust.ErrTwice) {
		t.Error(err)
	}
	f.Signatures = append(f.Signatures, f.Signatures[0])
	if _, err := trust.Parse(text(t, f)); !errors.Is(err, trust.ErrMalformed) {
		t.Errorf("one signature written twice: %v", err)
	}
}

// TestADraftIsBelievedByNobody: it reads while signatures are missing, and says how many.
func TestADraftIsBelievedByNobody(t *testing.T) {
	f := three(t)
	f.Signatures = nil
	for n := range byte(3) {
		b := text(t, f)
		d, err := trust.ParseDraft(b)
		if err != nil || d.Signed() != int(n) || d.Fingerprint() != f.Fingerprint() {
			t.Fatalf("%d signatures: %v", n, err)
		}
		if _, err := trust.Parse(b); (err == nil) != (n >= 2) {
			t.Errorf("%d signatures: %v", n, err)
		}
		sign(t, f, n+1)
	}
	b := bytes.Replace(text(t, f), []byte(`"bound": 900`), []byte(`"bound": 901`), 1)
	if _, err := trust.ParseDraft(b); err == nil || errors.Is(err, trust.ErrMalformed) {
		t.Errorf("a draft changed after a signature: %v", err)
	}
}

func TestTheNextVersionSharesNothingWithTheOld(t *testing.T) {
	f := three(t)
	before := f.Fingerprint()
	n := f.Next()
	n.Issuers[0].Name, n.Logs[0].Interval, n.Chains[0].ID = "other", 7, 7
	n.Authorities[0].Until++
	if f.Fingerprint() != before || n.Version != 2 || n.Predecessor != before || len(n.Signatures) != 0 {
		t.Errorf("%+v", n)
	}
}

// TestOrganisationsAndRegistryAreUnderTheFingerprint, and name accounts that seal.
func TestOrganisationsAndRegistryAreUnderTheFingerprint(t *testing.T) {
	f := three(t)
	c := consortium(f, "qbft")
	plain := f.Fingerprint()
	c.Organisations = []trust.Organisation{{Account: trust.Hex20{1}, Name: "District office"}, {Account: trust.Hex20{3}, Name: "Court"}}
	named := f.Fingerprint()
	c.Registry = &trust.Registry{Contract: trust.Hex20{9}, CodeHash: trust.Hex32{8}}
	if f.Fingerprint() == named || named == plain {
		t.Error("the fingerprint does not cover them")
	}
	f.Signatures = nil
	sign(t, f, 1, 2)
	back, err := trust.Parse(text(t, f))
	if err != nil {
		t.Fatal(err)
	}
	x := &back.Chains[0]
	if x.NameOf([20]byte{3}) != "Court" || x.NameOf([20]byte{2}) != "" || x.Registry == nil || x.Registry.CodeHash[0] != 8 {
		t.Errorf("%+v", x)
	}
	ok := slices.Clone(c.Organisations)
	for name, orgs := range map[string][]trust.Organisation{
		"out of order":   {ok[1], ok[0]},
		"twice":          {ok[0], ok[0]},
		"seals nothing":  {{Account: trust.Hex20{4}, Name: "Stranger"}},
		"without a name": {{Account: trust.Hex20{1}}},
		"a long name":    {{Account: trust.Hex20{1}, Name: strings.Repeat("x", 129)}},
		"too many":       make([]trust.Organisation, trust.MaxList+1),
	} {
		c.Organisations = orgs
		if _, err := f.Marshal(); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAWitnessKeyIsNoLogsKey: no log signs its checkpoints by the rules of a cosignature.
func TestAWitnessKeyIsNoLogsKey(t *testing.T) {
	witness := func(name string) trust.NoteKey {
		k := key(5)
		raw := append([]byte{4}, k.Public().Raw...)
		text := fmt.Sprintf("%s+%s+%s", name, "00000000", base64.StdEncoding.EncodeToString(raw))
		_, err := trust.ParseNoteKey(text)
		_, hash, ok := strings.Cut(err.Error(), "its hash is ")
		if !ok {
			t.Fatal(err)
		}
		n, err := trust.ParseNoteKey(strings.Replace(text, "00000000", hash, 1))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	f := three(t)
	good := f.Logs[0].Key
	f.Logs[0].Witnesses = []trust.NoteKey{witness("witness.example/w")}
	if _, err := f.Marshal(); err != nil {
		t.Fatalf("a witness: %v", err)
	}
	f.Logs[0].Key = witness(f.Logs[0].Origin)
	if _, err := f.Marshal(); !errors.Is(err, trust.ErrMalformed) || !strings.Contains(err.Error(), "witness") {
		t.Errorf("as the log's key: %v", err)
	}
	f.Logs[0].Key = good
	f.Chains[0].Notes = append(f.Chains[0].Notes, witness("other/chain"))
	if _, err := f.Marshal(); !errors.Is(err, trust.ErrMalformed) {
		t.Errorf("as a note key: %v", err)
	}
}
