package accounts

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
)

// ledger is a register of permissions: what stands on the chain, and what it said last.
type ledger struct {
	chain, said map[Permitted]bool
	away        error
}

func (l *ledger) Ask(_ context.Context, of []Permitted) error {
	for _, p := range of {
		if l.away == nil {
			l.said[p] = l.chain[p]
		}
	}
	return l.away
}

func (l *ledger) Stands(p Permitted) bool { return l.said[p] }

func TestASiteBoundToAPermissionIsSeenWhileItStands(t *testing.T) {
	d := newDesk(t)
	l := &ledger{chain: map[Permitted]bool{}, said: map[Permitted]bool{}}
	g, err := ParseGrant("north-yard=0x" + strings.Repeat("0a", 32))
	if err != nil {
		t.Fatal(err)
	}
	d.add("court.li", Inspector, Scope{Sites: []string{"north-yard", "cold-store"}, Grants: []Grant{g}})
	u, _ := d.Get("court.li")
	if len(u.Reader) != 64 || u.reader() == [32]byte{} {
		t.Fatalf("reader %q", u.Reader)
	}
	site := func(slug string) (batch.ID, bool) { return batch.ID{1}, slug == "north-yard" }
	permitted := Permitted{Grant: g.key(), Site: batch.ID{1}, Reader: u.reader()}
	cookie, v := d.signIn("court.li")
	if err := v.Ask(t.Context()); err != nil || v.Sees(batch.ID{1}) || !v.Sees(batch.ID{2}) {
		t.Fatal("a notary without a register: the bound site is hidden, the other is not", err)
	}
	d.o.Grants, d.o.SiteOf = l, site
	request := func() *Viewer {
		t.Helper()
		v, err := d.BySession(cookie, "192.0.2.1")
		if err == nil {
			err = v.Ask(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if !v.Sees(batch.ID{2}) {
			t.Fatal("the site that is bound to nothing")
		}
		return v
	}
	if request().Sees(batch.ID{1}) {
		t.Fatal("seen before there is a permission")
	}
	l.chain[permitted] = true
	if v, ok := d.Now("court.li", Read, Reading); !ok || v.Sees(batch.ID{1}) {
		t.Fatal("what goes on in the account's name asks by itself")
	}
	if !request().Sees(batch.ID{1}) {
		t.Fatal("hidden although the permission stands")
	}
	if v, ok := d.Now("court.li", Read, Reading); !ok || !v.Sees(batch.ID{1}) {
		t.Fatal("what goes on in the account's name does not go by what was said")
	}
	if all := d.Permitted(); len(all) != 1 || all[0] != permitted {
		t.Fatalf("to be asked for: %+v", all)
	}
	open := request() // a stream
	delete(l.chain, permitted)
	if request().Sees(batch.ID{1}) || open.Sees(batch.ID{1}) {
		t.Fatal("seen by a permission that was taken back")
	}
	l.away = errors.New("away")
	if err := open.Ask(t.Context()); !errors.Is(err, l.away) {
		t.Fatal(err)
	}
	d.restart()
	d.o.Grants, d.o.SiteOf, l.away = l, site, nil
	l.chain[permitted] = true
	if !request().Sees(batch.ID{1}) {
		t.Fatal("forgotten by a restart")
	}
	if err := d.Disable(root, "court.li", true); err != nil || len(d.Permitted()) != 0 {
		t.Fatal("a disabled account's permissions are asked for", err)
	}
}

// TestAScopeWithAPermissionOpensNothingByItself, to whoever makes a viewer of it.
func TestAScopeWithAPermissionOpensNothingByItself(t *testing.T) {
	v := NewViewer("x", Inspector, Scope{Sites: []string{"a"}, Grants: []Grant{{Site: "a", ID: strings.Repeat("1", 64)}}}, atlas{1: {Site: "a"}})
	if v.Sees(batch.ID{1}) {
		t.Error("seen")
	}
}

func TestGrantsAreHeldToTheirForm(t *testing.T) {
	id := strings.Repeat("b", 64)
	for _, text := range []string{"", "north-yard", "north-yard=", "north-yard=12", "North=" + id, "north-yard=" + id[1:] + "g", "north-yard=" + id + "00"} {
		if _, err := ParseGrant(text); err == nil {
			t.Errorf("%q passes", text)
		}
	}
	for name, s := range map[string]Scope{
		"no such site": {Sites: []string{"a"}, Grants: []Grant{{"b", id}}},
		"twice":        {Sites: []string{"a"}, Grants: []Grant{{"a", id}, {"a", strings.Repeat("c", 64)}}},
		"upper case":   {Sites: []string{"a"}, Grants: []Grant{{"a", strings.ToUpper(id)}}},
	} {
		if err := s.check(Inspector); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	bound := Scope{Sites: []string{"a", "b"}, Grants: []Grant{{"a", id}}}
	for name, c := range map[string]struct {
		inner Scope
		want  bool
	}{
		"the same":           {bound, true},
		"only the unbound":   {Scope{Sites: []string{"b"}}, true},
		"without permission": {Scope{Sites: []string{"a"}}, false},
		"another permission": {Scope{Sites: []string{"a"}, Grants: []Grant{{"a", strings.Repeat("c", 64)}}}, false},
	} {
		if got := c.inner.Within(&bound); got != c.want {
			t.Errorf("%s: within is %v", name, got)
		}
	}
	d := newDesk(t)
	d.add("li", Inspector, bound)
	_, v := d.signIn("li")
	if _, _, err := d.NewToken(v, TokenSpec{Label: "x", Expires: d.now() + 1e9, Scope: Scope{Sites: []string{"b"}, Grants: []Grant{{"b", id}}}}); !errors.Is(err, ErrRequest) {
		t.Errorf("a token with permissions of its own: %v", err)
	}
}
