package accounts

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestTokensThatEndedAreForgottenInTime(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	_, v := d.signIn("wang")
	issue := func(life time.Duration) AccessToken {
		t.Helper()
		_, x, err := d.NewToken(v, TokenSpec{Label: "x", Expires: d.at.Add(life).UnixMicro()})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	shown := func() (ids []string) {
		t.Helper()
		if err := d.sweep(); err != nil {
			t.Fatal(err)
		}
		d.restart() // it is forgotten in the store too
		all, err := d.Tokens(root, "wang")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			ids = append(ids, x.ID)
		}
		return ids
	}
	first := issue(300 * 24 * time.Hour)
	var revoked []string
	for range endedTokens + 3 {
		d.at = d.at.Add(time.Second)
		x := issue(300 * 24 * time.Hour)
		if _, err := d.Revoke(root, "wang", x.ID); err != nil {
			t.Fatal(err)
		}
		revoked = append(revoked, x.ID)
	}
	if got, want := shown(), append([]string{first.ID}, revoked[3:]...); !slices.Equal(got, want) {
		t.Errorf("%d are shown: want the one in force and the %d that ended last", len(got), endedTokens)
	}
	d.at = d.at.Add(endedLife + time.Second)
	if got := shown(); !slices.Equal(got, []string{first.ID}) {
		t.Errorf("a month later %d are shown, want the one in force", len(got))
	}
}

func TestLimitsOfATokenAreBounded(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	_, v := d.signIn("wang")
	many := slices.Repeat([]Permission{{Reading, Read}}, len(Resources())*len(Actions())+1)
	if _, _, err := d.NewToken(v, TokenSpec{Label: "x", Limits: many, Expires: d.at.Add(time.Hour).UnixMicro()}); !errors.Is(err, ErrRequest) {
		t.Errorf("%d limits: %v", len(many), err)
	}
	if _, _, err := d.NewToken(v, TokenSpec{Label: "x", Limits: many[1:], Expires: d.at.Add(time.Hour).UnixMicro()}); err != nil {
		t.Error(err)
	}
}
