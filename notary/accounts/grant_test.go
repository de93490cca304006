package accounts

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
)

// ledger is a register of permissions that tells what it is asked.
type ledger struct {
	stands map[[32]byte]bool
	site   batch.ID
	reader [32]byte
	since  []time.Time
}

func (l *ledger) Stands(since time.Time, grant [32]byte, site batch.ID, reader [32]byte) bool {
	l.since = append(l.since, since)
	return l.stands[grant] && site == l.site && reader == l.reader
}

func TestASiteBoundToAPermissionIsSeenWhileItStands(t *testing.T) {
	d := newDesk(t)
	l := &ledger{site: batch.ID{1}, stands: map[[32]byte]bool{}}
	id := strings.Repeat("0a", 32)
	g, err := ParseGrant("north-yard=0x" + id)
	if err != nil {
		t.Fatal(err)
	}
	d.add("court.li", Inspector, Scope{Sites: []string{"north-yard", "cold-store"}, Grants: []Grant{g}})
	u, _ := d.Get("court.li")
	l.reader = u.reader()
	if len(u.Reader) != 64 || l.reader == [32]byte{} {
		t.Fatalf("reader %q", u.Reader)
	}
	_, v := d.signIn("court.li")
	if v.Sees(batch.ID{1}) || !v.Sees(batch.ID{2}) {
		t.Fatal("a notary without a register: the bound site is hidden, the other is not")
	}
	d.o.Grants = l
	cookie, _ := d.signIn("court.li")
	sees := func(want bool) {
		t.Helper()
		v, err := d.BySession(cookie, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		if v.Sees(batch.ID{1}) != want {
			t.Fatalf("seen is %v", !want)
		}
		if asked := l.since[len(l.since)-1]; asked.After(before) || before.Sub(asked) > time.Minute {
			t.Fatal("asked for a state at", asked)
		}
		if !v.Sees(batch.ID{2}) {
			t.Fatal("the site that is bound to nothing")
		}
		if n, ok := d.Now("court.li", Read, Reading); !ok || n.Sees(batch.ID{1}) != want {
			t.Fatal("what goes on in the account's name")
		}
	}
	sees(false)
	l.stands[g.key()] = true
	sees(true)
	d.restart()
	d.o.Grants = l
	sees(true)
	delete(l.stands, g.key())
	sees(false)
}

// TestARequestAsksTheChainAnew: what was asked before it began is too old for it.
func TestARequestAsksTheChainAnew(t *testing.T) {
	l := &ledger{}
	v := NewViewer("x", Inspector, Scope{Sites: []string{"a"}, Grants: []Grant{{Site: "a", ID: strings.Repeat("1", 64)}}}, atlas{1: {Site: "a"}})
	v.grants, v.began = l, time.Now()
	v.Sees(batch.ID{1})
	if l.since[0].Before(v.began) {
		t.Error("asked for a state before the request")
	}
	v.began = time.Now().Add(-time.Hour) // a stream that has been open
	v.Sees(batch.ID{1})
	if age := time.Since(l.since[1]); age < grantsLast || age > time.Minute {
		t.Errorf("a stream asks for a state of %v ago", age)
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
