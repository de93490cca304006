package accounts

import (
	"slices"
	"testing"

	"fieldseal/evidence/batch"
)

func TestOperatorReadsNoContent(t *testing.T) {
	for _, r := range []Resource{Reading, Evidence, Alarm, Search} {
		for _, a := range Actions() {
			if Allows(Operator, a, r) {
				t.Errorf("an operator may %s %s", a, r)
			}
		}
	}
}

func TestCompanyRemovesNothingOfTheSite(t *testing.T) {
	for _, r := range Resources() {
		if r != Self && r != Token && r != Certificate && (Allows(Company, Remove, r) || Allows(Company, Change, r)) {
			t.Errorf("a company may change or remove %s", r)
		}
	}
	if !Allows(Company, Add, AlarmStatement) || Allows(Company, Add, Acknowledgement) {
		t.Error("a company adds statements and acknowledges nothing")
	}
}

func TestAuditorAndLocalReaderChangeNothing(t *testing.T) {
	for _, role := range []Role{Auditor, Local, Public} {
		for _, r := range Resources() {
			for _, a := range []Action{Add, Change, Remove} {
				if r != Self && r != Token && r != Certificate && Allows(role, a, r) {
					t.Errorf("%s may %s %s", role, a, r)
				}
			}
		}
	}
}

func TestWhoHasNotSignedInMayNothing(t *testing.T) {
	for cell, roles := range table {
		if slices.Contains(roles, Nobody) {
			t.Errorf("nobody may %s %s", cell.Action, cell.Resource)
		}
	}
	if v := From(t.Context()); v.SignedIn() || v.SeesAll() || v.Sees(batch.ID{1}) || len(v.Rights()) != 0 {
		t.Error("a context without a viewer has rights")
	}
}

// atlas places sites by their first byte.
type atlas map[byte]Place

func (a atlas) Place(site batch.ID) Place { return a[site[0]] }

func TestScopeCutsBusinessDistrictAndSite(t *testing.T) {
	places := atlas{
		1: {"north-yard", Construction, "pudong"},
		2: {"cold-store", Food, "pudong"},
		3: {"south-yard", Construction, "xuhui"},
		4: {"unplaced", "", ""},
	}
	for _, c := range []struct {
		name  string
		scope Scope
		sees  []byte
	}{
		{"everywhere", Scope{}, []byte{1, 2, 3, 4, 5}},
		{"one business", Scope{Businesses: []Business{Construction}}, []byte{1, 3}},
		{"one district", Scope{Districts: []string{"pudong"}}, []byte{1, 2}},
		{"business in a district", Scope{Businesses: []Business{Food}, Districts: []string{"pudong"}}, []byte{2}},
		{"a site in another district", Scope{Districts: []string{"xuhui"}, Sites: []string{"north-yard"}}, nil},
		{"one site", Scope{Sites: []string{"unplaced"}}, []byte{4}},
	} {
		v := NewViewer("x", Inspector, c.scope, places)
		for site := byte(1); site <= 5; site++ {
			if got, want := v.Sees(batch.ID{site}), slices.Contains(c.sees, site); got != want {
				t.Errorf("%s: site %d seen: %v", c.name, site, got)
			}
		}
	}
}

func TestNarrowerScopeNeverHoldsMore(t *testing.T) {
	lists := [][]string{nil, {"a"}, {"b"}, {"a", "b"}}
	var all []Scope
	for _, d := range lists {
		for _, s := range lists {
			all = append(all, Scope{Districts: d, Sites: s})
		}
	}
	for _, inner := range all {
		for _, outer := range all {
			if !inner.Within(&outer) {
				continue
			}
			for _, d := range []string{"", "a", "b", "c"} {
				for _, s := range []string{"", "a", "b", "c"} {
					if p := (Place{Site: s, District: d}); inner.Holds(p) && !outer.Holds(p) {
						t.Errorf("%+v is within %+v and holds %+v", inner, outer, p)
					}
				}
			}
		}
	}
}
